/* SPDX-License-Identifier: MIT */
/* Two histories compared event by event; what may differ stands in history_scrub.def. */
#define PROTOBUF_C__NO_DEPRECATED /* old fields are scrubbed too */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/event.h"
#include "model/history.h"
#include "model/json_writer.h"
#include "model/message_difference.h"
#include "model/schema.h"
#include "model/schema_index.h"

/* How much of a value is told. */
#define VALUE_SHOWN 100

struct scrub {
    uint16_t type;
    uint16_t offset;
};

static const struct scrub scrubs[] = {
#define SCRUB(message, lower, field, why) {SCHEMA_pb__##lower, offsetof(Pb__##message, field)},
#include "model/history_scrub.def"
#undef SCRUB
};

/* Asked only about fields that differ, so that a list will do. */
bool history_may_differ(
    const struct message_difference *found, const struct schema_message *type, const struct schema_field *field)
{
    (void)found;

    size_t index = (size_t)(type - schema_messages);

    for (size_t i = 0; i < COUNT_OF(scrubs); i++) {
        if (scrubs[i].type == index && scrubs[i].offset == field->offset) {
            return true;
        }
    }
    return false;
}

/* ---- Saying what differs ---- */

/* Bytes that are text are told as such: payloads mostly hold JSON. */
static bool is_readable(const ProtobufCBinaryData *bytes)
{
    for (size_t i = 0; i < bytes->len; i++) {
        if (bytes->data[i] < 0x20) {
            return false;
        }
    }
    return text_utf8_valid_prefix(bytes->data, bytes->len) == bytes->len;
}

static void add_value(struct json_writer *writer, const struct schema_field *field, const void *value)
{
    const ProtobufCBinaryData *bytes = value;

    if (field->type == PROTOBUF_C_TYPE_BYTES && is_readable(bytes)) {
        (void)json_write_string(writer, (const char *)bytes->data, bytes->len, NULL);
    } else {
        (void)json_write_value(writer, field, value, NULL);
    }
}

/* Cuts a long value between two characters. */
static const char *shortened(struct text *text)
{
    if (text->len > VALUE_SHOWN) {
        text->len = text_utf8_valid_prefix(text->data, VALUE_SHOWN);
        text->data[text->len] = '\0';
        text_add(text, "...");
    }
    return text->data;
}

static const char *value_text(struct arena *arena, const struct message_difference *difference, const void *value)
{
    struct text text;
    struct json_writer writer = {.text = &text};

    text_init(&text, arena);
    if (value == NULL || difference->field == NULL) {
        text_add(&text, "nothing");
    } else if (difference->is_whole) {
        size_t count = schema_count_of(value, difference->field);

        text_format(&text, "%zu element%s", count, count == 1 ? "" : "s");
    } else {
        add_value(&writer, difference->field, value);
    }
    return shortened(&text);
}

/* The path within the attributes: which event it is has been said. */
static const char *short_path(const Pb__HistoryEvent *event, const char *path)
{
    const char *dot = strchr(path, '.');

    return dot != NULL && event_attributes(event) != NULL && strstr(path, "_event_attributes.") != NULL &&
                   strstr(path, "_event_attributes.") < dot
               ? dot + 1
               : path;
}

static enum tl_status tell_difference(
    struct arena *arena, size_t index, const Pb__HistoryEvent *event, const struct message_difference *difference,
    struct tl_error *error)
{
    char name[EVENT_TYPE_NAME_SIZE];
    const char *field = arena_format(arena, "events[%zu].%s", index, difference->path);
    const char *path = short_path(event, difference->path);

    return tl_error_set(
        error,
        TL_FAILED,
        field,
        "event %lld %s: %s: expected %s, found %s",
        (long long)event->event_id,
        event_type_name((int)event->event_type, name, sizeof(name)),
        path,
        value_text(arena, difference, difference->left),
        value_text(arena, difference, difference->right));
}

static enum tl_status
tell_types(size_t index, const Pb__HistoryEvent *expected, const Pb__HistoryEvent *found, struct tl_error *error)
{
    char left[EVENT_TYPE_NAME_SIZE];
    char right[EVENT_TYPE_NAME_SIZE];
    char field[64];

    (void)snprintf(field, sizeof(field), "events[%zu].event_type", index);
    return tl_error_set(
        error,
        TL_FAILED,
        field,
        "event %lld: expected %s, found %s",
        (long long)expected->event_id,
        event_type_name((int)expected->event_type, left, sizeof(left)),
        event_type_name((int)found->event_type, right, sizeof(right)));
}

static enum tl_status
tell_counts(const struct tl_history *expected, const struct tl_history *found, struct tl_error *error)
{
    const struct tl_history *longer = expected->count > found->count ? expected : found;
    const Pb__HistoryEvent *event = longer->events[expected->count > found->count ? found->count : expected->count];
    char name[EVENT_TYPE_NAME_SIZE];

    return tl_error_set(
        error,
        TL_FAILED,
        "events",
        "expected %zu events, found %zu: event %lld %s is %s",
        expected->count,
        found->count,
        (long long)event->event_id,
        event_type_name((int)event->event_type, name, sizeof(name)),
        longer == expected ? "missing" : "one too many");
}

/* ---- Comparing ---- */

struct pair {
    const struct tl_history *expected;
    const struct tl_history *found;
    difference_allowed_fn *allowed;
    void *user;
};

static enum tl_status compare_event(struct arena *arena, const struct pair *pair, size_t index, struct tl_error *error)
{
    const Pb__HistoryEvent *expected = pair->expected->events[index];
    const Pb__HistoryEvent *found = pair->found->events[index];
    struct message_difference difference = {.allowed = pair->allowed, .user = pair->user};

    if (expected->event_type != found->event_type) {
        return tell_types(index, expected, found, error);
    }
    if (!message_find_difference(expected, found, &difference)) {
        return tell_difference(arena, index, expected, &difference, error);
    }
    return TL_OK;
}

static enum tl_status compare(struct arena *arena, void *user, struct tl_error *error)
{
    const struct pair *pair = user;
    size_t count = pair->expected->count < pair->found->count ? pair->expected->count : pair->found->count;

    for (size_t i = 0; i < count; i++) {
        enum tl_status status = compare_event(arena, pair, i, error);

        if (status != TL_OK) {
            return status;
        }
    }
    return pair->expected->count == pair->found->count ? TL_OK : tell_counts(pair->expected, pair->found, error);
}

enum tl_status history_compare_allowing(
    const struct tl_history *expected, const struct tl_history *found, difference_allowed_fn *allowed, void *user,
    struct tl_error *error)
{
    struct pair pair = {expected, found, allowed, user};

    return history_with_arena(expected->allocator, compare, &pair, error);
}

enum tl_status
tl_history_compare(const struct tl_history *expected, const struct tl_history *found, struct tl_error *error)
{
    return history_compare_allowing(expected, found, history_may_differ, NULL, error);
}
