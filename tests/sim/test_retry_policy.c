/* SPDX-License-Identifier: MIT */
/* Retry policies of activities: which are refused, and what else than a failure ends the attempts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

struct charge {
    Pb__Command *command;
    Pb__RetryPolicy *policy;
};

static struct charge charge(struct service_client *client)
{
    struct charge made = {
        .command = command_activity(client, "1", "ChargeCard"),
        .policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy),
    };

    made.command->schedule_activity_task_command_attributes->retry_policy = made.policy;
    return made;
}

static void expect_refused(struct service_client *client, struct charge wanted, const char *part)
{
    (void)client_start(client, WORKFLOW);
    assert_refused(
        client_refused(client, client_poll(client, NULL), COMMANDS(wanted.command)), TL_INVALID_ARGUMENT, part);
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskFailed 2,3 BAD_SCHEDULE_ACTIVITY_ATTRIBUTES\n");
    client_terminate(client, WORKFLOW);
}

static void a_policy_must_make_sense(void **state)
{
    struct service_client *client = *state;
    struct charge wanted = charge(client);

    wanted.policy->backoff_coefficient = 0.5;
    expect_refused(client, wanted, "retry_policy.backoff_coefficient is less than 1");
    wanted = charge(client);
    wanted.policy->backoff_coefficient = (double)__builtin_nanf("");
    expect_refused(client, wanted, "retry_policy.backoff_coefficient is less than 1");
    wanted = charge(client);
    wanted.policy->initial_interval = client_duration(client, -TL_SECONDS(1));
    expect_refused(client, wanted, "retry_policy.initial_interval is negative");
    wanted = charge(client);
    wanted.policy->maximum_interval = client_duration(client, -TL_SECONDS(1));
    expect_refused(client, wanted, "retry_policy.maximum_interval is negative");
    wanted.policy->initial_interval = client_duration(client, TL_SECONDS(2));
    wanted.policy->maximum_interval = client_duration(client, TL_SECONDS(1));
    expect_refused(client, wanted, "retry_policy.maximum_interval is shorter than the initial interval");
    wanted = charge(client);
    wanted.policy->maximum_attempts = -1;
    expect_refused(client, wanted, "retry_policy.maximum_attempts is negative");
}

static void one_attempt_needs_no_sense(void **state)
{
    struct service_client *client = *state;
    struct charge wanted = charge(client);

    wanted.policy->maximum_attempts = 1;
    wanted.policy->backoff_coefficient = 0.5;
    client_begin(client, WORKFLOW, COMMANDS(wanted.command));

    assert_history_from(client, WORKFLOW, 5, "5 ActivityTaskScheduled ChargeCard#1\n");
}

static void timeouts_among_the_types_must_be_known(void **state)
{
    struct service_client *client = *state;
    struct charge wanted = charge(client);
    char *types[] = {client_text(client, "TemporalTimeout:StartToEnd")};

    wanted.policy->n_non_retryable_error_types = 1;
    wanted.policy->non_retryable_error_types = types;
    expect_refused(client, wanted, "unknown timeout type TemporalTimeout:StartToEnd");
    types[0] = client_text(client, "TemporalTimeout:ScheduleToStart");
    client_begin(client, WORKFLOW, COMMANDS(wanted.command));
    assert_history_from(client, WORKFLOW, 5, "5 ActivityTaskScheduled ChargeCard#1\n");
}

static void a_timeout_may_be_among_the_types(void **state)
{
    struct service_client *client = *state;
    struct charge wanted = charge(client);
    char *types[] = {
        client_text(client, "TemporalTimeout:StartToClose"), client_text(client, "TemporalTimeout:Heartbeat")};

    wanted.policy->n_non_retryable_error_types = 2;
    wanted.policy->non_retryable_error_types = types;
    client_begin(client, WORKFLOW, COMMANDS(wanted.command));
    (void)client_poll_activity(client);
    client_pass(client, TL_SECONDS(10));

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskTimedOut 5,6 START_TO_CLOSE NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void attempts_that_grow_beyond_all_bounds_stay_at_the_maximum(void **state)
{
    struct service_client *client = *state;
    struct charge wanted = charge(client);

    wanted.policy->backoff_coefficient = 1e300;
    wanted.policy->maximum_interval = client_duration(client, TL_SECONDS(7));
    client_begin(client, WORKFLOW, COMMANDS(wanted.command));
    (void)client_fail_activity(client, client_poll_activity(client), "CardDeclined", false);
    client_pass(client, TL_SECONDS(1));
    for (int attempt = 2; attempt < 5; attempt++) {
        activity_task task = client_poll_activity(client);
        assert_int_equal(task->attempt, attempt);
        (void)client_fail_activity(client, task, "CardDeclined", false);
        client_pass(client, TL_SECONDS(7));
    }
}

/* ---- Failures that are not the application's ---- */

static Pb__RespondActivityTaskFailedRequest *failed_request(struct service_client *client, activity_task task)
{
    Pb__RespondActivityTaskFailedRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskFailedRequest, pb__respond_activity_task_failed_request);

    request->namespace_ = client_text(client, "default");
    request->task_token = task->task_token;
    request->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    request->failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    request->failure->application_failure_info =
        PB_NEW(&client->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    return request;
}

static void a_delay_of_no_time_ends_the_attempts(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(charge(client).command));
    Pb__RespondActivityTaskFailedRequest *request = failed_request(client, client_poll_activity(client));
    request->failure->application_failure_info->next_retry_delay = client_duration(client, 0);

    (void)client_must(client, RPC_RespondActivityTaskFailed, request);

    /* retry.go, nextBackoffInterval: no interval and no maximum is a timeout */
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 TIMEOUT\n"
        "8 WorkflowTaskScheduled orders\n");
}

static uint8_t *two_megabytes(struct service_client *client)
{
    return (uint8_t *)client_long_text(client, (size_t)2 << 20);
}

static Pb__Payloads *too_large(struct service_client *client)
{
    Pb__Payloads *payloads = client_json(client, "1");

    payloads->payloads[0]->data.data = two_megabytes(client);
    payloads->payloads[0]->data.len = (size_t)2 << 20;
    return payloads;
}

static void a_failure_that_is_too_large_is_replaced_and_final(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(charge(client).command));
    Pb__RespondActivityTaskFailedRequest *request = failed_request(client, client_poll_activity(client));
    request->failure->message = (char *)two_megabytes(client);

    const Pb__RespondActivityTaskFailedResponse *response = client_must(client, RPC_RespondActivityTaskFailed, request);

    assert_int_equal(response->n_failures, 1);
    assert_string_equal(response->failures[0]->message, "Failure exceeds size limit.");
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void details_that_are_too_large_are_left_out(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(charge(client).command));
    Pb__RespondActivityTaskFailedRequest *request = failed_request(client, client_poll_activity(client));
    request->last_heartbeat_details = too_large(client);

    const Pb__RespondActivityTaskFailedResponse *response = client_must(client, RPC_RespondActivityTaskFailed, request);

    assert_int_equal(response->n_failures, 1);
    assert_string_equal(response->failures[0]->message, "Heartbeat details exceed size limit.");
    client_pass(client, TL_SECONDS(1));
    assert_null(client_poll_activity(client)->heartbeat_details);
}

static void a_cancellation_with_too_much_to_say_fails(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(charge(client).command));
    activity_task task = client_poll_activity(client);
    Pb__RespondActivityTaskCanceledRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskCanceledRequest, pb__respond_activity_task_canceled_request);
    request->namespace_ = client_text(client, "default");
    request->task_token = task->task_token;
    request->details = too_large(client);

    (void)client_must(client, RPC_RespondActivityTaskCanceled, request);

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void who_reports_has_a_short_name(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(charge(client).command));
    Pb__RespondActivityTaskFailedRequest *request = failed_request(client, client_poll_activity(client));
    request->identity = client_long_text(client, 1001);

    assert_refused(
        client_ask(client, RPC_RespondActivityTaskFailed, request), TL_INVALID_ARGUMENT, "identity exceeds 1000 bytes");
    assert_history_from(client, WORKFLOW, 6, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_policy_must_make_sense),
        SERVICE_TEST(one_attempt_needs_no_sense),
        SERVICE_TEST(timeouts_among_the_types_must_be_known),
        SERVICE_TEST(a_timeout_may_be_among_the_types),
        SERVICE_TEST(attempts_that_grow_beyond_all_bounds_stay_at_the_maximum),
        SERVICE_TEST(a_delay_of_no_time_ends_the_attempts),
        SERVICE_TEST(a_failure_that_is_too_large_is_replaced_and_final),
        SERVICE_TEST(details_that_are_too_large_are_left_out),
        SERVICE_TEST(a_cancellation_with_too_much_to_say_fails),
        SERVICE_TEST(who_reports_has_a_short_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
