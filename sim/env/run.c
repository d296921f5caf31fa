/* SPDX-License-Identifier: MIT */
/* What a test does to workflows from outside: starts, signals, cancels, asks for results. */
#include <string.h>
#include <timelapse/json.h>

#include "sim/env/environment.h"

/* A verdict about a call of the test that was refused. */
static void fail_refused(struct tl_env *env, const char *what, const char *of, const struct tl_error *error)
{
    if (strncmp(error->message, "is ", 3) == 0 && error->field[0] != '\0') { /* "is required" */
        env_fail(
            env, TL_VERDICT, "%s %s was refused: %s %s", what, of == NULL ? "it" : of, error->field, error->message);
        return;
    }
    env_fail(
        env,
        TL_VERDICT,
        "%s %s was refused: %s%s%s%s",
        what,
        of,
        error->message,
        error->field[0] == '\0' ? "" : " (field ",
        error->field,
        error->field[0] == '\0' ? "" : ")");
}

/* Whether the JSON that a test wrote is JSON: found here, not as a payload that no workflow can read. */
static int is_json(struct tl_env *env, const char *what, const char *of, const char *json)
{
    struct tl_error error;

    if (json == NULL || tl_json_check(tl_bytes_of(json), &error) == TL_OK) {
        return 1;
    }
    env_fail(
        env,
        TL_VERDICT,
        "the input of %s %s is not JSON: line %d, column %d: %s",
        what,
        of,
        error.line,
        error.column,
        error.message);
    return 0;
}

static int registry_is_sound(struct tl_env *env)
{
    struct tl_error error;

    if (tl_registry_check(env->registry, &error) == TL_OK) {
        return 1;
    }
    env_fail(env, TL_VERDICT, "the registry does not hold: %s", error.message);
    return 0;
}

/* Starts ask for no eager task: workers stand behind lines (line.c), and are none of the client's service. */
static void fill_options(const struct tl_env *env, struct tl_start_options *options)
{
    if (options->task_queue == NULL) {
        options->task_queue = env->task_queue;
    }
}

static struct tl_handle *start_with(
    struct tl_env *env, struct tl_client *client, const char *workflow_type, const char *workflow_id,
    const char *input_json, const struct tl_start_options *options)
{
    struct tl_start_options filled = options == NULL ? (struct tl_start_options){0} : *options;
    struct tl_payload input = tl_payload_json(input_json == NULL ? "null" : input_json);
    struct tl_handle *run = NULL;
    struct tl_error error;

    if (!registry_is_sound(env) || !is_json(env, "workflow", workflow_id, input_json)) {
        return NULL;
    }
    fill_options(env, &filled);
    enum tl_status status = tl_client_start(
        client, workflow_type, workflow_id, input_json == NULL ? NULL : TL_ARGS(input), &filled, &run, &error);
    env_settle(env);
    if (status != TL_OK && !env_report(env)) {
        fail_refused(env, "starting", workflow_id, &error);
    }
    return status == TL_OK ? run : NULL;
}

struct tl_handle *(
    tl_env_start)(struct tl_env *env, const char *workflow_type, const char *workflow_id, const char *input_json, const struct tl_start_options *options)
{
    return env_enter(env, __func__) ? start_with(env, env->client, workflow_type, workflow_id, input_json, options)
                                    : NULL;
}

struct tl_handle *(
    tl_env_start_in)(struct tl_env *env, const char *name_space, const char *workflow_type, const char *workflow_id, const char *input_json, const struct tl_start_options *options)
{
    struct tl_client *client = (tl_env_client_in)(env, name_space);

    return client == NULL ? NULL : start_with(env, client, workflow_type, workflow_id, input_json, options);
}

struct tl_handle *(
    /* NOLINTNEXTLINE(readability-function-size): one more parameter than functions of our own have */
    tl_env_signal_with_start)(
    struct tl_env *env, const char *workflow_type, const char *workflow_id, const char *input_json, const char *signal,
    const char *signal_json, const struct tl_start_options *options)
{
    struct tl_start_options filled = options == NULL ? (struct tl_start_options){0} : *options;
    struct tl_payload input = tl_payload_json(input_json == NULL ? "null" : input_json);
    struct tl_payload signal_input = tl_payload_json(signal_json == NULL ? "null" : signal_json);
    struct tl_handle *run = NULL;
    struct tl_error error;

    if (!env_enter(env, __func__) || !registry_is_sound(env) || !is_json(env, "workflow", workflow_id, input_json) ||
        !is_json(env, "signal", signal, signal_json)) {
        return NULL;
    }
    fill_options(env, &filled);
    const struct tl_start_signal start = {
        .name = signal,
        .input = signal_json == NULL ? NULL : TL_ARGS(signal_input),
        .start_input = input_json == NULL ? NULL : TL_ARGS(input),
    };
    enum tl_status status =
        tl_client_signal_with_start(env->client, workflow_type, workflow_id, &start, &filled, &run, &error);
    env_settle(env);
    if (status != TL_OK && !env_report(env)) {
        fail_refused(env, "starting", workflow_id, &error);
    }
    return status == TL_OK ? run : NULL;
}

/* Whether `function` may act on `run`: on the test's stack or, as a client may, in an activity. */
static int may_call(struct tl_env *env, const char *function, const struct tl_handle *run)
{
    if (tl_driver_of_coroutine() != NULL) {
        env_arrive(env);
    } else if (!env_enter(env, function)) {
        return 0;
    }
    if (run == NULL) {
        env_fail(env, TL_VERDICT, "%s: there is no run", function);
    }
    return run != NULL;
}

/* Tells of what the call brought about meanwhile; then of the call itself. */
static void
conclude(struct tl_env *env, const char *what, const char *of, enum tl_status status, const struct tl_error *error)
{
    int on_test_stack = tl_driver_of_coroutine() == NULL;

    if (on_test_stack) {
        env_settle(env);
        if (env_report(env)) {
            return;
        }
    }
    if (status != TL_OK) {
        fail_refused(env, what, of, error);
    }
    env_depart(env);
}

void(tl_env_signal)(struct tl_env *env, struct tl_handle *run, const char *signal, const char *input_json)
{
    struct tl_payload input = tl_payload_json(input_json == NULL ? "null" : input_json);
    struct tl_error error;

    if (!may_call(env, __func__, run) || !is_json(env, "signal", signal, input_json)) {
        return;
    }
    enum tl_status status = tl_handle_signal(run, signal, input_json == NULL ? NULL : TL_ARGS(input), &error);
    conclude(env, "signalling", tl_handle_workflow_id(run), status, &error);
}

void(tl_env_cancel)(struct tl_env *env, struct tl_handle *run)
{
    struct tl_error error;

    if (!may_call(env, __func__, run)) {
        return;
    }
    enum tl_status status = tl_handle_cancel(run, "", &error);
    conclude(env, "cancelling", tl_handle_workflow_id(run), status, &error);
}

enum tl_status(tl_env_result)(struct tl_env *env, struct tl_handle *run, struct tl_payload *result)
{
    struct tl_error error;

    (tl_env_run_until_closed)(env, run);
    if (tl_driver_verdict(env->driver) != NULL) {
        return TL_VERDICT;
    }
    enum tl_status status = tl_handle_result(run, result, &error);
    env_settle(env);
    if (env_report(env)) {
        return TL_VERDICT;
    }
    switch (status) {
    case TL_OK:
    case TL_FAILED:
    case TL_CANCELED:
    case TL_TIMED_OUT:
        return status;
    default:
        fail_refused(env, "the result of", tl_handle_workflow_id(run), &error);
        return TL_VERDICT;
    }
}

struct tl_history *(tl_env_history)(struct tl_env *env, struct tl_handle *run)
{
    struct tl_history *history = NULL;

    if (!may_call(env, __func__, run)) {
        return NULL;
    }
    enum tl_status status = env_history(env, tl_handle_workflow_id(run), tl_handle_run_id(run), &history);
    if (status != TL_OK) {
        env_fail(env, TL_VERDICT, "%s has no history: %s", tl_handle_workflow_id(run), tl_status_text(status));
        return NULL;
    }
    env_depart(env);
    return history;
}
