/* SPDX-License-Identifier: MIT */
/* Retry policies: their defaults, what may be retried, and when. */
#ifndef TIMELAPSE_SIM_RETRY_H
#define TIMELAPSE_SIM_RETRY_H

#include <stdbool.h>

#include "model/pb.h"

/* A copy in which the server's defaults stand for what was left out (EnsureDefaults). policy: NULL for them alone. */
Pb__RetryPolicy *sim_retry_policy_fill(struct arena *arena, const Pb__RetryPolicy *policy);

/* Whether the failure permits another attempt at all (IsRetryableFailure). failure may be NULL: it does. */
bool sim_is_retryable(const Pb__RetryPolicy *policy, const Pb__Failure *failure);

/* What the failure asks for instead of the policy's delay, or NULL. */
const Pb__Duration *sim_retry_requested(const Pb__Failure *failure);

/* The policy's delay after that attempt, from 1 on, before its maximum cuts it. */
tl_duration sim_retry_interval(const Pb__RetryPolicy *policy, int32_t attempt);

/* The attempt that failed. */
struct retry_moment {
    tl_time now;
    tl_time expires_at; /* no attempt begins after it; 0: never */
    int32_t attempt;    /* from 1 */
};

/* RETRY_STATE_IN_PROGRESS and *out_delay until a workflow's next attempt; or why there is none. */
int sim_retry(
    const Pb__RetryPolicy *policy, const Pb__Failure *failure, const struct retry_moment *moment,
    tl_duration *out_delay);

#endif
