/* SPDX-License-Identifier: MIT */
#include "sim/machines/workflow_task_events.h"

#include "model/message.h"
#include "sim/service/messages.h"

static Pb__HistoryEvent *new_event(const struct run *run, struct arena *arena, tl_time at)
{
    if (arena == &run->history->arena) {
        return sim_event_new(run->history, at);
    }
    Pb__HistoryEvent *event = PB_NEW(arena, Pb__HistoryEvent, pb__history_event);
    event->event_time = pb_timestamp(arena, at);
    return event;
}

Pb__HistoryEvent *sim_task_scheduled_event(const struct run *run, struct arena *arena, tl_time at)
{
    const struct workflow_task *task = &run->task;
    Pb__HistoryEvent *event = new_event(run, arena, at);
    Pb__WorkflowTaskScheduledEventAttributes *scheduled =
        EVENT_ATTRIBUTES(arena, event, WorkflowTaskScheduled, workflow_task_scheduled, WORKFLOW_TASK_SCHEDULED);

    scheduled->task_queue = sim_run_task_queue(run);
    scheduled->start_to_close_timeout =
        task->timeout == run->task_timeout ? run->started->workflow_task_timeout : sim_duration(arena, task->timeout);
    scheduled->attempt = task->attempt;
    return event;
}

const Pb__WorkerVersionStamp *sim_task_stamp(const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    const Pb__WorkerVersionStamp *stamp = request->worker_version_stamp;

    return stamp != NULL && stamp->use_versioning ? NULL : stamp;
}

static void
set_suggestion(const struct workflow_task *task, struct arena *arena, Pb__WorkflowTaskStartedEventAttributes *started)
{
    started->suggest_continue_as_new = task->suggest_by_size || task->suggest_by_count;
    if (!started->suggest_continue_as_new) {
        return;
    }
    started->suggest_continue_as_new_reasons = ARENA_ARRAY(arena, Pb__SuggestContinueAsNewReason, 2);
    if (task->suggest_by_size) {
        started->suggest_continue_as_new_reasons[started->n_suggest_continue_as_new_reasons++] =
            SUGGEST_CONTINUE_AS_NEW_REASON_HISTORY_SIZE_TOO_LARGE;
    }
    if (task->suggest_by_count) {
        started->suggest_continue_as_new_reasons[started->n_suggest_continue_as_new_reasons++] =
            SUGGEST_CONTINUE_AS_NEW_REASON_TOO_MANY_HISTORY_EVENTS;
    }
}

Pb__HistoryEvent *sim_task_started_event(
    const struct run *run, struct arena *arena, const char *identity, const Pb__WorkerVersionStamp *worker_version)
{
    const struct workflow_task *task = &run->task;
    Pb__HistoryEvent *event = new_event(run, arena, task->started_at);
    Pb__WorkflowTaskStartedEventAttributes *started =
        EVENT_ATTRIBUTES(arena, event, WorkflowTaskStarted, workflow_task_started, WORKFLOW_TASK_STARTED);

    started->scheduled_event_id = task->scheduled_event_id;
    started->identity =
        arena == &run->history->arena ? sim_history_identity(run->history, identity) : arena_strdup(arena, identity);
    started->request_id = arena_strdup(arena, task->request_id);
    started->history_size_bytes = task->history_size;
    started->worker_version = message_clone(arena, worker_version);
    set_suggestion(task, arena, started);
    return event;
}

static void set_deployment(
    struct arena *arena, Pb__WorkflowTaskCompletedEventAttributes *completed,
    const Pb__WorkerDeploymentOptions *options)
{
    if (options == NULL) {
        return;
    }
    completed->worker_deployment_name = arena_strdup(arena, options->deployment_name);
    if (!pb_is_empty(options->deployment_name) && !pb_is_empty(options->build_id)) {
        completed->deployment_version = PB_NEW(arena, Pb__WorkerDeploymentVersion, pb__worker_deployment_version);
        completed->deployment_version->deployment_name = completed->worker_deployment_name;
        completed->deployment_version->build_id = arena_strdup(arena, options->build_id);
    }
}

Pb__HistoryEvent *sim_task_completed_event(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowTaskCompletedEventAttributes *completed =
        EVENT_ATTRIBUTES(arena, event, WorkflowTaskCompleted, workflow_task_completed, WORKFLOW_TASK_COMPLETED);

    completed->scheduled_event_id = run->task.scheduled_event_id;
    completed->started_event_id = run->task.started_event_id;
    completed->identity = sim_history_identity(run->history, request->identity);
    completed->binary_checksum = sim_history_text(run->history, request->binary_checksum);
    completed->worker_version = message_clone(arena, request->worker_version_stamp);
    completed->sdk_metadata = message_clone(arena, request->sdk_metadata);
    completed->metering_metadata = message_clone(arena, request->metering_metadata);
    set_deployment(arena, completed, request->deployment_options);
    return event;
}

Pb__HistoryEvent *sim_task_failed_event(struct run *run, const struct task_failure *failure)
{
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowTaskFailedEventAttributes *failed =
        EVENT_ATTRIBUTES(arena, event, WorkflowTaskFailed, workflow_task_failed, WORKFLOW_TASK_FAILED);

    failed->scheduled_event_id = run->task.scheduled_event_id;
    failed->started_event_id = run->task.started_event_id;
    failed->cause = (Pb__WorkflowTaskFailedCause)failure->cause;
    failed->failure = message_clone(arena, failure->failure);
    failed->identity = sim_history_identity(run->history, failure->identity);
    failed->binary_checksum = sim_history_text(run->history, failure->binary_checksum);
    return event;
}

Pb__HistoryEvent *sim_task_timed_out_event(struct run *run, int timeout_type)
{
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowTaskTimedOutEventAttributes *timed_out = EVENT_ATTRIBUTES(
        &run->history->arena, event, WorkflowTaskTimedOut, workflow_task_timed_out, WORKFLOW_TASK_TIMED_OUT);

    timed_out->scheduled_event_id = run->task.scheduled_event_id;
    timed_out->started_event_id = run->task.started_event_id;
    timed_out->timeout_type = (Pb__TimeoutType)timeout_type;
    return event;
}
