/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/retry.go and mutable_state_impl.go (RetryActivity). */
#include "sim/machines/activity_retry.h"

#include "sim/service/messages.h"
#include "sim/service/retry.h"

/* The deadlines that no attempt can outlive. */
static bool is_schedule_timeout(const Pb__Failure *failure)
{
    if (failure == NULL || failure->failure_info_case != PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO) {
        return false;
    }
    int timeout_type = (int)failure->timeout_failure_info->timeout_type;
    return timeout_type == TIMEOUT_TYPE_SCHEDULE_TO_START || timeout_type == TIMEOUT_TYPE_SCHEDULE_TO_CLOSE;
}

/* A requested delay overrides the policy's maximum too; one of zero ends the retries. */
static int next_delay(
    const struct activity *activity, const Pb__RetryPolicy *policy, const Pb__Duration *requested, tl_duration *out)
{
    tl_duration maximum = pb_nanoseconds(requested != NULL ? requested : policy->maximum_interval);
    tl_duration delay = requested != NULL ? pb_nanoseconds(requested) : sim_retry_interval(policy, activity->attempt);

    if (maximum == 0 && delay <= 0) {
        return RETRY_STATE_TIMEOUT;
    }
    if (maximum != 0 && (delay <= 0 || delay > maximum)) {
        delay = maximum;
    }
    if (activity->expires_at != 0 && sim_later(sim_run_now(activity->run), delay) > activity->expires_at) {
        return RETRY_STATE_TIMEOUT;
    }
    *out = delay;
    return RETRY_STATE_IN_PROGRESS;
}

int sim_activity_retry(const struct activity *activity, const Pb__Failure *failure, tl_duration *out_delay)
{
    const Pb__RetryPolicy *policy = activity->scheduled->retry_policy;

    if (sim_activity_is_cancel_requested(activity)) {
        return RETRY_STATE_CANCEL_REQUESTED;
    }
    if (is_schedule_timeout(failure)) {
        return RETRY_STATE_TIMEOUT;
    }
    if (!sim_is_retryable(policy, failure)) {
        return RETRY_STATE_NON_RETRYABLE_FAILURE;
    }
    if (policy->maximum_attempts > 0 && activity->attempt >= policy->maximum_attempts) {
        return RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
    }
    return next_delay(activity, policy, sim_retry_requested(failure), out_delay);
}
