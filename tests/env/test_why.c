/* SPDX-License-Identifier: MIT */
/* tl_env_why: what holds the clock, or why it does not move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/env.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

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

static enum tl_status charges(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(5)};

    (void)input;
    return tl_activity_run(wf, "ChargeCard", NULL, &options, result);
}

static enum tl_status sleeps_long(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *out)
{
    (void)input;
    (void)out;
    return tl_activity_sleep(activity, TL_HOURS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeper", sleeper);
    tl_register_workflow(registry, "Listener", listener);
    tl_register_workflow(registry, "Charges", charges);
    tl_register_activity(registry, "ChargeCard", sleeps_long);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

/* Long polls of the environment's own worker, which are there all the time. */
#define IDLE "idle: +1m a long poll or the like ends, which never moves time\n"

static void nothing_at_all(void **state)
{
    struct recorder *recorder = *state;
    tl_env_run_until_idle(recorder->env);

    assert_string_equal(
        tl_env_why(recorder->env), "at +0s time has nowhere to go: no timer, retry or timeout is pending\n" IDLE);
}

static void what_is_ready_holds_time(void **state)
{
    struct recorder *recorder = *state;
    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);

    assert_contains(tl_env_why(recorder->env), "at +0s time waits for what is ready to run: ");
    assert_contains(tl_env_why(recorder->env), "\nready: s: workflow task after WorkflowExecutionStarted 1\n");
    assert_contains(tl_env_why(recorder->env), "\ns: workflow task 2 waits since +0s in queue test\n");
}

static void time_goes_on_to_the_next_deadline(void **state)
{
    struct recorder *recorder = *state;
    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    tl_env_run_until_idle(recorder->env);

    assert_string_equal(
        tl_env_why(recorder->env),
        "at +0s nothing holds time; it goes on to +30d\n"
        "next: +30d s: timer 1 fires\n" IDLE);
}

static void a_task_at_a_worker_is_told(void **state)
{
    struct recorder *recorder = *state;
    (void)tl_env_start(recorder->env, "Charges", "c", NULL, NULL);
    tl_env_advance(recorder->env, TL_SECONDS(1));

    assert_string_equal(
        tl_env_why(recorder->env),
        "at +1s nothing holds time; it goes on to +5s\n"
        "next: +5s c: activity ChargeCard#1 attempt 1 times out\n"
        "next: +10s c: activity ChargeCard#1 attempt 1 is given up by its worker\n"
        "next: +1h c: activity ChargeCard#1 attempt 1 goes on\n" IDLE
        "c: activity ChargeCard#1, attempt 1, is at a worker since +0s; it times out at +5s\n");
}

static void nowhere_to_go_but_a_run_timeout(void **state)
{
    struct recorder *recorder = *state;
    const struct tl_start_options options = {.run_timeout = TL_HOURS(1)};
    (void)tl_env_start(recorder->env, "Listener", "l", NULL, &options);
    tl_env_run_until_idle(recorder->env);

    assert_string_equal(
        tl_env_why(recorder->env),
        "at +0s time has nowhere to go but to run timeouts (tl_env_advance, skip_to_run_timeouts)\n"
        "next: +1h l: run times out, where time goes only when told to\n" IDLE
        "l: nothing wakes it before it times out at +1h\n");
}

static void a_queue_without_a_worker(void **state)
{
    struct recorder *recorder = *state;
    const struct tl_start_options options = {.task_queue = "elsewhere"};
    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, &options);
    tl_env_run_until_idle(recorder->env);

    assert_contains(
        tl_env_why(recorder->env), "s: workflow task 2 waits since +0s in queue elsewhere, which nobody polls\n");
}

static void manual_skipping(void **state)
{
    struct recorder *recorder = *state;
    (void)tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    tl_env_run_until_idle(recorder->env);
    tl_env_hold(recorder->env);
    tl_env_hold(recorder->env);

    assert_string_equal(
        tl_env_why(recorder->env),
        "at +0s time is held: tl_env_hold, 2 times\n"
        "next: +30d s: timer 1 fires\n" IDLE);
}

static void a_verdict(void **state)
{
    struct recorder *recorder = *state;
    tl_env_fail(recorder->env, __FILE__, __LINE__, "enough");

    assert_contains(tl_env_why(recorder->env), "time stands still for good: a verdict stands\n");
}

static void looking_changes_nothing(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Sleeper", "s", NULL, NULL);
    size_t ready = tl_driver_ready(tl_env_driver(recorder->env));

    (void)tl_env_why(recorder->env);
    (void)tl_env_why(recorder->env);

    assert_int_equal(tl_driver_ready(tl_env_driver(recorder->env)), ready);
    tl_assert_completed(recorder->env, run);
    assert_quiet(recorder);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_at_all),
        TEST(what_is_ready_holds_time),
        TEST(time_goes_on_to_the_next_deadline),
        TEST(a_task_at_a_worker_is_told),
        TEST(nowhere_to_go_but_a_run_timeout),
        TEST(a_queue_without_a_worker),
        TEST(manual_skipping),
        TEST(a_verdict),
        TEST(looking_changes_nothing),
    };

    return cmocka_run_group_tests_name("env/why", tests, NULL, NULL);
}
