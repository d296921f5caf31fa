/* SPDX-License-Identifier: MIT */
#include "tests/lib/history_changes.h"

#define ATTRIBUTES(builder, event, Type, lower, member, CASE)                                                          \
    ((event)->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_##CASE##_EVENT_ATTRIBUTES,                               \
     (event)->member = PB_NEW(&(builder)->arena, Type, lower))

int64_t builder_search_attribute(struct history_builder *builder, const char *name, const char *json, const char *type)
{
    struct arena *arena = &builder->arena;
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);
    Pb__UpsertWorkflowSearchAttributesEventAttributes *upserted = ATTRIBUTES(
        builder,
        event,
        Pb__UpsertWorkflowSearchAttributesEventAttributes,
        pb__upsert_workflow_search_attributes_event_attributes,
        upsert_workflow_search_attributes_event_attributes,
        UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);
    const struct tl_metadata metadata[] = {
        {"encoding", tl_bytes_of("json/plain")},
        {"type", tl_bytes_of(type)},
    };
    const struct tl_payload value = {tl_bytes_of(json), metadata, 2};
    Pb__SearchAttributes__IndexedFieldsEntry *entry =
        PB_NEW(arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);

    entry->key = arena_strdup(arena, name);
    entry->value = pb_payload(arena, &value);
    upserted->search_attributes = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);
    upserted->search_attributes->n_indexed_fields = 1;
    upserted->search_attributes->indexed_fields = arena_copy(arena, &entry, sizeof entry);
    upserted->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

int64_t builder_memo(struct history_builder *builder, const char *key, const char *json)
{
    struct arena *arena = &builder->arena;
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED);
    Pb__WorkflowPropertiesModifiedEventAttributes *modified = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowPropertiesModifiedEventAttributes,
        pb__workflow_properties_modified_event_attributes,
        workflow_properties_modified_event_attributes,
        WORKFLOW_PROPERTIES_MODIFIED);
    struct tl_payload value = tl_payload_json(json);
    Pb__Memo__FieldsEntry *entry = PB_NEW(arena, Pb__Memo__FieldsEntry, pb__memo__fields_entry);

    entry->key = arena_strdup(arena, key);
    entry->value = pb_payload(arena, &value);
    modified->upserted_memo = PB_NEW(arena, Pb__Memo, pb__memo);
    modified->upserted_memo->n_fields = 1;
    modified->upserted_memo->fields = arena_copy(arena, &entry, sizeof entry);
    modified->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}

int64_t builder_continued(struct history_builder *builder, const char *workflow_type, const char *input_json)
{
    struct arena *arena = &builder->arena;
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW);
    Pb__WorkflowExecutionContinuedAsNewEventAttributes *continued = ATTRIBUTES(
        builder,
        event,
        Pb__WorkflowExecutionContinuedAsNewEventAttributes,
        pb__workflow_execution_continued_as_new_event_attributes,
        workflow_execution_continued_as_new_event_attributes,
        WORKFLOW_EXECUTION_CONTINUED_AS_NEW);
    struct tl_payload input = tl_payload_json(input_json);

    continued->new_execution_run_id = arena_strdup(arena, "run-2");
    continued->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    continued->workflow_type->name = arena_strdup(arena, workflow_type);
    continued->task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    continued->task_queue->name = arena_strdup(arena, "queue");
    continued->input = input_json == NULL ? NULL : pb_payloads(arena, TL_ARGS(input));
    continued->workflow_task_completed_event_id = builder->completed;
    return event->event_id;
}
