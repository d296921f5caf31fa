/* SPDX-License-Identifier: MIT */
/* Facts: timer_queue_active_task_executor.go (processSingleActivityTimeoutTask), mutable_state_impl.go
 * (truncateRetryableActivityFailure). */
#include "sim/machines/activity_failure.h"

#include "model/message.h"
#include "sim/service/failure.h"
#include "sim/service/limits.h"

static const char *timeout_message(int timeout_type)
{
    static const char *const messages[] = {
        [TIMEOUT_TYPE_START_TO_CLOSE] = "activity StartToClose timeout",
        [TIMEOUT_TYPE_SCHEDULE_TO_START] = "activity ScheduleToStart timeout",
        [TIMEOUT_TYPE_SCHEDULE_TO_CLOSE] = "activity ScheduleToClose timeout",
        [TIMEOUT_TYPE_HEARTBEAT] = "activity Heartbeat timeout",
    };

    return messages[timeout_type];
}

void sim_activity_timeout_failure(struct timeout_failure *out, int timeout_type)
{
    *out = (struct timeout_failure){PB__FAILURE__INIT, PB__TIMEOUT_FAILURE_INFO__INIT};
    out->info.timeout_type = (Pb__TimeoutType)timeout_type;
    out->failure.message = (char *)(uintptr_t)timeout_message(timeout_type);
    out->failure.source = (char *)(uintptr_t) "Server";
    out->failure.failure_info_case = PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    out->failure.timeout_failure_info = &out->info;
}

void sim_activity_timeout_gives_up(struct timeout_failure *failure)
{
    failure->info.timeout_type = TIMEOUT_TYPE_SCHEDULE_TO_CLOSE;
    failure->failure.message = (char *)(uintptr_t) "Not enough time to schedule next retry before activity "
                                                   "ScheduleToClose timeout, giving up retrying";
}

void sim_activity_keep_failure(struct activity *activity, const Pb__Failure *failure)
{
    struct arena *arena = &activity->failure_memory;

    arena_reset(arena);
    if (failure != NULL && message_size(failure) > LIMIT_KEPT_FAILURE) {
        activity->last_failure = sim_failure_replace(arena, failure, LIMIT_KEPT_FAILURE, false);
    } else {
        activity->last_failure = message_clone(arena, failure);
    }
    sim_activity_count_kept(activity, 1, activity->last_failure);
}

void sim_activity_count_kept(struct activity *activity, size_t place, const void *message)
{
    int64_t bytes = message == NULL ? 0 : (int64_t)message_size(message);

    activity->run->kept_bytes += bytes - activity->kept_bytes[place];
    activity->kept_bytes[place] = bytes;
}
