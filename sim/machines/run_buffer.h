/* SPDX-License-Identifier: MIT */
/* Events that wait for the end of a started workflow task before they have a place in the history. */
#ifndef TIMELAPSE_SIM_RUN_BUFFER_H
#define TIMELAPSE_SIM_RUN_BUFFER_H

#include "sim/service/run.h"

/* Buffers an event. started: see struct buffered. */
void sim_run_buffer(struct run *run, Pb__HistoryEvent *event, const Pb__HistoryEvent *started);

/* Appends what is buffered: as it came, but ends of activities after all others (reorderBuffer). */
void sim_run_flush(struct run *run);

/* Removes the buffered TimerFired of that timer and returns its started event id, or 0. */
int64_t sim_run_unbuffer_timer(struct run *run, const char *timer_id);
bool sim_run_has_buffered_timer(const struct run *run, const char *timer_id);

/* Whether the end of that activity is buffered. */
bool sim_run_has_buffered_end(const struct run *run, int64_t scheduled_event_id);

#endif
