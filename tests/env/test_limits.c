/* SPDX-License-Identifier: MIT */
/* Limits of the service, lowered by the environment's options so that a workflow soon meets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

/* Sleeps until it should continue as new, and says how often it slept. */
static enum tl_status sleeper(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int naps = 0;

    (void)input;
    while (!tl_workflow_info(wf)->continue_as_new_suggested) {
        if (tl_sleep(wf, TL_MINUTES(1)) != TL_OK) {
            return TL_CANCELED;
        }
        naps++;
    }
    *result = tl_payload_json(tl_format(wf, "{\"naps\": %d}", naps));
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeper", sleeper);
}

static int setup_suggesting(void **state)
{
    return recorder_setup(
        state, &(const struct tl_env_options){.register_all = register_all, .limits = {.suggest_events = 14}});
}

static int setup_ending(void **state)
{
    return recorder_setup(
        state, &(const struct tl_env_options){.register_all = register_all, .limits = {.history_events = 14}});
}

/* Each nap adds five events: the task completed, the timer started and fired, the next task scheduled and started. */
static void a_workflow_soon_hears_that_it_should_continue_as_new(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;

    struct tl_handle *run = tl_env_start(env, "Sleeper", "sleeper-1", NULL, NULL);

    tl_assert_result(env, run, "{\"naps\": 3}");
    assert_quiet(recorder);
}

static void a_workflow_that_does_not_listen_is_terminated(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;

    struct tl_handle *run = tl_env_start(env, "Sleeper", "sleeper-1", NULL, NULL);
    tl_env_run_until_closed(env, run);

    struct tl_history *history = tl_env_history(env, run);
    assert_int_equal(tl_history_length(history), 15);
    assert_contains(tl_env_timeline(env, run), "Workflow history count exceeds limit.");
    tl_history_unref(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_workflow_soon_hears_that_it_should_continue_as_new, setup_suggesting, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_workflow_that_does_not_listen_is_terminated, setup_ending, recorder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
