/* SPDX-License-Identifier: MIT */
/* A strand: one coroutine of a workflow. "main" runs the workflow's function. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_STRAND_H
#define TIMELAPSE_WORKER_WORKFLOW_STRAND_H

#include <stdbool.h>
#include <timelapse/workflow.h>

#include "base/list.h"
#include "base/text.h"
#include "worker/runtime/coroutine_owner.h"
#include "worker/runtime/parked.h"
#include "worker/workflow/future.h"
#include "worker/workflow/scope.h"

struct strand {
    struct coroutine_owner owner; /* first: see coroutine_owner.h */
    struct tl_workflow *wf;
    struct coroutine *coroutine;
    const char *name;
    struct list_node all;
    struct list_node ready;     /* in the ready list, or not */
    struct list_node condition; /* in the list of condition waits, or not */
    struct scope *scope;        /* the current one */
    struct scope own;           /* the one it begins in, within that of the strand that started it */
    struct tl_future ended;
    void (*body)(struct strand *strand);
    enum tl_status (*function)(struct tl_workflow *wf, void *user);
    void *user;

    /* The last operation that did not succeed: what tl_failure and a saga tell. */
    enum tl_status last_status;
    const Pb__Failure *last_failure;
    const struct tl_failure *last_failure_view;

    struct signal *signal; /* the last that it took, or NULL */

    struct waiter waiters[2]; /* for what it waits for */
    struct waiter *many;      /* when that is more than two; kept for the next time */
    size_t many_count;

    /* Why it is parked, in words, made when someone looks. */
    void (*describe_wait)(const struct strand *strand, struct text *text);
    const void *waits_for;
    tl_time waits_until; /* TL_NEVER: no limit */
    bool interruptible;  /* a canceled scope wakes it although what it waits for is not there */
    bool went_on;        /* its wait for a condition is over, since it was last asked */
};

/* A new strand, ready to run, in the scope of the current one (the root's for the first). */
struct strand *strand_new(struct tl_workflow *wf, const char *name, void (*body)(struct strand *strand));
struct strand *
strand_new_in(struct tl_workflow *wf, const char *name, void (*body)(struct strand *strand), struct scope *scope);

/* Puts it at the end of the ready list, unless it is there. */
void strand_wake(struct strand *strand);

/* Gives way until woken. Only on the strand itself. */
void strand_park(struct strand *strand);

/* Of a task that nobody completed, what was decided in it is not known: its code does not go on. */
_Noreturn void strand_park_for_ever(struct strand *strand);

/* Remembers the outcome of its last operation that did not succeed; returns `status`. */
enum tl_status strand_note(struct strand *strand, enum tl_status status, const Pb__Failure *failure);

/* Tells of every strand of the workflow, in order of their start. Out of memory unwinds. */
void strands_tell(const struct tl_workflow *wf, parked_fn *each, void *user);

/* Writes what it waits for. */
void strand_describe_wait(const struct strand *strand, struct text *text);

#endif
