/* SPDX-License-Identifier: MIT */
#include "worker/runtime/call.h"

#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "worker/runtime/clock.h"

#define MOST_TRIES     10
#define LONGEST_TRYING TL_SECONDS(10)

static const struct backoff_policy retry_policy = {TL_MILLISECONDS(100), 1.7, TL_SECONDS(5), 0.2};
static const struct backoff_policy throttle_policy = {TL_SECONDS(1), 1.7, TL_SECONDS(5), 0.2};

/* ---- A party's calls ---- */

void call_party_init(struct call_party *party, struct agenda *agenda, struct tl_service *service, struct random *random)
{
    party->agenda = agenda;
    party->pool = agenda->pool;
    party->service = service;
    party->random = random;
    list_init(&party->calls);
}

void call_party_done(struct call_party *party)
{
    struct list_node *node;

    while ((node = list_first(&party->calls)) != NULL) {
        call_free(LIST_ITEM(node, struct call, node));
    }
}

/* ---- What a reply means ---- */

int call_code(const struct tl_reply *reply)
{
    return reply->status == TL_OK || reply->grpc_code != 0 ? reply->grpc_code : tl_status_to_grpc(reply->status);
}

/* What gRPC says of a message over its size limit comes as RESOURCE_EXHAUSTED too and stays as it is. */
bool call_is_too_large(const struct tl_reply *reply)
{
    static const char *const texts[] = {
        "grpc: received message larger than max",
        "grpc: message after decompression larger than max",
        "grpc: received message after decompression larger than max",
    };

    if (reply->status == TL_TOO_LARGE) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (strncmp(reply->text, texts[i], strlen(texts[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* NULL: another try would be answered alike. */
static const struct backoff_policy *policy_for(const struct tl_reply *reply)
{
    switch (call_code(reply)) {
    case 8: /* RESOURCE_EXHAUSTED */
        return call_is_too_large(reply) ? NULL : &throttle_policy;
    case 2:  /* UNKNOWN */
    case 10: /* ABORTED */
    case 11: /* OUT_OF_RANGE */
    case 13: /* INTERNAL */
    case 14: /* UNAVAILABLE */
    case 15: /* DATA_LOSS */
        return &retry_policy;
    default:
        return NULL;
    }
}

/* ---- Replies that the service does not send ---- */

struct own_reply {
    struct tl_reply reply;
    struct pool *pool;
};

static void free_own_reply(struct tl_reply *reply)
{
    struct own_reply *own = CONTAINER_OF(reply, struct own_reply, reply);

    pool_free(own->pool, own, sizeof(*own));
}

static struct tl_reply *own_reply_new(struct pool *pool, enum tl_status status)
{
    struct own_reply *own = pool_zalloc(pool, sizeof(*own));

    own->pool = pool;
    own->reply.status = status;
    own->reply.grpc_code = tl_status_to_grpc(status);
    own->reply.text = tl_status_text(status);
    own->reply.references = 1;
    own->reply.free = free_own_reply;
    return &own->reply;
}

/* ---- The way of a call ---- */

static tl_reply_fn on_completion;

static void try_once(struct call *call)
{
    const struct call_question *question = &call->question;
    struct agenda *agenda = call->party->agenda;
    struct tl_request request = {.rpc = &rpc_table[question->rpc], .message = question->message};

    if (question->timeout != 0) {
        request.deadline = clock_after(agenda->now, question->timeout);
    }
    call->tries++;
    enum tl_status status = tl_service_call(call->service, &request, on_completion, call, &call->under_way);
    if (status == TL_NO_MEMORY) {
        pool_unwind(call->pool);
    }
    if (status != TL_OK) {
        call->given_up = status;
        agenda_post(agenda, &call->again);
    }
}

static void deliver(struct call *call, struct tl_reply *reply)
{
    call->on_reply(call, reply);
    tl_reply_unref(reply);
}

static void on_again(struct agenda_item *item)
{
    struct call *call = CONTAINER_OF(item, struct call, again);

    if (call->given_up != TL_OK) {
        deliver(call, own_reply_new(call->pool, call->given_up));
    } else {
        try_once(call);
    }
}

/* Arms the next try, or says that there is none. */
static bool tries_again(struct call *call, const struct tl_reply *reply)
{
    const struct agenda *agenda = call->party->agenda;
    const struct backoff_policy *policy = policy_for(reply);

    if (policy == NULL || call->question.patience == CALL_ONCE || call->tries >= MOST_TRIES) {
        return false;
    }
    tl_time at = clock_after(agenda->now, backoff_next(&call->backoff, policy, call->party->random));
    if (at - call->first_try > LONGEST_TRYING) {
        return false;
    }
    agenda_at(call->party->agenda, &call->again, at, TL_DEADLINE_WAKING);
    return true;
}

static void on_completion(void *user, struct tl_reply *reply)
{
    struct call *call = user;

    call->under_way = NULL;
    if (call->party == NULL) {
        pool_free(call->pool, call, sizeof(*call));
        tl_reply_unref(reply);
    } else if (reply->status != TL_OK && tries_again(call, reply)) {
        tl_reply_unref(reply);
    } else {
        deliver(call, reply);
    }
}

static void name_again(const struct agenda_item *item, char *text, size_t size)
{
    const struct call *call = CONST_CONTAINER_OF(item, struct call, again);

    (void)snprintf(text, size, "%s is tried again", rpc_table[call->question.rpc].name);
}

struct call *call_new(struct call_party *party, call_reply_fn *on_reply, void *user)
{
    struct call *call = pool_zalloc(party->pool, sizeof(*call));

    call->party = party;
    call->pool = party->pool;
    call->service = party->service;
    call->on_reply = on_reply;
    call->user = user;
    call->again.run = on_again;
    call->again.name = name_again;
    list_append(&party->calls, &call->node);
    return call;
}

void call_send(struct call *call, const struct call_question *question)
{
    CHECK(!call_is_pending(call));
    call->question = *question;
    call->tries = 0;
    call->first_try = call->party->agenda->now;
    call->given_up = TL_OK;
    backoff_reset(&call->backoff);
    try_once(call);
}

void call_cancel(struct call *call)
{
    if (call->under_way != NULL) {
        tl_service_cancel(call->service, call->under_way);
    } else if (agenda_is_pending(&call->again)) {
        call->given_up = TL_CANCELED;
        agenda_post(call->party->agenda, &call->again);
    }
}

void call_free(struct call *call)
{
    if (call == NULL) {
        return;
    }
    CHECK(call->party != NULL);
    if (call->holder != NULL) {
        *call->holder = NULL;
    }
    agenda_cancel(call->party->agenda, &call->again);
    list_remove(&call->node);
    if (call->under_way == NULL) {
        pool_free(call->pool, call, sizeof(*call));
        return;
    }
    call->party = NULL;
    tl_service_cancel(call->service, call->under_way);
}
