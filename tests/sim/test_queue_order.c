/* SPDX-License-Identifier: MIT */
/* Priorities: who is first when several tasks wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"
#include "tests/lib/service_queries.h"

static Pb__Priority *priority(struct service_client *client, int32_t key)
{
    Pb__Priority *priority = PB_NEW(&client->arena, Pb__Priority, pb__priority);

    priority->priority_key = key;
    return priority;
}

/* key 0: no priority at all. */
static void start(struct service_client *client, const char *workflow_id, int32_t key)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, workflow_id);

    request->priority = key == 0 ? NULL : priority(client, key);
    (void)client_must(client, RPC_StartWorkflowExecution, request);
}

static Pb__Command *activity(struct service_client *client, const char *id, int32_t key)
{
    Pb__Command *command = command_activity(client, id, "ChargeCard");

    command->schedule_activity_task_command_attributes->priority = key == 0 ? NULL : priority(client, key);
    return command;
}

static void assert_next(struct service_client *client, const char *workflow_id)
{
    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, workflow_id);
}

static void the_lowest_key_is_first(void **state)
{
    struct service_client *client = *state;

    start(client, "5", 5);
    start(client, "1", 1);
    start(client, "4", 4);
    start(client, "2", 2);
    start(client, "3", 3);

    assert_next(client, "1");
    assert_next(client, "2");
    assert_next(client, "3");
    assert_next(client, "4");
    assert_next(client, "5");
}

static void equal_keys_are_served_in_their_order(void **state)
{
    struct service_client *client = *state;

    start(client, "late-1", 4);
    start(client, "early-1", 2);
    start(client, "late-2", 4);
    start(client, "early-2", 2);
    start(client, "early-3", 2);

    assert_next(client, "early-1");
    assert_next(client, "early-2");
    start(client, "early-4", 2);
    assert_next(client, "early-3");
    assert_next(client, "early-4");
    assert_next(client, "late-1");
    assert_next(client, "late-2");
}

static void no_key_is_the_middle_one(void **state)
{
    struct service_client *client = *state;

    start(client, "four", 4);
    start(client, "three", 3);
    start(client, "none", 0);
    start(client, "two", 2);

    assert_next(client, "two");
    assert_next(client, "three");
    assert_next(client, "none");
    assert_next(client, "four");
}

static void keys_beyond_the_last_are_the_last(void **state)
{
    struct service_client *client = *state;

    start(client, "hundred", 100);
    start(client, "five", 5);

    assert_next(client, "hundred");
    assert_next(client, "five");
}

static void a_task_that_goes_leaves_the_order_as_it_was(void **state)
{
    struct service_client *client = *state;

    start(client, "a", 2);
    start(client, "b", 2);
    start(client, "c", 4);
    client_terminate(client, "b");
    start(client, "d", 2);
    client_terminate(client, "a");

    assert_next(client, "d");
    assert_next(client, "c");
}

static void activities_have_their_own_key_or_that_of_their_run(void **state)
{
    struct service_client *client = *state;

    start(client, WORKFLOW, 4);
    (void)client_complete(
        client,
        client_poll(client, NULL),
        COMMANDS(activity(client, "inherits", 0), activity(client, "five", 5), activity(client, "one", 1)));

    assert_string_equal(client_poll_activity(client)->activity_id, "one");
    assert_string_equal(client_poll_activity(client)->activity_id, "inherits");
    assert_string_equal(client_poll_activity(client)->activity_id, "five");
}

static void fairness_is_kept_and_orders_nothing(void **state)
{
    struct service_client *client = *state;
    Pb__Command *fair = activity(client, "fair", 0);
    Pb__Priority *own = priority(client, 0);

    start(client, WORKFLOW, 2);
    own->fairness_key = client_text(client, "tenant-1");
    own->fairness_weight = 1000;
    fair->schedule_activity_task_command_attributes->priority = own;
    (void)client_complete(
        client, client_poll(client, NULL), COMMANDS(activity(client, "three", 3), activity(client, "two", 2), fair));

    assert_string_equal(client_poll_activity(client)->activity_id, "two");
    activity_task task = client_poll_activity(client);
    assert_string_equal(task->activity_id, "fair");
    assert_int_equal(task->priority->priority_key, 2); /* its run's */
    assert_string_equal(task->priority->fairness_key, "tenant-1");
}

static void queries_have_their_runs_key_and_go_first_in_it(void **state)
{
    struct service_client *client = *state;

    start(client, "low", 5);
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    start(client, "other-low", 5);
    start(client, "high", 1);
    (void)query_send(client, "low");

    assert_next(client, "high");
    assert_non_null(client_poll(client, NULL)->query);
    assert_next(client, "other-low");
}

static void a_task_on_its_way_to_a_poll_is_not_overtaken(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));

    (void)client_send(client, RPC_StartWorkflowExecution, client_start_request(client, "first"));
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, "urgent");
    request->priority = priority(client, 1);
    (void)client_send(client, RPC_StartWorkflowExecution, request);
    client_run(client);

    workflow_task task = client_message(poll->reply);
    assert_string_equal(task->workflow_execution->workflow_id, "first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_lowest_key_is_first),
        SERVICE_TEST(equal_keys_are_served_in_their_order),
        SERVICE_TEST(no_key_is_the_middle_one),
        SERVICE_TEST(keys_beyond_the_last_are_the_last),
        SERVICE_TEST(a_task_that_goes_leaves_the_order_as_it_was),
        SERVICE_TEST(activities_have_their_own_key_or_that_of_their_run),
        SERVICE_TEST(fairness_is_kept_and_orders_nothing),
        SERVICE_TEST(queries_have_their_runs_key_and_go_first_in_it),
        SERVICE_TEST(a_task_on_its_way_to_a_poll_is_not_overtaken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
