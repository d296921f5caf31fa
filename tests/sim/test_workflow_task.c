/* SPDX-License-Identifier: MIT */
/* The workflow task: scheduled, started, completed, failed, timed out, transient. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/message.h"
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

/* ---- Failed attempts ---- */

/* A first task is completed with the sticky queue, which a worker polls. */
static struct pending *begin_sticky(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    return client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY));
}

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

static void a_transient_task_keeps_its_time_when_it_becomes_a_first_attempt(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    (void)client_fail_task(client, client_poll(client, NULL), WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    tl_time scheduled = tl_driver_now(client->driver);
    client_pass(client, TL_SECONDS(3));
    client_signal(client, WORKFLOW, "delivered");
    workflow_task task = client_poll(client, NULL);

    assert_int_equal(pb_time(task->scheduled_time), scheduled); /* the poll tells when it was, the event when it is */
    assert_int_equal(pb_time(client_event(client, WORKFLOW, 6)->event_time), scheduled + TL_SECONDS(3));
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

static void a_task_that_failed_for_a_reset_is_no_repetition(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    client_message(
        client_fail_task(client, client_poll(client, NULL), WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR));
    client_message(client_fail_task(client, client_poll(client, NULL), WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 NON_DETERMINISTIC_ERROR\n"
        "5 WorkflowTaskScheduled orders\n");
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

static void options_that_are_not_for_all_are_refused(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    request->intermediate_page = true;
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request),
        TL_FAILED_PRECONDITION,
        "workflow task completion pagination is disabled for this namespace default");
    request->intermediate_page = false;
    request->page_number = 1;
    assert_refused(client_ask(client, RPC_RespondWorkflowTaskCompleted, request), TL_FAILED_PRECONDITION, "pagination");
    request->page_number = 0;
    request->versioning_behavior = VERSIONING_BEHAVIOR_PINNED;
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request), TL_INVALID_ARGUMENT, "versioning_behavior");
    request->versioning_behavior = VERSIONING_BEHAVIOR_UNSPECIFIED;
    request->n_messages = 1;
    request->messages = (Pb__Message *[]){PB_NEW(&client->arena, Pb__Message, pb__message)};
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request), TL_UNSUPPORTED, "messages is not supported");
    request->n_messages = 0;
    request->deployment = PB_NEW(&client->arena, Pb__Deployment, pb__deployment);
    request->deployment->series_name = client_text(client, "series");
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request), TL_UNSUPPORTED, "deployment is not supported");
    assert_history_from(client, WORKFLOW, 4, "");
    (void)client_complete(client, task, NO_COMMANDS);
}

/* The Go SDK sends one with every answer. */
static void a_build_of_no_deployment_is_passed_over(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, client_poll(client, NULL));
    request->deployment = PB_NEW(&client->arena, Pb__Deployment, pb__deployment);
    request->deployment->build_id = client_text(client, "build");
    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, request);
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskCompleted 2,3\n");
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
    assert_non_null(failed->failure->cause);
    assert_in_range(message_size(failed->failure), (size_t)256 << 10, (size_t)1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_first_task_completes_the_workflow),
        SERVICE_TEST(a_poll_shows_the_task),
        SERVICE_TEST(news_schedule_a_task_at_once),
        SERVICE_TEST(a_failed_task_is_transient_until_it_succeeds),
        SERVICE_TEST(a_task_times_out_and_is_tried_again),
        SERVICE_TEST(attempts_after_the_third_may_take_longer),
        SERVICE_TEST(news_make_a_waiting_transient_task_a_first_attempt),
        SERVICE_TEST(a_transient_task_keeps_its_time_when_it_becomes_a_first_attempt),
        SERVICE_TEST(buffered_news_make_the_next_task_a_first_attempt),
        SERVICE_TEST(a_failed_sticky_task_is_tried_on_the_normal_queue_first),
        SERVICE_TEST(a_task_that_failed_for_a_reset_is_no_repetition),
        SERVICE_TEST(a_run_whose_answers_are_too_large_is_terminated),
        SERVICE_TEST(a_long_history_suggests_to_continue_as_new),
        SERVICE_TEST(answers_are_checked_before_anything_changes),
        SERVICE_TEST(options_that_are_not_for_all_are_refused),
        SERVICE_TEST(a_build_of_no_deployment_is_passed_over),
        SERVICE_TEST(a_failure_that_is_too_large_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
