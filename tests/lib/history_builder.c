/* SPDX-License-Identifier: MIT */
#include "tests/lib/history_builder.h"

#include "base/pool.h"

#define START_TIME TL_SECONDS(INT64_C(1577836800))

#define ATTRIBUTES(builder, event, Type, lower, member, CASE)                                                          \
    ((event)->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_##CASE##_EVENT_ATTRIBUTES,                               \
     (event)->member = PB_NEW(&(builder)->arena, Type, lower))

void builder_init(struct history_builder *builder)
{
    *builder = (struct history_builder){.pool = pool_new(NULL), .now = START_TIME};
    arena_init(&builder->arena, builder->pool);
}

void builder_done(struct history_builder *builder)
{
    arena_done(&builder->arena);
    pool_free_all(builder->pool);
}

Pb__HistoryEvent *builder_event(struct history_builder *builder, int event_type)
{
    Pb__HistoryEvent *event = PB_NEW(&builder->arena, Pb__HistoryEvent, pb__history_event);

    builder->events =
        arena_grow_array(&builder->arena, builder->events, builder->count, &builder->capacity, sizeof *builder->events);
    builder->events[builder->count++] = event;
    event->event_id = (int64_t)builder->count;
    event->event_type = event_type;
    event->event_time = pb_timestamp(&builder->arena, builder->now);
    builder->now += TL_SECONDS(1);
    return event;
}

static Pb__Payloads *json_payloads(struct history_builder *builder, const char *json)
{
    struct tl_payload payload = tl_payload_json(json);

    return json == NULL ? NULL : pb_payloads(&builder->arena, TL_ARGS(payload));
}

static Pb__Failure *application_failure(struct history_builder *builder, const char *type)
{
    Pb__Failure *failure = PB_NEW(&builder->arena, Pb__Failure, pb__failure);

    failure->message = arena_strdup(&builder->arena, "it did not work");
    failure->application_failure_info =
        PB_NEW(&builder->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    failure->application_failure_info->type = arena_strdup(&builder->arena, type);
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    return failure;
}

void builder_start(struct history_builder *builder, const char *workflow_type, const char *input_json)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
    Pb__WorkflowExecutionStartedEventAttributes *started = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowExecutionStartedEventAttributes,
        pb__workflow_execution_started_event_attributes,
        workflow_execution_started_event_attributes,
        WORKFLOW_EXECUTION_STARTED);
    char *run_id = arena_strdup(&builder->arena, "7d9f4c6a-8b5e-4d3c-9f2a-1b6e8c7d5a40");

    started->workflow_type = PB_NEW(&builder->arena, Pb__WorkflowType, pb__workflow_type);
    started->workflow_type->name = arena_strdup(&builder->arena, workflow_type);
    started->workflow_id = arena_strdup(&builder->arena, "workflow-1");
    started->task_queue = PB_NEW(&builder->arena, Pb__TaskQueue, pb__task_queue);
    started->task_queue->name = arena_strdup(&builder->arena, "queue");
    started->input = json_payloads(builder, input_json);
    started->original_execution_run_id = run_id;
    started->first_execution_run_id = run_id;
    started->attempt = 1;
}

void builder_task_waits(struct history_builder *builder)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_TASK_SCHEDULED);

    (void)ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowTaskScheduledEventAttributes,
        pb__workflow_task_scheduled_event_attributes,
        workflow_task_scheduled_event_attributes,
        WORKFLOW_TASK_SCHEDULED);
    builder->scheduled = event->event_id;
}

void builder_task_begins(struct history_builder *builder)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_TASK_STARTED);
    Pb__WorkflowTaskStartedEventAttributes *started = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowTaskStartedEventAttributes,
        pb__workflow_task_started_event_attributes,
        workflow_task_started_event_attributes,
        WORKFLOW_TASK_STARTED);
    started->scheduled_event_id = builder->scheduled;
    builder->started = event->event_id;
}

void builder_task_starts(struct history_builder *builder)
{
    builder_task_waits(builder);
    builder_task_begins(builder);
}

void builder_task_completes(struct history_builder *builder)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
    Pb__WorkflowTaskCompletedEventAttributes *completed = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowTaskCompletedEventAttributes,
        pb__workflow_task_completed_event_attributes,
        workflow_task_completed_event_attributes,
        WORKFLOW_TASK_COMPLETED);

    completed->scheduled_event_id = builder->scheduled;
    completed->started_event_id = builder->started;
    builder->completed = event->event_id;
}

void builder_task(struct history_builder *builder)
{
    builder_task_starts(builder);
    builder_task_completes(builder);
}

void builder_task_fails(struct history_builder *builder, int cause)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_TASK_FAILED);
    Pb__WorkflowTaskFailedEventAttributes *failed = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowTaskFailedEventAttributes,
        pb__workflow_task_failed_event_attributes,
        workflow_task_failed_event_attributes,
        WORKFLOW_TASK_FAILED);

    failed->scheduled_event_id = builder->scheduled;
    failed->started_event_id = builder->started;
    failed->cause = cause;
    failed->new_run_id = arena_strdup(&builder->arena, "0c6f1e8e-3f54-4c58-8a5d-0f6a0d9f7b11");
}

void builder_task_times_out(struct history_builder *builder)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT);
    Pb__WorkflowTaskTimedOutEventAttributes *timed_out = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowTaskTimedOutEventAttributes,
        pb__workflow_task_timed_out_event_attributes,
        workflow_task_timed_out_event_attributes,
        WORKFLOW_TASK_TIMED_OUT);

    timed_out->scheduled_event_id = builder->scheduled;
    timed_out->started_event_id = builder->started;
}

int64_t builder_timer_started(struct history_builder *builder, const char *id, tl_duration duration)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_TIMER_STARTED);
    Pb__TimerStartedEventAttributes *started = ATTRIBUTES(
        builder,
        event,
        Pb__TimerStartedEventAttributes,
        pb__timer_started_event_attributes,
        timer_started_event_attributes,
        TIMER_STARTED);

    started->timer_id = arena_strdup(&builder->arena, id);
    started->start_to_fire_timeout = pb_duration(&builder->arena, duration);
    started->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

int64_t builder_timer_fired(struct history_builder *builder, const char *id, int64_t started)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_TIMER_FIRED);
    Pb__TimerFiredEventAttributes *fired = ATTRIBUTES(
        builder,
        event,
        Pb__TimerFiredEventAttributes,
        pb__timer_fired_event_attributes,
        timer_fired_event_attributes,
        TIMER_FIRED);

    fired->timer_id = arena_strdup(&builder->arena, id);
    fired->started_event_id = started;
    return event->event_id;
}

int64_t builder_timer_canceled(struct history_builder *builder, const char *id, int64_t started)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_TIMER_CANCELED);
    Pb__TimerCanceledEventAttributes *canceled = ATTRIBUTES(
        builder,
        event,
        Pb__TimerCanceledEventAttributes,
        pb__timer_canceled_event_attributes,
        timer_canceled_event_attributes,
        TIMER_CANCELED);

    canceled->timer_id = arena_strdup(&builder->arena, id);
    canceled->started_event_id = started;
    canceled->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

int64_t builder_activity_scheduled(struct history_builder *builder, const char *id, const char *type)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);
    Pb__ActivityTaskScheduledEventAttributes *scheduled = ATTRIBUTES(
        builder,
        event,
        Pb__ActivityTaskScheduledEventAttributes,
        pb__activity_task_scheduled_event_attributes,
        activity_task_scheduled_event_attributes,
        ACTIVITY_TASK_SCHEDULED);

    scheduled->activity_id = arena_strdup(&builder->arena, id);
    scheduled->activity_type = PB_NEW(&builder->arena, Pb__ActivityType, pb__activity_type);
    scheduled->activity_type->name = arena_strdup(&builder->arena, type);
    scheduled->workflow_task_completed_event_id = builder->completed;
    scheduled->start_to_close_timeout = pb_duration(&builder->arena, TL_SECONDS(10));
    return event->event_id;
}

int64_t builder_activity_started(struct history_builder *builder, int64_t scheduled)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_ACTIVITY_TASK_STARTED);
    Pb__ActivityTaskStartedEventAttributes *started = ATTRIBUTES(
        builder,
        event,
        Pb__ActivityTaskStartedEventAttributes,
        pb__activity_task_started_event_attributes,
        activity_task_started_event_attributes,
        ACTIVITY_TASK_STARTED);

    started->scheduled_event_id = scheduled;
    started->attempt = 1;
    return event->event_id;
}

int64_t
builder_activity_completed(struct history_builder *builder, int64_t scheduled, int64_t started, const char *result_json)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_ACTIVITY_TASK_COMPLETED);
    Pb__ActivityTaskCompletedEventAttributes *completed = ATTRIBUTES(
        builder,
        event,
        Pb__ActivityTaskCompletedEventAttributes,
        pb__activity_task_completed_event_attributes,
        activity_task_completed_event_attributes,
        ACTIVITY_TASK_COMPLETED);

    completed->scheduled_event_id = scheduled;
    completed->started_event_id = started;
    completed->result = json_payloads(builder, result_json);
    return event->event_id;
}

int64_t
builder_activity_failed(struct history_builder *builder, int64_t scheduled, int64_t started, const char *failure_type)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_ACTIVITY_TASK_FAILED);
    Pb__ActivityTaskFailedEventAttributes *failed = ATTRIBUTES(
        builder,
        event,
        Pb__ActivityTaskFailedEventAttributes,
        pb__activity_task_failed_event_attributes,
        activity_task_failed_event_attributes,
        ACTIVITY_TASK_FAILED);

    failed->scheduled_event_id = scheduled;
    failed->started_event_id = started;
    failed->failure = application_failure(builder, failure_type);
    return event->event_id;
}

int64_t builder_activity_timed_out(struct history_builder *builder, int64_t scheduled, int64_t started)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT);
    Pb__ActivityTaskTimedOutEventAttributes *timed_out = ATTRIBUTES(
        builder,
        event,
        Pb__ActivityTaskTimedOutEventAttributes,
        pb__activity_task_timed_out_event_attributes,
        activity_task_timed_out_event_attributes,
        ACTIVITY_TASK_TIMED_OUT);

    timed_out->scheduled_event_id = scheduled;
    timed_out->started_event_id = started;
    return event->event_id;
}

int64_t builder_activity_cancel_requested(struct history_builder *builder, int64_t scheduled)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED);
    Pb__ActivityTaskCancelRequestedEventAttributes *requested = ATTRIBUTES(
        builder,
        event,
        Pb__ActivityTaskCancelRequestedEventAttributes,
        pb__activity_task_cancel_requested_event_attributes,
        activity_task_cancel_requested_event_attributes,
        ACTIVITY_TASK_CANCEL_REQUESTED);

    requested->scheduled_event_id = scheduled;
    requested->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

int64_t builder_activity_canceled(struct history_builder *builder, int64_t scheduled, int64_t started)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_ACTIVITY_TASK_CANCELED);
    Pb__ActivityTaskCanceledEventAttributes *canceled = ATTRIBUTES(
        builder,
        event,
        Pb__ActivityTaskCanceledEventAttributes,
        pb__activity_task_canceled_event_attributes,
        activity_task_canceled_event_attributes,
        ACTIVITY_TASK_CANCELED);

    canceled->scheduled_event_id = scheduled;
    canceled->started_event_id = started;
    return event->event_id;
}

int64_t builder_signaled(struct history_builder *builder, const char *name, const char *input_json)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
    Pb__WorkflowExecutionSignaledEventAttributes *signaled = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowExecutionSignaledEventAttributes,
        pb__workflow_execution_signaled_event_attributes,
        workflow_execution_signaled_event_attributes,
        WORKFLOW_EXECUTION_SIGNALED);

    signaled->signal_name = arena_strdup(&builder->arena, name);
    signaled->input = json_payloads(builder, input_json);
    return event->event_id;
}

int64_t builder_cancel_requested(struct history_builder *builder)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED);

    (void)ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowExecutionCancelRequestedEventAttributes,
        pb__workflow_execution_cancel_requested_event_attributes,
        workflow_execution_cancel_requested_event_attributes,
        WORKFLOW_EXECUTION_CANCEL_REQUESTED);
    return event->event_id;
}

int64_t builder_completed(struct history_builder *builder, const char *result_json)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED);
    Pb__WorkflowExecutionCompletedEventAttributes *completed = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowExecutionCompletedEventAttributes,
        pb__workflow_execution_completed_event_attributes,
        workflow_execution_completed_event_attributes,
        WORKFLOW_EXECUTION_COMPLETED);

    completed->result = json_payloads(builder, result_json);
    completed->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

int64_t builder_failed(struct history_builder *builder, const char *failure_type)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_FAILED);
    Pb__WorkflowExecutionFailedEventAttributes *failed = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowExecutionFailedEventAttributes,
        pb__workflow_execution_failed_event_attributes,
        workflow_execution_failed_event_attributes,
        WORKFLOW_EXECUTION_FAILED);

    failed->failure = application_failure(builder, failure_type);
    failed->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

int64_t builder_canceled(struct history_builder *builder)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED);
    Pb__WorkflowExecutionCanceledEventAttributes *canceled = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowExecutionCanceledEventAttributes,
        pb__workflow_execution_canceled_event_attributes,
        workflow_execution_canceled_event_attributes,
        WORKFLOW_EXECUTION_CANCELED);

    canceled->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

struct tl_history builder_history(const struct history_builder *builder)
{
    return (struct tl_history){.references = 1, .count = builder->count, .events = builder->events};
}
