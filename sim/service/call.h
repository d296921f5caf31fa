/* SPDX-License-Identifier: MIT */
/*
 * A call under way, and its answer. A handler either answers at once or lets the call wait; the
 * caller hears of it later, from an item of the agenda, never inside tl_service_call.
 */
#ifndef TIMELAPSE_SIM_CALL_H
#define TIMELAPSE_SIM_CALL_H

#include <timelapse/service.h>

#include "base/agenda.h"
#include "model/pb.h"

struct answer;
struct history;
struct query;
struct queue;
struct run;
struct tl_sim;

/* What a poll brought along that its task will need. In the call's own arena. */
struct poll {
    struct queue *queue;
    const char *identity;
    const char *worker_instance_key;
    const Pb__WorkerVersionStamp *worker_version; /* NULL: none */
};

/* A GetWorkflowExecutionHistory that waits for news. */
struct history_wait {
    struct run *run;
    int64_t first; /* the event waited for */
    int32_t page_size;
    bool close_event;
    bool goes_on; /* a token is wanted while the run is open */
};

/* A PollWorkflowExecutionTimeSkipping that waits for the end of a fast-forward. */
struct forward_wait {
    struct run *run;
    const char *id; /* in the call's own arena */
    tl_time target; /* where it was to end when the wait began; 0: it has not */
    tl_time until;
};

struct tl_call {
    struct tl_sim *sim;
    const struct tl_rpc *rpc;
    tl_reply_fn *on_reply;
    void *user;
    tl_time deadline;    /* the caller's, or 0 */
    uint64_t peer;       /* who calls, where that is known: a connection's number; else 0 */
    const char *subject; /* the workflow id it is about, for names; "" when none */
    struct answer *answer;
    struct list_node under_way;            /* in sim->calls */
    struct list_node waiting;              /* in whatever list it waits in */
    size_t *waiters;                       /* how many wait there, kept up to date; or NULL */
    struct agenda_item item;               /* while it waits: its end; once answered: its delivery */
    void (*give_up)(struct tl_call *call); /* answers when the wait ends without what was waited for */
    void (*left)(struct tl_call *call);    /* NULL, or: it waits no more, so whatever refers to it lets go */
    void (*wake)(struct tl_call *call);    /* in run->waiters: a transaction of the run ended; answers or waits on */
    union {
        struct poll poll;
        struct history_wait history;
        struct forward_wait forward;
        struct query *query;
    } wait;
};

/* tl_service's two methods. */
enum tl_status sim_call(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call);
void sim_call_cancel(struct tl_service *self, struct tl_call *call);

/* Drops every call without an answer: the simulator goes. */
void sim_call_drop_all(struct tl_sim *sim);

/* Where the answer is built; lives as long as the reply. */
struct arena *sim_call_arena(struct tl_call *call);

/* Keeps `history` alive as long as the reply, which shares its events. */
void sim_call_share(struct tl_call *call, struct history *history);

/* Answers with a message in the call's arena, or a static one. */
void sim_call_answer(struct tl_call *call, const void *message);

/* Refuses. The text should name the field. */
void sim_call_refuse(struct tl_call *call, enum tl_status status, const char *format, ...) TL_PRINTF(3, 4);
void sim_call_refuse_error(struct tl_call *call, const struct tl_error *error);

/* Refuses with one of temporal.api.errordetails in the status's details. */
void sim_call_refuse_details(struct tl_call *call, enum tl_status status, const void *details, const char *format, ...)
    TL_PRINTF(4, 5);

/* NotFound, with the details the server sends. */
void sim_call_not_found(struct tl_call *call, const char *format, ...) TL_PRINTF(2, 3);

/*
 * Lets the call wait at the end of `list` until answered, canceled, or for at most `limit`. *waiters
 * (may be NULL) counts it while it does.
 */
void sim_call_wait(
    struct tl_call *call, struct list *list, size_t *waiters, tl_duration limit, void (*give_up)(struct tl_call *call));

/* Hands an answer over now: only from an item of the agenda, and as its last deed. */
void sim_call_deliver(struct tl_call *call);

#endif
