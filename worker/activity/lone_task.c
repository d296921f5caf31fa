/* SPDX-License-Identifier: MIT */
/* The task of an attempt that no service made. */
#include "model/message.h"
#include "worker/activity/lone.h"
#include "worker/registry/field.h"
#include "worker/registry/option.h"
#include "worker/registry/priority.h"
#include "worker/registry/registry.h"
#include "worker/registry/retry.h"

/* ---- Checking ---- */

static enum tl_status check_names(const struct tl_attempt_task *task, struct tl_error *error)
{
    const struct {
        const char *field;
        const char *name;
    } names[] = {
        {"activity_id", task->activity_id},
        {"workflow_id", task->workflow_id},
        {"run_id", task->run_id},
        {"workflow_type", task->workflow_type},
    };
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < COUNT_OF(names) && status == TL_OK; i++) {
        if (names[i].name != NULL) {
            status = option_check_name(names[i].field, names[i].name, error);
        }
    }
    return status;
}

static enum tl_status check_times(const struct tl_attempt_task *task, struct tl_error *error)
{
    const struct {
        const char *field;
        tl_time value;
    } times[] = {
        {"attempt", task->attempt},
        {"scheduled_at", task->scheduled_at},
        {"attempt_scheduled_at", task->attempt_scheduled_at},
        {"started_at", task->started_at},
    };
    const struct {
        const char *field;
        tl_duration duration;
    } timeouts[] = {
        {"start_to_close", task->start_to_close},
        {"schedule_to_close", task->schedule_to_close},
        {"heartbeat", task->heartbeat},
    };
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < COUNT_OF(times); i++) {
        if (times[i].value < 0) {
            return tl_error_set(error, TL_INVALID_ARGUMENT, times[i].field, "is negative");
        }
    }
    for (size_t i = 0; i < COUNT_OF(timeouts) && status == TL_OK; i++) {
        status = option_check_duration(timeouts[i].field, timeouts[i].duration, error);
    }
    return status;
}

enum tl_status lone_task_check(const char *activity_type, const struct tl_attempt_task *task, struct tl_error *error)
{
    enum tl_status status = option_check_name("activity_type", activity_type, error);

    if (status == TL_OK) {
        status = check_names(task, error);
    }
    if (status == TL_OK) {
        status = check_times(task, error);
    }
    if (status == TL_OK) {
        status = retry_check(task->retry, error);
    }
    if (status == TL_OK) {
        status = priority_check(&task->priority, error);
    }
    return status == TL_OK ? field_check("headers", task->headers, task->header_count, error) : status;
}

/* ---- Making ---- */

static char *name_or(struct arena *arena, const char *name, const char *fallback)
{
    return arena_strdup(arena, name == NULL ? fallback : name);
}

static Pb__Timestamp *time_or(struct arena *arena, tl_time time, tl_time fallback)
{
    return pb_timestamp(arena, time == 0 ? fallback : time);
}

static void fill_names(
    struct tl_lone_attempt *lone, Pb__PollActivityTaskQueueResponse *message, const char *activity_type,
    const struct tl_attempt_task *task)
{
    struct arena *arena = lone->arena;

    message->workflow_namespace = lone->worker->attempts.name_space;
    message->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    message->workflow_type->name = name_or(arena, task->workflow_type, "Workflow");
    message->workflow_execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);
    message->workflow_execution->workflow_id = name_or(arena, task->workflow_id, "workflow");
    message->workflow_execution->run_id = name_or(arena, task->run_id, "run");
    message->activity_type = PB_NEW(arena, Pb__ActivityType, pb__activity_type);
    message->activity_type->name = arena_strdup(arena, activity_type);
    message->activity_id = name_or(arena, task->activity_id, "1");
}

static void
fill_times(struct tl_lone_attempt *lone, Pb__PollActivityTaskQueueResponse *message, const struct tl_attempt_task *task)
{
    struct arena *arena = lone->arena;
    tl_time now = tl_driver_now(lone->worker->driver);

    message->attempt = task->attempt == 0 ? 1 : task->attempt;
    message->scheduled_time = time_or(arena, task->scheduled_at, now);
    message->current_attempt_scheduled_time = time_or(arena, task->attempt_scheduled_at, now);
    message->started_time = time_or(arena, task->started_at, now);
    message->start_to_close_timeout = pb_duration(arena, task->start_to_close);
    message->schedule_to_close_timeout = pb_duration(arena, task->schedule_to_close);
    message->heartbeat_timeout = pb_duration(arena, task->heartbeat);
}

/* The worker it belongs to holds its memory. */
static void keep(struct tl_reply *reply)
{
    (void)reply;
}

enum tl_status lone_task_make(
    struct tl_lone_attempt *lone, const char *activity_type, const struct tl_payloads *input,
    const struct tl_attempt_task *task, struct tl_error *error)
{
    struct arena *arena = lone->arena;
    Pb__PollActivityTaskQueueResponse *message =
        PB_NEW(arena, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);

    message->task_token = (ProtobufCBinaryData){lone->token.len, (uint8_t *)(uintptr_t)lone->token.data};
    fill_names(lone, message, activity_type, task);
    fill_times(lone, message, task);
    message->input = pb_payloads(arena, input);
    message->heartbeat_details = pb_payloads(arena, task->heartbeat_details);
    message->header = field_header(arena, task->headers, task->header_count);
    message->retry_policy = retry_message(arena, task->retry);
    message->priority = priority_message(arena, &task->priority);
    lone->task = (struct tl_reply){.text = "", .message = (void *)message, .references = 1, .free = keep};
    return registry_encode(lone->worker->attempts.registry, arena, message, error);
}
