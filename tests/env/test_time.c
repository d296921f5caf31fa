/* SPDX-License-Identifier: MIT */
/* Time as a test sees it: where jumps stop, run timeouts on request, manual skipping, universes side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/env.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static enum tl_status sleeper(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_SECONDS(10));
}

static enum tl_status listener(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeper", sleeper);
    tl_register_workflow(registry, "Listener", listener);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_with_run_timeouts(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all, .skip_to_run_timeouts = 1});
}

static struct tl_handle *start_listener(struct tl_env *env, tl_duration run_timeout)
{
    const struct tl_start_options options = {.run_timeout = run_timeout};

    return tl_env_start(env, "Listener", "listener", NULL, &options);
}

/* "+5s            WorkflowExecutionTimedOut": as the timeline tells it. */
#define assert_timed_out_at(env, run, at)                                                                              \
    assert_contains(tl_env_timeline((env), (run)), at "            WorkflowExecutionTimedOut")

/* ---- Jumps ---- */

static void a_run_timeout_on_the_way_to_a_timer_has_its_own_time(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *listens = start_listener(recorder->env, TL_SECONDS(5));

    tl_assert_completed(recorder->env, tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL));

    tl_assert_timed_out(recorder->env, listens);
    assert_timed_out_at(recorder->env, listens, "+5s");
    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(10));
    assert_quiet(recorder);
}

static void advancing_gives_each_run_timeout_its_time(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *listens = start_listener(recorder->env, TL_HOURS(1));

    tl_env_advance(recorder->env, TL_DAYS(1));

    assert_timed_out_at(recorder->env, listens, "+1h");
    assert_int_equal(tl_env_elapsed(recorder->env), TL_DAYS(1));
}

static void stepping_takes_each_stop_by_itself(void **state)
{
    struct recorder *recorder = *state;
    (void)start_listener(recorder->env, TL_SECONDS(5));
    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    tl_env_run_until_idle(recorder->env);

    assert_true(tl_env_step(recorder->env));

    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(5));
}

static void run_timeouts_are_jumped_to_on_request(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_timed_out(recorder->env, start_listener(recorder->env, TL_HOURS(1)));
    assert_int_equal(tl_env_elapsed(recorder->env), TL_HOURS(1));
    assert_quiet(recorder);
}

static void a_call_that_waits_jumps_to_them_too(void **state)
{
    struct recorder *recorder = *state;

    assert_int_equal(tl_handle_result(start_listener(recorder->env, TL_HOURS(1)), NULL, NULL), TL_TIMED_OUT);
    assert_int_equal(tl_env_elapsed(recorder->env), TL_HOURS(1));
}

static void a_run_without_timeout_is_blocked_all_the_same(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, start_listener(recorder->env, 0));
    assert_reported(recorder, "blocked for ever: listener does not close");
    assert_contains(recorder->text, "listener: nothing wakes it but a request from outside");
}

/* ---- Manual skipping ---- */

static void while_held_time_moves_by_advancing_alone(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *sleeps = tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    tl_env_hold(recorder->env);
    tl_env_run_until_idle(recorder->env);

    assert_false(tl_env_step(recorder->env));
    assert_int_equal(tl_env_elapsed(recorder->env), 0);
    tl_env_advance(recorder->env, TL_SECONDS(10));

    tl_assert_completed(recorder->env, sleeps);
    assert_quiet(recorder);
}

static void a_wait_while_held_says_that_time_is_held(void **state)
{
    struct recorder *recorder = *state;
    tl_env_hold(recorder->env);

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL));

    assert_reported(recorder, "blocked while time is held (tl_env_hold): s does not close; nothing is ready");
    assert_int_equal(tl_env_elapsed(recorder->env), 0);
}

static void holds_add_up(void **state)
{
    struct recorder *recorder = *state;
    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    tl_env_run_until_idle(recorder->env);
    tl_env_hold(recorder->env);
    tl_env_hold(recorder->env);

    tl_env_release(recorder->env);
    assert_false(tl_env_step(recorder->env));
    tl_env_release(recorder->env);
    assert_true(tl_env_step(recorder->env));

    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(10));
    assert_quiet(recorder);
}

static void a_release_without_a_hold_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_release(recorder->env);

    assert_reported(recorder, "tl_env_release: time is not held");
    assert_int_equal(tl_driver_holds(tl_env_driver(recorder->env)), 0);
}

/* ---- Universes ---- */

static void environments_have_clocks_of_their_own(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *other = tl_env_new(&(const struct tl_env_options){.register_all = register_all}, NULL);
    assert_non_null(other);
    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    tl_env_run_until_idle(recorder->env);

    tl_env_advance(other, TL_DAYS(30));

    assert_int_equal(tl_env_elapsed(recorder->env), 0);
    assert_int_equal(tl_env_elapsed(other), TL_DAYS(30));
    tl_env_free(other);
    assert_true(tl_env_step(recorder->env));
    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(10));
}

#define TEST(test, set_up) cmocka_unit_test_setup_teardown(test, set_up, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_timeout_on_the_way_to_a_timer_has_its_own_time, setup),
        TEST(advancing_gives_each_run_timeout_its_time, setup),
        TEST(stepping_takes_each_stop_by_itself, setup),
        TEST(run_timeouts_are_jumped_to_on_request, setup_with_run_timeouts),
        TEST(a_call_that_waits_jumps_to_them_too, setup_with_run_timeouts),
        TEST(a_run_without_timeout_is_blocked_all_the_same, setup_with_run_timeouts),
        TEST(while_held_time_moves_by_advancing_alone, setup),
        TEST(a_wait_while_held_says_that_time_is_held, setup),
        TEST(holds_add_up, setup),
        TEST(a_release_without_a_hold_is_a_verdict, setup),
        TEST(environments_have_clocks_of_their_own, setup),
    };

    return cmocka_run_group_tests_name("env/time", tests, NULL, NULL);
}
