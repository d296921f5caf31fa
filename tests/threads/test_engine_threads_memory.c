/* SPDX-License-Identifier: MIT */
/* Running out of memory on any of several engine threads, and while they are made: it is told, nothing hangs. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/threads/station.h"
#include "tests/threads/world.h"

#define THREADS ((size_t)2)

/* ---- One allocator for all threads ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct failing_allocator memory;

/*
 * The channel's thread, which makes answers: tests of connections fail it. Here each poll that its want of memory costs
 * would be a second of waiting.
 */
static _Thread_local bool is_channels;
static pthread_t main_thread;
static bool connecting; /* lock; then it is the only thread that makes anything but the main one */

static void *take_one(size_t size)
{
    is_channels |= connecting && !pthread_equal(pthread_self(), main_thread);
    if (is_channels && memory.fail_at > memory.taken) {
        memory.fail_at++; /* it does not count */
    }
    return memory.allocator.alloc(memory.allocator.user, size);
}

static void *take(void *user, size_t size)
{
    (void)user;
    (void)pthread_mutex_lock(&lock);
    void *taken = take_one(size);
    (void)pthread_mutex_unlock(&lock);
    return taken;
}

static void give(void *user, void *given, size_t size)
{
    (void)user;
    (void)pthread_mutex_lock(&lock);
    memory.allocator.free(memory.allocator.user, given, size);
    (void)pthread_mutex_unlock(&lock);
}

static void fail_at(size_t nth)
{
    (void)pthread_mutex_lock(&lock);
    connecting = false;
    failing_allocator_fail(&memory, nth, FAIL_ONCE);
    (void)pthread_mutex_unlock(&lock);
}

static bool has_failed(void)
{
    (void)pthread_mutex_lock(&lock);
    bool failed = memory.failed > 0;
    (void)pthread_mutex_unlock(&lock);
    return failed;
}

/* ---- A worker's life ---- */

static enum tl_status returns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "\"done\"");
}

/* Until the runs are done, or the worker has stopped: by itself then, for want of memory. */
static void work(void)
{
    struct tl_worker *worker = station.worker;
    size_t done = front_calls(station.front, "RespondWorkflowTaskCompleted");
    static int number;

    for (size_t i = 0; i < 2 * THREADS; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "%d", number++);
        tl_handle_free(station_start("Returns", id, NULL));
    }
    while (!tl_worker_stopped(worker) &&
           front_calls(station.front, "RespondWorkflowTaskCompleted") < done + 2 * THREADS) {
        world_pause(TL_MICROSECONDS(100));
    }
}

/* TL_OK, or how it failed. */
static enum tl_status live(void)
{
    const struct tl_worker_options options = {
        .task_queue = "orders", .registry = station.registry, .engine_threads = THREADS};
    struct tl_error error = {.status = TL_OK};

    station.worker = tl_worker_start(station.connection, &options, &error);
    if (station.worker == NULL) {
        return error.status;
    }
    work();
    return station_stop(&error);
}

/* A connection of its own each, whose making others test: memory fails from then on. */
static enum tl_status once(size_t nth)
{
    const struct tl_allocator allocator = {.alloc = take, .free = give};
    struct tl_error error = {0};

    failing_allocator_init(&memory);
    main_thread = pthread_self();
    connecting = true;
    station.connection = tl_connect(
        &(struct tl_connection_options){.address = front_address(station.front), .allocator = &allocator}, &error);
    assert_non_null(station.connection);
    fail_at(nth);
    enum tl_status status = live();
    tl_connection_free(station.connection);
    station.connection = NULL;
    return status;
}

static void it_is_told_and_all_is_given_back(void **state)
{
    size_t nth = 0;
    bool failed = true;

    (void)state;
    tl_connection_free(station.connection);
    station.connection = NULL;
    tl_register_workflow(station.registry, "Returns", returns);
    while (failed) {
        nth++;
        enum tl_status status = once(nth);
        const char *complaint = failing_allocator_complaint(&memory);

        failed = has_failed();
        if (complaint != NULL) {
            fail_msg("allocation %zu, %s: %s", nth, tl_status_name(status), complaint);
        }
        assert_true(status == TL_OK || status == TL_NO_MEMORY);
        assert_true(status == TL_OK || failed);
    }
    assert_true(nth > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_told_and_all_is_given_back, station_open, station_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
