/* SPDX-License-Identifier: MIT */
/* A timeline: one line an event. What is told of which event stands in history_show.def. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/event.h"
#include "model/failure.h"
#include "model/history.h"
#include "model/json_writer.h"
#include "model/map_order.h"
#include "model/schema.h"
#include "model/schema_index.h"

/* How much of a value is told. */
#define VALUE_SHOWN 80

/* Columns: the widest names that are common. */
#define NAME_WIDTH 30
#define TIME_WIDTH 14

static const char *const shown[] = {
#define SHOW(type, what) [EVENT_TYPE_##type] = what,
#include "model/history_show.def"
#undef SHOW
};

/* A field's value, found by its path. */
struct found {
    const struct schema_field *field;
    const void *value; /* NULL: not set */
};

/* ---- Finding ---- */

static struct found find_here(const ProtobufCMessage *message, const char *name, size_t len)
{
    const struct schema_message *type = schema_of(message->descriptor);
    const struct schema_field *field = schema_field_by_name(type, name, len);
    struct found found = {field, NULL};

    CHECK(field != NULL && (field->flags & SCHEMA_REPEATED) == 0);
    if ((field->flags & SCHEMA_ONEOF) != 0 && schema_case_of(message, field) != field->number) {
        return found;
    }
    if (schema_is_set(field, message)) {
        found.value = schema_const_slot(message, field);
    }
    return found;
}

/* path: names with dots between, `len` characters. */
static struct found find_value(const ProtobufCMessage *message, const char *path, size_t len)
{
    const char *dot;
    struct found found = {NULL, NULL};

    while (message != NULL && (dot = memchr(path, '.', len)) != NULL) {
        found = find_here(message, path, (size_t)(dot - path));
        message = found.value == NULL ? NULL : *(ProtobufCMessage *const *)found.value;
        len -= (size_t)(dot + 1 - path);
        path = dot + 1;
    }
    return message == NULL ? (struct found){NULL, NULL} : find_here(message, path, len);
}

/* The attributes of the event's origin, or NULL: the history may be none that a server could have written. */
static const ProtobufCMessage *origin_attributes(const struct tl_history *history, const Pb__HistoryEvent *event)
{
    int64_t id = event_origin(event);

    if (id < 1 || (uint64_t)id > history->count) {
        return NULL;
    }
    const Pb__HistoryEvent *origin = history->events[id - 1];

    if (origin->event_id != id || (int)origin->event_type != event_origin_type((int)event->event_type) ||
        !event_is_whole(origin)) {
        return NULL;
    }
    return event_attributes(origin);
}

/* ---- Telling values ---- */

/* Text from outside, in one line, cut between two characters when it is long. */
static void add_cut(struct text *text, const char *string, size_t len)
{
    size_t kept = len > VALUE_SHOWN ? text_utf8_valid_prefix(string, VALUE_SHOWN) : len;
    size_t start = text->len;

    text_add_bytes(text, string, kept);
    for (size_t i = start; i < text->len; i++) {
        if ((unsigned char)text->data[i] < 0x20 || text->data[i] == 0x7F) {
            text->data[i] = ' ';
        }
    }
    if (kept < len) {
        text_add(text, "...");
    }
}

static void add_payload(struct text *text, const Pb__Payload *payload)
{
    struct tl_payload view = pb_payload_view(text->arena, payload);
    struct tl_bytes encoding = tl_payload_metadata(&view, "encoding");

    if (tl_payload_is(&view, "json/plain") || tl_payload_is(&view, "json/protobuf")) {
        if (text_utf8_valid_prefix(view.data.data, view.data.len) == view.data.len) {
            add_cut(text, (const char *)view.data.data, view.data.len);
            return;
        }
    }
    if (tl_payload_is(&view, "binary/null")) {
        text_add(text, "null");
        return;
    }
    text_add_char(text, '<');
    if (text_utf8_valid_prefix(encoding.data, encoding.len) == encoding.len) {
        add_cut(text, (const char *)encoding.data, encoding.len);
    }
    text_format(text, "%s%zu bytes>", encoding.len > 0 ? ", " : "", view.data.len);
}

static void add_payloads(struct text *text, const Pb__Payloads *payloads)
{
    text_add_char(text, '(');
    for (size_t i = 0; i < payloads->n_payloads; i++) {
        text_add(text, i == 0 ? "" : ", ");
        add_payload(text, payloads->payloads[i]);
    }
    text_add_char(text, ')');
}

static void add_failure(struct text *text, const Pb__Failure *failure)
{
    const char *told = failure_text(text->arena, failure_view(text->arena, failure));

    add_cut(text, told, strlen(told));
}

/* A message that has no form of its own here is told as JSON. */
static void add_json(struct text *text, const struct schema_field *field, const void *value)
{
    struct text json;
    struct json_writer writer = {.text = &json};

    text_init(&json, text->arena);
    if (json_write_value(&writer, field, value, NULL)) {
        add_cut(text, json.data, json.len);
    }
}

static void add_entry(struct text *text, size_t index, const char *key, const Pb__Payload *payload)
{
    text_add(text, index == 0 ? "" : " ");
    add_cut(text, key, strlen(key));
    text_add_char(text, '=');
    if (payload != NULL) {
        add_payload(text, payload);
    }
}

/* By name: a server sends them in any order. */
static void add_attributes_set(struct text *text, const struct schema_field *field, const Pb__SearchAttributes *set)
{
    size_t count = set->n_indexed_fields;
    void *const *entries =
        map_in_order(text->arena, schema_field_at(schema_target(field), 0), (void *const *)set->indexed_fields, &count);

    for (size_t i = 0; i < count; i++) {
        const Pb__SearchAttributes__IndexedFieldsEntry *entry = entries[i];
        add_entry(text, i, entry->key, entry->value);
    }
}

static void add_memo(struct text *text, const struct schema_field *field, const Pb__Memo *memo)
{
    size_t count = memo->n_fields;
    void *const *entries =
        map_in_order(text->arena, schema_field_at(schema_target(field), 0), (void *const *)memo->fields, &count);

    for (size_t i = 0; i < count; i++) {
        const Pb__Memo__FieldsEntry *entry = entries[i];
        add_entry(text, i, entry->key, entry->value);
    }
}

static void add_message(struct text *text, const struct schema_field *field, const void *value)
{
    const void *message = *(void *const *)value;

    switch (field->target) {
    case SCHEMA_pb__payload:
        add_payload(text, message);
        break;
    case SCHEMA_pb__payloads:
        add_payloads(text, message);
        break;
    case SCHEMA_pb__failure:
        add_failure(text, message);
        break;
    case SCHEMA_pb__search_attributes:
        add_attributes_set(text, field, message);
        break;
    case SCHEMA_pb__memo:
        add_memo(text, field, message);
        break;
    case SCHEMA_pb__duration:
        text_add_duration(text, pb_nanoseconds(message));
        break;
    case SCHEMA_pb__timestamp:
        text_add_time(text, pb_time(message));
        break;
    default:
        add_json(text, field, value);
        break;
    }
}

static void add_value(struct text *text, const struct found *found)
{
    const struct schema_field *field = found->field;
    const struct schema_value *enumerator;
    const char *string;

    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        add_message(text, field, found->value);
        break;
    case PROTOBUF_C_TYPE_STRING:
        string = *(char *const *)found->value;
        add_cut(text, string, strlen(string));
        break;
    case PROTOBUF_C_TYPE_ENUM:
        enumerator = schema_value_by_number(field->target, *(const int32_t *)found->value);
        text_add(text, enumerator == NULL ? "unknown" : schema_text(enumerator->short_name));
        break;
    default:
        add_json(text, field, found->value);
        break;
    }
}

/* A timeout of 0 is none, and a first attempt is what one expects. */
static bool says_something(const struct found *found)
{
    const struct schema_field *field = found->field;

    if (found->value == NULL) {
        return false;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && field->target == SCHEMA_pb__duration) {
        return pb_nanoseconds(*(Pb__Duration *const *)found->value) != 0;
    }
    return strcmp(schema_text(field->name), "attempt") != 0 || *(const int32_t *)found->value > 1;
}

/* ---- Lines ---- */

/* One word of history_show.def: [label=][@]path. */
static void add_word(
    struct text *text, const struct tl_history *history, const Pb__HistoryEvent *event, const char *word, size_t len)
{
    const char *equals = memchr(word, '=', len);
    const char *path = equals == NULL ? word : equals + 1;
    bool of_origin = *path == '@';
    const ProtobufCMessage *message = of_origin ? origin_attributes(history, event) : event_attributes(event);

    path += of_origin;
    if (message == NULL) {
        return;
    }
    struct found found = find_value(message, path, len - (size_t)(path - word));

    if (says_something(&found)) {
        text_add_char(text, ' ');
        text_add_bytes(text, word, equals == NULL ? 0 : (size_t)(equals + 1 - word));
        add_value(text, &found);
    }
}

static void add_attributes(struct text *text, const struct tl_history *history, const Pb__HistoryEvent *event)
{
    int type = (int)event->event_type;
    const char *what =
        event_is_whole(event) && !event_type_is_unknown(type) && (size_t)type < COUNT_OF(shown) ? shown[type] : NULL;

    while (what != NULL && *what != '\0') {
        size_t len = strcspn(what, " ");

        add_word(text, history, event, what, len);
        what += len;
        what += strspn(what, " ");
    }
}

/* Pads with spaces until `width` characters stand behind `start`. */
static void pad(struct text *text, size_t start, size_t width)
{
    while (text->len - start < width) {
        text_add_char(text, ' ');
    }
}

static void add_line(struct text *text, const struct tl_history *history, const Pb__HistoryEvent *event)
{
    char name[EVENT_TYPE_NAME_SIZE];
    tl_duration since;

    if (__builtin_sub_overflow(pb_time(event->event_time), pb_time(history->events[0]->event_time), &since)) {
        since = 0;
    }
    text_format(text, "%5lld  ", (long long)event->event_id);
    size_t start = text->len;

    text_add(text, since < 0 ? "" : "+");
    text_add_duration(text, since);
    pad(text, start, TIME_WIDTH);
    text_add_char(text, ' ');
    start = text->len;
    text_add(text, event_type_name((int)event->event_type, name, sizeof(name)));
    pad(text, start, NAME_WIDTH);
    add_attributes(text, history, event);
    while (text->data[text->len - 1] == ' ') {
        text->data[--text->len] = '\0';
    }
    text_add_char(text, '\n');
}

static enum tl_status show(const struct tl_history *history, struct text *text, struct tl_error *error)
{
    (void)error;
    for (size_t i = 0; i < history->count; i++) {
        add_line(text, history, history->events[i]);
    }
    return TL_OK;
}

enum tl_status tl_history_show(const struct tl_history *history, char **out_text, struct tl_error *error)
{
    return history_make_text(history, show, out_text, NULL, error);
}
