/* SPDX-License-Identifier: MIT */
/* What can be wrong with the commands about activities, fault by fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/command_fault.h"

/* ---- Activities ---- */

static Pb__Command *an_activity(struct service_client *client)
{
    return command_activity(client, "1", "ChargeCard");
}

#define ACTIVITY(command) (command)->schedule_activity_task_command_attributes

static void nameless_type(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->activity_type->name = client_text(client, "%s", "");
}

static void long_type(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->activity_type->name = client_long_text(client, 1001);
}

static void nameless_queue(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->task_queue->name = client_text(client, "%s", "");
}

static void long_queue(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->task_queue->name = client_long_text(client, 1001);
}

static void reserved_queue(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->task_queue->name = client_text(client, "/_sys/orders");
}

static void internal_queue(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->task_queue->name = client_text(client, "temporal-sys-per-ns-tq");
}

static void long_normal_name(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->task_queue->kind = TASK_QUEUE_KIND_STICKY;
    ACTIVITY(command)->task_queue->normal_name = client_long_text(client, 1001);
}

static Pb__RetryPolicy *retrying(struct service_client *client, Pb__Command *command)
{
    return ACTIVITY(command)->retry_policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
}

static void shrinking_backoff(struct service_client *client, Pb__Command *command)
{
    retrying(client, command)->backoff_coefficient = 0.5;
}

static void negative_initial(struct service_client *client, Pb__Command *command)
{
    retrying(client, command)->initial_interval = client_duration(client, -1);
}

static void negative_maximum(struct service_client *client, Pb__Command *command)
{
    retrying(client, command)->maximum_interval = client_duration(client, -1);
}

static void maximum_below_initial(struct service_client *client, Pb__Command *command)
{
    Pb__RetryPolicy *policy = retrying(client, command);

    policy->initial_interval = client_duration(client, TL_SECONDS(2));
    policy->maximum_interval = client_duration(client, TL_SECONDS(1));
}

static void negative_attempts(struct service_client *client, Pb__Command *command)
{
    retrying(client, command)->maximum_attempts = -1;
}

static void unknown_timeout_type(struct service_client *client, Pb__Command *command)
{
    Pb__RetryPolicy *policy = retrying(client, command);

    policy->n_non_retryable_error_types = 1;
    policy->non_retryable_error_types = ARENA_ARRAY(&client->arena, char *, 1);
    policy->non_retryable_error_types[0] = client_text(client, "TemporalTimeout:Lunch");
}

static void negative_priority(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->priority = PB_NEW(&client->arena, Pb__Priority, pb__priority);
    ACTIVITY(command)->priority->priority_key = -1;
}

static void build_elsewhere(struct service_client *client, Pb__Command *command)
{
    ACTIVITY(command)->use_workflow_build_id = true;
    ACTIVITY(command)->task_queue->name = client_text(client, "elsewhere");
}

#define BAD_ACTIVITY "BAD_SCHEDULE_ACTIVITY_ATTRIBUTES"

static const struct fault activity_faults[] = {
    {NO_ATTRIBUTES, 0, NULL, BAD_ACTIVITY, "attributes are not set", false},
    {UNSET, FIELD(ScheduleActivityTask, task_queue), NULL, BAD_ACTIVITY, "task_queue is not set", false},
    {NOTHING, 0, nameless_queue, BAD_ACTIVITY, "task_queue is not set", false},
    {NOTHING, 0, long_queue, BAD_ACTIVITY, "task_queue exceeds 1000 bytes", false},
    {NOTHING, 0, reserved_queue, BAD_ACTIVITY, "task_queue begins with the reserved /_sys/", false},
    {NOTHING, 0, internal_queue, BAD_ACTIVITY, "task_queue is the service's own", false},
    {NOTHING, 0, long_normal_name, BAD_ACTIVITY, "normal_name exceeds 1000 bytes", false},
    {EMPTY, FIELD(ScheduleActivityTask, activity_id), NULL, BAD_ACTIVITY, "activity_id is not set", false},
    {LONG, FIELD(ScheduleActivityTask, activity_id), NULL, BAD_ACTIVITY, "activity_id exceeds 1000 bytes", false},
    {UNSET, FIELD(ScheduleActivityTask, activity_type), NULL, BAD_ACTIVITY, "activity_type is not set", false},
    {NOTHING, 0, nameless_type, BAD_ACTIVITY, "activity_type is not set", false},
    {NOTHING, 0, long_type, BAD_ACTIVITY, "activity_type exceeds 1000 bytes", false},
    {NOTHING, 0, shrinking_backoff, BAD_ACTIVITY, "retry_policy.backoff_coefficient is less than 1", false},
    {NOTHING, 0, negative_initial, BAD_ACTIVITY, "retry_policy.initial_interval is negative", false},
    {NOTHING, 0, negative_maximum, BAD_ACTIVITY, "retry_policy.maximum_interval is negative", false},
    {NOTHING, 0, maximum_below_initial, BAD_ACTIVITY, "retry_policy.maximum_interval is shorter", false},
    {NOTHING, 0, negative_attempts, BAD_ACTIVITY, "retry_policy.maximum_attempts is negative", false},
    {NOTHING, 0, unknown_timeout_type, BAD_ACTIVITY, "retry_policy.non_retryable_error_types", false},
    {NOTHING, 0, negative_priority, BAD_ACTIVITY, "priority", false},
    {NEGATIVE,
     FIELD(ScheduleActivityTask, schedule_to_close_timeout),
     NULL,
     BAD_ACTIVITY,
     "schedule_to_close_timeout is negative",
     false},
    {NEGATIVE,
     FIELD(ScheduleActivityTask, schedule_to_start_timeout),
     NULL,
     BAD_ACTIVITY,
     "schedule_to_start_timeout is negative",
     false},
    {NEGATIVE,
     FIELD(ScheduleActivityTask, start_to_close_timeout),
     NULL,
     BAD_ACTIVITY,
     "start_to_close_timeout is negative",
     false},
    {NEGATIVE,
     FIELD(ScheduleActivityTask, heartbeat_timeout),
     NULL,
     BAD_ACTIVITY,
     "heartbeat_timeout is negative",
     false},
    {MIXED,
     FIELD(ScheduleActivityTask, heartbeat_timeout),
     NULL,
     BAD_ACTIVITY,
     "heartbeat_timeout has seconds and nanos of different signs",
     false},
    {UNSET,
     FIELD(ScheduleActivityTask, start_to_close_timeout),
     NULL,
     BAD_ACTIVITY,
     "neither start_to_close_timeout nor schedule_to_close_timeout is set",
     false},
    {NOTHING, 0, build_elsewhere, BAD_ACTIVITY, "use_workflow_build_id", false},
    {LARGE, FIELD(ScheduleActivityTask, input), NULL, BAD_ACTIVITY, "input exceeds 2097152 bytes", true},
};

static void activities(void **state)
{
    EXPECT_FAULTS(*state, an_activity, activity_faults);
}

static void an_activity_id_that_is_pending(void **state)
{
    struct service_client *client = *state;

    command_expect_second(
        client,
        an_activity(client),
        an_activity(client),
        "SCHEDULE_ACTIVITY_DUPLICATE_ID",
        "ScheduleActivityDuplicateId: activity_id 1 is pending");
}

/* ---- Cancelling activities ---- */

static Pb__Command *no_cancel(struct service_client *client)
{
    return command_cancel_activity(client, 6);
}

static void cancelled_activities(void **state)
{
    struct service_client *client = *state;
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, "BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES", "attributes are not set", false},
        {NOTHING, 0, NULL, "BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES", "scheduled_event_id 6 names no activity", false},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        Pb__Command *command = no_cancel(client);
        command_spoil(client, command, &faults[i]);
        command_expect_fault(client, command, &faults[i]);
    }
    for (int64_t id = -1; id <= 0; id++) {
        command_expect_fault(
            client,
            command_cancel_activity(client, id),
            &(const struct fault){
                .cause = "BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES", .text = "scheduled_event_id is not set"});
    }
}

static void a_started_activity_that_is_asked_twice(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(an_activity(client)));
    assert_non_null(client_poll_activity(client));
    client_signal(client, WORKFLOW, "go");
    assert_refused(
        client_refused(
            client,
            client_poll(client, NULL),
            COMMANDS(command_cancel_activity(client, 5), command_cancel_activity(client, 5))),
        TL_INVALID_ARGUMENT,
        "BadRequestCancelActivityAttributes: scheduled_event_id 5 names no activity");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(activities),
        SERVICE_TEST(an_activity_id_that_is_pending),
        SERVICE_TEST(cancelled_activities),
        SERVICE_TEST(a_started_activity_that_is_asked_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
