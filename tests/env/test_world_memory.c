/* SPDX-License-Identifier: MIT */
/* Out of memory in worlds: each allocation fails in turn, of workers, namespaces, callbacks and claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/env_hook.h>
#include <timelapse/env_worker.h>
#include <timelapse/expect.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/lib/failing_allocator.h"

#define MOST_ALLOCATIONS 20000

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_MINUTES(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
}

static void keep_failure(void *user, const char *file, int line, const char *text)
{
    const char **first = user;

    (void)file;
    (void)line;
    if (*first == NULL) {
        *first = strstr(text, "memory") == NULL ? "another verdict" : "memory";
    }
}

static void restarts(struct tl_env *env, void *user)
{
    (void)env;
    tl_env_worker_restart(user);
}

static void nothing(struct tl_env *env, void *user)
{
    (void)env;
    (void)user;
}

static void use_worlds(struct tl_env *env)
{
    const struct tl_env_worker_options options = {
        .register_all = register_all, .worker = {.name_space = "billing", .task_queue = "heavy"}};
    const struct tl_start_options start = {.task_queue = "heavy"};
    const struct tl_event_filter filter = {.kind = TL_TRACE_SERVICE_EVENT_ADDED, .name = "TimerFired"};

    struct tl_env_worker *worker = tl_env_add_worker(env, &options);
    if (worker == NULL) {
        return;
    }
    tl_env_worker_slow(worker, TL_MILLISECONDS(5));
    (void)tl_env_at(env, TL_SECONDS(30), restarts, worker);
    (void)tl_env_on_event(env, &filter, nothing, NULL);
    struct tl_handle *run = tl_env_start_in(env, "billing", "Sleeps", "s", NULL, &start);
    if (run != NULL) {
        tl_assert_completed(env, run);
        tl_assert_count(env, run, tl_fact(TL_FACT_TIMER_FIRED, NULL), 1);
        (void)tl_env_finish(env);
    }
}

static void run_once(struct failing_allocator *memory, const char **first)
{
    static const char *const spaces[] = {"billing", NULL};
    const struct tl_reporter reporter = {.fail = keep_failure, .user = (void *)first};
    const struct tl_env_options options = {
        .reporter = &reporter, .register_all = register_all, .allocator = &memory->allocator, .namespaces = spaces};
    struct tl_error error = {.status = TL_OK};
    struct tl_env *env = tl_env_new(&options, &error);

    if (env == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
        return;
    }
    use_worlds(env);
    tl_env_free(env);
}

static void fail_each(enum fail_mode mode)
{
    struct failing_allocator memory;
    size_t nth = 0;

    do {
        const char *first = NULL;

        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        run_once(&memory, &first);
        const char *complaint = failing_allocator_complaint(&memory);
        if (complaint != NULL || (first != NULL && strcmp(first, "memory") != 0)) {
            fail_msg("after allocation %zu failed: %s", nth, complaint != NULL ? complaint : first);
        }
    } while (memory.failed > 0 && nth < MOST_ALLOCATIONS);
    assert_true(nth > 20);
    assert_true(nth < MOST_ALLOCATIONS);
}

static void each_allocation_may_fail_once(void **state)
{
    (void)state;
    fail_each(FAIL_ONCE);
}

static void memory_may_run_out_for_good(void **state)
{
    (void)state;
    fail_each(FAIL_FROM_NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail_once),
        cmocka_unit_test(memory_may_run_out_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
