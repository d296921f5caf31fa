/* SPDX-License-Identifier: MIT */
/* Signals: a channel for each name, in which they wait in their order until someone takes them. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_SIGNAL_H
#define TIMELAPSE_WORKER_WORKFLOW_SIGNAL_H

#include <stdbool.h>
#include <timelapse/trace.h>
#include <timelapse/workflow.h>

#include "base/arena.h"
#include "base/list.h"
#include "model/pb.h"
#include "worker/registry/field.h"

/* A signal that arrived. */
struct signal {
    struct list_node node; /* until it is taken */
    struct signal_channel *channel;
    uint64_t number; /* among the run's signals, in order of their arrival */
    struct tl_payloads input;
    struct field_view headers;
};

struct signal_channel {
    struct list_node node;
    const char *name;
    struct list pending; /* struct signal */
    struct list waiting; /* struct waiter, in order of their waits: the first gets the next signal */
    size_t count;
    bool waited; /* a coroutine has waited for the name: no handler gets its signals */
};

/*
 * Hands a signal to the handler of its name, which is ready from then on; else to the channel, where it wakes nobody
 * yet: see signal_wake. What it holds is kept.
 */
void signal_deliver(struct tl_workflow *wf, const Pb__WorkflowExecutionSignaledEventAttributes *signaled);

/* Wakes the first strand that waits for signals of that name, when there is one that nobody took. */
void signal_wake(struct tl_workflow *wf, const char *name);

/* Gives those that wait in channels and that a handler takes by now to it, in order of their arrival; whether any. */
bool signals_hand_over(struct tl_workflow *wf);

/* Whether a coroutine has ever waited for the name. */
bool signal_is_waited_for(const struct tl_workflow *wf, const char *name);

/* Tells of each name whose signals nobody has taken. names: of what is told. */
typedef void signal_left_fn(void *user, const char *name, const struct tl_signal_left *left);
void signals_tell_left(const struct tl_workflow *wf, struct arena *names, signal_left_fn *each, void *user);

#endif
