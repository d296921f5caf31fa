/* SPDX-License-Identifier: MIT */
/* Running out of memory at any time, on whichever thread: it is told, nothing hangs, and all is given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/threads/world.h"
#include "worker/threads/threads.h"

static enum tl_status works(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    if (tl_heartbeat(activity, NULL) != TL_OK || tl_activity_sleep(activity, TL_MICROSECONDS(10)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_activity_result_text(activity, result, "\"worked\"");
}

static void open_with(const struct tl_allocator *allocator)
{
    struct tl_error error;

    world = (struct world){.driver = threads_driver_new(allocator, &error), .registry = world.registry};
    if (world.driver == NULL) {
        return;
    }
    unsigned held = threads_lock(world.driver);
    world.sim = tl_sim_new(world.driver, NULL, &error);
    threads_unlock(world.driver, held);
    if (world.sim == NULL) {
        return;
    }
    const struct tl_worker_options options = {.task_queue = "orders", .registry = world.registry};
    world.client = tl_client_new(world.driver, tl_sim_service(world.sim), NULL, &error);
    world.worker = tl_worker_new(world.driver, tl_sim_service(world.sim), &options, &error);
}

static enum tl_status run(void)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    const struct tl_payload type = tl_payload_json("\"Works\"");
    struct tl_handle *handle = NULL;
    struct tl_error error;

    if (world.client == NULL || world.worker == NULL) {
        return TL_NO_MEMORY;
    }
    enum tl_status status = tl_client_start(world.client, "Runs", "a", TL_ARGS(type), &options, &handle, &error);
    return status == TL_OK ? tl_handle_result(handle, NULL, &error) : status;
}

static void close_all(void)
{
    if (world.driver == NULL) {
        return;
    }
    tl_worker_free(world.worker);
    tl_client_free(world.client);
    unsigned held = threads_lock(world.driver);
    tl_sim_free(world.sim);
    threads_unlock(world.driver, held);
    tl_driver_free(world.driver);
}

static void it_is_told_and_all_is_given_back(void **state)
{
    struct failing_allocator memory;
    size_t nth = 0;

    (void)state;
    world.registry = tl_registry_new(NULL);
    world_add_runner();
    world_add_activity("Works", works);
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        open_with(&memory.allocator);
        enum tl_status status = run();
        close_all();
        assert_null(failing_allocator_complaint(&memory));
        assert_int_equal(memory.live_bytes, 0);
        assert_true(status == TL_OK || status == TL_NO_MEMORY);
        assert_true(status == TL_OK || memory.failed > 0);
    } while (memory.failed > 0);
    tl_registry_free(world.registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_and_all_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
