/* SPDX-License-Identifier: MIT */
/*
 * Out of memory, everywhere: each allocation of a whole test fails in turn, once or for good.
 * Nothing crashes, nothing leaks, and a test that could not run says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/lib/failing_allocator.h"

#define MOST_ALLOCATIONS 20000

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

/* What one run of the test came to. */
struct outcome {
    int failures;
    char text[4096];
};

static void keep_failure(void *user, const char *file, int line, const char *text)
{
    struct outcome *outcome = user;

    (void)file;
    (void)line;
    outcome->failures += 1;
    strncpy(outcome->text, text, sizeof outcome->text - 1);
}

static void count_line(void *user, const char *text, size_t len)
{
    (void)text;
    *(size_t *)user += len;
}

/* A test of a user, from the first call to the last. */
static void use_everything(struct tl_env *env)
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
    (void)tl_env_finish(env);
}

/* 1 when the environment could not be made. */
static int run_once(struct failing_allocator *memory, struct outcome *outcome)
{
    const struct tl_reporter reporter = {.fail = keep_failure, .user = outcome};
    const struct tl_env_options options = {
        .register_all = register_all, .reporter = &reporter, .allocator = &memory->allocator};
    struct tl_error error = {.status = TL_OK};
    struct tl_env *env = tl_env_new(&options, &error);

    if (env == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
        return 1;
    }
    use_everything(env);
    tl_env_free(env);
    return 0;
}

static void assert_nothing_held(struct failing_allocator *memory, size_t nth)
{
    const char *complaint = failing_allocator_complaint(memory);

    if (complaint != NULL) {
        fail_msg("after allocation %zu failed: %s", nth, complaint);
    }
}

static void fail_each(enum fail_mode mode)
{
    struct failing_allocator memory;
    size_t told = 0;
    size_t nth = 0;

    do {
        struct outcome outcome = {0};

        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        int unmade = run_once(&memory, &outcome);
        assert_nothing_held(&memory, nth);
        assert_true(outcome.failures <= 1);
        if (outcome.failures == 1 && strstr(outcome.text, "memory") == NULL) {
            fail_msg("after allocation %zu failed the verdict is another: %s", nth, outcome.text);
        }
        told += (size_t)(unmade + outcome.failures);
    } while (memory.failed > 0 && nth < MOST_ALLOCATIONS);
    assert_true(nth > 20);
    assert_true(nth < MOST_ALLOCATIONS);
    assert_true(told > nth / 2);
}

static void a_test_without_failures_gives_everything_back(void **state)
{
    struct failing_allocator memory;
    struct outcome outcome = {0};

    (void)state;
    failing_allocator_init(&memory);
    assert_int_equal(run_once(&memory, &outcome), 0);
    assert_int_equal(outcome.failures, 0);
    assert_nothing_held(&memory, 0);
}

static void each_allocation_may_fail_once(void **state)
{
    (void)state;
    fail_each(FAIL_ONCE);
}

static void memory_may_run_out_for_good_at_any_moment(void **state)
{
    (void)state;
    fail_each(FAIL_FROM_NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_without_failures_gives_everything_back),
        cmocka_unit_test(each_allocation_may_fail_once),
        cmocka_unit_test(memory_may_run_out_for_good_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
