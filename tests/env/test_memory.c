/* SPDX-License-Identifier: MIT */
/*
 * Out of memory, everywhere: each allocation of a whole test fails in turn, once or for good.
 * Nothing crashes, nothing leaks, and a test that could not run says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/exhaust.h"

static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(10)};

static enum tl_status flow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_log(wf, "about to work");
    if (tl_activity_run(wf, "Step", input, &quick, result) != TL_OK) {
        return TL_FAILED;
    }
    return tl_signal_wait(wf, "go", TL_DAYS(30), NULL) == TL_OK ? TL_OK : tl_fail(wf, "NotDelivered", "too late");
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Flow", flow);
}

static void count_line(void *user, const char *text, size_t len)
{
    (void)text;
    *(size_t *)user += len;
}

/* A test of a user, from the first call to the last. */
static int use_everything(struct tl_env *env)
{
    struct tl_mock *step = tl_mock_activity(env, "Step");
    struct tl_start_options options = {.run_timeout = TL_DAYS(60)};
    size_t traced = 0;

    tl_env_trace_to(env, count_line, &traced);
    tl_mock_fails(step, TL_ONCE, "Busy");
    tl_mock_returns(step, TL_ONCE, "1");
    struct tl_handle *run = tl_env_start(env, "Flow", "w", "{\"n\": 1}", &options);
    tl_env_advance(env, TL_DAYS(1));
    (void)tl_env_timeline(env, run);
    (void)tl_env_waits(env);
    tl_env_signal(env, run, "other", "2");
    tl_assert_failed(env, run, "NotDelivered");
    tl_history_unref(tl_env_history(env, run));
    return tl_env_finish(env) == TL_OK;
}

static struct exhaust exhaust = {.options = {.register_all = register_all}, .use = use_everything};

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXHAUST_TESTS(&exhaust),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
