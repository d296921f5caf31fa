/* SPDX-License-Identifier: MIT */
/* Tasks of activities that are kept from workers: tl_sim_withhold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"

/* What the function was asked, and what it answers. */
struct asked {
    unsigned count;
    int32_t from; /* it keeps tasks from this attempt on */
    char id[16];
    int64_t input_bytes;
    struct tl_sim_activity last;
};

static int keep(void *user, const struct tl_sim_activity *activity)
{
    struct asked *asked = user;

    asked->count += 1;
    asked->last = *activity;
    asked->input_bytes = activity->input.count == 0 ? -1 : (int64_t)activity->input.items[0].data.len;
    assert_string_equal(activity->type, "ChargeCard");
    assert_string_equal(activity->workflow_id, WORKFLOW);
    assert_int_equal(strlen(activity->run_id), 36);
    (void)strncpy(asked->id, activity->activity_id, sizeof asked->id - 1);
    return activity->attempt >= asked->from;
}

static Pb__Command *charge(struct service_client *client)
{
    Pb__Command *command = command_activity(client, "1", "ChargeCard");

    command->schedule_activity_task_command_attributes->schedule_to_start_timeout =
        client_duration(client, TL_SECONDS(30));
    return command;
}

static void nobody_gets_a_task_that_is_kept(void **state)
{
    struct service_client *client = *state;
    struct asked asked = {.from = 1};

    tl_sim_withhold(client->sim, keep, &asked);
    client_begin(client, WORKFLOW, COMMANDS(charge(client)));
    assert_null(client_poll_activity(client));
    client_pass(client, TL_SECONDS(30) - 1);
    assert_null(client_poll_activity(client));
    client_pass(client, 1);
    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 ActivityTaskScheduled ChargeCard#1\n6 ActivityTaskTimedOut 5,0 SCHEDULE_TO_START TIMEOUT\n"
        "7 WorkflowTaskScheduled orders\n");
    assert_int_equal(asked.count, 1);
}

static void it_is_asked_with_what_the_service_knows(void **state)
{
    struct service_client *client = *state;
    struct asked asked = {.from = 9};

    tl_sim_withhold(client->sim, keep, &asked);
    client_pass(client, TL_SECONDS(5));
    tl_time now = tl_driver_now(client->driver);
    client_begin(client, WORKFLOW, COMMANDS(charge(client)));
    assert_non_null(client_poll_activity(client));
    assert_string_equal(asked.id, "1");
    assert_int_equal(asked.last.attempt, 1);
    assert_int_equal(asked.last.at, now);
    assert_int_equal(asked.last.scheduled_at, now);
    assert_int_equal(asked.last.schedule_to_start, TL_SECONDS(30));
    assert_int_equal(asked.last.schedule_to_close, 0);
    assert_true(asked.input_bytes > 0);
}

static void each_attempt_is_asked_about(void **state)
{
    struct service_client *client = *state;
    struct asked asked = {.from = 2};

    tl_sim_withhold(client->sim, keep, &asked);
    client_begin(client, WORKFLOW, COMMANDS(charge(client)));
    activity_task task = client_poll_activity(client);
    assert_non_null(task);
    tl_time first = tl_driver_now(client->driver);
    (void)client_message(client_fail_activity(client, task, "CardDeclined", false));
    client_pass(client, TL_SECONDS(1));
    assert_null(client_poll_activity(client));
    assert_int_equal(asked.count, 2);
    assert_int_equal(asked.last.attempt, 2);
    assert_int_equal(asked.last.scheduled_at, first);
    assert_int_equal(asked.last.at, first + TL_SECONDS(1));
    client_pass(client, TL_SECONDS(30));
    assert_int_equal(client_event(client, WORKFLOW, 6)->event_type, EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT);
}

static void one_that_is_to_be_executed_eagerly_is_kept_too(void **state)
{
    struct service_client *client = *state;
    struct asked asked = {.from = 1};
    Pb__Command *command = charge(client);

    tl_sim_withhold(client->sim, keep, &asked);
    command->schedule_activity_task_command_attributes->request_eager_execution = true;
    (void)client_start(client, WORKFLOW);
    const Pb__RespondWorkflowTaskCompletedResponse *response =
        client_complete(client, client_poll(client, NULL), COMMANDS(command));
    assert_int_equal(response->n_activity_tasks, 0);
    assert_null(client_poll_activity(client));
    client_pass(client, TL_SECONDS(30));
    assert_int_equal(client_event(client, WORKFLOW, 6)->event_type, EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT);
}

static void one_that_is_kept_can_be_canceled(void **state)
{
    struct service_client *client = *state;
    struct asked asked = {.from = 1};

    tl_sim_withhold(client->sim, keep, &asked);
    client_begin(client, WORKFLOW, COMMANDS(charge(client)));
    client_signal(client, WORKFLOW, "changed my mind");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));
    assert_null(client_poll_activity(client));
    client_terminate(client, WORKFLOW);
}

static void nothing_is_asked_any_more(void **state)
{
    struct service_client *client = *state;
    struct asked asked = {.from = 1};

    tl_sim_withhold(client->sim, keep, &asked);
    tl_sim_withhold(client->sim, NULL, NULL);
    client_begin(client, WORKFLOW, COMMANDS(charge(client)));
    assert_non_null(client_poll_activity(client));
    assert_int_equal(asked.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(nobody_gets_a_task_that_is_kept),
        SERVICE_TEST(it_is_asked_with_what_the_service_knows),
        SERVICE_TEST(each_attempt_is_asked_about),
        SERVICE_TEST(one_that_is_to_be_executed_eagerly_is_kept_too),
        SERVICE_TEST(one_that_is_kept_can_be_canceled),
        SERVICE_TEST(nothing_is_asked_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
