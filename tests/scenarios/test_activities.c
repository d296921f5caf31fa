/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* What the workflow "Calls" gives its activity; the tests change copies of it. */
static struct tl_activity_options options;

/* Runs the activity "Step" and returns its result, or how it failed: root type, innermost kind, timeout type. */
static enum tl_status calls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_activity_run(wf, "Step", input, &options, result);
    const struct tl_failure *root = tl_failure_root(tl_failure(wf));

    if (status == TL_OK) {
        return TL_OK;
    }
    return tl_result_text(
        wf,
        result,
        "{\"status\": \"%s\", \"type\": \"%s\", \"timeout\": %d, \"retry\": %d}",
        tl_status_name(status),
        root->type,
        (int)root->timeout_type,
        (int)tl_failure(wf)->retry_state);
}

/* Lets the workflow fail as its activity did. */
static enum tl_status passes_on(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Step", input, &scenario_once, result);
}

/* Asks for the activity's cancellation after a minute and tells how it ended, and when. */
static enum tl_status cancels(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *step = tl_activity_start(wf, "Step", input, &options);

    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    tl_time asked = tl_now(wf);
    tl_future_cancel(step);
    enum tl_status status = tl_future_wait(step, NULL);
    return tl_result_text(
        wf,
        result,
        "{\"status\": \"%s\", \"seconds\": %lld}",
        tl_status_name(status),
        (long long)((tl_now(wf) - asked) / TL_SECONDS(1)));
}

/* Three in a row, each with the result of the one before. */
static enum tl_status chains(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload value = tl_payload_json("0");

    (void)input;
    for (int i = 0; i < 3; i++) {
        if (tl_activity_run(wf, "Step", TL_ARGS(value), &scenario_patient, &value) != TL_OK) {
            return TL_FAILED;
        }
    }
    *result = value;
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Calls", calls);
    tl_register_workflow(registry, "PassesOn", passes_on);
    tl_register_workflow(registry, "Cancels", cancels);
    tl_register_workflow(registry, "Chains", chains);
}

static int setup(void **state)
{
    options = scenario_patient;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_mock *step(struct tl_env *env)
{
    return tl_mock_activity(env, "Step");
}

/* ---- Results and failures ---- */

static enum tl_status
adds_one(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t value;

    (void)user;
    assert_int_equal(tl_json_get_int(&input->items[0], NULL, &value, NULL), TL_OK);
    return tl_activity_result_text(activity, result, "%lld", (long long)value + 1);
}

static void results_pass_from_one_to_the_next(void **state)
{
    tl_mock_calls(step(*state), TL_TIMES(3), adds_one, NULL);
    struct tl_handle *run = scenario_start(*state, "Chains", NULL);

    tl_assert_result(*state, run, "3");
    assert_events(*state, run, "WorkflowExecutionStarted T A T A T A T WorkflowExecutionCompleted");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/activities_in_a_row.json");
}

static enum tl_status
looks_around(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    (void)user;
    assert_int_equal(input->count, 1);
    assert_string_equal(info->activity_type, "Step");
    assert_string_equal(info->workflow_id, "w");
    assert_string_equal(info->workflow_type, "Calls");
    assert_string_equal(info->name_space, "default");
    assert_int_equal(info->attempt, 1);
    assert_int_equal(info->start_to_close, TL_SECONDS(10));
    assert_int_equal(info->deadline, info->started_at + TL_SECONDS(10));
    assert_true(info->task_token.len > 0);
    return tl_activity_result_text(activity, result, "\"%s\"", info->activity_id);
}

static void an_attempt_knows_where_it_is(void **state)
{
    options.activity_id = "the-step";
    tl_mock_calls(step(*state), TL_ONCE, looks_around, NULL);
    tl_assert_result(*state, scenario_start(*state, "Calls", "1"), "\"the-step\"");
}

static void a_failure_passes_through_the_workflow_with_its_chain(void **state)
{
    struct tl_handle *run = scenario_start(*state, "PassesOn", NULL);

    tl_mock_fails(step(*state), TL_ONCE, "Busy");
    tl_assert_failed(*state, run, "Busy");
    const struct tl_failure *failure = tl_handle_failure(run);
    assert_int_equal(failure->kind, TL_FAILURE_ACTIVITY);
    assert_int_equal(failure->retry_state, TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_int_equal(failure->cause->kind, TL_FAILURE_APPLICATION);
    assert_string_equal(failure->cause->type, "Busy");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T ActivityTaskScheduled ActivityTaskStarted ActivityTaskFailed T "
        "WorkflowExecutionFailed");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/activity_failed.json");
}

/* ---- Retries ---- */

static void attempts_come_at_growing_intervals(void **state)
{
    tl_mock_fails(step(*state), TL_TIMES(5), "Busy");
    tl_mock_returns(step(*state), TL_ONCE, "\"at last\"");
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    tl_assert_result(*state, run, "\"at last\"");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(1 + 2 + 4 + 8 + 16));
    assert_events(
        *state, run, "WorkflowExecutionStarted T A T WorkflowExecutionCompleted"); /* retries leave no event */
}

static void a_retry_policy_is_followed(void **state)
{
    static const struct tl_retry_policy policy = {
        .initial_interval = TL_SECONDS(3),
        .backoff_coefficient = 3.0,
        .maximum_interval = TL_SECONDS(10),
        .maximum_attempts = 4};

    options.retry = &policy;
    tl_mock_fails(step(*state), TL_TIMES(4), "Busy");
    tl_assert_result(
        *state,
        scenario_start(*state, "Calls", NULL),
        "{\"status\": \"failed\", \"type\": \"Busy\", \"timeout\": 0, \"retry\": 4}");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(3 + 9 + 10));
}

static void some_types_are_not_retried(void **state)
{
    static const char *const types[] = {"Declined"};
    static const struct tl_retry_policy policy = {.non_retryable_types = types, .non_retryable_count = 1};

    options.retry = &policy;
    tl_mock_fails(step(*state), TL_ONCE, "Busy");
    tl_mock_fails(step(*state), TL_ONCE, "Declined");
    tl_assert_result(
        *state,
        scenario_start(*state, "Calls", NULL),
        "{\"status\": \"failed\", \"type\": \"Declined\", \"timeout\": 0, \"retry\": 2}");
}

static enum tl_status
asks_for_patience(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_fail_options later = {.next_retry_delay = TL_HOURS(1)};

    (void)user;
    (void)input;
    (void)result;
    return tl_activity_fail_with(activity, "Busy", "in an hour", &later);
}

static void a_failure_may_say_when_to_try_again(void **state)
{
    tl_mock_calls(step(*state), TL_ONCE, asks_for_patience, NULL);
    tl_mock_returns(step(*state), TL_ONCE, "1");
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "1");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(1));
}

/* ---- The four timeouts ---- */

static void an_attempt_that_takes_too_long_is_tried_again(void **state)
{
    tl_mock_hangs(step(*state), TL_ONCE);
    tl_mock_returns(step(*state), TL_ONCE, "1");
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "1");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(11));
}

static void start_to_close_ends_a_single_attempt(void **state)
{
    options = scenario_once;
    tl_mock_hangs(step(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    scenario_assert_result(
        *state,
        run,
        "{\"status\": \"failed\", \"type\": \"\", \"timeout\": %d, \"retry\": %d}",
        TL_TIMEOUT_START_TO_CLOSE,
        TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskTimedOut"), 1);
    assert_int_equal(scenario_time_of(*state, run, "ActivityTaskTimedOut"), TL_SECONDS(10));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/start_to_close.json");
}

static void schedule_to_start_ends_what_nobody_takes(void **state)
{
    options = (struct tl_activity_options){
        .task_queue = "nobody", .schedule_to_start = TL_SECONDS(5), .start_to_close = TL_SECONDS(10)};
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    scenario_assert_result(
        *state,
        run,
        "{\"status\": \"failed\", \"type\": \"\", \"timeout\": %d, \"retry\": %d}",
        TL_TIMEOUT_SCHEDULE_TO_START,
        TL_RETRY_STATE_TIMEOUT);
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(5));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/schedule_to_start.json");
}

static void schedule_to_close_ends_all_attempts_together(void **state)
{
    options = (struct tl_activity_options){.schedule_to_close = TL_SECONDS(20)};
    tl_mock_fails(step(*state), TL_AT_LEAST(1), "Busy");
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    tl_assert_completed(*state, run);
    assert_true(tl_env_elapsed(*state) <= TL_SECONDS(20));
    assert_int_equal(tl_mock_calls_made(step(*state)), 5); /* at 0, 1, 3, 7, 15 seconds; 31 is too late */
}

static void schedule_to_close_ends_an_attempt_under_way(void **state)
{
    options = (struct tl_activity_options){.schedule_to_close = TL_SECONDS(20)};
    tl_mock_hangs(step(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    tl_assert_completed(*state, run);
    assert_int_equal(scenario_time_of(*state, run, "ActivityTaskTimedOut"), TL_SECONDS(20));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/schedule_to_close.json");
}

static enum tl_status
beats_twice(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload details = tl_payload_json("7");

    (void)user;
    (void)input;
    (void)result;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tl_heartbeat(activity, TL_ARGS(details)), TL_OK);
        assert_int_equal(tl_activity_sleep(activity, TL_SECONDS(4)), TL_OK);
    }
    return tl_activity_sleep(activity, TL_HOURS(1));
}

static enum tl_status
picks_up(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads details = tl_heartbeat_details(activity);

    (void)user;
    (void)input;
    assert_int_equal(details.count, 1);
    return tl_activity_result_text(
        activity, result, "{\"left\": %.*s}", (int)details.items[0].data.len, (const char *)details.items[0].data.data);
}

static void a_heart_that_stops_is_noticed_and_its_details_are_kept(void **state)
{
    options.start_to_close = TL_HOURS(2);
    options.heartbeat = TL_SECONDS(5);
    tl_mock_calls(step(*state), TL_ONCE, beats_twice, NULL);
    tl_mock_calls(step(*state), TL_ONCE, picks_up, NULL);
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "{\"left\": 7}");
    assert_true(tl_env_elapsed(*state) < TL_SECONDS(20));
}

static void a_missing_heartbeat_is_told_as_such(void **state)
{
    options = scenario_once;
    options.heartbeat = TL_SECONDS(5);
    tl_mock_hangs(step(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    scenario_assert_result(
        *state,
        run,
        "{\"status\": \"failed\", \"type\": \"\", \"timeout\": %d, \"retry\": %d}",
        TL_TIMEOUT_HEARTBEAT,
        TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/heartbeat_missing.json");
}

/* ---- Cancellation ---- */

static enum tl_status
beats_until_told(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)user;
    (void)input;
    (void)result;
    while (tl_heartbeat(activity, NULL) == TL_OK && tl_activity_sleep(activity, TL_SECONDS(8)) == TL_OK) {
    }
    return TL_CANCELED;
}

static void heartbeating(struct tl_env *env, enum tl_cancellation_type type)
{
    options.start_to_close = TL_HOURS(1);
    options.heartbeat = TL_SECONDS(10);
    options.cancellation = type;
    tl_mock_calls(step(env), TL_ONCE, beats_until_told, NULL);
}

static void a_try_to_cancel_goes_on_at_once(void **state)
{
    heartbeating(*state, TL_TRY_CANCEL);
    struct tl_handle *run = scenario_start(*state, "Cancels", NULL);

    tl_assert_result(*state, run, "{\"status\": \"canceled\", \"seconds\": 0}");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCancelRequested"), 1);
}

static void a_cancellation_may_be_waited_for(void **state)
{
    heartbeating(*state, TL_WAIT_CANCELLATION_COMPLETED);
    struct tl_handle *run = scenario_start(*state, "Cancels", NULL);

    tl_assert_completed(*state, run);
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCancelRequested"), 1);
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCanceled"), 1);
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/activity_canceled.json");
}

static void an_abandoned_activity_hears_of_nothing(void **state)
{
    options.start_to_close = TL_HOURS(1);
    options.cancellation = TL_ABANDON;
    tl_mock_hangs(step(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Cancels", NULL);

    tl_assert_result(*state, run, "{\"status\": \"canceled\", \"seconds\": 0}");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCancelRequested"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(results_pass_from_one_to_the_next),
        SCENARIO(an_attempt_knows_where_it_is),
        SCENARIO(a_failure_passes_through_the_workflow_with_its_chain),
        SCENARIO(attempts_come_at_growing_intervals),
        SCENARIO(a_retry_policy_is_followed),
        SCENARIO(some_types_are_not_retried),
        SCENARIO(a_failure_may_say_when_to_try_again),
        SCENARIO(an_attempt_that_takes_too_long_is_tried_again),
        SCENARIO(start_to_close_ends_a_single_attempt),
        SCENARIO(schedule_to_start_ends_what_nobody_takes),
        SCENARIO(schedule_to_close_ends_all_attempts_together),
        SCENARIO(schedule_to_close_ends_an_attempt_under_way),
        SCENARIO(a_heart_that_stops_is_noticed_and_its_details_are_kept),
        SCENARIO(a_missing_heartbeat_is_told_as_such),
        SCENARIO(a_try_to_cancel_goes_on_at_once),
        SCENARIO(a_cancellation_may_be_waited_for),
        SCENARIO(an_abandoned_activity_hears_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
