/* SPDX-License-Identifier: MIT */
/* Shadow replay: code that does not do the same again is found, without a trace in the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(10)};

/* What a workflow must never look at: it differs each time the code runs. */
static int runs;
static struct tl_env *env_of_code;

/* Sleeps a little longer each time the code runs. */
static enum tl_status
sleeps_otherwise(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    runs += 1;
    return tl_sleep(wf, TL_SECONDS(runs));
}

/* Calls another activity each time. */
static enum tl_status calls_another(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    runs += 1;
    return tl_activity_run(wf, runs == 1 ? "First" : "Second", NULL, &quick, NULL);
}

/* A check that holds the first time only. */
static enum tl_status checks_itself(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    runs += 1;
    if (runs > 1) {
        tl_env_fail(env_of_code, "flow.c", 8, "run for the second time");
    }
    return TL_OK;
}

/* A result that differs each time. */
static enum tl_status
returns_otherwise(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    runs += 1;
    return tl_result_text(wf, result, "%d", runs);
}

/* A timer after another; counts how often its code ran. */
static enum tl_status ticks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    runs += 1;
    for (int i = 0; i < 200; i++) {
        if (tl_sleep(wf, TL_SECONDS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "SleepsOtherwise", sleeps_otherwise);
    tl_register_workflow(registry, "CallsAnother", calls_another);
    tl_register_workflow(registry, "ChecksItself", checks_itself);
    tl_register_workflow(registry, "ReturnsOtherwise", returns_otherwise);
    tl_register_workflow(registry, "Ticks", ticks);
}

static int setup_with(void **state, int no_shadow)
{
    runs = 0;
    int failed = recorder_setup(state, &(struct tl_env_options){.register_all = register_all, .no_shadow = no_shadow});
    env_of_code = failed ? NULL : ((struct recorder *)*state)->env;
    return failed;
}

static int setup(void **state)
{
    return setup_with(state, 0);
}

/* Each task of an evicted run runs its code again: what is counted is not the shadow's. */
static int setup_cached(void **state)
{
    runs = 0;
    return recorder_setup_cached(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_without_shadow(void **state)
{
    return setup_with(state, 1);
}

static struct recorder *run(void **state, const char *type)
{
    struct recorder *recorder = *state;

    tl_mock_returns(tl_mock_activity(recorder->env, "First"), TL_ANY_TIMES, NULL);
    tl_mock_returns(tl_mock_activity(recorder->env, "Second"), TL_ANY_TIMES, NULL);
    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, type, "w", NULL, NULL));
    return recorder;
}

static void another_duration_is_found(void **state)
{
    struct recorder *recorder = run(state, "SleepsOtherwise");

    assert_reported(recorder, "w does not do the same again");
    assert_int_equal(tl_driver_verdict(tl_env_driver(recorder->env))->status, TL_NONDETERMINISM);
    assert_int_equal(tl_env_elapsed(recorder->env), 0); /* right after the first task */
}

static void another_activity_is_found(void **state)
{
    struct recorder *recorder = run(state, "CallsAnother");

    assert_reported(recorder, "First");
    assert_contains(recorder->text, "Second");
    assert_contains(recorder->text, "timeline of w:");
}

static void another_result_is_found_at_the_close(void **state)
{
    assert_reported(run(state, "ReturnsOtherwise"), "w does not do the same again");
}

static void a_check_that_fails_in_the_shadow_is_a_verdict(void **state)
{
    struct recorder *recorder = run(state, "ChecksItself");

    assert_reported(recorder, "flow.c:8: run for the second time");
    assert_int_equal(tl_driver_verdict(tl_env_driver(recorder->env))->status, TL_VERDICT);
}

static void without_shadow_nothing_is_run_again(void **state)
{
    struct recorder *recorder = run(state, "SleepsOtherwise");

    assert_quiet(recorder);
}

/* 201 tasks: 16 of them are replayed, then one each time the history grew by half, then the close. */
static void the_number_of_replays_grows_slower_than_the_history(void **state)
{
    struct recorder *recorder = *state;

    assert_quiet(run(state, "Ticks"));
    assert_true(runs >= 1 + 16 + 1);
    assert_true(runs <= 1 + 16 + 10);
    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(200));
}

static void count_lines(void *user, const char *text, size_t len)
{
    (void)text;
    (void)len;
    *(size_t *)user += 1;
}

/* The trace of a run, with and without a shadow, has the same lines. */
static void a_shadow_leaves_no_trace(void **state)
{
    size_t lines[2] = {0, 0};

    (void)state;
    for (int no_shadow = 0; no_shadow < 2; no_shadow++) {
        void *made;

        assert_int_equal(setup_with(&made, no_shadow), 0);
        tl_env_trace_to(((struct recorder *)made)->env, count_lines, &lines[no_shadow]);
        assert_quiet(run(&made, "Ticks"));
        (void)recorder_teardown(&made);
    }
    assert_true(lines[0] > 200);
    assert_int_equal(lines[0], lines[1]);
}

#define ENV_TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(another_duration_is_found),
        ENV_TEST(another_activity_is_found),
        ENV_TEST(another_result_is_found_at_the_close),
        ENV_TEST(a_check_that_fails_in_the_shadow_is_a_verdict),
        cmocka_unit_test_setup_teardown(without_shadow_nothing_is_run_again, setup_without_shadow, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            the_number_of_replays_grows_slower_than_the_history, setup_cached, recorder_teardown),
        cmocka_unit_test(a_shadow_leaves_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
