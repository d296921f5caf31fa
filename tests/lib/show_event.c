/* SPDX-License-Identifier: MIT */
#include "tests/lib/show_event.h"

#include "model/event.h"

static const char *enum_name(const ProtobufCEnumDescriptor *descriptor, int value, const char *prefix)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    size_t skip = 0;

    while (found != NULL && prefix[skip] != '\0' && found->name[skip] == prefix[skip]) {
        skip++;
    }
    return found == NULL ? "?" : found->name + skip;
}

static void show_scheduled_task(struct text *text, const Pb__WorkflowTaskScheduledEventAttributes *attributes)
{
    text_format(text, " %s", attributes->task_queue->name);
    if (attributes->task_queue->kind == TASK_QUEUE_KIND_STICKY) {
        text_add(text, " sticky");
    }
    if (attributes->attempt != 1) {
        text_format(text, " attempt %d", (int)attributes->attempt);
    }
}

static void show_ids(struct text *text, int64_t scheduled, int64_t started)
{
    text_format(text, " %d,%d", (int)scheduled, (int)started);
}

static void show_timeout(struct text *text, int timeout_type)
{
    text_format(text, " %s", enum_name(&pb__timeout_type__descriptor, timeout_type, "TIMEOUT_TYPE_"));
}

static void show_retry_state(struct text *text, int retry_state)
{
    text_format(text, " %s", enum_name(&pb__retry_state__descriptor, retry_state, "RETRY_STATE_"));
}

static void show_workflow_task(struct text *text, const Pb__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
        show_scheduled_task(text, event->workflow_task_scheduled_event_attributes);
        break;
    case EVENT_TYPE_WORKFLOW_TASK_STARTED:
        text_format(text, " %d", (int)event->workflow_task_started_event_attributes->scheduled_event_id);
        break;
    case EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
        show_ids(
            text,
            event->workflow_task_completed_event_attributes->scheduled_event_id,
            event->workflow_task_completed_event_attributes->started_event_id);
        break;
    case EVENT_TYPE_WORKFLOW_TASK_FAILED:
        show_ids(
            text,
            event->workflow_task_failed_event_attributes->scheduled_event_id,
            event->workflow_task_failed_event_attributes->started_event_id);
        text_format(
            text,
            " %s",
            enum_name(
                &pb__workflow_task_failed_cause__descriptor,
                (int)event->workflow_task_failed_event_attributes->cause,
                "WORKFLOW_TASK_FAILED_CAUSE_"));
        break;
    case EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
        show_ids(
            text,
            event->workflow_task_timed_out_event_attributes->scheduled_event_id,
            event->workflow_task_timed_out_event_attributes->started_event_id);
        show_timeout(text, (int)event->workflow_task_timed_out_event_attributes->timeout_type);
        break;
    default:
        break;
    }
}

static void show_activity_end(struct text *text, const Pb__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        show_ids(
            text,
            event->activity_task_completed_event_attributes->scheduled_event_id,
            event->activity_task_completed_event_attributes->started_event_id);
        break;
    case EVENT_TYPE_ACTIVITY_TASK_FAILED:
        show_ids(
            text,
            event->activity_task_failed_event_attributes->scheduled_event_id,
            event->activity_task_failed_event_attributes->started_event_id);
        show_retry_state(text, (int)event->activity_task_failed_event_attributes->retry_state);
        break;
    case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
        show_ids(
            text,
            event->activity_task_timed_out_event_attributes->scheduled_event_id,
            event->activity_task_timed_out_event_attributes->started_event_id);
        show_timeout(
            text, (int)event->activity_task_timed_out_event_attributes->failure->timeout_failure_info->timeout_type);
        show_retry_state(text, (int)event->activity_task_timed_out_event_attributes->retry_state);
        break;
    default:
        break;
    }
}

static void show_activity(struct text *text, const Pb__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        text_format(
            text,
            " %s#%s",
            event->activity_task_scheduled_event_attributes->activity_type->name,
            event->activity_task_scheduled_event_attributes->activity_id);
        break;
    case EVENT_TYPE_ACTIVITY_TASK_STARTED:
        text_format(
            text,
            " %d attempt %d",
            (int)event->activity_task_started_event_attributes->scheduled_event_id,
            (int)event->activity_task_started_event_attributes->attempt);
        break;
    case EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED:
        text_format(text, " %d", (int)event->activity_task_cancel_requested_event_attributes->scheduled_event_id);
        break;
    case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
        show_ids(
            text,
            event->activity_task_canceled_event_attributes->scheduled_event_id,
            event->activity_task_canceled_event_attributes->started_event_id);
        text_format(
            text, " after %d", (int)event->activity_task_canceled_event_attributes->latest_cancel_requested_event_id);
        break;
    default:
        show_activity_end(text, event);
        break;
    }
}

static void show_timer(struct text *text, const Pb__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_TIMER_STARTED:
        text_format(text, " %s ", event->timer_started_event_attributes->timer_id);
        text_add_duration(text, pb_nanoseconds(event->timer_started_event_attributes->start_to_fire_timeout));
        break;
    case EVENT_TYPE_TIMER_FIRED:
        text_format(
            text,
            " %s %d",
            event->timer_fired_event_attributes->timer_id,
            (int)event->timer_fired_event_attributes->started_event_id);
        break;
    case EVENT_TYPE_TIMER_CANCELED:
        text_format(
            text,
            " %s %d",
            event->timer_canceled_event_attributes->timer_id,
            (int)event->timer_canceled_event_attributes->started_event_id);
        break;
    default:
        break;
    }
}

static void show_other(struct text *text, const Pb__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
        text_format(text, " %s", event->workflow_execution_started_event_attributes->workflow_type->name);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
        text_format(text, " %s", event->workflow_execution_signaled_event_attributes->signal_name);
        break;
    case EVENT_TYPE_MARKER_RECORDED:
        text_format(text, " %s", event->marker_recorded_event_attributes->marker_name);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
        text_format(text, " %s", event->workflow_execution_terminated_event_attributes->reason);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        text_format(text, " %s", event->workflow_execution_continued_as_new_event_attributes->workflow_type->name);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED:
        text_format(text, " %s", event->workflow_execution_options_updated_event_attributes->attached_request_id);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
        show_retry_state(text, (int)event->workflow_execution_failed_event_attributes->retry_state);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
        show_retry_state(text, (int)event->workflow_execution_timed_out_event_attributes->retry_state);
        break;
    default:
        break;
    }
}

void show_event(struct text *text, const Pb__HistoryEvent *event)
{
    char name[EVENT_TYPE_NAME_SIZE];

    text_format(text, "%d %s", (int)event->event_id, event_type_name(event->event_type, name, sizeof(name)));
    show_workflow_task(text, event);
    show_activity(text, event);
    show_timer(text, event);
    show_other(text, event);
    text_add(text, "\n");
}
