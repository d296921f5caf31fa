/* SPDX-License-Identifier: MIT */
/* A worker with several engine threads stops as one: when it is asked to, by a signal, and when one of them fails. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/signal.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/threads/station.h"
#include "tests/threads/world.h"

#define THREADS ((size_t)3)

static size_t entered; /* atomic: activities that have begun */

static void wait_until_entered(size_t count)
{
    while (__atomic_load_n(&entered, __ATOMIC_SEQ_CST) < count) {
        world_pause(TL_MICROSECONDS(100));
    }
}

static void enter(void)
{
    (void)__atomic_add_fetch(&entered, 1, __ATOMIC_SEQ_CST);
}

static enum tl_status blocks(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enter();
    world_pause(TL_MILLISECONDS(20));
    return tl_activity_result_text(activity, result, "\"to the end\"");
}

static struct tl_worker *own_worker; /* atomic: the thread sanitizer sees no order in what comes by gRPC */

/* Asks a client of the connection, whichever thread the activity is of; the input says what. */
static enum tl_status asks(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_bytes what = input->items[0].data;
    struct tl_error error = {0};
    struct tl_client *client = tl_client_new(
        tl_connection_driver(station.connection), tl_connection_service(station.connection), NULL, &error);
    struct tl_handle *handle = tl_client_handle(client, "listener", NULL);
    enum tl_status status;

    enter();
    if (memcmp(what.data, "\"signal\"", what.len) == 0) {
        status = tl_handle_signal(handle, "go", NULL, &error);
    } else if (memcmp(what.data, "\"result\"", what.len) == 0) {
        status = tl_handle_result(handle, NULL, &error);
    } else {
        status = tl_worker_join(__atomic_load_n(&own_worker, __ATOMIC_ACQUIRE), &error);
    }
    tl_handle_free(handle);
    tl_client_free(client);
    return tl_activity_result_text(activity, result, "\"%s\"", tl_status_name(status));
}

static enum tl_status runs(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_retry_policy once = {.maximum_attempts = 1};
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(60), .retry = &once};
    struct tl_payload what = tl_payload_dup(wf, &input->items[0]);

    if (what.data.len == 4) { /* null */
        return tl_activity_run(wf, "Blocks", NULL, &options, result);
    }
    return tl_activity_run(wf, "Asks", TL_ARGS(what), &options, result);
}

static enum tl_status listens(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_signal_wait(wf, "go", TL_SECONDS(60), NULL) == TL_OK ? tl_result_text(wf, result, "\"heard\"")
                                                                   : tl_fail(wf, "Silence", "no signal");
}

static enum tl_status
fails_its_driver(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    tl_driver_fail(tl_driver_of_coroutine(), TL_VERDICT, NULL, 0, "enough");
    return TL_OK;
}

static int open_station(void **state)
{
    int opened = station_open(state);

    __atomic_store_n(&entered, 0, __ATOMIC_SEQ_CST);
    tl_register_workflow(station.registry, "Runs", runs);
    tl_register_workflow(station.registry, "Listens", listens);
    tl_register_workflow(station.registry, "FailsItsDriver", fails_its_driver);
    tl_register_activity(station.registry, "Blocks", blocks);
    tl_register_activity(station.registry, "Asks", asks);
    return opened;
}

/* ---- Stopping ---- */

static void all_threads_say_that_they_go(void **state)
{
    struct tl_error error;

    (void)state;
    station_work(THREADS, NULL);
    assert_false(tl_worker_stopped(station.worker));
    tl_worker_stop(station.worker);
    assert_int_equal(tl_worker_join(station.worker, &error), TL_OK);
    assert_true(tl_worker_stopped(station.worker));
    assert_int_equal(tl_worker_check(station.worker, &error), TL_OK);
    assert_int_equal(front_calls(station.front, "ShutdownWorker"), THREADS);
}

static void what_is_under_way_on_any_is_answered(void **state)
{
    struct tl_handle *handles[THREADS];
    struct tl_error error;

    (void)state;
    station_work(THREADS, &(struct tl_worker_options){.activity_slots = THREADS}); /* one each */
    for (size_t i = 0; i < THREADS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%zu", i);
        handles[i] = station_start("Runs", id, NULL);
    }
    wait_until_entered(THREADS);
    assert_int_equal(station_stop(&error), TL_OK);
    assert_int_equal(
        front_calls(station.front, "RespondActivityTaskCompleted"), THREADS); /* the next worker need only go on */
    station_work(2, NULL);
    for (size_t i = 0; i < THREADS; i++) {
        assert_string_equal(station_result(handles[i]), "\"to the end\"");
    }
}

static pthread_t main_thread;

static void *send_term(void *user)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    (void)user;
    while (action.sa_handler == SIG_DFL) {
        world_pause(TL_MICROSECONDS(100));
        (void)sigaction(SIGTERM, NULL, &action);
    }
    (void)pthread_kill(main_thread, SIGTERM); /* NOLINT(bugprone-bad-signal-to-kill-thread): it has a handler */
    return NULL;
}

static void sigterm_is_for_all_threads(void **state)
{
    struct tl_error error;
    pthread_t thread;

    (void)state;
    main_thread = pthread_self();
    station_work(THREADS, NULL);
    assert_int_equal(pthread_create(&thread, NULL, send_term, NULL), 0);
    assert_int_equal(tl_workers_run(&station.worker, 1, &error), TL_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(front_calls(station.front, "ShutdownWorker"), THREADS);
}

static void it_is_freed_while_all_poll(void **state)
{
    (void)state;
    station_work(THREADS, NULL);
    tl_worker_free(station.worker);
    station_work(THREADS, NULL); /* the connection is as it was; the tear-down frees this one */
}

/* The others go on for nobody: they are asked to stop, and what failed is told. */
static void a_thread_that_fails_stops_the_others_and_is_told(void **state)
{
    struct tl_handle *handles[THREADS];
    struct tl_error error = {0};

    (void)state;
    station_work(THREADS, NULL);
    handles[0] = station_start("FailsItsDriver", "fails", NULL);
    assert_int_equal(tl_worker_join(station.worker, &error), TL_VERDICT);
    assert_string_equal(error.message, "enough");
    assert_true(tl_worker_stopped(station.worker));
    memset(&error, 0, sizeof(error));
    assert_int_equal(tl_worker_check(station.worker, &error), TL_VERDICT);
    assert_string_equal(error.message, "enough");
    assert_int_equal(front_calls(station.front, "ShutdownWorker"), THREADS - 1);
    tl_handle_free(handles[0]);
}

/* ---- Activities and the connection's clients ---- */

/* So many that every thread has some: it has a slot for two. */
static void activities_of_all_threads_ask_the_connections_clients(void **state)
{
    struct tl_handle *handles[2 * THREADS];
    struct tl_handle *listener;

    (void)state;
    station_work(THREADS, &(struct tl_worker_options){.activity_slots = 2 * THREADS});
    listener = station_start("Listens", "listener", NULL);
    for (size_t i = 0; i < 2 * THREADS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%zu", i);
        handles[i] = station_start("Runs", id, "\"result\"");
    }
    wait_until_entered(2 * THREADS);
    assert_int_equal(tl_handle_signal(listener, "go", NULL, NULL), TL_OK);
    for (size_t i = 0; i < 2 * THREADS; i++) {
        assert_string_equal(station_result(handles[i]), "\"ok\"");
    }
    tl_handle_free(listener);
}

static void each_may_signal(void **state)
{
    struct tl_handle *listener;

    (void)state;
    station_work(THREADS, NULL);
    listener = station_start("Listens", "listener", NULL);
    assert_string_equal(station_result(station_start("Runs", "signals", "\"signal\"")), "\"ok\"");
    assert_string_equal(station_result(listener), "\"heard\"");
}

/* Their waits end: nobody signals the listener. */
static void such_a_wait_ends_when_the_activity_is_to_stop(void **state)
{
    struct tl_handle *handles[THREADS];
    struct tl_error error;

    (void)state;
    station_work(THREADS, &(struct tl_worker_options){.activity_slots = THREADS, .stop_grace = TL_MILLISECONDS(5)});
    tl_handle_free(station_start("Listens", "listener", NULL));
    for (size_t i = 0; i < THREADS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%zu", i);
        handles[i] = station_start("Runs", id, "\"result\"");
    }
    wait_until_entered(THREADS);
    assert_int_equal(station_stop(&error), TL_OK);
    for (size_t i = 0; i < THREADS; i++) {
        tl_handle_free(handles[i]);
    }
}

static void freeing_the_worker_ends_it_too(void **state)
{
    (void)state;
    station_work(THREADS, &(struct tl_worker_options){.activity_slots = THREADS});
    tl_handle_free(station_start("Listens", "listener", NULL));
    for (size_t i = 0; i < THREADS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%zu", i);
        tl_handle_free(station_start("Runs", id, "\"result\""));
    }
    wait_until_entered(THREADS);
    tl_worker_free(station.worker);
    station.worker = NULL;
}

static void no_activity_waits_for_its_own_worker(void **state)
{
    (void)state;
    station_work(THREADS, NULL);
    __atomic_store_n(&own_worker, station.worker, __ATOMIC_RELEASE);
    assert_string_equal(station_result(station_start("Runs", "joins", "\"join\"")), "\"failed precondition\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_threads_say_that_they_go, open_station, station_close),
        cmocka_unit_test_setup_teardown(what_is_under_way_on_any_is_answered, open_station, station_close),
        cmocka_unit_test_setup_teardown(sigterm_is_for_all_threads, open_station, station_close),
        cmocka_unit_test_setup_teardown(it_is_freed_while_all_poll, open_station, station_close),
        cmocka_unit_test_setup_teardown(a_thread_that_fails_stops_the_others_and_is_told, open_station, station_close),
        cmocka_unit_test_setup_teardown(
            activities_of_all_threads_ask_the_connections_clients, open_station, station_close),
        cmocka_unit_test_setup_teardown(each_may_signal, open_station, station_close),
        cmocka_unit_test_setup_teardown(such_a_wait_ends_when_the_activity_is_to_stop, open_station, station_close),
        cmocka_unit_test_setup_teardown(freeing_the_worker_ends_it_too, open_station, station_close),
        cmocka_unit_test_setup_teardown(no_activity_waits_for_its_own_worker, open_station, station_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
