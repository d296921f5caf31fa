/* SPDX-License-Identifier: MIT */
/* Facts: workflow_task_completed_handler.go and service/history/api/command_attr_validator.go. */
#include "sim/commands/command_check.h"

#include <stdio.h>

#include "sim/machines/machines.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"

/* ---- Faults ---- */

TL_PRINTF(4, 5)
static enum verdict fault(struct batch *batch, int cause, const char *field, const char *format, ...)
{
    char text[sizeof(batch->fault->error.message)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    batch->fault->cause = cause;
    (void)tl_error_set(&batch->fault->error, TL_INVALID_ARGUMENT, field, "%s: %s", sim_cause_name(cause), text);
    return COMMANDS_FAIL_TASK;
}

/* For an error that a check has written already. */
static enum verdict fault_of(struct batch *batch, int cause, const struct tl_error *error)
{
    return fault(batch, cause, error->field, "%s", error->message);
}

static enum verdict too_large(struct batch *batch, int cause, const char *field)
{
    (void)fault(batch, cause, field, "%s exceeds %zu bytes", field, (size_t)LIMIT_BLOB_BYTES);
    return COMMANDS_TERMINATE;
}

static enum verdict absent(struct batch *batch, int cause)
{
    return fault(batch, cause, "attributes", "attributes are not set");
}

/* ---- Timers ---- */

static bool is_timer_pending(const struct batch *batch, const char *timer_id)
{
    const Pb__Command *last = map_get_string(&batch->timers, timer_id);

    if (last != NULL) {
        return last->command_type == COMMAND_TYPE_START_TIMER;
    }
    return sim_timer_find(batch->run, timer_id) != NULL;
}

static enum verdict check_start_timer(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_START_TIMER_ATTRIBUTES;
    const Pb__StartTimerCommandAttributes *attributes = command->start_timer_command_attributes;
    struct tl_error error;

    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_START_TIMER_COMMAND_ATTRIBUTES || attributes == NULL) {
        return absent(batch, cause);
    }
    if (sim_check_id(&error, "timer_id", attributes->timer_id, true) != TL_OK ||
        sim_check_duration(&error, "start_to_fire_timeout", attributes->start_to_fire_timeout, NULL) != TL_OK) {
        return fault_of(batch, cause, &error);
    }
    if (is_timer_pending(batch, attributes->timer_id)) {
        return fault(
            batch,
            WORKFLOW_TASK_FAILED_CAUSE_START_TIMER_DUPLICATE_ID,
            "timer_id",
            "timer_id %.200s is pending",
            attributes->timer_id);
    }
    map_put_string(&batch->timers, attributes->timer_id, command);
    return COMMANDS_ACCEPTED;
}

static enum verdict check_cancel_timer(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_TIMER_ATTRIBUTES;
    const Pb__CancelTimerCommandAttributes *attributes = command->cancel_timer_command_attributes;
    struct tl_error error;

    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_CANCEL_TIMER_COMMAND_ATTRIBUTES || attributes == NULL) {
        return absent(batch, cause);
    }
    if (sim_check_id(&error, "timer_id", attributes->timer_id, true) != TL_OK) {
        return fault_of(batch, cause, &error);
    }
    if (!is_timer_pending(batch, attributes->timer_id)) {
        bool seen = map_get_string(&batch->timers, attributes->timer_id) != NULL;
        if (seen || !sim_run_has_buffered_timer(batch->run, attributes->timer_id)) {
            return fault(batch, cause, "timer_id", "timer_id %.200s is not pending", attributes->timer_id);
        }
        batch->buffered--; /* its TimerFired will go */
    }
    map_put_string(&batch->timers, attributes->timer_id, command);
    return COMMANDS_ACCEPTED;
}

/* ---- Activities ---- */

static bool is_activity_pending(const struct batch *batch, const char *activity_id)
{
    const Pb__Command *last = map_get_string(&batch->activities, activity_id);

    if (last != NULL) {
        return last->command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK;
    }
    return sim_activity_find_id(batch->run, activity_id) != NULL;
}

static enum tl_status
check_activity_names(struct tl_error *error, const Pb__ScheduleActivityTaskCommandAttributes *attributes)
{
    if (sim_check_id(error, "activity_id", attributes->activity_id, true) != TL_OK) {
        return error->status;
    }
    if (attributes->activity_type == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "activity_type", "activity_type is not set");
    }
    if (sim_check_id(error, "activity_type", attributes->activity_type->name, true) != TL_OK) {
        return error->status;
    }
    return sim_check_task_queue(error, "task_queue", attributes->task_queue);
}

static enum tl_status
check_activity_timeouts(struct tl_error *error, const Pb__ScheduleActivityTaskCommandAttributes *attributes)
{
    tl_duration schedule_to_close = 0;
    tl_duration start_to_close = 0;

    if (sim_check_duration(
            error, "schedule_to_close_timeout", attributes->schedule_to_close_timeout, &schedule_to_close) != TL_OK ||
        sim_check_duration(error, "schedule_to_start_timeout", attributes->schedule_to_start_timeout, NULL) != TL_OK ||
        sim_check_duration(error, "start_to_close_timeout", attributes->start_to_close_timeout, &start_to_close) !=
            TL_OK ||
        sim_check_duration(error, "heartbeat_timeout", attributes->heartbeat_timeout, NULL) != TL_OK) {
        return error->status;
    }
    if (schedule_to_close == 0 && start_to_close == 0) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "start_to_close_timeout",
            "neither start_to_close_timeout nor schedule_to_close_timeout is set");
    }
    return TL_OK;
}

static enum tl_status
check_activity_support(struct tl_error *error, const Pb__ScheduleActivityTaskCommandAttributes *attributes)
{
    const Pb__Priority *priority = attributes->priority;

    if (priority != NULL && (priority->priority_key != 0 || !pb_is_empty(priority->fairness_key))) {
        return tl_error_set(error, TL_UNSUPPORTED, "priority", "priority is not supported");
    }
    return TL_OK;
}

static enum verdict check_schedule_activity(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_ACTIVITY_ATTRIBUTES;
    const Pb__ScheduleActivityTaskCommandAttributes *attributes = command->schedule_activity_task_command_attributes;
    struct tl_error error;

    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES ||
        attributes == NULL) {
        return absent(batch, cause);
    }
    if (check_activity_names(&error, attributes) != TL_OK ||
        sim_check_retry_policy(&error, attributes->retry_policy) != TL_OK ||
        check_activity_timeouts(&error, attributes) != TL_OK || check_activity_support(&error, attributes) != TL_OK) {
        return fault_of(batch, cause, &error);
    }
    if (sim_payloads_too_large(attributes->input)) {
        return too_large(batch, cause, "input");
    }
    if (is_activity_pending(batch, attributes->activity_id)) {
        return fault(
            batch,
            WORKFLOW_TASK_FAILED_CAUSE_SCHEDULE_ACTIVITY_DUPLICATE_ID,
            "activity_id",
            "activity_id %.200s is pending",
            attributes->activity_id);
    }
    map_put_string(&batch->activities, attributes->activity_id, command);
    return COMMANDS_ACCEPTED;
}

/* The id of the activity whose scheduled event an earlier command of the batch will write, or NULL. */
static const char *scheduled_in_batch(const struct batch *batch, int64_t scheduled_event_id)
{
    int64_t place = scheduled_event_id - batch->completed_id - 1;

    if (place < 0 || (size_t)place >= batch->place) {
        return NULL;
    }
    const Pb__Command *command = batch->commands[place];
    return command->command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK
               ? command->schedule_activity_task_command_attributes->activity_id
               : NULL;
}

/*
 * May it be canceled? Yes while pending and not yet asked; and, to no effect, when its end is
 * buffered or an earlier command ended it: the worker could not know.
 */
static bool is_cancelable(struct batch *batch, Pb__Command *command, int64_t scheduled_event_id)
{
    const struct activity *activity = sim_activity_find(batch->run, scheduled_event_id);
    bool again = map_put_number(&batch->canceled, (uint64_t)scheduled_event_id, command) != NULL;
    const char *id = scheduled_in_batch(batch, scheduled_event_id);

    if (activity == NULL && id == NULL) {
        return sim_run_has_buffered_end(batch->run, scheduled_event_id);
    }
    if (activity != NULL && sim_activity_is_started(activity)) {
        return !again && !sim_activity_is_cancel_requested(activity);
    }
    if (!again) {
        map_put_string(&batch->activities, id != NULL ? id : activity->scheduled->activity_id, command);
    }
    return true;
}

static enum verdict check_request_cancel_activity(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES;
    const Pb__RequestCancelActivityTaskCommandAttributes *attributes =
        command->request_cancel_activity_task_command_attributes;

    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_REQUEST_CANCEL_ACTIVITY_TASK_COMMAND_ATTRIBUTES ||
        attributes == NULL) {
        return absent(batch, cause);
    }
    if (attributes->scheduled_event_id <= 0) {
        return fault(batch, cause, "scheduled_event_id", "scheduled_event_id is not set");
    }
    if (!is_cancelable(batch, command, attributes->scheduled_event_id)) {
        return fault(
            batch,
            cause,
            "scheduled_event_id",
            "scheduled_event_id %lld names no activity that can be canceled",
            (long long)attributes->scheduled_event_id);
    }
    return COMMANDS_ACCEPTED;
}

/* ---- Markers and closing ---- */

static enum verdict check_record_marker(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_RECORD_MARKER_ATTRIBUTES;
    const Pb__RecordMarkerCommandAttributes *attributes = command->record_marker_command_attributes;
    struct tl_error error;

    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_RECORD_MARKER_COMMAND_ATTRIBUTES || attributes == NULL) {
        return absent(batch, cause);
    }
    if (sim_check_id(&error, "marker_name", attributes->marker_name, true) != TL_OK) {
        return fault_of(batch, cause, &error);
    }
    for (size_t i = 0; i < attributes->n_details; i++) {
        if (sim_payloads_too_large(attributes->details[i]->value)) {
            return too_large(batch, cause, "details");
        }
    }
    return COMMANDS_ACCEPTED;
}

/* A run may not close while it has not seen everything that happened. */
static bool is_closable(struct batch *batch)
{
    if (batch->buffered == 0) {
        return true;
    }
    batch->fault->cause = WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;
    (void)tl_error_set(&batch->fault->error, TL_INVALID_ARGUMENT, NULL, "UnhandledCommand");
    return false;
}

static enum verdict check_complete(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES;
    const Pb__CompleteWorkflowExecutionCommandAttributes *attributes =
        command->complete_workflow_execution_command_attributes;

    if (!is_closable(batch)) {
        return COMMANDS_FAIL_TASK;
    }
    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_COMPLETE_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES ||
        attributes == NULL) {
        return absent(batch, cause);
    }
    return sim_payloads_too_large(attributes->result) ? too_large(batch, cause, "result") : COMMANDS_ACCEPTED;
}

static enum verdict check_fail(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES;
    const Pb__FailWorkflowExecutionCommandAttributes *attributes = command->fail_workflow_execution_command_attributes;

    if (!is_closable(batch)) {
        return COMMANDS_FAIL_TASK;
    }
    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_FAIL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES ||
        attributes == NULL) {
        return absent(batch, cause);
    }
    if (attributes->failure == NULL) {
        return fault(batch, cause, "failure", "failure is not set");
    }
    return sim_message_too_large(attributes->failure) ? too_large(batch, cause, "failure") : COMMANDS_ACCEPTED;
}

static enum verdict check_cancel(struct batch *batch, Pb__Command *command)
{
    const int cause = WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES;
    const Pb__CancelWorkflowExecutionCommandAttributes *attributes =
        command->cancel_workflow_execution_command_attributes;

    if (!is_closable(batch)) {
        return COMMANDS_FAIL_TASK;
    }
    if (command->attributes_case != PB__COMMAND__ATTRIBUTES_CANCEL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES ||
        attributes == NULL) {
        return absent(batch, cause);
    }
    return sim_payloads_too_large(attributes->details) ? too_large(batch, cause, "details") : COMMANDS_ACCEPTED;
}

command_check_fn *sim_command_check(int command_type)
{
    static command_check_fn *const checks[] = {
        [COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK] = check_schedule_activity,
        [COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK] = check_request_cancel_activity,
        [COMMAND_TYPE_START_TIMER] = check_start_timer,
        [COMMAND_TYPE_CANCEL_TIMER] = check_cancel_timer,
        [COMMAND_TYPE_RECORD_MARKER] = check_record_marker,
        [COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION] = check_complete,
        [COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION] = check_fail,
        [COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION] = check_cancel,
    };

    return command_type > 0 && (size_t)command_type < COUNT_OF(checks) ? checks[command_type] : NULL;
}
