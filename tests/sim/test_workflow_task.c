/* SPDX-License-Identifier: MIT */
/* The workflow task: scheduled, started, completed, failed, timed out, sticky, transient, returned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"

#define STICKY "worker-1-sticky"

/* ---- The plain way ---- */

static void the_first_task_completes_the_workflow(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));

    assert_history(
        client,
        WORKFLOW,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionCompleted\n");
    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), 1);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void a_poll_shows_the_task(void **state)
{
    struct service_client *client = *state;
    const char *run_id = client_start(client, WORKFLOW);

    workflow_task task = client_poll(client, NULL);

    assert_string_equal(task->workflow_execution->workflow_id, WORKFLOW);
    assert_string_equal(task->workflow_execution->run_id, run_id);
    assert_string_equal(task->workflow_type->name, "OrderSaga");
    assert_string_equal(task->workflow_execution_task_queue->name, QUEUE);
    assert_int_equal(task->previous_started_event_id, 0);
    assert_int_equal(task->started_event_id, 3);
    assert_int_equal(task->attempt, 1);
    assert_int_equal(pb_time(task->scheduled_time), tl_driver_now(client->driver));
    assert_int_equal(pb_time(task->started_time), tl_driver_now(client->driver));
    assert_int_equal(task->next_page_token.len, 0);
    assert_null(task->query);
    assert_string_equal(
        client_show(client, task->history->n_events, task->history->events),
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n");
}

static void news_schedule_a_task_at_once(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_DAYS(30))));
    client_signal(client, WORKFLOW, "delivered");
    client_signal(client, WORKFLOW, "delivered");

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 TimerStarted 1 30d\n"
        "6 WorkflowExecutionSignaled delivered\n"
        "7 WorkflowTaskScheduled orders\n"
        "8 WorkflowExecutionSignaled delivered\n");
}

/* ---- Sticky queues ---- */

/* A first task is completed with the sticky queue, which a worker polls. */
static struct pending *begin_sticky(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    return client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY));
}

static void a_sticky_task_shows_only_what_is_new(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    client_signal(client, WORKFLOW, "delivered");
    client_run(client);

    workflow_task task = client_message(poll->reply);
    assert_int_equal(task->previous_started_event_id, 3);
    assert_string_equal(
        client_show(client, task->history->n_events, task->history->events),
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled worker-1-sticky sticky\n"
        "7 WorkflowTaskStarted 6\n");
    assert_string_equal(
        client_event(client, WORKFLOW, 6)->workflow_task_scheduled_event_attributes->task_queue->normal_name, QUEUE);
}

static void a_sticky_task_that_nobody_takes_goes_back_to_the_normal_queue(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    tl_service_cancel(client->service, poll->call);
    client_signal(client, WORKFLOW, "delivered");
    client_pass(client, TL_SECONDS(5));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 WorkflowTaskScheduled worker-1-sticky sticky\n"
        "7 WorkflowTaskTimedOut 6,0 SCHEDULE_TO_START\n"
        "8 WorkflowTaskScheduled orders\n");
    assert_int_equal(client_poll(client, NULL)->history->n_events, 9);
}

static void a_sticky_queue_without_pollers_is_passed_over(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    tl_service_cancel(client->service, poll->call);
    client_pass(client, TL_SECONDS(11));
    client_signal(client, WORKFLOW, "delivered");

    workflow_task task = client_poll(client, NULL);
    assert_string_equal(
        client_show(client, task->history->n_events - 5, task->history->events + 5),
        "6 WorkflowTaskScheduled worker-1-sticky sticky\n"
        "7 WorkflowTaskStarted 6\n");
    assert_int_equal(task->history->events[0]->event_id, 1); /* that worker has no cache: all of it */
}

static void a_worker_that_said_goodbye_gets_no_sticky_task(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);
    Pb__ShutdownWorkerRequest *request = PB_NEW(&client->arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);

    tl_service_cancel(client->service, poll->call);
    request->namespace_ = client_text(client, "default");
    request->sticky_task_queue = client_text(client, STICKY);
    (void)client_must(client, RPC_ShutdownWorker, request);
    client_signal(client, WORKFLOW, "delivered");

    assert_non_null(client_poll(client, NULL));
}

static void a_shutdown_ends_the_polls_of_its_worker_alone(void **state)
{
    struct service_client *client = *state;
    Pb__PollWorkflowTaskQueueRequest *mine = client_poll_request(client, NULL);
    Pb__PollActivityTaskQueueRequest *also_mine = client_activity_poll_request(client);
    Pb__ShutdownWorkerRequest *request = PB_NEW(&client->arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);

    mine->worker_instance_key = client_text(client, "key-1");
    also_mine->worker_instance_key = client_text(client, "key-1");
    struct pending *others = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    struct pending *first = client_send(client, RPC_PollWorkflowTaskQueue, mine);
    struct pending *second = client_send(client, RPC_PollActivityTaskQueue, also_mine);
    request->namespace_ = client_text(client, "default");
    request->task_queue = client_text(client, QUEUE);
    request->worker_instance_key = client_text(client, "key-1");
    (void)client_must(client, RPC_ShutdownWorker, request);
    client_run(client);

    const Pb__PollWorkflowTaskQueueResponse *empty = client_message(first->reply);
    assert_int_equal(empty->task_token.len, 0);
    assert_non_null(client_message(second->reply));
    assert_null(others->reply);
}

static void a_reset_makes_the_next_task_normal(void **state)
{
    struct service_client *client = *state;
    Pb__ResetStickyTaskQueueRequest *request =
        PB_NEW(&client->arena, Pb__ResetStickyTaskQueueRequest, pb__reset_sticky_task_queue_request);

    (void)begin_sticky(client);
    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    (void)client_must(client, RPC_ResetStickyTaskQueue, request);
    client_signal(client, WORKFLOW, "delivered");

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled orders\n");
}

static void a_completion_without_sticky_attributes_clears_them(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    client_signal(client, WORKFLOW, "one");
    client_run(client);
    (void)client_complete(client, client_message(poll->reply), NO_COMMANDS);
    client_signal(client, WORKFLOW, "two");

    assert_history_from(
        client,
        WORKFLOW,
        8,
        "8 WorkflowTaskCompleted 6,7\n"
        "9 WorkflowExecutionSignaled two\n"
        "10 WorkflowTaskScheduled orders\n");
}

/* ---- Failed attempts ---- */

static void a_failed_task_is_transient_until_it_succeeds(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    client_message(client_fail_task(
        client, client_poll(client, NULL), WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE));
    workflow_task second = client_poll(client, NULL);
    assert_int_equal(second->attempt, 2);
    assert_int_equal(second->started_event_id, 6);
    assert_string_equal(
        client_show(client, second->history->n_events - 3, second->history->events + 3),
        "4 WorkflowTaskFailed 2,3 WORKFLOW_WORKER_UNHANDLED_FAILURE\n"
        "5 WorkflowTaskScheduled orders attempt 2\n"
        "6 WorkflowTaskStarted 5\n");
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskFailed 2,3 WORKFLOW_WORKER_UNHANDLED_FAILURE\n");

    client_message(client_fail_task(client, second, WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE));
    workflow_task third = client_poll(client, NULL);
    assert_int_equal(third->attempt, 3);
    (void)client_complete(client, third, COMMANDS(command_complete(client)));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 WORKFLOW_WORKER_UNHANDLED_FAILURE\n"
        "5 WorkflowTaskScheduled orders attempt 3\n"
        "6 WorkflowTaskStarted 5\n"
        "7 WorkflowTaskCompleted 5,6\n"
        "8 WorkflowExecutionCompleted\n");
}

static void a_task_times_out_and_is_tried_again(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task first = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskTimedOut 2,3 START_TO_CLOSE\n");

    assert_refused(client_refused(client, first, NO_COMMANDS), TL_NOT_FOUND, "not found");
    workflow_task second = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskTimedOut 2,3 START_TO_CLOSE\n");
    assert_refused(client_refused(client, second, NO_COMMANDS), TL_NOT_FOUND, "not found");
    assert_int_equal(client_poll(client, NULL)->attempt, 3);
}

static void attempts_after_the_third_may_take_longer(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    for (int attempt = 1; attempt <= 3; attempt++) {
        (void)client_poll(client, NULL);
        client_pass(client, TL_SECONDS(10));
    }
    workflow_task fourth = client_poll(client, NULL);
    tl_duration timeout =
        pb_nanoseconds(fourth->history->events[4]->workflow_task_scheduled_event_attributes->start_to_close_timeout);
    assert_in_range(timeout, TL_SECONDS(14), TL_SECONDS(15)); /* 10 s and 5 s less at most a fifth */

    for (int attempt = 4; attempt <= 20; attempt++) {
        client_pass(client, TL_MINUTES(11));
        fourth = client_poll(client, NULL);
    }
    timeout =
        pb_nanoseconds(fourth->history->events[4]->workflow_task_scheduled_event_attributes->start_to_close_timeout);
    assert_in_range(timeout, TL_SECONDS(10 + 480), TL_SECONDS(10 + 600)); /* ten minutes at most */
}

static void news_make_a_waiting_transient_task_a_first_attempt(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    (void)client_fail_task(client, client_poll(client, NULL), WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    client_signal(client, WORKFLOW, "delivered");
    workflow_task task = client_poll(client, NULL);

    assert_int_equal(task->attempt, 1);
    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 NON_DETERMINISTIC_ERROR\n"
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled orders\n"
        "7 WorkflowTaskStarted 6\n");
    (void)client_complete(client, task, COMMANDS(command_complete(client)));
}

static void buffered_news_make_the_next_task_a_first_attempt(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    (void)client_poll(client, NULL);
    client_signal(client, WORKFLOW, "delivered");
    client_pass(client, TL_SECONDS(10));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskTimedOut 2,3 START_TO_CLOSE\n"
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled orders\n");
}

static void a_failed_sticky_task_is_tried_on_the_normal_queue_first(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    client_signal(client, WORKFLOW, "delivered");
    client_run(client);
    (void)client_fail_task(
        client, client_message(poll->reply), WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE);

    assert_history_from(
        client,
        WORKFLOW,
        8,
        "8 WorkflowTaskFailed 6,7 WORKFLOW_WORKER_UNHANDLED_FAILURE\n"
        "9 WorkflowTaskScheduled orders\n");
}

static void a_run_whose_answers_are_too_large_is_terminated(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    client_message(
        client_fail_task(client, client_poll(client, NULL), WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionTerminated GrpcMessageTooLarge\n");
}

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

/* ---- Suggestions ---- */

static void a_long_history_suggests_to_continue_as_new(void **state)
{
    struct service_client *client = *state;
    Pb__Command *commands[4100];

    client->checked = false;
    (void)client_start(client, WORKFLOW);
    workflow_task first = client_poll(client, NULL);
    for (size_t i = 0; i < 4100; i++) {
        commands[i] = command_marker(client, "m");
    }
    assert_false(first->history->events[2]->workflow_task_started_event_attributes->suggest_continue_as_new);
    (void)client_complete(client, first, 4100, commands);
    client_signal(client, WORKFLOW, "delivered");
    (void)client_poll(client, NULL);

    const Pb__WorkflowTaskStartedEventAttributes *started =
        client_event(client, WORKFLOW, 4 + 4100 + 3)->workflow_task_started_event_attributes;
    assert_true(started->suggest_continue_as_new);
    assert_int_equal(started->n_suggest_continue_as_new_reasons, 1);
    assert_int_equal(
        started->suggest_continue_as_new_reasons[0], SUGGEST_CONTINUE_AS_NEW_REASON_TOO_MANY_HISTORY_EVENTS);
    assert_true(started->history_size_bytes > INT64_C(41000));
}

/* ---- Requests ---- */

static void answers_are_checked_before_anything_changes(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);

    request->identity = client_long_text(client, 1001);
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request),
        TL_INVALID_ARGUMENT,
        "identity exceeds 1000 bytes");
    request = client_completion(client, task);
    request->sticky_attributes = PB_NEW(&client->arena, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
    request->sticky_attributes->worker_task_queue = client_poll_request(client, "sticky")->task_queue;
    request->sticky_attributes->schedule_to_start_timeout = client_duration(client, -1);
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request),
        TL_INVALID_ARGUMENT,
        "sticky_attributes.schedule_to_start_timeout is negative");
    request->sticky_attributes->worker_task_queue->name = client_long_text(client, 1001);
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request),
        TL_INVALID_ARGUMENT,
        "sticky_attributes exceeds 1000 bytes");
    assert_history_from(client, WORKFLOW, 4, "");
    (void)client_complete(client, task, NO_COMMANDS);
}

static void a_failure_that_is_too_large_is_replaced(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    Pb__RespondWorkflowTaskFailedRequest *request =
        PB_NEW(&client->arena, Pb__RespondWorkflowTaskFailedRequest, pb__respond_workflow_task_failed_request);
    request->namespace_ = client_text(client, "default");
    request->task_token = client_poll(client, NULL)->task_token;
    request->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    request->failure->message = client_long_text(client, (size_t)2 << 20);
    request->identity = client_long_text(client, 1001);
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskFailed, request), TL_INVALID_ARGUMENT, "identity exceeds 1000 bytes");
    request->identity = client_text(client, "worker-1");

    (void)client_must(client, RPC_RespondWorkflowTaskFailed, request);

    const Pb__WorkflowTaskFailedEventAttributes *failed =
        client_event(client, WORKFLOW, 4)->workflow_task_failed_event_attributes;
    assert_string_equal(failed->failure->message, "Failure exceeds size limit.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_first_task_completes_the_workflow),
        SERVICE_TEST(a_poll_shows_the_task),
        SERVICE_TEST(news_schedule_a_task_at_once),
        SERVICE_TEST(a_sticky_task_shows_only_what_is_new),
        SERVICE_TEST(a_sticky_task_that_nobody_takes_goes_back_to_the_normal_queue),
        SERVICE_TEST(a_sticky_queue_without_pollers_is_passed_over),
        SERVICE_TEST(a_worker_that_said_goodbye_gets_no_sticky_task),
        SERVICE_TEST(a_shutdown_ends_the_polls_of_its_worker_alone),
        SERVICE_TEST(a_reset_makes_the_next_task_normal),
        SERVICE_TEST(a_completion_without_sticky_attributes_clears_them),
        SERVICE_TEST(a_failed_task_is_transient_until_it_succeeds),
        SERVICE_TEST(a_task_times_out_and_is_tried_again),
        SERVICE_TEST(attempts_after_the_third_may_take_longer),
        SERVICE_TEST(news_make_a_waiting_transient_task_a_first_attempt),
        SERVICE_TEST(buffered_news_make_the_next_task_a_first_attempt),
        SERVICE_TEST(a_failed_sticky_task_is_tried_on_the_normal_queue_first),
        SERVICE_TEST(a_run_whose_answers_are_too_large_is_terminated),
        SERVICE_TEST(a_heartbeat_takes_the_next_task_along),
        SERVICE_TEST(a_task_for_buffered_news_is_taken_along_too),
        SERVICE_TEST(a_completion_without_news_takes_nothing_along),
        SERVICE_TEST(heartbeats_end_after_half_an_hour),
        SERVICE_TEST(what_happens_during_a_task_comes_after_its_commands),
        SERVICE_TEST(a_run_does_not_close_over_what_it_has_not_seen),
        SERVICE_TEST(a_run_that_tries_to_close_takes_no_signal_while_it_does),
        SERVICE_TEST(canceling_a_timer_removes_its_buffered_firing),
        SERVICE_TEST(a_full_buffer_fails_the_task),
        SERVICE_TEST(a_long_history_suggests_to_continue_as_new),
        SERVICE_TEST(answers_are_checked_before_anything_changes),
        SERVICE_TEST(a_failure_that_is_too_large_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
