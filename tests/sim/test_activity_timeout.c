/* SPDX-License-Identifier: MIT */
/* The four timeouts of activities, and heartbeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

typedef Pb__ScheduleActivityTaskCommandAttributes *wanted;

static wanted attributes_of(Pb__Command *command)
{
    return command->schedule_activity_task_command_attributes;
}

static void allow_attempts(struct service_client *client, Pb__Command *command, int32_t attempts)
{
    attributes_of(command)->retry_policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
    attributes_of(command)->retry_policy->maximum_attempts = attempts;
}

/* Of one attempt. */
static Pb__Command *charge_once(struct service_client *client)
{
    Pb__Command *command = command_activity(client, "1", "ChargeCard");

    allow_attempts(client, command, 1);
    return command;
}

static void begin(struct service_client *client, Pb__Command *command)
{
    client_begin(client, WORKFLOW, COMMANDS(command));
}

static const Pb__ActivityTaskTimedOutEventAttributes *timed_out(struct service_client *client, int64_t id)
{
    return client_event(client, WORKFLOW, id)->activity_task_timed_out_event_attributes;
}

/* The failure as the server writes it. */
static void expect_failure(const Pb__Failure *failure, int timeout_type, const char *message)
{
    assert_string_equal(failure->message, message);
    assert_string_equal(failure->source, "Server");
    assert_int_equal(failure->failure_info_case, PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO);
    assert_int_equal(failure->timeout_failure_info->timeout_type, timeout_type);
}

/* ---- The four ---- */

static void start_to_close(void **state)
{
    struct service_client *client = *state;
    begin(client, charge_once(client));
    client_pass(client, TL_MINUTES(1)); /* waiting for a worker does not count */
    activity_task task = client_poll_activity(client);

    client_pass(client, TL_SECONDS(10) - 1);
    assert_history_from(client, WORKFLOW, 6, "");
    client_pass(client, 1);

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskTimedOut 5,6 START_TO_CLOSE MAXIMUM_ATTEMPTS_REACHED\n"
        "8 WorkflowTaskScheduled orders\n");
    expect_failure(timed_out(client, 7)->failure, TIMEOUT_TYPE_START_TO_CLOSE, "activity StartToClose timeout");
    assert_null(timed_out(client, 7)->failure->cause);
    assert_refused(client_complete_activity(client, task), TL_NOT_FOUND, "has ended");
}

static void start_to_close_is_tried_again(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    allow_attempts(client, command, 2);
    begin(client, command);
    (void)client_poll_activity(client);

    client_pass(client, TL_SECONDS(11) - 1);
    assert_null(client_poll_activity(client));
    client_pass(client, 1);
    activity_task task = client_poll_activity(client);
    assert_int_equal(task->attempt, 2);
    client_pass(client, TL_SECONDS(10));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 2\n"
        "7 ActivityTaskTimedOut 5,6 START_TO_CLOSE MAXIMUM_ATTEMPTS_REACHED\n"
        "8 WorkflowTaskScheduled orders\n");
    expect_failure(
        client_event(client, WORKFLOW, 6)->activity_task_started_event_attributes->last_failure,
        TIMEOUT_TYPE_START_TO_CLOSE,
        "activity StartToClose timeout");
    expect_failure(timed_out(client, 7)->failure->cause, TIMEOUT_TYPE_START_TO_CLOSE, "activity StartToClose timeout");
}

static void schedule_to_start(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_start_timeout = client_duration(client, TL_SECONDS(4));
    begin(client, command);

    client_pass(client, TL_SECONDS(4));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskTimedOut 5,0 SCHEDULE_TO_START TIMEOUT\n"
        "7 WorkflowTaskScheduled orders\n");
    expect_failure(timed_out(client, 6)->failure, TIMEOUT_TYPE_SCHEDULE_TO_START, "activity ScheduleToStart timeout");
    assert_null(client_poll_activity(client));
}

static void schedule_to_start_counts_for_every_attempt(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_start_timeout = client_duration(client, TL_SECONDS(4));
    begin(client, command);
    client_pass(client, TL_SECONDS(3));
    (void)client_fail_activity(client, client_poll_activity(client), "CardDeclined", false);

    client_pass(client, TL_SECONDS(5) - 1); /* the back-off of 1 s does not count */
    assert_history_from(client, WORKFLOW, 6, "");
    client_pass(client, 1);

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskTimedOut 5,0 SCHEDULE_TO_START TIMEOUT\n"
        "7 WorkflowTaskScheduled orders\n");
    assert_string_equal(timed_out(client, 6)->failure->cause->application_failure_info->type, "CardDeclined");
}

static void schedule_to_close_while_waiting(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_start_timeout = client_duration(client, TL_SECONDS(90));
    attributes_of(command)->schedule_to_close_timeout = client_duration(client, TL_SECONDS(20));
    begin(client, command);
    const Pb__ActivityTaskScheduledEventAttributes *scheduled =
        client_event(client, WORKFLOW, 5)->activity_task_scheduled_event_attributes;
    assert_int_equal(pb_nanoseconds(scheduled->schedule_to_start_timeout), TL_SECONDS(20));

    client_pass(client, TL_SECONDS(20));

    /* Of equal times schedule-to-start counts first, as it does at the server. */
    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskTimedOut 5,0 SCHEDULE_TO_START TIMEOUT\n"
        "7 WorkflowTaskScheduled orders\n");
}

static void schedule_to_close_while_running(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_close_timeout = client_duration(client, TL_SECONDS(12));
    begin(client, command);
    client_pass(client, TL_SECONDS(5));
    (void)client_poll_activity(client);

    client_pass(client, TL_SECONDS(7));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskTimedOut 5,6 SCHEDULE_TO_CLOSE TIMEOUT\n"
        "8 WorkflowTaskScheduled orders\n");
    assert_int_equal(timed_out(client, 7)->failure->timeout_failure_info->timeout_type, TIMEOUT_TYPE_SCHEDULE_TO_CLOSE);
    assert_string_equal(timed_out(client, 7)->failure->source, "Server");
}

static void no_attempt_that_schedule_to_close_would_cut_off(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_close_timeout = client_duration(client, TL_SECONDS(6));
    attributes_of(command)->start_to_close_timeout = client_duration(client, TL_SECONDS(2));
    begin(client, command);

    (void)client_poll_activity(client);
    client_pass(client, TL_SECONDS(3)); /* times out after 2 s, waits 1 s */
    (void)client_poll_activity(client);
    client_pass(client, TL_SECONDS(2)); /* at 5 s: the next would begin at 7 s */

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 2\n"
        "7 ActivityTaskTimedOut 5,6 SCHEDULE_TO_CLOSE TIMEOUT\n"
        "8 WorkflowTaskScheduled orders\n");
    expect_failure(
        timed_out(client, 7)->failure,
        TIMEOUT_TYPE_SCHEDULE_TO_CLOSE,
        "Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying");
}

static void a_failure_that_leaves_no_time_is_the_last(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_close_timeout = client_duration(client, TL_SECONDS(1));
    begin(client, command);
    client_pass(client, 1);

    (void)client_fail_activity(client, client_poll_activity(client), "CardDeclined", false);

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 TIMEOUT\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void schedule_to_close_at_the_end_of_a_backoff(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_close_timeout = client_duration(client, TL_SECONDS(1));
    begin(client, command);
    (void)client_fail_activity(client, client_poll_activity(client), "CardDeclined", false);
    assert_history_from(client, WORKFLOW, 6, ""); /* 1 s from now is not too late */

    client_pass(client, TL_SECONDS(1));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskTimedOut 5,0 SCHEDULE_TO_CLOSE TIMEOUT\n"
        "7 WorkflowTaskScheduled orders\n");
    assert_null(client_poll_activity(client));
}

static void heartbeat(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge_once(client);
    attributes_of(command)->heartbeat_timeout = client_duration(client, TL_SECONDS(3));
    begin(client, command);
    activity_task task = client_poll_activity(client);
    client_pass(client, TL_SECONDS(2));
    assert_false(client_heartbeat(client, task, "50"));
    client_pass(client, TL_SECONDS(3) - 1);
    assert_history_from(client, WORKFLOW, 6, "");

    client_pass(client, 1);

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskTimedOut 5,6 HEARTBEAT MAXIMUM_ATTEMPTS_REACHED\n"
        "8 WorkflowTaskScheduled orders\n");
    expect_failure(timed_out(client, 7)->failure, TIMEOUT_TYPE_HEARTBEAT, "activity Heartbeat timeout");
    assert_same(timed_out(client, 7)->failure->timeout_failure_info->last_heartbeat_details, client_json(client, "50"));
}

static void heartbeats_do_not_stretch_start_to_close(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge_once(client);
    attributes_of(command)->heartbeat_timeout = client_duration(client, TL_SECONDS(90));
    begin(client, command);
    const Pb__ActivityTaskScheduledEventAttributes *scheduled =
        client_event(client, WORKFLOW, 5)->activity_task_scheduled_event_attributes;
    assert_int_equal(pb_nanoseconds(scheduled->heartbeat_timeout), TL_SECONDS(10)); /* no longer than the attempt */
    activity_task task = client_poll_activity(client);
    client_pass(client, TL_SECONDS(9));
    (void)client_heartbeat(client, task, NULL);

    client_pass(client, TL_SECONDS(1));

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskTimedOut 5,6 START_TO_CLOSE MAXIMUM_ATTEMPTS_REACHED\n"
        "8 WorkflowTaskScheduled orders\n");
}

/* ---- Details of heartbeats ---- */

static void the_next_attempt_has_the_last_details(void **state)
{
    struct service_client *client = *state;
    begin(client, command_activity(client, "1", "ChargeCard"));
    activity_task task = client_poll_activity(client);
    assert_null(task->heartbeat_details);
    (void)client_heartbeat(client, task, "10");
    (void)client_heartbeat(client, task, "20");
    (void)client_fail_activity(client, task, "CardDeclined", false);

    client_pass(client, TL_SECONDS(1));
    task = client_poll_activity(client);
    assert_same(task->heartbeat_details, client_json(client, "20"));
    (void)client_fail_activity(client, task, "CardDeclined", false);

    client_pass(client, TL_SECONDS(2));
    assert_same(client_poll_activity(client)->heartbeat_details, client_json(client, "20"));
}

static void a_failure_may_bring_details(void **state)
{
    struct service_client *client = *state;
    begin(client, command_activity(client, "1", "ChargeCard"));
    Pb__RespondActivityTaskFailedRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskFailedRequest, pb__respond_activity_task_failed_request);
    request->namespace_ = client_text(client, "default");
    request->task_token = client_poll_activity(client)->task_token;
    request->last_heartbeat_details = client_json(client, "70");

    const Pb__RespondActivityTaskFailedResponse *response = client_must(client, RPC_RespondActivityTaskFailed, request);

    assert_int_equal(response->n_failures, 0);
    client_pass(client, TL_SECONDS(1));
    assert_same(client_poll_activity(client)->heartbeat_details, client_json(client, "70"));
}

static void details_that_are_too_large_fail_the_activity(void **state)
{
    struct service_client *client = *state;
    begin(client, command_activity(client, "1", "ChargeCard"));
    Pb__RecordActivityTaskHeartbeatRequest *request =
        PB_NEW(&client->arena, Pb__RecordActivityTaskHeartbeatRequest, pb__record_activity_task_heartbeat_request);
    request->namespace_ = client_text(client, "default");
    request->task_token = client_poll_activity(client)->task_token;
    request->details = client_json(client, "1");
    request->details->payloads[0]->data.data = (uint8_t *)client_long_text(client, (size_t)2 << 20);
    request->details->payloads[0]->data.len = (size_t)2 << 20;

    const Pb__RecordActivityTaskHeartbeatResponse *response =
        client_must(client, RPC_RecordActivityTaskHeartbeat, request);

    assert_true(response->cancel_requested);
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

/* ---- Together ---- */

static void a_cancellation_that_nobody_heeds_times_out(void **state)
{
    struct service_client *client = *state;
    begin(client, command_activity(client, "1", "ChargeCard"));
    (void)client_poll_activity(client);
    client_signal(client, WORKFLOW, "go on");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));

    client_pass(client, TL_SECONDS(10));

    assert_history_from(
        client,
        WORKFLOW,
        11,
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskTimedOut 5,11 START_TO_CLOSE CANCEL_REQUESTED\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void timeouts_of_one_instant_are_one_piece_of_news(void **state)
{
    struct service_client *client = *state;
    Pb__Command *commands[] = {
        command_activity(client, "1", "ChargeCard"),
        command_activity(client, "2", "ChargeCard"),
    };
    for (size_t i = 0; i < 2; i++) {
        attributes_of(commands[i])->schedule_to_start_timeout = client_duration(client, TL_SECONDS(4));
    }
    client_begin(client, WORKFLOW, 2, commands);

    client_pass(client, TL_SECONDS(4));

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskTimedOut 5,0 SCHEDULE_TO_START TIMEOUT\n"
        "8 ActivityTaskTimedOut 6,0 SCHEDULE_TO_START TIMEOUT\n"
        "9 WorkflowTaskScheduled orders\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(start_to_close),
        SERVICE_TEST(start_to_close_is_tried_again),
        SERVICE_TEST(schedule_to_start),
        SERVICE_TEST(schedule_to_start_counts_for_every_attempt),
        SERVICE_TEST(schedule_to_close_while_waiting),
        SERVICE_TEST(schedule_to_close_while_running),
        SERVICE_TEST(no_attempt_that_schedule_to_close_would_cut_off),
        SERVICE_TEST(a_failure_that_leaves_no_time_is_the_last),
        SERVICE_TEST(schedule_to_close_at_the_end_of_a_backoff),
        SERVICE_TEST(heartbeat),
        SERVICE_TEST(heartbeats_do_not_stretch_start_to_close),
        SERVICE_TEST(the_next_attempt_has_the_last_details),
        SERVICE_TEST(a_failure_may_bring_details),
        SERVICE_TEST(details_that_are_too_large_fail_the_activity),
        SERVICE_TEST(a_cancellation_that_nobody_heeds_times_out),
        SERVICE_TEST(timeouts_of_one_instant_are_one_piece_of_news),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
