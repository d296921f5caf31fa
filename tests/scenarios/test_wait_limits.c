/* SPDX-License-Identifier: MIT */
/* Limits of waits: for a future, a signal, a condition they are one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static tl_duration limit_wanted;

static int never(void *user)
{
    (void)user;
    return 0;
}

static enum tl_status rests(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_wait_until(wf, never, NULL, 0);
}

static enum tl_status for_future(struct tl_workflow *wf)
{
    return tl_future_wait_for(tl_spawn(wf, "resting", rests, NULL), limit_wanted, NULL);
}

static enum tl_status for_signal(struct tl_workflow *wf)
{
    return tl_signal_wait(wf, "go", limit_wanted, NULL);
}

static enum tl_status for_condition(struct tl_workflow *wf)
{
    return tl_wait_until(wf, never, NULL, limit_wanted);
}

static enum tl_status (*const waits[])(struct tl_workflow *wf) = {for_future, for_signal, for_condition};
static size_t wait_wanted;

static enum tl_status waits_once(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enum tl_status status = waits[wait_wanted](wf);

    return status == TL_CANCELED ? status : tl_result_text(wf, result, "\"%s\"", tl_status_name(status));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "WaitsOnce", waits_once);
}

SCENARIO_SETUP(setup, register_all)

static struct tl_handle *start(struct tl_env *env, const char *workflow_id)
{
    struct tl_handle *run = tl_env_start(env, "WaitsOnce", workflow_id, NULL, NULL);

    tl_env_run_until_idle(env);
    return run;
}

static void assert_waits_for_ever(struct tl_env *env, tl_duration limit)
{
    limit_wanted = limit;
    for (wait_wanted = 0; wait_wanted < sizeof waits / sizeof waits[0]; wait_wanted++) {
        struct tl_handle *run = start(env, "w");

        tl_env_advance(env, TL_DAYS(4000));
        assert_null(strstr(tl_env_waits(env), "until"));
        assert_null(strstr(tl_env_timeline(env, run), "TimerStarted"));
        tl_env_cancel(env, run);
        tl_assert_canceled(env, run);
    }
}

static void no_limit_waits_for_ever(void **state)
{
    assert_waits_for_ever(*state, 0);
}

static void never_waits_for_ever(void **state)
{
    assert_waits_for_ever(*state, TL_NEVER);
}

/* Nobody waits where every run is evicted. */
static void assert_told_until(const char *told, const char *until)
{
    assert_true(told[0] == '\0' || strstr(told, until) != NULL);
}

static void a_limit_is_told_and_kept(void **state)
{
    static const char *const until[] = {", until 2020-01-04T", ", until 2020-01-07T", ", until 2020-01-10T"};

    limit_wanted = TL_DAYS(3);
    for (wait_wanted = 0; wait_wanted < sizeof waits / sizeof waits[0]; wait_wanted++) {
        tl_time began = tl_env_now(*state);
        struct tl_handle *run = tl_env_start(*state, "WaitsOnce", "w", NULL, NULL);

        tl_env_advance(*state, TL_HOURS(1));
        assert_told_until(tl_env_waits(*state), until[wait_wanted]);
        tl_assert_result(*state, run, "\"timed out\"");
        assert_int_equal(tl_env_now(*state) - began, TL_DAYS(3));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(no_limit_waits_for_ever),
        SCENARIO(never_waits_for_ever),
        SCENARIO(a_limit_is_told_and_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
