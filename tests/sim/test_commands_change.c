/* SPDX-License-Identifier: MIT */
/* What can be wrong with the commands that change a run's memo and search attributes, or continue it as new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/command_fault.h"

#define NEW(client, Name, name) PB_NEW(&(client)->arena, Pb__##Name, pb__##name)

/* ---- Maps of payloads ---- */

static Pb__Payload *text(struct service_client *client, size_t length)
{
    char *json = client_long_text(client, length);

    json[0] = '"';
    json[length - 1] = '"';
    return client_json(client, json)->payloads[0];
}

/* Search attributes with `count` values of `length` bytes. The names are known to the service. */
static Pb__SearchAttributes *attributes_of(struct service_client *client, size_t count, size_t length)
{
    static const char *const names[] = {"BatcherNamespace", "BatcherUser", "TemporalScheduledById"};
    Pb__SearchAttributes *attributes = NEW(client, SearchAttributes, search_attributes);

    attributes->n_indexed_fields = count;
    attributes->indexed_fields = ARENA_ARRAY(&client->arena, Pb__SearchAttributes__IndexedFieldsEntry *, count);
    for (size_t i = 0; i < count; i++) {
        attributes->indexed_fields[i] =
            NEW(client, SearchAttributes__IndexedFieldsEntry, search_attributes__indexed_fields_entry);
        attributes->indexed_fields[i]->key = client_text(client, i < 3 ? "%s" : "%s%zu", names[i < 3 ? i : 0], i);
        attributes->indexed_fields[i]->value = text(client, length);
    }
    return attributes;
}

/* A memo with one field. */
static Pb__Memo *memo_of(struct service_client *client, const char *key, size_t length)
{
    Pb__Memo *memo = NEW(client, Memo, memo);

    memo->n_fields = 1;
    memo->fields = ARENA_ARRAY(&client->arena, Pb__Memo__FieldsEntry *, 1);
    memo->fields[0] = NEW(client, Memo__FieldsEntry, memo__fields_entry);
    memo->fields[0]->key = client_text(client, "%s", key);
    memo->fields[0]->value = text(client, length);
    return memo;
}

/* ---- Upserts ---- */

#define UPSERT(command) (command)->upsert_workflow_search_attributes_command_attributes->search_attributes

static Pb__Command *an_upsert(struct service_client *client)
{
    Pb__Command *command = NEW(client, Command, command);

    command->command_type = COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES;
    command->attributes_case = PB__COMMAND__ATTRIBUTES_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES;
    command->upsert_workflow_search_attributes_command_attributes = NEW(
        client, UpsertWorkflowSearchAttributesCommandAttributes, upsert_workflow_search_attributes_command_attributes);
    UPSERT(command) = attributes_of(client, 2, 100);
    return command;
}

static void no_keys(struct service_client *client, Pb__Command *command)
{
    (void)client;
    UPSERT(command)->n_indexed_fields = 0;
}

static void unknown_key(struct service_client *client, Pb__Command *command)
{
    UPSERT(command)->indexed_fields[1]->key = client_text(client, "Customer");
}

static void system_key(struct service_client *client, Pb__Command *command)
{
    UPSERT(command)->indexed_fields[1]->key = client_text(client, "WorkflowId");
}

static void other_type(struct service_client *client, Pb__Command *command)
{
    UPSERT(command)->indexed_fields[1]->key = client_text(client, "TemporalSchedulePaused");
}

static void many_keys(struct service_client *client, Pb__Command *command)
{
    UPSERT(command) = attributes_of(client, 101, 10);
}

static void large_value(struct service_client *client, Pb__Command *command)
{
    UPSERT(command) = attributes_of(client, 1, 2049);
}

static void enormous_value(struct service_client *client, Pb__Command *command)
{
    UPSERT(command) = attributes_of(client, 1, (size_t)2 << 20);
}

static void upserts(void **state)
{
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, "BAD_SEARCH_ATTRIBUTES", "attributes are not set", false},
        {UNSET,
         FIELD(UpsertWorkflowSearchAttributes, search_attributes),
         NULL,
         "BAD_SEARCH_ATTRIBUTES",
         "search_attributes is not set",
         false},
        {NOTHING, 0, no_keys, "BAD_SEARCH_ATTRIBUTES", "search_attributes is not set", false},
        {NOTHING, 0, unknown_key, "BAD_SEARCH_ATTRIBUTES", "search_attributes: Customer is not defined", false},
        {NOTHING, 0, system_key, "BAD_SEARCH_ATTRIBUTES", "search_attributes: WorkflowId is not a workflow's", false},
        {NOTHING, 0, other_type, "BAD_SEARCH_ATTRIBUTES", "value of TemporalSchedulePaused is no", false},
        {NOTHING, 0, many_keys, "BAD_SEARCH_ATTRIBUTES", "search_attributes has 101 keys, more than 100", false},
        {NOTHING, 0, large_value, "BAD_SEARCH_ATTRIBUTES", "value of BatcherNamespace exceeds 2048 bytes", true},
        {NOTHING, 0, enormous_value, "BAD_SEARCH_ATTRIBUTES", "search_attributes exceeds 2097152 bytes", true},
    };

    EXPECT_FAULTS(*state, an_upsert, faults);
}

/* ---- The memo ---- */

#define MODIFY(command) (command)->modify_workflow_properties_command_attributes->upserted_memo

static Pb__Command *a_memo(struct service_client *client)
{
    Pb__Command *command = NEW(client, Command, command);

    command->command_type = COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES;
    command->attributes_case = PB__COMMAND__ATTRIBUTES_MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES;
    command->modify_workflow_properties_command_attributes =
        NEW(client, ModifyWorkflowPropertiesCommandAttributes, modify_workflow_properties_command_attributes);
    MODIFY(command) = memo_of(client, "first", 100);
    return command;
}

static void no_fields(struct service_client *client, Pb__Command *command)
{
    (void)client;
    MODIFY(command)->n_fields = 0;
}

static void large_field(struct service_client *client, Pb__Command *command)
{
    MODIFY(command) = memo_of(client, "first", (size_t)2 << 20);
}

static void memos(void **state)
{
    static const char cause[] = "BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES";
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, cause, "attributes are not set", false},
        {UNSET, FIELD(ModifyWorkflowProperties, upserted_memo), NULL, cause, "upserted_memo is not set", false},
        {NOTHING, 0, no_fields, cause, "upserted_memo is not set", false},
        {NOTHING, 0, large_field, cause, "upserted_memo exceeds 2097152 bytes", true},
    };

    EXPECT_FAULTS(*state, a_memo, faults);
}

/* Each is small enough, but the memo that they make is not. */
static void a_memo_that_grows_too_large(void **state)
{
    struct service_client *client = *state;
    Pb__Command *first = a_memo(client);
    Pb__Command *second = a_memo(client);
    MODIFY(first) = memo_of(client, "first", (size_t)1 << 20);
    MODIFY(second) = memo_of(client, "second", (size_t)1 << 20);

    (void)client_start(client, WORKFLOW);
    assert_refused(
        client_refused(client, client_poll(client, NULL), COMMANDS(first, second)),
        TL_INVALID_ARGUMENT,
        "BadModifyWorkflowPropertiesAttributes: upserted_memo makes a memo that exceeds 2097152 bytes");
    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES\n"
        "5 WorkflowExecutionTerminated BadModifyWorkflowPropertiesAttributes: "
        "upserted_memo makes a memo that exceeds 2097152 bytes\n");

    MODIFY(second) = memo_of(client, "first", (size_t)1 << 20); /* in place of the other */
    client_begin(client, WORKFLOW, COMMANDS(first, second));
    MODIFY(second) = memo_of(client, "second", (size_t)1 << 20);
    client_signal(client, WORKFLOW, "go");
    assert_refused(
        client_refused(client, client_poll(client, NULL), COMMANDS(second)), TL_INVALID_ARGUMENT, "makes a memo");
}

/* ---- Continuing as new ---- */

#define CONTINUE(command) (command)->continue_as_new_workflow_execution_command_attributes

static Pb__Command *a_continuation(struct service_client *client)
{
    Pb__Command *command = NEW(client, Command, command);

    command->command_type = COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
    command->attributes_case = PB__COMMAND__ATTRIBUTES_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    CONTINUE(command) = NEW(
        client, ContinueAsNewWorkflowExecutionCommandAttributes, continue_as_new_workflow_execution_command_attributes);
    return command;
}

static void long_type(struct service_client *client, Pb__Command *command)
{
    CONTINUE(command)->workflow_type = NEW(client, WorkflowType, workflow_type);
    CONTINUE(command)->workflow_type->name = client_long_text(client, 1001);
}

static Pb__TaskQueue *another_queue(struct service_client *client, Pb__Command *command)
{
    CONTINUE(command)->task_queue = NEW(client, TaskQueue, task_queue);
    CONTINUE(command)->task_queue->name = client_text(client, "elsewhere");
    return CONTINUE(command)->task_queue;
}

static void long_queue(struct service_client *client, Pb__Command *command)
{
    another_queue(client, command)->name = client_long_text(client, 1001);
}

static void build_elsewhere(struct service_client *client, Pb__Command *command)
{
    (void)another_queue(client, command);
    CONTINUE(command)->inherit_build_id = true;
}

static void negative_attempts(struct service_client *client, Pb__Command *command)
{
    CONTINUE(command)->retry_policy = NEW(client, RetryPolicy, retry_policy);
    CONTINUE(command)->retry_policy->maximum_attempts = -1;
}

static void cron(struct service_client *client, Pb__Command *command)
{
    CONTINUE(command)->cron_schedule = client_text(client, "0 * * * *");
}

static void continued_unknown_key(struct service_client *client, Pb__Command *command)
{
    CONTINUE(command)->search_attributes = attributes_of(client, 1, 100);
    CONTINUE(command)->search_attributes->indexed_fields[0]->key = client_text(client, "Customer");
}

static void continued_large_value(struct service_client *client, Pb__Command *command)
{
    CONTINUE(command)->search_attributes = attributes_of(client, 1, 2049);
}

static void continued_large_memo(struct service_client *client, Pb__Command *command)
{
    CONTINUE(command)->memo = memo_of(client, "first", (size_t)2 << 20);
}

#define BAD_CONTINUE "BAD_CONTINUE_AS_NEW_ATTRIBUTES"

static void continuations(void **state)
{
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, BAD_CONTINUE, "attributes are not set", false},
        {NOTHING, 0, long_type, BAD_CONTINUE, "workflow_type exceeds 1000 bytes", false},
        {NOTHING, 0, long_queue, BAD_CONTINUE, "task_queue exceeds 1000 bytes", false},
        {NEGATIVE,
         FIELD(ContinueAsNewWorkflowExecution, workflow_run_timeout),
         NULL,
         BAD_CONTINUE,
         "workflow_run_timeout is negative",
         false},
        {NEGATIVE,
         FIELD(ContinueAsNewWorkflowExecution, workflow_task_timeout),
         NULL,
         BAD_CONTINUE,
         "workflow_task_timeout is negative",
         false},
        {NEGATIVE,
         FIELD(ContinueAsNewWorkflowExecution, backoff_start_interval),
         NULL,
         BAD_CONTINUE,
         "backoff_start_interval is negative",
         false},
        {NOTHING, 0, negative_attempts, BAD_CONTINUE, "retry_policy.maximum_attempts is negative", false},
        {NOTHING, 0, cron, "FEATURE_DISABLED", "cron_schedule is not supported", false},
        {NOTHING, 0, continued_unknown_key, "BAD_SEARCH_ATTRIBUTES", "Customer is not defined", false},
        {NOTHING, 0, build_elsewhere, BAD_CONTINUE, "inherit_build_id", false},
        {LARGE, FIELD(ContinueAsNewWorkflowExecution, input), NULL, BAD_CONTINUE, "input exceeds 2097152 bytes", true},
        {NOTHING, 0, continued_large_memo, BAD_CONTINUE, "memo exceeds 2097152 bytes", true},
        {NOTHING, 0, continued_large_value, BAD_CONTINUE, "value of BatcherNamespace exceeds 2048 bytes", true},
    };

    EXPECT_FAULTS(*state, a_continuation, faults);
}

/* ---- Closing unseen ---- */

static Pb__Command *a_failure(struct service_client *client)
{
    return command_fail(client, "NotDelivered");
}

static void no_run_closes_that_has_not_seen_everything(void **state)
{
    struct service_client *client = *state;
    Pb__Command *(*const closing[])(struct service_client * client) = {
        command_complete,
        a_failure,
        command_cancel,
        a_continuation,
    };

    for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++) {
        (void)client_start(client, WORKFLOW);
        workflow_task task = client_poll(client, NULL);
        client_signal(client, WORKFLOW, "hello");
        assert_refused(
            client_refused(client, task, COMMANDS(closing[i](client))), TL_INVALID_ARGUMENT, "UnhandledCommand");
        assert_history_from(
            client,
            WORKFLOW,
            4,
            "4 WorkflowTaskFailed 2,3 UNHANDLED_COMMAND\n"
            "5 WorkflowExecutionSignaled hello\n"
            "6 WorkflowTaskScheduled orders\n");
        client_terminate(client, WORKFLOW);
    }
}

/* ---- All together ---- */

static Pb__Command *an_activity_with(struct service_client *client, const char *id, size_t length)
{
    Pb__Command *command = command_activity(client, id, "ChargeCard");

    command->schedule_activity_task_command_attributes->input =
        client_json(client, client_text(client, "\"%s\"", client_long_text(client, length)));
    return command;
}

static void commands_that_are_too_large_together_end_the_run(void **state)
{
    struct service_client *client = *state;
    size_t length = (size_t)2000 << 10;
    const char *text = "commands: a transaction of";
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "hello");

    assert_refused(
        client_refused(
            client,
            task,
            COMMANDS(
                an_activity_with(client, "1", length),
                an_activity_with(client, "2", length),
                an_activity_with(client, "3", length))),
        TL_INVALID_ARGUMENT,
        text);

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowExecutionTerminated Transaction size exceeds limit.\n");
    const Pb__WorkflowExecutionTerminatedEventAttributes *end =
        client_event(client, WORKFLOW, 6)->workflow_execution_terminated_event_attributes;
    assert_string_equal(end->identity, "history-service");
    assert_memory_equal(end->details->payloads[0]->data.data + 1, text, strlen(text));
    assert_null(client_poll_activity(client));
    client_begin(
        client, WORKFLOW, COMMANDS(an_activity_with(client, "1", length), an_activity_with(client, "2", length)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(upserts),
        SERVICE_TEST(memos),
        SERVICE_TEST(a_memo_that_grows_too_large),
        SERVICE_TEST(continuations),
        SERVICE_TEST(no_run_closes_that_has_not_seen_everything),
        SERVICE_TEST(commands_that_are_too_large_together_end_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
