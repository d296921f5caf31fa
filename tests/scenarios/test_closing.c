/* SPDX-License-Identifier: MIT */
/* How runs end, and what happens when a task fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static enum tl_status returns_input(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    if (input->count != 0) {
        *result = input->items[0];
    }
    return TL_OK;
}

static enum tl_status
fails_in_detail(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload details = tl_payload_json("{\"code\": 17}");
    const struct tl_fail_options options = {.non_retryable = 1, .details = &details, .details_count = 1};

    (void)input;
    (void)result;
    return tl_fail_with(wf, "Declined", "no money", &options);
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1));
}

/* Returns a status that a workflow may not return, until the world outside has changed. */
static int mended;

static enum tl_status breaks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return mended ? TL_OK : TL_INTERNAL;
}

static enum tl_status
schedules_badly(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_activity_options negative = {.start_to_close = -TL_SECONDS(1)};

    return tl_activity_run(wf, "Step", input, mended ? &scenario_patient : &negative, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "ReturnsInput", returns_input);
    tl_register_workflow(registry, "FailsInDetail", fails_in_detail);
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "Breaks", breaks);
    tl_register_workflow(registry, "SchedulesBadly", schedules_badly);
}

SCENARIO_SETUP(setup, register_all)

/* For code that changes under way: its shadow would not do the same. */
static int setup_tolerant(void **state)
{
    mended = 0;
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .tolerate_failed_tasks = 1, .no_shadow = 1});
}

/* ---- Ends ---- */

static void a_result_is_what_was_returned(void **state)
{
    struct tl_handle *run = scenario_start(*state, "ReturnsInput", "{\"a\": [1, \"\\u00e4\", null]}");

    tl_assert_result(*state, run, "{\"a\": [1, \"\xc3\xa4\", null]}");
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionCompleted");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/completed.json");
}

static void nothing_returned_is_null(void **state)
{
    tl_assert_result(*state, scenario_start(*state, "ReturnsInput", NULL), "null");
}

static void a_failure_keeps_its_details(void **state)
{
    struct tl_handle *run = scenario_start(*state, "FailsInDetail", NULL);

    tl_assert_failed(*state, run, "Declined");
    const struct tl_failure *failure = tl_handle_failure(run);
    assert_int_equal(failure->kind, TL_FAILURE_APPLICATION);
    assert_string_equal(failure->message, "no money");
    assert_int_equal(failure->non_retryable, 1);
    assert_int_equal(failure->details_count, 1);
    assert_memory_equal(failure->details[0].data.data, "{\"code\": 17}", 12);
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/failed.json");
}

static void a_terminated_run_is_failed_by_the_service(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Waits", NULL);
    struct tl_error error;

    tl_env_run_until_idle(*state);
    assert_int_equal(tl_handle_terminate(run, "enough", &error), TL_OK);
    assert_int_equal(tl_env_result(*state, run, NULL), TL_FAILED);
    assert_true(tl_failure_has_kind(tl_handle_failure(run), TL_FAILURE_TERMINATED));
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionTerminated");
    assert_string_equal(tl_env_waits(*state), ""); /* the worker does not know yet; the environment does */
}

static void a_run_that_takes_too_long_is_timed_out(void **state)
{
    const struct tl_start_options options = {.run_timeout = TL_HOURS(1)};
    struct tl_handle *run = tl_env_start(*state, "Sleeps", "w", NULL, &options);

    tl_env_advance(*state, TL_HOURS(2));
    tl_assert_timed_out(*state, run);
    assert_int_equal(scenario_time_of(*state, run, "WorkflowExecutionTimedOut"), TL_HOURS(1));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/run_timeout.json");
}

static void the_execution_timeout_counts_as_well(void **state)
{
    const struct tl_start_options options = {.execution_timeout = TL_HOURS(3)};
    struct tl_handle *run = tl_env_start(*state, "Waits", "w", NULL, &options);

    tl_env_advance(*state, TL_DAYS(1));
    tl_assert_timed_out(*state, run);
    assert_int_equal(scenario_time_of(*state, run, "WorkflowExecutionTimedOut"), TL_HOURS(3));
}

static void a_timeout_that_lies_behind_the_end_changes_nothing(void **state)
{
    const struct tl_start_options options = {.run_timeout = TL_DAYS(2)};
    struct tl_handle *run = tl_env_start(*state, "Sleeps", "w", NULL, &options);

    tl_env_advance(*state, TL_DAYS(7));
    tl_assert_completed(*state, run);
}

/* ---- Tasks that fail ---- */

static void a_failed_task_is_tried_again_until_its_code_is_mended(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Breaks", NULL);

    tl_env_advance(*state, TL_MINUTES(1));
    assert_int_equal(scenario_count_events(*state, run, "WorkflowTaskFailed"), 1); /* later attempts leave no event */
    mended = 1;
    tl_assert_completed(*state, run);
    assert_int_equal(scenario_count_events(*state, run, "WorkflowTaskCompleted"), 1);
}

static void bad_options_fail_the_task_not_the_workflow(void **state)
{
    struct tl_handle *run = scenario_start(*state, "SchedulesBadly", NULL);

    tl_env_advance(*state, TL_MINUTES(1));
    assert_int_equal(scenario_count_events(*state, run, "WorkflowTaskFailed"), 1);
    assert_non_null(strstr(tl_env_timeline(*state, run), "start_to_close"));
    mended = 1;
    tl_mock_returns(tl_mock_activity(*state, "Step"), TL_ONCE, "5");
    tl_assert_result(*state, run, "5");
}

#define TOLERANT_SCENARIO(test) cmocka_unit_test_setup_teardown(test, setup_tolerant, tl_cmocka_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_result_is_what_was_returned),
        SCENARIO(nothing_returned_is_null),
        SCENARIO(a_failure_keeps_its_details),
        SCENARIO(a_terminated_run_is_failed_by_the_service),
        SCENARIO(a_run_that_takes_too_long_is_timed_out),
        SCENARIO(the_execution_timeout_counts_as_well),
        SCENARIO(a_timeout_that_lies_behind_the_end_changes_nothing),
        TOLERANT_SCENARIO(a_failed_task_is_tried_again_until_its_code_is_mended),
        TOLERANT_SCENARIO(bad_options_fail_the_task_not_the_workflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
