/* SPDX-License-Identifier: MIT */
/* The assertions: each holds when it should, and says what it expected and found when not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_retry_policy twice = {.maximum_attempts = 2};
static const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10), .retry = &twice};

static enum tl_status returns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "{\"a\": 1, \"b\": [true, null], \"c\": 2.50}");
}

static enum tl_status nothing(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return TL_OK;
}

static enum tl_status fails(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Step", input, &options, result);
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Returns", returns);
    tl_register_workflow(registry, "Nothing", nothing);
    tl_register_workflow(registry, "Fails", fails);
    tl_register_workflow(registry, "Waits", waits);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_handle *start(struct recorder *recorder, const char *type)
{
    return tl_env_start(recorder->env, type, "w", NULL, NULL);
}

static struct tl_handle *start_failing(struct recorder *recorder)
{
    tl_mock_fails(tl_mock_activity(recorder->env, "Step"), TL_TIMES(2), "Busy");
    return start(recorder, "Fails");
}

static struct tl_handle *start_canceled(struct recorder *recorder)
{
    struct tl_handle *run = start(recorder, "Waits");

    tl_env_cancel(recorder->env, run);
    return run;
}

/* ---- They hold ---- */

static void a_completed_run_is_completed(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_completed(recorder->env, start(recorder, "Returns"));
    assert_quiet(recorder);
}

static void results_are_compared_by_value(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_result(recorder->env, start(recorder, "Returns"), "{ \"c\":2.5, \"b\":[true,null], \"a\":1.0 }");
    assert_quiet(recorder);
}

static void no_result_is_null(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_result(recorder->env, start(recorder, "Nothing"), "null");
    assert_quiet(recorder);
}

static void a_failure_is_found_anywhere_in_its_chain(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_failed(recorder->env, start_failing(recorder), "Busy");
    assert_quiet(recorder);
}

static void a_canceled_run_is_canceled(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_canceled(recorder->env, start_canceled(recorder));
    assert_quiet(recorder);
}

static void assertions_can_be_repeated(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder, "Returns");

    tl_assert_completed(recorder->env, run);
    tl_assert_completed(recorder->env, run);
    assert_quiet(recorder);
}

/* ---- They do not hold ---- */

static void completion_expected_failure_found(void **state)
{
    struct recorder *recorder = *state;

    tl_env_assert_completed(recorder->env, start_failing(recorder), "t.c", 7);
    assert_reported(recorder, "expected: completed\n   found: failed: activity Step");
    assert_contains(recorder->text, "all attempts used up");
    assert_contains(recorder->text, "caused by Busy");
    assert_contains(recorder->text, "timeline of w:");
    assert_string_equal(recorder->file, "t.c");
    assert_int_equal(recorder->line, 7);
}

static void another_result_is_shown_beside_the_expected_one(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_result(recorder->env, start(recorder, "Returns"), "{\"a\": 2}");
    assert_reported(recorder, "expected: completed with {\"a\": 2}");
    assert_contains(recorder->text, "found: completed with {\"a\": 1,");
}

static void a_result_is_not_looked_for_in_a_failure(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_result(recorder->env, start_failing(recorder), "1");
    assert_reported(recorder, "found: failed");
}

static void an_expectation_that_is_no_json_is_told(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_result(recorder->env, start(recorder, "Returns"), "{a: 1}");
    assert_reported(recorder, "what is expected is not JSON: {a: 1}: column 2: ");
}

static void another_failure_is_no_match(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_failed(recorder->env, start_failing(recorder), "Declined");
    assert_reported(recorder, "expected: failed with Declined");
    assert_contains(recorder->text, "Busy");
}

static void failure_expected_completion_found(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_failed(recorder->env, start(recorder, "Nothing"), "Busy");
    assert_reported(recorder, "found: completed");
}

static void cancellation_expected_completion_found(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_canceled(recorder->env, start(recorder, "Nothing"));
    assert_reported(recorder, "expected: canceled");
}

static void timeout_expected_cancellation_found(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_timed_out(recorder->env, start_canceled(recorder));
    assert_reported(recorder, "expected: timed out\n   found: canceled");
}

static void a_termination_is_told_as_one(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder, "Waits");
    struct tl_error error;

    assert_int_equal(tl_handle_terminate(run, "enough", &error), TL_OK);
    tl_assert_completed(recorder->env, run);
    assert_reported(recorder, "found: terminated");
}

#define ENV_TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_completed_run_is_completed),
        ENV_TEST(results_are_compared_by_value),
        ENV_TEST(no_result_is_null),
        ENV_TEST(a_failure_is_found_anywhere_in_its_chain),
        ENV_TEST(a_canceled_run_is_canceled),
        ENV_TEST(assertions_can_be_repeated),
        ENV_TEST(completion_expected_failure_found),
        ENV_TEST(another_result_is_shown_beside_the_expected_one),
        ENV_TEST(a_result_is_not_looked_for_in_a_failure),
        ENV_TEST(an_expectation_that_is_no_json_is_told),
        ENV_TEST(another_failure_is_no_match),
        ENV_TEST(failure_expected_completion_found),
        ENV_TEST(cancellation_expected_completion_found),
        ENV_TEST(timeout_expected_cancellation_found),
        ENV_TEST(a_termination_is_told_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
