/* SPDX-License-Identifier: MIT */
/* What a careless user does: each is one verdict, at a line of the test, whose first line says what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/activity_env.h>
#include <timelapse/env_hook.h>
#include <timelapse/env_worker.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

#define FEW_STEPS 100000

static enum tl_status order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(30)};

    return tl_activity_run(wf, "Charge", input, &options, result);
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static enum tl_status fails(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_fail(wf, "Bad", "luck");
}

static enum tl_status
answers_no_json(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    *result = tl_payload_json("paid");
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "AnswersNoJson", answers_no_json);
    tl_register_workflow(registry, "Order", order);
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Fails", fails);
}

static struct tl_handle *start(struct tl_env *env, const char *type)
{
    return tl_env_start(env, type, "o", NULL, NULL);
}

static void do_nothing(struct tl_env *env, void *user)
{
    (void)env;
    (void)user;
}

static void a_forgotten_mock(struct tl_env *env)
{
    tl_assert_completed(env, start(env, "Order"));
}

static void a_misspelt_workflow(struct tl_env *env)
{
    (void)tl_env_result(env, start(env, "Ordr"), NULL);
}

static void a_workflow_without_a_type(struct tl_env *env)
{
    (void)start(env, NULL);
}

static void a_workflow_without_an_id(struct tl_env *env)
{
    (void)tl_env_start(env, "Order", NULL, NULL, NULL);
}

static void a_signal_without_a_name(struct tl_env *env)
{
    tl_env_signal(env, start(env, "Waits"), NULL, NULL);
}

static void a_query_without_a_type(struct tl_env *env)
{
    (void)tl_env_query(env, start(env, "Waits"), NULL, NULL);
}

static void a_result_that_is_null(struct tl_env *env)
{
    tl_assert_result(env, start(env, "Fails"), NULL);
}

static void a_result_without_quotes(struct tl_env *env)
{
    tl_assert_result(env, start(env, "Fails"), "paid");
}

static void an_answer_that_is_null(struct tl_env *env)
{
    tl_assert_query(env, start(env, "Waits"), "state", NULL, NULL);
}

static void a_failure_without_a_type(struct tl_env *env)
{
    tl_assert_failed(env, start(env, "Fails"), NULL);
}

static void a_recording_without_a_path(struct tl_env *env)
{
    tl_assert_recorded(env, start(env, "Fails"), NULL);
}

static void a_retry_policy_without_an_end(struct tl_env *env)
{
    tl_mock_fails(tl_mock_activity(env, "Charge"), TL_ANY_TIMES, "Busy");
    tl_assert_completed(env, start(env, "Order"));
}

static void a_wait_for_no_run(struct tl_env *env)
{
    tl_env_run_until_closed(env, NULL);
}

static void a_wait_for_any_of_none(struct tl_env *env)
{
    (void)tl_env_run_until_any_closed(env, NULL, 0);
}

static void a_wait_without_a_condition(struct tl_env *env)
{
    tl_env_run_until(env, NULL, NULL);
}

static void a_callback_that_is_null(struct tl_env *env)
{
    (void)tl_env_at(env, TL_SECONDS(1), NULL, NULL);
}

static void an_event_without_a_filter(struct tl_env *env)
{
    (void)tl_env_on_event(env, NULL, do_nothing, NULL);
}

static void a_namespace_without_a_name(struct tl_env *env)
{
    (void)tl_env_client_in(env, NULL);
}

static void an_attempt_without_a_type(struct tl_env *env)
{
    (void)tl_env_attempt(env, NULL, NULL, NULL);
}

static void an_attempt_of_nothing(struct tl_env *env)
{
    (void)tl_env_attempt(env, "Charge", NULL, NULL);
}

static void a_result_that_is_no_json(struct tl_env *env)
{
    tl_assert_completed(env, start(env, "AnswersNoJson"));
}

static void a_worker_that_is_early(struct tl_env *env)
{
    tl_env_worker_slow(tl_env_own_worker(env), -1);
}

static struct tl_attempt *attempt(struct tl_env *env)
{
    tl_mock_hangs(tl_mock_activity(env, "Charge"), TL_ANY_TIMES);
    return tl_env_attempt(env, "Charge", NULL, NULL);
}

static void a_cancellation_without_a_reason(struct tl_env *env)
{
    tl_attempt_cancel(attempt(env), TL_ACTIVITY_NOT_CANCELED);
}

static void a_cancellation_in_the_past(struct tl_env *env)
{
    tl_attempt_cancel_after(attempt(env), -1, TL_ACTIVITY_CANCEL_REQUESTED);
}

static void an_answer_that_no_heartbeat_gets(struct tl_env *env)
{
    tl_attempt_answer_heartbeats(attempt(env), TL_ACTIVITY_WORKER_SHUTDOWN);
}

static void an_attempt_that_never_ends(struct tl_env *env)
{
    (void)tl_attempt_result(attempt(env), NULL);
}

static const struct slip {
    void (*make)(struct tl_env *env);
    const char *told; /* with what the verdict begins */
} slips[] = {
    {a_forgotten_mock,
     "unexpected call of activity Charge with no input, which is neither registered nor mocked: say what it does by "
     "tl_mock_activity, or register it"},
    {a_misspelt_workflow, "a workflow task of o failed: workflow type Ordr is not registered; did you mean Order?"},
    {a_workflow_without_a_type, "starting o was refused: workflow_type is required"},
    {a_workflow_without_an_id, "starting it was refused: workflow_id is required"},
    {a_signal_without_a_name, "signalling o was refused: signal is required"},
    {a_query_without_a_type, "a query has to name its type"},
    {a_result_that_is_null, "what is expected is NULL: name a JSON value, \"null\" for none"},
    {a_result_without_quotes, "what is expected is not JSON: paid: column 1: "},
    {an_answer_that_is_null, "what is expected is NULL: "},
    {a_failure_without_a_type, "the failure type is NULL: name it"},
    {a_recording_without_a_path, "the recording is NULL: name it"},
    {a_retry_policy_without_an_end, "step budget used up: attempts of activities have failed "},
    {a_wait_for_no_run, "tl_env_run_until_closed: there is no run"},
    {a_wait_for_any_of_none, "tl_env_run_until_any_closed: there are no runs to wait for (count is 0)"},
    {a_wait_without_a_condition, "tl_env_run_until: there is no condition"},
    {a_callback_that_is_null, "tl_env_at: there is no function to be called back"},
    {an_event_without_a_filter, "tl_env_on_event: there is no filter that says which event"},
    {a_namespace_without_a_name, "the namespace is NULL: name it"},
    {an_attempt_without_a_type, "an attempt has to name an activity type"},
    {an_attempt_of_nothing,
     "unexpected call of activity Charge with no input, which is neither registered nor mocked: "},
    {a_result_that_is_no_json, "the result of o is not JSON: paid: column 1: "},
    {a_worker_that_is_early, "tl_env_worker_slow: the delay is negative or too long"},
    {a_cancellation_without_a_reason, "an attempt cannot be asked to stop for no reason (0)"},
    {a_cancellation_in_the_past, "tl_attempt_cancel_after: the delay is negative or too long"},
    {an_answer_that_no_heartbeat_gets, "no answer to a heartbeat says "},
    {an_attempt_that_never_ends, "blocked for ever: "},
};

static void each_slip_is_told_at_once(void **state)
{
    const struct tl_env_options options = {.register_all = register_all, .max_steps = FEW_STEPS};

    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        void *own;

        assert_int_equal(recorder_setup(&own, &options), 0);
        const struct recorder *recorder = own;
        slips[i].make(recorder->env);
        assert_reported(recorder, slips[i].told);
        assert_ptr_equal(strstr(recorder->text, slips[i].told), recorder->text);
        assert_non_null(strstr(recorder->file, "test_careless.c"));
        assert_true(recorder->line > 0);
        assert_int_equal(recorder_teardown(&own), 0);
    }
}

static enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_OK;
}

static void register_charge(struct tl_registry *registry)
{
    register_all(registry);
    tl_register_activity(registry, "Charge", charge);
}

static void a_mock_that_nobody_knows_is_told_once(void **state)
{
    void *own;

    (void)state;
    assert_int_equal(recorder_setup(&own, &(struct tl_env_options){.register_all = register_charge}), 0);
    const struct recorder *recorder = own;
    tl_mock_returns(tl_mock_activity(recorder->env, "ShipGoods"), TL_ONCE, NULL);
    assert_int_equal(tl_env_finish(recorder->env), TL_VERDICT);
    assert_reported(recorder, "ShipGoods is mocked, but is neither registered nor was it called");
    assert_null(strstr(recorder->text, "attempts came"));
    assert_int_equal(recorder_teardown(&own), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slip_is_told_at_once),
        cmocka_unit_test(a_mock_that_nobody_knows_is_told_once),
    };

    return cmocka_run_group_tests_name("env/careless", tests, NULL, NULL);
}
