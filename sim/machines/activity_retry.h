/* SPDX-License-Identifier: MIT */
/* Whether and when an attempt that failed is followed by another. */
#ifndef TIMELAPSE_SIM_ACTIVITY_RETRY_H
#define TIMELAPSE_SIM_ACTIVITY_RETRY_H

#include "sim/machines/activity.h"

/*
 * RETRY_STATE_IN_PROGRESS with *out_delay, or why there is no other attempt. failure: of the
 * attempt; NULL counts as retryable.
 */
int sim_activity_retry(const struct activity *activity, const Pb__Failure *failure, tl_duration *out_delay);

#endif
