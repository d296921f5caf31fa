/* SPDX-License-Identifier: MIT */
/*
 * User code that crashes, overflows its stack or never gives way: a verdict that tells where, and
 * the next environment works. Not with sanitizers, which report by themselves.
 */
#undef NDEBUG /* a failed assert is one of the things looked at */
#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <timelapse/fault.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_retry_policy once = {.maximum_attempts = 1};
static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(7), .retry = &once};

/* ---- Code under test ---- */

/* Not known to the compiler, so that what is done with them is not either. */
static volatile int zero;
static volatile int *volatile nowhere;
static volatile int endless = 1;

static void touch_nothing(void)
{
    *nowhere = 1;
}

static void divide(void)
{
    zero = 100 / zero;
}

static void fail_assert(void)
{
    assert(zero != 0);
}

/* NOLINTNEXTLINE(misc-no-recursion): it is what is looked at */
static int dig(int depth)
{
    volatile char room[512];

    room[0] = (char)depth;
    return endless ? dig(depth + 1) + room[0] : 0;
}

static void overflow(void)
{
    endless = dig(0);
}

/* More than the guard is large: the first that is touched lies beyond it. */
__attribute__((noinline)) static void overflow_at_once(void)
{
    volatile char room[220 * 1024];

    room[sizeof room - 1] = 1;
    room[0] = room[sizeof room - 1];
    overflow();
}

static void spin(void)
{
    while (endless) {
    }
}

/* In the C library most of the time, with its locks. */
static void spin_in_malloc(void)
{
    while (endless) {
        void *volatile memory = malloc(64);

        free(memory);
    }
}

static void sleep_for_real(void)
{
    const struct timespec hour = {.tv_sec = 3600};

    while (endless) {
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, NULL);
    }
}

static void (*does)(void); /* what the workflow, or the activity, under test does */

static enum tl_status falls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    does();
    return TL_OK;
}

static enum tl_status falls_beside(struct tl_workflow *wf, void *user)
{
    (void)user;
    return falls(wf, NULL, NULL);
}

static enum tl_status
falls_in_coroutine(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_future_wait(tl_spawn(wf, "beside", falls_beside, NULL), result);
}

static enum tl_status
falls_in_activity(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    does();
    return TL_OK;
}

static enum tl_status acts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    TL_IGNORE(tl_activity_run(wf, "Step", input, &quick, result));
    return TL_OK;
}

static void count_deferred(void *user)
{
    *(int *)user += 1;
}

static int deferred;

static enum tl_status
defers_and_falls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_defer(wf, count_deferred, &deferred);
    return falls(wf, input, result);
}

/* Crashes where it is run the second time: in the replay behind the test. */
static enum tl_status falls_again(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static int runs;

    (void)wf;
    (void)input;
    (void)result;
    if (runs++ > 0) {
        touch_nothing();
    }
    return TL_OK;
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "never", TL_DAYS(1000), NULL);
}

static enum tl_status passes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1));
}

/* Each turn of its loop gives way, and none moves time. */
static enum tl_status circles(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    while (endless) {
        TL_IGNORE(tl_activity_run(wf, "Step", NULL, &quick, result));
    }
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Falls", falls);
    tl_register_workflow(registry, "FallsInCoroutine", falls_in_coroutine);
    tl_register_workflow(registry, "FallsAgain", falls_again);
    tl_register_workflow(registry, "DefersAndFalls", defers_and_falls);
    tl_register_workflow(registry, "Acts", acts);
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Passes", passes);
    tl_register_workflow(registry, "Circles", circles);
    tl_register_activity(registry, "Step", falls_in_activity);
}

static void do_nothing(void)
{
}

/* ---- Running it ---- */

static int setup_with(void **state, tl_duration cpu_limit, tl_duration wall_time)
{
    const struct tl_env_options options = {
        .register_all = register_all, .cpu_limit = cpu_limit, .wall_time = wall_time};

    endless = 1;
    zero = 0;
    deferred = 0;
    return recorder_setup(state, &options);
}

static int setup(void **state)
{
    return setup_with(state, TL_MILLISECONDS(40), TL_SECONDS(60));
}

static int setup_for_wall_time(void **state)
{
    return setup_with(state, -1, TL_MILLISECONDS(40));
}

static struct recorder *run(void **state, const char *type, void (*what)(void))
{
    struct recorder *recorder = *state;

    if (!tl_fault_can_leave()) {
        skip(); /* a sanitizer has handlers of its own, which end the process */
    }
    does = what;
    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, type, "w", NULL, NULL));
    return recorder;
}

/* ---- Behaviour ---- */

static void a_crash_names_signal_place_and_function(void **state)
{
    struct recorder *recorder = run(state, "Falls", touch_nothing);

    assert_reported(recorder, "SIGSEGV in workflow w, coroutine main, at address (nil)");
    assert_contains(recorder->text, "in touch_nothing");
    assert_contains(recorder->text, "in falls");
    assert_contains(recorder->text, "at +1h");
    assert_contains(recorder->text, "TimerFired");
}

static void a_crash_in_a_coroutine_names_it(void **state)
{
    struct recorder *recorder = run(state, "FallsInCoroutine", touch_nothing);

    assert_reported(recorder, "SIGSEGV in workflow w, coroutine beside");
    assert_contains(recorder->text, "w main: the end of coroutine beside");
}

static void a_crash_in_an_activity_is_no_failed_attempt(void **state)
{
    struct recorder *recorder = run(state, "Acts", touch_nothing);

    assert_reported(recorder, "SIGSEGV in activity Step of workflow w");
    assert_contains(recorder->text, "in falls_in_activity");
}

static void a_division_by_zero_is_told(void **state)
{
    assert_reported(run(state, "Falls", divide), "SIGFPE in workflow w");
}

/* One frame that the stack has no room for, touched from its beginning on. */
__attribute__((noinline)) static void fill(void)
{
    volatile char room[300 * 1024];

    for (size_t i = sizeof room; i-- > 0;) {
        room[i] = 1;
    }
    endless = (unsigned char)room[0];
}

static void a_failed_assert_is_told(void **state)
{
    struct recorder *recorder = run(state, "Falls", fail_assert);

    assert_reported(recorder, "SIGABRT in workflow w, coroutine main: it called abort, or an assert failed");
    assert_contains(recorder->text, "in fail_assert");
}

static void a_stack_that_is_too_small_is_a_verdict(void **state)
{
    assert_reported(
        run(state, "Falls", fill),
        "stack overflow in workflow w, coroutine main: its stack has 252 KiB; raise the option coroutine_stack");
}

static void a_recursion_without_end_is_told_as_one(void **state)
{
    struct recorder *recorder = run(state, "Falls", overflow);

    assert_reported(
        recorder,
        "stack overflow in workflow w, coroutine main: the same calls stand in its backtrace again and again: end the "
        "recursion, or raise the option coroutine_stack (252 KiB)");
    assert_contains(recorder->text, "in dig");
    assert_contains(recorder->text, " times");
}

static void an_overflow_by_large_frames_is_one_too(void **state)
{
    assert_reported(run(state, "Falls", overflow_at_once), "stack overflow in workflow w");
}

static void an_overflow_in_an_activity_names_it(void **state)
{
    assert_reported(run(state, "Acts", overflow), "stack overflow in activity Step of workflow w");
}

static void a_workflow_that_never_yields_is_a_verdict(void **state)
{
    struct recorder *recorder = run(state, "Falls", spin);

    assert_reported(recorder, "never yields: workflow w, coroutine main has run for 0.0");
    assert_contains(recorder->text, "of processor time without waiting");
    assert_contains(recorder->text, "in spin");
}

static void an_activity_that_never_yields_is_left(void **state)
{
    assert_reported(run(state, "Acts", spin), "never yields: activity Step of workflow w");
}

/* What the C library holds is given back: malloc works after it. */
static void code_is_not_left_within_malloc(void **state)
{
    struct recorder *recorder = run(state, "Falls", spin_in_malloc);
    void *blocks[100];

    assert_reported(recorder, "never yields: workflow w");
    for (int i = 0; i < 100; i++) {
        blocks[i] = malloc(64);
        assert_non_null(blocks[i]);
    }
    for (int i = 0; i < 100; i++) {
        free(blocks[i]);
    }
}

static void code_that_sleeps_for_real_spends_wall_time(void **state)
{
    struct recorder *recorder = run(state, "Acts", sleep_for_real);

    assert_reported(recorder, "wall time spent: activity Step of workflow w has not come back for 0.");
    assert_contains(recorder->text, "in sleep_for_real");
}

/* One run alone would meet the limit of its history's length, and soon. */
static void a_wait_that_goes_in_circles_spends_wall_time(void **state)
{
    struct recorder *recorder = *state;
    char id[16];

    if (!tl_fault_can_leave()) {
        skip(); /* no guard, no limit: see run */
    }
    does = do_nothing;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(id, sizeof id, "w%d", i);
        (void)tl_env_start(recorder->env, "Circles", id, NULL, NULL);
    }
    tl_env_run_until_all_closed(recorder->env);
    assert_reported(recorder, "wall time spent: this wait has taken 40ms of real time and ");
}

static void a_crash_in_the_replay_alone_is_told(void **state)
{
    struct recorder *recorder = run(state, "FallsAgain", NULL);

    assert_reported(recorder, "w does not do the same again");
    assert_contains(recorder->text, "SIGSEGV in workflow w, coroutine main");
}

static void nothing_deferred_runs_in_a_dead_environment(void **state)
{
    struct recorder *recorder = run(state, "DefersAndFalls", touch_nothing);

    int before = deferred; /* replays have run it, too */
    assert_reported(recorder, "SIGSEGV in workflow w");
    assert_int_equal(recorder_teardown(state), 0);
    assert_int_equal(deferred, before);
    assert_int_equal(setup(state), 0); /* the teardown frees another */
}

static void every_call_on_a_dead_environment_answers_the_verdict(void **state)
{
    struct recorder *recorder = run(state, "Falls", touch_nothing);
    struct tl_payload result;

    assert_null(tl_env_start(recorder->env, "Passes", "x", NULL, NULL));
    tl_env_advance(recorder->env, TL_DAYS(1));
    assert_int_equal(tl_env_step(recorder->env), 0);
    assert_int_equal(tl_env_result(recorder->env, NULL, &result), TL_VERDICT);
    assert_int_equal(tl_env_finish(recorder->env), TL_VERDICT);
    assert_contains(tl_env_verdict(recorder->env), "SIGSEGV in workflow w");
    assert_int_equal(recorder->failures, 1);
}

/* One after the other in this process, as a program of many tests does. */
static void environments_work_after_dead_ones(void **state)
{
    static void (*const ways[])(void) = {touch_nothing, overflow, fail_assert, spin, touch_nothing};

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_int_equal(run(state, "Falls", ways[i])->failures, 1);
        assert_int_equal(recorder_teardown(state), 0);
        assert_int_equal(setup(state), 0);
        assert_quiet(run(state, "Passes", NULL));
        assert_int_equal(recorder_teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

static void many_coroutines_are_counted(void **state)
{
    struct recorder *recorder = *state;
    char id[16];

    for (int i = 0; i < 100; i++) {
        (void)snprintf(id, sizeof id, "w%d", i);
        (void)tl_env_start(recorder->env, "Waits", id, NULL, NULL);
    }
    tl_env_run_until_idle(recorder->env);
    tl_env_fail(recorder->env, "here.c", 1, "enough");
    if (getenv("TIMELAPSE_VARIANT") == NULL) {
        assert_contains(recorder->text, "and 80 more");
    }
}

int main(void)
{
#define GUARDED(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)
    const struct CMUnitTest tests[] = {
        GUARDED(a_crash_names_signal_place_and_function),
        GUARDED(a_crash_in_a_coroutine_names_it),
        GUARDED(a_crash_in_an_activity_is_no_failed_attempt),
        GUARDED(a_division_by_zero_is_told),
        GUARDED(a_failed_assert_is_told),
        GUARDED(a_stack_that_is_too_small_is_a_verdict),
        GUARDED(a_recursion_without_end_is_told_as_one),
        GUARDED(an_overflow_by_large_frames_is_one_too),
        GUARDED(an_overflow_in_an_activity_names_it),
        GUARDED(a_workflow_that_never_yields_is_a_verdict),
        GUARDED(an_activity_that_never_yields_is_left),
        GUARDED(code_is_not_left_within_malloc),
        cmocka_unit_test_setup_teardown(
            code_that_sleeps_for_real_spends_wall_time, setup_for_wall_time, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            a_wait_that_goes_in_circles_spends_wall_time, setup_for_wall_time, recorder_teardown),
        GUARDED(a_crash_in_the_replay_alone_is_told),
        GUARDED(nothing_deferred_runs_in_a_dead_environment),
        GUARDED(every_call_on_a_dead_environment_answers_the_verdict),
        GUARDED(environments_work_after_dead_ones),
        GUARDED(many_coroutines_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
