/* SPDX-License-Identifier: MIT */
/* Each allocation of the worker's and the client's main path failed in turn: no crash, no leak, nothing half done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/activity.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/worker/worker_fixture.h"

static struct failing_allocator memory;

static bool ran_out(void)
{
    const struct tl_verdict *verdict = tl_driver_verdict(universe.driver);

    return verdict != NULL && verdict->status == TL_NO_MEMORY;
}

/* Memory that failed is always noticed, and nothing else stops a driver here. */
static void assert_noticed(enum tl_status status)
{
    if (memory.failed == 0) {
        assert_int_equal(status, TL_OK);
        assert_null(tl_driver_verdict(universe.driver));
    } else {
        assert_true(ran_out());
    }
}

/* Runs `scenario` once for each allocation it makes, with that one failing, until none is left. */
static void fail_each(void (*scenario)(void), enum fail_mode mode)
{
    size_t nth = 0;

    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        if (universe_open(&memory.allocator)) {
            universe_answer_activities();
            scenario();
            (void)universe_close();
        }
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 4);
}

/* ---- A start from the test's stack ---- */

static void start_workflow(void)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    const struct tl_payload input = tl_payload_json("{\"amount\": 40}");
    Pb__StartWorkflowExecutionResponse *response =
        SCRIPTED_NEW(universe.scripted, Pb__StartWorkflowExecutionResponse, pb__start_workflow_execution_response);
    struct tl_handle *handle = NULL;
    struct tl_error error = {0};

    universe.client = tl_client_new(universe.driver, scripted_service(universe.scripted), NULL, &error);
    if (universe.client == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
        return;
    }
    scripted_reply(universe.scripted, RPC_StartWorkflowExecution, response);
    enum tl_status status =
        tl_client_start(universe.client, "Order", "order-1", TL_ARGS(input), &options, &handle, &error);
    assert_noticed(status);
    if (status != TL_OK) {
        assert_int_equal(status, TL_NO_MEMORY);
        assert_int_equal(error.status, TL_NO_MEMORY);
        assert_null(handle);
    }
}

static void each_allocation_of_a_start_may_fail(void **state)
{
    (void)state;
    fail_each(start_workflow, FAIL_ONCE);
    fail_each(start_workflow, FAIL_FROM_NOW);
}

/* ---- An attempt that sleeps, heartbeats and calls ---- */

static enum tl_status work(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    const struct tl_payload details = tl_payload_json("1");
    struct tl_handle *handle = NULL;

    for (int i = 0; i < 3; i++) {
        if (tl_heartbeat(activity, TL_ARGS(details)) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    if (tl_client_start(universe.client, "Order", "order-2", input, &options, &handle, NULL) != TL_OK) {
        return tl_activity_fail(activity, "NotStarted", "attempt %d", (int)tl_activity_info(activity)->attempt);
    }
    return tl_activity_result_text(activity, result, "\"%s\"", tl_handle_run_id(handle));
}

static void open_all(void)
{
    const struct tl_worker_options options = universe_options();
    struct tl_error error = {0};

    tl_register_activity(universe.registry, "Charge", work);
    universe.client = tl_client_new(universe.driver, scripted_service(universe.scripted), NULL, &error);
    if (universe.client != NULL) {
        universe.worker = tl_worker_new(universe.driver, scripted_service(universe.scripted), &options, &error);
    }
    if (universe.worker == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
        assert_true(ran_out());
    }
}

static void run_attempt(void)
{
    open_all();
    if (universe.worker == NULL) {
        return;
    }
    scripted_reply(
        universe.scripted,
        RPC_StartWorkflowExecution,
        SCRIPTED_NEW(universe.scripted, Pb__StartWorkflowExecutionResponse, pb__start_workflow_execution_response));
    universe_give_activity(&(struct activity_task){.heartbeat = TL_SECONDS(2), .start_to_close = TL_SECONDS(30)});
    universe_pass(TL_SECONDS(5));
    assert_noticed(TL_OK);
    size_t answers = scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted);
    assert_in_range(answers, memory.failed == 0 ? 1 : 0, 1);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskFailed), 0);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCanceled), 0);
}

static void each_allocation_of_an_attempt_may_fail(void **state)
{
    (void)state;
    fail_each(run_attempt, FAIL_ONCE);
    fail_each(run_attempt, FAIL_FROM_NOW);
}

/* ---- Pollers that the namespace wants scaled ---- */

static void scale_pollers(void)
{
    Pb__NamespaceInfo__Capabilities capabilities = PB__NAMESPACE_INFO__CAPABILITIES__INIT;

    open_all();
    if (universe.worker == NULL) {
        return;
    }
    universe_run();
    capabilities.poller_autoscaling_auto_enroll = true;
    universe_describe_namespace(capabilities);
    universe_run();
    assert_noticed(TL_OK);
    size_t polls = scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_normal);
    assert_in_range(polls, memory.failed == 0 ? 5 : 0, 5);
}

static void each_allocation_of_a_scaling_may_fail(void **state)
{
    (void)state;
    fail_each(scale_pollers, FAIL_ONCE);
    fail_each(scale_pollers, FAIL_FROM_NOW);
}

/* ---- A stop ---- */

static void stop_worker(void)
{
    open_all();
    if (universe.worker == NULL) {
        return;
    }
    universe_run();
    tl_worker_stop(universe.worker);
    universe_run();
    assert_noticed(TL_OK);
    assert_int_equal(tl_worker_stopped(universe.worker), memory.failed == 0);
}

static void each_allocation_of_a_stop_may_fail(void **state)
{
    (void)state;
    fail_each(stop_worker, FAIL_ONCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_a_start_may_fail),
        cmocka_unit_test(each_allocation_of_an_attempt_may_fail),
        cmocka_unit_test(each_allocation_of_a_scaling_may_fail),
        cmocka_unit_test(each_allocation_of_a_stop_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
