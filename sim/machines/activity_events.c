/* SPDX-License-Identifier: MIT */
#include "sim/machines/activity_events.h"

#include "model/message.h"
#include "sim/machines/run_buffer.h"
#include "sim/service/messages.h"
#include "sim/service/retry.h"

/* ---- Scheduled ---- */

struct timeouts {
    tl_duration schedule_to_close;
    tl_duration schedule_to_start;
    tl_duration start_to_close;
    tl_duration heartbeat;
};

/* What is left unset follows from what is set, and nothing outlasts the run: chasm/lib/activity/validator.go. */
static struct timeouts normalise(const Pb__ScheduleActivityTaskCommandAttributes *wanted, tl_duration run_timeout)
{
    struct timeouts timeouts = {
        .schedule_to_close = sim_read_duration(wanted->schedule_to_close_timeout),
        .schedule_to_start = sim_read_duration(wanted->schedule_to_start_timeout),
        .start_to_close = sim_read_duration(wanted->start_to_close_timeout),
        .heartbeat = sim_read_duration(wanted->heartbeat_timeout),
    };
    tl_duration whole = timeouts.schedule_to_close;

    if (whole > 0) {
        timeouts.schedule_to_start =
            timeouts.schedule_to_start > 0 ? sim_shorter(timeouts.schedule_to_start, whole) : whole;
        timeouts.start_to_close = timeouts.start_to_close > 0 ? sim_shorter(timeouts.start_to_close, whole) : whole;
    } else {
        timeouts.schedule_to_close = run_timeout;
        timeouts.schedule_to_start = timeouts.schedule_to_start > 0 ? timeouts.schedule_to_start : run_timeout;
    }
    timeouts.schedule_to_close = sim_at_most(timeouts.schedule_to_close, run_timeout);
    timeouts.schedule_to_start = sim_at_most(timeouts.schedule_to_start, run_timeout);
    timeouts.start_to_close = sim_at_most(timeouts.start_to_close, run_timeout);
    timeouts.heartbeat = sim_shorter(sim_at_most(timeouts.heartbeat, run_timeout), timeouts.start_to_close);
    return timeouts;
}

/* One message where two durations are equal: most of an activity's are. */
static void
set_timeouts(struct arena *arena, Pb__ActivityTaskScheduledEventAttributes *scheduled, const struct timeouts *timeouts)
{
    scheduled->schedule_to_close_timeout = sim_duration(arena, timeouts->schedule_to_close);
    scheduled->schedule_to_start_timeout = timeouts->schedule_to_start == timeouts->schedule_to_close
                                               ? scheduled->schedule_to_close_timeout
                                               : sim_duration(arena, timeouts->schedule_to_start);
    scheduled->start_to_close_timeout = timeouts->start_to_close == timeouts->schedule_to_close
                                            ? scheduled->schedule_to_close_timeout
                                            : sim_duration(arena, timeouts->start_to_close);
    scheduled->heartbeat_timeout = sim_duration(arena, timeouts->heartbeat);
}

const Pb__HistoryEvent *sim_activity_add_scheduled(struct run *run, const Pb__Command *command, int64_t completed_id)
{
    const Pb__ScheduleActivityTaskCommandAttributes *wanted = command->schedule_activity_task_command_attributes;
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, command);
    Pb__ActivityTaskScheduledEventAttributes *scheduled =
        EVENT_ATTRIBUTES(arena, event, ActivityTaskScheduled, activity_task_scheduled, ACTIVITY_TASK_SCHEDULED);
    struct timeouts timeouts = normalise(wanted, pb_nanoseconds(run->started->workflow_run_timeout));

    scheduled->activity_id = sim_history_text(run->history, wanted->activity_id);
    scheduled->activity_type = message_clone(arena, wanted->activity_type);
    scheduled->task_queue = message_clone(arena, wanted->task_queue);
    if (scheduled->task_queue->kind == TASK_QUEUE_KIND_UNSPECIFIED) {
        scheduled->task_queue->kind = TASK_QUEUE_KIND_NORMAL;
    }
    scheduled->header = message_clone(arena, wanted->header);
    scheduled->input = message_clone(arena, wanted->input);
    scheduled->workflow_task_completed_event_id = completed_id;
    scheduled->retry_policy = sim_retry_policy_fill(arena, wanted->retry_policy);
    scheduled->use_workflow_build_id = wanted->use_workflow_build_id;
    scheduled->priority = message_clone(arena, wanted->priority);
    set_timeouts(arena, scheduled, &timeouts);
    sim_run_add(run, event);
    return event;
}

int64_t sim_activity_add_cancel_requested(
    struct run *run, const Pb__Command *command, int64_t completed_id, int64_t scheduled_event_id)
{
    Pb__HistoryEvent *event = sim_run_command_event(run, command);
    Pb__ActivityTaskCancelRequestedEventAttributes *requested = EVENT_ATTRIBUTES(
        &run->history->arena,
        event,
        ActivityTaskCancelRequested,
        activity_task_cancel_requested,
        ACTIVITY_TASK_CANCEL_REQUESTED);

    requested->scheduled_event_id = scheduled_event_id;
    requested->workflow_task_completed_event_id = completed_id;
    sim_run_add(run, event);
    return event->event_id;
}

/* ---- Ends ---- */

/* Late: stamped with the time of the start, and only of the attempt that is the last. */
static const Pb__HistoryEvent *buffer_started(const struct activity *activity, const Pb__WorkerVersionStamp *version)
{
    struct run *run = activity->run;
    struct arena *arena = &run->history->arena;

    if (activity->started_at == 0) {
        return NULL;
    }
    Pb__HistoryEvent *event = sim_event_new(run->history, activity->started_at);
    Pb__ActivityTaskStartedEventAttributes *started =
        EVENT_ATTRIBUTES(arena, event, ActivityTaskStarted, activity_task_started, ACTIVITY_TASK_STARTED);
    started->scheduled_event_id = activity->scheduled_event_id;
    started->identity = sim_history_identity(run->history, activity->identity);
    started->request_id = arena_strdup(arena, activity->request_id);
    started->attempt = activity->attempt;
    started->last_failure = message_clone(arena, activity->last_failure);
    started->worker_version = message_clone(arena, version);
    sim_run_buffer(run, event, NULL);
    return event;
}

void sim_activity_buffer_completed(
    struct activity *activity, const Pb__Payloads *result, const struct activity_report *report)
{
    struct run *run = activity->run;
    struct arena *arena = &run->history->arena;
    const Pb__HistoryEvent *started = buffer_started(activity, report->worker_version);
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__ActivityTaskCompletedEventAttributes *completed =
        EVENT_ATTRIBUTES(arena, event, ActivityTaskCompleted, activity_task_completed, ACTIVITY_TASK_COMPLETED);

    completed->result = message_clone(arena, result);
    completed->scheduled_event_id = activity->scheduled_event_id;
    completed->identity = sim_history_identity(run->history, report->identity);
    sim_run_buffer(run, event, started);
}

void sim_activity_buffer_failed(
    struct activity *activity, const Pb__Failure *failure, int retry_state, const struct activity_report *report)
{
    struct run *run = activity->run;
    struct arena *arena = &run->history->arena;
    const Pb__HistoryEvent *started = buffer_started(activity, report->worker_version);
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__ActivityTaskFailedEventAttributes *failed =
        EVENT_ATTRIBUTES(arena, event, ActivityTaskFailed, activity_task_failed, ACTIVITY_TASK_FAILED);

    failed->failure = message_clone(arena, failure);
    failed->scheduled_event_id = activity->scheduled_event_id;
    failed->identity = sim_history_identity(run->history, report->identity);
    failed->retry_state = (Pb__RetryState)retry_state;
    sim_run_buffer(run, event, started);
}

void sim_activity_buffer_timed_out(struct activity *activity, const Pb__Failure *failure, int retry_state)
{
    struct run *run = activity->run;
    struct arena *arena = &run->history->arena;
    const Pb__HistoryEvent *started = buffer_started(activity, NULL);
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__ActivityTaskTimedOutEventAttributes *timed_out =
        EVENT_ATTRIBUTES(arena, event, ActivityTaskTimedOut, activity_task_timed_out, ACTIVITY_TASK_TIMED_OUT);

    timed_out->failure = message_clone(arena, failure);
    timed_out->failure->timeout_failure_info->last_heartbeat_details =
        message_clone(arena, activity->heartbeat_details);
    timed_out->failure->cause = message_clone(arena, activity->last_failure);
    timed_out->scheduled_event_id = activity->scheduled_event_id;
    timed_out->retry_state = (Pb__RetryState)retry_state;
    sim_run_buffer(run, event, started);
}

void sim_activity_buffer_canceled(
    struct activity *activity, const Pb__Payloads *details, const struct activity_report *report)
{
    struct run *run = activity->run;
    struct arena *arena = &run->history->arena;
    const Pb__HistoryEvent *started = buffer_started(activity, NULL);
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__ActivityTaskCanceledEventAttributes *canceled =
        EVENT_ATTRIBUTES(arena, event, ActivityTaskCanceled, activity_task_canceled, ACTIVITY_TASK_CANCELED);

    canceled->details = message_clone(arena, details);
    canceled->latest_cancel_requested_event_id = activity->cancel_event_id;
    canceled->scheduled_event_id = activity->scheduled_event_id;
    canceled->identity = sim_history_identity(run->history, report->identity);
    sim_run_buffer(run, event, started);
}
