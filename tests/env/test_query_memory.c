/* SPDX-License-Identifier: MIT */
/* Each allocation of queries fails in turn: handlers, both ways of asking, what every run answers, backtraces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/backtrace.h>
#include <timelapse/env.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/lib/failing_allocator.h"

#define MOST_ALLOCATIONS 20000

static enum tl_status
answer(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const int *step = user;

    if (input->count > 0) {
        return tl_fail(wf, "NotNow", "asked with %s", tl_query_type(wf));
    }
    return tl_result_text(wf, result, "{\"step\": %d, \"words\": \"%s\"}", *step, tl_strdup(wf, "so many"));
}

static enum tl_status flow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int *step = tl_alloc(wf, sizeof *step);

    (void)input;
    (void)result;
    tl_query_handle(wf, "step", "How far it is", answer, step);
    tl_set_current_details(wf, "on its way");
    *step = 1;
    return tl_sleep(wf, TL_DAYS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Flow", flow);
}

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

static void count(void *user, const struct tl_backtrace *backtrace)
{
    *(size_t *)user += backtrace->count;
}

/* How many frames there were: 0 when memory ran out before. */
static size_t ask_everything(struct tl_env *env)
{
    struct tl_handle *run = tl_env_start(env, "Flow", "w", NULL, NULL);
    const char *wanted = "{\"words\": \"so many\", \"step\": 1}";
    size_t frames = 0;

    if (run == NULL) {
        return 0;
    }
    tl_assert_query(env, run, "step", NULL, wanted); /* along with the first task */
    tl_assert_query(env, run, "step", NULL, wanted); /* of the cache, or replayed */
    tl_assert_query_failed(env, run, "step", "1", "NotNow");
    (void)tl_env_query(env, run, "__temporal_workflow_metadata", NULL);
    (void)tl_env_query(env, run, "__enhanced_stack_trace", NULL);
    tl_driver_backtraces(tl_env_driver(env), count, &frames);
    tl_assert_completed(env, run);
    tl_assert_query(env, run, "step", NULL, wanted); /* replayed */
    return frames;
}

static int run_once(struct failing_allocator *memory, struct outcome *outcome)
{
    const struct tl_reporter reporter = {.fail = keep_failure, .user = outcome};
    const struct tl_env_options options = {
        .register_all = register_all, .reporter = &reporter, .allocator = &memory->allocator};
    struct tl_env *env = tl_env_new(&options, NULL);

    if (env == NULL) {
        return 1;
    }
    (void)ask_everything(env);
    (void)tl_env_finish(env);
    tl_env_free(env);
    return 0;
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
        if (failing_allocator_complaint(&memory) != NULL) {
            fail_msg("after allocation %zu failed: %s", nth, failing_allocator_complaint(&memory));
        }
        if (outcome.failures == 1 && strstr(outcome.text, "memory") == NULL) {
            fail_msg("after allocation %zu failed the verdict is another: %s", nth, outcome.text);
        }
        assert_true(outcome.failures <= 1);
        told += (size_t)(unmade + outcome.failures);
    } while (memory.failed > 0 && nth < MOST_ALLOCATIONS);
    assert_true(nth > 20 && nth < MOST_ALLOCATIONS);
    assert_true(told > nth / 2);
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
        cmocka_unit_test(each_allocation_may_fail_once),
        cmocka_unit_test(memory_may_run_out_for_good_at_any_moment),
    };

    return cmocka_run_group_tests_name("env/query_memory", tests, NULL, NULL);
}
