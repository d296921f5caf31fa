/* SPDX-License-Identifier: MIT */
#include "tests/env/exhaust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/failing_allocator.h"

#define MOST_ALLOCATIONS 20000

/* What one run of the test came to. */
struct outcome {
    int unmade; /* there was no environment */
    int failures;
    int completed;
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

static void run_once(const struct exhaust *exhaust, struct failing_allocator *memory, struct outcome *outcome)
{
    const struct tl_reporter reporter = {.fail = keep_failure, .user = outcome};
    struct tl_env_options options = exhaust->options;
    struct tl_error error = {.status = TL_OK};

    options.reporter = &reporter;
    options.allocator = &memory->allocator;
    struct tl_env *env = tl_env_new(&options, &error);
    if (env == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
        outcome->unmade = 1;
        return;
    }
    outcome->completed = exhaust->use(env);
    tl_env_free(env);
}

static void check(struct failing_allocator *memory, const struct outcome *outcome, size_t nth)
{
    const char *complaint = failing_allocator_complaint(memory);

    if (complaint != NULL) {
        fail_msg("after allocation %zu failed: %s", nth, complaint);
    }
    assert_true(outcome->failures <= 1);
    if (outcome->failures == 1 && strstr(outcome->text, "memory") == NULL) {
        fail_msg("after allocation %zu failed the verdict is another: %s", nth, outcome->text);
    }
    if (!outcome->unmade && outcome->failures == 0 && !outcome->completed) {
        fail_msg("after allocation %zu failed the test neither passed nor failed", nth);
    }
}

static void fail_each(const struct exhaust *exhaust, enum fail_mode mode)
{
    struct failing_allocator memory;
    size_t told = 0;
    size_t nth = 0;

    do {
        struct outcome outcome = {0};

        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        run_once(exhaust, &memory, &outcome);
        check(&memory, &outcome, nth);
        told += (size_t)(outcome.unmade + outcome.failures);
    } while (memory.failed > 0 && nth < MOST_ALLOCATIONS);
    assert_true(nth > 20);
    assert_true(nth < MOST_ALLOCATIONS);
    assert_true(told > nth / 2);
}

void a_test_without_failures_gives_everything_back(void **state)
{
    struct failing_allocator memory;
    struct outcome outcome = {0};

    failing_allocator_init(&memory);
    run_once(*state, &memory, &outcome);
    assert_string_equal(outcome.text, "");
    assert_true(outcome.completed);
    check(&memory, &outcome, 0);
}

void each_allocation_may_fail_once(void **state)
{
    fail_each(*state, FAIL_ONCE);
}

void memory_may_run_out_for_good_at_any_moment(void **state)
{
    fail_each(*state, FAIL_FROM_NOW);
}
