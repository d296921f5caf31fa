/* SPDX-License-Identifier: MIT */
/* Priorities of activities: their own, and what they have from their run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

static Pb__Priority *priority(struct service_client *client, int32_t key, const char *fairness_key, float weight)
{
    Pb__Priority *made = PB_NEW(&client->arena, Pb__Priority, pb__priority);

    made->priority_key = key;
    made->fairness_key = client_text(client, "%s", fairness_key);
    made->fairness_weight = weight;
    return made;
}

static Pb__Command *with_priority(struct service_client *client, const char *id, Pb__Priority *wanted)
{
    Pb__Command *command = command_activity(client, id, "ChargeCard");

    command->schedule_activity_task_command_attributes->priority = wanted;
    return command;
}

/* A run of that priority (NULL: none), whose first workflow task is completed with the commands. */
static const Pb__RespondWorkflowTaskCompletedResponse *
begin(struct service_client *client, Pb__Priority *wanted, size_t count, Pb__Command *const *commands)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    request->priority = wanted;
    (void)client_must(client, RPC_StartWorkflowExecution, request);
    return client_complete(client, client_poll(client, NULL), count, commands);
}

static void its_own_is_shown(void **state)
{
    struct service_client *client = *state;
    Pb__Priority *own = priority(client, 2, "gold", 3);

    (void)begin(client, NULL, COMMANDS(with_priority(client, "1", own)));

    assert_same(client_poll_activity(client)->priority, own);
    assert_same(client_event(client, WORKFLOW, 5)->activity_task_scheduled_event_attributes->priority, own);
}

static void without_one_it_has_its_runs(void **state)
{
    struct service_client *client = *state;
    Pb__Priority *inherited = priority(client, 4, "silver", 0.5F);

    (void)begin(client, inherited, COMMANDS(with_priority(client, "1", NULL)));

    assert_same(client_poll_activity(client)->priority, inherited);
    assert_null(client_event(client, WORKFLOW, 5)->activity_task_scheduled_event_attributes->priority);
}

static void without_any_it_has_none(void **state)
{
    struct service_client *client = *state;

    (void)begin(client, NULL, COMMANDS(with_priority(client, "1", NULL)));

    assert_null(client_poll_activity(client)->priority);
}

/* common/priorities/priority_util.go, Merge. */
static void each_field_is_inherited_by_itself(void **state)
{
    struct service_client *client = *state;

    (void)begin(
        client,
        priority(client, 4, "silver", 0.5F),
        COMMANDS(
            with_priority(client, "1", priority(client, 1, "", 0)),
            with_priority(client, "2", priority(client, 0, "gold", 0)),
            with_priority(client, "3", priority(client, 0, "", 3))));

    assert_same(client_poll_activity(client)->priority, priority(client, 1, "silver", 0.5F));
    assert_same(client_poll_activity(client)->priority, priority(client, 4, "gold", 0.5F));
    assert_same(client_poll_activity(client)->priority, priority(client, 4, "silver", 3));
}

static void what_is_inherited_counts_in_the_queue(void **state)
{
    struct service_client *client = *state;

    (void)begin(
        client,
        priority(client, 5, "", 0),
        COMMANDS(
            with_priority(client, "last", NULL),
            with_priority(client, "last but one", priority(client, 4, "", 0)),
            with_priority(client, "first", priority(client, 1, "", 0))));

    assert_string_equal(client_poll_activity(client)->activity_id, "first");
    assert_string_equal(client_poll_activity(client)->activity_id, "last but one");
    assert_string_equal(client_poll_activity(client)->activity_id, "last");
}

static void a_next_attempt_waits_where_the_first_did(void **state)
{
    struct service_client *client = *state;
    (void)begin(
        client,
        NULL,
        COMMANDS(with_priority(client, "late", NULL), with_priority(client, "early", priority(client, 1, "", 0))));
    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDeclined", false));

    client_pass(client, TL_SECONDS(1));

    assert_string_equal(client_poll_activity(client)->activity_id, "early");
}

/* workflow_task_completed_handler.go shows what the activity asked for itself. */
static void an_eager_one_shows_its_own_alone(void **state)
{
    struct service_client *client = *state;
    Pb__Command *commands[] = {
        with_priority(client, "1", NULL),
        with_priority(client, "2", priority(client, 0, "gold", 0)),
    };
    commands[0]->schedule_activity_task_command_attributes->request_eager_execution = true;
    commands[1]->schedule_activity_task_command_attributes->request_eager_execution = true;

    const Pb__RespondWorkflowTaskCompletedResponse *done = begin(client, priority(client, 4, "silver", 1), 2, commands);

    assert_null(done->activity_tasks[0]->priority);
    assert_same(done->activity_tasks[1]->priority, priority(client, 0, "gold", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(its_own_is_shown),
        SERVICE_TEST(without_one_it_has_its_runs),
        SERVICE_TEST(without_any_it_has_none),
        SERVICE_TEST(each_field_is_inherited_by_itself),
        SERVICE_TEST(what_is_inherited_counts_in_the_queue),
        SERVICE_TEST(a_next_attempt_waits_where_the_first_did),
        SERVICE_TEST(an_eager_one_shows_its_own_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
