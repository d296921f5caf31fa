/* SPDX-License-Identifier: MIT */
/* DescribeWorkflowExecution: what it tells of activities at each moment of their lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

typedef const Pb__Workflow__PendingActivityInfo *info;

static const Pb__DescribeWorkflowExecutionResponse *describe(struct service_client *client)
{
    Pb__DescribeWorkflowExecutionRequest *request =
        PB_NEW(&client->arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);

    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    return client_must(client, RPC_DescribeWorkflowExecution, request);
}

/* The only one that is pending. */
static info pending(struct service_client *client)
{
    const Pb__DescribeWorkflowExecutionResponse *told = describe(client);

    assert_int_equal(told->n_pending_activities, 1);
    return told->pending_activities[0];
}

static Pb__ScheduleActivityTaskCommandAttributes *attributes_of(Pb__Command *command)
{
    return command->schedule_activity_task_command_attributes;
}

static void begin(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
}

static activity_task begin_and_start(struct service_client *client)
{
    begin(client);
    activity_task task = client_poll_activity(client);
    assert_non_null(task);
    return task;
}

static void one_that_waits(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    attributes_of(command)->schedule_to_close_timeout = client_duration(client, TL_MINUTES(5));
    attributes_of(command)->retry_policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
    attributes_of(command)->retry_policy->maximum_attempts = 4;
    client_begin(client, WORKFLOW, COMMANDS(command));
    tl_time scheduled = tl_driver_now(client->driver);

    info activity = pending(client);

    assert_string_equal(activity->activity_id, "1");
    assert_string_equal(activity->activity_type->name, "ChargeCard");
    assert_int_equal(activity->state, PENDING_ACTIVITY_STATE_SCHEDULED);
    assert_int_equal(activity->attempt, 1);
    assert_int_equal(activity->maximum_attempts, 4);
    assert_int_equal(pb_time(activity->scheduled_time), scheduled);
    assert_int_equal(pb_time(activity->expiration_time), scheduled + TL_MINUTES(5));
    assert_null(activity->last_started_time);
    assert_null(activity->last_heartbeat_time);
    assert_null(activity->last_attempt_complete_time);
    assert_null(activity->next_attempt_schedule_time);
    assert_null(activity->current_retry_interval);
    assert_null(activity->last_failure);
    assert_string_equal(activity->last_worker_identity, "");
    assert_false(activity->paused);
}

static void its_options(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    char *types[] = {client_text(client, "CardStolen")};
    attributes_of(command)->heartbeat_timeout = client_duration(client, TL_SECONDS(3));
    attributes_of(command)->retry_policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
    attributes_of(command)->retry_policy->n_non_retryable_error_types = 1;
    attributes_of(command)->retry_policy->non_retryable_error_types = types;
    client_begin(client, WORKFLOW, COMMANDS(command));

    const Pb__Activity__ActivityOptions *options = pending(client)->activity_options;

    assert_string_equal(options->task_queue->name, QUEUE);
    assert_string_equal(options->task_queue->normal_name, QUEUE);
    assert_int_equal(options->task_queue->kind, TASK_QUEUE_KIND_UNSPECIFIED);
    assert_int_equal(pb_nanoseconds(options->start_to_close_timeout), TL_SECONDS(10));
    assert_int_equal(pb_nanoseconds(options->heartbeat_timeout), TL_SECONDS(3));
    assert_int_equal(pb_nanoseconds(options->retry_policy->initial_interval), TL_SECONDS(1));
    assert_int_equal(pb_nanoseconds(options->retry_policy->maximum_interval), TL_SECONDS(100));
    assert_true(options->retry_policy->backoff_coefficient == 2);
    assert_int_equal(options->retry_policy->n_non_retryable_error_types, 0);
}

static void one_that_runs(void **state)
{
    struct service_client *client = *state;
    begin(client);
    client_pass(client, TL_SECONDS(2));
    activity_task task = client_poll_activity(client);
    tl_time started = tl_driver_now(client->driver);
    client_pass(client, TL_SECONDS(1));
    (void)client_heartbeat(client, task, "50");

    info activity = pending(client);

    assert_int_equal(activity->state, PENDING_ACTIVITY_STATE_STARTED);
    assert_int_equal(pb_time(activity->scheduled_time), started - TL_SECONDS(2));
    assert_int_equal(pb_time(activity->last_started_time), started);
    assert_int_equal(pb_time(activity->last_heartbeat_time), started + TL_SECONDS(1));
    assert_same(activity->heartbeat_details, client_json(client, "50"));
    assert_string_equal(activity->last_worker_identity, "worker-1");
    assert_null(activity->expiration_time);
}

static void one_that_should_stop(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    client_signal(client, WORKFLOW, "stop");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));

    assert_int_equal(pending(client)->state, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED);
}

static void one_between_attempts(void **state)
{
    struct service_client *client = *state;
    activity_task task = begin_and_start(client);
    (void)client_heartbeat(client, task, "50");
    client_pass(client, TL_SECONDS(3));
    tl_time failed = tl_driver_now(client->driver);
    (void)client_message(client_fail_activity(client, task, "CardDeclined", false));

    info activity = pending(client);

    assert_int_equal(activity->state, PENDING_ACTIVITY_STATE_SCHEDULED);
    assert_int_equal(activity->attempt, 2);
    assert_int_equal(pb_time(activity->last_attempt_complete_time), failed);
    assert_int_equal(pb_time(activity->scheduled_time), failed + TL_SECONDS(1));
    assert_int_equal(pb_time(activity->next_attempt_schedule_time), failed + TL_SECONDS(1));
    assert_int_equal(pb_nanoseconds(activity->current_retry_interval), TL_SECONDS(1));
    assert_string_equal(activity->last_failure->application_failure_info->type, "CardDeclined");
    assert_string_equal(activity->last_worker_identity, "worker-1");
    assert_null(activity->last_started_time);
    assert_same(activity->heartbeat_details, client_json(client, "50"));
}

static void one_whose_time_has_come_again(void **state)
{
    struct service_client *client = *state;
    (void)client_message(client_fail_activity(client, begin_and_start(client), "CardDeclined", false));
    client_pass(client, TL_SECONDS(1));

    info activity = pending(client);

    assert_int_equal(activity->state, PENDING_ACTIVITY_STATE_SCHEDULED);
    assert_null(activity->next_attempt_schedule_time);
    assert_null(activity->current_retry_interval);
    assert_int_equal(pb_time(activity->scheduled_time), tl_driver_now(client->driver));
}

/* Only an attempt that says so is over: activity.go counts the interval from its end, or from the epoch. */
static void one_that_timed_out_has_not_ended(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    client_pass(client, TL_SECONDS(10));

    info activity = pending(client);

    assert_int_equal(activity->attempt, 2);
    assert_null(activity->last_attempt_complete_time);
    assert_int_equal(pb_nanoseconds(activity->current_retry_interval), pb_time(activity->next_attempt_schedule_time));
    assert_string_equal(activity->last_failure->message, "activity StartToClose timeout");
}

/* When a next attempt begins, nothing is written: task and activity are as they were. */
static void a_next_attempt_is_no_transition(void **state)
{
    struct service_client *client = *state;
    (void)client_message(client_fail_activity(client, begin_and_start(client), "CardDeclined", false));
    int64_t before = describe(client)->workflow_execution_info->state_transition_count;

    client_pass(client, TL_SECONDS(1));

    assert_int_equal(describe(client)->workflow_execution_info->state_transition_count, before);
}

static void who_has_no_name_has_the_one_it_reports_with(void **state)
{
    struct service_client *client = *state;
    begin(client);
    Pb__PollActivityTaskQueueRequest *poll = client_activity_poll_request(client);
    poll->identity = client_long_text(client, 0);
    activity_task task = client_must(client, RPC_PollActivityTaskQueue, poll);
    assert_string_equal(pending(client)->last_worker_identity, "");

    (void)client_heartbeat(client, task, NULL);

    assert_string_equal(pending(client)->last_worker_identity, "worker-1");
}

static void all_that_are_pending_are_told_in_their_order(void **state)
{
    struct service_client *client = *state;
    client_begin(
        client,
        WORKFLOW,
        COMMANDS(
            command_activity(client, "1", "ChargeCard"),
            command_activity(client, "2", "ShipOrder"),
            command_activity(client, "3", "SendReceipt")));
    (void)client_message(client_complete_activity(client, client_poll_activity(client)));

    const Pb__DescribeWorkflowExecutionResponse *told = describe(client);

    assert_int_equal(told->n_pending_activities, 2);
    assert_string_equal(told->pending_activities[0]->activity_id, "2");
    assert_string_equal(told->pending_activities[1]->activity_id, "3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(one_that_waits),
        SERVICE_TEST(its_options),
        SERVICE_TEST(one_that_runs),
        SERVICE_TEST(one_that_should_stop),
        SERVICE_TEST(one_between_attempts),
        SERVICE_TEST(one_whose_time_has_come_again),
        SERVICE_TEST(one_that_timed_out_has_not_ended),
        SERVICE_TEST(a_next_attempt_is_no_transition),
        SERVICE_TEST(who_has_no_name_has_the_one_it_reports_with),
        SERVICE_TEST(all_that_are_pending_are_told_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
