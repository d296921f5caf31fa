/* SPDX-License-Identifier: MIT */
/* The service of a lone worker: writes down what attempts tell, and answers as it was told to. */
#include "base/pool.h"
#include "model/failure.h"
#include "model/message.h"
#include "worker/activity/lone.h"
#include "worker/registry/registry.h"

/* An answer on its way. */
struct tl_call {
    struct list_node node;
    struct tl_lone_worker *worker;
    tl_reply_fn *on_reply;
    void *user;
    struct tl_reply *reply;
    struct agenda_item item;
};

/* ---- Replies ---- */

struct lone_reply {
    struct tl_reply reply; /* first */
    struct pool *pool;
    Pb__RecordActivityTaskHeartbeatResponse heartbeat; /* the only response that says anything */
};

static void free_reply(struct tl_reply *reply)
{
    struct lone_reply *own = (struct lone_reply *)reply;

    pool_free(own->pool, own, sizeof(*own));
}

static struct lone_reply *new_reply(struct tl_lone_worker *worker, enum tl_status status, const char *text)
{
    struct lone_reply *own = pool_zalloc(worker->driver->pool, sizeof(*own));

    own->pool = worker->driver->pool;
    own->heartbeat = (Pb__RecordActivityTaskHeartbeatResponse)PB__RECORD_ACTIVITY_TASK_HEARTBEAT_RESPONSE__INIT;
    own->reply = (struct tl_reply){
        .status = status,
        .grpc_code = tl_status_to_grpc(status),
        .text = text,
        .references = 1,
        .free = free_reply,
    };
    return own;
}

static struct lone_reply *taken(struct tl_lone_worker *worker, const void *response)
{
    struct lone_reply *own = new_reply(worker, TL_OK, "");

    own->reply.message = response;
    return own;
}

static struct lone_reply *not_found(struct tl_lone_worker *worker)
{
    return new_reply(worker, TL_NOT_FOUND, "the attempt is not known any more");
}

/* ---- What attempts tell ---- */

/* A copy that stays, as the user's code gave it: through the codecs and back. */
static void *decoded(struct tl_lone_attempt *lone, const void *request)
{
    void *copy = message_clone(lone->arena, request);
    struct tl_error error;

    if (registry_decode(lone->worker->attempts.registry, lone->arena, copy, &error) != TL_OK) {
        tl_driver_fail(lone->worker->driver, TL_VERDICT, NULL, 0, error.message);
    }
    return copy;
}

static struct lone_reply *record_heartbeat(struct tl_lone_attempt *lone, const void *message)
{
    const Pb__RecordActivityTaskHeartbeatRequest *request = decoded(lone, message);
    const struct tl_payloads details = pb_payloads_view(lone->arena, request->details);

    if (lone->heartbeat_answer == TL_ACTIVITY_NOT_FOUND) {
        return not_found(lone->worker);
    }
    lone_add_heartbeat(lone, &lone->sent, &details);
    struct lone_reply *own = taken(lone->worker, NULL);
    own->heartbeat.cancel_requested = lone->heartbeat_answer == TL_ACTIVITY_CANCEL_REQUESTED;
    own->heartbeat.activity_reset = lone->heartbeat_answer == TL_ACTIVITY_RESET;
    own->heartbeat.activity_paused = lone->heartbeat_answer == TL_ACTIVITY_PAUSED;
    own->reply.message = (const void *)&own->heartbeat;
    return own;
}

static struct lone_reply *take_completed(struct tl_lone_attempt *lone, const void *message)
{
    static const Pb__RespondActivityTaskCompletedResponse response = PB__RESPOND_ACTIVITY_TASK_COMPLETED_RESPONSE__INIT;
    const Pb__RespondActivityTaskCompletedRequest *request = decoded(lone, message);
    const struct tl_payloads results = pb_payloads_view(lone->arena, request->result);

    lone->result = results.count == 0 ? (struct tl_payload){0} : results.items[0];
    lone_end(lone, TL_OK);
    return taken(lone->worker, &response);
}

static struct lone_reply *take_failed(struct tl_lone_attempt *lone, const void *message)
{
    static const Pb__RespondActivityTaskFailedResponse response = PB__RESPOND_ACTIVITY_TASK_FAILED_RESPONSE__INIT;
    const Pb__RespondActivityTaskFailedRequest *request = decoded(lone, message);

    lone->failure = failure_view(lone->arena, request->failure);
    lone_end(lone, TL_FAILED);
    return taken(lone->worker, &response);
}

static struct lone_reply *take_canceled(struct tl_lone_attempt *lone, const void *message)
{
    static const Pb__RespondActivityTaskCanceledResponse response = PB__RESPOND_ACTIVITY_TASK_CANCELED_RESPONSE__INIT;
    const Pb__RespondActivityTaskCanceledRequest *request = decoded(lone, message);

    lone->details = pb_payloads_view(lone->arena, request->details);
    lone_end(lone, TL_CANCELED);
    return taken(lone->worker, &response);
}

/* An attempt asks nothing else; its token is where all four requests have it. */
static struct lone_reply *answer(struct tl_lone_worker *worker, enum rpc rpc, const void *message)
{
    const ProtobufCBinaryData *token = &((const Pb__RecordActivityTaskHeartbeatRequest *)message)->task_token;
    struct tl_lone_attempt *lone = lone_find(worker, (struct tl_bytes){token->data, token->len});

    CHECK(lone != NULL);
    switch ((int)rpc) {
    case RPC_RecordActivityTaskHeartbeat:
        return record_heartbeat(lone, message);
    case RPC_RespondActivityTaskCompleted:
        return take_completed(lone, message);
    case RPC_RespondActivityTaskFailed:
        return take_failed(lone, message);
    default:
        CHECK(rpc == RPC_RespondActivityTaskCanceled);
        return take_canceled(lone, message);
    }
}

_Static_assert(
    offsetof(Pb__RecordActivityTaskHeartbeatRequest, task_token) ==
            offsetof(Pb__RespondActivityTaskCompletedRequest, task_token) &&
        offsetof(Pb__RecordActivityTaskHeartbeatRequest, task_token) ==
            offsetof(Pb__RespondActivityTaskFailedRequest, task_token) &&
        offsetof(Pb__RecordActivityTaskHeartbeatRequest, task_token) ==
            offsetof(Pb__RespondActivityTaskCanceledRequest, task_token),
    "the four requests of an attempt begin with its token");

/* ---- The boundary ---- */

static void deliver(struct tl_call *call)
{
    tl_reply_fn *on_reply = call->on_reply;
    void *user = call->user;
    struct tl_reply *reply = call->reply;

    agenda_cancel(&call->worker->driver->agenda, &call->item);
    list_remove(&call->node);
    pool_free(call->worker->driver->pool, call, sizeof(*call));
    on_reply(user, reply);
}

static void on_item(struct agenda_item *item)
{
    deliver(CONTAINER_OF(item, struct tl_call, item));
}

static enum tl_status
ask(struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    struct tl_lone_worker *worker = (struct tl_lone_worker *)self;
    struct tl_call *call = pool_zalloc(worker->driver->pool, sizeof(*call));

    call->worker = worker;
    call->on_reply = on_reply;
    call->user = user;
    call->item.run = on_item;
    call->reply = &answer(worker, (enum rpc)request->rpc->index, request->message)->reply;
    list_append(&worker->calls, &call->node);
    agenda_post(&worker->driver->agenda, &call->item);
    if (out_call != NULL) {
        *out_call = call;
    }
    return TL_OK;
}

/* What was asked has been done: its reply is on its way. */
static void give_up(struct tl_service *self, struct tl_call *call)
{
    (void)self;
    (void)call;
}

void lone_service_init(struct tl_lone_worker *worker)
{
    static const struct tl_service_methods methods = {.call = ask, .cancel = give_up};

    worker->service.methods = &methods;
    list_init(&worker->calls);
}

void lone_service_done(struct tl_lone_worker *worker)
{
    struct list_node *node;

    while ((node = list_first(&worker->calls)) != NULL) {
        deliver(LIST_ITEM(node, struct tl_call, node));
    }
}
