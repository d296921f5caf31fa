/* SPDX-License-Identifier: MIT */
#include "tests/sim/machine_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* An activity that runs and should not. */
static activity_task with_unwanted_activity(struct service_client *client)
{
    rows_with_activity(client);
    activity_task task = client_poll_activity(client);
    rows_then(client, command_cancel_activity(client, 5));
    return task;
}

static void with_backoff(struct service_client *client)
{
    rows_with_activity(client);
    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDeclined", false));
}

static void activity_is_canceled_while_it_waits(struct service_client *client)
{
    rows_with_activity(client);
    rows_then(client, command_cancel_activity(client, 5));
    assert_history_from(
        client,
        WORKFLOW,
        10,
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskCanceled 5,0 after 10\n"
        "12 WorkflowTaskScheduled orders\n");
}

static void activity_times_out_while_it_waits(struct service_client *client)
{
    Pb__Command *command = rows_charge(client);
    command->schedule_activity_task_command_attributes->schedule_to_start_timeout =
        client_duration(client, TL_SECONDS(5));
    client_begin(client, WORKFLOW, COMMANDS(command));
    client_pass(client, TL_SECONDS(5));
    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskTimedOut 5,0 SCHEDULE_TO_START TIMEOUT\n"
        "7 WorkflowTaskScheduled orders\n");
}

static void activity_is_dropped_while_it_waits(struct service_client *client)
{
    rows_with_activity(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated out of patience\n");
}

static void activity_heartbeats_and_completes(struct service_client *client)
{
    rows_with_activity(client);
    activity_task task = client_poll_activity(client);
    (void)client_heartbeat(client, task, "50");
    (void)client_message(client_complete_activity(client, task));
    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void activity_fails(struct service_client *client)
{
    rows_with_activity(client);
    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDeclined", true));
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void activity_times_out_and_tries_again(struct service_client *client)
{
    rows_with_activity(client);
    (void)client_poll_activity(client);
    client_pass(client, TL_SECONDS(11));
    assert_int_equal(client_poll_activity(client)->attempt, 2);
}

static void activity_is_dropped_while_it_runs(struct service_client *client)
{
    rows_with_activity(client);
    (void)client_poll_activity(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated out of patience\n");
}

static void unwanted_activity_heartbeats_and_completes(struct service_client *client)
{
    activity_task task = with_unwanted_activity(client);
    assert_true(client_heartbeat(client, task, NULL));
    (void)client_message(client_complete_activity(client, task));
    assert_history_from(
        client,
        WORKFLOW,
        11,
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskCompleted 5,11\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void unwanted_activity_fails(struct service_client *client)
{
    (void)client_message(client_fail_activity(client, with_unwanted_activity(client), "CardDeclined", false));
    assert_history_from(
        client,
        WORKFLOW,
        12,
        "12 ActivityTaskFailed 5,11 CANCEL_REQUESTED\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void unwanted_activity_is_canceled(struct service_client *client)
{
    (void)client_message(client_cancel_activity(client, with_unwanted_activity(client)));
    assert_history_from(
        client,
        WORKFLOW,
        12,
        "12 ActivityTaskCanceled 5,11 after 10\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void unwanted_activity_times_out(struct service_client *client)
{
    (void)with_unwanted_activity(client);
    client_pass(client, TL_SECONDS(10));
    assert_history_from(
        client,
        WORKFLOW,
        12,
        "12 ActivityTaskTimedOut 5,11 START_TO_CLOSE CANCEL_REQUESTED\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void unwanted_activity_is_dropped(struct service_client *client)
{
    (void)with_unwanted_activity(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 11, "11 WorkflowExecutionTerminated out of patience\n");
}

static void backoff_ends(struct service_client *client)
{
    with_backoff(client);
    client_pass(client, TL_SECONDS(1));
    assert_int_equal(client_poll_activity(client)->attempt, 2);
}

static void backoff_is_canceled(struct service_client *client)
{
    with_backoff(client);
    rows_then(client, command_cancel_activity(client, 5));
    assert_history_from(
        client,
        WORKFLOW,
        10,
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskCanceled 5,0 after 10\n"
        "12 WorkflowTaskScheduled orders\n");
}

static void backoff_times_out(struct service_client *client)
{
    Pb__Command *command = rows_charge(client);
    command->schedule_activity_task_command_attributes->schedule_to_close_timeout =
        client_duration(client, TL_SECONDS(1));
    client_begin(client, WORKFLOW, COMMANDS(command));
    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDeclined", false));
    client_pass(client, TL_SECONDS(1));
    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskTimedOut 5,0 SCHEDULE_TO_CLOSE TIMEOUT\n"
        "7 WorkflowTaskScheduled orders\n");
}

static void backoff_is_dropped(struct service_client *client)
{
    with_backoff(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated out of patience\n");
}

static void complete_by_id(struct service_client *client)
{
    Pb__RespondActivityTaskCompletedByIdRequest *request = PB_NEW(
        &client->arena, Pb__RespondActivityTaskCompletedByIdRequest, pb__respond_activity_task_completed_by_id_request);

    request->namespace_ = client_text(client, "default");
    request->workflow_id = client_text(client, WORKFLOW);
    request->activity_id = client_text(client, "1");
    (void)client_must(client, RPC_RespondActivityTaskCompletedById, request);
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void activity_is_completed_while_it_waits(struct service_client *client)
{
    rows_with_activity(client);
    complete_by_id(client);
}

static void backoff_is_completed(struct service_client *client)
{
    with_backoff(client);
    complete_by_id(client);
}

void (*const activity_rows[])(struct service_client *client) = {
    activity_is_completed_while_it_waits,
    activity_is_canceled_while_it_waits,
    activity_times_out_while_it_waits,
    activity_is_dropped_while_it_waits,
    activity_heartbeats_and_completes,
    activity_fails,
    activity_times_out_and_tries_again,
    activity_is_dropped_while_it_runs,
    unwanted_activity_heartbeats_and_completes,
    unwanted_activity_fails,
    unwanted_activity_is_canceled,
    unwanted_activity_times_out,
    unwanted_activity_is_dropped,
    backoff_ends,
    backoff_is_completed,
    backoff_is_canceled,
    backoff_times_out,
    backoff_is_dropped,
    NULL,
};
