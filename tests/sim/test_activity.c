/* SPDX-License-Identifier: MIT */
/* Activities: their results, their attempts, their cancellation, as history and polls show them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

/* A workflow that waits for the activity of the command; its ActivityTaskScheduled is event 5. */
static void begin(struct service_client *client, Pb__Command *command)
{
    client_begin(client, WORKFLOW, COMMANDS(command));
}

static Pb__Command *charge(struct service_client *client)
{
    return command_activity(client, "1", "ChargeCard");
}

static Pb__RetryPolicy *retry_policy(struct service_client *client, Pb__Command *command)
{
    Pb__RetryPolicy *policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);

    command->schedule_activity_task_command_attributes->retry_policy = policy;
    return policy;
}

/* The task that is there after `wait`, and nothing the moment before. */
static activity_task poll_after(struct service_client *client, tl_duration wait)
{
    if (wait > 0) {
        client_pass(client, wait - 1);
        assert_null(client_poll_activity(client));
        client_pass(client, 1);
    }
    activity_task task = client_poll_activity(client);
    assert_non_null(task);
    return task;
}

static void break_it(struct service_client *client, activity_task task)
{
    (void)client_message(client_fail_activity(client, task, "CardDeclined", false));
}

/* ---- Tasks and results ---- */

static void a_poll_shows_the_activity(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge(client);
    Pb__ScheduleActivityTaskCommandAttributes *wanted = command->schedule_activity_task_command_attributes;
    wanted->heartbeat_timeout = client_duration(client, TL_SECONDS(3));
    begin(client, command);
    tl_time scheduled = tl_driver_now(client->driver);
    client_pass(client, TL_SECONDS(2));

    activity_task task = client_poll_activity(client);

    assert_string_equal(task->workflow_namespace, "default");
    assert_string_equal(task->workflow_type->name, "OrderSaga");
    assert_string_equal(task->workflow_execution->workflow_id, WORKFLOW);
    assert_string_equal(task->activity_type->name, "ChargeCard");
    assert_string_equal(task->activity_id, "1");
    assert_same(task->input, wanted->input);
    assert_null(task->heartbeat_details);
    assert_int_equal(task->attempt, 1);
    assert_int_equal(pb_time(task->scheduled_time), scheduled);
    assert_int_equal(pb_time(task->current_attempt_scheduled_time), scheduled);
    assert_int_equal(pb_time(task->started_time), scheduled + TL_SECONDS(2));
    assert_int_equal(pb_nanoseconds(task->start_to_close_timeout), TL_SECONDS(10));
    assert_int_equal(pb_nanoseconds(task->schedule_to_close_timeout), 0);
    assert_int_equal(pb_nanoseconds(task->heartbeat_timeout), TL_SECONDS(3));
    assert_int_equal(pb_nanoseconds(task->retry_policy->initial_interval), TL_SECONDS(1));
    assert_true(task->retry_policy->backoff_coefficient == 2);
    assert_int_equal(pb_nanoseconds(task->retry_policy->maximum_interval), TL_SECONDS(100));
    assert_int_equal(task->retry_policy->maximum_attempts, 0);
}

static void a_result_comes_with_its_start(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    tl_time scheduled = tl_driver_now(client->driver);
    client_pass(client, TL_SECONDS(2));
    activity_task task = client_poll_activity(client);
    client_pass(client, TL_SECONDS(3));
    assert_history_from(client, WORKFLOW, 6, "");

    (void)client_message(client_complete_activity(client, task));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
    const Pb__HistoryEvent *started = client_event(client, WORKFLOW, 6);
    const Pb__HistoryEvent *completed = client_event(client, WORKFLOW, 7);
    assert_int_equal(pb_time(started->event_time), scheduled + TL_SECONDS(2));
    assert_int_equal(pb_time(completed->event_time), scheduled + TL_SECONDS(5));
    assert_string_equal(started->activity_task_started_event_attributes->identity, "worker-1");
    assert_int_equal(strlen(started->activity_task_started_event_attributes->request_id), 36);
    assert_null(started->activity_task_started_event_attributes->last_failure);
    assert_string_equal(completed->activity_task_completed_event_attributes->identity, "worker-1");
    assert_same(completed->activity_task_completed_event_attributes->result, client_json(client, "\"receipt-1\""));
    assert_refused(client_complete_activity(client, task), TL_NOT_FOUND, "has ended");
}

static void activities_are_served_in_their_order(void **state)
{
    struct service_client *client = *state;

    client_begin(
        client,
        WORKFLOW,
        COMMANDS(
            command_activity(client, "a", "First"),
            command_activity(client, "b", "Second"),
            command_activity(client, "c", "Third")));
    activity_task first = client_poll_activity(client);
    activity_task second = client_poll_activity(client);
    activity_task third = client_poll_activity(client);
    assert_string_equal(first->activity_id, "a");
    assert_string_equal(second->activity_id, "b");
    assert_string_equal(third->activity_id, "c");

    (void)client_message(client_complete_activity(client, third));
    (void)client_message(client_complete_activity(client, first));

    assert_history_from(
        client,
        WORKFLOW,
        8,
        "8 ActivityTaskStarted 7 attempt 1\n"
        "9 ActivityTaskCompleted 7,8\n"
        "10 WorkflowTaskScheduled orders\n"
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskCompleted 5,11\n");
}

static void a_result_that_is_too_large_fails_the_activity(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    Pb__RespondActivityTaskCompletedRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskCompletedRequest, pb__respond_activity_task_completed_request);
    request->namespace_ = client_text(client, "default");
    request->task_token = client_poll_activity(client)->task_token;
    request->result = client_json(client, "1");
    request->result->payloads[0]->data.data = (uint8_t *)client_long_text(client, (size_t)2 << 20);
    request->result->payloads[0]->data.len = (size_t)2 << 20;

    (void)client_must(client, RPC_RespondActivityTaskCompleted, request);

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
    const Pb__Failure *failure = client_event(client, WORKFLOW, 7)->activity_task_failed_event_attributes->failure;
    assert_int_equal(failure->failure_info_case, PB__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO);
    assert_non_null(strstr(failure->message, "exceeds size limit"));
}

/* ---- Attempts ---- */

static void attempts_wait_longer_each_time_and_leave_no_events(void **state)
{
    struct service_client *client = *state;
    static const tl_duration waits[] = {0, 1, 2, 4, 8, 16, 32, 64, 100, 100};
    begin(client, charge(client));

    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        activity_task task = poll_after(client, waits[i] * TL_SECONDS(1));
        assert_int_equal(task->attempt, i + 1);
        assert_history_from(client, WORKFLOW, 6, "");
        break_it(client, task);
    }
    (void)client_message(client_complete_activity(client, poll_after(client, TL_SECONDS(100))));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 11\n"
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
    const Pb__Failure *last = client_event(client, WORKFLOW, 6)->activity_task_started_event_attributes->last_failure;
    assert_string_equal(last->application_failure_info->type, "CardDeclined");
}

static void an_attempts_times_are_its_own(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    tl_time scheduled = tl_driver_now(client->driver);
    break_it(client, client_poll_activity(client));

    activity_task task = poll_after(client, TL_SECONDS(1));

    assert_int_equal(pb_time(task->scheduled_time), scheduled);
    assert_int_equal(pb_time(task->current_attempt_scheduled_time), scheduled + TL_SECONDS(1));
    assert_int_equal(pb_time(task->started_time), scheduled + TL_SECONDS(1));
}

static void a_policy_is_followed(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge(client);
    Pb__RetryPolicy *policy = retry_policy(client, command);
    policy->initial_interval = client_duration(client, TL_SECONDS(10));
    policy->backoff_coefficient = 3;
    policy->maximum_interval = client_duration(client, TL_SECONDS(60));
    policy->maximum_attempts = 5;
    begin(client, command);

    break_it(client, client_poll_activity(client));
    break_it(client, poll_after(client, TL_SECONDS(10)));
    break_it(client, poll_after(client, TL_SECONDS(30)));
    break_it(client, poll_after(client, TL_SECONDS(60)));
    break_it(client, poll_after(client, TL_SECONDS(60)));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 5\n"
        "7 ActivityTaskFailed 5,6 MAXIMUM_ATTEMPTS_REACHED\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void one_attempt_is_one_attempt(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge(client);
    retry_policy(client, command)->maximum_attempts = 1;
    begin(client, command);

    break_it(client, client_poll_activity(client));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskFailed 5,6 MAXIMUM_ATTEMPTS_REACHED\n"
        "8 WorkflowTaskScheduled orders\n");
    const Pb__ActivityTaskFailedEventAttributes *failed =
        client_event(client, WORKFLOW, 7)->activity_task_failed_event_attributes;
    assert_string_equal(failed->failure->message, "it broke");
    assert_string_equal(failed->identity, "worker-1");
}

static void a_failure_may_forbid_another_attempt(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));

    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDeclined", true));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void a_policy_may_forbid_another_attempt_by_type(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge(client);
    char *types[] = {client_text(client, "CardStolen"), client_text(client, "CardDeclined")};
    Pb__RetryPolicy *policy = retry_policy(client, command);
    policy->n_non_retryable_error_types = 2;
    policy->non_retryable_error_types = types;
    begin(client, command);

    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDecline", false));
    assert_history_from(client, WORKFLOW, 6, "");
    break_it(client, poll_after(client, TL_SECONDS(1)));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 2\n"
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

static Pb__RespondActivityTaskFailedRequest *
failed_request(struct service_client *client, activity_task task, tl_duration next_retry_delay)
{
    Pb__RespondActivityTaskFailedRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskFailedRequest, pb__respond_activity_task_failed_request);

    request->namespace_ = client_text(client, "default");
    request->task_token = task->task_token;
    request->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    request->failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    request->failure->application_failure_info =
        PB_NEW(&client->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    request->failure->application_failure_info->next_retry_delay = client_duration(client, next_retry_delay);
    return request;
}

static void a_failure_may_say_when_to_try_again(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));

    activity_task task = client_poll_activity(client);
    (void)client_must(client, RPC_RespondActivityTaskFailed, failed_request(client, task, TL_MINUTES(5)));
    task = poll_after(client, TL_MINUTES(5));
    assert_int_equal(task->attempt, 2);
    break_it(client, task);
    assert_int_equal(poll_after(client, TL_SECONDS(2))->attempt, 3); /* the policy goes on where it would have been */
}

static void a_delay_must_be_a_duration(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    activity_task task = client_poll_activity(client);
    Pb__RespondActivityTaskFailedRequest *request = failed_request(client, task, TL_SECONDS(1));

    request->failure->application_failure_info->next_retry_delay->nanos = -1;
    assert_refused(
        client_ask(client, RPC_RespondActivityTaskFailed, request),
        TL_INVALID_ARGUMENT,
        "next_retry_delay is no valid duration");
    break_it(client, task); /* nothing happened to it */
}

/* workflow_handler.go (validateActivityFailureNextRetryDelays) asks for no more than a duration. */
static void a_delay_in_the_past_is_over(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    activity_task task = client_poll_activity(client);

    (void)client_must(client, RPC_RespondActivityTaskFailed, failed_request(client, task, -TL_SECONDS(5)));

    task = client_poll_activity(client);
    assert_int_equal(task->attempt, 2);
    assert_int_equal(pb_time(task->current_attempt_scheduled_time), tl_driver_now(client->driver) - TL_SECONDS(5));
}

static void a_failure_is_an_applications(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    activity_task task = client_poll_activity(client);
    Pb__RespondActivityTaskFailedRequest *request = failed_request(client, task, 0);

    request->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    assert_refused(
        client_ask(client, RPC_RespondActivityTaskFailed, request), TL_INVALID_ARGUMENT, "application_failure_info");
    request->failure = NULL;
    (void)client_must(client, RPC_RespondActivityTaskFailed, request);
    assert_int_equal(poll_after(client, TL_SECONDS(1))->attempt, 2);
}

static void a_token_is_of_one_attempt(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    activity_task first = client_poll_activity(client);
    break_it(client, first);

    assert_refused(client_complete_activity(client, first), TL_NOT_FOUND, "has ended");
    (void)poll_after(client, TL_SECONDS(1));
    assert_refused(client_complete_activity(client, first), TL_NOT_FOUND, "has ended");
    assert_refused(client_fail_activity(client, first, "CardDeclined", true), TL_NOT_FOUND, "has ended");
    assert_history_from(client, WORKFLOW, 6, "");
}

/* ---- Cancellation ---- */

/* Another task of the workflow, by way of a signal. */
static workflow_task next_task(struct service_client *client)
{
    client_signal(client, WORKFLOW, "go on");
    workflow_task task = client_poll(client, NULL);
    assert_non_null(task);
    return task;
}

static void one_that_waits_is_canceled_at_once(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));

    (void)client_complete(client, next_task(client), COMMANDS(command_cancel_activity(client, 5)));

    assert_history_from(
        client,
        WORKFLOW,
        9,
        "9 WorkflowTaskCompleted 7,8\n"
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskCanceled 5,0 after 10\n"
        "12 WorkflowTaskScheduled orders\n");
    const Pb__ActivityTaskCanceledEventAttributes *canceled =
        client_event(client, WORKFLOW, 11)->activity_task_canceled_event_attributes;
    assert_memory_equal(canceled->details->payloads[0]->data.data, "\"ACTIVITY_ID_NOT_STARTED\"", 25);
    assert_null(client_poll_activity(client));
}

static void one_between_attempts_is_canceled_at_once(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    break_it(client, client_poll_activity(client));

    (void)client_complete(client, next_task(client), COMMANDS(command_cancel_activity(client, 5)));

    assert_history_from(
        client,
        WORKFLOW,
        10,
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskCanceled 5,0 after 10\n"
        "12 WorkflowTaskScheduled orders\n");
    client_pass(client, TL_SECONDS(10));
    assert_null(client_poll_activity(client));
}

static void a_running_one_is_told_when_it_reports(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    activity_task task = client_poll_activity(client);
    assert_false(client_heartbeat(client, task, NULL));
    assert_refused(client_cancel_activity(client, task), TL_INVALID_ARGUMENT, "was not requested");

    (void)client_complete(client, next_task(client), COMMANDS(command_cancel_activity(client, 5)));
    assert_true(client_heartbeat(client, task, NULL));
    (void)client_message(client_cancel_activity(client, task));

    assert_history_from(
        client,
        WORKFLOW,
        10,
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskCanceled 5,11 after 10\n"
        "13 WorkflowTaskScheduled orders\n");
    assert_string_equal(
        client_event(client, WORKFLOW, 12)->activity_task_canceled_event_attributes->identity, "worker-1");
}

static void a_running_one_may_complete_all_the_same(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    activity_task task = client_poll_activity(client);
    (void)client_complete(client, next_task(client), COMMANDS(command_cancel_activity(client, 5)));

    (void)client_message(client_complete_activity(client, task));

    assert_history_from(
        client,
        WORKFLOW,
        10,
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskCompleted 5,11\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void one_that_should_end_is_not_tried_again(void **state)
{
    struct service_client *client = *state;
    begin(client, charge(client));
    activity_task task = client_poll_activity(client);
    (void)client_complete(client, next_task(client), COMMANDS(command_cancel_activity(client, 5)));

    break_it(client, task);

    assert_history_from(
        client,
        WORKFLOW,
        11,
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskFailed 5,11 CANCEL_REQUESTED\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void a_closed_workflow_has_no_activities(void **state)
{
    struct service_client *client = *state;
    client_begin(
        client,
        WORKFLOW,
        COMMANDS(
            command_activity(client, "1", "ChargeCard"),
            command_activity(client, "2", "ChargeCard"),
            command_activity(client, "3", "ChargeCard")));
    activity_task running = client_poll_activity(client);
    break_it(client, client_poll_activity(client));

    client_terminate(client, WORKFLOW);

    assert_null(client_poll_activity(client));
    assert_true(tl_driver_next_deadline(client->driver, 7) == TL_NEVER);
    assert_refused(client_complete_activity(client, running), TL_NOT_FOUND, "already completed");
    assert_history_from(client, WORKFLOW, 8, "8 WorkflowExecutionTerminated out of patience\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_poll_shows_the_activity),
        SERVICE_TEST(a_result_comes_with_its_start),
        SERVICE_TEST(activities_are_served_in_their_order),
        SERVICE_TEST(a_result_that_is_too_large_fails_the_activity),
        SERVICE_TEST(attempts_wait_longer_each_time_and_leave_no_events),
        SERVICE_TEST(an_attempts_times_are_its_own),
        SERVICE_TEST(a_policy_is_followed),
        SERVICE_TEST(one_attempt_is_one_attempt),
        SERVICE_TEST(a_failure_may_forbid_another_attempt),
        SERVICE_TEST(a_policy_may_forbid_another_attempt_by_type),
        SERVICE_TEST(a_failure_may_say_when_to_try_again),
        SERVICE_TEST(a_delay_must_be_a_duration),
        SERVICE_TEST(a_delay_in_the_past_is_over),
        SERVICE_TEST(a_failure_is_an_applications),
        SERVICE_TEST(a_token_is_of_one_attempt),
        SERVICE_TEST(one_that_waits_is_canceled_at_once),
        SERVICE_TEST(one_between_attempts_is_canceled_at_once),
        SERVICE_TEST(a_running_one_is_told_when_it_reports),
        SERVICE_TEST(a_running_one_may_complete_all_the_same),
        SERVICE_TEST(one_that_should_end_is_not_tried_again),
        SERVICE_TEST(a_closed_workflow_has_no_activities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
