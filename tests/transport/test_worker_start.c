/* SPDX-License-Identifier: MIT */
/* A worker on a connection, as a program has it: it polls over the wire, and its polls end when it stops. */
#include <stdatomic.h>
#include <stdlib.h>
#include <timelapse/worker_run.h>

#include "tests/lib/history_builder.h"
#include "tests/transport/wire_test.h"

static struct peer *peer;
static struct tl_connection *connection;
static struct tl_registry *registry;
static struct tl_error error;

static enum tl_status returns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return TL_OK;
}

static atomic_bool may_go_on;

static enum tl_status spins(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    while (!atomic_load(&may_go_on)) {
    }
    return TL_OK;
}

static int begin(void **state)
{
    (void)state;
    peer = peer_new(&(struct peer_options){0});
    peer_welcomes(peer);
    peer_answers(peer, "PollWorkflowTaskQueue", &(struct peer_rule){.manner = PEER_HANGS});
    peer_answers(peer, "PollActivityTaskQueue", &(struct peer_rule){.manner = PEER_HANGS});
    peer_answers(peer, "ShutdownWorker", &(struct peer_rule){0});
    connection = tl_connect(&(struct tl_connection_options){.address = peer_address(peer)}, &error);
    registry = tl_registry_new(NULL);
    tl_register_workflow(registry, "Order", returns);
    tl_register_workflow(registry, "Spins", spins);
    return connection == NULL || registry == NULL ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    tl_connection_free(connection);
    tl_registry_free(registry);
    peer_free(peer);
    return 0;
}

static struct tl_worker *start(tl_duration deadlock_limit)
{
    const struct tl_worker_options options = {
        .task_queue = "orders",
        .registry = registry,
        .workflow_task_pollers = 2,
        .activity_pollers = 1,
        .deadlock_limit = deadlock_limit};
    size_t before = peer_calls(peer);
    struct tl_worker *worker = tl_worker_start(connection, &options, &error);

    if (worker == NULL) {
        fail_msg("%s: %s", error.field, error.message);
    }
    peer_wait_calls(peer, before + 3); /* polls, or what is asked before them */
    return worker;
}

static void a_worker_polls_over_the_wire_and_stops(void **state)
{
    struct tl_worker *worker = start(0);

    (void)state;
    tl_worker_stop(worker);
    assert_int_equal(tl_worker_join(worker, &error), TL_OK);
    tl_worker_free(worker);
}

static void it_is_freed_while_it_polls(void **state)
{
    (void)state;
    tl_worker_free(start(0));
}

static void several_work_on_one_connection(void **state)
{
    struct tl_worker *workers[2] = {start(TL_SECONDS(2)), start(TL_NEVER)};

    (void)state;
    tl_worker_stop(workers[0]);
    assert_int_equal(tl_workers_run(workers, 2, &error), TL_OK);
    tl_worker_free(workers[0]);
    tl_worker_free(workers[1]);
}

static void an_option_that_cannot_be_is_named(void **state)
{
    (void)state;
    assert_null(tl_worker_start(connection, &(struct tl_worker_options){.registry = registry}, &error));
    assert_string_equal(error.field, "task_queue");
    assert_int_equal(
        tl_worker_run(connection, &(struct tl_worker_options){.registry = registry}, NULL), TL_INVALID_ARGUMENT);
}

static void a_worker_without_a_connection_is_refused(void **state)
{
    const struct tl_worker_options options = {.task_queue = "orders", .registry = registry};

    (void)state;
    assert_null(tl_worker_start(NULL, &options, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "connection");
    assert_int_equal(tl_worker_run(NULL, &options, NULL), TL_INVALID_ARGUMENT);
}

/* From now on the namespace tells this. */
static void tell_capabilities(Pb__NamespaceInfo__Capabilities capabilities)
{
    Pb__NamespaceInfo info = PB__NAMESPACE_INFO__INIT;
    Pb__DescribeNamespaceResponse response = PB__DESCRIBE_NAMESPACE_RESPONSE__INIT;
    uint8_t bytes[256];

    info.capabilities = &capabilities;
    response.namespace_info = &info;
    assert_true(protobuf_c_message_get_packed_size(&response.base) <= sizeof bytes);
    size_t len = protobuf_c_message_pack(&response.base, bytes);
    peer_answers(peer, "DescribeNamespace", &(struct peer_rule){.message = {bytes, len}});
}

/*
 * A worker of a namespace that scales pollers and ends polls. Five polls each of the two queues and of activities,
 * shared by the threads, show that it knows: without, there are five of workflow tasks.
 */
static struct tl_worker *start_scaled(size_t threads)
{
    Pb__NamespaceInfo__Capabilities capabilities = PB__NAMESPACE_INFO__CAPABILITIES__INIT;
    const struct tl_worker_options options = {.task_queue = "orders", .registry = registry, .engine_threads = threads};

    capabilities.poller_autoscaling_auto_enroll = true;
    capabilities.worker_poll_complete_on_shutdown = true;
    tell_capabilities(capabilities);
    struct tl_worker *worker = tl_worker_start(connection, &options, &error);
    assert_non_null(worker);
    peer_wait_method(peer, "PollWorkflowTaskQueue", 10);
    peer_wait_method(peer, "PollActivityTaskQueue", 5);
    return worker;
}

/* The service was to end the polls, which hang here for ever. */
static void polls_come_back_when_the_farewell_fails(void **state)
{
    (void)state;
    peer_answers(peer, "ShutdownWorker", &(struct peer_rule){.code = 13, .text = "matching is away"});
    struct tl_worker *worker = start_scaled(1);
    tl_worker_stop(worker);
    assert_int_equal(tl_worker_join(worker, &error), TL_OK);
    peer_wait_given_up(peer, 15);
    tl_worker_free(worker);
}

static void a_namespace_scales_the_pollers_of_all_threads(void **state)
{
    size_t before = peer_calls(peer);

    (void)state;
    peer_answers(peer, "ShutdownWorker", &(struct peer_rule){.code = 12});
    struct tl_worker *worker = start_scaled(2);
    tl_worker_stop(worker);
    assert_int_equal(tl_worker_join(worker, &error), TL_OK);
    assert_int_equal(peer_calls(peer) - before, 10 + 5 + 3 * 2); /* what each thread asks, and its farewell */
    tl_worker_free(worker);
}

static void a_debugger_may_take_its_time(void **state)
{
    (void)state;
    (void)setenv("TEMPORAL_DEBUG", "1", 1);
    tl_worker_free(start(0));
    (void)unsetenv("TEMPORAL_DEBUG");
}

/* From now on every poll for workflow tasks is answered with the first task of a run of Spins. */
static void hand_out_a_task(void)
{
    struct history_builder builder;
    Pb__PollWorkflowTaskQueueResponse task = PB__POLL_WORKFLOW_TASK_QUEUE_RESPONSE__INIT;
    Pb__History history = PB__HISTORY__INIT;
    Pb__WorkflowExecution execution = PB__WORKFLOW_EXECUTION__INIT;
    Pb__WorkflowType type = PB__WORKFLOW_TYPE__INIT;
    uint8_t bytes[4096];

    builder_init(&builder);
    builder_start(&builder, "Spins", NULL);
    builder_task_starts(&builder);
    history.n_events = builder.count;
    history.events = builder.events;
    execution.workflow_id = (char[]){"order-1"};
    execution.run_id = (char[]){"7d9f4c6a-8b5e-4d3c-9f2a-1b6e8c7d5a40"};
    type.name = (char[]){"Spins"};
    task.task_token = (ProtobufCBinaryData){5, (uint8_t[]){"token"}};
    task.workflow_execution = &execution;
    task.workflow_type = &type;
    task.history = &history;
    task.started_event_id = 3;
    task.attempt = 1;
    assert_true(protobuf_c_message_get_packed_size(&task.base) <= sizeof bytes);
    size_t len = protobuf_c_message_pack(&task.base, bytes);
    peer_answers(peer, "PollWorkflowTaskQueue", &(struct peer_rule){.message = {bytes, len}});
    builder_done(&builder);
}

/* By the watch, while the engine's thread is in the workflow's code. */
static void the_task_of_code_that_does_not_come_back_is_failed(void **state)
{
    (void)state;
    atomic_store(&may_go_on, false);
    peer_answers(peer, "RespondWorkflowTaskFailed", &(struct peer_rule){0});
    hand_out_a_task();
    struct tl_worker *worker = start(TL_MILLISECONDS(50));
    peer_wait_method(peer, "RespondWorkflowTaskFailed", 1);
    peer_answers(peer, "PollWorkflowTaskQueue", &(struct peer_rule){.manner = PEER_HANGS});
    atomic_store(&may_go_on, true);
    tl_worker_free(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_worker_polls_over_the_wire_and_stops, begin, end),
        cmocka_unit_test_setup_teardown(it_is_freed_while_it_polls, begin, end),
        cmocka_unit_test_setup_teardown(several_work_on_one_connection, begin, end),
        cmocka_unit_test_setup_teardown(an_option_that_cannot_be_is_named, begin, end),
        cmocka_unit_test_setup_teardown(a_namespace_scales_the_pollers_of_all_threads, begin, end),
        cmocka_unit_test_setup_teardown(polls_come_back_when_the_farewell_fails, begin, end),
        cmocka_unit_test(a_worker_without_a_connection_is_refused),
        cmocka_unit_test_setup_teardown(a_debugger_may_take_its_time, begin, end),
        cmocka_unit_test_setup_teardown(the_task_of_code_that_does_not_come_back_is_failed, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
