/* SPDX-License-Identifier: MIT */
/*
 * Faults that other test servers have with their clocks, one test each: what a run leaves behind, what
 * is never timed out, what is driven where nobody wanted it, what comes in the wrong order. The other
 * tests of the kind, about holds, costs and threads, are in test_hazards_world.c. Each has a mutant of
 * its number in tools/mutants/.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "model/history.h"
#include "tests/lib/service_chains.h"
#include "tests/lib/service_client.h"

#define ALL (TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN)

static int never(void *user)
{
    (void)user;
    return 0;
}

/* Where the world comes to by itself: it must not be blocked by anything. */
static tl_time run_to_the_end(struct service_client *client)
{
    tl_time before = tl_driver_now(client->driver);

    assert_int_equal(tl_driver_run(client->driver, never, NULL, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    return tl_driver_now(client->driver) - before;
}

static void assert_nothing_left(struct service_client *client)
{
    client_run(client);
    assert_true(tl_driver_next_deadline(client->driver, ALL) == TL_NEVER);
    assert_int_equal(tl_driver_ready(client->driver), 0);
}

static void start_with_run_timeout(struct service_client *client, const char *workflow_id, tl_duration timeout)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, workflow_id);

    request->workflow_run_timeout = client_duration(client, timeout);
    (void)client_must(client, RPC_StartWorkflowExecution, request);
}

/* ---- What a closed run leaves behind ---- */

/* A run that closes with activities open: their reports are refused, and something counts them for ever. */
static void hazard_h01_a_run_closes_with_activities_open(void **state)
{
    struct service_client *client = *state;
    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_activity(client, "1", "ChargeCard"), command_activity(client, "2", "ShipGoods")));
    activity_task started = client_poll_activity(client);

    client_terminate(client, WORKFLOW);

    assert_nothing_left(client);
    assert_null(client_poll_activity(client));
    assert_refused(client_complete_activity(client, started), TL_NOT_FOUND, "completed");
    client_begin(client, "order-2", COMMANDS(command_timer(client, "1", TL_HOURS(6))));
    assert_int_equal(run_to_the_end(client), TL_HOURS(6));
}

/* The same with a workflow task out at a worker, when the run is terminated or times out. */
static void hazard_h02_a_run_closes_with_a_workflow_task_open(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task terminated = client_poll(client, NULL);
    start_with_run_timeout(client, "order-2", TL_SECONDS(1));
    workflow_task timed_out = client_poll(client, NULL);

    client_terminate(client, WORKFLOW);
    client_pass(client, TL_SECONDS(1));

    assert_nothing_left(client);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
    assert_refused(client_refused(client, terminated, NO_COMMANDS), TL_NOT_FOUND, "completed");
    assert_refused(client_refused(client, timed_out, NO_COMMANDS), TL_NOT_FOUND, "completed");
    client_begin(client, "order-3", COMMANDS(command_timer(client, "1", TL_HOURS(6))));
    assert_int_equal(run_to_the_end(client), TL_HOURS(6));
}

/* An activity that is canceled before any worker took it is never taken off the books. */
static void hazard_h03_an_activity_is_canceled_before_it_starts(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    client_signal(client, WORKFLOW, "stop");

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);

    assert_nothing_left(client);
    assert_null(client_poll_activity(client));
    client_signal(client, WORKFLOW, "go on");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_activity(client, "1", "ChargeCard")));
    assert_non_null(client_poll_activity(client));
}

/* What outlives the run that began it: an activity of a run that continued as new. */
static void hazard_h04_work_outlives_the_run_that_began_it(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    activity_task outlives = client_poll_activity(client);
    client_signal(client, WORKFLOW, "go on");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_continue_as_new(client)));
    client_pass(client, TL_SECONDS(1));

    assert_refused(client_complete_activity(client, outlives), TL_NOT_FOUND, "completed");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_timer(client, "1", TL_DAYS(30))));

    assert_int_equal(tl_driver_next_deadline(client->driver, ALL), tl_driver_now(client->driver) + TL_DAYS(30));
    client_terminate(client, WORKFLOW);
    assert_nothing_left(client);
}

/* What goes on elsewhere for days, to be completed by its token, holds the clock all the while. */
static void hazard_h05_work_under_way_elsewhere_holds_no_clock(void **state)
{
    struct service_client *client = *state;
    Pb__Command *elsewhere = command_activity(client, "1", "AskApproval");
    elsewhere->schedule_activity_task_command_attributes->start_to_close_timeout = client_duration(client, TL_DAYS(10));
    client_begin(client, WORKFLOW, COMMANDS(elsewhere, command_timer(client, "1", TL_HOURS(1))));
    activity_task asked = client_poll_activity(client);

    assert_int_equal(
        tl_driver_next_target(client->driver, TL_DEADLINE_WAKING), tl_driver_now(client->driver) + TL_HOURS(1));
    assert_true(client_skip(client));
    assert_history_from(client, WORKFLOW, 7, "7 TimerFired 1 6\n8 WorkflowTaskScheduled orders\n");
    client_pass(client, TL_DAYS(2));
    assert_int_equal(client_complete_activity(client, asked)->status, TL_OK);
}

/* ---- What never ends ---- */

/* An activity that was asked to stop and does not listen is never timed out. */
static void hazard_h06_an_activity_asked_to_stop_still_times_out(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    (void)client_poll_activity(client);
    client_signal(client, WORKFLOW, "stop");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));

    assert_int_equal(run_to_the_end(client), TL_SECONDS(10));

    const Pb__HistoryEvent *last = client_event(client, WORKFLOW, 12);
    assert_int_equal(last->event_type, EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT);
    assert_int_equal(last->activity_task_timed_out_event_attributes->retry_state, RETRY_STATE_CANCEL_REQUESTED);
}

/* A command that is refused half-way leaves the halves before it, and a task that nobody gets again. */
static void hazard_h07_refused_commands_leave_nothing_behind(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);

    (void)client_refused(
        client,
        client_poll(client, NULL),
        COMMANDS(command_timer(client, "1", TL_SECONDS(5)), command_cancel_timer(client, "2")));

    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskFailed 2,3 BAD_CANCEL_TIMER_ATTRIBUTES\n");
    assert_true(tl_driver_next_deadline(client->driver, ALL) == TL_NEVER);
    workflow_task again = client_poll(client, NULL);
    assert_int_equal(again->attempt, 2);
    (void)client_complete(client, again, COMMANDS(command_timer(client, "1", TL_SECONDS(7))));
    assert_int_equal(run_to_the_end(client), TL_SECONDS(7));
}

/* Entries of what is over stay on the clock, and it is driven through them. */
static void hazard_h11_what_is_over_leaves_no_deadline(void **state)
{
    struct service_client *client = *state;
    Pb__Command *const ends[] = {
        command_complete(client), command_fail(client, "OutOfStock"), command_cancel(client), NULL, NULL};

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        const char *id = client_text(client, "order-%zu", i);
        start_with_run_timeout(client, id, TL_DAYS(3650));
        (void)client_complete(
            client,
            client_poll(client, NULL),
            COMMANDS(command_timer(client, "1", TL_DAYS(30)), command_activity(client, "1", "ChargeCard")));
        client_cancel(client, id);
        workflow_task task = client_poll(client, NULL);
        if (ends[i] != NULL) {
            (void)client_complete(client, task, COMMANDS(ends[i]));
        } else if (i == 3) {
            client_terminate(client, id);
        } else {
            (void)client_complete(
                client, task, COMMANDS(command_cancel_timer(client, "1"), command_cancel_activity(client, 6)));
            (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
        }
        assert_nothing_left(client);
        assert_null(client_poll_activity(client));
    }
}

/* A run that waits for a signal is driven to its own timeout. */
static void hazard_h13_a_waiting_run_is_not_driven_to_its_timeout(void **state)
{
    struct service_client *client = *state;
    start_with_run_timeout(client, WORKFLOW, TL_HOURS(1));
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);

    assert_int_equal(run_to_the_end(client), 0);

    assert_int_equal(tl_sim_open_runs(client->sim), 1);
    assert_int_equal(tl_driver_run(client->driver, never, NULL, TL_DEADLINE_WAKING | TL_DEADLINE_RUN), TL_UNAVAILABLE);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

/* A task on the sticky queue of a worker that died waits there for ever. */
static void hazard_h14_a_dead_worker_keeps_no_sticky_task(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), "sticky-1", NO_COMMANDS);
    (void)client_poll(client, "sticky-1");
    client_signal(client, WORKFLOW, "hello");
    assert_null(client_poll(client, NULL));

    assert_true(client_skip(client));

    workflow_task task = client_poll(client, NULL);
    assert_non_null(task);
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 WorkflowTaskTimedOut 6,0 SCHEDULE_TO_START\n"
        "8 WorkflowTaskScheduled orders\n"
        "9 WorkflowTaskStarted 8\n");
    (void)client_complete(client, task, NO_COMMANDS);
    assert_nothing_left(client);
}

/* ---- Order ---- */

#define MANY 8

/* Equal deadlines come in any order. */
static void hazard_h15_equal_deadlines_come_in_order(void **state)
{
    struct service_client *client = *state;
    for (size_t i = 0; i < MANY; i++) {
        client_begin(client, client_text(client, "order-%zu", i), COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
    }

    assert_true(client_skip(client));

    for (size_t i = 0; i < MANY; i++) {
        assert_string_equal(
            client_poll(client, NULL)->workflow_execution->workflow_id, client_text(client, "order-%zu", i));
    }
}

/* A backlog is given out in any order, and to the poller that came last. */
static void hazard_h16_a_backlog_is_given_out_in_order(void **state)
{
    struct service_client *client = *state;
    struct pending *polls[MANY];
    for (size_t i = 0; i < MANY; i++) {
        polls[i] = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    }
    client_run(client);
    for (size_t i = 0; i < (size_t)2 * MANY; i++) {
        (void)client_start(client, client_text(client, "order-%zu", i));
    }
    client_run(client);

    for (size_t i = 0; i < (size_t)2 * MANY; i++) {
        workflow_task task = i < MANY ? client_message(polls[i]->reply) : client_poll(client, NULL);
        assert_string_equal(task->workflow_execution->workflow_id, client_text(client, "order-%zu", i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(hazard_h01_a_run_closes_with_activities_open),
        SERVICE_TEST(hazard_h02_a_run_closes_with_a_workflow_task_open),
        SERVICE_TEST(hazard_h03_an_activity_is_canceled_before_it_starts),
        SERVICE_TEST(hazard_h04_work_outlives_the_run_that_began_it),
        SERVICE_TEST(hazard_h05_work_under_way_elsewhere_holds_no_clock),
        SERVICE_TEST(hazard_h06_an_activity_asked_to_stop_still_times_out),
        SERVICE_TEST(hazard_h07_refused_commands_leave_nothing_behind),
        SERVICE_TEST(hazard_h11_what_is_over_leaves_no_deadline),
        SERVICE_TEST(hazard_h13_a_waiting_run_is_not_driven_to_its_timeout),
        SERVICE_TEST(hazard_h14_a_dead_worker_keeps_no_sticky_task),
        SERVICE_TEST(hazard_h15_equal_deadlines_come_in_order),
        SERVICE_TEST(hazard_h16_a_backlog_is_given_out_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
