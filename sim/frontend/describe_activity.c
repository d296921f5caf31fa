/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/activity.go (GetPendingActivityInfo). */
#include "sim/frontend/describe_activity.h"

#include "model/message.h"
#include "sim/service/messages.h"

static Pb__PendingActivityState state_of(const struct activity *activity)
{
    if (sim_activity_is_cancel_requested(activity)) {
        return PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;
    }
    return sim_activity_is_started(activity) ? PENDING_ACTIVITY_STATE_STARTED : PENDING_ACTIVITY_STATE_SCHEDULED;
}

/*
 * While it backs off. The interval counts from the end of an attempt that failed; timeouts set
 * none, so that without such an end it counts from the epoch, as the server's does.
 */
static void
describe_backoff(const struct activity *activity, struct arena *arena, Pb__Workflow__PendingActivityInfo *info)
{
    if (info->state == PENDING_ACTIVITY_STATE_SCHEDULED && activity->scheduled_at > sim_run_now(activity->run)) {
        info->next_attempt_schedule_time = info->scheduled_time;
        info->current_retry_interval = sim_duration(arena, activity->scheduled_at - activity->ended_at);
    }
}

static void
describe_attempts(const struct activity *activity, struct arena *arena, Pb__Workflow__PendingActivityInfo *info)
{
    const char *worker = pb_is_empty(activity->identity) ? activity->reporter : activity->identity;

    info->attempt = activity->attempt;
    info->maximum_attempts = activity->scheduled->retry_policy->maximum_attempts;
    info->scheduled_time = pb_timestamp(arena, activity->scheduled_at);
    info->last_started_time = pb_timestamp(arena, activity->started_at);
    info->last_attempt_complete_time = pb_timestamp(arena, activity->ended_at);
    info->expiration_time = pb_timestamp(arena, activity->expires_at);
    info->last_failure = message_clone(arena, activity->last_failure);
    info->last_worker_identity = (char *)(uintptr_t)worker;
    if (activity->heartbeat_at != 0) {
        info->last_heartbeat_time = pb_timestamp(arena, activity->heartbeat_at);
        info->heartbeat_details = message_clone(arena, activity->heartbeat_details);
    }
}

/* The queue goes by its name alone, and the policy without the types that it does not try again. */
static Pb__Activity__ActivityOptions *describe_options(const struct activity *activity, struct arena *arena)
{
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;
    Pb__Activity__ActivityOptions *options =
        PB_NEW(arena, Pb__Activity__ActivityOptions, pb__activity__activity_options);

    options->task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    options->task_queue->name = scheduled->task_queue->name;
    options->task_queue->normal_name = scheduled->task_queue->name;
    options->schedule_to_close_timeout = scheduled->schedule_to_close_timeout;
    options->schedule_to_start_timeout = scheduled->schedule_to_start_timeout;
    options->start_to_close_timeout = scheduled->start_to_close_timeout;
    options->heartbeat_timeout = scheduled->heartbeat_timeout;
    options->priority = scheduled->priority;
    options->retry_policy = PB_NEW(arena, Pb__RetryPolicy, pb__retry_policy);
    options->retry_policy->initial_interval = scheduled->retry_policy->initial_interval;
    options->retry_policy->backoff_coefficient = scheduled->retry_policy->backoff_coefficient;
    options->retry_policy->maximum_interval = scheduled->retry_policy->maximum_interval;
    options->retry_policy->maximum_attempts = scheduled->retry_policy->maximum_attempts;
    return options;
}

Pb__Workflow__PendingActivityInfo *sim_describe_activity(const struct activity *activity, struct arena *arena)
{
    Pb__Workflow__PendingActivityInfo *info =
        PB_NEW(arena, Pb__Workflow__PendingActivityInfo, pb__workflow__pending_activity_info);

    info->activity_id = activity->scheduled->activity_id;
    info->activity_type = activity->scheduled->activity_type;
    info->state = state_of(activity);
    info->priority = activity->scheduled->priority;
    info->activity_options = describe_options(activity, arena);
    describe_attempts(activity, arena, info);
    describe_backoff(activity, arena, info);
    return info;
}
