/* SPDX-License-Identifier: MIT */
#include "sim/service/messages.h"

#include <string.h>

#include "base/check.h"
#include "model/message.h"
#include "sim/service/limits.h"

#define NANOSECONDS INT64_C(1000000000)

Pb__Duration *sim_duration(struct arena *arena, tl_duration duration)
{
    Pb__Duration *message = PB_NEW(arena, Pb__Duration, pb__duration);

    message->seconds = duration / NANOSECONDS;
    message->nanos = (int32_t)(duration % NANOSECONDS);
    return message;
}

Pb__WorkflowExecution *sim_execution(struct arena *arena, const char *workflow_id, const char *run_id)
{
    Pb__WorkflowExecution *execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);

    execution->workflow_id = arena_strdup(arena, workflow_id);
    execution->run_id = arena_strdup(arena, run_id);
    return execution;
}

Pb__TaskQueue *sim_task_queue(struct arena *arena, const char *name, int kind, const char *normal_name)
{
    Pb__TaskQueue *task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);

    task_queue->name = arena_strdup(arena, name);
    task_queue->kind = (Pb__TaskQueueKind)kind;
    if (!pb_is_empty(normal_name)) {
        task_queue->normal_name = arena_strdup(arena, normal_name);
    }
    return task_queue;
}

Pb__Payloads *sim_text_payloads(struct arena *arena, const char *text)
{
    const char *json = arena_format(arena, "\"%s\"", text);
    const struct tl_payload payload = tl_payload_json(json);

    return pb_payloads(arena, &(const struct tl_payloads){&payload, 1});
}

Pb__Failure *sim_server_failure(struct arena *arena, const char *message, bool non_retryable)
{
    Pb__Failure *failure = PB_NEW(arena, Pb__Failure, pb__failure);

    failure->message = arena_strdup(arena, message);
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO;
    failure->server_failure_info = PB_NEW(arena, Pb__ServerFailureInfo, pb__server_failure_info);
    failure->server_failure_info->non_retryable = non_retryable;
    return failure;
}

/* "StartToClose", as Go prints the enum. */
static const char *timeout_name(int timeout_type)
{
    static const char *const names[] = {
        [TIMEOUT_TYPE_START_TO_CLOSE] = "StartToClose",
        [TIMEOUT_TYPE_SCHEDULE_TO_START] = "ScheduleToStart",
        [TIMEOUT_TYPE_SCHEDULE_TO_CLOSE] = "ScheduleToClose",
        [TIMEOUT_TYPE_HEARTBEAT] = "Heartbeat",
    };

    CHECK(timeout_type > 0 && (size_t)timeout_type < COUNT_OF(names));
    return names[timeout_type];
}

const char *sim_cause_name(int cause)
{
    static const struct {
        int cause;
        const char *name;
    } names[] = {
        {WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND, "UnhandledCommand"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_ACTIVITY_ATTRIBUTES, "BadScheduleActivityAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES, "BadRequestCancelActivityAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_START_TIMER_ATTRIBUTES, "BadStartTimerAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_TIMER_ATTRIBUTES, "BadCancelTimerAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_RECORD_MARKER_ATTRIBUTES, "BadRecordMarkerAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES,
         "BadCompleteWorkflowExecutionAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES, "BadFailWorkflowExecutionAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES, "BadCancelWorkflowExecutionAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_CONTINUE_AS_NEW_ATTRIBUTES, "BadContinueAsNewAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES, "BadSearchAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES, "BadModifyWorkflowPropertiesAttributes"},
        {WORKFLOW_TASK_FAILED_CAUSE_START_TIMER_DUPLICATE_ID, "StartTimerDuplicateId"},
        {WORKFLOW_TASK_FAILED_CAUSE_SCHEDULE_ACTIVITY_DUPLICATE_ID, "ScheduleActivityDuplicateId"},
        {WORKFLOW_TASK_FAILED_CAUSE_PENDING_ACTIVITIES_LIMIT_EXCEEDED, "PendingActivitiesLimitExceeded"},
        {WORKFLOW_TASK_FAILED_CAUSE_FEATURE_DISABLED, "FeatureDisabled"},
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i].cause == cause) {
            return names[i].name;
        }
    }
    return "Unspecified";
}

tl_time sim_later(tl_time at, tl_duration duration)
{
    tl_time later;

    return __builtin_add_overflow(at, duration, &later) ? TL_NEVER : later;
}

enum tl_status sim_check_id(struct tl_error *error, const char *field, const char *value, bool required)
{
    if (required && pb_is_empty(value)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s is not set", field);
    }
    if (value != NULL && strlen(value) > LIMIT_ID_BYTES) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s exceeds %d bytes", field, LIMIT_ID_BYTES);
    }
    return TL_OK;
}

enum tl_status
sim_check_duration(struct tl_error *error, const char *field, const Pb__Duration *duration, tl_duration *out)
{
    tl_duration nanoseconds = pb_nanoseconds(duration);

    if (duration != NULL &&
        ((duration->seconds > 0 && duration->nanos < 0) || (duration->seconds < 0 && duration->nanos > 0))) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s has seconds and nanos of different signs", field);
    }
    if (nanoseconds < 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s is negative", field);
    }
    if (out != NULL) {
        *out = nanoseconds > DURATION_MAX ? DURATION_MAX : nanoseconds;
    }
    return TL_OK;
}

tl_duration sim_read_duration(const Pb__Duration *duration)
{
    tl_duration nanoseconds = 0;

    CHECK(sim_check_duration(NULL, "", duration, &nanoseconds) == TL_OK);
    return nanoseconds;
}

enum tl_status sim_check_task_queue(struct tl_error *error, const char *field, const Pb__TaskQueue *task_queue)
{
    if (task_queue == NULL || pb_is_empty(task_queue->name)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s is not set", field);
    }
    if (sim_check_id(error, field, task_queue->name, true) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    if (strncmp(task_queue->name, "/_sys/", 6) == 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s begins with the reserved /_sys/", field);
    }
    if (task_queue->kind != TASK_QUEUE_KIND_STICKY || pb_is_empty(task_queue->normal_name)) {
        return TL_OK;
    }
    return sim_check_id(error, "normal_name", task_queue->normal_name, true);
}

/* common/primitives/task_queues.go, CheckInternalPerNsTaskQueueAllowed */
enum tl_status
sim_check_user_queue(struct tl_error *error, const char *field, const Pb__TaskQueue *task_queue, const char *parent)
{
    static const char internal[] = "temporal-sys-per-ns-tq";

    if (sim_check_task_queue(error, field, task_queue) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    if (strcmp(task_queue->name, internal) == 0 && strcmp(parent, internal) != 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s is the service's own %s", field, internal);
    }
    return TL_OK;
}

/* "TemporalTimeout:StartToClose" and its like stand for timeouts among the types. */
static bool is_known_timeout_type(const char *type)
{
    static const char prefix[] = "TemporalTimeout:";

    if (strncmp(type, prefix, sizeof(prefix) - 1) != 0) {
        return true;
    }
    for (int timeout_type = TIMEOUT_TYPE_START_TO_CLOSE; timeout_type <= TIMEOUT_TYPE_HEARTBEAT; timeout_type++) {
        if (strcmp(type + sizeof(prefix) - 1, timeout_name(timeout_type)) == 0) {
            return true;
        }
    }
    return false;
}

static enum tl_status check_intervals(struct tl_error *error, const Pb__RetryPolicy *policy)
{
    tl_duration initial = 0;
    tl_duration maximum = 0;

    if (sim_check_duration(error, "retry_policy.initial_interval", policy->initial_interval, &initial) != TL_OK ||
        sim_check_duration(error, "retry_policy.maximum_interval", policy->maximum_interval, &maximum) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    if (maximum > 0 && maximum < initial) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "retry_policy.maximum_interval",
            "retry_policy.maximum_interval is shorter than the initial interval");
    }
    return TL_OK;
}

enum tl_status sim_check_retry_policy(struct tl_error *error, const Pb__RetryPolicy *policy)
{
    if (policy == NULL || policy->maximum_attempts == 1) {
        return TL_OK;
    }
    if (policy->backoff_coefficient != 0 && !(policy->backoff_coefficient >= 1)) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "retry_policy.backoff_coefficient",
            "retry_policy.backoff_coefficient is less than 1");
    }
    if (check_intervals(error, policy) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    if (policy->maximum_attempts < 0) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "retry_policy.maximum_attempts", "retry_policy.maximum_attempts is negative");
    }
    for (size_t i = 0; i < policy->n_non_retryable_error_types; i++) {
        if (!is_known_timeout_type(policy->non_retryable_error_types[i])) {
            return tl_error_set(
                error,
                TL_INVALID_ARGUMENT,
                "retry_policy.non_retryable_error_types",
                "retry_policy.non_retryable_error_types names the unknown timeout type %.64s",
                policy->non_retryable_error_types[i]);
        }
    }
    return TL_OK;
}

/* Sums the data alone; only what comes near the limit is measured exactly. */
bool sim_payloads_too_large(const Pb__Payloads *payloads)
{
    size_t bytes = 0;

    for (size_t i = 0; payloads != NULL && i < payloads->n_payloads; i++) {
        const Pb__Payload *payload = payloads->payloads[i];
        bytes += 64 + payload->data.len;
        for (size_t j = 0; j < payload->n_metadata; j++) {
            bytes += 64 + payload->metadata[j]->value.len + strlen(payload->metadata[j]->key);
        }
    }
    return bytes > LIMIT_BLOB_BYTES && sim_message_too_large(payloads);
}

bool sim_message_too_large(const void *message)
{
    return message != NULL && message_size(message) > LIMIT_BLOB_BYTES;
}
