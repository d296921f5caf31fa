/* SPDX-License-Identifier: MIT */
/* Several workers on one service: of other queues, with code of their own, that die and come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/env_hook.h>
#include <timelapse/env_worker.h>
#include <timelapse/expect.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static const struct tl_activity_options heavy = {.start_to_close = TL_MINUTES(1), .task_queue = "heavy"};

/* Three parcels, each lifted by whoever polls the queue "heavy", an hour apart. */
static enum tl_status hauls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    for (int i = 0; i < 3; i++) {
        if (tl_activity_run(wf, "Lift", input, &heavy, result) != TL_OK || tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
            return TL_FAILED;
        }
    }
    return TL_OK;
}

static enum tl_status lifts(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    if (tl_activity_sleep(activity, TL_SECONDS(20)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_activity_result_text(activity, result, "\"attempt %d\"", tl_activity_info(activity)->attempt);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Hauls", hauls);
}

static void register_lifts(struct tl_registry *registry)
{
    tl_register_activity(registry, "Lift", lifts);
    tl_register_workflow(registry, "HaulsElsewhere", hauls);
}

SCENARIO_SETUP(setup, register_all)

static struct tl_env_worker *add_heavy(struct tl_env *env)
{
    const struct tl_env_worker_options options = {.register_all = register_lifts, .worker = {.task_queue = "heavy"}};

    return tl_env_add_worker(env, &options);
}

static void an_activity_of_another_queue_runs_on_its_worker(void **state)
{
    struct tl_env *env = *state;

    (void)add_heavy(env);
    struct tl_handle *run = scenario_start(env, "Hauls", "7");
    scenario_assert_result(env, run, "\"attempt 1\"");
    assert_int_equal(tl_env_elapsed(env), 3 * (TL_HOURS(1) + TL_SECONDS(20)));
    tl_assert_count(env, run, tl_fact(TL_FACT_ACTIVITY_COMPLETED, "Lift"), 3);
}

static void crash(struct tl_env *env, void *worker)
{
    (void)env;
    tl_env_worker_crash(worker);
}

static void restart(struct tl_env *env, void *worker)
{
    (void)env;
    tl_env_worker_restart(worker);
}

/* The second parcel's attempt dies with its worker; its timeout tells, and the next attempt is the new worker's. */
static void what_a_dead_worker_had_begun_is_done_by_the_next(void **state)
{
    struct tl_env *env = *state;
    struct tl_env_worker *worker = add_heavy(env);

    (void)tl_env_at(env, TL_HOURS(1) + TL_SECONDS(30), crash, worker);
    (void)tl_env_at(env, TL_HOURS(1) + TL_SECONDS(50), restart, worker);
    struct tl_handle *run = scenario_start(env, "Hauls", "7");
    scenario_assert_result(env, run, "\"attempt 1\"");
    tl_assert_value(env, run, tl_nth(tl_fact(TL_FACT_ACTIVITY_COMPLETED, "Lift"), 2), NULL, "\"attempt 2\"");
}

/* Its code is of that worker's registry alone, and so are its replays: behind the test, and of its recording. */
static void a_workflow_of_another_worker_is_recorded_and_replayed(void **state)
{
    struct tl_env *env = *state;

    (void)add_heavy(env);
    struct tl_handle *run =
        tl_env_start(env, "HaulsElsewhere", "w", "7", &(const struct tl_start_options){.task_queue = "heavy"});
    scenario_assert_result(env, run, "\"attempt 1\"");
    tl_assert_recorded(env, run, "fixtures/histories/scenarios/worlds/elsewhere.json");
}

static void a_run_goes_on_when_its_worker_is_lost(void **state)
{
    struct tl_env *env = *state;

    (void)add_heavy(env);
    struct tl_handle *run = scenario_start(env, "Hauls", "7");
    tl_env_advance(env, TL_MINUTES(90));
    tl_env_worker_crash(tl_env_own_worker(env));
    tl_env_advance(env, TL_MINUTES(10));
    tl_env_worker_restart(tl_env_own_worker(env));
    scenario_assert_result(env, run, "\"attempt 1\"");
}

struct trace {
    uint64_t hash;
    size_t lines;
};

static void add_line(void *user, const char *text, size_t len)
{
    struct trace *trace = user;

    trace->lines++;
    for (size_t i = 0; i < len; i++) {
        trace->hash = (trace->hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
}

static struct trace trace_of_two_workers(void)
{
    struct trace trace = {.hash = UINT64_C(14695981039346656037)};
    void *state;

    assert_int_equal(setup(&state), 0);
    tl_env_trace_to(state, add_line, &trace);
    what_a_dead_worker_had_begun_is_done_by_the_next(&state);
    assert_int_equal(tl_cmocka_teardown(&state), 0);
    return trace;
}

static void several_workers_do_the_same_again(void **state)
{
    (void)state;
    struct trace first = trace_of_two_workers();
    struct trace second = trace_of_two_workers();

    assert_true(first.lines > 100);
    assert_int_equal(first.lines, second.lines);
    assert_true(first.hash == second.hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(an_activity_of_another_queue_runs_on_its_worker),
        SCENARIO(what_a_dead_worker_had_begun_is_done_by_the_next),
        SCENARIO(a_workflow_of_another_worker_is_recorded_and_replayed),
        SCENARIO(a_run_goes_on_when_its_worker_is_lost),
        cmocka_unit_test(several_workers_do_the_same_again),
    };

    return cmocka_run_group_tests_name("scenarios/worlds", tests, NULL, NULL);
}
