/* SPDX-License-Identifier: MIT */
/* Runs under a TimeSkippingConfig: what they skip to, what keeps them from it, when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

#define START TL_SECONDS(1577836800)

static Pb__TimeSkippingConfig *skipping(struct service_client *client)
{
    Pb__TimeSkippingConfig *config = PB_NEW(&client->arena, Pb__TimeSkippingConfig, pb__time_skipping_config);

    config->enabled = true;
    return config;
}

static Pb__TimeSkippingConfig *forwarding(struct service_client *client, const char *id, tl_duration duration)
{
    Pb__TimeSkippingConfig *config = skipping(client);

    config->fast_forward_config = PB_NEW(&client->arena, Pb__FastForwardConfig, pb__fast_forward_config);
    config->fast_forward_config->id = client_text(client, "%s", id);
    config->fast_forward_config->duration = client_duration(client, duration);
    return config;
}

static Pb__StartWorkflowExecutionRequest *start_request(struct service_client *client, Pb__TimeSkippingConfig *config)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    request->time_skipping_config = config;
    return request;
}

/* Starts with that configuration, and completes the first task with commands. */
static void
begin(struct service_client *client, Pb__TimeSkippingConfig *config, size_t count, Pb__Command *const *commands)
{
    (void)client_must(client, RPC_StartWorkflowExecution, start_request(client, config));
    (void)client_complete(client, client_poll(client, NULL), count, commands);
    client_run(client);
}

static tl_time time_of(struct service_client *client, int64_t event_id)
{
    return pb_time(client_event(client, WORKFLOW, event_id)->event_time) - START;
}

static const Pb__WorkflowExecutionTimeSkippingTransitionedEventAttributes *
transition(struct service_client *client, int64_t event_id)
{
    const Pb__HistoryEvent *event = client_event(client, WORKFLOW, event_id);

    assert_int_equal(event->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED);
    assert_true(event->worker_may_ignore);
    return event->workflow_execution_time_skipping_transitioned_event_attributes;
}

static const Pb__TimeSkippingInfo *info(struct service_client *client)
{
    Pb__DescribeWorkflowExecutionRequest *request =
        PB_NEW(&client->arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);

    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    const Pb__DescribeWorkflowExecutionResponse *response = client_must(client, RPC_DescribeWorkflowExecution, request);
    return response->workflow_extended_info->time_skipping_info;
}

/* ---- What is skipped ---- */

static void a_run_skips_to_its_timer_and_the_universe_stays(void **state)
{
    struct service_client *client = *state;

    begin(client, skipping(client), COMMANDS(command_timer(client, "1", TL_DAYS(30))));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 TimerStarted 1 30d\n"
        "6 WorkflowExecutionTimeSkippingTransitioned\n"
        "7 TimerFired 1 5\n"
        "8 WorkflowTaskScheduled orders\n");
    assert_int_equal(tl_driver_now(client->driver), START);
    assert_int_equal(time_of(client, 6), 0);
    assert_int_equal(time_of(client, 7), TL_DAYS(30));
    assert_int_equal(pb_time(transition(client, 6)->target_time) - START, TL_DAYS(30));
    assert_int_equal(pb_time(transition(client, 6)->wall_clock_time) - START, 0);
    assert_false(transition(client, 6)->disabled_after_fast_forward);
}

static void a_run_without_the_configuration_skips_nothing(void **state)
{
    struct service_client *client = *state;
    Pb__TimeSkippingConfig *off = PB_NEW(&client->arena, Pb__TimeSkippingConfig, pb__time_skipping_config);

    begin(client, off, COMMANDS(command_timer(client, "1", TL_DAYS(30))));

    assert_history_from(client, WORKFLOW, 6, "");
    assert_false(info(client)->effective_config->enabled);
    assert_int_equal(info(client)->effective_config->max_session_skip_count, 200);
}

static void the_earliest_timer_comes_first_and_the_others_after_it(void **state)
{
    struct service_client *client = *state;
    begin(
        client,
        skipping(client),
        COMMANDS(command_timer(client, "late", TL_HOURS(2)), command_timer(client, "early", TL_HOURS(1))));
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 WorkflowExecutionTimeSkippingTransitioned\n"
        "8 TimerFired early 6\n"
        "9 WorkflowTaskScheduled orders\n");

    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    client_run(client);

    assert_history_from(
        client,
        WORKFLOW,
        12,
        "12 WorkflowExecutionTimeSkippingTransitioned\n"
        "13 TimerFired late 5\n"
        "14 WorkflowTaskScheduled orders\n");
    assert_int_equal(time_of(client, 13), TL_HOURS(2));
}

static void a_canceled_timer_is_no_target(void **state)
{
    struct service_client *client = *state;
    Pb__Command *activity = command_activity(client, "7", "ChargeCard");
    begin(client, skipping(client), COMMANDS(command_timer(client, "1", TL_HOURS(1)), activity));
    (void)client_complete_activity(client, client_poll_activity(client));

    (void)client_complete(
        client,
        client_poll(client, NULL),
        COMMANDS(command_cancel_timer(client, "1"), command_timer(client, "2", TL_HOURS(3))));
    client_run(client);

    assert_history_from(
        client,
        WORKFLOW,
        12,
        "12 TimerCanceled 1 5\n"
        "13 TimerStarted 2 3h\n"
        "14 WorkflowExecutionTimeSkippingTransitioned\n"
        "15 TimerFired 2 13\n"
        "16 WorkflowTaskScheduled orders\n");
}

static void an_activity_keeps_the_run_from_skipping(void **state)
{
    struct service_client *client = *state;
    begin(
        client,
        skipping(client),
        COMMANDS(command_timer(client, "1", TL_HOURS(1)), command_activity(client, "7", "ChargeCard")));
    activity_task task = client_poll_activity(client);
    client_pass(client, TL_SECONDS(3));
    assert_history_from(client, WORKFLOW, 7, "");

    (void)client_complete_activity(client, task);
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskStarted 6 attempt 1\n8 ActivityTaskCompleted 6,7\n9 WorkflowTaskScheduled orders\n");
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    client_run(client);

    assert_history_from(
        client,
        WORKFLOW,
        12,
        "12 WorkflowExecutionTimeSkippingTransitioned\n"
        "13 TimerFired 1 5\n"
        "14 WorkflowTaskScheduled orders\n");
    assert_int_equal(time_of(client, 12), TL_SECONDS(3));
    assert_int_equal(time_of(client, 13), TL_HOURS(1));
}

static void a_retry_is_skipped_to_and_its_attempt_is_not(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client), COMMANDS(command_activity(client, "7", "ChargeCard")));

    (void)client_fail_activity(client, client_poll_activity(client), "GatewayBusy", false);
    client_run(client);

    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTimeSkippingTransitioned\n");
    assert_int_equal(pb_time(transition(client, 6)->target_time) - START, TL_SECONDS(1));
    activity_task task = client_poll_activity(client);
    assert_non_null(task);
    assert_int_equal(task->attempt, 2);
    assert_int_equal(pb_time(task->current_attempt_scheduled_time) - START, TL_SECONDS(1));
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 7, "7 WorkflowExecutionTimeSkippingTransitioned\n");
}

static void a_start_delay_is_skipped(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = start_request(client, skipping(client));
    request->workflow_start_delay = client_duration(client, TL_HOURS(6));
    request->workflow_run_timeout = client_duration(client, TL_HOURS(1));

    (void)client_must(client, RPC_StartWorkflowExecution, request);
    client_run(client);

    assert_history(
        client,
        WORKFLOW,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowExecutionTimeSkippingTransitioned\n"
        "3 WorkflowTaskScheduled orders\n");
    assert_int_equal(time_of(client, 3), TL_HOURS(6));
}

static void a_run_that_nothing_wakes_skips_to_its_timeout(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = start_request(client, skipping(client));
    request->workflow_run_timeout = client_duration(client, TL_HOURS(1));
    (void)client_must(client, RPC_StartWorkflowExecution, request);
    client_run(client);
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");

    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    client_run(client);

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowExecutionTimeSkippingTransitioned\n6 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
    assert_int_equal(time_of(client, 6), TL_HOURS(1));
    assert_int_equal(tl_driver_now(client->driver), START);
}

static void the_universe_moves_a_skipped_run_along(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client), COMMANDS(command_timer(client, "1", TL_HOURS(1))));

    client_pass(client, TL_SECONDS(5));
    client_signal(client, WORKFLOW, "hello");

    assert_int_equal(time_of(client, 9), TL_HOURS(1) + TL_SECONDS(5));
    assert_int_equal(pb_time(info(client)->current_time) - START, TL_HOURS(1) + TL_SECONDS(5));
}

/* ---- When it ends ---- */

static void a_session_has_so_many_skips(void **state)
{
    struct service_client *client = *state;
    Pb__TimeSkippingConfig *config = skipping(client);
    config->max_session_skip_count = 1;
    begin(client, config, COMMANDS(command_timer(client, "1", TL_HOURS(1)), command_timer(client, "2", TL_HOURS(2))));
    assert_int_equal(info(client)->current_session_skip_count, 1);
    assert_false(info(client)->effective_config->enabled);

    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    client_run(client);

    assert_history_from(client, WORKFLOW, 12, "");
    client_pass(client, TL_HOURS(1));
    assert_history_from(client, WORKFLOW, 12, "12 TimerFired 2 6\n13 WorkflowTaskScheduled orders\n");
    assert_int_equal(time_of(client, 12), TL_HOURS(2));
}

static void a_fast_forward_stops_before_a_later_timer_and_ends_the_skipping(void **state)
{
    struct service_client *client = *state;

    begin(client, forwarding(client, "ff-1", TL_MINUTES(30)), COMMANDS(command_timer(client, "1", TL_HOURS(1))));

    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTimeSkippingTransitioned\n");
    assert_true(transition(client, 6)->disabled_after_fast_forward);
    assert_int_equal(pb_time(transition(client, 6)->target_time) - START, TL_MINUTES(30));
    const Pb__TimeSkippingInfo *described = info(client);
    assert_false(described->effective_config->enabled);
    assert_true(described->fast_forward_info->has_completed);
    assert_string_equal(described->fast_forward_info->fast_forward_id, "ff-1");
    assert_int_equal(pb_nanoseconds(described->fast_forward_info->fast_forward_duration), TL_MINUTES(30));
    assert_int_equal(pb_time(described->fast_forward_info->target_time) - START, TL_MINUTES(30));
    client_pass(client, TL_MINUTES(30));
    assert_history_from(client, WORKFLOW, 7, "7 TimerFired 1 5\n8 WorkflowTaskScheduled orders\n");
}

static void a_fast_forward_ends_by_itself_while_work_is_under_way(void **state)
{
    struct service_client *client = *state;
    Pb__Command *activity = command_activity(client, "7", "ChargeCard");
    activity->schedule_activity_task_command_attributes->start_to_close_timeout = client_duration(client, TL_HOURS(1));
    begin(client, forwarding(client, "ff-1", TL_SECONDS(30)), COMMANDS(activity));
    (void)client_poll_activity(client);
    assert_int_equal(tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING) - START, TL_SECONDS(30));

    client_pass(client, TL_SECONDS(30));

    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTimeSkippingTransitioned\n");
    assert_true(transition(client, 6)->disabled_after_fast_forward);
    assert_null(transition(client, 6)->target_time);
    assert_int_equal(time_of(client, 6), TL_SECONDS(30));
    assert_true(info(client)->fast_forward_info->has_completed);
}

static void its_end_waits_for_the_workflow_task_in_history(void **state)
{
    struct service_client *client = *state;
    (void)client_must(
        client, RPC_StartWorkflowExecution, start_request(client, forwarding(client, "ff-1", TL_SECONDS(5))));
    workflow_task task = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(5));
    assert_history_from(client, WORKFLOW, 4, "");
    assert_false(info(client)->effective_config->enabled);

    (void)client_complete(client, task, NO_COMMANDS);

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionTimeSkippingTransitioned\n"
        "6 WorkflowTaskScheduled orders\n");
}

static void a_closed_run_leaves_no_fast_forward_behind(void **state)
{
    struct service_client *client = *state;
    (void)client_must(
        client, RPC_StartWorkflowExecution, start_request(client, forwarding(client, "ff-1", TL_HOURS(5))));

    client_terminate(client, WORKFLOW);

    assert_true(tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING) == TL_NEVER);
    assert_false(info(client)->fast_forward_info->has_completed);
}

/* ---- What is refused, what is written ---- */

static void a_configuration_is_checked(void **state)
{
    struct service_client *client = *state;
    Pb__TimeSkippingConfig *still = forwarding(client, "ff-1", TL_HOURS(1));
    still->enabled = false;

    assert_refused(
        client_ask(client, RPC_StartWorkflowExecution, start_request(client, forwarding(client, "ff-1", 0))),
        TL_INVALID_ARGUMENT,
        "fast_forward_config.duration must be positive");
    assert_refused(
        client_ask(client, RPC_StartWorkflowExecution, start_request(client, forwarding(client, "ff-1", -1))),
        TL_INVALID_ARGUMENT,
        "fast_forward_config.duration");
    assert_refused(
        client_ask(client, RPC_StartWorkflowExecution, start_request(client, forwarding(client, " \t", 1))),
        TL_INVALID_ARGUMENT,
        "fast_forward_config.id is not set");
    assert_refused(
        client_ask(client, RPC_StartWorkflowExecution, start_request(client, still)),
        TL_INVALID_ARGUMENT,
        "fast_forward_config is set, and enabled is not");
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void the_started_event_bears_the_configuration(void **state)
{
    struct service_client *client = *state;
    Pb__TimeSkippingConfig *config = forwarding(client, "ff-1", TL_HOURS(1));

    (void)client_must(client, RPC_StartWorkflowExecution, start_request(client, config));

    const Pb__WorkflowExecutionStartedEventAttributes *started =
        client_event(client, WORKFLOW, 1)->workflow_execution_started_event_attributes;
    assert_int_equal(started->time_skipping_config->max_session_skip_count, 200);
    config->max_session_skip_count = 200;
    assert_same(started->time_skipping_config, config);
    assert_null(started->time_skipping_state_propagation);
    client_start(client, "order-2");
    started = client_event(client, "order-2", 1)->workflow_execution_started_event_attributes;
    assert_null(started->time_skipping_config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_run_skips_to_its_timer_and_the_universe_stays),
        SERVICE_TEST(a_run_without_the_configuration_skips_nothing),
        SERVICE_TEST(the_earliest_timer_comes_first_and_the_others_after_it),
        SERVICE_TEST(a_canceled_timer_is_no_target),
        SERVICE_TEST(an_activity_keeps_the_run_from_skipping),
        SERVICE_TEST(a_retry_is_skipped_to_and_its_attempt_is_not),
        SERVICE_TEST(a_start_delay_is_skipped),
        SERVICE_TEST(a_run_that_nothing_wakes_skips_to_its_timeout),
        SERVICE_TEST(the_universe_moves_a_skipped_run_along),
        SERVICE_TEST(a_session_has_so_many_skips),
        SERVICE_TEST(a_fast_forward_stops_before_a_later_timer_and_ends_the_skipping),
        SERVICE_TEST(a_fast_forward_ends_by_itself_while_work_is_under_way),
        SERVICE_TEST(its_end_waits_for_the_workflow_task_in_history),
        SERVICE_TEST(a_closed_run_leaves_no_fast_forward_behind),
        SERVICE_TEST(a_configuration_is_checked),
        SERVICE_TEST(the_started_event_bears_the_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
