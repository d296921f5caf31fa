/* SPDX-License-Identifier: MIT */
/* What mocks can do to a workflow, each through the service: timeouts of every kind, crashes, cancellation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* What the workflow "Calls" gives its activity. */
static struct tl_activity_options options;

static const struct tl_retry_policy twice = {.maximum_attempts = 2};

/* Runs the activity "Step" with its input and returns its result, or how it failed. */
static enum tl_status calls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_activity_run(wf, "Step", input, &options, result);

    if (status == TL_OK) {
        return TL_OK;
    }
    const struct tl_failure *failure = tl_failure(wf);
    const struct tl_failure *cause = failure->cause == NULL ? failure : failure->cause;
    return tl_result_text(
        wf,
        result,
        "{\"status\": \"%s\", \"type\": \"%s\", \"timeout\": %d, \"retry\": %d}",
        tl_status_name(status),
        cause->kind == TL_FAILURE_APPLICATION ? cause->type : "",
        (int)cause->timeout_type,
        (int)failure->retry_state);
}

/* Tells all of how its activity failed: type, message, first detail, and the type of the cause. */
static enum tl_status explains(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (tl_activity_run(wf, "Step", input, &options, result) == TL_OK) {
        return TL_OK;
    }
    const struct tl_failure *failure = tl_failure(wf)->cause;
    if (failure->details_count != 1 || failure->cause == NULL) {
        return TL_FAILED;
    }
    return tl_result_text(
        wf,
        result,
        "[\"%s\", \"%s\", %.*s, \"%s\"]",
        failure->type,
        failure->message,
        (int)failure->details[0].data.len,
        (const char *)failure->details[0].data.data,
        failure->cause->type);
}

/* Asks for the activity's cancellation after an hour and tells how it ended. */
static enum tl_status cancels(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *step = tl_activity_start(wf, "Step", input, &options);

    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    tl_future_cancel(step);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(tl_future_wait(step, NULL)));
}

/* Three activities at once, 0 to 2; how many succeeded. */
static enum tl_status fans_out(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const char *const numbers[] = {"0", "1", "2"};
    struct tl_future *steps[3];
    int succeeded = 0;

    (void)input;
    for (int i = 0; i < 3; i++) {
        const struct tl_payload number = tl_payload_json(numbers[i]);
        steps[i] = tl_activity_start(wf, "Step", TL_ARGS(number), &options);
    }
    for (int i = 0; i < 3; i++) {
        succeeded += tl_future_wait(steps[i], NULL) == TL_OK;
    }
    return tl_result_text(wf, result, "%d", succeeded);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Calls", calls);
    tl_register_workflow(registry, "Explains", explains);
    tl_register_workflow(registry, "Cancels", cancels);
    tl_register_workflow(registry, "FansOut", fans_out);
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

static void assert_timed_out(struct tl_env *env, struct tl_handle *run, enum tl_timeout_type type, int retry)
{
    scenario_assert_result(
        env, run, "{\"status\": \"failed\", \"type\": \"\", \"timeout\": %d, \"retry\": %d}", (int)type, retry);
    assert_int_equal(scenario_count_events(env, run, "ActivityTaskTimedOut"), 1);
}

/* ---- The four timeouts ---- */

static void start_to_close(void **state)
{
    options.retry = &twice;
    options.start_to_close = TL_HOURS(3);
    tl_mock_times_out(step(*state), TL_TIMES(2), TL_TIMEOUT_START_TO_CLOSE);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    assert_timed_out(*state, run, TL_TIMEOUT_START_TO_CLOSE, TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(6) + TL_SECONDS(1));
}

static void start_to_close_although_its_heart_beats(void **state)
{
    options = scenario_once;
    options.start_to_close = TL_MINUTES(10);
    options.heartbeat = TL_SECONDS(30);
    tl_mock_times_out(step(*state), TL_ONCE, TL_TIMEOUT_START_TO_CLOSE);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    assert_timed_out(*state, run, TL_TIMEOUT_START_TO_CLOSE, TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_int_equal(scenario_time_of(*state, run, "ActivityTaskTimedOut"), TL_MINUTES(10));
}

static void schedule_to_start(void **state)
{
    options.schedule_to_start = TL_MINUTES(5);
    tl_mock_times_out(step(*state), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    assert_timed_out(*state, run, TL_TIMEOUT_SCHEDULE_TO_START, TL_RETRY_STATE_TIMEOUT);
    assert_int_equal(scenario_time_of(*state, run, "ActivityTaskTimedOut"), TL_MINUTES(5));
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskStarted"), 0);
    assert_int_equal(tl_mock_calls_made(step(*state)), 0);
}

static void schedule_to_start_of_one_among_others(void **state)
{
    options.schedule_to_start = TL_MINUTES(5);
    tl_mock_times_out(tl_mock_with(step(*state), NULL, "1"), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    tl_mock_returns(step(*state), TL_TIMES(2), NULL);
    struct tl_handle *run = scenario_start(*state, "FansOut", NULL);

    tl_assert_result(*state, run, "2");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskTimedOut"), 1);
    assert_int_equal(tl_mock_calls_made(step(*state)), 2);
}

static void schedule_to_start_of_the_second_call(void **state)
{
    options.schedule_to_start = TL_MINUTES(5);
    tl_mock_returns(step(*state), TL_ONCE, NULL);
    tl_mock_times_out(step(*state), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    tl_mock_returns(step(*state), TL_ONCE, NULL);
    struct tl_handle *run = scenario_start(*state, "FansOut", NULL);

    tl_assert_result(*state, run, "2");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskTimedOut"), 1);
    tl_assert_called(*state, tl_mock_with(step(*state), NULL, "1"), 0);
}

static void schedule_to_close_over_all_attempts(void **state)
{
    options.schedule_to_close = TL_MINUTES(1);
    tl_mock_times_out(step(*state), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    assert_timed_out(*state, run, TL_TIMEOUT_SCHEDULE_TO_CLOSE, TL_RETRY_STATE_TIMEOUT);
    assert_true(tl_env_elapsed(*state) <= TL_MINUTES(1));
    assert_true(tl_mock_calls_made(step(*state)) > 1);
}

static void schedule_to_close_of_one_attempt(void **state)
{
    options = (struct tl_activity_options){.schedule_to_close = TL_MINUTES(1), .heartbeat = TL_SECONDS(5)};
    tl_mock_times_out(step(*state), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    assert_timed_out(*state, run, TL_TIMEOUT_SCHEDULE_TO_CLOSE, TL_RETRY_STATE_TIMEOUT);
    assert_int_equal(scenario_time_of(*state, run, "ActivityTaskTimedOut"), TL_MINUTES(1));
    assert_int_equal(tl_mock_calls_made(step(*state)), 1);
}

static void heartbeat(void **state)
{
    options = scenario_once;
    options.start_to_close = TL_HOURS(1);
    options.heartbeat = TL_SECONDS(20);
    tl_mock_times_out(step(*state), TL_ONCE, TL_TIMEOUT_HEARTBEAT);
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    assert_timed_out(*state, run, TL_TIMEOUT_HEARTBEAT, TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_int_equal(scenario_time_of(*state, run, "ActivityTaskTimedOut"), TL_SECONDS(20));
}

static void a_heart_that_falls_silent_later(void **state)
{
    options = scenario_once;
    options.start_to_close = TL_HOURS(2);
    options.heartbeat = TL_SECONDS(20);
    tl_mock_answers(
        step(*state),
        TL_ONCE,
        &(const struct tl_mock_answer){
            .kind = TL_MOCK_TIMES_OUT, .timeout = TL_TIMEOUT_HEARTBEAT, .after = TL_HOURS(1), .heartbeat = "7"});
    struct tl_handle *run = scenario_start(*state, "Calls", NULL);

    assert_timed_out(*state, run, TL_TIMEOUT_HEARTBEAT, TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    tl_duration at = scenario_time_of(*state, run, "ActivityTaskTimedOut");
    assert_true(at >= TL_HOURS(1) && at <= TL_HOURS(1) + TL_SECONDS(20));
}

/* ---- Attempts that never answer ---- */

static void a_crash_is_found_by_the_services_timeout(void **state)
{
    tl_mock_crashes(step(*state), TL_ONCE);
    tl_mock_returns(step(*state), TL_ONCE, "1");
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "1");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(11)); /* ten until the timeout, one of back-off */
}

static enum tl_status
takes_over(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payloads left = tl_heartbeat_details(activity);
    int64_t value;

    (void)user;
    (void)input;
    assert_int_equal(left.count, 1);
    assert_int_equal(tl_json_get_int(&left.items[0], "done", &value, NULL), TL_OK);
    return tl_activity_result_text(activity, result, "%lld", (long long)value);
}

static void details_of_an_attempt_that_crashed_reach_the_next(void **state)
{
    options.heartbeat = TL_SECONDS(5);
    tl_mock_answers(
        step(*state),
        TL_ONCE,
        &(const struct tl_mock_answer){.kind = TL_MOCK_CRASHES, .after = TL_SECONDS(1), .heartbeat = "{\"done\": 3}"});
    tl_mock_calls(step(*state), TL_ONCE, takes_over, NULL);
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "3");
}

/* ---- Cancellation ---- */

static void what_hangs_until_canceled_answers_as_canceled(void **state)
{
    options.start_to_close = TL_HOURS(5);
    options.heartbeat = TL_MINUTES(1);
    options.cancellation = TL_WAIT_CANCELLATION_COMPLETED;
    tl_mock_hangs_until_canceled(step(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Cancels", NULL);

    tl_assert_result(*state, run, "\"canceled\"");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCanceled"), 1);
    assert_true(tl_env_elapsed(*state) <= TL_HOURS(1) + TL_MINUTES(1));
}

static void without_a_heartbeat_timeout_it_is_told_too(void **state)
{
    options.start_to_close = TL_HOURS(5);
    options.cancellation = TL_WAIT_CANCELLATION_COMPLETED;
    tl_mock_hangs_until_canceled(step(*state), TL_ONCE);
    tl_assert_result(*state, scenario_start(*state, "Cancels", NULL), "\"canceled\"");
    assert_true(tl_env_elapsed(*state) <= TL_HOURS(1) + TL_MINUTES(1));
}

static void what_hangs_for_ever_hears_of_nothing(void **state)
{
    options = scenario_once;
    options.start_to_close = TL_HOURS(5);
    options.cancellation = TL_WAIT_CANCELLATION_COMPLETED;
    tl_mock_hangs(step(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Cancels", NULL);

    tl_assert_result(*state, run, "\"failed\"");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCanceled"), 0);
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(5));
}

/* ---- Time, failures, scripts ---- */

static void an_answer_takes_virtual_time(void **state)
{
    options.start_to_close = TL_DAYS(10);
    tl_mock_answers(step(*state), TL_ONCE, &(const struct tl_mock_answer){.json = "1", .after = TL_DAYS(3)});
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "1");
    assert_int_equal(tl_env_elapsed(*state), TL_DAYS(3));
}

static void an_answer_that_takes_too_long_is_too_late(void **state)
{
    tl_mock_answers(step(*state), TL_ONCE, &(const struct tl_mock_answer){.json = "1", .after = TL_HOURS(3)});
    tl_mock_returns(step(*state), TL_ONCE, "2");
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "2");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(11));
}

static void a_failure_has_all_its_options(void **state)
{
    const struct tl_failure cause = {.kind = TL_FAILURE_APPLICATION, .type = "Socket", .message = "reset by peer"};
    const struct tl_payload details = tl_payload_json("{\"code\": 7}");
    const struct tl_fail_options failure = {
        .next_retry_delay = TL_HOURS(2), .details = &details, .details_count = 1, .cause = &cause};

    options.retry = &twice;
    tl_mock_answers(
        step(*state),
        TL_TIMES(2),
        &(const struct tl_mock_answer){
            .kind = TL_MOCK_FAILS, .failure_type = "Busy", .message = "try later", .failure = &failure});
    tl_assert_result(
        *state, scenario_start(*state, "Explains", NULL), "[\"Busy\", \"try later\", {\"code\": 7}, \"Socket\"]");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(2));
}

static void each_activity_follows_a_script_of_its_own(void **state)
{
    struct tl_mock *each = tl_mock_per_activity(step(*state));

    tl_mock_fails(each, TL_TIMES(2), "Busy");
    tl_mock_returns(each, TL_ONCE, NULL);
    tl_assert_result(*state, scenario_start(*state, "FansOut", NULL), "3");
    tl_assert_called(*state, step(*state), 9);
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(3));
}

static void an_attempt_may_be_told_from_the_others(void **state)
{
    tl_mock_returns(tl_mock_when(step(*state), &(const struct tl_match){.attempt = 3}), TL_TIMES(3), NULL);
    tl_mock_fails(step(*state), TL_TIMES(6), "Busy");
    tl_assert_result(*state, scenario_start(*state, "FansOut", NULL), "3");
}

static void payloads_need_not_be_json(void **state)
{
    static const uint8_t bytes[] = {0, 1, 2};
    const struct tl_payload payload = tl_payload_binary((struct tl_bytes){bytes, sizeof bytes});
    struct tl_payload result;

    tl_mock_answers(step(*state), TL_ONCE, &(const struct tl_mock_answer){.payload = &payload});
    assert_int_equal(tl_env_result(*state, scenario_start(*state, "Calls", NULL), &result), TL_OK);
    assert_true(tl_payload_equal(&result, &payload));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(start_to_close),
        SCENARIO(start_to_close_although_its_heart_beats),
        SCENARIO(schedule_to_start),
        SCENARIO(schedule_to_start_of_one_among_others),
        SCENARIO(schedule_to_start_of_the_second_call),
        SCENARIO(schedule_to_close_over_all_attempts),
        SCENARIO(schedule_to_close_of_one_attempt),
        SCENARIO(heartbeat),
        SCENARIO(a_heart_that_falls_silent_later),
        SCENARIO(a_crash_is_found_by_the_services_timeout),
        SCENARIO(details_of_an_attempt_that_crashed_reach_the_next),
        SCENARIO(what_hangs_until_canceled_answers_as_canceled),
        SCENARIO(without_a_heartbeat_timeout_it_is_told_too),
        SCENARIO(what_hangs_for_ever_hears_of_nothing),
        SCENARIO(an_answer_takes_virtual_time),
        SCENARIO(an_answer_that_takes_too_long_is_too_late),
        SCENARIO(a_failure_has_all_its_options),
        SCENARIO(each_activity_follows_a_script_of_its_own),
        SCENARIO(an_attempt_may_be_told_from_the_others),
        SCENARIO(payloads_need_not_be_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
