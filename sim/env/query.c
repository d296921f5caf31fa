/* SPDX-License-Identifier: MIT */
/* Queries that a test asks. */
#include <stdio.h>
#include <string.h>
#include <timelapse/json.h>

#include "sim/env/environment.h"
#include "sim/env/nearest.h"

#define QUERY_METADATA "__temporal_workflow_metadata"
#define NAME_SIZE      1024 /* of a signal; longer ones are not found */

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
        env_fail(query->env, TL_VERDICT, "query %s: there is no run", query->type == NULL ? "(no type)" : query->type);
        return 0;
    }
    if (query->type == NULL || query->type[0] == '\0') {
        env_fail(query->env, TL_VERDICT, "a query has to name its type");
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
    return env_lend(env);
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

    if (env_begin_assertion(env, file, line) && env_check_expected(env, expected->expected) &&
        check_input(&query, expected->input_json) && ask(&query, expected->input_json)) {
        compare(&query, expected->expected);
    }
    env_end_assertion(env);
}

void tl_env_assert_query_failed(
    struct tl_env *env, struct tl_handle *run, const struct tl_query_expected *expected, const char *file, int line)
{
    struct query query = {.env = env, .run = run, .type = expected->type};

    if (env_begin_assertion(env, file, line) && env_check_named(env, "failure type", expected->expected) &&
        check_input(&query, expected->input_json) && ask(&query, expected->input_json) &&
        (query.status != TL_FAILED || !tl_failure_has_type(tl_handle_query_failure(run), expected->expected))) {
        fail_unexpected(&query, "failed with ", expected->expected);
    }
    env_end_assertion(env);
}

/* ---- What code says of itself ---- */

/* The nth signal that metadata tell of; 0: there are not so many. A name that is missing is "": the handler of all. */
static int nth_signal(const struct tl_payload *metadata, size_t nth, char name[NAME_SIZE])
{
    char path[64];
    size_t count = 0;

    if (tl_json_count(metadata, "definition.signalDefinitions", &count, NULL) != TL_OK || nth >= count) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "definition.signalDefinitions[%zu].name", nth);
    if (tl_json_get_string(metadata, path, name, NAME_SIZE, NULL) != TL_OK) {
        name[0] = '\0';
    }
    return 1;
}

/* What is near outlives the search. */
static void offer(struct tl_env *env, struct nearest *nearest, const char *name)
{
    nearest_offer(nearest, name);
    if (nearest->name == name) {
        nearest->name = env_strdup(&env->memory, name);
    }
}

int env_takes_signal(struct tl_env *env, struct tl_handle *run, const char *name, struct nearest *nearest)
{
    struct tl_payload answer = {.metadata_count = 0};
    char taken[NAME_SIZE];
    int found = 0;

    tl_driver_hold(env->driver); /* where no worker answers at once there is no answer */
    enum tl_status status = tl_handle_query(run, QUERY_METADATA, NULL, NULL, &answer, NULL);
    TL_IGNORE(tl_driver_release(env->driver));
    const struct tl_payload metadata = tl_payload_json_bytes(answer.data); /* json/protobuf, as messages are */
    for (size_t i = 0; status == TL_OK && nth_signal(&metadata, i, taken); i++) {
        found |= taken[0] == '\0' || strcmp(taken, name) == 0;
        offer(env, nearest, taken);
    }
    return found;
}
