/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/retry.go and mutable_state_impl.go (RetryActivity). */
#include "sim/machines/activity_retry.h"

#include <math.h>
#include <string.h>

#include "sim/service/messages.h"

static bool is_listed(const Pb__RetryPolicy *policy, const char *type)
{
    for (size_t i = 0; i < policy->n_non_retryable_error_types; i++) {
        if (strcmp(policy->non_retryable_error_types[i], type) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_retryable_timeout(const Pb__RetryPolicy *policy, int timeout_type)
{
    switch (timeout_type) {
    case TIMEOUT_TYPE_START_TO_CLOSE:
        return !is_listed(policy, "TemporalTimeout:StartToClose");
    case TIMEOUT_TYPE_HEARTBEAT:
        return !is_listed(policy, "TemporalTimeout:Heartbeat");
    default:
        return false;
    }
}

static bool is_retryable(const Pb__RetryPolicy *policy, const Pb__Failure *failure)
{
    if (failure == NULL) {
        return true;
    }
    switch ((int)failure->failure_info_case) {
    case PB__FAILURE__FAILURE_INFO_TERMINATED_FAILURE_INFO:
    case PB__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO:
        return false;
    case PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO:
        return is_retryable_timeout(policy, (int)failure->timeout_failure_info->timeout_type);
    case PB__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO:
        return !failure->server_failure_info->non_retryable;
    case PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO:
        return !failure->application_failure_info->non_retryable &&
               !is_listed(policy, failure->application_failure_info->type);
    default:
        return true;
    }
}

/* The deadlines that no attempt can outlive. */
static bool is_schedule_timeout(const Pb__Failure *failure)
{
    if (failure == NULL || failure->failure_info_case != PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO) {
        return false;
    }
    int timeout_type = (int)failure->timeout_failure_info->timeout_type;
    return timeout_type == TIMEOUT_TYPE_SCHEDULE_TO_START || timeout_type == TIMEOUT_TYPE_SCHEDULE_TO_CLOSE;
}

static tl_duration exponential(const Pb__RetryPolicy *policy, int32_t attempt)
{
    double delay =
        (double)pb_nanoseconds(policy->initial_interval) * pow(policy->backoff_coefficient, (double)attempt - 1);

    if (!(delay < (double)INT64_MAX)) {
        return INT64_MAX;
    }
    return delay > 0 ? (tl_duration)delay : 0;
}

/* What the worker asked for instead of the policy's delay, or NULL. */
static const Pb__Duration *requested_delay(const Pb__Failure *failure)
{
    if (failure == NULL || failure->failure_info_case != PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO) {
        return NULL;
    }
    return failure->application_failure_info->next_retry_delay;
}

/* A requested delay overrides the policy's maximum too; one of zero ends the retries. */
static int next_delay(
    const struct activity *activity, const Pb__RetryPolicy *policy, const Pb__Duration *requested, tl_duration *out)
{
    tl_duration maximum = pb_nanoseconds(requested != NULL ? requested : policy->maximum_interval);
    tl_duration delay = requested != NULL ? pb_nanoseconds(requested) : exponential(policy, activity->attempt);

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
    if (!is_retryable(policy, failure)) {
        return RETRY_STATE_NON_RETRYABLE_FAILURE;
    }
    if (policy->maximum_attempts > 0 && activity->attempt >= policy->maximum_attempts) {
        return RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
    }
    return next_delay(activity, policy, requested_delay(failure), out_delay);
}
