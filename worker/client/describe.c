/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <timelapse/describe.h>
#include <timelapse/json.h>

#include "model/message.h"
#include "model/search_attribute.h"
#include "worker/client/client_private.h"
#include "worker/registry/priority.h"
#include "worker/registry/registry.h"

/* ---- Reading the answer ---- */

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

/* User metadata is a JSON string; anything else is none. */
static const char *words_of(struct arena *arena, const Pb__Payload *payload)
{
    if (payload == NULL) {
        return "";
    }
    struct tl_payload view = pb_payload_view(arena, payload);
    char *words = arena_alloc(arena, view.data.len + 1);

    return tl_json_get_string(&view, NULL, words, view.data.len + 1, NULL) == TL_OK ? words : "";
}

/* Room in the order of the keys, behind the count that are there: a run has few. */
static struct tl_field *field_place(struct tl_field *fields, size_t count, const char *key)
{
    while (count > 0 && strcmp(fields[count - 1].key, key) > 0) {
        fields[count] = fields[count - 1];
        count--;
    }
    return &fields[count];
}

static void read_memo(struct arena *arena, const Pb__Memo *memo, struct tl_description *out)
{
    size_t count = memo == NULL ? 0 : memo->n_fields;
    struct tl_field *fields = ARENA_ARRAY(arena, struct tl_field, count);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const Pb__Memo__FieldsEntry *entry = memo->fields[i];
        if (entry->value != NULL) {
            *field_place(fields, kept, entry->key) =
                (struct tl_field){entry->key, pb_payload_view(arena, entry->value)};
            kept++;
        }
    }
    out->memo = fields;
    out->memo_count = kept;
}

static struct tl_search_attribute *
attribute_place(struct tl_search_attribute *attributes, size_t count, const char *name)
{
    while (count > 0 && strcmp(attributes[count - 1].name, name) > 0) {
        attributes[count] = attributes[count - 1];
        count--;
    }
    return &attributes[count];
}

static void read_attributes(struct arena *arena, const Pb__SearchAttributes *message, struct tl_description *out)
{
    size_t count = message == NULL ? 0 : message->n_indexed_fields;
    struct tl_search_attribute *attributes = ARENA_ARRAY(arena, struct tl_search_attribute, count);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const Pb__SearchAttributes__IndexedFieldsEntry *entry = message->indexed_fields[i];
        const struct tl_search_attribute *view = search_attribute_view(arena, entry->key, entry->value);
        if (view != NULL) {
            *attribute_place(attributes, kept, view->name) = *view;
            kept++;
        }
    }
    out->search_attributes = attributes;
    out->search_attribute_count = kept;
}

void description_of_run(
    struct arena *arena, const Pb__Workflow__WorkflowExecutionInfo *info, struct tl_description *out)
{
    const Pb__WorkflowExecution *execution = info->execution;

    *out = (struct tl_description){.summary = "", .details = ""};
    out->status = (enum tl_run_status)info->status;
    out->workflow_id = text_of(execution == NULL ? NULL : execution->workflow_id);
    out->run_id = text_of(execution == NULL ? NULL : execution->run_id);
    out->first_run_id = text_of(info->first_run_id);
    out->workflow_type = text_of(info->type == NULL ? NULL : info->type->name);
    out->task_queue = text_of(info->task_queue);
    out->started_at = pb_time(info->start_time);
    out->executed_at = pb_time(info->execution_time);
    out->closed_at = info->close_time == NULL ? TL_NEVER : pb_time(info->close_time);
    out->history_length = info->history_length;
    out->history_size = info->history_size_bytes;
    out->priority = priority_view(info->priority);
    read_memo(arena, info->memo, out);
    read_attributes(arena, info->search_attributes, out);
}

static void
read_all(struct arena *arena, const Pb__DescribeWorkflowExecutionResponse *response, struct tl_description *out)
{
    const Pb__Workflow__WorkflowExecutionConfig *config = response->execution_config;
    const Pb__UserMetadata *metadata = config == NULL ? NULL : config->user_metadata;
    const Pb__Workflow__WorkflowExecutionExtendedInfo *extended = response->workflow_extended_info;

    description_of_run(arena, response->workflow_execution_info, out);
    out->cancel_requested = extended != NULL && extended->cancel_requested;
    out->pending_activities = response->n_pending_activities;
    out->summary = words_of(arena, metadata == NULL ? NULL : metadata->summary);
    out->details = words_of(arena, metadata == NULL ? NULL : metadata->details);
}

/* ---- Asking ---- */

struct describing {
    struct tl_handle *handle;
    struct tl_description description;
};

/* The answer outlives its reply in the handle's memory. */
static enum tl_status keep(struct asking *asking, struct describing *describing)
{
    const struct tl_registry *registry = asking->client->registry;
    struct arena *arena = &describing->handle->description;
    enum tl_status status = TL_OK;

    arena_reset(arena);
    Pb__DescribeWorkflowExecutionResponse *response = message_clone(arena, asking_response(asking));
    if (response->workflow_execution_info == NULL) {
        return tl_error_set(
            asking->error,
            TL_MALFORMED,
            "workflow_execution_info",
            "the service describes a run without telling of it");
    }
    if (registry != NULL) {
        status = registry_decode(registry, arena, response, asking->error);
    }
    if (status == TL_OK) {
        read_all(arena, response, &describing->description);
    }
    return status;
}

static enum tl_status describe(struct asking *asking, void *user)
{
    struct describing *describing = user;
    struct arena *arena = asking->arena;
    Pb__DescribeWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);

    request->namespace_ = asking->client->name_space;
    request->execution = handle_target(describing->handle, arena);
    enum tl_status status = asking_ask(asking, RPC_DescribeWorkflowExecution, request, 0);
    return status == TL_OK ? keep(asking, describing) : status;
}

enum tl_status tl_handle_describe(struct tl_handle *handle, struct tl_description *out, struct tl_error *error)
{
    struct describing describing = {.handle = handle};
    enum tl_status status = asking_run(handle->client, error, describe, &describing);

    if (status == TL_OK) {
        *out = describing.description;
    }
    return status;
}
