/* SPDX-License-Identifier: MIT */
/* Values that are no messages, and the keys of maps. */
#include <float.h>
#include <math.h>

#include "model/base64.h"
#include "model/json_reader.h"
#include "model/schema_index.h"

/* ---- Numbers ---- */

/* A number, bare or in a string ("numbers as strings" of proto3 JSON). where: where it begins. */
static bool number_text(struct json_reader *reader, struct json_text *out, const char **where, const struct path *path)
{
    bool quoted = json_peek(reader) == '"';

    *where = reader->at;
    if (!quoted) {
        return json_number(reader, out, path);
    }
    struct json_text string;

    if (!json_string(reader, &string, path)) {
        return false;
    }
    /* The grammar is checked on the string's own text. */
    struct json_reader inner = *reader;

    inner.at = string.data;
    inner.end = string.data + string.len;
    inner.error = NULL;
    if (string.len == 0 || (unsigned char)string.data[0] <= ' ' || !json_number(&inner, out, path) ||
        inner.at != inner.end) {
        return json_fail(reader, TL_MALFORMED, *where, path, "the string holds no number");
    }
    return true;
}

/* Whether sign and magnitude fit between the type's ends. */
static bool fits(ProtobufCType type, bool negative, uint64_t magnitude)
{
    switch (type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return magnitude <= (negative ? 0 : UINT32_MAX);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return !negative || magnitude == 0;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return magnitude <= (uint64_t)INT64_MAX + negative;
    default: /* int32, enum and their like */
        return magnitude <= (uint64_t)INT32_MAX + negative;
    }
}

static bool store_integer(
    struct json_reader *reader, const struct schema_field *field, struct json_text number, void *value,
    const struct path *path)
{
    bool negative;
    uint64_t magnitude;

    if (!json_integer(number, &negative, &magnitude) || !fits((ProtobufCType)field->type, negative, magnitude)) {
        return json_fail(
            reader,
            TL_MALFORMED,
            reader->at,
            path,
            "%.*s is out of range or not whole",
            number.len > 40 ? 40 : (int)number.len,
            number.data);
    }
    uint64_t bits = negative ? -magnitude : magnitude;

    if (schema_value_size(field) == 4) {
        *(uint32_t *)value = (uint32_t)bits;
    } else {
        *(uint64_t *)value = bits;
    }
    return true;
}

static bool
read_integer(struct json_reader *reader, const struct schema_field *field, void *value, const struct path *path)
{
    struct json_text number = {"", 0};
    const char *where = reader->at;

    return number_text(reader, &number, &where, path) && store_integer(reader, field, number, value, path);
}

/* What a string can say that a number cannot. */
static bool read_special(struct json_reader *reader, double *value)
{
    if (json_take_word(reader, "\"NaN\"")) {
        *value = (double)NAN;
    } else if (json_take_word(reader, "\"Infinity\"")) {
        *value = (double)INFINITY;
    } else if (json_take_word(reader, "\"-Infinity\"")) {
        *value = -(double)INFINITY;
    } else {
        return false;
    }
    return true;
}

static bool
read_floating(struct json_reader *reader, const struct schema_field *field, void *value, const struct path *path)
{
    struct json_text number = {"", 0};
    const char *where = reader->at;
    double read;
    bool single = field->type == PROTOBUF_C_TYPE_FLOAT;

    if (!read_special(reader, &read)) {
        if (!number_text(reader, &number, &where, path)) {
            return false;
        }
        if (!json_double(number, &read) || (single && isinf((float)read))) {
            return json_fail(reader, TL_MALFORMED, where, path, "the number is out of range");
        }
    }
    if (single) {
        *(float *)value = (float)read;
    } else {
        *(double *)value = read;
    }
    return true;
}

/* ---- Strings and bytes ---- */

static bool read_string(struct json_reader *reader, char **value, const struct path *path)
{
    struct json_text text;
    const char *where = reader->at;

    if (!json_string(reader, &text, path)) {
        return false;
    }
    if (memchr(text.data, 0, text.len) != NULL) {
        return json_fail(reader, TL_MALFORMED, where, path, "the string holds a NUL");
    }
    *value = arena_strndup(reader->arena, text.data, text.len);
    return true;
}

static bool read_bytes(struct json_reader *reader, ProtobufCBinaryData *value, const struct path *path)
{
    struct json_text text;
    const char *where = reader->at;

    if (!json_string(reader, &text, path)) {
        return false;
    }
    if (text.len == 0) {
        *value = (ProtobufCBinaryData){0, NULL};
        return true;
    }
    uint8_t *bytes = arena_alloc(reader->arena, BASE64_DECODED_ROOM(text.len));
    size_t len;

    if (!base64_decode(text.data, text.len, bytes, &len)) {
        return json_fail(reader, TL_MALFORMED, where, path, "the string is not base64");
    }
    *value = (ProtobufCBinaryData){len, bytes};
    return true;
}

/* ---- Enums ---- */

/*
 * A history event's own type (links name event types too): told later, when it is known whether the
 * worker may ignore the event.
 */
static bool is_event_type(const struct schema_field *field)
{
    return field == schema_field_by_number(&schema_messages[SCHEMA_pb__history_event], 3);
}

static bool unknown_value(
    struct json_reader *reader, const struct schema_field *field, struct json_text name, const char *where,
    const struct path *path)
{
    if (is_event_type(field)) {
        reader->unknown_event = where;
        return true;
    }
    if (!reader->refuse_unknown) {
        return true;
    }
    return json_fail(
        reader,
        TL_MALFORMED,
        where,
        path,
        "\"%.*s\" is no value of %s",
        name.len > 100 ? 100 : (int)name.len,
        name.data,
        schema_text(schema_enums[field->target].name));
}

static bool read_enum(
    struct json_reader *reader, const struct schema_field *field, int32_t *value, bool *out_skipped,
    const struct path *path)
{
    struct json_text name;
    char next = json_peek(reader);
    const char *where = reader->at;

    if (next != '"') {
        return (field->flags & SCHEMA_NULL_VALUE) != 0 && json_take_word(reader, "null")
                   ? true
                   : read_integer(reader, field, value, path);
    }
    if (!json_string(reader, &name, path)) {
        return false;
    }
    const struct schema_value *known = schema_value_by_name(field->target, name.data, name.len);

    if (known == NULL) {
        *out_skipped = true;
        return unknown_value(reader, field, name, where, path);
    }
    *value = known->number;
    return true;
}

/* ---- All ---- */

static bool read_bool(struct json_reader *reader, protobuf_c_boolean *value, const struct path *path)
{
    if (json_take_word(reader, "true")) {
        *value = 1;
    } else if (json_take_word(reader, "false")) {
        *value = 0;
    } else {
        return json_fail(reader, TL_MALFORMED, reader->at, path, "expected true or false");
    }
    return true;
}

bool json_read_scalar(
    struct json_reader *reader, const struct schema_field *field, void *value, bool *out_skipped,
    const struct path *path)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return read_string(reader, value, path);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(reader, value, path);
    case PROTOBUF_C_TYPE_BOOL:
        return read_bool(reader, value, path);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(reader, field, value, out_skipped, path);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return read_floating(reader, field, value, path);
    default:
        return read_integer(reader, field, value, path);
    }
}

bool json_read_key(
    struct json_reader *reader, const struct schema_field *field, struct json_text text, void *value,
    const struct path *path)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        if (memchr(text.data, 0, text.len) != NULL) {
            return json_fail(reader, TL_MALFORMED, reader->at, path, "the key holds a NUL");
        }
        *(char **)value = arena_strndup(reader->arena, text.data, text.len);
        return true;
    }
    struct json_reader inner = *reader;
    struct json_text number;

    inner.at = text.data;
    inner.end = text.data + text.len;
    inner.error = NULL;
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        return (read_bool(&inner, value, path) && inner.at == inner.end) ||
               json_fail(reader, TL_MALFORMED, reader->at, path, "the key is not true or false");
    }
    if (text.len == 0 || (unsigned char)*text.data <= ' ' || !json_number(&inner, &number, path) ||
        inner.at != inner.end) {
        return json_fail(reader, TL_MALFORMED, reader->at, path, "the key is no number");
    }
    return store_integer(reader, field, number, value, path);
}
