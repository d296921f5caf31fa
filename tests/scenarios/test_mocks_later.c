/* SPDX-License-Identifier: MIT */
/* Activities that a mock leaves to be completed later, by the test or by another activity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/async_activity.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static struct tl_activity_options options;

/* Runs the activity "Approve"; its result, or the type of the failure at the root. */
static enum tl_status asks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (tl_activity_run(wf, "Approve", input, &options, result) == TL_OK) {
        return TL_OK;
    }
    return tl_result_text(wf, result, "\"failed: %s\"", tl_failure_root(tl_failure(wf))->type);
}

/* Asks two at once. */
static enum tl_status asks_twice(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *first = tl_activity_start(wf, "Approve", input, &options);
    struct tl_future *second = tl_activity_start(wf, "Approve", input, &options);
    struct tl_payload answers[2];

    if (tl_future_wait(first, &answers[0]) != TL_OK || tl_future_wait(second, &answers[1]) != TL_OK) {
        return TL_FAILED;
    }
    return tl_result_text(
        wf,
        result,
        "[%.*s, %.*s]",
        (int)answers[0].data.len,
        (const char *)answers[0].data.data,
        (int)answers[1].data.len,
        (const char *)answers[1].data.data);
}

/* Asks, and runs the activity "Boss" beside it. */
static enum tl_status has_a_boss(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *approval = tl_activity_start(wf, "Approve", input, &options);

    if (tl_activity_run(wf, "Boss", NULL, &options, NULL) != TL_OK) {
        return TL_FAILED;
    }
    return tl_future_wait(approval, result);
}

/* Asks, and takes it back after an hour. */
static enum tl_status takes_back(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *approval = tl_activity_start(wf, "Approve", input, &options);

    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    tl_future_cancel(approval);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(tl_future_wait(approval, NULL)));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Asks", asks);
    tl_register_workflow(registry, "AsksTwice", asks_twice);
    tl_register_workflow(registry, "HasABoss", has_a_boss);
    tl_register_workflow(registry, "TakesBack", takes_back);
}

static int setup(void **state)
{
    options =
        (struct tl_activity_options){.start_to_close = TL_DAYS(30), .cancellation = TL_WAIT_CANCELLATION_COMPLETED};
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_mock *approve(struct tl_env *env)
{
    return tl_mock_activity(env, "Approve");
}

static void a_test_completes_what_was_left(void **state)
{
    tl_mock_completes_later(approve(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Asks", NULL);

    tl_env_run_until_idle(*state);
    assert_int_equal(tl_mock_pending(approve(*state)), 1);
    tl_env_advance(*state, TL_DAYS(3));
    tl_mock_complete(approve(*state), "\"approved\"");
    assert_int_equal(tl_mock_pending(approve(*state)), 0);
    tl_assert_result(*state, run, "\"approved\"");
    assert_int_equal(tl_env_elapsed(*state), TL_DAYS(3));
    assert_events(*state, run, "WorkflowExecutionStarted T A T WorkflowExecutionCompleted");
}

static void the_oldest_is_completed_first(void **state)
{
    tl_mock_completes_later(approve(*state), TL_TIMES(2));
    struct tl_handle *run = scenario_start(*state, "AsksTwice", NULL);

    tl_env_run_until_idle(*state);
    assert_int_equal(tl_mock_pending(approve(*state)), 2);
    tl_mock_complete(approve(*state), "1");
    tl_mock_complete(approve(*state), "2");
    tl_assert_result(*state, run, "[1, 2]");
}

static void a_failure_is_tried_again(void **state)
{
    tl_mock_completes_later(approve(*state), TL_TIMES(2));
    struct tl_handle *run = scenario_start(*state, "Asks", NULL);

    tl_env_run_until_idle(*state);
    tl_mock_complete_failed(approve(*state), "Busy", "ask again");
    tl_env_advance(*state, TL_SECONDS(1));
    assert_int_equal(tl_mock_pending(approve(*state)), 1);
    tl_mock_complete(approve(*state), NULL);
    tl_assert_result(*state, run, "null");
    assert_int_equal(tl_mock_nth_call(approve(*state), 2)->attempt, 2);
}

static void a_failure_without_retries_reaches_the_workflow(void **state)
{
    static const struct tl_retry_policy once = {.maximum_attempts = 1};

    options.retry = &once;
    tl_mock_completes_later(approve(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Asks", NULL);
    tl_env_run_until_idle(*state);
    tl_mock_complete_failed(approve(*state), "Refused", "no");
    tl_assert_result(*state, run, "\"failed: Refused\"");
}

static void an_attempt_that_was_replaced_is_left_no_more(void **state)
{
    options.start_to_close = TL_MINUTES(1);
    tl_mock_completes_later(approve(*state), TL_TIMES(2));
    struct tl_handle *run = scenario_start(*state, "Asks", NULL);

    tl_env_run_until_idle(*state);
    tl_env_advance(*state, TL_SECONDS(90));
    assert_int_equal(tl_mock_calls_made(approve(*state)), 2);
    assert_int_equal(tl_mock_pending(approve(*state)), 1);
    tl_mock_complete(approve(*state), "\"the second\"");
    tl_assert_result(*state, run, "\"the second\"");
}

static void what_was_canceled_may_be_completed_as_that(void **state)
{
    tl_mock_completes_later(approve(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "TakesBack", NULL);

    tl_env_advance(*state, TL_HOURS(2));
    tl_mock_complete_canceled(approve(*state));
    tl_assert_result(*state, run, "\"canceled\"");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCanceled"), 1);
}

static enum tl_status
decides(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    if (tl_activity_sleep(activity, TL_HOURS(2)) != TL_OK) {
        return TL_CANCELED;
    }
    tl_mock_complete(user, "\"says the boss\"");
    return tl_activity_result_text(activity, result, "null");
}

static void another_activity_completes_it(void **state)
{
    tl_mock_completes_later(approve(*state), TL_ONCE);
    tl_mock_calls(tl_mock_activity(*state, "Boss"), TL_ONCE, decides, approve(*state));
    tl_assert_result(*state, scenario_start(*state, "HasABoss", NULL), "\"says the boss\"");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(2));
}

static void a_client_completes_it_by_its_token(void **state)
{
    struct tl_error error;

    options.heartbeat = TL_HOURS(1);
    tl_mock_completes_later(approve(*state), TL_ONCE);
    struct tl_handle *run = scenario_start(*state, "Asks", NULL);
    tl_env_run_until_idle(*state);
    const struct tl_mock_call *call = tl_mock_nth_call(approve(*state), 1);
    const struct tl_activity_target target = {.task_token = call->task_token};
    const struct tl_payload result = tl_payload_json("\"by token\"");
    tl_env_advance(*state, TL_MINUTES(50));
    assert_int_equal(tl_client_heartbeat(tl_env_client(*state), &target, NULL, NULL, &error), TL_OK);
    tl_env_advance(*state, TL_MINUTES(50));
    assert_int_equal(tl_client_complete_activity(tl_env_client(*state), &target, &result, &error), TL_OK);
    tl_assert_result(*state, run, "\"by token\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_test_completes_what_was_left),
        SCENARIO(the_oldest_is_completed_first),
        SCENARIO(a_failure_is_tried_again),
        SCENARIO(a_failure_without_retries_reaches_the_workflow),
        SCENARIO(an_attempt_that_was_replaced_is_left_no_more),
        SCENARIO(what_was_canceled_may_be_completed_as_that),
        SCENARIO(another_activity_completes_it),
        SCENARIO(a_client_completes_it_by_its_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
