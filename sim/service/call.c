/* SPDX-License-Identifier: MIT */
#include "sim/service/call.h"

#include <stdio.h>
#include <string.h>

#include "model/message.h"
#include "sim/service/history.h"
#include "sim/service/sim.h"
#include "sim/service/wire.h"

struct answer {
    struct tl_reply reply; /* first: what callers hold */
    struct pool *pool;
    struct arena arena;
    struct history *history; /* kept alive, or NULL */
    bool given;              /* message or refusal set */
};

/* ---- The answer ---- */

static void free_answer(struct tl_reply *reply)
{
    struct answer *answer = (struct answer *)reply;

    arena_done(&answer->arena);
    sim_history_unref(answer->history);
    pool_free(answer->pool, answer, sizeof(*answer));
}

static struct answer *open_answer(struct tl_call *call)
{
    if (call->answer == NULL) {
        struct answer *answer = pool_zalloc(call->sim->pool, sizeof(*answer));
        answer->reply.references = 1;
        answer->reply.text = "";
        answer->reply.free = free_answer;
        answer->pool = call->sim->pool;
        arena_init(&answer->arena, call->sim->pool);
        call->answer = answer;
    }
    return call->answer;
}

struct arena *sim_call_arena(struct tl_call *call)
{
    return &open_answer(call)->arena;
}

void sim_call_share(struct tl_call *call, struct history *history)
{
    struct answer *answer = open_answer(call);

    CHECK(answer->history == NULL || answer->history == history);
    if (answer->history == NULL) {
        answer->history = sim_history_ref(history);
    }
}

/* ---- Delivery ---- */

static void trace_call(const struct tl_call *call, enum tl_trace_kind kind, const char *detail)
{
    if (agenda_traces(call->sim->agenda, kind)) {
        agenda_trace(
            call->sim->agenda,
            (struct tl_trace_event){
                .kind = kind,
                .workflow_id = call->subject,
                .name = call->rpc->name,
                .detail = detail,
            });
    }
}

static void name_delivery(const struct agenda_item *item, char *text, size_t size)
{
    const struct tl_call *call = CONST_CONTAINER_OF(item, struct tl_call, item);

    snprintf(text, size, "%s: %s answered", call->subject, call->rpc->name);
}

static void stop_waiting(struct tl_call *call)
{
    if (list_is_linked(&call->waiting)) {
        list_remove(&call->waiting);
        if (call->waiters != NULL) {
            (*call->waiters)--;
        }
        if (call->left != NULL) {
            call->left(call);
        }
    }
}

static void free_call(struct tl_call *call)
{
    agenda_cancel(call->sim->agenda, &call->item);
    list_remove(&call->under_way);
    stop_waiting(call);
    pool_free(call->sim->pool, call, sizeof(*call));
}

void sim_call_deliver(struct tl_call *call)
{
    struct tl_reply *reply = &call->answer->reply;
    tl_reply_fn *on_reply = call->on_reply;
    void *user = call->user;

    trace_call(call, TL_TRACE_CALL_ANSWERED, reply->text);
    free_call(call);
    on_reply(user, reply);
}

static void deliver_item(struct agenda_item *item)
{
    sim_call_deliver(CONTAINER_OF(item, struct tl_call, item));
}

static void post(struct tl_call *call)
{
    stop_waiting(call);
    call->item.run = deliver_item;
    call->item.name = name_delivery;
    agenda_post(call->sim->agenda, &call->item);
}

/* ---- Refusals ---- */

static void refuse(struct tl_call *call, enum tl_status status, const char *text)
{
    struct answer *answer = open_answer(call);

    CHECK(!answer->given && status != TL_OK);
    answer->given = true;
    answer->reply.status = status;
    answer->reply.grpc_code = tl_status_to_grpc(status);
    answer->reply.text = text;
    post(call);
}

void sim_call_refuse(struct tl_call *call, enum tl_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = arena_vformat(sim_call_arena(call), format, args);
    va_end(args);
    refuse(call, status, text);
}

/* A text that leaves out its field is told with it; malformed bytes are an invalid argument on the wire too. */
void sim_call_refuse_error(struct tl_call *call, const struct tl_error *error)
{
    struct arena *arena = sim_call_arena(call);
    enum tl_status status = error->status == TL_MALFORMED ? TL_INVALID_ARGUMENT : error->status;

    if (error->field[0] == '\0' || strstr(error->message, error->field) != NULL) {
        refuse(call, status, arena_strdup(arena, error->message));
    } else {
        refuse(call, status, arena_format(arena, "%s: %s", error->field, error->message));
    }
}

static void refuse_details(struct tl_call *call, enum tl_status status, const void *details, char *text)
{
    struct arena *arena = sim_call_arena(call);
    Pb__Rpc__Status *detailed = PB_NEW(arena, Pb__Rpc__Status, pb__rpc__status);

    detailed->code = tl_status_to_grpc(status);
    detailed->message = text;
    detailed->n_details = 1;
    detailed->details = ARENA_ARRAY(arena, Pb__Any *, 1);
    detailed->details[0] = message_to_any(arena, details);
    call->answer->reply.details = &detailed->base;
    refuse(call, status, text);
}

void sim_call_refuse_details(struct tl_call *call, enum tl_status status, const void *details, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = arena_vformat(sim_call_arena(call), format, args);
    va_end(args);
    refuse_details(call, status, details, text);
}

void sim_call_not_found(struct tl_call *call, const char *format, ...)
{
    struct arena *arena = sim_call_arena(call);
    va_list args;

    va_start(args, format);
    char *text = arena_vformat(arena, format, args);
    va_end(args);
    refuse_details(call, TL_NOT_FOUND, PB_NEW(arena, Pb__NotFoundFailure, pb__not_found_failure), text);
}

/* ---- Answers ---- */

/* What the message shared is given back: a network carries copies. */
static bool cross_wire(struct tl_call *call, const void *message)
{
    struct answer *answer = call->answer;
    struct history *shared = answer->history;
    struct tl_error error;
    void *arrived = NULL;

    if (sim_wire_reply(&answer->arena, call->rpc, message, &arrived, &error) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    answer->reply.message = arrived;
    answer->history = NULL;
    sim_history_unref(shared);
    return true;
}

void sim_call_answer(struct tl_call *call, const void *message)
{
    struct answer *answer = open_answer(call);

    CHECK(!answer->given);
    if (call == call->sim->handled && call->sim->overrun != NULL) {
        refuse(call, TL_INVALID_ARGUMENT, call->sim->overrun);
        return;
    }
    answer->reply.message = message;
    if (call->sim->wire && !cross_wire(call, message)) {
        answer->reply.message = NULL;
        return;
    }
    answer->given = true;
    post(call);
}

/* ---- Waiting ---- */

static void expire_item(struct agenda_item *item)
{
    struct tl_call *call = CONTAINER_OF(item, struct tl_call, item);

    call->give_up(call);
}

void sim_call_wait(
    struct tl_call *call, struct list *list, size_t *waiters, tl_duration limit, void (*give_up)(struct tl_call *call))
{
    tl_time until = sim_now(call->sim) + limit;

    if (call->deadline != 0 && call->deadline < until) {
        until = call->deadline;
    }
    call->give_up = give_up;
    call->item.run = expire_item;
    call->item.name = NULL;
    call->waiters = waiters;
    list_append(list, &call->waiting);
    if (waiters != NULL) {
        (*waiters)++;
    }
    agenda_at(call->sim->agenda, &call->item, until, TL_DEADLINE_IDLE);
}

/* ---- The service's methods ---- */

static struct tl_call *new_call(struct tl_sim *sim, const struct tl_request *request, tl_reply_fn *on_reply, void *user)
{
    struct tl_call *call = pool_zalloc(sim->pool, sizeof(*call));

    call->sim = sim;
    call->rpc = request->rpc;
    call->on_reply = on_reply;
    call->user = user;
    call->deadline = request->deadline;
    call->peer = sim->peer;
    call->subject = "";
    list_append(&sim->calls, &call->under_way);
    return call;
}

static struct tl_call *ask(struct tl_sim *sim, const struct tl_request *request, tl_reply_fn *on_reply, void *user)
{
    struct tl_call *call = new_call(sim, request, on_reply, user);

    trace_call(call, TL_TRACE_CALL_SENT, "");
    sim->handled = call;
    sim->overrun = NULL;
    sim->handle(call, request->message);
    sim->handled = NULL;
    return call;
}

enum tl_status sim_call(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    struct tl_sim *sim = (struct tl_sim *)self;
    struct pool_guard guard;

    if (sim->stopped) {
        return TL_STOPPED;
    }
    if (POOL_GUARD(sim->pool, &guard)) {
        sim->stopped = true;
        sim->agenda->stopped = true;
        pool_unwind(sim->pool); /* to whoever guards the driver's step; comes back when nobody does */
        return TL_NO_MEMORY;
    }
    struct tl_call *call = ask(sim, request, on_reply, user);
    pool_guard_pop(sim->pool, &guard);
    if (out_call != NULL) {
        *out_call = call;
    }
    return TL_OK;
}

/* A call that has its answer keeps it: the answer is on its way. */
void sim_call_cancel(struct tl_service *self, struct tl_call *call)
{
    (void)self;
    if (call->answer == NULL || !call->answer->given) {
        refuse(call, TL_CANCELED, "the caller gave up waiting");
    }
}

void sim_call_drop_all(struct tl_sim *sim)
{
    for (struct list_node *node = list_first(&sim->calls); node != NULL; node = list_first(&sim->calls)) {
        struct tl_call *call = LIST_ITEM(node, struct tl_call, under_way);
        struct answer *answer = call->answer;
        free_call(call);
        if (answer != NULL) {
            tl_reply_unref(&answer->reply);
        }
    }
}
