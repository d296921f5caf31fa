/* SPDX-License-Identifier: MIT */
/* The activity's events: each function makes one and appends or buffers it. */
#ifndef TIMELAPSE_SIM_ACTIVITY_EVENTS_H
#define TIMELAPSE_SIM_ACTIVITY_EVENTS_H

#include "sim/machines/activity.h"

/* Makes, with all options normalised as the server does, and appends; returns the event. */
const Pb__HistoryEvent *sim_activity_add_scheduled(struct run *run, const Pb__Command *command, int64_t completed_id);

/* Appends; returns the event's id. */
int64_t sim_activity_add_cancel_requested(
    struct run *run, const Pb__Command *command, int64_t completed_id, int64_t scheduled_event_id);

/* These buffer the end of an activity, and before it its ActivityTaskStarted when it was started. */
void sim_activity_buffer_completed(
    struct activity *activity, const Pb__Payloads *result, const struct activity_report *report);
void sim_activity_buffer_failed(
    struct activity *activity, const Pb__Failure *failure, int retry_state, const struct activity_report *report);
void sim_activity_buffer_timed_out(struct activity *activity, const Pb__Failure *failure, int retry_state);
void sim_activity_buffer_canceled(
    struct activity *activity, const Pb__Payloads *details, const struct activity_report *report);

#endif
