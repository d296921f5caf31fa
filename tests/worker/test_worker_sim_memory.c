/* SPDX-License-Identifier: MIT */
/* Each allocation of a whole run failed in turn: driver, simulator, worker, client, workflow and activity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/client.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/failing_allocator.h"

static struct failing_allocator memory;
static struct tl_driver *driver;
static struct tl_sim *sim;
static struct tl_registry *registry;
static struct tl_worker *worker;
static struct tl_client *client;

static enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    if (tl_activity_info(activity)->attempt == 1) {
        return tl_activity_fail(activity, "GatewayBusy", "%s", "try again");
    }
    if (tl_heartbeat(activity, input) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    *result = input->items[0];
    return TL_OK;
}

static enum tl_status order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    if (tl_sleep(wf, TL_DAYS(30)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_activity_run(wf, "Charge", input, &options, result);
}

/* Makes what it can; whatever was not made is NULL. */
static void open_world(const struct tl_sim_options *options)
{
    const struct tl_worker_options worker_options = {.task_queue = "orders", .registry = registry};
    const struct tl_client_options client_options = {.skip_time = 1};

    sim = NULL;
    worker = NULL;
    client = NULL;
    driver = tl_driver_new(&(struct tl_driver_options){.allocator = &memory.allocator}, NULL);
    if (driver != NULL) {
        sim = tl_sim_new(driver, options, NULL);
    }
    if (sim != NULL) {
        worker = tl_worker_new(driver, tl_sim_service(sim), &worker_options, NULL);
    }
    if (worker != NULL) {
        client = tl_client_new(driver, tl_sim_service(sim), &client_options, NULL);
    }
}

static void close_world(void)
{
    if (client != NULL) {
        tl_client_free(client);
    }
    if (worker != NULL) {
        tl_worker_free(worker);
    }
    if (sim != NULL) {
        tl_sim_free(sim);
    }
    tl_driver_free(driver);
}

static enum tl_status run_order(void)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    const struct tl_payload input = tl_payload_json("40");
    struct tl_handle *handle = NULL;
    struct tl_payload result = {0};
    struct tl_error error;
    enum tl_status status = tl_client_start(client, "Order", "order-1", TL_ARGS(input), &options, &handle, &error);

    if (status == TL_OK) {
        status = tl_handle_result(handle, &result, &error);
    }
    if (status == TL_OK) {
        assert_true(tl_bytes_equal(result.data, tl_bytes_of("40")));
    }
    return status;
}

static void fail_each(const struct tl_sim_options *options, enum fail_mode mode)
{
    size_t nth = 0;

    registry = tl_registry_new(NULL);
    tl_register_workflow(registry, "Order", order);
    tl_register_activity(registry, "Charge", charge);
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        open_world(options);
        if (client == NULL) {
            assert_true(memory.failed > 0);
        } else {
            enum tl_status status = run_order();

            assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        }
        close_world();
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 50);
    tl_registry_free(registry);
}

static void each_allocation_of_a_run_may_fail(void **state)
{
    (void)state;
    fail_each(NULL, FAIL_ONCE);
}

static void memory_may_run_out_for_good_anywhere(void **state)
{
    (void)state;
    fail_each(NULL, FAIL_FROM_NOW);
}

static void each_allocation_of_a_run_over_wire_may_fail(void **state)
{
    (void)state;
    fail_each(&(struct tl_sim_options){.wire = 1}, FAIL_ONCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_a_run_may_fail),
        cmocka_unit_test(memory_may_run_out_for_good_anywhere),
        cmocka_unit_test(each_allocation_of_a_run_over_wire_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
