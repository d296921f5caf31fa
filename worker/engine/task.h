/* SPDX-License-Identifier: MIT */
/*
 * A workflow task under way: from the reply that brought it, over the pages of history that it
 * needs, to the answer and the server's word on it. Lives in the pool; what it makes lives in its
 * arena and goes with it.
 */
#ifndef TIMELAPSE_WORKER_TASK_H
#define TIMELAPSE_WORKER_TASK_H

#include <stdbool.h>
#include <timelapse/service.h>

#include "base/arena.h"
#include "base/list.h"
#include "model/pb.h"
#include "worker/engine/run.h"
#include "worker/runtime/call.h"

struct engine;
struct query_answer;

/* A reply whose messages the task still needs. */
struct held_reply {
    struct held_reply *next;
    struct tl_reply *reply;
};

struct task {
    struct list_node node; /* in the engine's list of tasks under way */
    struct engine *engine;
    struct run *run;
    struct arena arena;
    struct held_reply *held;
    const Pb__PollWorkflowTaskQueueResponse *poll;
    struct call *call;
    void (*on_reply)(struct task *task, struct tl_reply *reply); /* to the call under way */

    Pb__HistoryEvent **events;
    size_t count;
    size_t capacity;          /* 0 while `events` is borrowed from a reply */
    unsigned fruitless_pages; /* one after the other: no event that was not there already */

    Pb__RespondWorkflowTaskCompletedRequest *completion; /* sent, or NULL */
    unsigned eager;               /* slots that are reserved for activities that may come with its answer */
    struct query_answer *answers; /* to the queries that came along, in their order; to a query alone: see answered */
    bool answered;                /* a query alone, with a result */
    struct task *next_turn;       /* in its run's line, see run.h */
};

/* A task of `poll`, which lives in `reply`; takes the reply's reference. */
struct task *task_new(struct engine *engine, struct tl_reply *reply, const Pb__PollWorkflowTaskQueueResponse *poll);

/* Gives everything back; a call under way is given up. */
void task_free(struct task *task);

/* Appends the events with greater ids than the task's last; how many. The reply that they live in is held. */
size_t task_add_events(struct task *task, const Pb__History *history);

/* Keeps a reply until the task is freed; takes its reference. */
void task_hold(struct task *task, struct tl_reply *reply);

/*
 * Asks the service for something on the task's behalf, again when that may help. `on_reply` is
 * called later, once; the reply is borrowed for the call. request: lives in the task's arena.
 */
void task_call(
    struct task *task, enum rpc rpc, const void *request, void (*on_reply)(struct task *task, struct tl_reply *reply));

/* "" when the task does not tell. */
const char *task_run_id(const struct task *task);
const char *task_workflow_id(const struct task *task);

#endif
