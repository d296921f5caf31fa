/* SPDX-License-Identifier: MIT */
/*
 * Every row of every machine of the service, taken through the boundary. The last test fails when
 * a row was never taken, and names it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/machine.h"
#include "sim/machines/machines.h"
#include "tests/lib/service_chains.h"
#include "tests/sim/query_rows.h"

/* ---- Pieces ---- */

static Pb__Command *charge(struct service_client *client)
{
    return command_activity(client, "1", "ChargeCard");
}

/* A workflow with one activity, whose ActivityTaskScheduled is event 5. */
static void with_activity(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(charge(client)));
}

static void with_timer(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
}

static workflow_task next_task(struct service_client *client)
{
    client_signal(client, WORKFLOW, "go on");
    return client_poll(client, NULL);
}

static void then(struct service_client *client, Pb__Command *command)
{
    (void)client_complete(client, next_task(client), COMMANDS(command));
}

static void with_run_timeout(struct service_client *client)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    request->workflow_run_timeout = client_duration(client, TL_SECONDS(60));
    (void)client_must(client, RPC_StartWorkflowExecution, request);
}

/* An activity that runs and should not. */
static activity_task with_unwanted_activity(struct service_client *client)
{
    with_activity(client);
    activity_task task = client_poll_activity(client);
    then(client, command_cancel_activity(client, 5));
    return task;
}

static void with_backoff(struct service_client *client)
{
    with_activity(client);
    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDeclined", false));
}

/* ---- Runs ---- */

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
    with_run_timeout(client);
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
    with_run_timeout(client);
    client_cancel(client, WORKFLOW);
    client_pass(client, TL_SECONDS(60));
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
}

/* ---- Workflow tasks ---- */

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

/* ---- Activities ---- */

static void activity_is_canceled_while_it_waits(struct service_client *client)
{
    with_activity(client);
    then(client, command_cancel_activity(client, 5));
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
    Pb__Command *command = charge(client);
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
    with_activity(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated out of patience\n");
}

static void activity_heartbeats_and_completes(struct service_client *client)
{
    with_activity(client);
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
    with_activity(client);
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
    with_activity(client);
    (void)client_poll_activity(client);
    client_pass(client, TL_SECONDS(11));
    assert_int_equal(client_poll_activity(client)->attempt, 2);
}

static void activity_is_dropped_while_it_runs(struct service_client *client)
{
    with_activity(client);
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
    then(client, command_cancel_activity(client, 5));
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
    Pb__Command *command = charge(client);
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
    with_activity(client);
    complete_by_id(client);
}

static void backoff_is_completed(struct service_client *client)
{
    with_backoff(client);
    complete_by_id(client);
}

/* ---- Timers ---- */

static void timer_fires(struct service_client *client)
{
    with_timer(client);
    client_pass(client, TL_SECONDS(5));
    assert_history_from(client, WORKFLOW, 6, "6 TimerFired 1 5\n7 WorkflowTaskScheduled orders\n");
}

static void timer_is_canceled(struct service_client *client)
{
    with_timer(client);
    then(client, command_cancel_timer(client, "1"));
    assert_history_from(client, WORKFLOW, 10, "10 TimerCanceled 1 5\n");
}

static void timer_is_dropped(struct service_client *client)
{
    with_timer(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated out of patience\n");
}

/* ---- All of them ---- */

static void (*const scenarios[])(struct service_client *) = {
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
    run_without_task_is_closed,
    task_leaves_sticky_queue,
    task_times_out,
    transient_task_completes,
    transient_task_fails,
    transient_task_times_out,
    transient_task_gets_news,
    transient_task_is_closed_while_it_waits,
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
    timer_fires,
    timer_is_canceled,
    timer_is_dropped,
};

static void take(void (*scenario)(struct service_client *))
{
    struct service_client client;

    service_client_open(&client, NULL, false);
    scenario(&client);
    service_client_close(&client);
}

static void rows_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        take(scenarios[i]);
    }
    for (size_t i = 0; query_rows[i] != NULL; i++) {
        take(query_rows[i]);
    }
}

/* ---- The gate ---- */

static void tables_are_machines(void **state)
{
    char text[200];

    (void)state;
    for (size_t i = 0; sim_machine_tables[i] != NULL; i++) {
        const char *broken = machine_check(sim_machine_tables[i], text, sizeof(text));
        if (broken != NULL) {
            fail_msg("%s", broken);
        }
    }
}

/* Names the rows that were never taken, and counts them. */
static int report_missing(const struct machine_table *table)
{
    int missing = 0;

    for (size_t row = 0; row < table->row_count; row++) {
        if (table->hits[row] == 0) {
            print_error(
                "%s: %s %s was never taken\n",
                table->name,
                table->state_names[table->rows[row].from],
                table->event_names[table->rows[row].event]);
            missing++;
        }
    }
    return missing;
}

static void no_row_is_left_out(void **state)
{
    int missing = 0;

    (void)state;
    for (size_t i = 0; sim_machine_tables[i] != NULL; i++) {
        missing += report_missing(sim_machine_tables[i]);
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_machines),
        cmocka_unit_test(rows_are_taken),
        cmocka_unit_test(no_row_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
