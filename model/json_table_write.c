/* SPDX-License-Identifier: MIT */
/* JSON out of structs: gone through twice, first for the length, then for the text. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/json.h>

#include "base/text.h"
#include "model/json_table.h"
#include "model/json_time.h"
#include "model/json_writer.h"

struct writing {
    struct json_walk walk;
    char *out; /* NULL: the text is measured, and what it says is checked */
    size_t len;
    bool has_raw; /* what it is made of may be nested as deep as a whole text */
};

static void put(struct writing *writing, const char *text, size_t len)
{
    if (writing->out != NULL) {
        memcpy(writing->out + writing->len, text, len);
    }
    writing->len += len;
}

static void put_text(struct writing *writing, const char *text)
{
    put(writing, text, strlen(text));
}

/* ---- Scalars ---- */

static bool write_string(struct writing *writing, const char *string)
{
    if (string == NULL) {
        return json_walk_fail(&writing->walk, TL_NOT_FOUND, "is NULL");
    }
    if (writing->out == NULL) {
        size_t len = strlen(string);
        if (text_utf8_valid_prefix(string, len) != len) {
            return json_walk_fail(&writing->walk, TL_MALFORMED, "is no UTF-8");
        }
        writing->len += tl_json_quote(string, NULL, 0);
    } else { /* the NUL behind it goes where the next character will */
        writing->len += tl_json_quote(string, writing->out + writing->len, SIZE_MAX);
    }
    return true;
}

static int64_t load_signed(const void *place, size_t size)
{
    int8_t one;
    int16_t two;
    int32_t four;
    int64_t eight;

    switch (size) {
    case 1:
        memcpy(&one, place, 1);
        return one;
    case 2:
        memcpy(&two, place, 2);
        return two;
    case 4:
        memcpy(&four, place, 4);
        return four;
    default:
        memcpy(&eight, place, 8);
        return eight;
    }
}

static uint64_t load_unsigned(const void *place, size_t size)
{
    return (uint64_t)load_signed(place, size) & UINT64_MAX >> (64 - 8 * size);
}

static void write_int(struct writing *writing, const struct tl_json_field *field, const void *place)
{
    char text[24];

    if (field->kind == TL_JSON_KIND_INT) {
        (void)snprintf(text, sizeof text, "%lld", (long long)load_signed(place, field->size));
    } else {
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)load_unsigned(place, field->size));
    }
    put_text(writing, text);
}

static bool write_double(struct writing *writing, const void *place)
{
    char text[JSON_NUMBER_SIZE];
    double value;

    memcpy(&value, place, sizeof value);
    if (!isfinite(value)) {
        return json_walk_fail(&writing->walk, TL_MALFORMED, "is not finite");
    }
    json_print_double(text, value, false);
    put_text(writing, text);
    return true;
}

/* Times have their nanoseconds forwards, durations in the direction of their seconds. */
static bool write_time(struct writing *writing, const struct tl_json_field *field, const void *place)
{
    bool is_time = field->kind == TL_JSON_KIND_TIME;
    char text[JSON_TIME_SIZE];
    int64_t value;

    memcpy(&value, place, sizeof value);
    int64_t seconds = value / 1000000000;
    int32_t nanos = (int32_t)(value % 1000000000);
    if (is_time && nanos < 0) {
        seconds--;
        nanos += 1000000000;
    }
    size_t len = (is_time ? json_time_print : json_duration_print)(seconds, nanos, text);
    if (len == 0) {
        return json_walk_fail(&writing->walk, TL_MALFORMED, "is beyond what JSON can say");
    }
    put(writing, "\"", 1);
    put(writing, text, len);
    put(writing, "\"", 1);
    return true;
}

static bool write_raw(struct writing *writing, const void *place)
{
    struct tl_bytes bytes;
    struct tl_error error;

    memcpy(&bytes, place, sizeof bytes);
    if (writing->out == NULL && tl_json_check(bytes, &error) != TL_OK) {
        return json_walk_fail(&writing->walk, error.status, "%s", error.message);
    }
    writing->has_raw = true;
    put(writing, (const char *)bytes.data, bytes.len);
    return true;
}

/* ---- Objects and arrays ---- */

static bool enter(struct writing *writing, struct json_level level)
{
    put(writing, level.table == NULL ? "[" : "{", 1);
    return json_walk_enter(&writing->walk, level);
}

static void leave(struct writing *writing)
{
    put(writing, json_walk_top(&writing->walk)->table == NULL ? "]" : "}", 1);
    writing->walk.depth--;
}

static char *load_pointer(const void *place)
{
    char *pointer;

    memcpy(&pointer, place, sizeof pointer);
    return pointer;
}

static size_t load_count(const struct tl_json_field *field, const char *object)
{
    size_t count;

    memcpy(&count, object + field->count_offset, sizeof count);
    return count;
}

static bool enter_pointer(struct writing *writing, const struct tl_json_field *field, const void *place)
{
    char *object = load_pointer(place);

    if (object == NULL) {
        return json_walk_fail(&writing->walk, TL_NOT_FOUND, "is NULL");
    }
    return enter(writing, (struct json_level){.table = field->table, .at = object});
}

static bool enter_array(struct writing *writing, const struct tl_json_field *field, const char *object)
{
    struct json_level level = {
        .field = field, .at = load_pointer(object + field->offset), .count = load_count(field, object)};

    if (level.at == NULL && level.count > 0) {
        return json_walk_fail(&writing->walk, TL_NOT_FOUND, "is NULL, but there are %zu", level.count);
    }
    return enter(writing, level);
}

static bool write_value(struct writing *writing, const struct tl_json_field *field, char *place)
{
    switch ((enum tl_json_kind)field->kind) {
    case TL_JSON_KIND_STRING:
        return write_string(writing, load_pointer(place));
    case TL_JSON_KIND_INT:
    case TL_JSON_KIND_UINT:
        write_int(writing, field, place);
        return true;
    case TL_JSON_KIND_DOUBLE:
        return write_double(writing, place);
    case TL_JSON_KIND_BOOL:
        put_text(writing, load_unsigned(place, field->size) != 0 ? "true" : "false");
        return true;
    case TL_JSON_KIND_DURATION:
    case TL_JSON_KIND_TIME:
        return write_time(writing, field, place);
    case TL_JSON_KIND_RAW:
        return write_raw(writing, place);
    case TL_JSON_KIND_OBJECT:
        return enter(writing, (struct json_level){.table = field->table, .at = place});
    case TL_JSON_KIND_POINTER:
        return enter_pointer(writing, field, place);
    }
    return json_walk_fail(&writing->walk, TL_INVALID_ARGUMENT, "the table has no kind %u", field->kind);
}

/* Only what is there when read again: not what says that nothing is. */
static bool is_left_away(const struct tl_json_field *field, const char *object)
{
    static const char zeros[16];

    if (!json_field_is_optional(field)) {
        return false;
    }
    if (json_field_is_array(field)) {
        return load_count(field, object) == 0;
    }
    switch ((enum tl_json_kind)field->kind) {
    case TL_JSON_KIND_OBJECT:
        return false;
    case TL_JSON_KIND_POINTER:
        return load_pointer(object + field->offset) == NULL;
    case TL_JSON_KIND_RAW:
        return ((const struct tl_bytes *)(const void *)(object + field->offset))->len == 0;
    default:
        return memcmp(object + field->offset, zeros, field->size) == 0;
    }
}

static void put_comma(struct writing *writing, struct json_level *level)
{
    if (!level->first) {
        put(writing, ",", 1);
    }
    level->first = false;
}

static bool next_item(struct writing *writing)
{
    struct json_level *level = json_walk_top(&writing->walk);

    level->index += level->first ? 0 : 1;
    if (level->index == level->count) {
        leave(writing);
        return true;
    }
    put_comma(writing, level);
    return write_value(writing, level->field, level->at + level->index * level->field->size);
}

static bool next_member(struct writing *writing)
{
    struct json_level *level = json_walk_top(&writing->walk);

    while (level->index < level->table->count && is_left_away(&level->table->fields[level->index], level->at)) {
        level->index++;
    }
    if (level->index == level->table->count) {
        leave(writing);
        return true;
    }
    const struct tl_json_field *field = &level->table->fields[level->index++];
    level->field = field;
    put_comma(writing, level);
    if (!write_string(writing, json_field_name(field))) {
        return false;
    }
    put(writing, ":", 1);
    return json_field_is_array(field) ? enter_array(writing, field, level->at)
                                      : write_value(writing, field, level->at + field->offset);
}

/* An empty array of none begins behind its end. */
static bool write_all(struct writing *writing, const struct tl_json_table *table, const void *value)
{
    bool ok = enter(writing, (struct json_level){.table = table, .at = (char *)(uintptr_t)value});

    while (ok && writing->walk.depth > 0) {
        ok = json_walk_top(&writing->walk)->table == NULL ? next_item(writing) : next_member(writing);
    }
    return ok;
}

enum tl_status tl_json_write(
    const struct tl_json_table *table, const void *value, tl_json_alloc_fn *alloc, void *user,
    struct tl_payload *out_payload, struct tl_error *error)
{
    struct writing writing = {.walk = {.depth = 0, .alloc = alloc, .user = user, .error = error}};
    void *text = NULL;

    if (!write_all(&writing, table, value) || !json_walk_alloc(&writing.walk, writing.len + 1, &text)) {
        return writing.walk.status;
    }
    const struct tl_bytes json = {text, writing.len};
    writing.out = text;
    writing.len = 0;
    if (!write_all(&writing, table, value)) {
        return writing.walk.status; /* of another thread's doing: what was checked has changed */
    }
    enum tl_status status = writing.has_raw ? tl_json_check(json, error) : TL_OK;
    if (status == TL_OK) {
        *out_payload = tl_payload_json_bytes(json);
    }
    return status;
}
