/* SPDX-License-Identifier: MIT */
/* Waits of the test: how time moves, and how a wait that cannot end is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

#define LITTLE_STEPS 500

static enum tl_status sleeper(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(30));
}

static enum tl_status listener(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

/* One timer after another, for ever. */
static enum tl_status ticker(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    while (tl_sleep(wf, TL_SECONDS(1)) == TL_OK) {
    }
    return TL_CANCELED;
}

/* Waits on the environment that its definition points to: forbidden. */
static enum tl_status meddler(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_env_advance(*(struct tl_env **)tl_workflow_user(wf), TL_SECONDS(1));
    return TL_OK;
}

static struct tl_env *meddled_env;

static void register_all(struct tl_registry *registry)
{
    const struct tl_workflow_definition definition = {.type = "Meddler", .run = meddler, .user = &meddled_env};

    tl_register_workflow(registry, "Sleeper", sleeper);
    tl_register_workflow(registry, "Listener", listener);
    tl_register_workflow(registry, "Ticker", ticker);
    tl_register_workflow_with(registry, &definition);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

/* What code waits for is known while the code stands somewhere. */
static int setup_cached(void **state)
{
    return recorder_setup_cached(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_with_few_steps(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all, .max_steps = LITTLE_STEPS});
}

/* ---- Time ---- */

static void time_starts_at_2020_and_stands_still(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_idle(recorder->env);
    assert_int_equal(tl_env_now(recorder->env), TL_SECONDS(1577836800));
    assert_int_equal(tl_env_elapsed(recorder->env), 0);
}

static void time_jumps_to_the_end_of_a_timer(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL));
    assert_int_equal(tl_env_elapsed(recorder->env), TL_DAYS(30));
    assert_quiet(recorder);
}

static void running_until_idle_leaves_the_clock_alone(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);

    tl_env_run_until_idle(recorder->env);
    assert_int_equal(tl_env_elapsed(recorder->env), 0);
    assert_int_equal(tl_sim_is_closed(tl_env_sim(recorder->env), "default", "s", tl_handle_run_id(run)), 0);
}

static void advancing_ends_exactly_where_it_was_told_to(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);

    tl_env_advance(recorder->env, TL_DAYS(29));
    assert_int_equal(tl_sim_is_closed(tl_env_sim(recorder->env), "default", "s", tl_handle_run_id(run)), 0);
    tl_env_advance(recorder->env, TL_DAYS(2));
    assert_int_equal(tl_sim_is_closed(tl_env_sim(recorder->env), "default", "s", tl_handle_run_id(run)), 1);
    assert_int_equal(tl_env_elapsed(recorder->env), TL_DAYS(31));
    assert_quiet(recorder);
}

static void advancing_passes_every_timer_on_its_way(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Ticker", "t", NULL, NULL);

    tl_env_advance(recorder->env, TL_SECONDS(10));
    struct tl_history *history = tl_env_history(recorder->env, run);
    assert_true(tl_history_length(history) > 50); /* ten timers, each with a task of its own */
    tl_history_unref(history);
}

static void advancing_reaches_run_timeouts(void **state)
{
    struct recorder *recorder = *state;
    const struct tl_start_options options = {.run_timeout = TL_HOURS(1)};
    struct tl_handle *run = tl_env_start(recorder->env, "Listener", "l", NULL, &options);

    tl_env_advance(recorder->env, TL_HOURS(2));
    tl_assert_timed_out(recorder->env, run);
    assert_quiet(recorder);
}

static void advancing_by_less_than_nothing_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_advance(recorder->env, -1);
    assert_reported(recorder, "negative");
}

static int is_past_a_minute(void *user)
{
    return tl_env_elapsed(user) >= TL_MINUTES(1);
}

static void a_condition_ends_a_wait(void **state)
{
    struct recorder *recorder = *state;

    (void)tl_env_start(recorder->env, "Ticker", "t", NULL, NULL);
    tl_env_run_until(recorder->env, is_past_a_minute, recorder->env);
    assert_int_equal(tl_env_elapsed(recorder->env), TL_MINUTES(1));
}

static void stepping_ends_when_there_is_nothing_to_do(void **state)
{
    struct recorder *recorder = *state;
    int steps = 0;

    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    while (tl_env_step(recorder->env)) {
        steps += 1;
    }
    assert_true(steps > 3);
    assert_int_equal(tl_env_elapsed(recorder->env), TL_DAYS(30));
    assert_quiet(recorder);
}

/* ---- Waits that cannot end ---- */

static void a_run_that_nothing_can_wake_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Listener", "order-7", NULL, NULL));
    assert_reported(recorder, "blocked for ever: order-7 does not close");
    assert_contains(recorder->text, "order-7 main: signal go");
    assert_contains(recorder->text, "WorkflowExecutionStarted");
}

static void a_run_timeout_is_not_jumped_to(void **state)
{
    struct recorder *recorder = *state;
    const struct tl_start_options options = {.run_timeout = TL_HOURS(1)};

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Listener", "l", NULL, &options));
    assert_reported(recorder, "timeout stands at +1h");
    assert_int_equal(tl_env_elapsed(recorder->env), 0);
}

static int never(void *user)
{
    (void)user;
    return 0;
}

static void a_condition_that_cannot_come_true_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until(recorder->env, never, NULL);
    assert_reported(recorder, "condition");
    assert_contains(recorder->text, "no coroutine");
}

static void a_queue_without_a_worker_is_hinted_at(void **state)
{
    struct recorder *recorder = *state;
    const struct tl_start_options options = {.task_queue = "elsewhere"};

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Sleeper", "s", NULL, &options));
    assert_reported(
        recorder, "blocked for ever: s does not close: nobody polls task queue elsewhere, where s: workflow task 2 ");
}

static void a_wait_takes_no_more_steps_than_it_may(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Ticker", "t", NULL, NULL));
    assert_reported(recorder, "step budget used up: 500 steps");
}

static void each_wait_has_a_budget_of_its_own(void **state)
{
    struct recorder *recorder = *state;

    (void)tl_env_start(recorder->env, "Ticker", "t", NULL, NULL);
    for (int i = 0; i < LITTLE_STEPS; i++) {
        tl_env_advance(recorder->env, TL_SECONDS(1));
    }
    assert_quiet(recorder);
}

/* The client's calls on the test's stack run the world, too. */
static void a_clients_wait_takes_no_more_steps_either(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Ticker", "t", NULL, NULL);
    struct tl_error error;

    assert_int_equal(tl_handle_result(run, NULL, &error), TL_VERDICT);
    assert_contains(error.message, "step budget used up: 500 steps");
    assert_int_equal(tl_env_finish(recorder->env), TL_VERDICT);
    assert_reported(recorder, "step budget used up: 500 steps");
}

static void waiting_for_no_run_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, NULL);
    assert_reported(recorder, "there is no run");
}

static void a_wait_inside_a_workflow_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    meddled_env = recorder->env;
    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Meddler", "m", NULL, NULL));
    assert_reported(recorder, "tl_env_advance was called inside a workflow or an activity");
}

#define ENV_TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(time_starts_at_2020_and_stands_still),
        ENV_TEST(time_jumps_to_the_end_of_a_timer),
        ENV_TEST(running_until_idle_leaves_the_clock_alone),
        ENV_TEST(advancing_ends_exactly_where_it_was_told_to),
        ENV_TEST(advancing_passes_every_timer_on_its_way),
        ENV_TEST(advancing_reaches_run_timeouts),
        ENV_TEST(advancing_by_less_than_nothing_is_a_verdict),
        ENV_TEST(a_condition_ends_a_wait),
        ENV_TEST(stepping_ends_when_there_is_nothing_to_do),
        cmocka_unit_test_setup_teardown(a_run_that_nothing_can_wake_is_a_verdict, setup_cached, recorder_teardown),
        ENV_TEST(a_run_timeout_is_not_jumped_to),
        ENV_TEST(a_condition_that_cannot_come_true_is_a_verdict),
        ENV_TEST(a_queue_without_a_worker_is_hinted_at),
        cmocka_unit_test_setup_teardown(
            a_wait_takes_no_more_steps_than_it_may, setup_with_few_steps, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            a_clients_wait_takes_no_more_steps_either, setup_with_few_steps, recorder_teardown),
        cmocka_unit_test_setup_teardown(each_wait_has_a_budget_of_its_own, setup_with_few_steps, recorder_teardown),
        ENV_TEST(waiting_for_no_run_is_a_verdict),
        ENV_TEST(a_wait_inside_a_workflow_is_a_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
