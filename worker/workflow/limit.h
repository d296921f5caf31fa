/* SPDX-License-Identifier: MIT */
/* The limit of a wait: a timer of the workflow that runs beside what is waited for. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_LIMIT_H
#define TIMELAPSE_WORKER_WORKFLOW_LIMIT_H

#include <stdbool.h>
#include <timelapse/workflow.h>

struct strand;

struct limit {
    struct strand *strand;
    struct tl_future *timer; /* NULL: the wait goes on for ever */
};

/* Misuse when the duration is negative, or too long and not TL_NEVER. */
void limit_check(struct tl_workflow *wf, const char *function, tl_duration duration);

/*
 * Starts the timer, unless the duration is 0 or TL_NEVER, and says in the strand how long it waits.
 * wakes: the strand is woken when the limit is over; it then waits for one thing beside it.
 */
void limit_begin(struct limit *limit, struct strand *strand, tl_duration duration, bool wakes);

/* Whether there is nothing left to wait for: the time is over, or the timer was canceled with its scope. */
bool limit_is_over(const struct limit *limit);

/* What the wait returns then: TL_TIMED_OUT or TL_CANCELED, noted in the strand. */
enum tl_status limit_outcome(const struct limit *limit);

/* After the wait: a timer that still runs is canceled. */
void limit_end(struct limit *limit);

#endif
