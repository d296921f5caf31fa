/* SPDX-License-Identifier: MIT */
#include "tests/lib/history_markers.h"

#include "tests/lib/history_changes.h"

#define MOST_DETAILS 4

Pb__HistoryEvent *builder_marker(struct history_builder *builder, const char *name)
{
    Pb__HistoryEvent *event = builder_event(builder, EVENT_TYPE_MARKER_RECORDED);
    Pb__MarkerRecordedEventAttributes *attributes =
        PB_NEW(&builder->arena, Pb__MarkerRecordedEventAttributes, pb__marker_recorded_event_attributes);

    event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_MARKER_RECORDED_EVENT_ATTRIBUTES;
    event->marker_recorded_event_attributes = attributes;
    attributes->marker_name = arena_strdup(&builder->arena, name);
    attributes->workflow_task_completed_event_id = builder->completed;
    attributes->details = ARENA_ARRAY(&builder->arena, Pb__MarkerRecordedEventAttributes__DetailsEntry *, MOST_DETAILS);
    return event;
}

static Pb__MarkerRecordedEventAttributes__DetailsEntry *
add_detail(struct history_builder *builder, Pb__HistoryEvent *event, const char *key)
{
    Pb__MarkerRecordedEventAttributes *attributes = event->marker_recorded_event_attributes;
    Pb__MarkerRecordedEventAttributes__DetailsEntry *entry = PB_NEW(
        &builder->arena,
        Pb__MarkerRecordedEventAttributes__DetailsEntry,
        pb__marker_recorded_event_attributes__details_entry);

    entry->key = arena_strdup(&builder->arena, key);
    attributes->details[attributes->n_details++] = entry;
    return entry;
}

void builder_marker_detail(struct history_builder *builder, Pb__HistoryEvent *event, const char *key, const char *json)
{
    struct tl_payload value = tl_payload_json(json);

    add_detail(builder, event, key)->value = pb_payloads(&builder->arena, &(struct tl_payloads){&value, 1});
}

static void list_versions(struct history_builder *builder, const char *listed)
{
    if (listed != NULL) {
        builder_search_attribute(builder, "TemporalChangeVersion", listed, "KeywordList");
    }
}

void builder_version(struct history_builder *builder, const char *id_json, const char *version, const char *listed)
{
    Pb__HistoryEvent *event = builder_marker(builder, "Version");

    builder_marker_detail(builder, event, "change-id", id_json);
    builder_marker_detail(builder, event, "version", version);
    if (listed == NULL) {
        builder_marker_detail(builder, event, "version-search-attribute-updated", "false");
    }
    list_versions(builder, listed);
}

void builder_patch(struct history_builder *builder, const char *data_json, const char *listed)
{
    builder_marker_detail(builder, builder_marker(builder, "core_patch"), "patch-data", data_json);
    list_versions(builder, listed);
}

void builder_side_effect(struct history_builder *builder, const char *number, const char *json)
{
    Pb__HistoryEvent *event = builder_marker(builder, "SideEffect");

    builder_marker_detail(builder, event, "side-effect-id", number);
    builder_marker_detail(builder, event, "data", json);
}

void builder_mutable(struct history_builder *builder, const char *id_json, const char *call, const char *base64)
{
    struct arena *arena = &builder->arena;
    Pb__HistoryEvent *event = builder_marker(builder, "MutableSideEffect");
    const struct tl_payload data[] = {
        tl_payload_json(id_json),
        tl_payload_json(arena_format(
            arena, "{\"payloads\":[{\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"},\"data\":\"%s\"}]}", base64)),
    };

    builder_marker_detail(builder, event, "side-effect-id", id_json);
    add_detail(builder, event, "data")->value = pb_payloads(arena, &(struct tl_payloads){data, 2});
    builder_marker_detail(builder, event, "mutable-side-effect-call-counter", call);
}
