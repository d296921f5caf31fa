/* SPDX-License-Identifier: MIT */
/* Out of memory in worlds: each allocation fails in turn, of workers, namespaces, callbacks and claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/env_hook.h>
#include <timelapse/env_worker.h>
#include <timelapse/expect.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/exhaust.h"

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

static int use_worlds(struct tl_env *env)
{
    const struct tl_env_worker_options options = {
        .register_all = register_all, .worker = {.name_space = "billing", .task_queue = "heavy"}};
    const struct tl_start_options start = {.task_queue = "heavy"};
    const struct tl_event_filter filter = {.kind = TL_TRACE_SERVICE_EVENT_ADDED, .name = "TimerFired"};

    struct tl_env_worker *worker = tl_env_add_worker(env, &options);
    if (worker == NULL) {
        return 0;
    }
    tl_env_worker_slow(worker, TL_MILLISECONDS(5));
    (void)tl_env_at(env, TL_SECONDS(30), restarts, worker);
    (void)tl_env_on_event(env, &filter, nothing, NULL);
    struct tl_handle *run = tl_env_start_in(env, "billing", "Sleeps", "s", NULL, &start);
    if (run == NULL) {
        return 0;
    }
    tl_assert_completed(env, run);
    tl_assert_count(env, run, tl_fact(TL_FACT_TIMER_FIRED, NULL), 1);
    return tl_env_finish(env) == TL_OK;
}

static const char *const spaces[] = {"billing", NULL};
static struct exhaust exhaust = {.options = {.register_all = register_all, .namespaces = spaces}, .use = use_worlds};

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXHAUST_TESTS(&exhaust),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
