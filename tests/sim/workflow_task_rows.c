/* SPDX-License-Identifier: MIT */
#include "tests/sim/machine_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void run_without_task_is_closed(struct service_client *client)
{
    client_begin(client, WORKFLOW, NO_COMMANDS);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionTerminated out of patience\n");
}

static void task_leaves_sticky_queue(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    assert_null(client_poll(client, "worker-1 sticky"));
    (void)client_complete_sticky(client, task, "worker-1 sticky", NO_COMMANDS);
    client_signal(client, WORKFLOW, "hello");
    client_pass(client, TL_SECONDS(5));
    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 WorkflowTaskScheduled worker-1 sticky sticky\n"
        "7 WorkflowTaskTimedOut 6,0 SCHEDULE_TO_START\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void task_times_out(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_poll(client, NULL);
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskTimedOut 2,3 START_TO_CLOSE\n");
}

/* The second attempt of the first task. */
static workflow_task transient_task(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_message(client_fail_task(client, client_poll(client, NULL), 0));
    workflow_task task = client_poll(client, NULL);
    assert_int_equal(task->attempt, 2);
    return task;
}

static void transient_task_completes(struct service_client *client)
{
    (void)client_complete(client, transient_task(client), NO_COMMANDS);
    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowTaskScheduled orders attempt 2\n"
        "6 WorkflowTaskStarted 5\n"
        "7 WorkflowTaskCompleted 5,6\n");
}

static void transient_task_fails(struct service_client *client)
{
    (void)client_message(client_fail_task(client, transient_task(client), 0));
    assert_history_from(client, WORKFLOW, 5, "");
}

static void transient_task_times_out(struct service_client *client)
{
    (void)transient_task(client);
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 5, "");
    assert_int_equal(client_poll(client, NULL)->attempt, 3);
}

static void transient_task_gets_news(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_message(client_fail_task(client, client_poll(client, NULL), 0));
    client_signal(client, WORKFLOW, "hello");
    (void)client_poll(client, NULL);
    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowTaskScheduled orders\n"
        "7 WorkflowTaskStarted 6\n");
}

static void transient_task_is_closed_while_it_waits(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_message(client_fail_task(client, client_poll(client, NULL), 0));
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionTerminated out of patience\n");
}

void (*const workflow_task_rows[])(struct service_client *client) = {
    run_without_task_is_closed,
    task_leaves_sticky_queue,
    task_times_out,
    transient_task_completes,
    transient_task_fails,
    transient_task_times_out,
    transient_task_gets_news,
    transient_task_is_closed_while_it_waits,
    NULL,
};
