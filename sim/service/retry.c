/* SPDX-License-Identifier: MIT */
/* Facts: common/retrypolicy/retry_policy.go, service/history/workflow/retry.go, common/backoff/retry.go. */
#include "sim/service/retry.h"

#include <math.h>
#include <string.h>

#include "model/message.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"

Pb__RetryPolicy *sim_retry_policy_fill(struct arena *arena, const Pb__RetryPolicy *policy)
{
    Pb__RetryPolicy *filled =
        policy != NULL ? message_clone(arena, policy) : PB_NEW(arena, Pb__RetryPolicy, pb__retry_policy);
    tl_duration initial = pb_nanoseconds(filled->initial_interval);

    if (initial == 0) {
        initial = RETRY_INITIAL;
        filled->initial_interval = sim_duration(arena, initial);
    }
    if (pb_nanoseconds(filled->maximum_interval) == 0) {
        tl_duration maximum = initial > DURATION_MAX / RETRY_MAX_FACTOR ? DURATION_MAX : initial * RETRY_MAX_FACTOR;
        filled->maximum_interval = sim_duration(arena, maximum);
    }
    if (filled->backoff_coefficient == 0) {
        filled->backoff_coefficient = RETRY_COEFFICIENT;
    }
    return filled;
}

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

/* The policy's delay after that attempt, from 1 on, before its maximum cuts it. */
static tl_duration retry_interval(const Pb__RetryPolicy *policy, int32_t attempt)
{
    double delay =
        (double)pb_nanoseconds(policy->initial_interval) * pow(policy->backoff_coefficient, (double)attempt - 1);

    if (!(delay < (double)INT64_MAX)) {
        return INT64_MAX;
    }
    return delay > 0 ? (tl_duration)delay : 0;
}

static const Pb__Duration *requested_by(const Pb__Failure *failure)
{
    if (failure == NULL || failure->failure_info_case != PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO) {
        return NULL;
    }
    return failure->application_failure_info->next_retry_delay;
}

/*
 * A delay that comes to nothing waits for the maximum. Where a request overrides that, it is the maximum
 * itself: one of zero then ends the retries.
 */
static int next_delay(
    const Pb__RetryPolicy *policy, const Pb__Duration *requested, const struct retry_moment *moment, tl_duration *out)
{
    bool overrides = requested != NULL && moment->request_overrides_maximum;
    tl_duration maximum = pb_nanoseconds(overrides ? requested : policy->maximum_interval);
    tl_duration delay = requested != NULL ? pb_nanoseconds(requested) : retry_interval(policy, moment->attempt);

    if (maximum == 0 && delay <= 0) {
        return RETRY_STATE_TIMEOUT;
    }
    if (maximum != 0 && (delay <= 0 || delay > maximum)) {
        delay = maximum;
    }
    if (moment->expires_at != 0 && sim_later(moment->now, delay) > moment->expires_at) {
        return RETRY_STATE_TIMEOUT;
    }
    *out = delay;
    return RETRY_STATE_IN_PROGRESS;
}

int sim_retry(
    const Pb__RetryPolicy *policy, const Pb__Failure *failure, const struct retry_moment *moment,
    tl_duration *out_delay)
{
    if (!is_retryable(policy, failure)) {
        return RETRY_STATE_NON_RETRYABLE_FAILURE;
    }
    if (policy->maximum_attempts > 0 && moment->attempt >= policy->maximum_attempts) {
        return RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
    }
    return next_delay(policy, requested_by(failure), moment, out_delay);
}
