/* SPDX-License-Identifier: MIT */
/*
 * One call of the service on behalf of something that may go away before the reply comes. A call
 * that is given up lives on by itself until its completion, as the service's contract wants.
 *
 * Tries again where the official SDKs do (sdk-core, crates/client/src/retry.rs): by code, 100 ms x1.7 to 5 s with
 * +-20 %, at most 10 tries and 10 s; a limit reached (RESOURCE_EXHAUSTED) starts at 1 s.
 */
#ifndef TIMELAPSE_WORKER_CALL_H
#define TIMELAPSE_WORKER_CALL_H

#include <stdbool.h>
#include <timelapse/service.h>

#include "base/agenda.h"
#include "base/list.h"
#include "model/pb.h"
#include "model/rpc.h"
#include "worker/runtime/backoff.h"

struct call;
struct pool;
struct random;

/* What calls are made with. All borrowed; outlives all calls that were not given up. */
struct call_party {
    struct agenda *agenda;
    struct pool *pool;
    struct tl_service *service;
    struct random *random; /* of jitter */
    struct list calls;     /* all calls of this party */
};

void call_party_init(
    struct call_party *party, struct agenda *agenda, struct tl_service *service, struct random *random);

/* Gives up all calls. */
void call_party_done(struct call_party *party);

/* reply: borrowed for the call; take a reference to keep it. `call` may be freed or sent again in it. */
typedef void call_reply_fn(struct call *call, struct tl_reply *reply);

enum call_patience {
    CALL_ONCE, /* the first reply is the reply */
    CALL_RETRY /* the last try's reply is the reply */
};

/* What is asked. */
struct call_question {
    enum rpc rpc;
    const void *message; /* borrowed until the reply or call_free; with CALL_ONCE until call_send returns */
    tl_duration timeout; /* of one try; 0: the method's default */
    enum call_patience patience;
};

struct call {
    struct list_node node;
    struct call_party *party; /* NULL: given up */
    struct pool *pool;
    struct tl_service *service;
    call_reply_fn *on_reply;
    void *user;           /* for on_reply */
    struct call **holder; /* set to NULL when the call is freed; may be NULL */

    struct call_question question;
    unsigned tries;
    tl_time first_try;
    struct backoff backoff;
    struct agenda_item again;  /* the next try, or the news that there will be none */
    enum tl_status given_up;   /* why there will be none; TL_OK: there will */
    struct tl_call *under_way; /* NULL: none */
};

/* A call that is not sent yet. Out of memory unwinds. */
struct call *call_new(struct call_party *party, call_reply_fn *on_reply, void *user);

/* Frees it; one that is under way is given up: canceled, and its reply dropped. NULL is fine. */
void call_free(struct call *call);

/* Asks; nothing may be under way. on_reply is called later, once, also when the service is gone (TL_STOPPED). */
void call_send(struct call *call, const struct call_question *question);

/* Whether a reply is still to come. */
static inline bool call_is_pending(const struct call *call)
{
    return call->under_way != NULL || agenda_is_pending(&call->again);
}

/* Gives up waiting: on_reply is called soon, with TL_CANCELED unless a reply is on its way. */
void call_cancel(struct call *call);

/* The gRPC code of a reply, 0 to 16. */
int call_code(const struct tl_reply *reply);

/* Whether the request was refused because it is too large to be sent: the same request will never pass. */
bool call_is_too_large(const struct tl_reply *reply);

#endif
