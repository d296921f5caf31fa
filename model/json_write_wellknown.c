/* SPDX-License-Identifier: MIT */
/* Messages whose JSON is not an object of their fields. */
#include "model/pb.h"

#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/struct.pb-c.h>
#include <math.h>

#include "model/json_time.h"
#include "model/json_writer.h"
#include "model/message.h"

static void write_quoted(struct text *text, const char *characters, size_t len)
{
    char *to = text_room(text, len + 2);

    to[0] = '"';
    memcpy(to + 1, characters, len);
    to[len + 1] = '"';
    text_wrote(text, len + 2);
}

static bool write_timestamp(struct json_writer *writer, const Pb__Timestamp *timestamp, const struct path *path)
{
    char text[JSON_TIME_SIZE];
    size_t len = json_time_print(timestamp->seconds, timestamp->nanos, text);

    if (len == 0) {
        return json_write_fail(writer, TL_MALFORMED, path, "the time is out of range");
    }
    write_quoted(writer->text, text, len);
    return true;
}

static bool write_duration(struct json_writer *writer, const Pb__Duration *duration, const struct path *path)
{
    char text[JSON_TIME_SIZE];
    size_t len = json_duration_print(duration->seconds, duration->nanos, text);

    if (len == 0) {
        return json_write_fail(writer, TL_MALFORMED, path, "the duration is out of range");
    }
    write_quoted(writer->text, text, len);
    return true;
}

/* retry_policy as retryPolicy; false for what would not come back the same. */
static bool write_path(struct text *text, const char *declared)
{
    for (const char *at = declared; *at != '\0'; at++) {
        char c = *at;

        if (c == '_') {
            c = *++at;
            if (c < 'a' || c > 'z') {
                return false;
            }
            c = (char)(c - 'a' + 'A');
        } else if (!json_is_path_character(c) || (c >= 'A' && c <= 'Z')) {
            return false;
        }
        text_add_char(text, c);
    }
    return declared[0] != '\0';
}

static bool write_mask(struct json_writer *writer, const Pb__FieldMask *mask, const struct path *path)
{
    text_add_char(writer->text, '"');
    for (size_t i = 0; i < mask->n_paths; i++) {
        if (i > 0) {
            text_add_char(writer->text, ',');
        }
        if (!write_path(writer->text, mask->paths[i])) {
            return json_write_fail(writer, TL_MALFORMED, path, "\"%.100s\" is no path of a mask", mask->paths[i]);
        }
    }
    text_add_char(writer->text, '"');
    return true;
}

static bool write_only_field(
    struct json_writer *writer, const struct schema_message *type, const void *message, const struct path *up)
{
    const struct schema_field *field = schema_field_at(type, 0);
    struct path path = {up, field, PATH_NO_INDEX, NULL, 0};

    if ((field->flags & SCHEMA_MAP) != 0) {
        return json_write_map(writer, field, message, &path);
    }
    return json_write_array(writer, field, message, &path);
}

static bool write_any_value(
    struct json_writer *writer, const struct schema_message *type, const Pb__Value *value, const struct path *path)
{
    const struct schema_field *field = schema_field_by_number(type, value->kind_case);

    if (field == NULL) {
        return json_write_fail(writer, TL_MALFORMED, path, "a Value without a kind");
    }
    if (value->kind_case == PB__VALUE__KIND_NUMBER_VALUE && !isfinite(value->number_value)) {
        return json_write_fail(writer, TL_MALFORMED, path, "a Value that is no finite number");
    }
    return json_write_value(writer, field, schema_const_slot(value, field), path);
}

static bool write_wrapper(
    struct json_writer *writer, const struct schema_message *type, const void *message, const struct path *path)
{
    const struct schema_field *field = schema_field_at(type, 0);

    return json_write_value(writer, field, schema_const_slot(message, field), path);
}

static bool write_any(struct json_writer *writer, const Pb__Any *any, const struct path *path)
{
    bool first = false;

    if (pb_is_empty(any->type_url) && any->value.len == 0) {
        text_add(writer->text, "{}");
        return true;
    }
    ProtobufCMessage *message = message_from_any(writer->text->arena, any);

    if (message == NULL) {
        return json_write_fail(
            writer,
            TL_MALFORMED,
            path,
            "an Any of the unknown type \"%.200s\", or with bytes that are none",
            any->type_url == NULL ? "" : any->type_url);
    }
    const struct schema_message *type = schema_of(message->descriptor);

    json_write_open(writer, '{');
    json_write_name(writer, "\"@type\":", 8, true);
    if (!json_write_string(writer, any->type_url, strlen(any->type_url), path)) {
        return false;
    }
    if (type->shape != SCHEMA_PLAIN) {
        json_write_name(writer, "\"value\":", 8, false);
        first = true;
    }
    writer->depth++;
    if (first ? !json_write_message(writer, type, message, path)
              : !json_write_members(writer, type, message, &first, path)) {
        return false;
    }
    writer->depth--;
    json_write_close(writer, '}', false);
    return true;
}

bool json_write_wellknown(
    struct json_writer *writer, const struct schema_message *type, const void *message, const struct path *path)
{
    switch ((enum schema_shape)type->shape) {
    case SCHEMA_TIMESTAMP:
        return write_timestamp(writer, message, path);
    case SCHEMA_DURATION:
        return write_duration(writer, message, path);
    case SCHEMA_FIELD_MASK:
        return write_mask(writer, message, path);
    case SCHEMA_STRUCT:
    case SCHEMA_LIST_VALUE:
        return write_only_field(writer, type, message, path);
    case SCHEMA_VALUE:
        return write_any_value(writer, type, message, path);
    case SCHEMA_WRAPPER:
        return write_wrapper(writer, type, message, path);
    case SCHEMA_ANY:
    case SCHEMA_PLAIN:
    case SCHEMA_EMPTY:
        break;
    }
    return write_any(writer, message, path);
}
