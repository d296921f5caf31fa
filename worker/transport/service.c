/* SPDX-License-Identifier: MIT */
#include "worker/transport/service.h"

#include <pthread.h>
#include <string.h>

#include "base/agenda.h"
#include "base/check.h"
#include "base/coroutine.h"
#include "base/pool.h"
#include "model/pb.h"
#include "model/rpc.h"
#include "worker/transport/answer.h"

/* sdk-core, crates/client/src/lib.rs: LONG_POLL_TIMEOUT, OTHER_CALL_TIMEOUT. */
#define POLL_TIMEOUT TL_SECONDS(70)
#define CALL_TIMEOUT TL_SECONDS(30)

struct channel_service {
    struct tl_service service; /* first: what callers hold */
    struct channel *channel;
    struct tl_driver *driver;
    struct agenda *agenda;
    struct pool *pool;
    struct list calls; /* struct tl_call; the driver's thread */
    pthread_mutex_t lock;
    pthread_cond_t settled;
    size_t under_way; /* sent and not answered yet; under the lock */
};

struct tl_call {
    struct tl_post post;     /* of the answer */
    struct agenda_item item; /* what is done on the thread's own stack: sending, refusing */
    struct list_node node;
    struct channel_service *service; /* NULL: it is gone */
    struct pool *pool;               /* the driver's, in which it lies */
    const struct tl_rpc *rpc;
    tl_reply_fn *on_reply;
    void *user;
    struct channel_call *asked; /* NULL: refused here */
    struct tl_reply *reply;     /* NULL until there is one */
    struct tl_reply no_memory;  /* for want of another; the call lives as long as it */
};

/* ---- Replies ---- */

static void free_with_reply(struct tl_reply *reply)
{
    struct tl_call *call = CONTAINER_OF(reply, struct tl_call, no_memory);

    pool_free(call->pool, call, sizeof(*call));
}

static void take_reply(struct tl_call *call, struct tl_reply *reply)
{
    if (reply == NULL) {
        call->no_memory = (struct tl_reply){
            .status = TL_NO_MEMORY,
            .grpc_code = tl_status_to_grpc(TL_NO_MEMORY),
            .text = tl_status_text(TL_NO_MEMORY),
            .references = 1,
            .free = free_with_reply,
        };
        reply = &call->no_memory;
    }
    call->reply = reply;
}

static void trace(const struct tl_call *call, enum tl_trace_kind kind, const char *detail)
{
    struct agenda *agenda = call->service->agenda;

    if (agenda_traces(agenda, kind)) {
        agenda_trace(agenda, (struct tl_trace_event){.kind = kind, .name = call->rpc->name, .detail = detail});
    }
}

static void forget(struct tl_call *call)
{
    list_remove(&call->node);
    if (call->asked != NULL) {
        channel_release(call->asked);
    }
    call->service = NULL;
}

static void deliver(struct tl_call *call)
{
    struct tl_reply *reply = call->reply;
    tl_reply_fn *on_reply = call->on_reply;
    void *user = call->user;

    trace(call, TL_TRACE_CALL_ANSWERED, reply->text);
    forget(call);
    if (reply != &call->no_memory) {
        pool_free(call->pool, call, sizeof(*call));
    }
    on_reply(user, reply);
}

/* The answer's way from the channel's thread ends here. */
static void on_post(struct tl_post *post)
{
    struct tl_call *call = CONTAINER_OF(post, struct tl_call, post);

    if (call->service == NULL) {
        pool_free(call->pool, call, sizeof(*call));
    } else {
        deliver(call);
    }
}

/* On the channel's thread. After the lock the service may be gone, and the call. */
static void on_answer(void *user, const struct channel_answer *answer)
{
    struct tl_call *call = user;
    struct channel_service *service = call->service;

    take_reply(call, answer_new(channel_allocator(service->channel), call->rpc, answer));
    (void)pthread_mutex_lock(&service->lock);
    tl_driver_post(service->driver, &call->post);
    service->under_way--;
    (void)pthread_cond_signal(&service->settled);
    (void)pthread_mutex_unlock(&service->lock);
}

/* ---- Calls ---- */

static void send(struct tl_call *call)
{
    struct channel_service *service = call->service;

    (void)pthread_mutex_lock(&service->lock);
    service->under_way++;
    (void)pthread_mutex_unlock(&service->lock);
    channel_send(call->asked);
}

static void on_item(struct agenda_item *item)
{
    struct tl_call *call = CONTAINER_OF(item, struct tl_call, item);

    if (call->reply != NULL) {
        deliver(call);
    } else {
        send(call);
    }
}

static bool is_poll(const struct tl_request *request)
{
    switch (request->rpc->index) {
    case RPC_GetWorkflowExecutionHistory:
        return ((const Pb__GetWorkflowExecutionHistoryRequest *)request->message)->wait_new_event != 0;
    case RPC_PollActivityTaskQueue:
    case RPC_PollNexusTaskQueue:
    case RPC_PollWorkflowExecutionUpdate:
    case RPC_PollWorkflowTaskQueue:
    case RPC_UpdateWorkflowExecution:
        return true;
    default:
        return strncmp(request->rpc->name, "Poll", 4) == 0;
    }
}

/* 0: the deadline has passed. */
static tl_duration timeout_of(const struct agenda *agenda, const struct tl_request *request)
{
    if (request->deadline == 0) {
        return is_poll(request) ? POLL_TIMEOUT : CALL_TIMEOUT;
    }
    if (request->deadline == TL_NEVER) {
        return TL_NEVER;
    }
    return request->deadline > agenda->now ? request->deadline - agenda->now : 0;
}

static struct tl_call *new_call(struct channel_service *service)
{
    struct pool_guard guard;

    if (POOL_GUARD(service->pool, &guard)) {
        return NULL;
    }
    struct tl_call *call = pool_zalloc(service->pool, sizeof(*call));
    pool_guard_pop(service->pool, &guard);
    return call;
}

static void begin(struct channel_service *service, struct tl_call *call)
{
    call->service = service;
    call->pool = service->pool;
    call->post.run = on_post;
    call->item.run = on_item;
    list_append(&service->calls, &call->node);
    trace(call, TL_TRACE_CALL_SENT, "");
}

/* gRPC is not called on a coroutine's stack, which may be small; nor is a refusal told within the call. */
static void go_on(struct tl_call *call)
{
    if (call->reply != NULL || coroutine_current() != NULL) {
        agenda_post(call->service->agenda, &call->item);
    } else {
        send(call);
    }
}

/* What cannot be asked is refused, as a service would; TL_NO_MEMORY alone fails the call itself. */
static enum tl_status prepare(struct tl_call *call, struct channel *channel, const struct channel_question *question)
{
    struct tl_error error = {.message = "the deadline has passed"};
    enum tl_status status = TL_DEADLINE_EXCEEDED;

    if (question->timeout != 0) {
        status = channel_ask(channel, question, on_answer, call, &call->asked, &error);
    }
    if (status != TL_OK && status != TL_NO_MEMORY) {
        take_reply(call, answer_refusal(channel_allocator(channel), call->rpc, status, error.message));
        status = TL_OK;
    }
    return status;
}

static enum tl_status call_service(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    struct channel_service *service = (struct channel_service *)(void *)self;
    struct channel_question question = {
        .rpc = request->rpc,
        .message = request->message,
        .timeout = timeout_of(service->agenda, request),
        .metadata = request->metadata,
        .metadata_count = request->metadata_count,
    };
    struct tl_call *call = new_call(service);

    if (call == NULL) {
        return TL_NO_MEMORY;
    }
    call->rpc = request->rpc;
    call->on_reply = on_reply;
    call->user = user;
    if (prepare(call, service->channel, &question) != TL_OK) {
        pool_free(service->pool, call, sizeof(*call));
        return TL_NO_MEMORY;
    }
    begin(service, call);
    if (out_call != NULL) {
        *out_call = call;
    }
    go_on(call);
    return TL_OK;
}

static void cancel_call(struct tl_service *self, struct tl_call *call)
{
    (void)self;
    if (call->asked != NULL) {
        channel_cancel(call->asked);
    }
}

/* ---- Life ---- */

struct channel_service *channel_service_new(struct channel *channel, struct tl_driver *driver)
{
    static const struct tl_service_methods methods = {.call = call_service, .cancel = cancel_call};
    struct pool *pool = tl_driver_pool(driver);
    struct channel_service *service = pool_zalloc(pool, sizeof(*service));

    if (service == NULL) {
        return NULL;
    }
    service->service.methods = &methods;
    service->channel = channel;
    service->driver = driver;
    service->agenda = tl_driver_agenda(driver);
    service->pool = pool;
    list_init(&service->calls);
    (void)pthread_mutex_init(&service->lock, NULL);
    (void)pthread_cond_init(&service->settled, NULL);
    return service;
}

/* One whose answer was posted is freed when the driver comes to it, or with the driver's memory. */
static void abandon(struct channel_service *service, struct tl_call *call)
{
    bool posted = call->reply != NULL && !agenda_is_pending(&call->item);

    agenda_cancel(service->agenda, &call->item);
    forget(call);
    if (call->reply != NULL && call->reply != &call->no_memory) {
        tl_reply_unref(call->reply);
    }
    if (!posted) {
        pool_free(call->pool, call, sizeof(*call));
    }
}

void channel_service_free(struct channel_service *service)
{
    struct list_node *node;

    if (service == NULL) {
        return;
    }
    for (node = list_first(&service->calls); node != NULL; node = list_next(&service->calls, node)) {
        cancel_call(&service->service, LIST_ITEM(node, struct tl_call, node));
    }
    (void)pthread_mutex_lock(&service->lock);
    while (service->under_way > 0) {
        (void)pthread_cond_wait(&service->settled, &service->lock);
    }
    (void)pthread_mutex_unlock(&service->lock);
    while ((node = list_first(&service->calls)) != NULL) {
        abandon(service, LIST_ITEM(node, struct tl_call, node));
    }
    (void)pthread_cond_destroy(&service->settled);
    (void)pthread_mutex_destroy(&service->lock);
    pool_free(service->pool, service, sizeof(*service));
}

struct tl_service *channel_service_interface(struct channel_service *service)
{
    return &service->service;
}
