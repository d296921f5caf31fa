/* SPDX-License-Identifier: MIT */
#include "sim/server/workflow_service.h"

#include "base/pool.h"
#include "model/pb.h"
#include "model/rpc.h"
#include "sim/server/link.h"
#include "sim/server/method.h"
#include "sim/server/server.h"
#include "sim/server/universe.h"
#include "sim/service/sim.h"

/* ---- Waiting for results ---- */

static bool is_completion(const Pb__Update__WaitPolicy *policy)
{
    return policy != NULL && policy->lifecycle_stage == UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED;
}

/* What a client asks to learn how a run, or an update, ends. */
static bool awaits_result(const struct tl_rpc *rpc, const void *message)
{
    if (rpc->index == RPC_GetWorkflowExecutionHistory) {
        const Pb__GetWorkflowExecutionHistoryRequest *request = message;
        return request->wait_new_event != 0 &&
               request->history_event_filter_type == HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    }
    if (rpc->index == RPC_UpdateWorkflowExecution) {
        return is_completion(((const Pb__UpdateWorkflowExecutionRequest *)message)->wait_policy);
    }
    if (rpc->index == RPC_PollWorkflowExecutionUpdate) {
        return is_completion(((const Pb__PollWorkflowExecutionUpdateRequest *)message)->wait_policy);
    }
    return false;
}

/* Whether the reply holds what was waited for: a poll that ran out has none, and is asked again. */
static bool tells_result(const struct tl_rpc *rpc, const struct tl_reply *reply)
{
    if (reply->status != TL_OK) {
        return true;
    }
    if (rpc->index == RPC_GetWorkflowExecutionHistory) {
        const Pb__GetWorkflowExecutionHistoryResponse *response = (const void *)reply->message;
        return response->history != NULL && response->history->n_events > 0;
    }
    return true;
}

/* ---- Calls ---- */

/* A call under way; outlives an exchange whose caller gives up. */
struct asked {
    struct pool *pool;
    struct exchange *exchange; /* NULL: nobody waits for it any more, though what it asked may still come true */
    struct universe *universe;
    struct tl_call *call;
    bool awaits_result;
};

static void end_wait(struct asked *asked, bool told)
{
    if (asked->awaits_result) {
        asked->awaits_result = false;
        universe_end_result(asked->universe, asked->exchange->link->peer, told);
    }
}

static void answer(struct exchange *exchange, const struct tl_reply *reply)
{
    if (reply->status == TL_OK) {
        exchange_answer(exchange, reply->message);
    } else {
        exchange_end(exchange, reply->grpc_code, reply->text, reply->details);
    }
}

static void on_reply(void *user, struct tl_reply *reply)
{
    struct asked *asked = user;
    struct exchange *exchange = asked->exchange;

    if (exchange != NULL) {
        end_wait(asked, tells_result(exchange->rpc, reply));
        exchange->use.asked = NULL;
        answer(exchange, reply);
    }
    pool_free(asked->pool, asked, sizeof(*asked));
    tl_reply_unref(reply);
}

static void on_close(struct exchange *exchange)
{
    struct asked *asked = exchange->use.asked;

    if (asked != NULL) {
        end_wait(asked, false);
        asked->exchange = NULL;
        tl_service_cancel(tl_sim_service(asked->universe->sim), asked->call);
    }
}

static const char *namespace_of(const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "namespace");

    if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED) {
        return "";
    }
    const char *name = *(char *const *)(const void *)((const char *)message + field->offset);
    return name == NULL ? "" : name;
}

static const char *universe_name(const struct exchange *exchange, const void *message)
{
    const char *name = exchange->link->server->options.universe_per_namespace ? namespace_of(message) : "";

    return name[0] == '\0' ? SERVER_DEFAULT_UNIVERSE : name;
}

static void ask(struct exchange *exchange, struct universe *universe, const void *message)
{
    struct pool *pool = exchange->link->server->pool;
    struct asked *asked = pool_zalloc(pool, sizeof(*asked));
    tl_time now = tl_driver_now(universe->driver);
    const struct tl_request request = {
        .rpc = exchange->rpc,
        .message = message,
        .deadline = exchange->timeout == 0 || exchange->timeout > TL_NEVER - now ? 0 : now + exchange->timeout,
    };

    *asked = (struct asked){.pool = pool, .exchange = exchange, .universe = universe};
    universe->sim->peer = exchange->link->peer;
    enum tl_status status = tl_service_call(tl_sim_service(universe->sim), &request, on_reply, asked, &asked->call);
    if (status != TL_OK) {
        pool_free(pool, asked, sizeof(*asked));
        exchange_refuse(exchange, status, "the universe has stopped: %s", tl_status_text(status));
        return;
    }
    exchange->use.asked = asked;
    if (awaits_result(exchange->rpc, message)) {
        asked->awaits_result = true;
        universe_begin_result(universe);
    }
}

static void on_message(struct exchange *exchange, struct tl_bytes bytes)
{
    if (!method_unary_message(exchange)) {
        return;
    }
    const void *message = method_read(exchange, exchange->rpc->request, bytes);
    if (message == NULL) {
        return;
    }
    struct universe *universe = method_universe(exchange, universe_name(exchange, message));
    if (universe != NULL) {
        ask(exchange, universe, message);
    }
}

const struct handler workflow_service_handler = {
    .on_message = on_message,
    .on_end = method_unary_end,
    .on_close = on_close,
};
