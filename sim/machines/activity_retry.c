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

int sim_activity_retry(const struct activity *activity, const Pb__Failure *failure, tl_duration *out_delay)
{
    const struct retry_moment moment = {
        .now = sim_run_now(activity->run),
        .expires_at = activity->expires_at,
        .attempt = activity->attempt,
        .request_overrides_maximum = true,
    };

    if (sim_activity_is_cancel_requested(activity)) {
        return RETRY_STATE_CANCEL_REQUESTED;
    }
    if (is_schedule_timeout(failure)) {
        return RETRY_STATE_TIMEOUT;
    }
    return sim_retry(activity->scheduled->retry_policy, failure, &moment, out_delay);
}
