/* SPDX-License-Identifier: MIT */
/* Memos: what a run notes of itself, and how it changes that key by key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_chains.h"

typedef Pb__StartWorkflowExecutionRequest *start_request;

static const Pb__Memo *shown(struct service_client *client)
{
    return client_describe(client, NULL)->workflow_execution_info->memo;
}

/* A run that notes {"note": "fragile"}; its id. */
static const char *noted(struct service_client *client)
{
    start_request request = client_start_request(client, WORKFLOW);

    request->memo = client_memo(client, "note", "\"fragile\"");
    return client_start_as(client, request)->run_id;
}

static void nil_values_are_left_out(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->memo = client_memo(client, "note", "\"fragile\"");
    client_add_memo(client, request->memo, "gone", "null");
    client_add_memo(client, request->memo, "empty", "[]");

    const char *run_id = client_start_as(client, request)->run_id;

    assert_int_equal(client_started(client, run_id)->memo->n_fields, 1);
    assert_string_equal(client_memo_value(client, shown(client), "note"), "\"fragile\"");
    client_terminate(client, WORKFLOW);
    request->memo = client_memo(client, "gone", "null");
    assert_null(client_started(client, client_start_as(client, request)->run_id)->memo);
    assert_int_equal(shown(client)->n_fields, 0);
}

static void a_run_changes_some(void **state)
{
    struct service_client *client = *state;
    const char *run_id = noted(client);
    Pb__Command *command = command_modify(client, "color", "\"red\"");
    Pb__Memo *wanted = command->modify_workflow_properties_command_attributes->upserted_memo;
    client_add_memo(client, wanted, "note", "\"solid\"");
    client_add_memo(client, wanted, "unheard", "null");

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command));

    assert_history_from(client, WORKFLOW, 5, "5 WorkflowPropertiesModified\n");
    const Pb__WorkflowPropertiesModifiedEventAttributes *modified =
        client_event(client, WORKFLOW, 5)->workflow_properties_modified_event_attributes;
    assert_int_equal(modified->workflow_task_completed_event_id, 4);
    assert_same(modified->upserted_memo, wanted);
    assert_int_equal(shown(client)->n_fields, 2);
    assert_string_equal(client_memo_value(client, shown(client), "note"), "\"solid\"");
    assert_string_equal(client_memo_value(client, shown(client), "color"), "\"red\"");
    assert_string_equal(client_memo_value(client, client_started(client, run_id)->memo, "note"), "\"fragile\"");
}

static void null_takes_a_key_away(void **state)
{
    struct service_client *client = *state;
    (void)noted(client);

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_modify(client, "note", "null")));

    assert_int_equal(shown(client)->n_fields, 0);
}

static void changes_add_up(void **state)
{
    struct service_client *client = *state;
    (void)noted(client);

    (void)client_complete(
        client,
        client_poll(client, NULL),
        COMMANDS(
            command_modify(client, "a", "1"),
            command_modify(client, "b", "2"),
            command_modify(client, "a", "null"),
            command_modify(client, "note", "3")));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowPropertiesModified\n"
        "6 WorkflowPropertiesModified\n"
        "7 WorkflowPropertiesModified\n"
        "8 WorkflowPropertiesModified\n");
    assert_int_equal(shown(client)->n_fields, 2);
    assert_string_equal(client_memo_value(client, shown(client), "b"), "2");
    assert_string_equal(client_memo_value(client, shown(client), "note"), "3");
}

static void a_change_comes_with_the_run_that_closes(void **state)
{
    struct service_client *client = *state;
    (void)noted(client);

    (void)client_complete(
        client,
        client_poll(client, NULL),
        COMMANDS(command_modify(client, "note", "\"done\""), command_complete(client)));

    assert_history_from(client, WORKFLOW, 5, "5 WorkflowPropertiesModified\n6 WorkflowExecutionCompleted\n");
    assert_string_equal(client_memo_value(client, shown(client), "note"), "\"done\"");
}

static void many_keys_are_no_trouble(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->memo = PB_NEW(&client->arena, Pb__Memo, pb__memo);
    for (int i = 0; i < 300; i++) {
        client_add_memo(client, request->memo, client_text(client, "key%d", i), "1");
    }
    (void)client_start_as(client, request);

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_modify(client, "key7", "null")));

    assert_int_equal(shown(client)->n_fields, 299);
    assert_string_equal(client_memo_value(client, shown(client), "key7"), "");
    assert_string_equal(client_memo_value(client, shown(client), "key8"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(nil_values_are_left_out),
        SERVICE_TEST(a_run_changes_some),
        SERVICE_TEST(null_takes_a_key_away),
        SERVICE_TEST(changes_add_up),
        SERVICE_TEST(a_change_comes_with_the_run_that_closes),
        SERVICE_TEST(many_keys_are_no_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
