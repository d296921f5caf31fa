/* SPDX-License-Identifier: MIT */
/* Failures that the service itself makes of an attempt, and what it keeps of those that workers report. */
#ifndef TIMELAPSE_SIM_ACTIVITY_FAILURE_H
#define TIMELAPSE_SIM_ACTIVITY_FAILURE_H

#include "sim/machines/activity.h"

/* A timeout's failure. Its texts are the program's and its parts each other's: whoever keeps it copies it. */
struct timeout_failure {
    Pb__Failure failure;
    Pb__TimeoutFailureInfo info;
};

void sim_activity_timeout_failure(struct timeout_failure *out, int timeout_type);

/* It becomes the one of an activity whose schedule-to-close timeout leaves no time for another attempt. */
void sim_activity_timeout_gives_up(struct timeout_failure *failure);

/* Keeps the failure of an attempt, or what is left of a large one, as the activity's last; NULL: none. */
void sim_activity_keep_failure(struct activity *activity, const Pb__Failure *failure);

/* What is kept of it in place 0, its heartbeat details, or 1, its last failure, is this message now. NULL: nothing. */
void sim_activity_count_kept(struct activity *activity, size_t place, const void *message);

#endif
