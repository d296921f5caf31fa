/* SPDX-License-Identifier: MIT */
#include "tests/lib/scripted_service.h"

#include "base/agenda.h"
#include "base/check.h"
#include "base/list.h"
#include "base/pool.h"
#include "model/message.h"

struct script_entry {
    struct list_node node;
    enum rpc rpc;
    scripted_match_fn *matches; /* NULL: any */
    enum tl_status status;
    const char *text;
    const void *message;
    const void *details;
};

struct tl_call {
    struct list_node node;
    struct scripted_service *scripted;
    struct scripted_call asked;
    tl_reply_fn *on_reply;
    void *user;
    struct script_entry answer;
    struct agenda_item item; /* the answer on its way, or the deadline */
};

struct scripted_service {
    struct tl_service service;
    struct tl_driver *driver;
    struct pool *pool;
    struct arena arena;
    struct list script; /* struct script_entry, in order */
    struct list calls;  /* struct tl_call, all of them, in order */
    struct script_entry always[RPC_COUNT];
    enum tl_status refusal;
    size_t replies; /* alive */
};

/* ---- Replies ---- */

struct scripted_reply {
    struct tl_reply reply;
    struct scripted_service *scripted;
};

static void free_reply(struct tl_reply *reply)
{
    struct scripted_reply *own = CONTAINER_OF(reply, struct scripted_reply, reply);

    own->scripted->replies--;
    pool_free(own->scripted->pool, own, sizeof(*own));
}

static struct tl_reply *new_reply(struct scripted_service *scripted, const struct script_entry *entry)
{
    struct scripted_reply *own = pool_zalloc(scripted->pool, sizeof(*own));

    CHECK(own != NULL);
    own->scripted = scripted;
    own->reply.status = entry->status;
    own->reply.grpc_code = tl_status_to_grpc(entry->status);
    own->reply.text = entry->text;
    own->reply.message = entry->message;
    own->reply.details = entry->details;
    own->reply.references = 1;
    own->reply.free = free_reply;
    scripted->replies++;
    return &own->reply;
}

static void on_item(struct agenda_item *item)
{
    struct tl_call *call = CONTAINER_OF(item, struct tl_call, item);

    call->asked.answered = true;
    call->on_reply(call->user, new_reply(call->scripted, &call->answer));
}

/* The answer is on its way; without `at` it comes with a later step. */
static void answer(struct tl_call *call, const struct script_entry *entry)
{
    call->answer = *entry;
    agenda_post(tl_driver_agenda(call->scripted->driver), &call->item);
}

/* ---- The script ---- */

static bool is_waiting(const struct tl_call *call)
{
    return !call->asked.answered && !list_is_linked(&call->item.ready);
}

static bool is_for(const struct script_entry *entry, const struct tl_call *call)
{
    return entry->rpc == call->asked.rpc && (entry->matches == NULL || entry->matches(call->asked.request));
}

static bool take_from_script(struct tl_call *call)
{
    LIST_EACH(&call->scripted->script, node)
    {
        struct script_entry *entry = LIST_ITEM(node, struct script_entry, node);

        if (is_for(entry, call)) {
            list_remove(node);
            answer(call, entry);
            return true;
        }
    }
    return false;
}

static void add_to_script(struct scripted_service *scripted, struct script_entry entry)
{
    LIST_EACH(&scripted->calls, node)
    {
        struct tl_call *call = LIST_ITEM(node, struct tl_call, node);

        if (is_waiting(call) && is_for(&entry, call)) {
            answer(call, &entry);
            return;
        }
    }
    struct script_entry *kept = arena_copy(&scripted->arena, &entry, sizeof(entry));
    list_append(&scripted->script, &kept->node);
}

void scripted_reply_to(struct scripted_service *scripted, enum rpc rpc, scripted_match_fn *matches, const void *message)
{
    add_to_script(
        scripted,
        (struct script_entry){
            .rpc = rpc, .matches = matches, .text = "", .message = message_clone(&scripted->arena, message)});
}

void scripted_reply(struct scripted_service *scripted, enum rpc rpc, const void *message)
{
    scripted_reply_to(scripted, rpc, NULL, message);
}

void scripted_fail_to(
    struct scripted_service *scripted, enum rpc rpc, scripted_match_fn *matches, enum tl_status status,
    const char *text)
{
    add_to_script(
        scripted,
        (struct script_entry){
            .rpc = rpc, .matches = matches, .status = status, .text = arena_strdup(&scripted->arena, text)});
}

void scripted_fail(struct scripted_service *scripted, enum rpc rpc, enum tl_status status, const char *text)
{
    scripted_fail_to(scripted, rpc, NULL, status, text);
}

void scripted_fail_with(
    struct scripted_service *scripted, enum rpc rpc, enum tl_status status, const char *text, const void *details)
{
    add_to_script(
        scripted,
        (struct script_entry){
            .rpc = rpc,
            .status = status,
            .text = arena_strdup(&scripted->arena, text),
            .details = message_clone(&scripted->arena, details)});
}

void scripted_always(struct scripted_service *scripted, enum rpc rpc, const void *message)
{
    scripted->always[rpc] =
        (struct script_entry){.rpc = rpc, .text = "", .message = message_clone(&scripted->arena, message)};
}

void scripted_always_fail(struct scripted_service *scripted, enum rpc rpc, enum tl_status status, const char *text)
{
    scripted->always[rpc] =
        (struct script_entry){.rpc = rpc, .status = status, .text = arena_strdup(&scripted->arena, text)};
}

void scripted_refuse(struct scripted_service *scripted, enum tl_status status)
{
    scripted->refusal = status;
}

/* ---- The service ---- */

static enum tl_status call_service(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    static const struct script_entry expired = {.status = TL_DEADLINE_EXCEEDED, .text = "deadline exceeded"};
    struct scripted_service *scripted = CONTAINER_OF(self, struct scripted_service, service);

    if (scripted->refusal != TL_OK) {
        return scripted->refusal;
    }
    struct tl_call *call = ARENA_NEW(&scripted->arena, struct tl_call);
    call->scripted = scripted;
    call->asked.rpc = (enum rpc)request->rpc->index;
    call->asked.request = message_clone(&scripted->arena, request->message);
    call->asked.at = tl_driver_now(scripted->driver);
    call->asked.deadline = request->deadline;
    call->on_reply = on_reply;
    call->user = user;
    call->answer = expired;
    call->item.run = on_item;
    list_append(&scripted->calls, &call->node);
    if (out_call != NULL) {
        *out_call = call;
    }
    if (take_from_script(call)) {
        return TL_OK;
    }
    if (scripted->always[call->asked.rpc].text != NULL) {
        answer(call, &scripted->always[call->asked.rpc]);
    } else if (request->deadline != 0) {
        agenda_at(tl_driver_agenda(scripted->driver), &call->item, request->deadline, TL_DEADLINE_IDLE);
    }
    return TL_OK;
}

static void cancel_call(struct tl_service *self, struct tl_call *call)
{
    static const struct script_entry canceled = {.status = TL_CANCELED, .text = "canceled"};

    (void)self;
    CHECK(!call->asked.answered);
    call->asked.canceled = true;
    if (is_waiting(call)) {
        answer(call, &canceled);
    }
}

static const struct tl_service_methods methods = {call_service, cancel_call};

struct scripted_service *scripted_service_new(struct tl_driver *driver)
{
    struct pool *pool = pool_new(NULL);
    struct scripted_service *scripted = pool == NULL ? NULL : pool_zalloc(pool, sizeof(*scripted));

    CHECK(scripted != NULL);
    scripted->service.methods = &methods;
    scripted->driver = driver;
    scripted->pool = pool;
    arena_init(&scripted->arena, pool);
    list_init(&scripted->script);
    list_init(&scripted->calls);
    return scripted;
}

size_t scripted_service_free(struct scripted_service *scripted)
{
    size_t replies = scripted->replies;

    LIST_EACH(&scripted->calls, node)
    {
        agenda_cancel(tl_driver_agenda(scripted->driver), &LIST_ITEM(node, struct tl_call, node)->item);
    }
    pool_free_all(scripted->pool);
    return replies;
}

struct tl_service *scripted_service(struct scripted_service *scripted)
{
    return &scripted->service;
}

struct arena *scripted_arena(struct scripted_service *scripted)
{
    return &scripted->arena;
}

/* ---- Looking ---- */

const struct scripted_call *scripted_call(const struct scripted_service *scripted, enum rpc rpc, size_t nth)
{
    LIST_EACH(&scripted->calls, node)
    {
        const struct tl_call *call = LIST_ITEM(node, struct tl_call, node);

        if (call->asked.rpc == rpc && nth-- == 0) {
            return &call->asked;
        }
    }
    return NULL;
}

size_t scripted_count(const struct scripted_service *scripted, enum rpc rpc)
{
    size_t count = 0;

    while (scripted_call(scripted, rpc, count) != NULL) {
        count++;
    }
    return count;
}

size_t scripted_waiting(const struct scripted_service *scripted, enum rpc rpc, scripted_match_fn *matches)
{
    size_t count = 0;

    LIST_EACH(&scripted->calls, node)
    {
        const struct tl_call *call = LIST_ITEM(node, struct tl_call, node);

        if (call->asked.rpc == rpc && is_waiting(call) && (matches == NULL || matches(call->asked.request))) {
            count++;
        }
    }
    return count;
}

bool scripted_is_sticky(const void *request)
{
    return ((const Pb__PollWorkflowTaskQueueRequest *)request)->task_queue->kind == TASK_QUEUE_KIND_STICKY;
}

bool scripted_is_normal(const void *request)
{
    return !scripted_is_sticky(request);
}
