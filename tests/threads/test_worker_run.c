/* SPDX-License-Identifier: MIT */
/* Workers of a process: signals drain them, activities under way are waited for or asked to stop. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <timelapse/activity.h>
#include <timelapse/worker_run.h>
#include <timelapse/workflow.h>
#include <unistd.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/threads/world.h"

/* ---- Activities that tell where they are ---- */

static int entered; /* atomic */
static pthread_t main_thread;

static void wait_until_entered(void)
{
    while (__atomic_load_n(&entered, __ATOMIC_SEQ_CST) == 0) {
        world_pause(TL_MICROSECONDS(100));
    }
}

static enum tl_status blocks(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    __atomic_store_n(&entered, 1, __ATOMIC_SEQ_CST);
    world_pause(TL_MILLISECONDS(20));
    return tl_activity_result_text(activity, result, "\"to the end\"");
}

static enum tl_status
sleeps_long(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    __atomic_store_n(&entered, 1, __ATOMIC_SEQ_CST);
    return tl_activity_sleep(activity, TL_SECONDS(100));
}

static int open_world(void **state)
{
    main_thread = pthread_self();
    __atomic_store_n(&entered, 0, __ATOMIC_SEQ_CST);
    int opened = world_open(state);
    world_add_runner();
    world_add_activity("Blocks", blocks);
    world_add_activity("SleepsLong", sleeps_long);
    return opened;
}

/* ---- Stopping ---- */

static void a_worker_without_work_stops(void **state)
{
    struct tl_error error;

    (void)state;
    world_work(NULL);
    tl_worker_stop(world.worker);
    assert_int_equal(tl_worker_join(world.worker, &error), TL_OK);
    assert_true(tl_worker_stopped(world.worker));
}

static void stopping_waits_for_activities(void **state)
{
    struct tl_error error;

    (void)state;
    world_work(NULL);
    (void)world_start("Runs", "a", "\"Blocks\"");
    wait_until_entered();
    tl_worker_stop(world.worker);
    assert_int_equal(tl_worker_join(world.worker, &error), TL_OK);
    tl_worker_free(world.worker);
    world_work(NULL); /* the next worker completes the workflow */
    assert_string_equal(world_result(tl_client_handle(world.client, "a", NULL)), "\"to the end\"");
}

static void after_the_grace_activities_are_asked_to_stop(void **state)
{
    struct tl_error error;

    (void)state;
    world_work(&(struct tl_worker_options){.stop_grace = TL_MILLISECONDS(5)});
    (void)world_start("Runs", "a", "\"SleepsLong\"");
    wait_until_entered();
    tl_worker_stop(world.worker);
    assert_int_equal(tl_worker_join(world.worker, &error), TL_OK);
}

static void freeing_waits_for_code_that_runs_and_leaves_what_waits(void **state)
{
    (void)state;
    world_work(NULL);
    (void)world_start("Runs", "a", "\"SleepsLong\"");
    wait_until_entered();
    __atomic_store_n(&entered, 0, __ATOMIC_SEQ_CST);
    (void)world_start("Runs", "b", "\"Blocks\"");
    wait_until_entered();
    tl_worker_free(world.worker);
    world.worker = NULL;
}

/* ---- Signals ---- */

static void wait_for_handler(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    while (action.sa_handler == SIG_DFL) {
        world_pause(TL_MICROSECONDS(100));
        (void)sigaction(SIGTERM, NULL, &action);
    }
}

/* To the thread that waits: the thread sanitizer calls handlers of those only that wait in a call which it knows. */
static void send_to_main(void)
{
    (void)pthread_kill(main_thread, SIGTERM); /* NOLINT(bugprone-bad-signal-to-kill-thread): it has a handler */
}

static void *send_term(void *user)
{
    (void)user;
    wait_until_entered();
    wait_for_handler();
    send_to_main();
    return NULL;
}

static void sigterm_drains_and_the_handler_is_as_before(void **state)
{
    struct sigaction before;
    struct sigaction after;
    struct tl_error error;
    pthread_t thread;

    (void)state;
    assert_int_equal(sigaction(SIGTERM, NULL, &before), 0);
    world_work(NULL);
    (void)world_start("Runs", "a", "\"Blocks\"");
    assert_int_equal(pthread_create(&thread, NULL, send_term, NULL), 0);
    assert_int_equal(tl_workers_run(&world.worker, 1, &error), TL_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(tl_worker_stopped(world.worker));
    assert_int_equal(sigaction(SIGTERM, NULL, &after), 0);
    assert_true(after.sa_handler == before.sa_handler);
}

static void several_workers_stop_together(void **state)
{
    struct tl_worker *workers[3];
    struct tl_error error;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        world_work(NULL);
        workers[i] = world.worker;
    }
    tl_worker_stop(workers[1]); /* for whatever reason */
    assert_int_equal(tl_workers_run(workers, 3, &error), TL_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_true(tl_worker_stopped(workers[i]));
        tl_worker_free(workers[i]);
    }
    world.worker = NULL;
}

static void a_verdict_ends_the_run(void **state)
{
    struct tl_error error;

    (void)state;
    world_work(NULL);
    tl_driver_fail(world.driver, TL_VERDICT, NULL, 0, "enough");
    assert_int_equal(tl_workers_run(&world.worker, 1, &error), TL_VERDICT);
    assert_string_equal(error.message, "enough");
}

static void none_or_too_many_are_refused(void **state)
{
    struct tl_error error;

    (void)state;
    assert_int_equal(tl_workers_run(NULL, 0, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "count");
    assert_int_equal(tl_workers_run(NULL, TL_WORKERS_MOST + 1, &error), TL_INVALID_ARGUMENT);
    assert_int_equal(tl_workers_run(NULL, 1, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "workers");
}

static void a_worker_that_is_missing_or_there_twice_is_refused_and_none_is_stopped(void **state)
{
    struct tl_error error;

    (void)state;
    world_work(NULL);
    struct tl_worker *workers[] = {world.worker, NULL, world.worker};
    assert_int_equal(tl_workers_run(workers, 2, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "workers[1]");
    assert_string_equal(error.message, "is required");
    workers[1] = world.worker;
    assert_int_equal(tl_workers_run(workers, 2, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "workers[1]");
    assert_string_equal(error.message, "is there twice");
    assert_false(tl_worker_stopped(world.worker));
    (void)world_start("Runs", "a", "\"Blocks\"");
    assert_string_equal(world_result(tl_client_handle(world.client, "a", NULL)), "\"to the end\"");
}

static void one_that_has_stopped_is_not_waited_for_and_does_not_begin_again(void **state)
{
    struct tl_error error;

    (void)state;
    world_work(NULL);
    tl_worker_stop(world.worker);
    tl_worker_stop(world.worker);
    assert_int_equal(tl_worker_join(world.worker, &error), TL_OK);
    assert_int_equal(tl_worker_join(world.worker, &error), TL_OK);
    assert_int_equal(tl_workers_run(&world.worker, 1, &error), TL_OK);
    tl_worker_stop(world.worker);
    assert_true(tl_worker_stopped(world.worker));
}

static void no_worker_cannot_be_waited_for(void **state)
{
    struct tl_error error;

    (void)state;
    assert_int_equal(tl_worker_join(NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "worker");
}

/* ---- The second signal ---- */

static void *send_twice(void *user)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    send_term(user);
    while (action.sa_handler != SIG_DFL) {
        world_pause(TL_MICROSECONDS(100));
        (void)sigaction(SIGTERM, NULL, &action);
    }
    send_to_main();
    return NULL;
}

static void run_until_killed(void)
{
    void *state = NULL;
    struct tl_error error;
    pthread_t thread;

    (void)open_world(&state);
    world_work(NULL);
    (void)world_start("Runs", "a", "\"SleepsLong\"");
    (void)pthread_create(&thread, NULL, send_twice, NULL);
    _exit(tl_workers_run(&world.worker, 1, &error) == TL_OK ? 0 : 1);
}

/* Before any thread is made: what a child of a program with threads may do is little. */
static void the_second_signal_ends_the_process(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        run_until_killed();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_signal_ends_the_process),
        cmocka_unit_test_setup_teardown(a_worker_without_work_stops, open_world, world_close),
        cmocka_unit_test_setup_teardown(stopping_waits_for_activities, open_world, world_close),
        cmocka_unit_test_setup_teardown(after_the_grace_activities_are_asked_to_stop, open_world, world_close),
        cmocka_unit_test_setup_teardown(
            freeing_waits_for_code_that_runs_and_leaves_what_waits, open_world, world_close),
        cmocka_unit_test_setup_teardown(sigterm_drains_and_the_handler_is_as_before, open_world, world_close),
        cmocka_unit_test_setup_teardown(several_workers_stop_together, open_world, world_close),
        cmocka_unit_test_setup_teardown(a_verdict_ends_the_run, open_world, world_close),
        cmocka_unit_test_setup_teardown(none_or_too_many_are_refused, open_world, world_close),
        cmocka_unit_test_setup_teardown(
            a_worker_that_is_missing_or_there_twice_is_refused_and_none_is_stopped, open_world, world_close),
        cmocka_unit_test_setup_teardown(
            one_that_has_stopped_is_not_waited_for_and_does_not_begin_again, open_world, world_close),
        cmocka_unit_test(no_worker_cannot_be_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
