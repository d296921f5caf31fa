/* SPDX-License-Identifier: MIT */
/* Headers and memos: what a start or an activity is given beside its input, read where the code runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static enum tl_status
tells_header(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload *tenant = tl_activity_header(activity, "tenant");

    (void)input;
    if (tl_activity_header(activity, "nothing") != NULL || tl_activity_header(activity, "raw") == NULL) {
        return tl_activity_fail(activity, "Odd", "a header is there that was not sent, or one is not");
    }
    *result = *tenant;
    return TL_OK;
}

/* Passes on what it was started with. */
static enum tl_status passes_on(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload *tenant = tl_workflow_header(wf, "tenant");
    const struct tl_payload *raw = tl_workflow_header(wf, "raw");

    if (tenant == NULL || raw == NULL) {
        return tl_fail(wf, "NoHeader", "a header is missing");
    }
    const struct tl_field headers[] = {{"tenant", *tenant}, {"raw", *raw}};
    struct tl_activity_options options = scenario_once;

    options.headers = headers;
    options.header_count = 2;
    return tl_activity_run(wf, "TellsHeader", input, &options, result);
}

static enum tl_status tells_memo(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    char customer[16];
    const struct tl_payload *raw = tl_workflow_memo(wf, "raw");
    struct tl_error error;

    (void)input;
    if (tl_sleep(wf, TL_DAYS(1)) != TL_OK || tl_workflow_memo(wf, "tenant") != NULL) {
        return TL_FAILED;
    }
    if (tl_json_get_string(tl_workflow_memo(wf, "customer"), NULL, customer, sizeof customer, &error) != TL_OK) {
        return tl_fail(wf, "NoMemo", "%s", error.message);
    }
    return tl_result_text(wf, result, "{\"customer\": \"%s\", \"raw\": %zu}", customer, raw->data.len);
}

static enum tl_status has_none(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    int there = tl_workflow_memo(wf, "customer") != NULL || tl_workflow_header(wf, "tenant") != NULL;

    return tl_result_text(wf, result, "%d", there);
}

/* A compensation's headers outlive the options that it was added with. */
static enum tl_status undoes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_saga *saga = tl_saga_new(wf);
    char text[] = "\"t-1\"";
    struct tl_field headers[] = {{"tenant", tl_payload_json(text)}, {"raw", tl_payload_null()}};
    struct tl_activity_options options = scenario_once;

    (void)input;
    (void)result;
    options.headers = headers;
    options.header_count = 2;
    tl_saga_add(saga, "TellsHeader", NULL, &options);
    memset(headers, 0, sizeof headers);
    memset(text, 0, sizeof text);
    return tl_saga_compensate(saga);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_activity(registry, "TellsHeader", tells_header);
    tl_register_workflow(registry, "PassesOn", passes_on);
    tl_register_workflow(registry, "TellsMemo", tells_memo);
    tl_register_workflow(registry, "HasNone", has_none);
    tl_register_workflow(registry, "Undoes", undoes);
}

SCENARIO_SETUP(setup, register_all)

static void headers_reach_the_workflow_and_its_activities(void **state)
{
    const struct tl_field headers[] = {
        {"tenant", tl_payload_json("\"t-1\"")}, {"raw", tl_payload_binary(tl_bytes_of("\x01\x02"))}};
    const struct tl_start_options options = {.headers = headers, .header_count = 2};

    tl_assert_result(*state, tl_env_start(*state, "PassesOn", "w", NULL, &options), "\"t-1\"");
}

static void a_memo_is_read_back(void **state)
{
    const struct tl_field memo[] = {
        {"customer", tl_payload_json("\"c-7\"")}, {"raw", tl_payload_binary(tl_bytes_of("abc"))}};
    const struct tl_start_options options = {.memo = memo, .memo_count = 2};

    tl_assert_result(
        *state, tl_env_start(*state, "TellsMemo", "w", NULL, &options), "{\"customer\": \"c-7\", \"raw\": 3}");
}

static void what_was_not_given_is_not_there(void **state)
{
    tl_assert_result(*state, scenario_start(*state, "HasNone", NULL), "0");
}

static void a_compensation_keeps_its_headers(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Undoes", NULL);

    tl_assert_failed(*state, run, "SagaCompensated");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCompleted"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(headers_reach_the_workflow_and_its_activities),
        SCENARIO(a_memo_is_read_back),
        SCENARIO(what_was_not_given_is_not_there),
        SCENARIO(a_compensation_keeps_its_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
