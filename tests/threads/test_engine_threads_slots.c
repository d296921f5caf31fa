/* SPDX-License-Identifier: MIT */
/* What is limited is limited for all engine threads of a worker together. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <timelapse/activity.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/threads/station.h"
#include "tests/threads/world.h"

#define THREADS 3
#define RUNS    12

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- Work that is counted ---- */

static size_t working; /* lock, as the next two */
static size_t most;
static bool may_end;

static enum tl_status works(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    bool ends = false;

    (void)input;
    (void)pthread_mutex_lock(&lock);
    working++;
    most = working > most ? working : most;
    (void)pthread_mutex_unlock(&lock);
    while (!ends) {
        world_pause(TL_MICROSECONDS(100));
        (void)pthread_mutex_lock(&lock);
        ends = may_end;
        working -= ends ? 1 : 0;
        (void)pthread_mutex_unlock(&lock);
    }
    return tl_activity_result_text(activity, result, "\"worked\"");
}

static enum tl_status waits_for_work(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(60)};

    (void)input;
    return tl_activity_run(wf, "Works", NULL, &options, result);
}

static int open_with_work(void **state)
{
    int opened = station_open(state);

    working = most = 0;
    may_end = false;
    tl_register_workflow(station.registry, "WaitsForWork", waits_for_work);
    tl_register_activity(station.registry, "Works", works);
    return opened;
}

static size_t count_working(void)
{
    (void)pthread_mutex_lock(&lock);
    size_t count = working;
    (void)pthread_mutex_unlock(&lock);
    return count;
}

/* And as many they stay: what would begin beyond them has had the time to. */
static void wait_until_working(size_t count)
{
    while (count_working() < count) {
        world_pause(TL_MICROSECONDS(100));
    }
    for (size_t looks = 0; looks < 50 && count_working() == count; looks++) {
        world_pause(TL_MILLISECONDS(1));
    }
}

static void let_work_end(void)
{
    (void)pthread_mutex_lock(&lock);
    may_end = true;
    (void)pthread_mutex_unlock(&lock);
}

static void start_work(struct tl_handle *handles[])
{
    for (size_t i = 0; i < RUNS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "work-%zu", i);
        handles[i] = station_start("WaitsForWork", id, NULL);
    }
}

static void all_work_ends(struct tl_handle *handles[], size_t at_a_time)
{
    let_work_end();
    for (size_t i = 0; i < RUNS; i++) {
        assert_string_equal(station_result(handles[i]), "\"worked\"");
    }
    (void)pthread_mutex_lock(&lock);
    assert_int_equal(most, at_a_time);
    (void)pthread_mutex_unlock(&lock);
}

/* Of four slots one thread has two, and all are of use. */
static void slots_are_those_of_all_threads(void **state)
{
    struct tl_handle *handles[RUNS];

    (void)state;
    station_work(THREADS, &(struct tl_worker_options){.activity_slots = 4});
    start_work(handles);
    wait_until_working(4);
    all_work_ends(handles, 4);
}

/* A supplier that gives out activity slots up to its own number; what it is told has to be so. */
struct stingy {
    size_t used[TL_SLOT_ACTIVITY + 1];
    size_t most;
    bool lied_to;
    int inside; /* atomic */
};

static int reserve(void *user, const struct tl_slot_request *request)
{
    struct stingy *stingy = user;
    bool alone = __atomic_add_fetch(&stingy->inside, 1, __ATOMIC_SEQ_CST) == 1;
    size_t *used = &stingy->used[request->kind];
    bool gives = request->kind == TL_SLOT_WORKFLOW_TASK || *used < stingy->most;

    stingy->lied_to |= !alone || request->used != *used;
    *used += gives ? 1 : 0;
    (void)__atomic_sub_fetch(&stingy->inside, 1, __ATOMIC_SEQ_CST);
    return gives ? 1 : 0;
}

static void release(void *user, enum tl_slot_kind kind)
{
    struct stingy *stingy = user;
    bool alone = __atomic_add_fetch(&stingy->inside, 1, __ATOMIC_SEQ_CST) == 1;

    stingy->lied_to |= !alone;
    stingy->used[kind]--;
    (void)__atomic_sub_fetch(&stingy->inside, 1, __ATOMIC_SEQ_CST);
}

/* Fewer slots than threads: who was refused is asked again when another gives one back. */
static void a_supplier_is_asked_for_all_threads(void **state)
{
    struct stingy stingy = {.most = 2};
    const struct tl_slot_supplier supplier = {reserve, release, &stingy};
    struct tl_handle *handles[RUNS];
    struct tl_error error;

    (void)state;
    station_work(THREADS, &(struct tl_worker_options){.slot_supplier = &supplier});
    start_work(handles);
    wait_until_working(2);
    tl_worker_slots_changed(station.worker);
    all_work_ends(handles, 2);
    assert_int_equal(station_stop(&error), TL_OK);
    assert_false(stingy.lied_to);
    assert_int_equal(stingy.used[TL_SLOT_WORKFLOW_TASK] + stingy.used[TL_SLOT_ACTIVITY], 0);
}

/* Nothing is left of the attempt: the next one works. */
static void what_is_not_enough_for_all_is_named(void **state)
{
    struct tl_worker_options options = {
        .task_queue = "orders", .registry = station.registry, .engine_threads = THREADS, .activity_slots = THREADS - 1};
    struct tl_error error = {0};

    (void)state;
    assert_null(tl_worker_start(station.connection, &options, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "activity_slots");
    options.activity_slots = 0;
    options.engine_threads = TL_ENGINE_THREADS_MOST + 1;
    assert_null(tl_worker_start(station.connection, &options, &error));
    assert_string_equal(error.field, "engine_threads");
    assert_int_equal(front_calls(station.front, "PollWorkflowTaskQueue"), 0);
    station_work(THREADS, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slots_are_those_of_all_threads, open_with_work, station_close),
        cmocka_unit_test_setup_teardown(a_supplier_is_asked_for_all_threads, open_with_work, station_close),
        cmocka_unit_test_setup_teardown(what_is_not_enough_for_all_is_named, open_with_work, station_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
