/* SPDX-License-Identifier: MIT */
/* Mocks: their scripts, their strictness, and that the service really runs them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/interceptor.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_retry_policy once = {.maximum_attempts = 1};
static const struct tl_activity_options patient = {.start_to_close = TL_SECONDS(10)};
static const struct tl_activity_options hasty = {.start_to_close = TL_SECONDS(10), .retry = &once};

static int registered_ran;
static int intercepted;

/* Runs the activity "Step" once with its input and returns what it returned. */
static enum tl_status patiently(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Step", input, &patient, result);
}

static enum tl_status hastily(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Step", input, &hasty, result);
}

/* Completes whatever the activity does: a swallowed verdict would show here. */
static enum tl_status
whatever_happens(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    TL_IGNORE(tl_activity_run(wf, "Step", input, &hasty, result));
    return TL_OK;
}

static enum tl_status
registered_step(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    registered_ran += 1;
    return tl_activity_result_text(activity, result, "\"registered\"");
}

static enum tl_status around(
    void *user, struct tl_next *next, struct tl_activity *activity, const struct tl_payloads *input,
    struct tl_payload *result)
{
    (void)user;
    intercepted += 1;
    return tl_next_run_activity(next, activity, input, result);
}

static void register_workflows(struct tl_registry *registry)
{
    const struct tl_interceptor interceptor = {.name = "count", .run_activity = around};

    tl_register_workflow(registry, "Patiently", patiently);
    tl_register_workflow(registry, "Hastily", hastily);
    tl_register_workflow(registry, "WhateverHappens", whatever_happens);
    tl_register_interceptor(registry, &interceptor);
}

static void register_all(struct tl_registry *registry)
{
    register_workflows(registry);
    tl_register_activity(registry, "Step", registered_step);
}

static int setup(void **state)
{
    registered_ran = 0;
    intercepted = 0;
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_workflows});
}

static int setup_registered(void **state)
{
    registered_ran = 0;
    intercepted = 0;
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_handle *start(struct recorder *recorder, const char *type)
{
    return tl_env_start(recorder->env, type, "w", "[1, 2]", NULL);
}

/* ---- Scripts ---- */

static void a_script_is_followed_in_order(void **state)
{
    struct recorder *recorder = *state;
    struct tl_mock *mock = tl_mock_activity(recorder->env, "Step");

    tl_mock_fails(mock, TL_TIMES(2), "Busy");
    tl_mock_returns(mock, TL_ONCE, "{\"a\": 1}");
    tl_assert_result(recorder->env, start(recorder, "Patiently"), "{\"a\": 1}");
    assert_int_equal(tl_mock_calls_made(mock), 3);
    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(3)); /* the server's back-off: 1 s, 2 s */
    assert_int_equal(tl_env_finish(recorder->env), TL_OK);
    assert_quiet(recorder);
}

static void a_mock_takes_the_place_of_a_registered_activity(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), TL_ONCE, "\"mocked\"");
    tl_assert_result(recorder->env, start(recorder, "Hastily"), "\"mocked\"");
    assert_int_equal(registered_ran, 0);
    assert_quiet(recorder);
}

static void what_is_not_mocked_runs_as_registered(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_result(recorder->env, start(recorder, "Hastily"), "\"registered\"");
    assert_int_equal(registered_ran, 1);
    assert_quiet(recorder);
}

static void interceptors_run_around_mocks(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), TL_ONCE, NULL);
    tl_assert_result(recorder->env, start(recorder, "Hastily"), "null");
    assert_int_equal(intercepted, 1);
}

static void a_failure_for_good_is_not_tried_again(void **state)
{
    struct recorder *recorder = *state;
    struct tl_mock *mock = tl_mock_activity(recorder->env, "Step");

    tl_mock_fails_for_good(mock, TL_ONCE, "Declined");
    tl_assert_failed(recorder->env, start(recorder, "Patiently"), "Declined");
    assert_int_equal(tl_mock_calls_made(mock), 1);
    assert_quiet(recorder);
}

static enum tl_status
echo(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    *(int *)user += 1;
    return tl_activity_result_text(
        activity, result, "{\"got\": %.*s}", (int)input->items[0].data.len, (const char *)input->items[0].data.data);
}

static void a_function_serves_with_its_own_pointer(void **state)
{
    struct recorder *recorder = *state;
    int calls = 0;

    tl_mock_calls(tl_mock_activity(recorder->env, "Step"), TL_ONCE, echo, &calls);
    tl_assert_result(recorder->env, start(recorder, "Hastily"), "{\"got\": [1, 2]}");
    assert_int_equal(calls, 1);
    assert_quiet(recorder);
}

static void an_attempt_that_hangs_is_ended_by_its_timeout(void **state)
{
    struct recorder *recorder = *state;
    struct tl_mock *mock = tl_mock_activity(recorder->env, "Step");

    tl_mock_hangs(mock, TL_ONCE);
    tl_mock_returns(mock, TL_ONCE, "1");
    tl_assert_result(recorder->env, start(recorder, "Patiently"), "1");
    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(11)); /* ten of waiting, one of back-off */
    assert_quiet(recorder);
}

static void an_entry_without_limit_serves_for_ever(void **state)
{
    struct recorder *recorder = *state;
    struct tl_mock *mock = tl_mock_activity(recorder->env, "Step");

    tl_mock_returns(mock, TL_ALWAYS, "1");
    for (int i = 0; i < 5; i++) {
        tl_assert_completed(recorder->env, start(recorder, "Hastily"));
    }
    assert_int_equal(tl_mock_calls_made(mock), 5);
    assert_int_equal(tl_env_finish(recorder->env), TL_OK);
}

static void a_mock_is_one_however_often_it_is_asked_for(void **state)
{
    struct recorder *recorder = *state;

    assert_ptr_equal(tl_mock_activity(recorder->env, "Step"), tl_mock_activity(recorder->env, "Step"));
}

/* ---- Strictness ---- */

static void a_call_beyond_the_script_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_fails(tl_mock_activity(recorder->env, "Step"), TL_ONCE, "Busy");
    tl_env_run_until_closed(recorder->env, start(recorder, "Patiently"));
    assert_reported(
        recorder,
        "unexpected call 2 of activity Step with [1, 2]: the script of its mock has ended; its last answer: ");
}

static void a_call_that_is_never_to_come_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), TL_TIMES(0), NULL);
    tl_env_run_until_closed(recorder->env, start(recorder, "WhateverHappens"));
    assert_reported(recorder, "unexpected call 1 of activity Step");
}

static void a_call_of_an_unknown_activity_is_a_verdict_with_the_nearest_mock(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "Other"), TL_ANY_TIMES, NULL);
    tl_mock_returns(tl_mock_activity(recorder->env, "Stepp"), TL_ANY_TIMES, NULL);
    tl_env_run_until_closed(recorder->env, start(recorder, "WhateverHappens"));
    assert_reported(recorder, "unexpected call of activity Step");
    assert_contains(recorder->text, "did you mean Stepp? mocked: Other, Stepp");
}

static void an_entry_left_over_is_a_verdict_at_the_end(void **state)
{
    struct recorder *recorder = *state;
    struct tl_mock *mock = tl_mock_activity(recorder->env, "Step");

    tl_mock_fails(mock, TL_TIMES(3), "Busy");
    tl_mock_returns(mock, TL_ONCE, "1");
    (void)start(recorder, "Patiently");
    tl_env_run_until_idle(recorder->env);
    assert_quiet(recorder);
    assert_int_equal(tl_env_finish(recorder->env), TL_VERDICT);
    assert_reported(recorder, "Step fails with Busy: 1 of 3 attempts came");
    assert_contains(recorder->text, "Step returns 1: 0 of 1 attempts came");
}

static void any_number_of_calls_includes_none(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), TL_ANY_TIMES, NULL);
    assert_int_equal(tl_env_finish(recorder->env), TL_OK);
}

static void a_result_that_is_no_json_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), TL_ONCE, "receipt-1");
    assert_reported(recorder, "the result is not JSON");
}

static void an_entry_that_is_never_reached_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;
    struct tl_mock *mock = tl_mock_activity(recorder->env, "Step");

    tl_mock_returns(mock, TL_ALWAYS, NULL);
    tl_mock_fails(mock, TL_ONCE, "Busy");
    assert_reported(recorder, "never reached");
}

static void a_count_upside_down_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), ((struct tl_count){2, 1}), NULL);
    assert_reported(recorder, "minimum is above its maximum");
}

static void a_mock_that_comes_too_late_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_completed(recorder->env, start(recorder, "Hastily"));
    (void)tl_mock_activity(recorder->env, "Step");
    assert_reported(recorder, "the mock of Step comes too late");
}

#define ENV_TEST(test)        cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)
#define REGISTERED_TEST(test) cmocka_unit_test_setup_teardown(test, setup_registered, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_script_is_followed_in_order),
        REGISTERED_TEST(a_mock_takes_the_place_of_a_registered_activity),
        REGISTERED_TEST(what_is_not_mocked_runs_as_registered),
        ENV_TEST(interceptors_run_around_mocks),
        ENV_TEST(a_failure_for_good_is_not_tried_again),
        ENV_TEST(a_function_serves_with_its_own_pointer),
        ENV_TEST(an_attempt_that_hangs_is_ended_by_its_timeout),
        ENV_TEST(an_entry_without_limit_serves_for_ever),
        ENV_TEST(a_mock_is_one_however_often_it_is_asked_for),
        ENV_TEST(a_call_beyond_the_script_is_a_verdict),
        ENV_TEST(a_call_that_is_never_to_come_is_a_verdict),
        ENV_TEST(a_call_of_an_unknown_activity_is_a_verdict_with_the_nearest_mock),
        ENV_TEST(an_entry_left_over_is_a_verdict_at_the_end),
        ENV_TEST(any_number_of_calls_includes_none),
        ENV_TEST(a_result_that_is_no_json_is_a_verdict),
        ENV_TEST(an_entry_that_is_never_reached_is_a_verdict),
        ENV_TEST(a_count_upside_down_is_a_verdict),
        REGISTERED_TEST(a_mock_that_comes_too_late_is_a_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
