/* SPDX-License-Identifier: MIT */
/* Several workers, queues and namespaces in one environment, and what befalls workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/env_worker.h>
#include <timelapse/expect.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static int runs;

/* An activity on the queue "heavy". */
static enum tl_status delegates(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10), .task_queue = "heavy"};

    (void)input;
    return tl_activity_run(wf, "Lift", NULL, &options, result);
}

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enum tl_status status = tl_sleep(wf, TL_HOURS(1));
    return status == TL_OK ? tl_result_text(wf, result, "\"slept\"") : status;
}

static enum tl_status changes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_SECONDS(++runs));
}

static enum tl_status lifts(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *out)
{
    (void)input;
    return tl_activity_result_text(activity, out, "\"up\"");
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Delegates", delegates);
    tl_register_workflow(registry, "Sleeps", sleeps);
}

static void register_heavy(struct tl_registry *registry)
{
    tl_register_activity(registry, "Lift", lifts);
    tl_register_workflow(registry, "Elsewhere", sleeps);
    tl_register_workflow(registry, "Changes", changes);
}

static const char *const spaces[] = {"billing", NULL};

static int setup(void **state)
{
    runs = 0;
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all, .namespaces = spaces});
}

static int setup_cached(void **state)
{
    return recorder_setup_cached(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_env_worker *add_heavy(struct tl_env *env)
{
    return tl_env_add_worker(
        env, &(struct tl_env_worker_options){.register_all = register_heavy, .worker = {.task_queue = "heavy"}});
}

static void work_on_another_queue(void **state)
{
    struct recorder *recorder = *state;

    assert_non_null(add_heavy(recorder->env));
    tl_assert_result(recorder->env, tl_env_start(recorder->env, "Delegates", "d", NULL, NULL), "\"up\"");
    assert_quiet(recorder);
}

static void a_queue_that_nobody_polls_is_named_with_the_nearest(void **state)
{
    struct recorder *recorder = *state;

    (void)tl_env_add_worker(
        recorder->env,
        &(struct tl_env_worker_options){.register_all = register_heavy, .worker = {.task_queue = "heavi"}});
    struct tl_handle *run =
        tl_env_start(recorder->env, "Sleeps", "s", NULL, &(struct tl_start_options){.task_queue = "tset"});
    tl_env_run_until_closed(recorder->env, run);
    assert_reported(
        recorder,
        "blocked for ever: s does not close: nobody polls task queue tset, where s: workflow task 2 waits since +0s; "
        "did you mean test?\nnothing is ready");
    assert_contains(recorder->text, "in queue tset, which nobody polls; did you mean test?");
}

static void another_worker_s_runs_are_replayed_by_its_own_registry(void **state)
{
    struct recorder *recorder = *state;
    const struct tl_start_options options = {.task_queue = "heavy"};

    (void)add_heavy(recorder->env);
    tl_assert_result(recorder->env, tl_env_start(recorder->env, "Elsewhere", "e", NULL, &options), "\"slept\"");
    assert_quiet(recorder);
    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Changes", "c", NULL, &options));
    assert_int_equal(recorder->failures, 1);
    assert_contains(recorder->text, "c"); /* found by replay, or by the worker itself where nothing is cached */
}

static void a_crash_is_found_out_by_timeouts(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;
    struct tl_env_worker *heavy = add_heavy(env);

    tl_env_worker_slow(heavy, TL_SECONDS(2));
    tl_env_run_until_idle(env);
    struct tl_handle *run = tl_env_start(env, "Delegates", "d", NULL, NULL);
    tl_env_advance(env, TL_SECONDS(1));
    tl_env_worker_crash(heavy);
    assert_null(tl_env_worker_get(heavy));
    tl_env_worker_slow(heavy, 0);
    tl_env_worker_restart(heavy);
    tl_assert_result(env, run, "\"up\"");
    assert_true(tl_env_elapsed(env) >= TL_SECONDS(10));
    assert_quiet(recorder);
}

static void a_crashed_worker_s_cache_is_lost_and_the_run_goes_on(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;
    struct tl_handle *run = tl_env_start(env, "Sleeps", "s", NULL, NULL);

    tl_env_advance(env, TL_MINUTES(1));
    assert_int_equal(tl_worker_cached(tl_env_worker(env)), 1);
    tl_env_worker_crash(tl_env_own_worker(env));
    tl_env_worker_crash(tl_env_own_worker(env));
    assert_null(tl_env_worker(env));
    tl_env_advance(env, TL_HOURS(2));
    tl_assert_not_yet(env, run, tl_fact(TL_FACT_WORKFLOW_COMPLETED, NULL));
    tl_env_worker_restart(tl_env_own_worker(env));
    tl_assert_result(env, run, "\"slept\"");
    assert_quiet(recorder);
}

static void a_stopped_worker_takes_nothing_until_it_is_started_again(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;

    tl_env_run_until_idle(env);
    tl_env_worker_stop(tl_env_own_worker(env));
    tl_env_run_until_idle(env);
    assert_true(tl_worker_stopped(tl_env_worker(env)));
    struct tl_handle *run = tl_env_start(env, "Sleeps", "s", NULL, NULL);
    tl_env_advance(env, TL_MINUTES(1));
    tl_assert_not_yet(env, run, tl_fact(TL_FACT_EVENT, "WorkflowTaskStarted"));
    tl_env_worker_restart(tl_env_own_worker(env));
    tl_assert_result(env, run, "\"slept\"");
    assert_quiet(recorder);
}

static void evicting_one_run_or_all(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;
    struct tl_handle *first = tl_env_start(env, "Sleeps", "1", NULL, NULL);

    (void)tl_env_start(env, "Sleeps", "2", NULL, NULL);
    (void)tl_env_start(env, "Sleeps", "3", NULL, NULL);
    tl_env_advance(env, TL_MINUTES(1));
    assert_int_equal(tl_env_worker_evict(tl_env_own_worker(env), first), 1);
    assert_int_equal(tl_env_worker_evict(tl_env_own_worker(env), NULL), 2);
    tl_env_run_until_all_closed(env);
    tl_assert_completed(env, first);
    assert_quiet(recorder);
}

static void a_slow_worker_answers_later(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;

    tl_env_worker_slow(tl_env_own_worker(env), TL_SECONDS(2));
    tl_env_run_until_idle(env);
    tl_env_worker_restart(tl_env_own_worker(env));
    struct tl_handle *run = tl_env_start(env, "Sleeps", "s", NULL, NULL);
    tl_assert_result(env, run, "\"slept\"");
    tl_assert_when(env, run, tl_fact(TL_FACT_WORKFLOW_TASK_COMPLETED, NULL), TL_SECONDS(2));
    assert_quiet(recorder);
    tl_env_worker_slow(tl_env_own_worker(env), -1);
    assert_reported(recorder, "negative or too long");
}

static void namespaces_have_workers_and_runs_of_their_own(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;

    (void)tl_env_add_worker(env, &(struct tl_env_worker_options){.worker = {.name_space = "billing"}});
    struct tl_handle *there = tl_env_start_in(env, "billing", "Sleeps", "same", NULL, NULL);
    struct tl_handle *here = tl_env_start(env, "Sleeps", "same", NULL, NULL);
    assert_ptr_equal(tl_env_client_in(env, "billing"), tl_env_client_in(env, "billing"));
    assert_ptr_equal(tl_env_client_in(env, "default"), tl_env_client(env));
    tl_assert_result(env, there, "\"slept\"");
    tl_assert_result(env, here, "\"slept\"");
    tl_assert_count(env, there, tl_fact(TL_FACT_TIMER_FIRED, NULL), 1);
    assert_quiet(recorder);
    assert_null(tl_env_start_in(env, "biling", "Sleeps", "x", NULL, NULL));
    assert_reported(recorder, "there is no namespace biling (option namespaces); did you mean billing?");
}

static void a_worker_that_is_refused_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    assert_null(
        tl_env_add_worker(recorder->env, &(struct tl_env_worker_options){.worker = {.workflow_task_pollers = 5000}}));
    assert_reported(recorder, "no worker is added: workflow_task_pollers");
}

static void a_misspelt_workflow_type_is_told_with_the_nearest(void **state)
{
    struct recorder *recorder = *state;

    (void)add_heavy(recorder->env);
    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Elsewhare", "e", NULL, NULL));
    assert_reported(recorder, "; did you mean Elsewhere?");
    assert_contains(recorder->text, "workflow type Elsewhare is not registered");
}

static void several_are_waited_for(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;
    struct tl_handle *runs_of[2];

    runs_of[0] = tl_env_start(env, "Sleeps", "late", NULL, &(struct tl_start_options){.start_delay = TL_DAYS(1)});
    runs_of[1] = tl_env_start(env, "Sleeps", "soon", NULL, NULL);
    assert_int_equal(tl_env_run_until_any_closed(env, runs_of, 2), 1);
    tl_env_run_until_all_closed(env);
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(1) + TL_HOURS(1));
    assert_quiet(recorder);
}

static void all_of_none_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_run_until_all_closed(recorder->env);
    assert_reported(recorder, "no run was ever started");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(work_on_another_queue, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_queue_that_nobody_polls_is_named_with_the_nearest, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            another_worker_s_runs_are_replayed_by_its_own_registry, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_crash_is_found_out_by_timeouts, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            a_crashed_worker_s_cache_is_lost_and_the_run_goes_on, setup_cached, recorder_teardown),
        cmocka_unit_test_setup_teardown(
            a_stopped_worker_takes_nothing_until_it_is_started_again, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(evicting_one_run_or_all, setup_cached, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_slow_worker_answers_later, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(namespaces_have_workers_and_runs_of_their_own, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_worker_that_is_refused_is_a_verdict, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_misspelt_workflow_type_is_told_with_the_nearest, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(several_are_waited_for, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(all_of_none_is_a_verdict, setup, recorder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
