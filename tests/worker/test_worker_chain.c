/* SPDX-License-Identifier: MIT */
/*
 * Chains of runs against the simulator: what comes while a run ends, and what the next run is told. The worker's
 * service is the simulator's, but that a signal can be sent right before the completion that ends a run.
 * Each test runs three times: plain, without a cache, and over wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/sim.h>
#include <timelapse/timelapse.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "model/event.h"
#include "model/history.h"
#include "model/rpc.h"

struct variant {
    int evict_every_task;
    int wire;
};

/* ---- The world ---- */

static struct tl_driver *driver;
static struct tl_sim *sim;
static struct tl_registry *registry;
static struct tl_worker *worker;
static struct tl_client *client;
static struct tl_error error;
static char seen[3][64];    /* by attempt */
static int signals_to_send; /* before as many completions that end a run */

static void drop(void *user, struct tl_reply *reply)
{
    (void)user;
    assert_int_equal(reply->status, TL_OK);
    tl_reply_unref(reply);
}

static void send_signal(void)
{
    Pb__SignalWorkflowExecutionRequest request = PB__SIGNAL_WORKFLOW_EXECUTION_REQUEST__INIT;
    Pb__WorkflowExecution execution = PB__WORKFLOW_EXECUTION__INIT;
    char name_space[] = "default";
    char workflow_id[] = "w";
    char signal_name[] = "go";
    char request_id[] = "a signal";
    const struct tl_request call = {.rpc = &rpc_table[RPC_SignalWorkflowExecution], .message = &request.base};

    execution.workflow_id = workflow_id;
    request.namespace_ = name_space;
    request.workflow_execution = &execution;
    request.signal_name = signal_name;
    request.request_id = request_id;
    assert_int_equal(tl_service_call(tl_sim_service(sim), &call, drop, NULL, NULL), TL_OK);
}

static int ends_run(const struct tl_request *request)
{
    const Pb__RespondWorkflowTaskCompletedRequest *completion = (const void *)request->message;

    if (request->rpc != &rpc_table[RPC_RespondWorkflowTaskCompleted] || completion->n_commands == 0) {
        return 0;
    }
    return completion->commands[completion->n_commands - 1]->command_type ==
           COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
}

static enum tl_status call_between(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    (void)self;
    if (signals_to_send > 0 && ends_run(request)) {
        signals_to_send--;
        send_signal();
    }
    return tl_service_call(tl_sim_service(sim), request, on_reply, user, out_call);
}

static void cancel_between(struct tl_service *self, struct tl_call *call)
{
    (void)self;
    tl_service_cancel(tl_sim_service(sim), call);
}

static const struct tl_service_methods methods = {call_between, cancel_between};
static struct tl_service between = {&methods};

/* ---- Workflows ---- */

static int64_t number_of(const struct tl_payloads *input)
{
    int64_t number = 0;

    return input->count > 0 && tl_json_get_int(&input->items[0], NULL, &number, NULL) == TL_OK ? number : 0;
}

/* Takes what is there, and goes on; the next run tells how much it was. */
static enum tl_status drains(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int there = 0;

    if (number_of(input) > 0) {
        return tl_result_text(wf, result, "%lld", (long long)number_of(input));
    }
    while (tl_signal_pending(wf, "go") > 0 && tl_signal_wait(wf, "go", 0, NULL) == TL_OK) {
        there++;
    }
    const struct tl_payload next = tl_payload_json(tl_format(wf, "%d", 10 + there));
    return tl_continue_as_new(wf, TL_ARGS(next), NULL);
}

/* Times out, then fails, then ends; tells each time what was before, the last time of all. */
static enum tl_status tries(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload *last = tl_last_result(wf);
    const struct tl_failure *failure = tl_last_failure(wf);
    int32_t attempt = tl_workflow_info(wf)->attempt;

    (void)input;
    (void)snprintf(
        seen[attempt - 1],
        sizeof seen[0],
        "%.*s %d %s",
        last == NULL ? 4 : (int)last->data.len,
        last == NULL ? "none" : (const char *)last->data.data,
        failure == NULL ? -1 : (int)failure->kind,
        failure == NULL ? "" : failure->message);
    if (attempt == 1) {
        return tl_signal_wait(wf, "never", 0, NULL);
    }
    return attempt == 2 ? tl_fail(wf, "Again", "failed") : tl_result_text(wf, result, "\"done\"");
}

/* ---- Tests ---- */

static int set_up(void **state)
{
    static const struct variant plain;
    const struct variant *variant = *state == NULL ? &plain : *state;
    struct tl_worker_options options = {.task_queue = "orders", .evict_every_task = variant->evict_every_task};

    const struct tl_client_options client_options = {.skip_time = TL_DEADLINE_WAKING | TL_DEADLINE_RUN};

    error = (struct tl_error){0};
    memset(seen, 0, sizeof seen);
    signals_to_send = 0;
    driver = tl_driver_new(&(struct tl_driver_options){.seed = 1}, &error);
    sim = tl_sim_new(driver, &(struct tl_sim_options){.wire = variant->wire}, &error);
    registry = tl_registry_new(NULL);
    tl_register_workflow(registry, "Drains", drains);
    tl_register_workflow(registry, "Tries", tries);
    options.registry = registry;
    client = tl_client_new(driver, tl_sim_service(sim), &client_options, &error);
    worker = tl_worker_new(driver, &between, &options, &error);
    return client == NULL || worker == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(tl_sim_check(sim, &error), TL_OK);
    tl_client_free(client);
    tl_worker_free(worker);
    tl_sim_free(sim);
    tl_driver_free(driver);
    tl_registry_free(registry);
    return 0;
}

static void assert_result(struct tl_handle *handle, const char *expected)
{
    struct tl_payload result = {0};

    assert_int_equal(tl_handle_result(handle, &result, &error), TL_OK);
    assert_int_equal(result.data.len, strlen(expected));
    assert_memory_equal(result.data.data, expected, strlen(expected));
}

static size_t count_events(struct tl_handle *handle, int type)
{
    struct tl_history *history = NULL;
    size_t count = 0;

    assert_int_equal(tl_handle_history(handle, &history, &error), TL_OK);
    for (size_t i = 0; i < history->count; i++) {
        count += (int)history->events[i]->event_type == type;
    }
    tl_history_unref(history);
    return count;
}

/* The task is refused, and done again from history, with the signal: nothing is sent a second time as it was. */
static void a_signal_during_the_last_task_is_not_lost(void **state)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    struct tl_handle *handle = NULL;

    (void)state;
    signals_to_send = 1;
    assert_int_equal(tl_client_start(client, "Drains", "w", NULL, &options, &handle, &error), TL_OK);
    assert_result(handle, "11");
    assert_int_equal(count_events(handle, EVENT_TYPE_WORKFLOW_TASK_FAILED), 1);
    assert_int_equal(count_events(handle, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED), 1);
    assert_int_equal(count_events(handle, EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW), 1);
}

static Pb__Payloads *payloads_of(struct arena *arena, const char *json)
{
    struct tl_payload payload = tl_payload_json(json);

    return pb_payloads(arena, TL_ARGS(payload));
}

/* As a schedule starts a run: with what its last one returned, and how the one before failed. */
static void start_as_schedules_do(struct arena *arena)
{
    Pb__StartWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__StartWorkflowExecutionRequest, pb__start_workflow_execution_request);
    const struct tl_request call = {.rpc = &rpc_table[RPC_StartWorkflowExecution], .message = &request->base};

    request->namespace_ = arena_strdup(arena, "default");
    request->workflow_id = arena_strdup(arena, "w");
    request->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = arena_strdup(arena, "Tries");
    request->task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    request->task_queue->name = arena_strdup(arena, "orders");
    request->request_id = arena_strdup(arena, "a start");
    request->retry_policy = PB_NEW(arena, Pb__RetryPolicy, pb__retry_policy);
    request->workflow_run_timeout = pb_duration(arena, TL_HOURS(1));
    request->last_completion_result = payloads_of(arena, "\"before\"");
    request->continued_failure = PB_NEW(arena, Pb__Failure, pb__failure);
    request->continued_failure->message = arena_strdup(arena, "long ago");
    assert_int_equal(tl_service_call(tl_sim_service(sim), &call, drop, NULL, NULL), TL_OK);
}

/* A server hands the result on after a timeout, and not after a failure (workflow_task_completed_handler.go). */
static void a_retried_run_knows_what_was_before(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, tl_driver_pool(driver));
    start_as_schedules_do(&arena);
    struct tl_handle *handle = tl_client_handle(client, "w", NULL);
    assert_result(handle, "\"done\"");
    arena_done(&arena);
    assert_string_equal(seen[0], "\"before\" 0 long ago");
    assert_non_null(strstr(seen[1], "\"before\" 2 "));
    assert_string_equal(seen[2], "none 1 failed");
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
        TEST(a_signal_during_the_last_task_is_not_lost),
        TEST(a_retried_run_knows_what_was_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
