/* SPDX-License-Identifier: MIT */
/* DescribeWorkflowExecution: what it tells of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_chains.h"
#include "tests/lib/service_client.h"

typedef const Pb__DescribeWorkflowExecutionResponse *description;

static Pb__DescribeWorkflowExecutionRequest *describe_request(struct service_client *client, const char *run_id)
{
    Pb__DescribeWorkflowExecutionRequest *request =
        PB_NEW(&client->arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);

    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, run_id);
    return request;
}

static description describe(struct service_client *client)
{
    return client_must(client, RPC_DescribeWorkflowExecution, describe_request(client, ""));
}

/* ---- The run ---- */

static void a_run_that_has_just_begun(void **state)
{
    struct service_client *client = *state;
    const char *run_id = client_start(client, WORKFLOW);
    tl_time started = tl_driver_now(client->driver);

    description told = describe(client);

    const Pb__Workflow__WorkflowExecutionInfo *info = told->workflow_execution_info;
    assert_string_equal(info->execution->workflow_id, WORKFLOW);
    assert_string_equal(info->execution->run_id, run_id);
    assert_string_equal(info->type->name, "OrderSaga");
    assert_int_equal(info->status, WORKFLOW_EXECUTION_STATUS_RUNNING);
    assert_int_equal(pb_time(info->start_time), started);
    assert_int_equal(pb_time(info->execution_time), started);
    assert_null(info->close_time);
    assert_null(info->execution_duration);
    assert_int_equal(info->history_length, 2);
    assert_int_equal(info->state_transition_count, 1);
    assert_string_equal(info->task_queue, QUEUE);
    assert_string_equal(info->first_run_id, run_id);
    assert_same(info->root_execution, info->execution);
    assert_null(info->parent_execution);
    assert_null(info->auto_reset_points);
    assert_null(info->most_recent_worker_version_stamp);
    assert_non_null(info->memo);
    assert_non_null(info->search_attributes);
    assert_int_equal(info->memo->n_fields, 0);
    assert_int_equal(info->search_attributes->n_indexed_fields, 0);
    Pb__History history = PB__HISTORY__INIT;
    Pb__HistoryEvent *events[] = {
        message_clone(&client->arena, client_event(client, WORKFLOW, 1)),
        message_clone(&client->arena, client_event(client, WORKFLOW, 2)),
    };
    history.n_events = 2;
    history.events = events;
    assert_int_equal(info->history_size_bytes, message_size(&history));
}

static void what_it_was_started_with(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    request->workflow_execution_timeout = client_duration(client, TL_HOURS(2));
    request->workflow_run_timeout = client_duration(client, TL_HOURS(1));
    request->workflow_task_timeout = client_duration(client, TL_SECONDS(7));
    request->user_metadata = PB_NEW(&client->arena, Pb__UserMetadata, pb__user_metadata);
    request->user_metadata->summary = client_json(client, "\"an order\"")->payloads[0];
    (void)client_must(client, RPC_StartWorkflowExecution, request);
    tl_time started = tl_driver_now(client->driver);

    description told = describe(client);

    const Pb__Workflow__WorkflowExecutionConfig *config = told->execution_config;
    assert_string_equal(config->task_queue->name, QUEUE);
    assert_int_equal(config->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_int_equal(pb_nanoseconds(config->workflow_execution_timeout), TL_HOURS(2));
    assert_int_equal(pb_nanoseconds(config->workflow_run_timeout), TL_HOURS(1));
    assert_int_equal(pb_nanoseconds(config->default_workflow_task_timeout), TL_SECONDS(7));
    assert_same(config->user_metadata, request->user_metadata);
    const Pb__Workflow__WorkflowExecutionExtendedInfo *extended = told->workflow_extended_info;
    assert_int_equal(pb_time(extended->run_expiration_time), started + TL_HOURS(1));
    assert_int_equal(pb_time(extended->execution_expiration_time), started + TL_HOURS(2));
    assert_int_equal(pb_time(extended->original_start_time), started);
    assert_null(extended->last_reset_time);
}

/* mutable_state_impl.go writes Go's zero time, the first of January of year 1. */
static void a_run_without_end(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);

    description told = describe(client);

    assert_null(told->workflow_extended_info->execution_expiration_time);
    assert_int_equal(told->workflow_extended_info->run_expiration_time->seconds, -62135596800);
    assert_null(told->execution_config->workflow_run_timeout);
}

static void a_run_that_is_closed(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, NO_COMMANDS);
    tl_time started = tl_driver_now(client->driver);
    client_pass(client, TL_SECONDS(90));
    client_signal(client, WORKFLOW, "end");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));

    description told = describe(client);

    const Pb__Workflow__WorkflowExecutionInfo *info = told->workflow_execution_info;
    assert_int_equal(info->status, WORKFLOW_EXECUTION_STATUS_COMPLETED);
    assert_int_equal(pb_time(info->close_time), started + TL_SECONDS(90));
    assert_int_equal(pb_nanoseconds(info->execution_duration), TL_SECONDS(90));
    assert_int_equal(info->history_length, 9);
    assert_null(told->pending_workflow_task);
    assert_int_equal(told->n_pending_activities, 0);
}

static void a_request_to_cancel_shows(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    assert_false(describe(client)->workflow_extended_info->cancel_requested);

    client_cancel(client, WORKFLOW);

    assert_true(describe(client)->workflow_extended_info->cancel_requested);
}

static void the_request_that_started_it_is_told(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    request->request_id = client_text(client, "request-1");
    (void)client_must(client, RPC_StartWorkflowExecution, request);

    description told = describe(client);

    assert_int_equal(told->workflow_extended_info->n_request_id_infos, 1);
    assert_string_equal(told->workflow_extended_info->request_id_infos[0]->key, "request-1");
    const Pb__Workflow__RequestIdInfo *info = told->workflow_extended_info->request_id_infos[0]->value;
    assert_int_equal(info->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
    assert_int_equal(info->event_id, 1);
    assert_false(info->buffered);
}

static const Pb__Workflow__RequestIdInfo *second_request(struct service_client *client)
{
    const Pb__Workflow__WorkflowExecutionExtendedInfo *extended = describe(client)->workflow_extended_info;

    assert_int_equal(extended->n_request_id_infos, 2);
    assert_string_equal(extended->request_id_infos[1]->key, "request-2");
    return extended->request_id_infos[1]->value;
}

static void a_request_that_joins_it_is_told(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    Pb__Link *links[] = {client_link(client)};
    request->request_id = client_text(client, "request-2");
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;
    request->n_links = 1;
    request->links = links;
    request->on_conflict_options =
        PB_NEW(&client->arena, Pb__Workflow__OnConflictOptions, pb__workflow__on_conflict_options);
    request->on_conflict_options->attach_request_id = true;
    request->on_conflict_options->attach_links = true;
    (void)client_must(client, RPC_StartWorkflowExecution, request);

    assert_true(second_request(client)->buffered);
    assert_int_equal(second_request(client)->event_id, 0);
    (void)client_complete(client, task, NO_COMMANDS);

    assert_false(second_request(client)->buffered);
    assert_int_equal(second_request(client)->event_id, 5);
    assert_int_equal(second_request(client)->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED);
}

static void a_run_of_an_id_may_be_named(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    client_terminate(client, WORKFLOW);
    (void)client_start(client, WORKFLOW);

    description told = client_must(client, RPC_DescribeWorkflowExecution, describe_request(client, first));

    assert_int_equal(told->workflow_execution_info->status, WORKFLOW_EXECUTION_STATUS_TERMINATED);
    assert_int_equal(describe(client)->workflow_execution_info->status, WORKFLOW_EXECUTION_STATUS_RUNNING);
}

static void there_must_be_such_a_run(void **state)
{
    struct service_client *client = *state;

    assert_refused(
        client_ask(client, RPC_DescribeWorkflowExecution, describe_request(client, "")), TL_NOT_FOUND, WORKFLOW);
    Pb__DescribeWorkflowExecutionRequest *request = describe_request(client, "run-1");
    assert_refused(client_ask(client, RPC_DescribeWorkflowExecution, request), TL_INVALID_ARGUMENT, "run_id");
    request->execution = NULL;
    assert_refused(client_ask(client, RPC_DescribeWorkflowExecution, request), TL_INVALID_ARGUMENT, "execution");
}

static void looking_changes_nothing(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);

    description first = describe(client);
    assert_same(describe(client), first);
}

/* ---- Its workflow task ---- */

static void a_task_that_waits(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    tl_time scheduled = tl_driver_now(client->driver);
    client_pass(client, TL_SECONDS(4));

    const Pb__Workflow__PendingWorkflowTaskInfo *task = describe(client)->pending_workflow_task;

    assert_int_equal(task->state, PENDING_WORKFLOW_TASK_STATE_SCHEDULED);
    assert_int_equal(pb_time(task->scheduled_time), scheduled);
    assert_int_equal(pb_time(task->original_scheduled_time), scheduled);
    assert_null(task->started_time);
    assert_int_equal(task->attempt, 1);
}

static void a_task_that_is_tried_again(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    (void)client_message(client_fail_task(client, client_poll(client, NULL), 0));
    client_pass(client, TL_SECONDS(4));
    assert_non_null(client_poll(client, NULL));

    const Pb__Workflow__PendingWorkflowTaskInfo *task = describe(client)->pending_workflow_task;

    assert_int_equal(task->state, PENDING_WORKFLOW_TASK_STATE_STARTED);
    assert_int_equal(pb_time(task->started_time), tl_driver_now(client->driver));
    assert_int_equal(task->attempt, 2);
}

static void no_task(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, NO_COMMANDS);

    assert_null(describe(client)->pending_workflow_task);
}

/* ---- Its workers ---- */

/* Completes a workflow task as a worker of that build. */
static void complete_as(struct service_client *client, const char *checksum, const char *build_id)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, client_poll(client, NULL));

    request->binary_checksum = client_text(client, "%s", checksum);
    if (build_id != NULL) {
        request->worker_version_stamp = PB_NEW(&client->arena, Pb__WorkerVersionStamp, pb__worker_version_stamp);
        request->worker_version_stamp->build_id = client_text(client, "%s", build_id);
    }
    request->force_create_new_workflow_task = true;
    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, request);
}

static void each_build_leaves_a_point_to_reset_to(void **state)
{
    struct service_client *client = *state;
    const char *run_id = client_start(client, WORKFLOW);
    complete_as(client, "one", NULL);
    client_pass(client, TL_SECONDS(1));
    tl_time second = tl_driver_now(client->driver);
    complete_as(client, "one", "build-2");
    complete_as(client, "one", NULL);
    complete_as(client, "three", "build-2");

    const Pb__Workflow__WorkflowExecutionInfo *info = describe(client)->workflow_execution_info;

    const Pb__Workflow__ResetPoints *points = info->auto_reset_points;
    assert_int_equal(points->n_points, 3);
    assert_string_equal(points->points[0]->binary_checksum, "one");
    assert_string_equal(points->points[0]->build_id, "");
    assert_int_equal(points->points[0]->first_workflow_task_completed_id, 4);
    assert_string_equal(points->points[0]->run_id, run_id);
    assert_true(points->points[0]->resettable);
    assert_null(points->points[0]->expire_time);
    assert_string_equal(points->points[1]->build_id, "build-2");
    assert_int_equal(points->points[1]->first_workflow_task_completed_id, 7);
    assert_int_equal(pb_time(points->points[1]->create_time), second);
    assert_string_equal(points->points[2]->binary_checksum, "three");
    assert_int_equal(points->points[2]->first_workflow_task_completed_id, 13);
    assert_string_equal(info->most_recent_worker_version_stamp->build_id, "build-2");
}

static void twenty_points_are_kept(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    for (int i = 1; i <= 23; i++) {
        complete_as(client, "", client_text(client, "build-%d", i));
    }

    const Pb__Workflow__ResetPoints *points = describe(client)->workflow_execution_info->auto_reset_points;

    assert_int_equal(points->n_points, 20);
    assert_string_equal(points->points[0]->build_id, "build-4");
    assert_string_equal(points->points[19]->build_id, "build-23");
}

static void a_deployment_names_the_build(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, client_poll(client, NULL));
    request->deployment_options = PB_NEW(&client->arena, Pb__WorkerDeploymentOptions, pb__worker_deployment_options);
    request->deployment_options->deployment_name = client_text(client, "shop");
    request->deployment_options->build_id = client_text(client, "build-7");
    request->deployment_options->worker_versioning_mode = WORKER_VERSIONING_MODE_UNVERSIONED;
    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, request);

    const Pb__Workflow__WorkflowExecutionInfo *info = describe(client)->workflow_execution_info;

    assert_string_equal(info->worker_deployment_name, "shop");
    assert_string_equal(info->auto_reset_points->points[0]->build_id, "build-7");
}

static void continue_as_new(struct service_client *client, const char *checksum)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, client_poll(client, NULL));
    Pb__Command *commands[] = {command_continue_as_new(client)};

    request->binary_checksum = client_text(client, "%s", checksum);
    request->n_commands = 1;
    request->commands = commands;
    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, request);
    client_pass(client, TL_SECONDS(2));
}

static void retain(struct service_client *client, tl_duration retention)
{
    Pb__UpdateNamespaceRequest *request =
        PB_NEW(&client->arena, Pb__UpdateNamespaceRequest, pb__update_namespace_request);

    request->namespace_ = client_text(client, "default");
    request->config = PB_NEW(&client->arena, Pb__NamespaceConfig, pb__namespace_config);
    request->config->workflow_execution_retention_ttl = client_duration(client, retention);
    (void)client_must(client, RPC_UpdateNamespace, request);
}

static void points_go_on_with_the_chain(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    retain(client, TL_DAYS(10));
    complete_as(client, "one", NULL);
    continue_as_new(client, "two");
    tl_time begun = pb_time(client_event(client, WORKFLOW, 1)->event_time);
    complete_as(client, "two", NULL);
    complete_as(client, "three", NULL);

    description told = describe(client);

    const Pb__Workflow__ResetPoints *points = told->workflow_execution_info->auto_reset_points;
    assert_int_equal(points->n_points, 3);
    assert_string_equal(points->points[0]->run_id, first);
    assert_string_equal(points->points[1]->binary_checksum, "two");
    assert_string_equal(points->points[1]->run_id, first);
    assert_int_equal(pb_time(points->points[1]->expire_time), begun + TL_DAYS(10)); /* as the namespace retains */
    assert_string_equal(points->points[2]->run_id, told->workflow_execution_info->execution->run_id);
    assert_null(points->points[2]->expire_time);
    const Pb__WorkflowExecutionStartedEventAttributes *started =
        client_event(client, WORKFLOW, 1)->workflow_execution_started_event_attributes;
    assert_int_equal(started->prev_auto_reset_points->n_points, 2);
    assert_same(started->prev_auto_reset_points->points[0], points->points[0]);
}

static void points_of_histories_that_are_gone_go(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    continue_as_new(client, "one");
    client_pass(client, TL_DAYS(4));
    continue_as_new(client, "two");

    const Pb__Workflow__ResetPoints *points = describe(client)->workflow_execution_info->auto_reset_points;

    assert_int_equal(points->n_points, 1);
    assert_string_equal(points->points[0]->binary_checksum, "two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_run_that_has_just_begun),
        SERVICE_TEST(what_it_was_started_with),
        SERVICE_TEST(a_run_without_end),
        SERVICE_TEST(a_run_that_is_closed),
        SERVICE_TEST(a_request_to_cancel_shows),
        SERVICE_TEST(the_request_that_started_it_is_told),
        SERVICE_TEST(a_request_that_joins_it_is_told),
        SERVICE_TEST(a_run_of_an_id_may_be_named),
        SERVICE_TEST(there_must_be_such_a_run),
        SERVICE_TEST(looking_changes_nothing),
        SERVICE_TEST(a_task_that_waits),
        SERVICE_TEST(a_task_that_is_tried_again),
        SERVICE_TEST(no_task),
        SERVICE_TEST(each_build_leaves_a_point_to_reset_to),
        SERVICE_TEST(twenty_points_are_kept),
        SERVICE_TEST(a_deployment_names_the_build),
        SERVICE_TEST(points_go_on_with_the_chain),
        SERVICE_TEST(points_of_histories_that_are_gone_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
