/* SPDX-License-Identifier: MIT */
/* Queries that a test asks. */
#include <timelapse/json.h>

#include "sim/env/environment.h"

/* One query of the test, and what became of it. */
struct query {
    struct tl_env *env;
    struct tl_handle *run;
    const char *type;
    enum tl_status status;
    struct tl_payload result;
    struct tl_error error;
};

static int check_input(const struct query *query, const char *input_json)
{
    struct tl_error error;

    if (query->run == NULL) {
        env_fail(query->env, TL_VERDICT, "query %s: there is no run", query->type);
        return 0;
    }
    if (input_json == NULL || tl_json_check(tl_bytes_of(input_json), &error) == TL_OK) {
        return 1;
    }
    env_fail(
        query->env,
        TL_VERDICT,
        "the input of query %s is not JSON: line %d, column %d: %s",
        query->type,
        error.line,
        error.column,
        error.message);
    return 0;
}

/* 0: a verdict stands. */
static int ask(struct query *query, const char *input_json)
{
    struct tl_payload input = tl_payload_json(input_json == NULL ? "null" : input_json);

    query->status = tl_handle_query(
        query->run, query->type, input_json == NULL ? NULL : TL_ARGS(input), NULL, &query->result, &query->error);
    env_settle(query->env);
    return !env_report(query->env);
}

static void fail_unexpected(const struct query *query, const char *expected, const char *value)
{
    struct tl_env *env = query->env;
    struct report_text *text = &env->answer;

    report_text_reset(text);
    report_text_format(text, "query %s to %s", query->type, tl_handle_workflow_id(query->run));
    if (expected != NULL) {
        report_text_format(text, " did not end as expected\nexpected: %s%s\n   found: ", expected, value);
    } else {
        report_text_add(text, ": ");
    }
    if (query->status == TL_OK || query->status == TL_FAILED) {
        env_add_outcome(text, query->status, &query->result, tl_handle_query_failure(query->run));
    } else {
        report_text_format(text, "%s: %s", tl_status_name(query->status), query->error.message);
    }
    tl_env_fail(env, env->file, env->line, "%s", report_text_get(text));
}

/* The answer as JSON; 0 when it is none. */
static int json_of(const struct query *query, struct tl_bytes *json)
{
    const struct tl_payload *result = &query->result;

    if (tl_payload_is(result, "binary/null")) {
        *json = tl_bytes_of("null");
        return 1;
    }
    *json = result->data;
    return tl_payload_is(result, "json/plain") || tl_payload_is(result, "json/protobuf");
}

const char *(tl_env_query)(struct tl_env *env, struct tl_handle *run, const char *type, const char *input_json)
{
    struct query query = {.env = env, .run = run, .type = type};
    struct tl_bytes json;

    if (!env_enter(env, __func__) || !check_input(&query, input_json) || !ask(&query, input_json)) {
        return NULL;
    }
    if (query.status != TL_OK) {
        fail_unexpected(&query, NULL, "");
        return NULL;
    }
    if (!json_of(&query, &json)) {
        fail_unexpected(&query, "JSON", "");
        return NULL;
    }
    report_text_reset(&env->answer);
    report_text_add_bytes(&env->answer, (const char *)json.data, json.len);
    return report_text_get(&env->answer);
}

static void compare(const struct query *query, const char *expected)
{
    struct tl_bytes found;
    struct tl_error error;
    int equal = 0;

    if (query->status == TL_OK && json_of(query, &found) &&
        tl_json_equal(tl_bytes_of(expected), found, &equal, &error) != TL_OK) {
        tl_env_fail(
            query->env,
            query->env->file,
            query->env->line,
            "what is expected cannot be compared: %s: %s",
            expected,
            error.message);
    } else if (!equal) {
        fail_unexpected(query, "completed with ", expected);
    }
}

void tl_env_assert_query(
    struct tl_env *env, struct tl_handle *run, const struct tl_query_expected *expected, const char *file, int line)
{
    struct query query = {.env = env, .run = run, .type = expected->type};

    if (env_begin_assertion(env, file, line) && check_input(&query, expected->input_json) &&
        ask(&query, expected->input_json)) {
        compare(&query, expected->expected);
    }
    env_end_assertion(env);
}

void tl_env_assert_query_failed(
    struct tl_env *env, struct tl_handle *run, const struct tl_query_expected *expected, const char *file, int line)
{
    struct query query = {.env = env, .run = run, .type = expected->type};

    if (env_begin_assertion(env, file, line) && check_input(&query, expected->input_json) &&
        ask(&query, expected->input_json) &&
        (query.status != TL_FAILED || !tl_failure_has_type(tl_handle_query_failure(run), expected->expected))) {
        fail_unexpected(&query, "failed with ", expected->expected);
    }
    env_end_assertion(env);
}
