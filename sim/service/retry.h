/* SPDX-License-Identifier: MIT */
/* Retry policies: their defaults, what may be retried, and when. */
#ifndef TIMELAPSE_SIM_RETRY_H
#define TIMELAPSE_SIM_RETRY_H

#include <stdbool.h>

#include "model/pb.h"

/* A copy in which the server's defaults stand for what was left out (EnsureDefaults). policy: NULL for them alone. */
Pb__RetryPolicy *sim_retry_policy_fill(struct arena *arena, const Pb__RetryPolicy *policy);

/* The attempt that failed. */
struct retry_moment {
    tl_time now;
    tl_time expires_at; /* no attempt begins after it; 0: never */
    int32_t attempt;    /* from 1 */
    /* A delay that the failure asks for may be longer than the policy's maximum: an activity's may, a workflow's not.
     */
    bool request_overrides_maximum;
};

/* RETRY_STATE_IN_PROGRESS and *out_delay until the next attempt; or why there is none. failure: NULL counts as
 * retryable. */
int sim_retry(
    const Pb__RetryPolicy *policy, const Pb__Failure *failure, const struct retry_moment *moment,
    tl_duration *out_delay);

#endif
