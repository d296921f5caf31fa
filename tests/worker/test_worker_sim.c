/* SPDX-License-Identifier: MIT */
/*
 * Worker and client against the simulator, without the test environment: everything crosses the
 * service boundary. Each test runs three times: plain, without a cache, and over wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/client.h>
#include <timelapse/history.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "model/history.h"

/* ---- The world ---- */

struct variant {
    int evict_every_task;
    int wire;
};

static struct tl_driver *driver;
static struct tl_sim *sim;
static struct tl_registry *registry;
static struct tl_worker *worker;
static struct tl_client *client;
static struct tl_error error;
static const struct variant *variant;

static void open_worker_with(size_t shards, size_t stack)
{
    const struct tl_worker_options options = {
        .task_queue = "orders",
        .registry = registry,
        .evict_every_task = variant->evict_every_task,
        .shards = shards,
        .coroutine_stack = stack};

    worker = tl_worker_new(driver, tl_sim_service(sim), &options, &error);
    if (worker == NULL) {
        fail_msg("%s %s", error.field, error.message);
    }
}

static void open_worker(size_t shards)
{
    open_worker_with(shards, 0);
}

static int set_up(void **state)
{
    static const struct variant plain;

    variant = *state == NULL ? &plain : *state;
    error = (struct tl_error){0};
    driver = tl_driver_new(&(struct tl_driver_options){.seed = 1}, &error);
    sim = tl_sim_new(driver, &(struct tl_sim_options){.wire = variant->wire}, &error);
    registry = tl_registry_new(NULL);
    client = tl_client_new(driver, tl_sim_service(sim), &(struct tl_client_options){.skip_time = 1}, &error);
    worker = NULL;
    return driver == NULL || sim == NULL || registry == NULL || client == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (tl_sim_check(sim, &error) != TL_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    tl_client_free(client);
    tl_worker_free(worker);
    tl_sim_free(sim);
    tl_driver_free(driver);
    tl_registry_free(registry);
    return 0;
}

static struct tl_handle *start(const char *type, const char *id, const char *input)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    struct tl_handle *handle = NULL;
    const struct tl_payload payload = tl_payload_json(input == NULL ? "null" : input);

    if (tl_client_start(client, type, id, TL_ARGS(payload), &options, &handle, &error) != TL_OK) {
        fail_msg("%s", error.message);
    }
    return handle;
}

static void assert_result(struct tl_handle *handle, const char *expected)
{
    struct tl_payload result = {0};

    if (tl_handle_result(handle, &result, &error) != TL_OK) {
        fail_msg("not completed: %s", error.message);
    }
    char text[128];
    (void)snprintf(text, sizeof(text), "%.*s", (int)result.data.len, (const char *)result.data.data);
    assert_string_equal(text, expected);
}

static void run_ready(void)
{
    while (tl_driver_step(driver) == TL_STEP_RAN) {
    }
}

/* ---- Activities and workflows ---- */

static enum tl_status echo(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    *result = input->items[0];
    return TL_OK;
}

static enum tl_status
fails_twice(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    int32_t attempt = tl_activity_info(activity)->attempt;

    (void)input;
    if (attempt < 3) {
        return tl_activity_fail(activity, "GatewayBusy", "attempt %d", (int)attempt);
    }
    return tl_activity_result_text(activity, result, "%d", (int)attempt);
}

/* Heartbeats its progress every second; the first attempt stops doing so after the third. */
static enum tl_status
dies_once(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads details = tl_heartbeat_details(activity);

    (void)input;
    if (details.count > 0) {
        *result = details.items[0];
        return TL_OK;
    }
    for (int i = 1; i <= 3; i++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "%d", i);
        const struct tl_payload progress = tl_payload_json(text);
        if (tl_heartbeat(activity, TL_ARGS(progress)) != TL_OK) {
            return TL_CANCELED;
        }
        if (tl_activity_sleep(activity, TL_SECONDS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return tl_activity_sleep(activity, TL_DAYS(1));
}

static enum tl_status
works_until_canceled(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (;;) {
        if (tl_heartbeat(activity, NULL) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(5)) != TL_OK) {
            return TL_CANCELED;
        }
    }
}

static enum tl_status
asks_another_workflow(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    struct tl_handle *handle = NULL;
    struct tl_error failure = {0};

    if (tl_client_start(client, "Echo", "inner-1", input, &options, &handle, &failure) != TL_OK ||
        tl_handle_result(handle, result, &failure) != TL_OK) {
        return tl_activity_fail(activity, "NoAnswer", "%s", failure.message);
    }
    return TL_OK;
}

static enum tl_status runs_echo(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    return tl_activity_run(wf, "Echo", input, &options, result);
}

static enum tl_status runs_outer(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_MINUTES(1)};

    return tl_activity_run(wf, "AsksAnother", input, &options, result);
}

static enum tl_status runs_failing(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    return tl_activity_run(wf, "FailsTwice", input, &options, result);
}

static enum tl_status runs_dying(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_DAYS(2), .heartbeat = TL_SECONDS(2)};

    return tl_activity_run(wf, "DiesOnce", input, &options, result);
}

static enum tl_status cancels_work(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {
        .start_to_close = TL_DAYS(1), .heartbeat = TL_MINUTES(1), .cancellation = TL_WAIT_CANCELLATION_COMPLETED};
    struct tl_future *work = tl_activity_start(wf, "WorksUntilCanceled", NULL, &options);

    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    tl_future_cancel(work);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(tl_future_wait(work, NULL)));
}

static enum tl_status waits_for_go(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads go;

    (void)input;
    if (tl_signal_wait(wf, "go", TL_DAYS(30), &go) != TL_OK) {
        return tl_is_canceled(wf) ? TL_CANCELED : tl_fail(wf, "NeverWent", "%s", "nobody said go");
    }
    *result = go.items[0];
    return TL_OK;
}

static void register_all(void)
{
    tl_register_activity(registry, "Echo", echo);
    tl_register_activity(registry, "FailsTwice", fails_twice);
    tl_register_activity(registry, "DiesOnce", dies_once);
    tl_register_activity(registry, "WorksUntilCanceled", works_until_canceled);
    tl_register_activity(registry, "AsksAnother", asks_another_workflow);
    tl_register_workflow(registry, "Echo", runs_echo);
    tl_register_workflow(registry, "Outer", runs_outer);
    tl_register_workflow(registry, "Failing", runs_failing);
    tl_register_workflow(registry, "Dying", runs_dying);
    tl_register_workflow(registry, "CancelsWork", cancels_work);
    tl_register_workflow(registry, "WaitsForGo", waits_for_go);
}

static void open_all(void)
{
    register_all();
    open_worker(1);
}

/* ---- Tests ---- */

static void a_workflow_runs_an_activity(void **state)
{
    (void)state;
    open_all();
    struct tl_handle *handle = start("Echo", "echo-1", "{\"a\": [1, 2]}");
    assert_result(handle, "{\"a\": [1, 2]}");
    assert_int_equal(tl_sim_open_runs(sim), 0);
    assert_int_equal(tl_driver_now(driver), TL_SECONDS(INT64_C(1577836800)));
}

static void failed_attempts_are_retried(void **state)
{
    tl_time before = tl_driver_now(driver);

    (void)state;
    open_all();
    assert_result(start("Failing", "failing-1", NULL), "3");
    /* 1 s and 2 s between the attempts */
    assert_int_equal(tl_driver_now(driver) - before, TL_SECONDS(3));
}

static void the_next_attempt_finds_the_heartbeats_details(void **state)
{
    (void)state;
    open_all();
    assert_result(start("Dying", "dying-1", NULL), "3");
}

static void a_canceled_activity_learns_it_from_its_heartbeat(void **state)
{
    tl_time before = tl_driver_now(driver);

    (void)state;
    open_all();
    assert_result(start("CancelsWork", "cancels-1", NULL), "\"canceled\"");
    /* The heartbeat after the hour: at most the 48 s pause later. */
    assert_in_range(tl_driver_now(driver) - before, TL_HOURS(1), TL_HOURS(1) + TL_SECONDS(48));
}

static void an_activity_may_use_the_client(void **state)
{
    (void)state;
    open_all();
    assert_result(start("Outer", "outer-1", "7"), "7");
}

/* What the service does for a call is not done on the activity's stack. */
static void the_smallest_stacks_are_enough(void **state)
{
    (void)state;
    register_all();
    open_worker_with(1, 32 << 10);
    assert_result(start("Outer", "outer-1", "7"), "7");
    assert_result(start("Dying", "dying-1", NULL), "3");
}

static void many_workflows_on_many_shards(void **state)
{
    struct tl_handle *handles[50];
    char text[24];

    (void)state;
    register_all();
    open_worker(4);
    for (int i = 0; i < (int)COUNT_OF(handles); i++) {
        char number[16];

        (void)snprintf(text, sizeof(text), "echo-%d", i);
        (void)snprintf(number, sizeof(number), "%d", i);
        handles[i] = start("Echo", text, number);
    }
    for (int i = 0; i < (int)COUNT_OF(handles); i++) {
        (void)snprintf(text, sizeof(text), "%d", i);
        assert_result(handles[i], text);
    }
    assert_int_equal(tl_sim_open_runs(sim), 0);
}

static void a_signal_reaches_a_waiting_workflow(void **state)
{
    const struct tl_payload where = tl_payload_json("\"north\"");
    struct tl_handle *handle;

    (void)state;
    open_all();
    handle = start("WaitsForGo", "go-1", NULL);
    run_ready();
    assert_int_equal(tl_worker_cached(worker), variant->evict_every_task ? 0 : 1);
    assert_int_equal(tl_handle_signal(handle, "go", TL_ARGS(where), &error), TL_OK);
    assert_result(handle, "\"north\"");
    assert_int_equal(tl_handle_signal(handle, "go", TL_ARGS(where), &error), TL_NOT_FOUND);
}

static void time_jumps_when_nothing_else_can_happen(void **state)
{
    tl_time before = tl_driver_now(driver);
    struct tl_handle *handle;

    (void)state;
    open_all();
    handle = start("WaitsForGo", "go-1", NULL);
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_FAILED);
    assert_true(tl_failure_has_type(tl_handle_failure(handle), "NeverWent"));
    assert_int_equal(tl_driver_now(driver) - before, TL_DAYS(30));
}

static void a_workflow_may_be_canceled_or_terminated(void **state)
{
    struct tl_handle *canceled;
    struct tl_handle *terminated;

    (void)state;
    open_all();
    canceled = start("WaitsForGo", "go-1", NULL);
    terminated = start("WaitsForGo", "go-2", NULL);
    run_ready();
    assert_int_equal(tl_handle_cancel(canceled, "no more", &error), TL_OK);
    assert_int_equal(tl_handle_terminate(terminated, "out of stock", &error), TL_OK);
    assert_int_equal(tl_handle_result(canceled, NULL, &error), TL_CANCELED);
    assert_int_equal(tl_handle_result(terminated, NULL, &error), TL_FAILED);
    assert_int_equal(tl_handle_failure(terminated)->kind, TL_FAILURE_TERMINATED);
    assert_string_equal(tl_handle_failure(terminated)->message, "out of stock");
}

static void the_same_id_twice_is_refused(void **state)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    struct tl_handle *handle = NULL;

    (void)state;
    open_all();
    (void)start("WaitsForGo", "go-1", NULL);
    assert_int_equal(tl_client_start(client, "WaitsForGo", "go-1", NULL, &options, &handle, &error), TL_ALREADY_EXISTS);
    assert_int_equal(error.grpc_code, 6);
    assert_int_not_equal(strlen(error.message), 0);
}

static void a_history_comes_whole(void **state)
{
    struct tl_history *history = NULL;
    struct tl_handle *handle;

    (void)state;
    open_all();
    handle = start("Echo", "echo-1", "1");
    assert_result(handle, "1");
    assert_int_equal(tl_handle_history(handle, &history, &error), TL_OK);
    assert_int_equal(tl_history_length(history), 11);
    assert_int_equal(history->events[0]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
    assert_int_equal(history->events[10]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED);
    tl_history_unref(history);
}

static void a_crashed_workers_runs_go_on_with_another(void **state)
{
    const struct tl_payload where = tl_payload_json("1");
    struct tl_handle *handle;

    (void)state;
    open_all();
    handle = start("WaitsForGo", "go-1", NULL);
    run_ready();
    tl_worker_free(worker);
    open_worker(1);
    assert_int_equal(tl_handle_signal(handle, "go", TL_ARGS(where), &error), TL_OK);
    assert_result(handle, "1");
}

static int is_stopped(void *user)
{
    return tl_worker_stopped(user);
}

/* The sticky queue is given back: the other worker need not wait for its timeout. */
static void a_stopped_workers_runs_go_on_at_once(void **state)
{
    const struct tl_payload where = tl_payload_json("1");
    struct tl_handle *handle;
    tl_time before;

    (void)state;
    open_all();
    handle = start("WaitsForGo", "go-1", NULL);
    run_ready();
    before = tl_driver_now(driver);
    tl_worker_stop(worker);
    assert_int_equal(tl_driver_run(driver, is_stopped, worker, 0), TL_OK);
    tl_worker_free(worker);
    open_worker(1);
    assert_int_equal(tl_handle_signal(handle, "go", TL_ARGS(where), &error), TL_OK);
    assert_result(handle, "1");
    assert_int_equal(tl_driver_now(driver), before);
}

static void an_evicted_run_is_replayed(void **state)
{
    const struct tl_payload where = tl_payload_json("1");
    struct tl_handle *handle;

    (void)state;
    open_all();
    handle = start("WaitsForGo", "go-1", NULL);
    run_ready();
    assert_int_equal(tl_worker_evict(worker, "no such run"), 0);
    assert_int_equal(tl_worker_evict(worker, tl_handle_run_id(handle)), variant->evict_every_task ? 0 : 1);
    assert_int_equal(tl_worker_cached(worker), 0);
    assert_int_equal(tl_handle_signal(handle, "go", TL_ARGS(where), &error), TL_OK);
    assert_result(handle, "1");
}

static char waits[256];

static void note_wait(void *user, const struct tl_wait *wait)
{
    size_t len = strlen(waits);

    (void)user;
    (void)snprintf(
        waits + len, sizeof(waits) - len, "%s %s: %s; ", wait->workflow_id, wait->coroutine, wait->waits_for);
}

static void the_driver_tells_what_all_wait_for(void **state)
{
    (void)state;
    open_all();
    (void)start("CancelsWork", "cancels-1", NULL);
    run_ready();
    waits[0] = '\0';
    tl_driver_waits(driver, note_wait, NULL);
    assert_non_null(strstr(waits, "cancels-1 WorksUntilCanceled: sleep, until 2020-01-01T00:00:05Z; "));
    if (!variant->evict_every_task) {
        assert_non_null(strstr(waits, "cancels-1 main: "));
    }
}

#define TEST(test)                                                                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down),                                                          \
        {#test " (no cache)", test, set_up, tear_down, &evict_every_task},                                             \
    {                                                                                                                  \
#test " (wire)", test, set_up, tear_down, &wire                                                                \
    }

int main(void)
{
    static struct variant evict_every_task = {.evict_every_task = 1};
    static struct variant wire = {.wire = 1};
    const struct CMUnitTest tests[] = {
        TEST(a_workflow_runs_an_activity),
        TEST(failed_attempts_are_retried),
        TEST(the_next_attempt_finds_the_heartbeats_details),
        TEST(a_canceled_activity_learns_it_from_its_heartbeat),
        TEST(an_activity_may_use_the_client),
        TEST(the_smallest_stacks_are_enough),
        TEST(many_workflows_on_many_shards),
        TEST(a_signal_reaches_a_waiting_workflow),
        TEST(time_jumps_when_nothing_else_can_happen),
        TEST(a_workflow_may_be_canceled_or_terminated),
        TEST(the_same_id_twice_is_refused),
        TEST(a_history_comes_whole),
        TEST(a_crashed_workers_runs_go_on_with_another),
        TEST(a_stopped_workers_runs_go_on_at_once),
        TEST(an_evicted_run_is_replayed),
        TEST(the_driver_tells_what_all_wait_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
