/* SPDX-License-Identifier: MIT */
#include "tests/sim/machine_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/service_chains.h"

static void run_completes(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_complete(client)));
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionCompleted\n");
}

static void run_fails(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_fail(client, "NotDelivered")));
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionFailed RETRY_POLICY_NOT_SET\n");
}

static void run_cancels_itself(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_cancel(client)));
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionCanceled\n");
}

static void run_continues_as_new(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_continue_as_new(client)));
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n");
}

static void run_is_terminated(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTerminated out of patience\n");
}

static void run_times_out(struct service_client *client)
{
    rows_with_run_timeout(client);
    client_pass(client, TL_SECONDS(60));
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
}

static workflow_task asked_to_cancel(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    client_cancel(client, WORKFLOW);
    client_cancel(client, WORKFLOW);
    return client_poll(client, NULL);
}

static void asked_run_completes(struct service_client *client)
{
    (void)client_complete(client, asked_to_cancel(client), COMMANDS(command_complete(client)));
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionCompleted\n");
}

static void asked_run_fails(struct service_client *client)
{
    (void)client_complete(client, asked_to_cancel(client), COMMANDS(command_fail(client, "NotDelivered")));
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionFailed RETRY_POLICY_NOT_SET\n");
}

static void asked_run_cancels(struct service_client *client)
{
    (void)client_complete(client, asked_to_cancel(client), COMMANDS(command_cancel(client)));
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionCanceled\n");
}

static void asked_run_continues_as_new(struct service_client *client)
{
    (void)client_complete(client, asked_to_cancel(client), COMMANDS(command_continue_as_new(client)));
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n");
}

static void asked_run_is_terminated(struct service_client *client)
{
    (void)asked_to_cancel(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowTaskFailed 2,4 FORCE_CLOSE_COMMAND\n"
        "6 WorkflowExecutionTerminated out of patience\n");
}

static void asked_run_times_out(struct service_client *client)
{
    rows_with_run_timeout(client);
    client_cancel(client, WORKFLOW);
    client_pass(client, TL_SECONDS(60));
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
}

void (*const run_rows[])(struct service_client *client) = {
    run_completes,
    run_fails,
    run_cancels_itself,
    run_continues_as_new,
    run_is_terminated,
    run_times_out,
    asked_run_completes,
    asked_run_fails,
    asked_run_cancels,
    asked_run_continues_as_new,
    asked_run_is_terminated,
    asked_run_times_out,
    NULL,
};
