/* SPDX-License-Identifier: MIT */
/* The universe's clock: jumps stop at what they pass, what stands at one time comes in its order, why it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

#define START TL_SECONDS(1577836800)

static int never(void *user)
{
    (void)user;
    return 0;
}

static void run(struct service_client *client, int targets)
{
    assert_int_equal(tl_driver_run(client->driver, never, NULL, targets), TL_UNAVAILABLE);
}

static void start_with_run_timeout(struct service_client *client, const char *workflow_id, tl_duration timeout)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, workflow_id);

    request->workflow_run_timeout = client_duration(client, timeout);
    (void)client_must(client, RPC_StartWorkflowExecution, request);
}

static tl_time time_of(struct service_client *client, const char *workflow_id, int64_t event_id)
{
    return pb_time(client_event(client, workflow_id, event_id)->event_time) - START;
}

/* ---- On the way ---- */

static void a_run_timeout_on_the_way_has_its_own_time(void **state)
{
    struct service_client *client = *state;
    start_with_run_timeout(client, "order-1", TL_SECONDS(5));
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    client_begin(client, "order-2", COMMANDS(command_timer(client, "1", TL_SECONDS(10))));

    run(client, TL_DEADLINE_WAKING);

    assert_history_from(client, "order-1", 5, "5 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
    assert_int_equal(time_of(client, "order-1", 5), TL_SECONDS(5));
    assert_history_from(client, "order-2", 6, "6 TimerFired 1 5\n7 WorkflowTaskScheduled orders\n");
    assert_int_equal(time_of(client, "order-2", 6), TL_SECONDS(10));
}

static void a_long_poll_on_the_way_ends_at_its_own_time(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_DAYS(30))));
    struct pending *poll = client_send(client, RPC_PollActivityTaskQueue, client_activity_poll_request(client));
    client_run(client);

    tl_driver_jump(client->driver, START + TL_DAYS(30));
    client_run(client);

    assert_non_null(poll->reply);
    assert_int_equal(tl_driver_now(client->driver), START + TL_MINUTES(1));
    run(client, TL_DEADLINE_WAKING);
    assert_int_equal(tl_driver_now(client->driver), START + TL_DAYS(30));
}

static void a_run_timeout_is_a_target_on_request(void **state)
{
    struct service_client *client = *state;
    start_with_run_timeout(client, WORKFLOW, TL_HOURS(1));
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    run(client, TL_DEADLINE_WAKING);
    assert_int_equal(tl_driver_now(client->driver), START);
    run(client, TL_DEADLINE_IDLE);
    assert_int_equal(tl_driver_now(client->driver), START);

    run(client, TL_DEADLINE_WAKING | TL_DEADLINE_RUN);

    assert_int_equal(time_of(client, WORKFLOW, 5), TL_HOURS(1));
}

static void advancing_over_a_span_stops_everywhere(void **state)
{
    struct service_client *client = *state;
    client_begin(client, "order-2", COMMANDS(command_timer(client, "1", TL_SECONDS(10))));
    start_with_run_timeout(client, "order-1", TL_SECONDS(5));

    tl_driver_advance_to(client->driver, START + TL_SECONDS(60));
    client_run(client);

    assert_int_equal(tl_driver_now(client->driver), START + TL_SECONDS(60));
    assert_int_equal(time_of(client, "order-1", 3), TL_SECONDS(5));
    assert_int_equal(time_of(client, "order-2", 6), TL_SECONDS(10));
}

/* ---- At one time ---- */

static char seen[512];

static void note(void *user, const struct tl_trace_event *event)
{
    (void)user;
    size_t len = strlen(seen);
    (void)snprintf(seen + len, sizeof(seen) - len, "%s %s\n", event->workflow_id, event->name);
}

static void equal_deadlines_of_all_kinds_come_in_the_order_of_their_making(void **state)
{
    struct service_client *client = *state;
    const struct tl_sink sink = {.on_event = note, .mask = TL_TRACE_BIT(TL_TRACE_SERVICE_EVENT_ADDED)};
    client_begin(client, "order-1", COMMANDS(command_timer(client, "1", TL_SECONDS(10))));
    start_with_run_timeout(client, "order-2", TL_SECONDS(10));
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    Pb__Command *activity = command_activity(client, "1", "ChargeCard");
    activity->schedule_activity_task_command_attributes->retry_policy =
        PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
    activity->schedule_activity_task_command_attributes->retry_policy->maximum_attempts = 1;
    client_begin(client, "order-3", COMMANDS(activity));
    (void)client_poll_activity(client);
    client_begin(client, "order-4", COMMANDS(command_timer(client, "1", TL_SECONDS(10))));
    seen[0] = '\0';
    assert_int_equal(tl_driver_add_sink(client->driver, &sink), TL_OK);

    run(client, TL_DEADLINE_WAKING);

    assert_string_equal(
        seen,
        "order-1 TimerFired\n"
        "order-1 WorkflowTaskScheduled\n"
        "order-2 WorkflowExecutionTimedOut\n"
        "order-3 ActivityTaskStarted\n"
        "order-3 ActivityTaskTimedOut\n"
        "order-3 WorkflowTaskScheduled\n"
        "order-4 TimerFired\n"
        "order-4 WorkflowTaskScheduled\n");
}

/* A run's next timer keeps the turn that it took when it was started. */
static void equal_timers_come_in_the_order_of_their_starts_whatever_fired_before(void **state)
{
    struct service_client *client = *state;
    client_begin(
        client,
        "order-1",
        COMMANDS(command_timer(client, "1", TL_SECONDS(3)), command_timer(client, "2", TL_SECONDS(10))));
    client_begin(client, "order-2", COMMANDS(command_timer(client, "1", TL_SECONDS(10))));
    assert_true(client_skip(client));
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);

    assert_true(client_skip(client));

    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, "order-1");
    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, "order-2");
}

static void canceling_the_next_timer_leaves_the_one_after_it(void **state)
{
    struct service_client *client = *state;
    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_timer(client, "1", TL_SECONDS(3)), command_timer(client, "2", TL_SECONDS(10))));
    client_signal(client, WORKFLOW, "hello");

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_timer(client, "1")));

    assert_int_equal(tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING), START + TL_SECONDS(10));
    client_signal(client, WORKFLOW, "hello");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_timer(client, "2")));
    assert_true(tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING) == TL_NEVER);
}

/* ---- Beyond the end of a run ---- */

static void what_falls_behind_the_end_of_its_run_moves_no_time(void **state)
{
    struct service_client *client = *state;
    start_with_run_timeout(client, WORKFLOW, TL_HOURS(1));
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_timer(client, "1", TL_DAYS(30))));

    run(client, TL_DEADLINE_WAKING);
    assert_int_equal(tl_driver_now(client->driver), START);

    client_pass(client, TL_DAYS(31));
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
    assert_int_equal(time_of(client, WORKFLOW, 6), TL_HOURS(1));
}

/* ---- Universes ---- */

static void universes_have_clocks_of_their_own(void **state)
{
    struct service_client *client = *state;
    struct service_client other;
    service_client_open(&other, NULL, false);
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_DAYS(30))));
    client_begin(&other, WORKFLOW, COMMANDS(command_timer(&other, "1", TL_DAYS(2))));
    tl_driver_hold(client->driver);

    run(&other, TL_DEADLINE_WAKING);

    assert_int_equal(tl_driver_now(other.driver), START + TL_DAYS(2));
    assert_int_equal(tl_driver_now(client->driver), START);
    assert_history_from(client, WORKFLOW, 6, "");
    service_client_close(&other);
    assert_int_equal(tl_driver_release(client->driver), TL_OK);
    run(client, TL_DEADLINE_WAKING);
    assert_int_equal(tl_driver_now(client->driver), START + TL_DAYS(30));
}

/* ---- Why it stands ---- */

struct lines {
    char text[4096];
};

static void keep(void *user, const char *line)
{
    struct lines *lines = user;
    size_t len = strlen(lines->text);

    (void)snprintf(lines->text + len, sizeof(lines->text) - len, "%s\n", line);
}

#define assert_why(client, expected)                                                                                   \
    do {                                                                                                               \
        struct lines lines = {""};                                                                                     \
        (void)tl_sim_why((client)->sim, START, 100, keep, &lines);                                                     \
        assert_string_equal(lines.text, expected);                                                                     \
    } while (0)

static void a_service_without_runs_has_nothing_to_say(void **state)
{
    struct service_client *client = *state;

    assert_why(client, "");
}

static void tasks_that_nobody_fetches_are_told(void **state)
{
    struct service_client *client = *state;
    client_begin(client, "order-2", NO_COMMANDS);
    client_pass(client, TL_SECONDS(3));
    (void)client_start(client, "order-1");
    client_signal(client, "order-2", "hello");

    assert_why(
        client,
        "order-2: workflow task 6 waits since +3s in queue orders, which nobody polls\n"
        "order-1: workflow task 2 waits since +3s in queue orders, which nobody polls\n");
}

static void tasks_at_workers_are_told(void **state)
{
    struct service_client *client = *state;
    client_begin(
        client,
        "order-1",
        COMMANDS(command_activity(client, "1", "ChargeCard"), command_activity(client, "2", "ShipGoods")));
    (void)client_poll_activity(client);
    (void)client_start(client, "order-2");
    client_pass(client, TL_SECONDS(2));
    (void)client_poll(client, NULL);

    assert_why(
        client,
        "order-1: activity ChargeCard#1, attempt 1, is at a worker since +0s; it times out at +10s\n"
        "order-1: activity ShipGoods#2, attempt 1, waits since +0s in queue orders, which nobody polls\n"
        "order-2: workflow task 2, attempt 1, is at a worker since +2s; it times out at +12s\n");
}

static void runs_that_nothing_wakes_are_told(void **state)
{
    struct service_client *client = *state;
    client_begin(client, "order-1", NO_COMMANDS);
    start_with_run_timeout(client, "order-2", TL_HOURS(1));
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_timer(client, "1", TL_DAYS(30))));
    client_begin(client, "order-3", COMMANDS(command_timer(client, "1", TL_DAYS(30))));

    assert_why(
        client,
        "order-1: nothing wakes it but a request from outside\n"
        "order-2: timer 1, for +30d, falls behind the end of the run\n"
        "order-2: nothing wakes it before it times out at +1h\n");
}

static void dates_are_told_without_an_origin_and_no_more_lines_than_wanted(void **state)
{
    struct service_client *client = *state;
    struct lines lines = {""};
    start_with_run_timeout(client, "order-1", TL_HOURS(1));
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    client_begin(client, "order-2", NO_COMMANDS);

    assert_int_equal(tl_sim_why(client->sim, 0, 1, keep, &lines), 2);

    assert_string_equal(lines.text, "order-1: nothing wakes it before it times out at 2020-01-01T01:00:00Z\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_run_timeout_on_the_way_has_its_own_time),
        SERVICE_TEST(a_long_poll_on_the_way_ends_at_its_own_time),
        SERVICE_TEST(a_run_timeout_is_a_target_on_request),
        SERVICE_TEST(advancing_over_a_span_stops_everywhere),
        SERVICE_TEST(equal_deadlines_of_all_kinds_come_in_the_order_of_their_making),
        SERVICE_TEST(equal_timers_come_in_the_order_of_their_starts_whatever_fired_before),
        SERVICE_TEST(canceling_the_next_timer_leaves_the_one_after_it),
        SERVICE_TEST(what_falls_behind_the_end_of_its_run_moves_no_time),
        SERVICE_TEST(universes_have_clocks_of_their_own),
        SERVICE_TEST(a_service_without_runs_has_nothing_to_say),
        SERVICE_TEST(tasks_that_nobody_fetches_are_told),
        SERVICE_TEST(tasks_at_workers_are_told),
        SERVICE_TEST(runs_that_nothing_wakes_are_told),
        SERVICE_TEST(dates_are_told_without_an_origin_and_no_more_lines_than_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
