/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_TIMER_H
#define TIMELAPSE_SIM_TIMER_H

#include "sim/service/run.h"

struct timer;

/* Starts a timer: TimerStarted. The run has no pending timer of that id. */
void sim_timer_start(struct run *run, const Pb__Command *command, int64_t completed_id);

/*
 * Cancels the pending timer, or removes the buffered TimerFired of one that fired meanwhile:
 * TimerCanceled. There is one of the two.
 */
void sim_timer_cancel(struct run *run, const Pb__Command *command, int64_t completed_id, const char *identity);

/* The pending timer of that id, or NULL. */
struct timer *sim_timer_find(const struct run *run, const char *timer_id);

/* When it fires, in the run's time. */
tl_time sim_timer_fires_at(const struct timer *timer);

/* Arms the next deadline anew: the run's clock has moved. */
void sim_timer_rearm(struct run *run);

/* Drops what is pending, for a run that closes. */
void sim_timer_drop_all(struct run *run);

/* Whether its deadline stands where it should: for the oracles. NULL, or what is wrong. */
const char *sim_timer_check(const struct timer *timer);

#endif
