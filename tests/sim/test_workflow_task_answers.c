/* SPDX-License-Identifier: MIT */
/* What a completion takes along, and what happens while a task is at a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"

/* ---- Tasks that a completion takes along ---- */

static workflow_task heartbeat(struct service_client *client, workflow_task task)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);

    request->force_create_new_workflow_task = true;
    request->return_new_workflow_task = true;
    const Pb__RespondWorkflowTaskCompletedResponse *response =
        client_must(client, RPC_RespondWorkflowTaskCompleted, request);
    return response->workflow_task;
}

static void a_heartbeat_takes_the_next_task_along(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task next = heartbeat(client, client_poll(client, NULL));

    assert_int_equal(next->started_event_id, 6);
    assert_int_equal(next->previous_started_event_id, 3);
    assert_string_equal(
        client_show(client, next->history->n_events, next->history->events),
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowTaskScheduled orders\n"
        "6 WorkflowTaskStarted 5\n");
    assert_string_equal(
        next->history->events[2]->workflow_task_started_event_attributes->request_id,
        "request-from-RespondWorkflowTaskCompleted");
    (void)client_complete(client, next, COMMANDS(command_complete(client)));
}

static void a_task_for_buffered_news_is_taken_along_too(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "delivered");
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    request->return_new_workflow_task = true;
    const Pb__RespondWorkflowTaskCompletedResponse *response =
        client_must(client, RPC_RespondWorkflowTaskCompleted, request);

    assert_non_null(response->workflow_task);
    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled orders\n"
        "7 WorkflowTaskStarted 6\n");
}

static const Pb__WorkerVersionStamp *stamp_of_next(struct service_client *client, bool use_versioning)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, client_poll(client, NULL));

    request->force_create_new_workflow_task = true;
    request->return_new_workflow_task = true;
    request->worker_version_stamp = PB_NEW(&client->arena, Pb__WorkerVersionStamp, pb__worker_version_stamp);
    request->worker_version_stamp->build_id = client_text(client, "build-1");
    request->worker_version_stamp->use_versioning = use_versioning;
    const Pb__RespondWorkflowTaskCompletedResponse *response =
        client_must(client, RPC_RespondWorkflowTaskCompleted, request);
    return response->workflow_task->history->events[2]->workflow_task_started_event_attributes->worker_version;
}

static void a_task_taken_along_bears_its_workers_build(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, "order-1");
    assert_string_equal(stamp_of_next(client, false)->build_id, "build-1");
    (void)client_start(client, "order-2");
    assert_null(stamp_of_next(client, true)); /* the old versioning is not for these */
}

static void a_completion_without_news_takes_nothing_along(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, client_poll(client, NULL));
    request->return_new_workflow_task = true;
    const Pb__RespondWorkflowTaskCompletedResponse *response =
        client_must(client, RPC_RespondWorkflowTaskCompleted, request);

    assert_null(response->workflow_task);
    assert_int_equal(response->reset_history_event_id, 0);
}

static void heartbeats_end_after_half_an_hour(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    for (int i = 0; i < 225; i++) { /* eight seconds each: exactly half an hour */
        client_pass(client, TL_SECONDS(8));
        task = heartbeat(client, task);
    }
    client_pass(client, TL_SECONDS(8));
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    request->force_create_new_workflow_task = true;

    assert_refused(client_ask(client, RPC_RespondWorkflowTaskCompleted, request), TL_NOT_FOUND, "heartbeat timeout");
    assert_history_from(client, WORKFLOW, 679, "679 WorkflowTaskTimedOut 677,678 START_TO_CLOSE\n");
    assert_int_equal(client_poll(client, NULL)->attempt, 2);
}

static void heartbeats_that_end_start_a_task_that_is_lost(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    for (int i = 0; i < 226; i++) {
        client_pass(client, TL_SECONDS(8));
        task = i < 225 ? heartbeat(client, task) : task;
    }
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    request->force_create_new_workflow_task = true;
    request->return_new_workflow_task = true;
    request->sticky_attributes = PB_NEW(&client->arena, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
    request->sticky_attributes->worker_task_queue = client_poll_request(client, "sticky")->task_queue;
    assert_refused(client_ask(client, RPC_RespondWorkflowTaskCompleted, request), TL_NOT_FOUND, "heartbeat timeout");

    struct pending *poll = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    client_pass(client, TL_SECONDS(10) - 1);
    assert_null(poll->reply);
    client_pass(client, 1);
    workflow_task next = client_message(poll->reply);
    assert_int_equal(next->attempt, 1); /* the second was the lost one, a sticky one: it does not count */
    assert_history_from(
        client,
        WORKFLOW,
        679,
        "679 WorkflowTaskTimedOut 677,678 START_TO_CLOSE\n"
        "680 WorkflowTaskScheduled orders\n"
        "681 WorkflowTaskStarted 680\n");
}

static Pb__RespondWorkflowTaskCompletedRequest *sticky_heartbeat(struct service_client *client, workflow_task task)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);

    request->force_create_new_workflow_task = true;
    request->return_new_workflow_task = true;
    request->sticky_attributes = PB_NEW(&client->arena, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
    request->sticky_attributes->worker_task_queue = client_poll_request(client, "sticky")->task_queue;
    request->sticky_attributes->schedule_to_start_timeout = client_duration(client, TL_SECONDS(5));
    return request;
}

/* As tests/workflow_task_test.go of the server shows it, with seconds for half an hour. */
static void heartbeats_of_a_sticky_worker_end_in_two_timeouts(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    for (int i = 0; i < 225; i++) {
        client_pass(client, TL_SECONDS(8));
        const Pb__RespondWorkflowTaskCompletedResponse *response =
            client_must(client, RPC_RespondWorkflowTaskCompleted, sticky_heartbeat(client, task));
        task = response->workflow_task;
    }
    client_pass(client, TL_SECONDS(8));
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, sticky_heartbeat(client, task)),
        TL_NOT_FOUND,
        "workflow task heartbeat timeout");
    client_pass(client, TL_SECONDS(10));

    assert_history_from(
        client,
        WORKFLOW,
        679,
        "679 WorkflowTaskTimedOut 677,678 START_TO_CLOSE\n"
        "680 WorkflowTaskScheduled sticky sticky\n"
        "681 WorkflowTaskStarted 680\n"
        "682 WorkflowTaskTimedOut 680,681 START_TO_CLOSE\n"
        "683 WorkflowTaskScheduled orders\n");
    assert_int_equal(client_poll(client, NULL)->attempt, 1);
}

static void a_heartbeat_with_commands_is_progress(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    for (int i = 0; i < 226; i++) {
        client_pass(client, TL_SECONDS(8));
        Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
        request->force_create_new_workflow_task = true;
        request->return_new_workflow_task = true;
        request->n_commands = i == 100 ? 1 : 0;
        request->commands = (Pb__Command *[]){command_marker(client, "progress")};
        const Pb__RespondWorkflowTaskCompletedResponse *response =
            client_must(client, RPC_RespondWorkflowTaskCompleted, request);
        task = response->workflow_task;
    }
    (void)client_complete(client, task, COMMANDS(command_complete(client)));
}

/* ---- Buffered events ---- */

static void what_happens_during_a_task_comes_after_its_commands(void **state)
{
    struct service_client *client = *state;

    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_activity(client, "1", "ChargeCard"), command_timer(client, "1", TL_SECONDS(2))));
    activity_task activity = client_poll_activity(client);
    client_signal(client, WORKFLOW, "one");
    workflow_task task = client_poll(client, NULL);
    client_message(client_complete_activity(client, activity));
    client_pass(client, TL_SECONDS(2));
    client_signal(client, WORKFLOW, "two");
    client_cancel(client, WORKFLOW);
    (void)client_complete(client, task, COMMANDS(command_marker(client, "seen")));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 ActivityTaskScheduled ChargeCard#1\n"
        "6 TimerStarted 1 2s\n"
        "7 WorkflowExecutionSignaled one\n"
        "8 WorkflowTaskScheduled orders\n"
        "9 WorkflowTaskStarted 8\n"
        "10 WorkflowTaskCompleted 8,9\n"
        "11 MarkerRecorded seen\n"
        "12 ActivityTaskStarted 5 attempt 1\n"
        "13 TimerFired 1 6\n"
        "14 WorkflowExecutionSignaled two\n"
        "15 WorkflowExecutionCancelRequested\n"
        "16 ActivityTaskCompleted 5,12\n" /* ends of activities come last: event_store.go, reorderBuffer */
        "17 WorkflowTaskScheduled orders\n");
}

static void a_run_does_not_close_over_what_it_has_not_seen(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "late");
    assert_refused(
        client_refused(client, task, COMMANDS(command_marker(client, "m"), command_complete(client))),
        TL_INVALID_ARGUMENT,
        "UnhandledCommand");
    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 UNHANDLED_COMMAND\n"
        "5 WorkflowExecutionSignaled late\n"
        "6 WorkflowTaskScheduled orders\n");
    assert_string_equal(
        client_event(client, WORKFLOW, 4)->workflow_task_failed_event_attributes->failure->message, "UnhandledCommand");

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), 1);
}

static void a_run_that_tries_to_close_takes_no_signal_while_it_does(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "late");
    (void)client_refused(client, task, COMMANDS(command_complete(client)));
    task = client_poll(client, NULL);
    assert_refused(
        client_ask(client, RPC_SignalWorkflowExecution, client_signal_request(client, WORKFLOW, "later")),
        TL_RESOURCE_EXHAUSTED,
        "closing");

    (void)client_complete(client, task, NO_COMMANDS);
    client_signal(client, WORKFLOW, "now");
}

/* Commands in no order are refused before they are looked at: what they meant is not known. */
static void a_refused_sequence_of_commands_lets_signals_in_again(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "late");
    (void)client_refused(client, task, COMMANDS(command_complete(client)));
    task = client_poll(client, NULL);
    (void)client_refused(client, task, COMMANDS(command_complete(client), command_marker(client, "late")));
    client_signal(client, WORKFLOW, "now");
    (void)client_complete(client, task, NO_COMMANDS);
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 WorkflowTaskStarted 6\n"
        "8 WorkflowTaskCompleted 6,7\n"
        "9 WorkflowExecutionSignaled now\n"
        "10 WorkflowTaskScheduled orders\n");
}

static void canceling_a_timer_removes_its_buffered_firing(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(2))));
    client_signal(client, WORKFLOW, "delivered");
    workflow_task task = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(2));
    (void)client_complete(client, task, COMMANDS(command_cancel_timer(client, "1"), command_complete(client)));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 TimerStarted 1 2s\n"
        "6 WorkflowExecutionSignaled delivered\n"
        "7 WorkflowTaskScheduled orders\n"
        "8 WorkflowTaskStarted 7\n"
        "9 WorkflowTaskCompleted 7,8\n"
        "10 TimerCanceled 1 5\n"
        "11 WorkflowExecutionCompleted\n");
}

/* One of the same id, started and canceled before it, changes nothing: historybuilder, GetAndRemoveTimerFireEvent. */
static void a_buffered_firing_is_removed_once(void **state)
{
    struct service_client *client = *state;
    Pb__Command *start = command_timer(client, "1", TL_SECONDS(2));
    Pb__Command *cancel = command_cancel_timer(client, "1");

    client_begin(client, WORKFLOW, COMMANDS(start));
    client_signal(client, WORKFLOW, "delivered");
    workflow_task task = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(2));
    (void)client_complete(client, task, COMMANDS(start, cancel, cancel));
    assert_history_from(
        client,
        WORKFLOW,
        9,
        "9 WorkflowTaskCompleted 7,8\n"
        "10 TimerStarted 1 2s\n"
        "11 TimerCanceled 1 10\n"
        "12 TimerCanceled 1 5\n");

    client_signal(client, WORKFLOW, "again");
    task = client_poll(client, NULL);
    assert_refused(
        client_refused(client, task, COMMANDS(start, cancel, cancel)), TL_INVALID_ARGUMENT, "BadCancelTimer");
}

/* The end of an activity that was not started is buffered behind the firing: in this order it is still there. */
static void an_activitys_end_counts_among_what_is_not_seen(void **state)
{
    struct service_client *client = *state;

    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_timer(client, "1", TL_SECONDS(2)), command_activity(client, "a", "ChargeCard")));
    client_signal(client, WORKFLOW, "delivered");
    workflow_task task = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(2));
    assert_refused(
        client_refused(
            client,
            task,
            COMMANDS(command_cancel_activity(client, 6), command_cancel_timer(client, "1"), command_complete(client))),
        TL_INVALID_ARGUMENT,
        "UnhandledCommand");
}

static void an_activitys_end_alone_is_known(void **state)
{
    struct service_client *client = *state;

    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_timer(client, "1", TL_SECONDS(2)), command_activity(client, "a", "ChargeCard")));
    client_signal(client, WORKFLOW, "delivered");
    workflow_task task = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(2));
    (void)client_complete(
        client,
        task,
        COMMANDS(command_cancel_timer(client, "1"), command_cancel_activity(client, 6), command_complete(client)));
    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), 1);
}

static void a_full_buffer_fails_the_task(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    (void)client_poll(client, NULL);
    for (int i = 0; i < 100; i++) {
        client_signal(client, WORKFLOW, "tick");
    }
    assert_history_from(client, WORKFLOW, 4, "");
    client_signal(client, WORKFLOW, "tick");

    assert_string_equal(
        client_show(
            client, 1, (Pb__HistoryEvent *[]){(Pb__HistoryEvent *)(uintptr_t)client_event(client, WORKFLOW, 4)}),
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n");
    assert_history_from(
        client, WORKFLOW, 105, "105 WorkflowExecutionSignaled tick\n"); /* and the next attempt is transient */
    assert_int_equal(client_poll(client, NULL)->attempt, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_heartbeat_takes_the_next_task_along),
        SERVICE_TEST(a_task_for_buffered_news_is_taken_along_too),
        SERVICE_TEST(a_task_taken_along_bears_its_workers_build),
        SERVICE_TEST(a_completion_without_news_takes_nothing_along),
        SERVICE_TEST(heartbeats_end_after_half_an_hour),
        SERVICE_TEST(heartbeats_that_end_start_a_task_that_is_lost),
        SERVICE_TEST(heartbeats_of_a_sticky_worker_end_in_two_timeouts),
        SERVICE_TEST(a_heartbeat_with_commands_is_progress),
        SERVICE_TEST(what_happens_during_a_task_comes_after_its_commands),
        SERVICE_TEST(a_run_does_not_close_over_what_it_has_not_seen),
        SERVICE_TEST(a_run_that_tries_to_close_takes_no_signal_while_it_does),
        SERVICE_TEST(a_refused_sequence_of_commands_lets_signals_in_again),
        SERVICE_TEST(canceling_a_timer_removes_its_buffered_firing),
        SERVICE_TEST(a_buffered_firing_is_removed_once),
        SERVICE_TEST(an_activitys_end_counts_among_what_is_not_seen),
        SERVICE_TEST(an_activitys_end_alone_is_known),
        SERVICE_TEST(a_full_buffer_fails_the_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
