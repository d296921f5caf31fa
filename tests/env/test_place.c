/* SPDX-License-Identifier: MIT */
/* Where a failure is reported: at the line of the test whose call it is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/activity_env.h>
#include <timelapse/env_hook.h>
#include <timelapse/env_worker.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

#define NO_JSON "{\"amount\": }"

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static enum tl_status acts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    (void)input;
    return tl_activity_run(wf, "Signals", NULL, &options, result);
}

static struct tl_env *shared;     /* with the activity */
static struct tl_handle *waiting; /* likewise */
static int line;                  /* of the call that fails */

static enum tl_status signals(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    tl_env_signal(shared, waiting, "note", NULL);
    line = __LINE__ + 1;
    tl_env_signal(shared, waiting, "go", NO_JSON);
    return TL_OK;
}

static enum tl_status meddles(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    line = __LINE__ + 1;
    tl_env_run_until_idle(shared);
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Acts", acts);
    tl_register_workflow(registry, "Meddles", meddles);
    tl_register_activity(registry, "Signals", signals);
}

static int setup(void **state)
{
    int failed = recorder_setup(state, &(struct tl_env_options){.register_all = register_all});

    if (!failed) {
        shared = ((struct recorder *)*state)->env;
    }
    return failed;
}

static struct tl_handle *start(struct tl_env *env)
{
    waiting = tl_env_start(env, "Waits", "w", NULL, NULL);
    return waiting;
}

/* ---- One call each ---- */

static void start_it(struct tl_env *env)
{
    line = __LINE__ + 1;
    (void)tl_env_start(env, "Waits", "w", NO_JSON, &(struct tl_start_options){.run_timeout = 1, .task_queue = "test"});
}

static void signal_with_start(struct tl_env *env)
{
    line = __LINE__ + 1;
    (void)tl_env_signal_with_start(env, "Waits", "w", NULL, "go", NO_JSON, NULL);
}

static void start_elsewhere(struct tl_env *env)
{
    line = __LINE__ + 1;
    (void)tl_env_start_in(env, "default", "Waits", "w", NO_JSON, NULL);
}

static void signal_it(struct tl_env *env)
{
    line = __LINE__ + 1;
    tl_env_signal(env, start(env), "go", NO_JSON);
}

static void query_it(struct tl_env *env)
{
    line = __LINE__ + 1;
    (void)tl_env_query(env, start(env), "state", NO_JSON);
}

static void attempt_it(struct tl_env *env)
{
    line = __LINE__ + 1;
    (void)tl_env_attempt(env, "Signals", NO_JSON, NULL);
}

static void wait_for_ever(struct tl_env *env)
{
    line = __LINE__ + 1;
    tl_env_run_until_closed(env, start(env));
}

static void go_back_in_time(struct tl_env *env)
{
    tl_env_advance(env, TL_HOURS(1));
    line = __LINE__ + 1;
    tl_env_advance_to(env, TL_MINUTES(1));
}

static void call_back_in_time(struct tl_env *env)
{
    tl_env_advance(env, TL_HOURS(1));
    line = __LINE__ + 1;
    (void)tl_env_at(env, TL_MINUTES(1), NULL, NULL);
}

static void release(struct tl_env *env)
{
    line = __LINE__ + 1;
    tl_env_release(env);
}

static void signal_nothing(struct tl_env *env)
{
    line = __LINE__ + 1;
    tl_env_signal(env, NULL, "go", NULL);
}

static void call_bad_things(struct tl_env *env, void *user)
{
    line = __LINE__ + 1;
    tl_env_signal(env, user, "go", NO_JSON);
}

static void signal_in_a_callback(struct tl_env *env)
{
    struct tl_handle *run = start(env);

    (void)tl_env_at(env, TL_MINUTES(1), call_bad_things, run);
    tl_env_run_until_closed(env, run);
}

static void signal_in_an_activity(struct tl_env *env)
{
    (void)start(env);
    tl_assert_completed(env, tl_env_start(env, "Acts", "a", NULL, NULL));
}

static void wait_in_a_workflow(struct tl_env *env)
{
    tl_env_run_until_closed(env, tl_env_start(env, "Meddles", "m", NULL, NULL));
}

static void do_nothing(struct tl_env *env, void *user)
{
    (void)env;
    (void)user;
}

/* The callback's own calls are over when the wait fails. */
static void go_on_behind_a_callback(struct tl_env *env)
{
    struct tl_handle *run = start(env);

    (void)tl_env_at(env, TL_MINUTES(1), do_nothing, NULL);
    line = __LINE__ + 1;
    tl_env_run_until_closed(env, run);
}

static void a_call_that_fails_is_reported_at_its_line(void **state)
{
    static void (*const calls[])(struct tl_env * env) = {
        start_it,
        signal_with_start,
        start_elsewhere,
        signal_it,
        query_it,
        attempt_it,
        wait_for_ever,
        go_back_in_time,
        call_back_in_time,
        release,
        signal_nothing,
        signal_in_a_callback,
        signal_in_an_activity,
        wait_in_a_workflow,
        go_on_behind_a_callback,
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        void *own;

        assert_int_equal(setup(&own), 0);
        const struct recorder *recorder = own;
        calls[i](recorder->env);
        assert_int_equal(recorder->failures, 1);
        assert_non_null(recorder->file);
        assert_non_null(strstr(recorder->file, "test_place.c"));
        assert_int_equal(recorder->line, line);
        assert_int_equal(recorder_teardown(&own), 0);
    }
}

/* As code does that has no macros. */
static void a_call_by_its_address_fails_as_any_other(void **state)
{
    struct recorder *recorder = *state;
    void (*const send)(struct tl_env *, struct tl_handle *, const char *, const char *) = tl_env_signal;

    send(recorder->env, start(recorder->env), "go", NO_JSON);
    assert_reported(recorder, "the input of signal go is not JSON: line 1, column 12");
    assert_int_equal(recorder->line, 0);
}

static void a_place_is_not_taken_for_another_call(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_idle(recorder->env);
    (tl_env_release)(recorder->env);
    assert_reported(recorder, "time is not held");
    assert_int_equal(recorder->line, 0);
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_fails_is_reported_at_its_line),
        PLACE_TEST(a_call_by_its_address_fails_as_any_other),
        PLACE_TEST(a_place_is_not_taken_for_another_call),
    };

    return cmocka_run_group_tests_name("env/place", tests, NULL, NULL);
}
