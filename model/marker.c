/* SPDX-License-Identifier: MIT */
#include "model/marker.h"

#include <stdio.h>
#include <string.h>
#include <timelapse/json.h>

#include "base/check.h"
#include "model/json.h"

#define KEY_CHANGE     "change-id"
#define KEY_VERSION    "version"
#define KEY_UPDATED    "version-search-attribute-updated"
#define KEY_PATCH      "patch-data"
#define KEY_PATCH_ID   "patch_id" /* the older form: both plain bytes */
#define KEY_DEPRECATED "deprecated"
#define KEY_EFFECT     "side-effect-id"
#define KEY_DATA       "data"
#define KEY_CALL       "mutable-side-effect-call-counter"

static const char *const marker_names[] = {"", "Version", "core_patch", "SideEffect", "MutableSideEffect"};

/* ---- Reading ---- */

struct reading {
    struct arena *arena;
    const Pb__MarkerRecordedEventAttributes *attributes;
    struct tl_error *error;
};

static const Pb__Payloads *find(const struct reading *reading, const char *key)
{
    for (size_t i = 0; i < reading->attributes->n_details; i++) {
        if (strcmp(reading->attributes->details[i]->key, key) == 0) {
            return reading->attributes->details[i]->value;
        }
    }
    return NULL;
}

static enum tl_status malformed(const struct reading *reading, const char *key, const char *what)
{
    char field[64];

    (void)snprintf(field, sizeof field, "details[%s]", key);
    return tl_error_set(
        reading->error, TL_MALFORMED, field, "of marker %.60s %s", reading->attributes->marker_name, what);
}

/* The payload at `index` of the detail `key`. */
static enum tl_status get(const struct reading *reading, const char *key, size_t index, struct tl_payload *out_payload)
{
    const Pb__Payloads *payloads = find(reading, key);

    if (payloads == NULL || payloads->n_payloads <= index) {
        return malformed(reading, key, "is missing");
    }
    *out_payload = pb_payload_view(reading->arena, payloads->payloads[index]);
    return TL_OK;
}

static enum tl_status get_int(const struct reading *reading, const char *key, int64_t *out_number)
{
    struct tl_payload payload = {{NULL, 0}, NULL, 0};
    enum tl_status status = get(reading, key, 0, &payload);

    if (status == TL_OK && tl_json_get_int(&payload, NULL, out_number, NULL) != TL_OK) {
        status = malformed(reading, key, "is not a whole number");
    }
    return status;
}

static enum tl_status get_text(const struct reading *reading, const char *key, const char *path, const char **out_text)
{
    struct tl_payload payload = {{NULL, 0}, NULL, 0};
    enum tl_status status = get(reading, key, 0, &payload);

    if (status == TL_OK) {
        size_t size = payload.data.len + 1; /* what is decoded is never longer */
        char *text = arena_alloc(reading->arena, size);
        if (tl_json_get_string(&payload, path, text, size, NULL) != TL_OK) {
            return malformed(reading, key, "is not a text");
        }
        *out_text = text;
    }
    return status;
}

static enum tl_status read_version(const struct reading *reading, struct marker *marker)
{
    enum tl_status status = get_text(reading, KEY_CHANGE, NULL, &marker->id);
    struct tl_payload updated = {{NULL, 0}, NULL, 0};
    int truth = 1; /* markers from before the attribute was limited do not tell: it was */

    if (status == TL_OK) {
        status = get_int(reading, KEY_VERSION, &marker->number);
    }
    if (status == TL_OK && find(reading, KEY_UPDATED) != NULL) {
        status = get(reading, KEY_UPDATED, 0, &updated);
        if (status == TL_OK && tl_json_get_bool(&updated, NULL, &truth, NULL) != TL_OK) {
            status = malformed(reading, KEY_UPDATED, "is neither true nor false");
        }
    }
    marker->upserts = truth != 0;
    return status;
}

static enum tl_status read_old_patch(const struct reading *reading, struct marker *marker)
{
    struct tl_payload id = {{NULL, 0}, NULL, 0};
    struct tl_payload deprecated = {{NULL, 0}, NULL, 0};
    enum tl_status status = get(reading, KEY_PATCH_ID, 0, &id);

    if (status != TL_OK) {
        return malformed(reading, KEY_PATCH, "is missing");
    }
    status = get(reading, KEY_DEPRECATED, 0, &deprecated);
    if (status == TL_OK) {
        marker->id = arena_strndup(reading->arena, (const char *)id.data.data, id.data.len);
        marker->deprecated = deprecated.data.len > 0 && deprecated.data.data[0] != 0;
    }
    return status;
}

static enum tl_status read_patch(const struct reading *reading, struct marker *marker)
{
    struct tl_payload data = {{NULL, 0}, NULL, 0};
    int deprecated = 0;

    marker->upserts = true;
    if (find(reading, KEY_PATCH) == NULL) {
        return read_old_patch(reading, marker);
    }
    enum tl_status status = get_text(reading, KEY_PATCH, "id", &marker->id);
    if (status == TL_OK) {
        status = get(reading, KEY_PATCH, 0, &data);
    }
    if (status == TL_OK && tl_json_get_bool(&data, "deprecated", &deprecated, NULL) != TL_OK) {
        status = malformed(reading, KEY_PATCH, "does not tell whether it is deprecated");
    }
    marker->deprecated = deprecated != 0;
    return status;
}

static enum tl_status read_effect(const struct reading *reading, struct marker *marker)
{
    enum tl_status status = get_int(reading, KEY_EFFECT, &marker->number);

    return status == TL_OK ? get(reading, KEY_DATA, 0, &marker->value) : status;
}

/* The value travels as Payloads in JSON, behind the id. */
static enum tl_status unwrap(const struct reading *reading, struct marker *marker)
{
    struct tl_payload wrapped = {{NULL, 0}, NULL, 0};
    void *message = NULL;
    enum tl_status status = get(reading, KEY_DATA, 1, &wrapped);

    if (status != TL_OK) {
        return status;
    }
    status = json_read(reading->arena, &pb__payloads__descriptor, wrapped.data, NULL, &message, NULL);
    if (status != TL_OK || ((const Pb__Payloads *)message)->n_payloads != 1) {
        return malformed(reading, KEY_DATA, "does not hold a value");
    }
    marker->value = pb_payload_view(reading->arena, ((const Pb__Payloads *)message)->payloads[0]);
    return TL_OK;
}

static enum tl_status read_mutable(const struct reading *reading, struct marker *marker)
{
    enum tl_status status = get_text(reading, KEY_DATA, NULL, &marker->id);

    if (status == TL_OK) {
        status = get_int(reading, KEY_CALL, &marker->number);
    }
    return status == TL_OK ? unwrap(reading, marker) : status;
}

static enum marker_kind kind_of(const char *name)
{
    for (unsigned kind = MARKER_VERSION; kind <= MARKER_MUTABLE_SIDE_EFFECT; kind++) {
        if (strcmp(name, marker_names[kind]) == 0) {
            return (enum marker_kind)kind;
        }
    }
    return MARKER_OTHER;
}

enum tl_status marker_read(
    struct arena *arena, const Pb__MarkerRecordedEventAttributes *attributes, struct marker *out,
    struct tl_error *error)
{
    const struct reading reading = {.arena = arena, .attributes = attributes, .error = error};
    struct marker marker = {.kind = kind_of(attributes->marker_name), .id = ""};
    enum tl_status status = TL_OK;

    switch (marker.kind) {
    case MARKER_OTHER:
        break;
    case MARKER_VERSION:
        status = read_version(&reading, &marker);
        break;
    case MARKER_PATCH:
        status = read_patch(&reading, &marker);
        break;
    case MARKER_SIDE_EFFECT:
        status = read_effect(&reading, &marker);
        break;
    case MARKER_MUTABLE_SIDE_EFFECT:
        status = read_mutable(&reading, &marker);
        break;
    }
    if (status == TL_OK) {
        *out = marker;
    }
    return status;
}

/* ---- Writing ---- */

struct writing {
    struct arena *arena;
    Pb__RecordMarkerCommandAttributes *attributes;
};

#define MOST_DETAILS 3

static void put(const struct writing *writing, const char *key, const struct tl_payload *values, size_t count)
{
    Pb__RecordMarkerCommandAttributes *attributes = writing->attributes;
    Pb__RecordMarkerCommandAttributes__DetailsEntry *entry = PB_NEW(
        writing->arena,
        Pb__RecordMarkerCommandAttributes__DetailsEntry,
        pb__record_marker_command_attributes__details_entry);

    entry->key = (char *)(uintptr_t)key;
    entry->value = pb_payloads(writing->arena, &(const struct tl_payloads){values, count});
    attributes->details[attributes->n_details++] = entry;
}

static struct tl_payload json_text(struct arena *arena, const char *text)
{
    size_t size = tl_json_quote(text, NULL, 0) + 1;
    char *json = arena_alloc(arena, size);

    (void)tl_json_quote(text, json, size);
    return tl_payload_json(json);
}

static void put_text(const struct writing *writing, const char *key, const char *text)
{
    const struct tl_payload payload = json_text(writing->arena, text);

    put(writing, key, &payload, 1);
}

static void put_number(const struct writing *writing, const char *key, int64_t number)
{
    const struct tl_payload payload = tl_payload_json(arena_format(writing->arena, "%lld", (long long)number));

    put(writing, key, &payload, 1);
}

/* What is updated is not told, as the Go SDK does: that was so before it could be otherwise. */
static void write_version(const struct writing *writing, const struct marker *marker)
{
    const struct tl_payload no = tl_payload_json("false");

    put_text(writing, KEY_CHANGE, marker->id);
    put_number(writing, KEY_VERSION, marker->number);
    if (!marker->upserts) {
        put(writing, KEY_UPDATED, &no, 1);
    }
}

static void write_patch(const struct writing *writing, const struct marker *marker)
{
    const struct tl_payload id = json_text(writing->arena, marker->id);
    const struct tl_payload data = tl_payload_json(arena_format(
        writing->arena,
        "{\"id\":%s,\"deprecated\":%s}",
        (const char *)id.data.data,
        marker->deprecated ? "true" : "false"));

    put(writing, KEY_PATCH, &data, 1);
}

/* Payloads in JSON, as the Go SDK's converter writes a message. */
static struct tl_payload wrap(struct arena *arena, const struct tl_payload *value)
{
    static const struct tl_metadata metadata[] = {
        {"encoding", {(const uint8_t *)"json/protobuf", sizeof "json/protobuf" - 1}},
        {"messageType",
         {(const uint8_t *)"temporal.api.common.v1.Payloads", sizeof "temporal.api.common.v1.Payloads" - 1}},
    };
    struct text text;

    text_init(&text, arena);
    CHECK(json_write(&text, pb_payloads(arena, &(const struct tl_payloads){value, 1}), 0, NULL) == TL_OK);
    return (struct tl_payload){{(const uint8_t *)text.data, text.len}, metadata, COUNT_OF(metadata)};
}

/* The id that is told is made a marker's own by the call; the Go SDK makes it so by an event id. */
static void write_mutable(const struct writing *writing, const struct marker *marker)
{
    const struct tl_payload data[] = {json_text(writing->arena, marker->id), wrap(writing->arena, &marker->value)};

    put_text(writing, KEY_EFFECT, arena_format(writing->arena, "%s_%lld", marker->id, (long long)marker->number));
    put(writing, KEY_DATA, data, COUNT_OF(data));
    put_number(writing, KEY_CALL, marker->number);
}

Pb__RecordMarkerCommandAttributes *marker_write(struct arena *arena, const struct marker *marker)
{
    Pb__RecordMarkerCommandAttributes *attributes =
        PB_NEW(arena, Pb__RecordMarkerCommandAttributes, pb__record_marker_command_attributes);
    const struct writing writing = {.arena = arena, .attributes = attributes};

    attributes->marker_name = (char *)(uintptr_t)marker_names[marker->kind];
    attributes->details = ARENA_ARRAY(arena, Pb__RecordMarkerCommandAttributes__DetailsEntry *, MOST_DETAILS);
    switch (marker->kind) {
    case MARKER_OTHER:
        break;
    case MARKER_VERSION:
        write_version(&writing, marker);
        break;
    case MARKER_PATCH:
        write_patch(&writing, marker);
        break;
    case MARKER_SIDE_EFFECT:
        put_number(&writing, KEY_EFFECT, marker->number);
        put(&writing, KEY_DATA, &marker->value, 1);
        break;
    case MARKER_MUTABLE_SIDE_EFFECT:
        write_mutable(&writing, marker);
        break;
    }
    return attributes;
}

void marker_describe(const struct marker *marker, struct text *text)
{
    switch (marker->kind) {
    case MARKER_OTHER:
        text_add(text, "a marker");
        return;
    case MARKER_VERSION:
        text_format(text, "version %.100s (%lld)", marker->id, (long long)marker->number);
        return;
    case MARKER_PATCH:
        text_format(text, "%spatch %.100s", marker->deprecated ? "deprecated " : "", marker->id);
        return;
    case MARKER_SIDE_EFFECT:
        text_format(text, "side effect %lld", (long long)marker->number);
        return;
    case MARKER_MUTABLE_SIDE_EFFECT:
        text_format(text, "mutable side effect %.100s (call %lld)", marker->id, (long long)marker->number);
        return;
    }
}
