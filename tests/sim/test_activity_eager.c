/* SPDX-License-Identifier: MIT */
/* Activities that a completion hands back to the worker which schedules them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

typedef const Pb__RespondWorkflowTaskCompletedResponse *completion;

static Pb__Command *eager(struct service_client *client, const char *id)
{
    Pb__Command *command = command_activity(client, id, "ChargeCard");

    command->schedule_activity_task_command_attributes->request_eager_execution = true;
    return command;
}

static completion begin(struct service_client *client, size_t count, Pb__Command *const *commands)
{
    (void)client_start(client, WORKFLOW);
    return client_complete(client, client_poll(client, NULL), count, commands);
}

static void the_answer_brings_the_task(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = eager(client, "1");
    Pb__ScheduleActivityTaskCommandAttributes *wanted = command->schedule_activity_task_command_attributes;
    wanted->heartbeat_timeout = client_duration(client, TL_SECONDS(3));
    wanted->schedule_to_close_timeout = client_duration(client, TL_SECONDS(60));

    completion done = begin(client, COMMANDS(command));

    assert_int_equal(done->n_activity_tasks, 1);
    activity_task task = done->activity_tasks[0];
    assert_string_equal(task->activity_id, "1");
    assert_string_equal(task->activity_type->name, "ChargeCard");
    assert_string_equal(task->workflow_type->name, "OrderSaga");
    assert_string_equal(task->workflow_namespace, "default");
    assert_string_equal(task->workflow_execution->workflow_id, WORKFLOW);
    assert_same(task->input, wanted->input);
    assert_int_equal(task->attempt, 1);
    assert_int_equal(pb_time(task->scheduled_time), tl_driver_now(client->driver));
    assert_int_equal(pb_time(task->current_attempt_scheduled_time), tl_driver_now(client->driver));
    assert_int_equal(pb_time(task->started_time), tl_driver_now(client->driver));
    assert_int_equal(pb_nanoseconds(task->start_to_close_timeout), TL_SECONDS(10));
    assert_int_equal(pb_nanoseconds(task->schedule_to_close_timeout), TL_SECONDS(60));
    assert_int_equal(pb_nanoseconds(task->heartbeat_timeout), TL_SECONDS(3));
    assert_int_equal(pb_nanoseconds(task->retry_policy->initial_interval), TL_SECONDS(1));
    assert_null(client_poll_activity(client)); /* nobody else gets it */
}

static void its_result_is_as_any_others(void **state)
{
    struct service_client *client = *state;
    completion done = begin(client, COMMANDS(eager(client, "1")));

    (void)client_message(client_complete_activity(client, done->activity_tasks[0]));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 ActivityTaskScheduled ChargeCard#1\n"
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
    const Pb__ActivityTaskStartedEventAttributes *started =
        client_event(client, WORKFLOW, 6)->activity_task_started_event_attributes;
    assert_string_equal(started->identity, "worker-1"); /* who completed the workflow task */
    assert_int_equal(strlen(started->request_id), 36);
    assert_null(started->worker_version);
}

static void the_next_attempt_is_polled(void **state)
{
    struct service_client *client = *state;
    completion done = begin(client, COMMANDS(eager(client, "1")));

    (void)client_message(client_fail_activity(client, done->activity_tasks[0], "CardDeclined", false));

    client_pass(client, TL_SECONDS(1));
    assert_int_equal(client_poll_activity(client)->attempt, 2);
}

static void its_time_runs_from_the_completion(void **state)
{
    struct service_client *client = *state;
    (void)begin(client, COMMANDS(eager(client, "1")));

    client_pass(client, TL_SECONDS(11));

    assert_int_equal(client_poll_activity(client)->attempt, 2);
}

static void each_one_that_asks_is_there_in_order(void **state)
{
    struct service_client *client = *state;

    completion done = begin(
        client,
        COMMANDS(
            eager(client, "1"),
            command_activity(client, "2", "ShipOrder"),
            command_timer(client, "1", TL_SECONDS(5)),
            eager(client, "3")));

    assert_int_equal(done->n_activity_tasks, 2);
    assert_string_equal(done->activity_tasks[0]->activity_id, "1");
    assert_string_equal(done->activity_tasks[1]->activity_id, "3");
    assert_string_equal(client_poll_activity(client)->activity_id, "2");
    assert_null(client_poll_activity(client));
}

static void one_that_is_canceled_at_once_is_not_there(void **state)
{
    struct service_client *client = *state;

    completion done = begin(client, COMMANDS(eager(client, "1"), command_cancel_activity(client, 5)));

    assert_int_equal(done->n_activity_tasks, 0);
    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 ActivityTaskScheduled ChargeCard#1\n"
        "6 ActivityTaskCancelRequested 5\n"
        "7 ActivityTaskCanceled 5,0 after 6\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void a_closed_run_gives_none(void **state)
{
    struct service_client *client = *state;

    completion done = begin(client, COMMANDS(eager(client, "1"), command_complete(client)));

    assert_int_equal(done->n_activity_tasks, 0);
    assert_null(client_poll_activity(client));
}

static void a_workflow_task_may_come_along(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "hello");
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    Pb__Command *commands[] = {eager(client, "1")};
    request->return_new_workflow_task = true;
    request->n_commands = 1;
    request->commands = commands;

    completion done = client_must(client, RPC_RespondWorkflowTaskCompleted, request);

    assert_int_equal(done->n_activity_tasks, 1);
    assert_non_null(done->workflow_task);
    (void)client_message(client_complete_activity(client, done->activity_tasks[0]));
    (void)client_complete(client, done->workflow_task, NO_COMMANDS);
    assert_history_from(
        client,
        WORKFLOW,
        9,
        "9 WorkflowTaskCompleted 7,8\n"
        "10 ActivityTaskStarted 5 attempt 1\n"
        "11 ActivityTaskCompleted 5,10\n"
        "12 WorkflowTaskScheduled orders\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_answer_brings_the_task),
        SERVICE_TEST(its_result_is_as_any_others),
        SERVICE_TEST(the_next_attempt_is_polled),
        SERVICE_TEST(its_time_runs_from_the_completion),
        SERVICE_TEST(each_one_that_asks_is_there_in_order),
        SERVICE_TEST(one_that_is_canceled_at_once_is_not_there),
        SERVICE_TEST(a_closed_run_gives_none),
        SERVICE_TEST(a_workflow_task_may_come_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
