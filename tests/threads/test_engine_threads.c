/* SPDX-License-Identifier: MIT */
/* A worker with several engine threads: runs are spread over them, stay, and go on side by side. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/signal.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/threads/station.h"
#include "tests/threads/world.h"

#define THREADS 3
#define RUNS    12

/* ---- Which thread ---- */

/* Its address tells this thread from all others that are. */
static _Thread_local char own_mark;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *marks[RUNS]; /* all that were seen; lock */
static size_t mark_count;

/* Lock. */
static void note_mark(void)
{
    size_t i = 0;

    while (i < mark_count && marks[i] != &own_mark) {
        i++;
    }
    if (i == mark_count && i < RUNS) {
        marks[mark_count++] = &own_mark;
    }
}

/* ---- Runs that tell where they are ---- */

struct seen {
    const char *thread;
    size_t begun; /* the code from its beginning: once, unless it was replayed */
    bool moved;
};

static struct seen runs[RUNS]; /* lock */

static struct seen *seen_of(struct tl_workflow *wf)
{
    return &runs[strtoul(tl_workflow_info(wf)->workflow_id, NULL, 10)];
}

static void note(struct seen *seen, bool begins)
{
    (void)pthread_mutex_lock(&lock);
    note_mark();
    seen->begun += begins ? 1 : 0;
    seen->moved |= seen->thread != NULL && seen->thread != &own_mark;
    seen->thread = &own_mark;
    (void)pthread_mutex_unlock(&lock);
}

/* Until it has had three signals. */
static enum tl_status listens(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct seen *seen = seen_of(wf);

    (void)input;
    note(seen, true);
    for (int i = 0; i < 3; i++) {
        enum tl_status status = tl_signal_wait(wf, "tick", TL_SECONDS(60), NULL);

        if (status != TL_OK) {
            return tl_fail(wf, "Silence", "no signal");
        }
        note(seen, false);
    }
    return tl_result_text(wf, result, "\"heard\"");
}

static int open_station(void **state)
{
    memset(runs, 0, sizeof(runs));
    mark_count = 0;
    int opened = station_open(state);
    tl_register_workflow(station.registry, "Listens", listens);
    return opened;
}

static void start_runs(struct tl_handle *handles[])
{
    for (size_t i = 0; i < RUNS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%zu", i);
        handles[i] = station_start("Listens", id, NULL);
    }
}

static void wait_until_all_have_begun(void)
{
    for (size_t begun = 0; begun < RUNS;) {
        world_pause(TL_MICROSECONDS(100));
        (void)pthread_mutex_lock(&lock);
        begun = 0;
        for (size_t i = 0; i < RUNS; i++) {
            begun += runs[i].begun;
        }
        (void)pthread_mutex_unlock(&lock);
    }
}

/* The service hands a task to the poll that has waited longest: each thread's come in turn. */
static void runs_are_spread_over_the_threads_and_stay(void **state)
{
    struct tl_handle *handles[RUNS];

    (void)state;
    station_work(THREADS, NULL);
    start_runs(handles);
    wait_until_all_have_begun();
    for (int tick = 0; tick < 3; tick++) {
        for (size_t i = 0; i < RUNS; i++) {
            assert_int_equal(tl_handle_signal(handles[i], "tick", NULL, NULL), TL_OK);
        }
    }
    for (size_t i = 0; i < RUNS; i++) {
        assert_string_equal(station_result(handles[i]), "\"heard\"");
    }
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < RUNS; i++) {
        assert_int_equal(runs[i].begun, 1);
        assert_false(runs[i].moved);
    }
    assert_int_equal(mark_count, THREADS);
    (void)pthread_mutex_unlock(&lock);
    assert_int_equal(front_calls(station.front, "GetWorkflowExecutionHistory"), 0);
}

static size_t met; /* lock */

/* Code of workflows that waits for others, as none should: it comes back when a run of each thread stands here. */
static enum tl_status meets(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    bool all_here = false;

    (void)input;
    (void)pthread_mutex_lock(&lock);
    met++;
    (void)pthread_mutex_unlock(&lock);
    while (!all_here) {
        (void)pthread_mutex_lock(&lock);
        all_here = met >= THREADS;
        (void)pthread_mutex_unlock(&lock);
    }
    return tl_result_text(wf, result, "\"met\"");
}

static void workflows_run_side_by_side(void **state)
{
    struct tl_handle *handles[THREADS];

    (void)state;
    met = 0;
    tl_register_workflow(station.registry, "Meets", meets);
    station_work(THREADS, &(struct tl_worker_options){.deadlock_limit = TL_NEVER});
    for (size_t i = 0; i < THREADS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%zu", i);
        handles[i] = station_start("Meets", id, NULL);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_string_equal(station_result(handles[i]), "\"met\"");
    }
}

static int may_return; /* atomic */

static enum tl_status spins(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    while (!__atomic_load_n(&may_return, __ATOMIC_ACQUIRE)) {
    }
    return tl_result_text(wf, result, "\"returned\"");
}

/* Each has one that does not come back; its task is failed by that thread's own watch. */
static void each_thread_is_watched(void **state)
{
    struct tl_handle *handles[THREADS];

    (void)state;
    __atomic_store_n(&may_return, 0, __ATOMIC_RELEASE);
    tl_register_workflow(station.registry, "Spins", spins);
    station_work(THREADS, &(struct tl_worker_options){.deadlock_limit = TL_MILLISECONDS(20)});
    for (size_t i = 0; i < THREADS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%zu", i);
        handles[i] = station_start("Spins", id, NULL);
    }
    while (front_calls(station.front, "RespondWorkflowTaskFailed") < THREADS) {
        world_pause(TL_MICROSECONDS(100));
    }
    __atomic_store_n(&may_return, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < THREADS; i++) {
        assert_string_equal(station_result(handles[i]), "\"returned\"");
    }
}

/* Tasks that are being answered come first. */
static void wait_until_cached(size_t count)
{
    while (tl_worker_cached(station.worker) != count) {
        world_pause(TL_MICROSECONDS(100));
    }
}

static void caches_are_counted_and_emptied_together(void **state)
{
    struct tl_handle *handles[RUNS];

    (void)state;
    station_work(THREADS, NULL);
    start_runs(handles);
    wait_until_all_have_begun();
    wait_until_cached(RUNS);
    assert_int_equal(tl_worker_evict(station.worker, tl_handle_run_id(handles[0])), 1);
    assert_int_equal(tl_worker_evict(station.worker, "no such run"), 0);
    wait_until_cached(RUNS - 1);
    assert_int_equal(tl_worker_evict(station.worker, NULL), RUNS - 1);
    wait_until_cached(0);
    for (size_t i = 0; i < RUNS; i++) {
        tl_handle_free(handles[i]);
    }
}

static void *look_at_worker(void *user)
{
    struct tl_error error;

    for (int i = 0; i < 20; i++) {
        CHECK(!tl_worker_stopped(station.worker) && tl_worker_check(station.worker, &error) == TL_OK);
        CHECK(tl_worker_cached(station.worker) <= RUNS);
        (void)tl_worker_evict(station.worker, NULL);
        tl_worker_slots_changed(station.worker);
    }
    return user;
}

/* While runs go on, which are replayed as often as they are evicted. */
static void every_call_may_be_made_by_every_thread(void **state)
{
    struct tl_handle *handles[RUNS];
    pthread_t threads[4];

    (void)state;
    station_work(THREADS, NULL);
    start_runs(handles);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, look_at_worker, NULL), 0);
    }
    for (int tick = 0; tick < 3; tick++) {
        for (size_t i = 0; i < RUNS; i++) {
            assert_int_equal(tl_handle_signal(handles[i], "tick", NULL, NULL), TL_OK);
        }
    }
    for (size_t i = 0; i < RUNS; i++) {
        assert_string_equal(station_result(handles[i]), "\"heard\"");
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_are_spread_over_the_threads_and_stay, open_station, station_close),
        cmocka_unit_test_setup_teardown(workflows_run_side_by_side, open_station, station_close),
        cmocka_unit_test_setup_teardown(each_thread_is_watched, open_station, station_close),
        cmocka_unit_test_setup_teardown(caches_are_counted_and_emptied_together, open_station, station_close),
        cmocka_unit_test_setup_teardown(every_call_may_be_made_by_every_thread, open_station, station_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
