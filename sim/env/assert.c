/* SPDX-License-Identifier: MIT */
/* The assertions: run until closed, compare, say what was expected and what was found. */
#include <timelapse/json.h>

#include "sim/env/environment.h"

/* How a run ended. */
struct outcome {
    enum tl_status status;
    struct tl_payload result;
    const struct tl_failure *failure;
};

int env_begin_assertion(struct tl_env *env, const char *file, int line)
{
    env->file = file;
    env->line = line;
    return env_enter(env, "an assertion");
}

void env_end_assertion(struct tl_env *env)
{
    env->file = NULL;
    env->line = 0;
}

int env_check_expected(struct tl_env *env, const char *json)
{
    struct tl_error error;

    if (json == NULL) {
        env_fail(env, TL_VERDICT, "what is expected is NULL: name a JSON value, \"null\" for none");
        return 0;
    }
    if (tl_json_check(tl_bytes_of(json), &error) != TL_OK) {
        env_fail(
            env,
            TL_VERDICT,
            "what is expected is not JSON: %s: column %d: %s (a string has its quotes: \"\\\"paid\\\"\")",
            json,
            error.column,
            error.message);
        return 0;
    }
    return 1;
}

int env_check_named(struct tl_env *env, const char *what, const char *name)
{
    if (name == NULL) {
        env_fail(env, TL_VERDICT, "the %s is NULL: name it", what);
    }
    return name != NULL;
}

/* A workflow that builds its JSON by hand may get it wrong, and only its caller would hear of it. */
static int result_is_what_it_says(struct tl_env *env, struct tl_handle *run, const struct tl_payload *result)
{
    struct tl_error error;

    if (!tl_payload_is(result, "json/plain") || tl_json_check(result->data, &error) == TL_OK) {
        return 1;
    }
    tl_env_fail(
        env,
        env->file,
        env->line,
        "the result of %s is not JSON: %.*s: column %d: %s",
        tl_handle_workflow_id(run),
        result->data.len > 200 ? 200 : (int)result->data.len,
        (const char *)result->data.data,
        error.column,
        error.message);
    return 0;
}

/* Runs until closed; 0 when a verdict came between. */
static int settle(struct tl_env *env, struct tl_handle *run, const char *file, int line, struct outcome *outcome)
{
    *outcome = (struct outcome){.status = TL_VERDICT};
    if (!env_begin_assertion(env, file, line)) {
        return 0;
    }
    outcome->status = (tl_env_result)(env, run, &outcome->result);
    if (outcome->status == TL_VERDICT) {
        return 0;
    }
    outcome->failure = tl_handle_failure(run);
    return outcome->status != TL_OK || result_is_what_it_says(env, run, &outcome->result);
}

/* The verdict of an assertion that did not hold. */
static void fail_expected(
    struct tl_env *env, struct tl_handle *run, const char *how, const char *what, const struct outcome *outcome)
{
    struct report_text *text = &env->answer;

    report_text_reset(text);
    report_text_format(text, "%s did not end as expected\n", tl_handle_workflow_id(run));
    report_text_format(text, "expected: %s%s\n", how, what);
    report_text_add(text, "   found: ");
    env_add_outcome(text, outcome->status, &outcome->result, outcome->failure);
    env->awaited = run;
    tl_env_fail(env, env->file, env->line, "%s", report_text_get(text));
    env->awaited = NULL;
}

void tl_env_assert_completed(struct tl_env *env, struct tl_handle *run, const char *file, int line)
{
    struct outcome outcome;

    if (settle(env, run, file, line, &outcome) && outcome.status != TL_OK) {
        fail_expected(env, run, "completed", "", &outcome);
    }
    env_end_assertion(env);
}

/* Whether the result is the JSON value `json`; a result that is no JSON is none but null. */
static enum tl_status
result_equals(const struct tl_payload *result, const char *json, int *out_equal, struct tl_error *error)
{
    struct tl_bytes found = tl_payload_is(result, "json/plain") ? result->data : tl_bytes_of("null");

    if (!tl_payload_is(result, "json/plain") && result->data.len != 0) {
        *out_equal = 0;
        return tl_json_check(tl_bytes_of(json), error);
    }
    return tl_json_equal(tl_bytes_of(json), found, out_equal, error);
}

void tl_env_assert_result(struct tl_env *env, struct tl_handle *run, const char *json, const char *file, int line)
{
    struct outcome outcome;
    struct tl_error error;
    int equal = 0;

    if (env_begin_assertion(env, file, line) && env_check_expected(env, json) &&
        settle(env, run, file, line, &outcome)) {
        if (outcome.status == TL_OK && result_equals(&outcome.result, json, &equal, &error) != TL_OK) {
            tl_env_fail(env, file, line, "what is expected cannot be compared: %s: %s", json, error.message);
        } else if (!equal) {
            fail_expected(env, run, "completed with ", json, &outcome);
        }
    }
    env_end_assertion(env);
}

void tl_env_assert_failed(struct tl_env *env, struct tl_handle *run, const char *type, const char *file, int line)
{
    struct outcome outcome;

    if (env_begin_assertion(env, file, line) && env_check_named(env, "failure type", type) &&
        settle(env, run, file, line, &outcome)) {
        if (outcome.status != TL_FAILED || !tl_failure_has_type(outcome.failure, type)) {
            fail_expected(env, run, "failed with ", type, &outcome);
        }
    }
    env_end_assertion(env);
}

void tl_env_assert_canceled(struct tl_env *env, struct tl_handle *run, const char *file, int line)
{
    struct outcome outcome;

    if (settle(env, run, file, line, &outcome) && outcome.status != TL_CANCELED) {
        fail_expected(env, run, "canceled", "", &outcome);
    }
    env_end_assertion(env);
}

void tl_env_assert_timed_out(struct tl_env *env, struct tl_handle *run, const char *file, int line)
{
    struct outcome outcome;

    if (settle(env, run, file, line, &outcome) && outcome.status != TL_TIMED_OUT) {
        fail_expected(env, run, "timed out", "", &outcome);
    }
    env_end_assertion(env);
}
