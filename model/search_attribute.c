/* SPDX-License-Identifier: MIT */
#include "model/search_attribute.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/json.h>

#include "base/text.h"
#include "model/json_time.h"
#include "model/json_writer.h"

/* ---- By hand ---- */

struct tl_search_attribute tl_search_text(const char *name, const char *text)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_TEXT, .text = text};
}

struct tl_search_attribute tl_search_keyword(const char *name, const char *keyword)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_KEYWORD, .text = keyword};
}

struct tl_search_attribute tl_search_int(const char *name, int64_t value)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_INT, .integer = value};
}

struct tl_search_attribute tl_search_double(const char *name, double value)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_DOUBLE, .number = value};
}

struct tl_search_attribute tl_search_bool(const char *name, int value)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_BOOL, .truth = value != 0};
}

struct tl_search_attribute tl_search_datetime(const char *name, tl_time time)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_DATETIME, .time = time};
}

struct tl_search_attribute tl_search_keywords(const char *name, const char *const *items, size_t count)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_KEYWORD_LIST, .items = items, .count = count};
}

struct tl_search_attribute tl_search_unset(const char *name)
{
    return (struct tl_search_attribute){.name = name, .type = TL_SEARCH_UNSET};
}

/* ---- Checks ---- */

static bool is_text(const char *text)
{
    return text != NULL && text_utf8_valid_prefix(text, strlen(text)) == strlen(text);
}

static bool are_texts(const struct tl_search_attribute *attribute)
{
    if (attribute->items == NULL && attribute->count > 0) {
        return false;
    }
    for (size_t i = 0; i < attribute->count; i++) {
        if (!is_text(attribute->items[i])) {
            return false;
        }
    }
    return true;
}

static bool has_value(const struct tl_search_attribute *attribute)
{
    switch (attribute->type) {
    case TL_SEARCH_TEXT:
    case TL_SEARCH_KEYWORD:
        return is_text(attribute->text);
    case TL_SEARCH_DOUBLE:
        return isfinite(attribute->number);
    case TL_SEARCH_KEYWORD_LIST:
        return are_texts(attribute);
    default:
        return true;
    }
}

enum tl_status
search_attribute_check(const char *what, const struct tl_search_attribute *attribute, struct tl_error *error)
{
    if ((unsigned)attribute->type > TL_SEARCH_KEYWORD_LIST) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, what, "has %.60s of type %d, which is none", attribute->name, attribute->type);
    }
    if (!has_value(attribute)) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            what,
            "has %.60s without a value: texts are UTF-8, numbers finite",
            attribute->name);
    }
    return TL_OK;
}

bool search_attribute_is_unset(const struct tl_search_attribute *attribute)
{
    return attribute->type == TL_SEARCH_UNSET || (attribute->type == TL_SEARCH_KEYWORD_LIST && attribute->count == 0);
}

/* ---- To payloads ---- */

/* Indexed by type, as they stand in a payload's metadata. */
static const char *const type_names[] = {
    [TL_SEARCH_TEXT] = "Text",
    [TL_SEARCH_KEYWORD] = "Keyword",
    [TL_SEARCH_INT] = "Int",
    [TL_SEARCH_DOUBLE] = "Double",
    [TL_SEARCH_BOOL] = "Bool",
    [TL_SEARCH_DATETIME] = "Datetime",
    [TL_SEARCH_KEYWORD_LIST] = "KeywordList",
};

static void write_list(struct json_writer *writer, const struct tl_search_attribute *attribute)
{
    text_add_char(writer->text, '[');
    for (size_t i = 0; i < attribute->count; i++) {
        if (i > 0) {
            text_add_char(writer->text, ',');
        }
        (void)json_write_string(writer, attribute->items[i], strlen(attribute->items[i]), NULL);
    }
    text_add_char(writer->text, ']');
}

static void write_value(struct json_writer *writer, const struct tl_search_attribute *attribute)
{
    static const struct schema_field number = {.type = PROTOBUF_C_TYPE_DOUBLE};

    switch (attribute->type) {
    case TL_SEARCH_INT:
        text_format(writer->text, "%lld", (long long)attribute->integer);
        break;
    case TL_SEARCH_DOUBLE:
        (void)json_write_scalar(writer, &number, &attribute->number, NULL);
        break;
    case TL_SEARCH_BOOL:
        text_add(writer->text, attribute->truth ? "true" : "false");
        break;
    case TL_SEARCH_DATETIME:
        text_add_char(writer->text, '"');
        text_add_time(writer->text, attribute->time);
        text_add_char(writer->text, '"');
        break;
    case TL_SEARCH_KEYWORD_LIST:
        write_list(writer, attribute);
        break;
    default:
        (void)json_write_string(writer, attribute->text, strlen(attribute->text), NULL);
        break;
    }
}

/* A server keeps what has a type, even null: what is to go must have none. */
Pb__Payload *search_attribute_payload(struct arena *arena, const struct tl_search_attribute *attribute)
{
    struct tl_payload value = tl_payload_null();
    struct tl_metadata metadata[2];
    struct text text;
    struct json_writer writer = {.text = &text};

    if (search_attribute_is_unset(attribute)) {
        return pb_payload(arena, &value);
    }
    text_init(&text, arena);
    write_value(&writer, attribute);
    value = tl_payload_json_bytes((struct tl_bytes){(const uint8_t *)text.data, text.len});
    metadata[0] = value.metadata[0];
    metadata[1] = (struct tl_metadata){"type", tl_bytes_of(type_names[attribute->type])};
    value.metadata = metadata;
    value.metadata_count = 2;
    return pb_payload(arena, &value);
}

/* ---- From payloads ---- */

#define LONG_PREFIX "INDEXED_VALUE_TYPE_"

/* "KeywordList" and, of servers long ago, "INDEXED_VALUE_TYPE_KEYWORD_LIST": underscores and cases aside. */
static bool is_name(struct tl_bytes told, const char *name)
{
    size_t at = told.len > strlen(LONG_PREFIX) && memcmp(told.data, LONG_PREFIX, strlen(LONG_PREFIX)) == 0
                    ? strlen(LONG_PREFIX)
                    : 0;

    for (; at < told.len; at++) {
        if (told.data[at] == '_') {
            continue;
        }
        if ((told.data[at] | 0x20) != ((unsigned char)*name | 0x20)) {
            return false;
        }
        name++;
    }
    return *name == '\0';
}

static enum tl_search_type type_of(const char *name, const struct tl_payload *payload)
{
    struct tl_bytes told = tl_payload_metadata(payload, "type");

    for (unsigned type = TL_SEARCH_TEXT; type <= TL_SEARCH_KEYWORD_LIST; type++) {
        if (told.len > 0 && is_name(told, type_names[type])) {
            return (enum tl_search_type)type;
        }
    }
    return told.len == 0 && strcmp(name, SEARCH_CHANGE_VERSION) == 0 ? TL_SEARCH_KEYWORD_LIST : TL_SEARCH_UNSET;
}

/* A decoded string is no longer than its JSON. */
static const char *read_text(struct arena *arena, const struct tl_payload *payload, const char *path)
{
    char *text = arena_alloc(arena, payload->data.len + 1);

    return tl_json_get_string(payload, path, text, payload->data.len + 1, NULL) == TL_OK ? text : NULL;
}

static bool read_list(struct arena *arena, const struct tl_payload *payload, struct tl_search_attribute *out)
{
    char path[32];
    size_t count;

    if (tl_json_count(payload, NULL, &count, NULL) != TL_OK) {
        return false;
    }
    const char **items = ARENA_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "[%zu]", i);
        items[i] = read_text(arena, payload, path);
        if (items[i] == NULL) {
            return false;
        }
    }
    out->items = items;
    out->count = count;
    return true;
}

static bool read_time(struct arena *arena, const struct tl_payload *payload, tl_time *out)
{
    const char *text = read_text(arena, payload, NULL);
    Pb__Timestamp time = PB__TIMESTAMP__INIT;

    if (text == NULL || !json_time_parse(text, strlen(text), &time.seconds, &time.nanos)) {
        return false;
    }
    *out = pb_time(&time);
    return true;
}

static bool read_value(struct arena *arena, const struct tl_payload *payload, struct tl_search_attribute *out)
{
    switch (out->type) {
    case TL_SEARCH_INT:
        return tl_json_get_int(payload, NULL, &out->integer, NULL) == TL_OK;
    case TL_SEARCH_DOUBLE:
        return tl_json_get_double(payload, NULL, &out->number, NULL) == TL_OK;
    case TL_SEARCH_BOOL:
        return tl_json_get_bool(payload, NULL, &out->truth, NULL) == TL_OK;
    case TL_SEARCH_DATETIME:
        return read_time(arena, payload, &out->time);
    case TL_SEARCH_KEYWORD_LIST:
        return read_list(arena, payload, out);
    case TL_SEARCH_TEXT:
    case TL_SEARCH_KEYWORD:
        out->text = read_text(arena, payload, NULL);
        return out->text != NULL;
    default:
        return false;
    }
}

const struct tl_search_attribute *
search_attribute_view(struct arena *arena, const char *name, const Pb__Payload *payload)
{
    struct tl_search_attribute *attribute = ARENA_NEW(arena, struct tl_search_attribute);

    if (payload == NULL) {
        return NULL;
    }
    struct tl_payload view = pb_payload_view(arena, payload);

    attribute->name = name;
    attribute->type = type_of(name, &view);
    return read_value(arena, &view, attribute) ? attribute : NULL;
}

/* ---- Two lists ---- */

static const ProtobufCBinaryData *metadata_of(const Pb__Payload *payload, const char *key)
{
    for (size_t i = 0; i < payload->n_metadata; i++) {
        if (strcmp(payload->metadata[i]->key, key) == 0) {
            return &payload->metadata[i]->value;
        }
    }
    return NULL;
}

static bool same_bytes(const ProtobufCBinaryData *left, const ProtobufCBinaryData *right)
{
    return left->len == right->len && (left->len == 0 || memcmp(left->data, right->data, left->len) == 0);
}

static bool same_metadata(const Pb__Payload *left, const Pb__Payload *right, const char *key)
{
    const ProtobufCBinaryData *in_left = metadata_of(left, key);
    const ProtobufCBinaryData *in_right = metadata_of(right, key);

    return in_left == NULL || in_right == NULL || same_bytes(in_left, in_right);
}

static const Pb__Payload *value_of(const Pb__SearchAttributes *attributes, const char *name)
{
    for (size_t i = 0; attributes != NULL && i < attributes->n_indexed_fields; i++) {
        if (strcmp(attributes->indexed_fields[i]->key, name) == 0) {
            return attributes->indexed_fields[i]->value;
        }
    }
    return NULL;
}

static const char *first_not_in(const Pb__SearchAttributes *left, const Pb__SearchAttributes *right)
{
    for (size_t i = 0; left != NULL && i < left->n_indexed_fields; i++) {
        const Pb__SearchAttributes__IndexedFieldsEntry *entry = left->indexed_fields[i];
        const Pb__Payload *other = value_of(right, entry->key);

        if (entry->value == NULL || other == NULL || !same_bytes(&entry->value->data, &other->data) ||
            !same_metadata(entry->value, other, "encoding") || !same_metadata(entry->value, other, "type")) {
            return entry->key;
        }
    }
    return NULL;
}

const char *search_attributes_differ(const Pb__SearchAttributes *left, const Pb__SearchAttributes *right)
{
    const char *name = first_not_in(left, right);

    return name != NULL ? name : first_not_in(right, left);
}
