/* SPDX-License-Identifier: MIT */
/* What the service says of itself and of its workflows, and what it does not serve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

static void the_system_says_what_it_can(void **state)
{
    struct service_client *client = *state;
    const Pb__GetSystemInfoResponse *system = client_must(
        client, RPC_GetSystemInfo, PB_NEW(&client->arena, Pb__GetSystemInfoRequest, pb__get_system_info_request));
    const Pb__GetClusterInfoResponse *cluster = client_must(
        client, RPC_GetClusterInfo, PB_NEW(&client->arena, Pb__GetClusterInfoRequest, pb__get_cluster_info_request));

    assert_true(system->capabilities->sdk_metadata);
    assert_true(system->capabilities->activity_failure_include_heartbeat);
    assert_true(system->capabilities->upsert_memo);
    assert_true(system->capabilities->eager_workflow_start);
    assert_false(system->capabilities->supports_schedules);
    assert_true(strlen(system->server_version) > 0);
    assert_string_equal(cluster->server_version, system->server_version);
    assert_string_equal(cluster->cluster_name, "active");
    assert_int_equal(strlen(cluster->cluster_id), 36);
    assert_same(
        cluster,
        client_must(
            client,
            RPC_GetClusterInfo,
            PB_NEW(&client->arena, Pb__GetClusterInfoRequest, pb__get_cluster_info_request)));
    assert_int_equal(cluster->n_supported_clients, 7);
}

static const unsigned served[] = {
    RPC_AddSearchAttributes,
    RPC_DeprecateNamespace,
    RPC_DescribeNamespace,
    RPC_DescribeWorkflowExecution,
    RPC_GetClusterInfo,
    RPC_GetSearchAttributes,
    RPC_GetSystemInfo,
    RPC_GetWorkflowExecutionHistory,
    RPC_GetWorkflowExecutionHistoryReverse,
    RPC_ListNamespaces,
    RPC_ListSearchAttributes,
    RPC_PollActivityTaskQueue,
    RPC_PollWorkflowExecutionTimeSkipping,
    RPC_PollWorkflowTaskQueue,
    RPC_QueryWorkflow,
    RPC_RecordActivityTaskHeartbeat,
    RPC_RecordActivityTaskHeartbeatById,
    RPC_RegisterNamespace,
    RPC_RemoveSearchAttributes,
    RPC_RequestCancelWorkflowExecution,
    RPC_ResetStickyTaskQueue,
    RPC_RespondActivityTaskCanceled,
    RPC_RespondActivityTaskCanceledById,
    RPC_RespondActivityTaskCompleted,
    RPC_RespondActivityTaskCompletedById,
    RPC_RespondActivityTaskFailed,
    RPC_RespondActivityTaskFailedById,
    RPC_RespondQueryTaskCompleted,
    RPC_RespondWorkflowTaskCompleted,
    RPC_RespondWorkflowTaskFailed,
    RPC_ShutdownWorker,
    RPC_SignalWithStartWorkflowExecution,
    RPC_SignalWorkflowExecution,
    RPC_StartWorkflowExecution,
    RPC_TerminateWorkflowExecution,
    RPC_UpdateNamespace,
};

static bool is_served(unsigned rpc)
{
    for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
        if (served[i] == rpc) {
            return true;
        }
    }
    return false;
}

static void what_is_not_served_is_named(void **state)
{
    struct service_client *client = *state;
    size_t count = 0;
    const struct tl_rpc *rpcs = tl_rpc_all(&count);

    for (unsigned i = 0; i < count; i++) {
        ProtobufCMessage *request = arena_zalloc(&client->arena, rpcs[i].request->sizeof_message);
        rpcs[i].request->message_init(request);
        struct pending *pending = client_send(client, i, request);
        client_run(client);
        if (is_served(i)) {
            assert_true(pending->reply == NULL || pending->reply->status != TL_UNSUPPORTED);
        } else {
            assert_refused(pending->reply, TL_UNSUPPORTED, client_text(client, "%s is not supported", rpcs[i].name));
        }
    }
}

static void a_message_of_another_kind_is_refused(void **state)
{
    struct service_client *client = *state;

    assert_refused(
        client_ask(client, RPC_StartWorkflowExecution, client_poll_request(client, NULL)),
        TL_INVALID_ARGUMENT,
        "StartWorkflowExecutionRequest");
}

/* ---- Descriptions ---- */

static const Pb__DescribeWorkflowExecutionResponse *describe(struct service_client *client)
{
    Pb__DescribeWorkflowExecutionRequest *request =
        PB_NEW(&client->arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);

    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    return client_must(client, RPC_DescribeWorkflowExecution, request);
}

static void an_open_run_is_described(void **state)
{
    struct service_client *client = *state;
    const char *run_id = client_start(client, WORKFLOW);
    tl_time start = tl_driver_now(client->driver);

    const Pb__DescribeWorkflowExecutionResponse *description = describe(client);

    const Pb__Workflow__WorkflowExecutionInfo *info = description->workflow_execution_info;
    assert_string_equal(info->execution->workflow_id, WORKFLOW);
    assert_string_equal(info->execution->run_id, run_id);
    assert_string_equal(info->first_run_id, run_id);
    assert_string_equal(info->type->name, "OrderSaga");
    assert_string_equal(info->task_queue, QUEUE);
    assert_int_equal(info->status, WORKFLOW_EXECUTION_STATUS_RUNNING);
    assert_int_equal(info->history_length, 2);
    assert_true(info->history_size_bytes > 100);
    assert_int_equal(pb_time(info->start_time), start);
    assert_null(info->close_time);
    assert_string_equal(description->execution_config->task_queue->name, QUEUE);
    assert_int_equal(pb_nanoseconds(description->execution_config->default_workflow_task_timeout), TL_SECONDS(10));
    assert_int_equal(description->pending_workflow_task->state, PENDING_WORKFLOW_TASK_STATE_SCHEDULED);
    assert_int_equal(description->pending_workflow_task->attempt, 1);
    assert_int_equal(description->n_pending_activities, 0);
    assert_false(description->workflow_extended_info->cancel_requested);
    (void)client_poll(client, NULL);
    assert_int_equal(describe(client)->pending_workflow_task->state, PENDING_WORKFLOW_TASK_STATE_STARTED);
}

static void a_closed_run_is_described(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    client_pass(client, TL_SECONDS(7));
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));

    const Pb__DescribeWorkflowExecutionResponse *description = describe(client);

    assert_int_equal(description->workflow_execution_info->status, WORKFLOW_EXECUTION_STATUS_COMPLETED);
    assert_int_equal(pb_time(description->workflow_execution_info->close_time), tl_driver_now(client->driver));
    assert_int_equal(pb_nanoseconds(description->workflow_execution_info->execution_duration), TL_SECONDS(7));
    assert_int_equal(description->workflow_execution_info->history_length, 5);
    assert_null(description->pending_workflow_task);
}

static void pending_activities_are_described(void **state)
{
    struct service_client *client = *state;
    client_begin(
        client,
        WORKFLOW,
        COMMANDS(
            command_activity(client, "1", "ChargeCard"),
            command_activity(client, "2", "ShipOrder"),
            command_activity(client, "3", "Thank")));
    activity_task failed = client_poll_activity(client);
    activity_task running = client_poll_activity(client);
    (void)client_heartbeat(client, running, "50");
    (void)client_fail_activity(client, failed, "CardDeclined", false);
    client_pass(client, TL_MILLISECONDS(400));

    const Pb__DescribeWorkflowExecutionResponse *description = describe(client);

    assert_int_equal(description->n_pending_activities, 3);
    for (size_t i = 0; i < 3; i++) {
        const Pb__Workflow__PendingActivityInfo *activity = description->pending_activities[i];
        switch (activity->activity_id[0]) {
        case '1':
            assert_string_equal(activity->activity_type->name, "ChargeCard");
            assert_int_equal(activity->state, PENDING_ACTIVITY_STATE_SCHEDULED);
            assert_int_equal(activity->attempt, 2);
            assert_string_equal(activity->last_failure->application_failure_info->type, "CardDeclined");
            assert_int_equal(pb_nanoseconds(activity->current_retry_interval), TL_SECONDS(1));
            assert_string_equal(activity->last_worker_identity, "worker-1");
            break;
        case '2':
            assert_int_equal(activity->state, PENDING_ACTIVITY_STATE_STARTED);
            assert_same(activity->heartbeat_details, client_json(client, "50"));
            assert_int_equal(pb_time(activity->last_started_time), pb_time(activity->last_heartbeat_time));
            break;
        default:
            assert_int_equal(activity->state, PENDING_ACTIVITY_STATE_SCHEDULED);
            assert_int_equal(activity->attempt, 1);
            assert_null(activity->next_attempt_schedule_time);
            break;
        }
    }
}

static void cancellations_are_described(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    (void)client_poll_activity(client);
    client_cancel(client, WORKFLOW);
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));

    const Pb__DescribeWorkflowExecutionResponse *description = describe(client);

    assert_true(description->workflow_extended_info->cancel_requested);
    assert_int_equal(description->pending_activities[0]->state, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_system_says_what_it_can),
        SERVICE_TEST(what_is_not_served_is_named),
        SERVICE_TEST(a_message_of_another_kind_is_refused),
        SERVICE_TEST(an_open_run_is_described),
        SERVICE_TEST(a_closed_run_is_described),
        SERVICE_TEST(pending_activities_are_described),
        SERVICE_TEST(cancellations_are_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
