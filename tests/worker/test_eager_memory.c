/* SPDX-License-Identifier: MIT */
/* Each allocation failed in turn where tasks come without a poll: with the answer to a start, and to a completion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>
#include <timelapse/activity.h>
#include <timelapse/client.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>
#include <timelapse/workflow.h>

#include "base/check.h"
#include "tests/lib/failing_allocator.h"

static struct failing_allocator memory;
static struct tl_driver *driver;
static struct tl_sim *sim;
static struct tl_registry *registry;
static struct tl_worker *worker;
static struct tl_client *client;

/* ---- Slots, as they are given ---- */

static size_t held;
static size_t eager_given[TL_SLOT_ACTIVITY + 1];

static int give(void *user, const struct tl_slot_request *request)
{
    (void)user;
    held++;
    eager_given[request->kind] += request->eager != 0 ? 1 : 0;
    return 1;
}

static void take_back(void *user, enum tl_slot_kind kind)
{
    (void)user;
    (void)kind;
    held--;
}

/* ---- What runs ---- */

static enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_activity_result_text(activity, result, "\"charged\"");
}

/* One more than are asked for without a poll. */
static enum tl_status order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};
    struct tl_future *charges[4];

    (void)input;
    for (size_t i = 0; i < COUNT_OF(charges); i++) {
        charges[i] = tl_activity_start(wf, "Charge", NULL, &options);
    }
    for (size_t i = 0; i < COUNT_OF(charges); i++) {
        if (tl_future_wait(charges[i], result) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

/* Makes what it can; whatever was not made is NULL. */
static void open_world(int wire)
{
    static const struct tl_slot_supplier supplier = {give, take_back, NULL};
    const struct tl_worker_options options = {.task_queue = "orders", .registry = registry, .slot_supplier = &supplier};

    held = 0;
    eager_given[TL_SLOT_WORKFLOW_TASK] = eager_given[TL_SLOT_ACTIVITY] = 0;
    sim = NULL;
    worker = NULL;
    client = NULL;
    driver = tl_driver_new(&(struct tl_driver_options){.allocator = &memory.allocator}, NULL);
    if (driver != NULL) {
        sim = tl_sim_new(driver, &(struct tl_sim_options){.wire = wire}, NULL);
    }
    if (sim != NULL) {
        worker = tl_worker_new(driver, tl_sim_service(sim), &options, NULL);
    }
    if (worker != NULL) {
        client = tl_client_new(driver, tl_sim_service(sim), &(struct tl_client_options){.skip_time = 1}, NULL);
    }
}

static void close_world(void)
{
    if (client != NULL) {
        tl_client_free(client);
    }
    tl_worker_free(worker);
    if (sim != NULL) {
        tl_sim_free(sim);
    }
    tl_driver_free(driver);
}

/* The worker knows first what the service can do. */
static enum tl_status run_order(void)
{
    const struct tl_start_options options = {.task_queue = "orders", .eager = 1};
    struct tl_handle *handle = NULL;
    struct tl_error error;

    while (tl_driver_step(driver) == TL_STEP_RAN) {
    }
    enum tl_status status = tl_client_start(client, "Order", "order-1", NULL, &options, &handle, &error);
    return status == TL_OK ? tl_handle_result(handle, NULL, &error) : status;
}

static int has_stopped(void *user)
{
    return tl_worker_stopped(user);
}

/* After a run that nothing failed in: without a poll came what could, and every slot comes back. */
static void assert_eager_and_all_back(void)
{
    assert_int_equal(eager_given[TL_SLOT_WORKFLOW_TASK], 1);
    assert_int_equal(eager_given[TL_SLOT_ACTIVITY], 3);
    tl_worker_stop(worker);
    assert_int_equal(tl_driver_run(driver, has_stopped, worker, 1), TL_OK);
    assert_int_equal(held, 0);
}

static void fail_each(int wire, enum fail_mode mode)
{
    size_t nth = 0;

    registry = tl_registry_new(NULL);
    tl_register_workflow(registry, "Order", order);
    tl_register_activity(registry, "Charge", charge);
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        open_world(wire);
        enum tl_status status = client == NULL ? TL_NO_MEMORY : run_order();
        if (status == TL_OK && memory.failed == 0) {
            failing_allocator_fail(&memory, SIZE_MAX / 2, mode);
            assert_eager_and_all_back();
        }
        assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        close_world();
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 50);
    tl_registry_free(registry);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    fail_each(0, FAIL_ONCE);
}

static void memory_may_run_out_for_good_anywhere(void **state)
{
    (void)state;
    fail_each(0, FAIL_FROM_NOW);
}

static void each_allocation_over_wire_may_fail(void **state)
{
    (void)state;
    fail_each(1, FAIL_ONCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(memory_may_run_out_for_good_anywhere),
        cmocka_unit_test(each_allocation_over_wire_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
