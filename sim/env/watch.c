/* SPDX-License-Identifier: MIT */
/*
 * What the environment hears from the driver's event sink. A sink may not call back, so it only
 * notes here; env_settle acts once the step is over.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/env/environment.h"
#include "sim/env/nearest.h"

#define UNHANDLED_COMMAND "UnhandledCommand" /* the server's text when events came that the task has not seen */

#define LOG_LIMIT                                                                                                      \
    ((size_t)64 * 1024) /* bytes of a report's log; a workflow that logs for ever must not fill memory                 \
                         */

static void note_log(struct tl_env *env, const struct tl_trace_event *event)
{
    if (env->log.len > LOG_LIMIT) {
        return;
    }
    env_add_moment(env, &env->log, event->at);
    report_text_format(&env->log, " %s: %s\n", event->workflow_id, event->detail);
    if (env->log.len > LOG_LIMIT) {
        report_text_add(&env->log, "(more was logged)\n");
    }
}

/*
 * Whether the task failed by a fault of the code (its error comes along) or of its commands. Not a
 * fault are completions that a real server refuses in the course of things: new events came
 * before a closing command was known, or the task is over.
 */
static int is_fault(const struct tl_trace_event *event)
{
    return event->data != NULL || (strcmp(event->name, tl_status_name(TL_INVALID_ARGUMENT)) == 0 &&
                                   strstr(event->detail, UNHANDLED_COMMAND) == NULL);
}

static void offer(void *user, const char *type)
{
    nearest_offer(user, type);
}

/* Of "workflow type OrderSage is not registered", as the worker says it: the name that was probably meant. */
static void add_nearest_type(struct tl_env *env, const char *detail)
{
    struct nearest nearest;
    char type[128];
    int end = 0;

    /* NOLINTNEXTLINE(cert-err34-c): words, no numbers */
    if (strstr(detail, "did you mean") != NULL || /* of its own registry */
        sscanf(detail, "workflow type %127s is not registered%n", type, &end) != 1 || end == 0) {
        return;
    }
    nearest_init(&nearest, type);
    tl_registry_workflow_types(env->registry, offer, &nearest);
    (void)env_worlds_know(env, TL_FACT_WORKFLOW_STARTED, type, &nearest);
    if (nearest.name != NULL) {
        report_text_format(&env->task_fault, "; did you mean %s?", nearest.name);
    }
}

static void note_task_failure(struct tl_env *env, const struct tl_trace_event *event)
{
    if (env->tolerate_failed_tasks || env->task_fault.len != 0 || !is_fault(event)) {
        return;
    }
    env->blamed = run_table_get(&env->runs, event->workflow_id, event->run_id);
    env->fault_status = strcmp(event->name, tl_status_name(TL_NONDETERMINISM)) == 0 ? TL_NONDETERMINISM : TL_VERDICT;
    report_text_format(&env->task_fault, "a workflow task of %s failed: %s", event->workflow_id, event->detail);
    add_nearest_type(env, event->detail);
    env->out_of_memory |= env->task_fault.len == 0;
}

/* A policy that retries for ever makes no event in the history: the report tells of it. */
static void note_attempt(struct tl_env *env, const struct tl_trace_event *event)
{
    static const char failed[] = "failed: ";

    if (strncmp(event->detail, failed, sizeof failed - 1) != 0) {
        return;
    }
    env->failed_attempts += 1;
    env->failed_attempt_at = event->at;
    (void)snprintf(
        env->failed_attempt_text,
        sizeof env->failed_attempt_text,
        "%s %s: %s",
        event->workflow_id,
        event->name,
        event->detail + sizeof failed - 1);
}

static void on_event(void *user, const struct tl_trace_event *event)
{
    struct tl_env *env = user;

    switch (event->kind) {
    case TL_TRACE_WORKER_TASK_COMPLETED:
        env_shadow_note(env, event);
        break;
    case TL_TRACE_SERVICE_RUN_CLOSED:
        env->closed_runs += 1;
        env_signals_check(env, event->run_id);
        env_shadow_note(env, event);
        break;
    case TL_TRACE_WORKER_TASK_STARTED:
        env_signals_begin_task(env, event);
        break;
    case TL_TRACE_WORKER_SIGNAL_LEFT:
        env_signals_note(env, event);
        break;
    case TL_TRACE_WORKER_TASK_FAILED:
        note_task_failure(env, event);
        break;
    case TL_TRACE_WORKER_LOG:
        note_log(env, event);
        break;
    case TL_TRACE_WORKER_ACTIVITY_ENDED:
        note_attempt(env, event);
        break;
    default:
        break;
    }
}

enum tl_status env_watch(struct tl_env *env, struct tl_error *error)
{
    const struct tl_sink sink = {
        .on_event = on_event,
        .user = env,
        .mask = TL_TRACE_BIT(TL_TRACE_WORKER_TASK_COMPLETED) | TL_TRACE_BIT(TL_TRACE_SERVICE_RUN_CLOSED) |
                TL_TRACE_BIT(TL_TRACE_WORKER_TASK_FAILED) | TL_TRACE_BIT(TL_TRACE_WORKER_LOG) |
                TL_TRACE_BIT(TL_TRACE_WORKER_ACTIVITY_ENDED) | TL_TRACE_BIT(TL_TRACE_WORKER_SIGNAL_LEFT) |
                TL_TRACE_BIT(TL_TRACE_WORKER_TASK_STARTED),
    };

    return tl_driver_add_sink(env->driver, &sink) == TL_OK ? TL_OK
                                                           : tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
}

/* ---- The trace as lines of text ---- */

static void write_line(void *user, const struct tl_trace_event *event)
{
    struct tl_env *env = user;

    if (env->write_trace == NULL) {
        return;
    }
    struct report_text line;
    report_text_init(&line, &env->memory.allocator);
    env_add_moment(env, &line, event->at);
    report_text_format(
        &line,
        "\t%s\t%s\t%s\t%" PRId64 "\t%s\t%s\n",
        tl_trace_kind_text(event->kind),
        event->workflow_id,
        event->run_id,
        event->event_id,
        event->name,
        event->detail);
    env->write_trace(env->write_user, report_text_get(&line), line.len);
    report_text_done(&line);
}

void tl_env_trace_to(struct tl_env *env, tl_write_fn *write, void *user)
{
    const struct tl_sink sink = {.on_event = write_line, .user = env, .mask = TL_TRACE_ALL};

    env->write_trace = write;
    env->write_user = user;
    if (write == NULL || env->trace_sink_added) {
        return;
    }
    env->trace_sink_added = tl_driver_add_sink(env->driver, &sink) == TL_OK;
    if (!env->trace_sink_added) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
    }
}
