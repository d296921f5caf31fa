/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/describeworkflow/api.go, service/history/workflow/activity.go (GetPendingActivityInfo). */
#include "sim/frontend/describe.h"

#include "model/message.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/messages.h"

static Pb__Workflow__WorkflowExecutionConfig *describe_config(const struct run *run, struct arena *arena)
{
    Pb__Workflow__WorkflowExecutionConfig *config =
        PB_NEW(arena, Pb__Workflow__WorkflowExecutionConfig, pb__workflow__workflow_execution_config);

    config->task_queue = run->started->task_queue;
    config->workflow_execution_timeout = run->started->workflow_execution_timeout;
    config->workflow_run_timeout = run->started->workflow_run_timeout;
    config->default_workflow_task_timeout = run->started->workflow_task_timeout;
    config->user_metadata = sim_history_event(run->history, 1)->user_metadata;
    return config;
}

static Pb__Workflow__WorkflowExecutionInfo *describe_info(const struct run *run, struct arena *arena)
{
    Pb__Workflow__WorkflowExecutionInfo *info =
        PB_NEW(arena, Pb__Workflow__WorkflowExecutionInfo, pb__workflow__workflow_execution_info);

    info->execution = sim_execution(arena, run->workflow_id, run->run_id);
    info->type = run->started->workflow_type;
    info->start_time = pb_timestamp(arena, run->started_at);
    info->execution_time = info->start_time;
    info->status = (Pb__WorkflowExecutionStatus)run->status;
    info->history_length = (int64_t)run->history->count;
    info->history_size_bytes = run->history->size;
    info->state_transition_count = run->transitions;
    info->task_queue = run->started->task_queue->name;
    info->root_execution = info->execution;
    info->first_run_id = run->started->first_execution_run_id;
    info->memo = run->started->memo != NULL ? run->started->memo : PB_NEW(arena, Pb__Memo, pb__memo);
    info->search_attributes = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);
    info->priority = run->started->priority;
    if (!sim_run_is_open(run)) {
        info->close_time = pb_timestamp(arena, run->closed_at);
        info->execution_duration = sim_duration(arena, run->closed_at - run->started_at);
    }
    return info;
}

static Pb__Workflow__WorkflowExecutionExtendedInfo *describe_extended(const struct run *run, struct arena *arena)
{
    Pb__Workflow__WorkflowExecutionExtendedInfo *info =
        PB_NEW(arena, Pb__Workflow__WorkflowExecutionExtendedInfo, pb__workflow__workflow_execution_extended_info);

    info->execution_expiration_time = run->started->workflow_execution_expiration_time;
    info->run_expiration_time = pb_timestamp(arena, run->expires_at);
    info->original_start_time = sim_history_event(run->history, 1)->event_time;
    info->cancel_requested = sim_run_is_cancel_requested(run);
    return info;
}

static Pb__Workflow__PendingWorkflowTaskInfo *describe_task(const struct run *run, struct arena *arena)
{
    const struct workflow_task *task = &run->task;
    Pb__Workflow__PendingWorkflowTaskInfo *info =
        PB_NEW(arena, Pb__Workflow__PendingWorkflowTaskInfo, pb__workflow__pending_workflow_task_info);

    info->state = PENDING_WORKFLOW_TASK_STATE_SCHEDULED;
    info->scheduled_time = pb_timestamp(arena, task->scheduled_at);
    info->original_scheduled_time = pb_timestamp(arena, task->original_scheduled_at);
    info->attempt = task->attempt;
    if (sim_workflow_task_is_started(run)) {
        info->state = PENDING_WORKFLOW_TASK_STATE_STARTED;
        info->started_time = pb_timestamp(arena, task->started_at);
    }
    return info;
}

static Pb__PendingActivityState activity_state(const struct activity *activity)
{
    if (sim_activity_is_cancel_requested(activity)) {
        return PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;
    }
    return sim_activity_is_started(activity) ? PENDING_ACTIVITY_STATE_STARTED : PENDING_ACTIVITY_STATE_SCHEDULED;
}

static void
describe_attempts(const struct activity *activity, struct arena *arena, Pb__Workflow__PendingActivityInfo *info)
{
    info->attempt = activity->attempt;
    info->maximum_attempts = activity->scheduled->retry_policy->maximum_attempts;
    info->scheduled_time = pb_timestamp(arena, activity->scheduled_at);
    info->last_started_time = pb_timestamp(arena, activity->started_at);
    info->last_attempt_complete_time = pb_timestamp(arena, activity->ended_at);
    info->expiration_time = pb_timestamp(arena, activity->expires_at);
    info->last_failure = message_clone(arena, activity->last_failure);
    info->last_worker_identity = arena_strdup(arena, activity->identity);
    if (info->state == PENDING_ACTIVITY_STATE_SCHEDULED && activity->scheduled_at > sim_run_now(activity->run)) {
        info->next_attempt_schedule_time = info->scheduled_time;
        info->current_retry_interval = sim_duration(arena, activity->scheduled_at - activity->ended_at);
    }
    if (activity->heartbeat_at != 0) {
        info->last_heartbeat_time = pb_timestamp(arena, activity->heartbeat_at);
        info->heartbeat_details = message_clone(arena, activity->heartbeat_details);
    }
}

static Pb__Activity__ActivityOptions *describe_options(const struct activity *activity, struct arena *arena)
{
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;
    Pb__Activity__ActivityOptions *options =
        PB_NEW(arena, Pb__Activity__ActivityOptions, pb__activity__activity_options);

    options->task_queue = scheduled->task_queue;
    options->schedule_to_close_timeout = scheduled->schedule_to_close_timeout;
    options->schedule_to_start_timeout = scheduled->schedule_to_start_timeout;
    options->start_to_close_timeout = scheduled->start_to_close_timeout;
    options->heartbeat_timeout = scheduled->heartbeat_timeout;
    options->retry_policy = scheduled->retry_policy;
    options->priority = scheduled->priority;
    return options;
}

static Pb__Workflow__PendingActivityInfo *describe_activity(const struct activity *activity, struct arena *arena)
{
    Pb__Workflow__PendingActivityInfo *info =
        PB_NEW(arena, Pb__Workflow__PendingActivityInfo, pb__workflow__pending_activity_info);

    info->activity_id = activity->scheduled->activity_id;
    info->activity_type = activity->scheduled->activity_type;
    info->state = activity_state(activity);
    info->priority = activity->scheduled->priority;
    info->activity_options = describe_options(activity, arena);
    describe_attempts(activity, arena, info);
    return info;
}

static void
describe_activities(const struct run *run, struct arena *arena, Pb__DescribeWorkflowExecutionResponse *response)
{
    const struct map *activities = &run->activities;

    response->pending_activities = ARENA_ARRAY(arena, Pb__Workflow__PendingActivityInfo *, map_count(activities));
    for (struct map_entry *entry = map_next(activities, NULL); entry != NULL; entry = map_next(activities, entry)) {
        response->pending_activities[response->n_pending_activities++] = describe_activity(entry->value, arena);
    }
}

void sim_describe_workflow_execution(struct tl_call *call, const void *message)
{
    const Pb__DescribeWorkflowExecutionRequest *request = message;
    struct run *run = sim_frontend_run(call, request->namespace_, request->execution);

    if (run == NULL) {
        return;
    }
    struct arena *arena = sim_call_arena(call);
    Pb__DescribeWorkflowExecutionResponse *response =
        PB_NEW(arena, Pb__DescribeWorkflowExecutionResponse, pb__describe_workflow_execution_response);
    response->execution_config = describe_config(run, arena);
    response->workflow_execution_info = describe_info(run, arena);
    response->workflow_extended_info = describe_extended(run, arena);
    describe_activities(run, arena, response);
    if (sim_workflow_task_is_pending(run)) {
        response->pending_workflow_task = describe_task(run, arena);
    }
    sim_call_share(call, run->history);
    sim_call_answer(call, response);
}
