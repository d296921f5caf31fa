/* SPDX-License-Identifier: MIT */
/* Every option of an activity: as history keeps it, and as the attempt sees it. What failures tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <timelapse/env_worker.h>

#include "tests/scenarios/scenario.h"

static struct tl_activity_options options;

/* Runs the activity "Step" and returns its result, or what its failure tells link by link. */
static enum tl_status calls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_activity_run(wf, "Step", input, &options, result);
    const struct tl_failure *failure = tl_failure(wf);

    if (status == TL_OK) {
        return TL_OK;
    }
    const struct tl_failure *cause = failure->cause;
    return tl_result_text(
        wf,
        result,
        "[[%d, \"%s\", \"%s\", %d, \"%s\", %d, %d], [%d, \"%s\", \"%s\", %d, %d, %d, \"%s\"]]",
        (int)failure->kind,
        failure->type,
        failure->activity_id,
        (int)failure->retry_state,
        failure->identity,
        (int)failure->scheduled_event_id,
        (int)failure->started_event_id,
        (int)cause->kind,
        cause->type,
        cause->message,
        (int)cause->category,
        (int)cause->timeout_type,
        (int)cause->details_count,
        cause->cause == NULL ? "" : cause->cause->type);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Calls", calls);
}

static int setup(void **state)
{
    options = scenario_patient;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

/* ---- Options ---- */

static enum tl_status
looks(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);
    const struct tl_payload *header = tl_activity_header(activity, "trace");

    (void)user;
    (void)input;
    assert_non_null(header);
    assert_null(tl_activity_header(activity, "other"));
    assert_int_equal(info->attempt_scheduled_at, info->scheduled_at);
    return tl_activity_result_text(
        activity,
        result,
        "[\"%s\", %d, %d, %d, %.*s, %d, \"%s\", %d, %d, \"%s\"]",
        info->activity_id,
        (int)(info->start_to_close / TL_SECONDS(1)),
        (int)(info->schedule_to_close / TL_SECONDS(1)),
        (int)(info->heartbeat / TL_SECONDS(1)),
        (int)header->data.len,
        (const char *)header->data.data,
        (int)info->priority.key,
        info->priority.fairness_key,
        (int)info->retry->maximum_attempts,
        (int)(info->retry->initial_interval / TL_SECONDS(1)),
        info->retry->non_retryable_types[0]);
}

static void all_of_them_reach_history_and_the_attempt(void **state)
{
    static const char *const types[] = {"Never"};
    const struct tl_retry_policy retry = {
        .initial_interval = TL_SECONDS(7),
        .backoff_coefficient = 3,
        .maximum_interval = TL_SECONDS(90),
        .maximum_attempts = 4,
        .non_retryable_types = types,
        .non_retryable_count = 1};
    const struct tl_field header = {"trace", tl_payload_json("\"t-1\"")};

    options = (struct tl_activity_options){
        .activity_id = "the-step",
        .schedule_to_close = TL_SECONDS(60),
        .schedule_to_start = TL_SECONDS(20),
        .start_to_close = TL_SECONDS(30),
        .heartbeat = TL_SECONDS(10),
        .retry = &retry,
        .headers = &header,
        .header_count = 1,
        .summary = "charges the card",
        .priority = {.key = 2, .fairness_key = "gold", .fairness_weight = 1.5}};
    tl_mock_calls(tl_mock_activity(*state, "Step"), TL_ONCE, looks, NULL);
    struct tl_handle *run = scenario_start(*state, "Calls", "1");

    tl_assert_result(*state, run, "[\"the-step\", 30, 60, 10, \"t-1\", 2, \"gold\", 4, 7, \"Never\"]");
    assert_says(*state, run, "\"scheduleToStartTimeout\": \"20s\"");
    assert_says(*state, run, "\"backoffCoefficient\": 3");
    assert_says(*state, run, "\"maximumInterval\": \"90s\"");
    assert_says(*state, run, "\"fairnessWeight\": 1.5");
    assert_says(*state, run, "\"summary\"");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/activity_options.json");
}

/* A worker that polls another queue takes what is scheduled there. */
static enum tl_status there(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_activity_result_text(activity, result, "\"%s\"", tl_activity_info(activity)->task_queue);
}

static void register_there(struct tl_registry *registry)
{
    tl_register_activity(registry, "Step", there);
}

static void another_queue_has_other_workers(void **state)
{
    const struct tl_env_worker_options elsewhere = {.register_all = register_there, .worker = {.task_queue = "there"}};

    assert_non_null(tl_env_add_worker(*state, &elsewhere));
    options.task_queue = "there";
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "\"there\"");
}

static char keys[3][256];

static enum tl_status
keeps_key(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    (void)user;
    (void)input;
    (void)result;
    assert_true(info->attempt >= 1 && info->attempt <= 3);
    (void)snprintf(keys[info->attempt - 1], sizeof keys[0], "%s", info->idempotency_key);
    assert_int_equal(info->attempt == 1, info->attempt_scheduled_at == info->scheduled_at);
    return info->attempt < 3 ? tl_activity_fail(activity, "Busy", "again") : TL_OK;
}

static void the_idempotency_key_stays_over_attempts(void **state)
{
    tl_mock_calls(tl_mock_activity(*state, "Step"), TL_TIMES(3), keeps_key, NULL);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    tl_assert_completed(*state, run);
    assert_string_equal(keys[0], keys[1]);
    assert_string_equal(keys[0], keys[2]);
    assert_non_null(strstr(keys[0], tl_handle_run_id(run)));
}

/* ---- What failures tell ---- */

static enum tl_status
fails_twice(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_failure cause = {.kind = TL_FAILURE_APPLICATION, .type = "Socket", .message = "reset by peer"};
    const struct tl_payload detail = tl_payload_json("42");
    const struct tl_fail_options how = {
        .category = TL_CATEGORY_BENIGN, .details = &detail, .details_count = 1, .cause = &cause};

    (void)user;
    (void)input;
    (void)result;
    return tl_activity_fail_with(activity, "Busy", "try later", &how);
}

static void the_chain_tells_which_activity_failed_and_why(void **state)
{
    static const struct tl_retry_policy twice = {.maximum_attempts = 2};

    options.retry = &twice;
    options.activity_id = "charge";
    tl_mock_calls(tl_mock_activity(*state, "Step"), TL_TIMES(2), fails_twice, NULL);
    scenario_assert_result(
        *state,
        scenario_start(*state, "Calls", NULL),
        "[[%d, \"Step\", \"charge\", %d, \"timelapse@test\", 5, 6], [%d, \"Busy\", \"try later\", %d, 0, 1, "
        "\"Socket\"]]",
        TL_FAILURE_ACTIVITY,
        TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED,
        TL_FAILURE_APPLICATION,
        TL_CATEGORY_BENIGN);
}

static void a_timeout_is_nobodys_doing(void **state)
{
    options.retry = scenario_once.retry;
    tl_mock_times_out(tl_mock_activity(*state, "Step"), TL_ONCE, TL_TIMEOUT_START_TO_CLOSE);
    scenario_assert_result(
        *state,
        scenario_start(*state, "Calls", NULL),
        "[[%d, \"Step\", \"1\", %d, \"\", 5, 6], [%d, \"\", \"activity StartToClose timeout\", 0, %d, 0, \"\"]]",
        TL_FAILURE_ACTIVITY,
        TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED,
        TL_FAILURE_TIMEOUT,
        TL_TIMEOUT_START_TO_CLOSE);
}

/* What the next attempt fails as. */
static struct tl_failure failing;
static unsigned attempts;

static enum tl_status
fails_so(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)user;
    (void)input;
    (void)result;
    attempts++;
    return attempts == 3 ? TL_OK : tl_activity_fail_as(activity, &failing);
}

static unsigned attempts_of(void **state, struct tl_failure failure)
{
    failing = failure;
    attempts = 0;
    tl_mock_calls(tl_mock_activity(*state, "Step"), TL_AT_LEAST(1), fails_so, NULL);
    tl_assert_completed(*state, scenario_start(*state, "Calls", NULL));
    return attempts;
}

/* Its end would not be taken otherwise, and the attempt would wait for its timeout. */
static void a_failure_of_another_kind_is_the_cause_of_one_that_servers_take(void **state)
{
    static const struct {
        struct tl_failure failure;
        const char *type;
    } cases[] = {
        {{.kind = TL_FAILURE_TIMEOUT, .timeout_type = TL_TIMEOUT_SCHEDULE_TO_CLOSE}, "\"type\": \"TimeoutFailure\""},
        {{.kind = TL_FAILURE_CANCELED}, "\"type\": \"CanceledFailure\""},
        {{.kind = TL_FAILURE_TERMINATED}, "\"type\": \"TerminatedFailure\""},
        {{.message = "odd"}, "\"type\": \"Failure\""},
    };

    options.retry = scenario_once.retry;
    tl_mock_calls(tl_mock_activity(*state, "Step"), TL_ANY_TIMES, fails_so, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        failing = cases[i].failure;
        attempts = 0;
        struct tl_handle *run = scenario_start(*state, "Calls", NULL);
        tl_assert_completed(*state, run);
        assert_int_equal(attempts, 1);
        assert_says(*state, run, cases[i].type);
    }
    assert_true(tl_env_elapsed(*state) < TL_SECONDS(1));
}

static void a_policy_may_name_the_kind(void **state)
{
    static const char *const types[] = {"TimeoutFailure"};
    static const struct tl_retry_policy no_timeouts = {.non_retryable_types = types, .non_retryable_count = 1};
    const struct tl_failure timeout = {.kind = TL_FAILURE_TIMEOUT, .timeout_type = TL_TIMEOUT_START_TO_CLOSE};

    assert_int_equal(attempts_of(state, timeout), 3);
    options.retry = &no_timeouts;
    attempts = 0;
    tl_assert_completed(*state, scenario_start(*state, "Calls", NULL));
    assert_int_equal(attempts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(all_of_them_reach_history_and_the_attempt),
        SCENARIO(another_queue_has_other_workers),
        SCENARIO(the_idempotency_key_stays_over_attempts),
        SCENARIO(the_chain_tells_which_activity_failed_and_why),
        SCENARIO(a_timeout_is_nobodys_doing),
        SCENARIO(a_failure_of_another_kind_is_the_cause_of_one_that_servers_take),
        SCENARIO(a_policy_may_name_the_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
