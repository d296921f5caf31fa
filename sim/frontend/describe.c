/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/describeworkflow/api.go. */
#include "sim/frontend/describe.h"

#include "model/message.h"
#include "sim/frontend/describe_activity.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/clock.h"
#include "sim/machines/machines.h"
#include "sim/service/messages.h"
#include "sim/service/reset_points.h"

static Pb__Workflow__WorkflowExecutionConfig *describe_config(const struct run *run, struct arena *arena)
{
    Pb__Workflow__WorkflowExecutionConfig *config =
        PB_NEW(arena, Pb__Workflow__WorkflowExecutionConfig, pb__workflow__workflow_execution_config);

    config->task_queue = sim_task_queue(arena, run->started->task_queue->name, TASK_QUEUE_KIND_NORMAL, NULL);
    config->workflow_execution_timeout = run->started->workflow_execution_timeout;
    config->workflow_run_timeout = run->started->workflow_run_timeout;
    config->default_workflow_task_timeout = run->started->workflow_task_timeout;
    config->user_metadata = sim_history_event(run->history, 1)->user_metadata;
    return config;
}

/* ---- The run ---- */

/* Where it comes from: its parent's, and that of all of them. */
static void describe_family(const struct run *run, struct arena *arena, Pb__Workflow__WorkflowExecutionInfo *info)
{
    const Pb__WorkflowExecutionStartedEventAttributes *started = run->started;

    info->first_run_id = started->first_execution_run_id;
    info->root_execution =
        started->root_workflow_execution != NULL ? started->root_workflow_execution : info->execution;
    if (started->parent_workflow_execution != NULL) {
        info->parent_namespace_id = started->parent_workflow_namespace_id;
        info->parent_execution = started->parent_workflow_execution;
    }
    info->auto_reset_points = sim_reset_points(run, arena);
}

/* It executes when its start's back-off is over; only then does its duration begin. */
static void describe_times(const struct run *run, struct arena *arena, Pb__Workflow__WorkflowExecutionInfo *info)
{
    tl_time executed = sim_later(run->started_at, pb_nanoseconds(run->started->first_workflow_task_backoff));

    info->start_time = pb_timestamp(arena, run->started_at);
    info->execution_time = pb_timestamp(arena, executed);
    if (!sim_run_is_open(run)) {
        info->close_time = pb_timestamp(arena, run->closed_at);
        info->execution_duration = sim_duration(arena, run->closed_at - executed);
    }
}

/* What the last completed workflow task said of its worker. */
static void describe_worker(const struct run *run, Pb__Workflow__WorkflowExecutionInfo *info)
{
    const Pb__WorkflowTaskCompletedEventAttributes *completed = sim_last_completion(run);

    if (completed != NULL) {
        info->most_recent_worker_version_stamp = completed->worker_version;
        info->worker_deployment_name = completed->worker_deployment_name;
    }
}

/* There even when they are empty. */
static void describe_fields(const struct run *run, struct arena *arena, Pb__Workflow__WorkflowExecutionInfo *info)
{
    static const Pb__Memo no_memo = PB__MEMO__INIT;
    static const Pb__SearchAttributes no_attributes = PB__SEARCH_ATTRIBUTES__INIT;

    info->memo = message_clone(arena, run->memo != NULL ? run->memo : &no_memo);
    info->search_attributes =
        message_clone(arena, run->search_attributes != NULL ? run->search_attributes : &no_attributes);
}

static Pb__Workflow__WorkflowExecutionInfo *describe_info(const struct run *run, struct arena *arena)
{
    Pb__Workflow__WorkflowExecutionInfo *info =
        PB_NEW(arena, Pb__Workflow__WorkflowExecutionInfo, pb__workflow__workflow_execution_info);

    info->execution = sim_execution(arena, run->workflow_id, run->run_id);
    info->type = run->started->workflow_type;
    info->status = (Pb__WorkflowExecutionStatus)run->status;
    info->history_length = (int64_t)run->history->count;
    info->history_size_bytes = run->history->size;
    info->state_transition_count = run->transitions;
    info->task_queue = run->started->task_queue->name;
    describe_fields(run, arena, info);
    info->priority = run->started->priority;
    describe_times(run, arena, info);
    describe_family(run, arena, info);
    describe_worker(run, info);
    return info;
}

/* ---- Beyond the run ---- */

#define YEAR_ONE (-INT64_C(62135596800)) /* Go's zero time, in seconds from the epoch */

/* A run that never expires has Go's zero time: it is written unconditionally (mutable_state_impl.go). */
static Pb__Timestamp *describe_expiry(const struct run *run, struct arena *arena)
{
    if (run->expires_at != 0) {
        return pb_timestamp(arena, run->expires_at);
    }
    Pb__Timestamp *never = PB_NEW(arena, Pb__Timestamp, pb__timestamp);
    never->seconds = YEAR_ONE;
    return never;
}

static void add_request(
    Pb__Workflow__WorkflowExecutionExtendedInfo *info, struct arena *arena, const char *request_id,
    const Pb__HistoryEvent *event)
{
    Pb__Workflow__WorkflowExecutionExtendedInfo__RequestIdInfosEntry *entry = PB_NEW(
        arena,
        Pb__Workflow__WorkflowExecutionExtendedInfo__RequestIdInfosEntry,
        pb__workflow__workflow_execution_extended_info__request_id_infos_entry);

    entry->key = arena_strdup(arena, request_id);
    entry->value = PB_NEW(arena, Pb__Workflow__RequestIdInfo, pb__workflow__request_id_info);
    entry->value->event_type = event->event_type;
    entry->value->event_id = event->event_id;
    entry->value->buffered = event->event_id == 0;
    info->request_id_infos[info->n_request_id_infos++] = entry;
}

/* Which requests made the run, or joined it, and by what event. */
static void
describe_requests(const struct run *run, struct arena *arena, Pb__Workflow__WorkflowExecutionExtendedInfo *info)
{
    const struct map *joined = &run->request_ids;

    info->request_id_infos =
        ARENA_ARRAY(arena, Pb__Workflow__WorkflowExecutionExtendedInfo__RequestIdInfosEntry *, map_count(joined) + 1);
    add_request(info, arena, run->request_id, sim_history_event(run->history, 1));
    for (struct map_entry *entry = map_next(joined, NULL); entry != NULL; entry = map_next(joined, entry)) {
        add_request(info, arena, entry->key, entry->value);
    }
}

static Pb__Workflow__WorkflowExecutionExtendedInfo *describe_extended(const struct run *run, struct arena *arena)
{
    Pb__Workflow__WorkflowExecutionExtendedInfo *info =
        PB_NEW(arena, Pb__Workflow__WorkflowExecutionExtendedInfo, pb__workflow__workflow_execution_extended_info);

    info->execution_expiration_time = run->started->workflow_execution_expiration_time;
    info->run_expiration_time = describe_expiry(run, arena);
    info->original_start_time = sim_history_event(run->history, 1)->event_time;
    info->time_skipping_info = sim_clock_info(run, arena);
    info->cancel_requested = sim_run_is_cancel_requested(run);
    describe_requests(run, arena, info);
    return info;
}

/* ---- What is pending ---- */

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

static void
describe_activities(const struct run *run, struct arena *arena, Pb__DescribeWorkflowExecutionResponse *response)
{
    const struct map *activities = &run->activities;

    response->pending_activities = ARENA_ARRAY(arena, Pb__Workflow__PendingActivityInfo *, map_count(activities));
    for (struct map_entry *entry = map_next(activities, NULL); entry != NULL; entry = map_next(activities, entry)) {
        response->pending_activities[response->n_pending_activities++] = sim_describe_activity(entry->value, arena);
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
