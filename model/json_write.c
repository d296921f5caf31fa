/* SPDX-License-Identifier: MIT */
/* Messages as JSON. The entry is json_write at the end. */
#include <stdarg.h>
#include <stdio.h>

#include "model/json.h"
#include "model/json_writer.h"
#include "model/map_order.h"

bool json_write_fail(
    struct json_writer *writer, enum tl_status status, const struct path *path, const char *format, ...)
{
    writer->status = status;
    if (writer->error != NULL) {
        char message[sizeof(writer->error->message)];
        char field[sizeof(writer->error->field)];
        va_list args;

        va_start(args, format);
        vsnprintf(message, sizeof(message), format, args);
        va_end(args);
        path_text(path, field, sizeof(field));
        (void)tl_error_set(writer->error, status, field, "%s", message);
    }
    return false;
}

/* ---- Layout ---- */

/* A new line with its indentation; returns where to go on, with room for `more`. */
static char *new_line(struct json_writer *writer, size_t more)
{
    size_t spaces = (size_t)writer->indent * writer->level;
    char *to = text_room(writer->text, spaces + 1 + more);

    if (writer->indent == 0) {
        return to;
    }
    *to++ = '\n';
    memset(to, ' ', spaces);
    return to + spaces;
}

static void wrote_to(struct json_writer *writer, const char *end)
{
    text_wrote(writer->text, (size_t)(end - writer->text->data) - writer->text->len);
}

/* A comma unless it is the first, and a new line. */
static void write_next(struct json_writer *writer, bool first)
{
    if (!first) {
        text_add_char(writer->text, ',');
    }
    wrote_to(writer, new_line(writer, 0));
}

void json_write_open(struct json_writer *writer, char bracket)
{
    text_add_char(writer->text, bracket);
    writer->level++;
}

void json_write_close(struct json_writer *writer, char bracket, bool empty)
{
    writer->level--;
    if (empty) {
        text_add_char(writer->text, bracket);
        return;
    }
    char *to = new_line(writer, 1);

    *to++ = bracket;
    wrote_to(writer, to);
}

void json_write_name(struct json_writer *writer, const char *quoted, size_t len, bool first)
{
    if (!first) {
        text_add_char(writer->text, ',');
    }
    char *to = new_line(writer, len + 1);

    memcpy(to, quoted, len);
    to += len;
    if (writer->indent != 0) {
        *to++ = ' ';
    }
    wrote_to(writer, to);
}

/* ---- Values ---- */

bool json_write_value(
    struct json_writer *writer, const struct schema_field *field, const void *value, const struct path *path)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return json_write_scalar(writer, field, value, path);
    }
    const void *message = *(void *const *)value;

    if (message == NULL) {
        text_add(writer->text, "{}");
        return true;
    }
    return json_write_message(writer, schema_target(field), message, path);
}

bool json_write_array(
    struct json_writer *writer, const struct schema_field *field, const void *message, const struct path *path)
{
    const char *values = *(char *const *)schema_const_slot(message, field);
    size_t count = schema_count_of(message, field);
    size_t step = schema_value_size(field);
    struct path element = {path->up, field, 0, NULL, 0};

    json_write_open(writer, '[');
    for (size_t i = 0; i < count; i++) {
        element.index = i;
        write_next(writer, i == 0);
        if (!json_write_value(writer, field, values + i * step, &element)) {
            return false;
        }
    }
    json_write_close(writer, ']', count == 0);
    return true;
}

static bool write_entry(
    struct json_writer *writer, const struct schema_field *map, const void *entry, bool first, const struct path *up)
{
    const struct schema_field *key = schema_field_at(schema_target(map), 0);
    const struct schema_field *value = schema_field_at(schema_target(map), 1);
    struct path path = {up->up, map, PATH_NO_INDEX, NULL, 0};

    if (key->type == PROTOBUF_C_TYPE_STRING) {
        path.key = *(char *const *)schema_const_slot(entry, key);
        path.key_len = strlen(path.key);
    }
    write_next(writer, first);
    return json_write_key(writer, key, schema_const_slot(entry, key), &path) &&
           json_write_value(writer, value, schema_const_slot(entry, value), &path);
}

bool json_write_map(
    struct json_writer *writer, const struct schema_field *map, const void *message, const struct path *path)
{
    size_t count = schema_count_of(message, map);
    void *const *entries =
        map_in_order(writer->text->arena, map, *(void *const *const *)schema_const_slot(message, map), &count);

    json_write_open(writer, '{');
    writer->depth++;
    for (size_t i = 0; i < count; i++) {
        if (!write_entry(writer, map, entries[i], i == 0, path)) {
            return false;
        }
    }
    writer->depth--;
    json_write_close(writer, '}', count == 0);
    return true;
}

/* ---- Messages ---- */

static bool is_written(const struct schema_field *field, const void *message)
{
    return (field->flags & SCHEMA_REPEATED) != 0 ? schema_count_of(message, field) > 0 : schema_is_set(field, message);
}

static bool
write_field(struct json_writer *writer, const struct schema_field *field, const void *message, const struct path *path)
{
    if ((field->flags & SCHEMA_MAP) != 0) {
        return json_write_map(writer, field, message, path);
    }
    if ((field->flags & SCHEMA_REPEATED) != 0) {
        return json_write_array(writer, field, message, path);
    }
    return json_write_value(writer, field, schema_const_slot(message, field), path);
}

bool json_write_members(
    struct json_writer *writer, const struct schema_message *type, const void *message, bool *first,
    const struct path *up)
{
    for (size_t step = 0; step < type->step_count; step++) {
        const struct schema_field *field = schema_step(type, message, step);
        struct path path = {up, field, PATH_NO_INDEX, NULL, 0};

        if (field == NULL || !is_written(field, message)) {
            continue;
        }
        /* Two quotes and a colon go with the name. */
        json_write_name(writer, schema_text(field->json_name), field->json_len + 3U, *first);
        *first = false;
        if (!write_field(writer, field, message, &path)) {
            return false;
        }
    }
    return true;
}

bool json_write_message(
    struct json_writer *writer, const struct schema_message *type, const void *message, const struct path *path)
{
    bool first = true;

    if (writer->depth == JSON_MAX_DEPTH) {
        return json_write_fail(writer, TL_TOO_LARGE, path, "nested deeper than %d levels", JSON_MAX_DEPTH);
    }
    writer->depth++;
    if (type->shape > SCHEMA_EMPTY) {
        if (!json_write_wellknown(writer, type, message, path)) {
            return false;
        }
    } else {
        json_write_open(writer, '{');
        if (!json_write_members(writer, type, message, &first, path)) {
            return false;
        }
        json_write_close(writer, '}', first);
    }
    writer->depth--;
    return true;
}

enum tl_status json_write(struct text *text, const void *message, unsigned indent, struct tl_error *error)
{
    struct json_writer writer = {.text = text, .error = error, .indent = indent};
    const struct schema_message *type = schema_of(((const ProtobufCMessage *)message)->descriptor);

    return json_write_message(&writer, type, message, NULL) ? TL_OK : writer.status;
}
