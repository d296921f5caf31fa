/* SPDX-License-Identifier: MIT */
/* Futures from the inside: resolved by machines, waited for by strands. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_FUTURE_H
#define TIMELAPSE_WORKER_WORKFLOW_FUTURE_H

#include <stdbool.h>
#include <timelapse/workflow.h>

#include "base/list.h"
#include "base/text.h"
#include "model/pb.h"

struct scope;
struct strand;

/* What a future stands for: how it is canceled (NULL: it cannot be) and named in diagnostics. */
struct future_kind {
    bool scoped; /* it is canceled with the scope that it was started in */
    void (*cancel)(struct tl_future *future);
    void (*describe)(const struct tl_future *future, struct text *text);
};

struct tl_future {
    const struct future_kind *kind;
    struct tl_workflow *wf;
    struct list_node in_scope; /* linked while pending and cancelable */
    struct list waiters;       /* struct waiter */
    bool done;
    enum tl_status status;
    struct tl_payload result;
    const Pb__Failure *failure;
    const struct tl_failure *failure_view;  /* made when asked for */
    void (*then)(struct tl_future *future); /* called when it is known; NULL: nothing is */
    void *user;                             /* for `then` */
};

/* A strand's interest in a future or a signal. */
struct waiter {
    struct list_node node;
    struct strand *strand;
};

/*
 * A pending future in the current strand's scope. False when that scope is canceled: then it has
 * failed as canceled already, and nothing is to be started for it.
 */
bool future_init(struct tl_future *future, struct tl_workflow *wf, const struct future_kind *kind);

/* Makes it known and wakes its waiters; nothing when it is known already. */
void future_succeed(struct tl_future *future, struct tl_payload result);
void future_fail(struct tl_future *future, enum tl_status status, const Pb__Failure *failure);

/* The strand says what it waits for, and is woken by it: until its waiters[0] is taken off the list. */
void future_watch(struct tl_future *future, struct strand *strand);

/* Parks the strand until the future is done. */
void future_await(struct tl_future *future, struct strand *strand);

/* What a wait for a known future returns: its status, with the strand's last failure set. */
enum tl_status future_outcome(struct tl_future *future, struct strand *strand, struct tl_payload *result);

#endif
