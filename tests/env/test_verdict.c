/* SPDX-License-Identifier: MIT */
/* Verdicts: where they come from, that nothing swallows them, what their report tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(10)};

/* The environment that the code under test reports to; none of it steers a workflow. */
static struct tl_env *env_of_code;
static int lines_reached;

static enum tl_status fails_a_check(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    tl_env_fail(env_of_code, "flow.c", 12, "expected %d, found %d", 3, 4);
    lines_reached += 1;
    return TL_OK;
}

/* Would carry on after any failure of the activity. */
static enum tl_status tolerates_all(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    TL_IGNORE(tl_activity_run(wf, "FailsACheck", NULL, &quick, NULL));
    lines_reached += 1;
    return TL_OK;
}

static enum tl_status
activity_that_fails_a_check(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    tl_env_fail(env_of_code, "act.c", 34, "the input is wrong");
    lines_reached += 1;
    return TL_OK;
}

static enum tl_status waits_twice(struct tl_workflow *wf, void *user)
{
    return tl_signal_wait(wf, user, 0, NULL);
}

static enum tl_status crowd(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static char first[] = "first";
    static char second[] = "second";

    (void)input;
    (void)result;
    struct tl_future *futures[] = {
        tl_spawn(wf, "left", waits_twice, first), tl_spawn(wf, "right", waits_twice, second)};
    tl_log(wf, "two of us wait");
    return tl_wait_all(futures, 2);
}

static enum tl_status fails_its_task(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    TL_IGNORE(tl_activity_run(wf, "FailsACheck", NULL, NULL, NULL)); /* no timeout at all */
    return TL_OK;
}

static enum tl_status
always_fails(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_fail(activity, "Broken", "it never works");
}

/* With the server's policy, which retries for ever. */
static enum tl_status retries(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    return tl_activity_run(wf, "AlwaysFails", input, &options, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Retries", retries);
    tl_register_activity(registry, "AlwaysFails", always_fails);
    tl_register_workflow(registry, "FailsACheck", fails_a_check);
    tl_register_workflow(registry, "ToleratesAll", tolerates_all);
    tl_register_workflow(registry, "Crowd", crowd);
    tl_register_workflow(registry, "FailsItsTask", fails_its_task);
    tl_register_activity(registry, "FailsACheck", activity_that_fails_a_check);
}

static int setup_with(void **state, const struct tl_env_options *options)
{
    int failed = recorder_setup(state, options);

    env_of_code = failed ? NULL : ((struct recorder *)*state)->env;
    lines_reached = 0;
    return failed;
}

static int setup(void **state)
{
    return setup_with(state, &(struct tl_env_options){.register_all = register_all, .seed = 77});
}

/* What code waits for is known while the code stands somewhere. */
static int setup_cached(void **state)
{
    return recorder_setup_cached(state, &(struct tl_env_options){.register_all = register_all, .seed = 77});
}

static int setup_evicting(void **state)
{
    return recorder_setup_cached(state, &(struct tl_env_options){.register_all = register_all, .evict_every_task = 1});
}

static int setup_with_few_steps(void **state)
{
    return setup_with(state, &(struct tl_env_options){.register_all = register_all, .max_steps = 1000});
}

static int setup_tolerant(void **state)
{
    return setup_with(state, &(struct tl_env_options){.register_all = register_all, .tolerate_failed_tasks = 1});
}

/* ---- Where they come from ---- */

static void a_check_of_the_test_is_reported_at_once(void **state)
{
    struct recorder *recorder = *state;

    tl_env_fail(recorder->env, "test.c", 5, "expected %s", "more");
    assert_reported(recorder, "expected more");
    assert_string_equal(recorder->file, "test.c");
    assert_int_equal(recorder->line, 5);
}

static void a_check_in_a_workflow_is_reported_on_the_stack_of_the_test(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "FailsACheck", "w", NULL, NULL));
    assert_reported(recorder, "expected 3, found 4");
    assert_string_equal(recorder->file, "flow.c");
    assert_int_equal(recorder->line, 12);
    assert_int_equal(lines_reached, 0);
}

static void a_check_in_an_activity_cannot_be_tolerated(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "ToleratesAll", "w", NULL, NULL));
    assert_reported(recorder, "the input is wrong");
    assert_string_equal(recorder->file, "act.c");
    assert_int_equal(lines_reached, 0);
}

static void a_failed_workflow_task_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "FailsItsTask", "w", NULL, NULL));
    assert_reported(recorder, "a workflow task of w failed");
    assert_contains(recorder->text, "close"); /* the option that is missing */
}

static void a_failed_workflow_task_may_be_tolerated(void **state)
{
    struct recorder *recorder = *state;

    (void)tl_env_start(recorder->env, "FailsItsTask", "w", NULL, NULL);
    tl_env_advance(recorder->env, TL_MINUTES(10));
    assert_quiet(recorder);
    assert_contains(
        tl_env_timeline(recorder->env, tl_client_handle(tl_env_client(recorder->env), "w", NULL)),
        "WorkflowTaskFailed");
}

static void an_unknown_workflow_type_is_a_verdict_with_the_nearest_name(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Crowdd", "w", NULL, NULL));
    assert_reported(recorder, "Crowdd");
    assert_contains(recorder->text, "did you mean Crowd?");
}

static void a_refused_start_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;
    char long_id[1002];

    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    assert_null(tl_env_start(recorder->env, "Crowd", long_id, NULL, NULL));
    assert_reported(recorder, "was refused");
}

static void input_that_is_no_json_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_start(recorder->env, "Crowd", "w", "{\"amount\": 4O}", NULL));
    assert_reported(recorder, "not JSON: line 1, column 13");
}

static void a_signal_to_a_closed_run_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Crowd", "w", NULL, NULL);

    tl_env_cancel(recorder->env, run);
    tl_assert_canceled(recorder->env, run);
    assert_quiet(recorder);
    tl_env_signal(recorder->env, run, "first", NULL);
    assert_reported(recorder, "signalling w was refused");
}

/* ---- That they stick ---- */

static void a_verdict_is_reported_once_and_stops_everything(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "FailsACheck", "w", NULL, NULL);

    tl_assert_completed(recorder->env, run);
    tl_assert_completed(recorder->env, run);
    tl_env_advance(recorder->env, TL_DAYS(1));
    assert_null(tl_env_start(recorder->env, "Crowd", "another", NULL, NULL));
    assert_int_equal(tl_env_result(recorder->env, run, NULL), TL_VERDICT);
    assert_int_equal(tl_env_finish(recorder->env), TL_VERDICT);
    assert_int_equal(tl_env_step(recorder->env), 0);
    assert_reported(recorder, "expected 3, found 4");
    assert_int_equal(tl_env_elapsed(recorder->env), TL_HOURS(1));
}

static void a_verdict_that_no_wait_saw_is_reported_at_the_end(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "FailsACheck", "w", NULL, NULL);

    assert_int_equal(tl_handle_result(run, NULL, NULL), TL_VERDICT); /* the client's own wait */
    assert_quiet(recorder);
    assert_int_equal(tl_env_finish(recorder->env), TL_VERDICT);
    assert_reported(recorder, "expected 3, found 4");
}

static void an_environment_without_a_verdict_finishes_well(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_verdict(recorder->env));
    assert_int_equal(tl_env_finish(recorder->env), TL_OK);
}

/* ---- What the report tells ---- */

static void a_report_shows_timeline_waits_log_and_seed(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Crowd", "crowd-1", NULL, NULL));
    assert_reported(recorder, "timeline of crowd-1:");
    assert_contains(recorder->text, "WorkflowExecutionStarted");
    assert_contains(recorder->text, "crowd-1 left: signal first");
    assert_contains(recorder->text, "crowd-1 right: signal second");
    assert_contains(recorder->text, "+0s crowd-1: two of us wait");
    assert_contains(recorder->text, "at +0s (2020-01-01T00:00:00Z)");
    assert_contains(recorder->text, "TIMELAPSE_SEED=77");
    assert_string_equal(tl_env_verdict(recorder->env), recorder->text);
}

/* Such attempts leave no event: without a word of them the report would show a clock that runs away. */
static void a_report_tells_of_attempts_that_failed(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Retries", "w", NULL, NULL));
    assert_reported(recorder, "step budget used up");
    assert_contains(recorder->text, "attempts of activities that failed: ");
    assert_contains(recorder->text, " w AlwaysFails: ApplicationError Broken: it never works\n");
}

static void an_assertion_lends_its_place_to_a_verdict_without_one(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Crowd", "w", NULL, NULL);

    tl_env_assert_completed(recorder->env, run, "some_test.c", 99);
    assert_reported(recorder, "blocked for ever");
    assert_string_equal(recorder->file, "some_test.c");
    assert_int_equal(recorder->line, 99);
}

static void waits_are_told_without_a_verdict_too(void **state)
{
    struct recorder *recorder = *state;

    (void)tl_env_start(recorder->env, "Crowd", "w", NULL, NULL);
    tl_env_run_until_idle(recorder->env);
    assert_contains(tl_env_waits(recorder->env), "w left: signal first\n");
    assert_quiet(recorder);
}

static void without_a_cache_a_report_says_why_nobody_waits(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Crowd", "w", NULL, NULL));
    assert_reported(recorder, "blocked for ever");
    assert_contains(recorder->text, "waiting:\n  nobody: without a cache, runs are evicted when their tasks end\n");
}

#define ENV_TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_check_of_the_test_is_reported_at_once),
        ENV_TEST(a_check_in_a_workflow_is_reported_on_the_stack_of_the_test),
        ENV_TEST(a_check_in_an_activity_cannot_be_tolerated),
        ENV_TEST(a_failed_workflow_task_is_a_verdict),
        cmocka_unit_test_setup_teardown(a_failed_workflow_task_may_be_tolerated, setup_tolerant, recorder_teardown),
        ENV_TEST(an_unknown_workflow_type_is_a_verdict_with_the_nearest_name),
        ENV_TEST(a_refused_start_is_a_verdict),
        ENV_TEST(input_that_is_no_json_is_a_verdict),
        ENV_TEST(a_signal_to_a_closed_run_is_a_verdict),
        ENV_TEST(a_verdict_is_reported_once_and_stops_everything),
        ENV_TEST(a_verdict_that_no_wait_saw_is_reported_at_the_end),
        ENV_TEST(an_environment_without_a_verdict_finishes_well),
        cmocka_unit_test_setup_teardown(a_report_shows_timeline_waits_log_and_seed, setup_cached, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            a_report_tells_of_attempts_that_failed, setup_with_few_steps, recorder_teardown),
        ENV_TEST(an_assertion_lends_its_place_to_a_verdict_without_one),
        cmocka_unit_test_setup_teardown(waits_are_told_without_a_verdict_too, setup_cached, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            without_a_cache_a_report_says_why_nobody_waits, setup_evicting, recorder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
