/* SPDX-License-Identifier: MIT */
/* Timers: when they fire, in which order, and what is left of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

static tl_time waking(struct service_client *client)
{
    return tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING);
}

static void a_timer_fires_at_its_time(void **state)
{
    struct service_client *client = *state;
    tl_time start = tl_driver_now(client->driver);
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_DAYS(30))));
    assert_int_equal(waking(client), start + TL_DAYS(30));
    client_pass(client, TL_DAYS(30) - 1);
    assert_history_from(client, WORKFLOW, 6, "");

    client_pass(client, 1);

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 TimerStarted 1 30d\n"
        "6 TimerFired 1 5\n"
        "7 WorkflowTaskScheduled orders\n");
    assert_int_equal(pb_time(client_event(client, WORKFLOW, 6)->event_time), start + TL_DAYS(30));
    assert_true(waking(client) == TL_NEVER);
}

static void a_timer_of_no_time_fires_at_once(void **state)
{
    struct service_client *client = *state;
    tl_time start = tl_driver_now(client->driver);

    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", 0)));
    client_run(client);

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskCompleted 2,3\n"
        "5 TimerStarted 1 0s\n"
        "6 TimerFired 1 5\n"
        "7 WorkflowTaskScheduled orders\n");
    assert_int_equal(pb_time(client_event(client, WORKFLOW, 6)->event_time), start);
}

static void timers_of_one_instant_fire_together_in_their_order(void **state)
{
    struct service_client *client = *state;

    client_begin(
        client,
        WORKFLOW,
        COMMANDS(
            command_timer(client, "b", TL_SECONDS(5)),
            command_timer(client, "c", TL_SECONDS(4)),
            command_timer(client, "a", TL_SECONDS(5))));
    client_pass(client, TL_SECONDS(5));

    assert_history_from(
        client,
        WORKFLOW,
        8,
        "8 TimerFired c 6\n"
        "9 WorkflowTaskScheduled orders\n"
        "10 TimerFired b 5\n"
        "11 TimerFired a 7\n");
}

static void timers_that_time_passes_fire_each_at_its_time(void **state)
{
    struct service_client *client = *state;
    tl_time start = tl_driver_now(client->driver);
    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_timer(client, "late", TL_SECONDS(5)), command_timer(client, "early", TL_SECONDS(4))));

    tl_driver_advance_to(client->driver, tl_driver_now(client->driver) + TL_SECONDS(60));
    client_run(client);

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 TimerFired early 6\n"
        "8 WorkflowTaskScheduled orders\n"
        "9 TimerFired late 5\n");
    assert_int_equal(pb_time(client_event(client, WORKFLOW, 7)->event_time), start + TL_SECONDS(4));
    assert_int_equal(pb_time(client_event(client, WORKFLOW, 9)->event_time), start + TL_SECONDS(5));
}

static void timers_of_different_workflows_do_not_wait_for_each_other(void **state)
{
    struct service_client *client = *state;
    client_begin(client, "order-1", COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
    client_begin(client, "order-2", COMMANDS(command_timer(client, "1", TL_SECONDS(5))));

    client_pass(client, TL_SECONDS(5));

    assert_history_from(client, "order-1", 6, "6 TimerFired 1 5\n7 WorkflowTaskScheduled orders\n");
    assert_history_from(client, "order-2", 6, "6 TimerFired 1 5\n7 WorkflowTaskScheduled orders\n");
    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, "order-1");
    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, "order-2");
}

static void a_canceled_timer_leaves_no_deadline(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
    client_signal(client, WORKFLOW, "go on");

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_timer(client, "1")));

    assert_history_from(
        client,
        WORKFLOW,
        9,
        "9 WorkflowTaskCompleted 7,8\n"
        "10 TimerCanceled 1 5\n");
    const Pb__TimerCanceledEventAttributes *canceled =
        client_event(client, WORKFLOW, 10)->timer_canceled_event_attributes;
    assert_string_equal(canceled->identity, "worker-1");
    assert_int_equal(canceled->workflow_task_completed_event_id, 9);
    assert_true(waking(client) == TL_NEVER);
    client_pass(client, TL_MINUTES(1));
    assert_history_from(client, WORKFLOW, 11, "");
}

static void a_buffered_firing_goes_with_its_timer(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(2))));
    client_signal(client, WORKFLOW, "delivered");
    workflow_task task = client_poll(client, NULL);
    client_pass(client, TL_SECONDS(2));
    (void)client_complete(client, task, COMMANDS(command_cancel_timer(client, "1")));
    client_run(client);

    assert_history_from(
        client,
        WORKFLOW,
        9,
        "9 WorkflowTaskCompleted 7,8\n"
        "10 TimerCanceled 1 5\n");
}

static void an_id_can_be_used_again_once_its_timer_is_over(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
    client_pass(client, TL_SECONDS(5));

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_timer(client, "1", TL_SECONDS(7))));
    client_pass(client, TL_SECONDS(7));

    assert_history_from(
        client,
        WORKFLOW,
        10,
        "10 TimerStarted 1 7s\n"
        "11 TimerFired 1 10\n"
        "12 WorkflowTaskScheduled orders\n");
}

static void a_timer_of_ages_never_fires_in_ours(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_timer(client, "1", 0);
    command->start_timer_command_attributes->start_to_fire_timeout->seconds = INT64_MAX;

    client_begin(client, WORKFLOW, COMMANDS(command));

    assert_history_from(client, WORKFLOW, 5, "5 TimerStarted 1 36500d\n");
    client_pass(client, TL_DAYS(3650));
    assert_history_from(client, WORKFLOW, 6, "");
}

static void a_closed_workflow_has_no_timers(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5))));

    client_terminate(client, WORKFLOW);

    assert_true(waking(client) == TL_NEVER);
    client_pass(client, TL_MINUTES(1));
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated out of patience\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_timer_fires_at_its_time),
        SERVICE_TEST(a_timer_of_no_time_fires_at_once),
        SERVICE_TEST(timers_of_one_instant_fire_together_in_their_order),
        SERVICE_TEST(timers_that_time_passes_fire_each_at_its_time),
        SERVICE_TEST(timers_of_different_workflows_do_not_wait_for_each_other),
        SERVICE_TEST(a_canceled_timer_leaves_no_deadline),
        SERVICE_TEST(a_buffered_firing_goes_with_its_timer),
        SERVICE_TEST(an_id_can_be_used_again_once_its_timer_is_over),
        SERVICE_TEST(a_timer_of_ages_never_fires_in_ours),
        SERVICE_TEST(a_closed_workflow_has_no_timers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
