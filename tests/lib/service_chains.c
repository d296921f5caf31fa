/* SPDX-License-Identifier: MIT */
#include "tests/lib/service_chains.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <temporal/api/operatorservice/v1/request_response.pb-c.h>

#include "model/history.h"

static char *copy(struct service_client *client, const char *text)
{
    return arena_strdup(&client->arena, text);
}

/* ---- Requests ---- */

Pb__SignalWithStartWorkflowExecutionRequest *
client_signal_with_start_request(struct service_client *client, const char *workflow_id, const char *signal)
{
    const Pb__StartWorkflowExecutionRequest *start = client_start_request(client, workflow_id);
    Pb__SignalWithStartWorkflowExecutionRequest *request = PB_NEW(
        &client->arena, Pb__SignalWithStartWorkflowExecutionRequest, pb__signal_with_start_workflow_execution_request);

    request->namespace_ = start->namespace_;
    request->workflow_id = start->workflow_id;
    request->workflow_type = start->workflow_type;
    request->task_queue = start->task_queue;
    request->identity = start->identity;
    request->signal_name = copy(client, signal);
    return request;
}

const Pb__StartWorkflowExecutionResponse *
client_start_as(struct service_client *client, const Pb__StartWorkflowExecutionRequest *request)
{
    return client_must(client, RPC_StartWorkflowExecution, request);
}

Pb__RetryPolicy *client_retry_policy(struct service_client *client)
{
    return PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
}

static Pb__Payload *payload(struct service_client *client, const char *value)
{
    return client_json(client, value)->payloads[0];
}

void client_add_memo(struct service_client *client, Pb__Memo *memo, const char *name, const char *value)
{
    Pb__Memo__FieldsEntry **fields = ARENA_ARRAY(&client->arena, Pb__Memo__FieldsEntry *, memo->n_fields + 1);

    if (memo->n_fields > 0) {
        memcpy(fields, memo->fields, memo->n_fields * sizeof(fields[0]));
    }
    fields[memo->n_fields] = PB_NEW(&client->arena, Pb__Memo__FieldsEntry, pb__memo__fields_entry);
    fields[memo->n_fields]->key = copy(client, name);
    fields[memo->n_fields]->value = payload(client, value);
    memo->fields = fields;
    memo->n_fields++;
}

Pb__Memo *client_memo(struct service_client *client, const char *name, const char *value)
{
    Pb__Memo *memo = PB_NEW(&client->arena, Pb__Memo, pb__memo);

    client_add_memo(client, memo, name, value);
    return memo;
}

void client_add_attribute(
    struct service_client *client, Pb__SearchAttributes *attributes, const char *name, const char *value)
{
    size_t count = attributes->n_indexed_fields;
    Pb__SearchAttributes__IndexedFieldsEntry **fields =
        ARENA_ARRAY(&client->arena, Pb__SearchAttributes__IndexedFieldsEntry *, count + 1);

    if (count > 0) {
        memcpy(fields, attributes->indexed_fields, count * sizeof(fields[0]));
    }
    fields[count] =
        PB_NEW(&client->arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);
    fields[count]->key = copy(client, name);
    fields[count]->value = payload(client, value);
    attributes->indexed_fields = fields;
    attributes->n_indexed_fields++;
}

Pb__SearchAttributes *client_attributes(struct service_client *client, const char *name, const char *value)
{
    Pb__SearchAttributes *attributes = PB_NEW(&client->arena, Pb__SearchAttributes, pb__search_attributes);

    client_add_attribute(client, attributes, name, value);
    return attributes;
}

const struct tl_reply *client_register(struct service_client *client, const char *name, int type)
{
    Pb__AddSearchAttributesRequest request = PB__ADD_SEARCH_ATTRIBUTES_REQUEST__INIT;
    Pb__AddSearchAttributesRequest__SearchAttributesEntry entry =
        PB__ADD_SEARCH_ATTRIBUTES_REQUEST__SEARCH_ATTRIBUTES_ENTRY__INIT;
    Pb__AddSearchAttributesRequest__SearchAttributesEntry *entries[] = {&entry};

    entry.key = copy(client, name);
    entry.value = (Pb__IndexedValueType)type;
    request.namespace_ = copy(client, "default");
    request.n_search_attributes = 1;
    request.search_attributes = entries;
    return client_ask(client, RPC_AddSearchAttributes, &request);
}

Pb__Link *client_link(struct service_client *client)
{
    Pb__Link *link = PB_NEW(&client->arena, Pb__Link, pb__link);

    link->variant_case = PB__LINK__VARIANT_WORKFLOW_EVENT;
    link->workflow_event = PB_NEW(&client->arena, Pb__Link__WorkflowEvent, pb__link__workflow_event);
    link->workflow_event->namespace_ = copy(client, "default");
    link->workflow_event->workflow_id = copy(client, "parent");
    link->workflow_event->run_id = copy(client, "6f1e1a5c-2a38-4cf1-9b11-0f6f0e3d2a01");
    return link;
}

/* ---- Commands ---- */

#define NEW_COMMAND(Type, lower, UPPER)                                                                                \
    Pb__Command *command = PB_NEW(&client->arena, Pb__Command, pb__command);                                           \
    Pb__##Type##CommandAttributes *attributes =                                                                        \
        PB_NEW(&client->arena, Pb__##Type##CommandAttributes, pb__##lower##_command_attributes);                       \
    command->command_type = COMMAND_TYPE_##UPPER;                                                                      \
    command->attributes_case = PB__COMMAND__ATTRIBUTES_##UPPER##_COMMAND_ATTRIBUTES;                                   \
    command->lower##_command_attributes = attributes

Pb__Command *command_continue_as_new(struct service_client *client)
{
    NEW_COMMAND(ContinueAsNewWorkflowExecution, continue_as_new_workflow_execution, CONTINUE_AS_NEW_WORKFLOW_EXECUTION);

    attributes->input = client_json(client, "{\"round\": 2}");
    return command;
}

Pb__Command *command_upsert(struct service_client *client, const char *name, const char *value)
{
    NEW_COMMAND(UpsertWorkflowSearchAttributes, upsert_workflow_search_attributes, UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);

    attributes->search_attributes = client_attributes(client, name, value);
    return command;
}

Pb__Command *command_modify(struct service_client *client, const char *name, const char *value)
{
    NEW_COMMAND(ModifyWorkflowProperties, modify_workflow_properties, MODIFY_WORKFLOW_PROPERTIES);

    attributes->upserted_memo = client_memo(client, name, value);
    return command;
}

/* ---- Runs by their ids ---- */

static struct tl_history *history_of(struct service_client *client, const char *run_id)
{
    struct tl_history *history = NULL;

    assert_int_equal(tl_sim_history(client->sim, "default", WORKFLOW, run_id, 0, &history), TL_OK);
    return history;
}

static const Pb__HistoryEvent *event_of(struct service_client *client, const char *run_id, bool last)
{
    struct tl_history *history = history_of(client, run_id);
    const Pb__HistoryEvent *event = history->events[last ? history->count - 1 : 0];

    tl_history_unref(history); /* the run keeps it */
    return event;
}

const Pb__WorkflowExecutionStartedEventAttributes *client_started(struct service_client *client, const char *run_id)
{
    return event_of(client, run_id, false)->workflow_execution_started_event_attributes;
}

const Pb__HistoryEvent *client_last_event(struct service_client *client, const char *run_id)
{
    return event_of(client, run_id, true);
}

const Pb__DescribeWorkflowExecutionResponse *client_describe(struct service_client *client, const char *run_id)
{
    Pb__DescribeWorkflowExecutionRequest request = PB__DESCRIBE_WORKFLOW_EXECUTION_REQUEST__INIT;

    request.namespace_ = copy(client, "default");
    request.execution = client_execution(client, WORKFLOW, run_id == NULL ? "" : run_id);
    return client_must(client, RPC_DescribeWorkflowExecution, &request);
}

void client_assert_run(
    struct service_client *client, const char *run_id, const char *expected, const char *file, int line)
{
    struct tl_history *history = history_of(client, run_id);
    const char *found = client_show(client, history->count, history->events);
    struct tl_error error;

    if (tl_history_check(history, &error) != TL_OK) {
        print_error("the history is not one: %s\n", error.message);
        _fail(file, line);
    }
    tl_history_unref(history);
    if (strcmp(found, expected) != 0) {
        print_error("expected:\n%sfound:\n%s", expected, found);
        _fail(file, line);
    }
}

static const char *data_of(struct service_client *client, const Pb__Payload *value)
{
    return client_text(client, "%.*s", (int)value->data.len, (const char *)value->data.data);
}

const char *client_memo_value(struct service_client *client, const Pb__Memo *memo, const char *name)
{
    for (size_t i = 0; memo != NULL && i < memo->n_fields; i++) {
        if (strcmp(memo->fields[i]->key, name) == 0) {
            return data_of(client, memo->fields[i]->value);
        }
    }
    return "";
}

static const Pb__Payload *find_attribute(const Pb__SearchAttributes *attributes, const char *name)
{
    for (size_t i = 0; attributes != NULL && i < attributes->n_indexed_fields; i++) {
        if (strcmp(attributes->indexed_fields[i]->key, name) == 0) {
            return attributes->indexed_fields[i]->value;
        }
    }
    return NULL;
}

const char *
client_attribute_value(struct service_client *client, const Pb__SearchAttributes *attributes, const char *name)
{
    const Pb__Payload *value = find_attribute(attributes, name);

    return value == NULL ? "" : data_of(client, value);
}

const char *
client_attribute_type(struct service_client *client, const Pb__SearchAttributes *attributes, const char *name)
{
    const Pb__Payload *value = find_attribute(attributes, name);

    for (size_t i = 0; value != NULL && i < value->n_metadata; i++) {
        if (strcmp(value->metadata[i]->key, "type") == 0) {
            const ProtobufCBinaryData *type = &value->metadata[i]->value;
            return client_text(client, "%.*s", (int)type->len, (const char *)type->data);
        }
    }
    return "";
}
