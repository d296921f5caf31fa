/* SPDX-License-Identifier: MIT */
/* An activity by itself: timelapse/activity_env.h, on a lone worker of the environment's own. */
#include <timelapse/activity_env.h>
#include <timelapse/json.h>

#include "sim/env/environment.h"

struct tl_attempt {
    struct tl_env *env;
    struct tl_lone_attempt *lone;
    const char *type;
};

/* ---- Starting ---- */

static struct tl_lone_worker *lone_worker(struct tl_env *env)
{
    const struct tl_lone_worker_options options = {
        .registry = env->registry, .task_queue = env->task_queue, .coroutine_stack = env->coroutine_stack};
    struct tl_error error;

    if (env->lone == NULL) {
        env->lone = tl_lone_worker_new(env->driver, &options, &error);
    }
    if (env->lone == NULL && !env_report(env)) {
        env_fail(env, TL_VERDICT, "no attempt can be started: %s %s", error.field, error.message);
    }
    return env->lone;
}

static struct tl_attempt *new_attempt(struct tl_env *env, const char *type)
{
    struct tl_attempt *attempt = env_alloc(&env->memory, sizeof *attempt);
    const char *copy = env_strdup(&env->memory, type);

    if (attempt == NULL || copy == NULL) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
        return NULL;
    }
    attempt->env = env;
    attempt->type = copy;
    return attempt;
}

/* Within a call, whose place it keeps. */
static void run_until_idle(struct tl_env *env)
{
    (tl_env_run_until_idle)(tl_env_here(env, env->places.test.file, env->places.test.line));
}

static struct tl_attempt *start(
    struct tl_env *env, const char *activity_type, const struct tl_payloads *input, const struct tl_attempt_task *task)
{
    if (activity_type == NULL || activity_type[0] == '\0') {
        env_fail(env, TL_VERDICT, "an attempt has to name an activity type");
        return NULL;
    }
    struct tl_lone_worker *worker = lone_worker(env);
    struct tl_attempt *attempt = worker == NULL ? NULL : new_attempt(env, activity_type);
    struct tl_error error;

    if (attempt == NULL) {
        return NULL;
    }
    if (tl_lone_worker_start(worker, activity_type, input, task, &attempt->lone, &error) != TL_OK) {
        if (!env_report(env)) {
            env_fail(
                env,
                TL_VERDICT,
                "the attempt of %s cannot be started: %s%s%s",
                attempt->type == NULL ? "(no type)" : attempt->type,
                error.field,
                error.field[0] == '\0' ? "" : " ",
                error.message);
        }
        return NULL;
    }
    run_until_idle(env);
    return attempt;
}

struct tl_attempt *(
    tl_env_attempt_with)(struct tl_env *env, const char *activity_type, const struct tl_payloads *input, const struct tl_attempt_task *task)
{
    return env_enter(env, __func__) ? start(env, activity_type, input, task) : NULL;
}

struct tl_attempt *(
    tl_env_attempt)(struct tl_env *env, const char *activity_type, const char *input_json, const struct tl_attempt_task *task)
{
    struct tl_error error;

    if (!env_enter(env, __func__)) {
        return NULL;
    }
    if (input_json == NULL) {
        return start(env, activity_type, NULL, task);
    }
    if (tl_json_check(tl_bytes_of(input_json), &error) != TL_OK) {
        env_fail(
            env,
            TL_VERDICT,
            "the input of the attempt is not JSON: line %d, column %d: %s",
            error.line,
            error.column,
            error.message);
        return NULL;
    }
    const struct tl_payload input = tl_payload_json(input_json);
    return start(env, activity_type, TL_ARGS(input), task);
}

/* ---- Asking it to stop ---- */

struct tl_attempt *tl_attempt_here(struct tl_attempt *attempt, const char *file, int line)
{
    if (attempt != NULL) {
        (void)tl_env_here(attempt->env, file, line);
    }
    return attempt;
}

static void cancel_at(struct tl_attempt *attempt, enum tl_activity_cancel_reason reason, tl_time at)
{
    if (tl_lone_attempt_cancel(attempt->lone, reason, at) != TL_OK) {
        env_fail(attempt->env, TL_VERDICT, "an attempt cannot be asked to stop for no reason (%d)", (int)reason);
    }
}

void(tl_attempt_cancel)(struct tl_attempt *attempt, enum tl_activity_cancel_reason reason)
{
    if (attempt != NULL && env_enter(attempt->env, __func__)) {
        cancel_at(attempt, reason, tl_env_now(attempt->env));
        run_until_idle(attempt->env);
    }
}

void(tl_attempt_cancel_after)(struct tl_attempt *attempt, tl_duration delay, enum tl_activity_cancel_reason reason)
{
    tl_time at;

    if (attempt == NULL || !env_enter(attempt->env, __func__)) {
        return;
    }
    if (delay < 0 || __builtin_add_overflow(tl_env_now(attempt->env), delay, &at)) {
        env_fail(attempt->env, TL_VERDICT, "%s: the delay is negative or too long", __func__);
        return;
    }
    cancel_at(attempt, reason, at);
}

void(tl_attempt_answer_heartbeats)(struct tl_attempt *attempt, enum tl_activity_cancel_reason reason)
{
    if (attempt == NULL || !env_enter(attempt->env, __func__)) {
        return;
    }
    if (tl_lone_attempt_answer_heartbeats(attempt->lone, reason) != TL_OK) {
        env_fail(
            attempt->env,
            TL_VERDICT,
            "no answer to a heartbeat says \"%s\": use tl_attempt_cancel",
            tl_activity_cancel_reason_name(reason));
    }
}

/* ---- How it ended ---- */

int tl_attempt_runs(const struct tl_attempt *attempt)
{
    return attempt != NULL && !tl_lone_attempt_ended(attempt->lone);
}

static int has_ended(void *user)
{
    const struct tl_attempt *attempt = user;

    return tl_lone_attempt_ended(attempt->lone);
}

enum tl_status(tl_attempt_result)(struct tl_attempt *attempt, struct tl_payload *result)
{
    if (attempt == NULL) {
        return TL_VERDICT;
    }
    (tl_env_run_until)(attempt->env, has_ended, attempt);
    if (tl_driver_verdict(attempt->env->driver) != NULL) {
        return TL_VERDICT;
    }
    enum tl_status status = tl_lone_attempt_status(attempt->lone);
    if (status == TL_OK && result != NULL) {
        *result = tl_lone_attempt_result(attempt->lone);
    }
    return status;
}

const struct tl_failure *tl_attempt_failure(const struct tl_attempt *attempt)
{
    return attempt == NULL ? NULL : tl_lone_attempt_failure(attempt->lone);
}

struct tl_payloads tl_attempt_details(const struct tl_attempt *attempt)
{
    return attempt == NULL ? (struct tl_payloads){0} : tl_lone_attempt_details(attempt->lone);
}

const struct tl_seen_heartbeat *
tl_attempt_heartbeat(const struct tl_attempt *attempt, enum tl_heartbeat_view view, size_t nth)
{
    return attempt == NULL ? NULL : tl_lone_attempt_heartbeat(attempt->lone, view, nth);
}

size_t tl_attempt_heartbeats(const struct tl_attempt *attempt, enum tl_heartbeat_view view)
{
    return attempt == NULL ? 0 : tl_lone_attempt_heartbeats(attempt->lone, view);
}

/* ---- Assertions ---- */

static const char *words_of(enum tl_status status)
{
    switch (status) {
    case TL_OK:
        return "completed";
    case TL_FAILED:
        return "failed";
    case TL_CANCELED:
        return "canceled";
    case TL_COMPLETES_LATER:
        return "completes later";
    case TL_TIMED_OUT:
        return "given up by its worker after its timeout";
    case TL_NOT_FOUND:
        return "not known to the service any more";
    default:
        return tl_status_name(status);
    }
}

static void fail_expected(
    struct tl_attempt *attempt, enum tl_status expected, const char *what, enum tl_status found,
    const struct tl_payload *result)
{
    struct tl_env *env = attempt->env;
    struct report_text *text = &env->answer;

    report_text_reset(text);
    report_text_format(text, "the attempt of %s did not end as expected\n", attempt->type);
    report_text_format(
        text, "expected: %s%s%s\n", words_of(expected), what == NULL ? "" : " with ", what == NULL ? "" : what);
    report_text_add(text, "   found: ");
    if (found == TL_OK || found == TL_FAILED) {
        env_add_outcome(text, found, result, tl_attempt_failure(attempt));
    } else {
        report_text_add(text, words_of(found));
    }
    tl_env_fail(env, env->file, env->line, "%s", report_text_get(text));
}

/* A result that is no JSON equals none; one that was left alone is null. */
static int result_is(struct tl_env *env, const struct tl_payload *result, const char *json)
{
    struct tl_bytes found = tl_payload_is(result, "json/plain") ? result->data : tl_bytes_of("null");
    struct tl_error error;
    int equal = 0;

    if (tl_json_equal(tl_bytes_of(json), found, &equal, &error) != TL_OK) {
        tl_env_fail(env, env->file, env->line, "what is expected cannot be compared: %s: %s", json, error.message);
        return 1; /* told already */
    }
    return equal && (tl_payload_is(result, "json/plain") || result->data.len == 0);
}

static int is_expected(
    struct tl_attempt *attempt, enum tl_status expected, const char *what, enum tl_status found,
    const struct tl_payload *result)
{
    if (found != expected) {
        return 0;
    }
    if (what == NULL) {
        return 1;
    }
    return expected == TL_OK ? result_is(attempt->env, result, what)
                             : tl_failure_has_type(tl_attempt_failure(attempt), what);
}

void tl_attempt_assert(
    struct tl_attempt *attempt, enum tl_status expected, const char *what, const char *file, int line)
{
    struct tl_payload result = {0};

    if (attempt == NULL || !env_begin_assertion(attempt->env, file, line)) {
        return;
    }
    enum tl_status found = tl_attempt_result(attempt, &result);
    if (found != TL_VERDICT && !is_expected(attempt, expected, what, found, &result)) {
        fail_expected(attempt, expected, what, found, &result);
    }
    env_end_assertion(attempt->env);
}

/* The first detail of each, as a JSON array. */
static void add_heartbeats(struct report_text *text, const struct tl_attempt *attempt, enum tl_heartbeat_view view)
{
    const struct tl_seen_heartbeat *seen;

    report_text_add(text, "[");
    for (size_t i = 0; (seen = tl_attempt_heartbeat(attempt, view, i)) != NULL; i++) {
        const struct tl_payload *first = seen->details.count == 0 ? NULL : &seen->details.items[0];

        report_text_add(text, i == 0 ? "" : ", ");
        if (first == NULL || tl_payload_is(first, "binary/null")) {
            report_text_add(text, "null");
        } else if (tl_payload_is(first, "json/plain")) {
            report_text_add_bytes(text, (const char *)first->data.data, first->data.len);
        } else {
            report_text_format(text, "\"(%zu bytes that are no JSON)\"", first->data.len);
        }
    }
    report_text_add(text, "]");
}

void tl_attempt_assert_heartbeats(
    struct tl_attempt *attempt, enum tl_heartbeat_view view, const char *json, const char *file, int line)
{
    struct tl_error error;
    int equal = 0;

    if (attempt == NULL || !env_begin_assertion(attempt->env, file, line)) {
        return;
    }
    struct report_text *found = &attempt->env->answer;
    report_text_reset(found);
    add_heartbeats(found, attempt, view);
    if (tl_json_equal(tl_bytes_of(json), tl_bytes_of(report_text_get(found)), &equal, &error) != TL_OK) {
        tl_env_fail(
            attempt->env, file, line, "heartbeats cannot be compared: %s: %s", error.message, report_text_get(found));
    } else if (!equal) {
        tl_env_fail(
            attempt->env,
            file,
            line,
            "the heartbeats of %s are not as expected\nexpected: %s\n   found: %s",
            attempt->type,
            json,
            report_text_get(found));
    }
    env_end_assertion(attempt->env);
}
