/* SPDX-License-Identifier: MIT */
/* Structs out of JSON that was checked before: what is left to go wrong is what it says. */
#include <string.h>
#include <timelapse/json.h>

#include "model/json_reader.h"
#include "model/json_table.h"
#include "model/json_time.h"

struct reading {
    struct json_reader reader;
    struct json_walk walk;
};

static bool wrong_kind(struct reading *reading, const char *wanted, char found)
{
    return json_walk_fail(&reading->walk, TL_MALFORMED, "expected %s, found %s", wanted, json_kind_words(found));
}

/* ---- Scalars ---- */

static bool take_number(struct reading *reading, const char *wanted, struct json_text *out)
{
    char first = json_peek(&reading->reader);

    if (!json_starts_number(first)) {
        return wrong_kind(reading, wanted, first);
    }
    return json_number(&reading->reader, out, NULL);
}

static void store(void *place, size_t size, uint64_t value)
{
    const uint8_t one = (uint8_t)value;
    const uint16_t two = (uint16_t)value;
    const uint32_t four = (uint32_t)value;

    switch (size) {
    case 1:
        memcpy(place, &one, 1);
        break;
    case 2:
        memcpy(place, &two, 2);
        break;
    case 4:
        memcpy(place, &four, 4);
        break;
    default:
        memcpy(place, &value, 8);
        break;
    }
}

/* The greatest magnitude that the type holds. */
static uint64_t most(const struct tl_json_field *field, bool negative)
{
    unsigned bits = (unsigned)field->size * 8;

    if (field->kind == TL_JSON_KIND_INT) {
        return (UINT64_C(1) << (bits - 1)) - (negative ? 0 : 1);
    }
    return negative ? 0 : UINT64_MAX >> (64 - bits);
}

static bool read_int(struct reading *reading, const struct tl_json_field *field, void *place)
{
    struct json_text number = {NULL, 0};
    uint64_t magnitude;
    bool negative;

    if (!take_number(reading, "a whole number", &number)) {
        return false;
    }
    int shown = number.len > 40 ? 40 : (int)number.len;
    if (!json_is_whole(number)) {
        return json_walk_fail(&reading->walk, TL_MALFORMED, "%.*s is not a whole number", shown, number.data);
    }
    if (!json_integer(number, &negative, &magnitude) || magnitude > most(field, negative)) {
        return json_walk_fail(
            &reading->walk,
            TL_TOO_LARGE,
            "%.*s does not fit into %zu %s bits",
            shown,
            number.data,
            8 * field->size,
            field->kind == TL_JSON_KIND_INT ? "signed" : "unsigned");
    }
    store(place, field->size, negative ? 0 - magnitude : magnitude);
    return true;
}

static bool read_double(struct reading *reading, void *place)
{
    struct json_text number = {NULL, 0};
    double value;

    if (!take_number(reading, "a number", &number)) {
        return false;
    }
    if (!json_double(number, &value)) {
        return json_walk_fail(&reading->walk, TL_TOO_LARGE, "the number is beyond a double");
    }
    memcpy(place, &value, sizeof value);
    return true;
}

static bool read_bool(struct reading *reading, const struct tl_json_field *field, void *place)
{
    char first = json_peek(&reading->reader);

    if (first != 't' && first != 'f') {
        return wrong_kind(reading, "true or false", first);
    }
    store(place, field->size, first == 't');
    return json_skip(&reading->reader, NULL);
}

static bool take_string(struct reading *reading, struct json_text *out)
{
    char first = json_peek(&reading->reader);

    return first == '"' ? json_raw_string(&reading->reader, out, NULL) : wrong_kind(reading, "a string", first);
}

static bool read_string(struct reading *reading, void *place)
{
    struct json_text raw = {NULL, 0};
    void *text = NULL;
    size_t len;

    if (!take_string(reading, &raw) || !json_walk_alloc(&reading->walk, raw.len + 1, &text)) {
        return false;
    }
    if (!json_decode(raw, text, raw.len + 1, &len)) {
        return json_walk_fail(&reading->walk, TL_MALFORMED, "the string holds a NUL");
    }
    memcpy(place, &text, sizeof text);
    return true;
}

/* Neither times nor durations need escapes, nor have them. */
static bool read_time(struct reading *reading, const struct tl_json_field *field, void *place)
{
    bool is_time = field->kind == TL_JSON_KIND_TIME;
    struct json_text raw = {NULL, 0};
    int64_t seconds;
    int32_t nanos;
    int64_t value;

    if (!take_string(reading, &raw)) {
        return false;
    }
    if (!(is_time ? json_time_parse : json_duration_parse)(raw.data, raw.len, &seconds, &nanos)) {
        return json_walk_fail(
            &reading->walk,
            TL_MALFORMED,
            "this is no %s: %.*s",
            is_time ? "time" : "duration",
            raw.len > 40 ? 40 : (int)raw.len,
            raw.data);
    }
    if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &value) ||
        __builtin_add_overflow(value, (int64_t)nanos, &value)) {
        return json_walk_fail(&reading->walk, TL_TOO_LARGE, "does not fit into 64 bits of nanoseconds");
    }
    memcpy(place, &value, sizeof value);
    return true;
}

static bool read_raw(struct reading *reading, void *place)
{
    (void)json_peek(&reading->reader);
    const char *start = reading->reader.at;
    (void)json_skip(&reading->reader, NULL);
    size_t len = (size_t)(reading->reader.at - start);
    void *copy = NULL;

    if (!json_walk_alloc(&reading->walk, len + 1, &copy)) {
        return false;
    }
    const struct tl_bytes bytes = {memcpy(copy, start, len), len};
    memcpy(place, &bytes, sizeof bytes);
    return true;
}

/* ---- Objects and arrays ---- */

static bool enter_object(struct reading *reading, const struct tl_json_table *table, void *place)
{
    struct json_level level = {.table = table, .at = place};
    char first = json_peek(&reading->reader);
    void *seen = NULL;

    if (first != '{') {
        return wrong_kind(reading, "an object", first);
    }
    if (!json_walk_enter(&reading->walk, level)) {
        return false;
    }
    struct json_level *top = json_walk_top(&reading->walk);
    top->seen = (uint8_t *)&top->few;
    if (table->count > 8 * sizeof top->few) {
        if (!json_walk_alloc(&reading->walk, (table->count + 7) / 8, &seen)) {
            return false;
        }
        top->seen = seen;
    }
    return true;
}

static bool enter_pointer(struct reading *reading, const struct tl_json_field *field, void *place)
{
    void *object = NULL;

    if (json_peek(&reading->reader) == '{') {
        if (!json_walk_alloc(&reading->walk, field->table->size, &object)) {
            return false;
        }
        memcpy(place, &object, sizeof object);
        place = object;
    }
    return enter_object(reading, field->table, place);
}

static bool read_value(struct reading *reading, const struct tl_json_field *field, void *place)
{
    switch ((enum tl_json_kind)field->kind) {
    case TL_JSON_KIND_STRING:
        return read_string(reading, place);
    case TL_JSON_KIND_INT:
    case TL_JSON_KIND_UINT:
        return read_int(reading, field, place);
    case TL_JSON_KIND_DOUBLE:
        return read_double(reading, place);
    case TL_JSON_KIND_BOOL:
        return read_bool(reading, field, place);
    case TL_JSON_KIND_DURATION:
    case TL_JSON_KIND_TIME:
        return read_time(reading, field, place);
    case TL_JSON_KIND_RAW:
        return read_raw(reading, place);
    case TL_JSON_KIND_OBJECT:
        return enter_object(reading, field->table, place);
    case TL_JSON_KIND_POINTER:
        return enter_pointer(reading, field, place);
    }
    return json_walk_fail(&reading->walk, TL_INVALID_ARGUMENT, "the table has no kind %u", field->kind);
}

static size_t count_items(const struct json_reader *reader)
{
    struct json_reader ahead = *reader;
    size_t count = 0;

    while (json_next_element(&ahead, count == 0)) {
        (void)json_skip(&ahead, NULL);
        count++;
    }
    return count;
}

static bool enter_array(struct reading *reading, const struct tl_json_field *field, char *object)
{
    struct json_level level = {.field = field};
    char first = json_peek(&reading->reader);
    void *items = NULL;
    size_t bytes;

    if (first != '[') {
        return wrong_kind(reading, "an array", first);
    }
    level.count = count_items(&reading->reader);
    if (__builtin_mul_overflow(level.count, field->size, &bytes)) {
        return json_walk_fail(&reading->walk, TL_TOO_LARGE, "%zu values are too many", level.count);
    }
    if (!json_walk_alloc(&reading->walk, bytes, &items)) {
        return false;
    }
    memcpy(object + field->offset, &items, sizeof items);
    memcpy(object + field->count_offset, &level.count, sizeof level.count);
    level.at = items;
    return json_walk_enter(&reading->walk, level);
}

static bool next_item(struct reading *reading)
{
    struct json_level *level = json_walk_top(&reading->walk);

    level->index += level->first ? 0 : 1;
    if (!json_next_element(&reading->reader, level->first)) {
        reading->walk.depth--;
        return true;
    }
    level->first = false;
    return read_value(reading, level->field, level->at + level->index * level->field->size);
}

/* Members mostly come in the order of the table. */
static const struct tl_json_field *find(const struct json_level *level, struct json_text name, size_t *out_index)
{
    for (size_t i = 0; i < level->table->count; i++) {
        size_t index = (level->index + i) % level->table->count;
        const struct tl_json_field *field = &level->table->fields[index];
        const char *own = json_field_name(field);
        if (json_says(name, (struct json_text){own, strlen(own)})) {
            *out_index = index;
            return field;
        }
    }
    return NULL;
}

static void clear(const struct tl_json_field *field, char *object)
{
    if (json_field_is_array(field)) {
        memset(object + field->offset, 0, sizeof(void *));
        memset(object + field->count_offset, 0, sizeof(size_t));
    } else {
        memset(object + field->offset, 0, field->kind == TL_JSON_KIND_POINTER ? sizeof(void *) : field->size);
    }
}

/* Every required member was there, else the first of them that was not is told. */
static bool leave_object(struct reading *reading)
{
    struct json_level *level = json_walk_top(&reading->walk);

    for (size_t i = 0; i < level->table->count; i++) {
        const struct tl_json_field *field = &level->table->fields[i];
        if ((level->seen[i / 8] >> (i % 8) & 1) == 0 && !json_field_is_optional(field)) {
            level->field = field;
            return json_walk_fail(&reading->walk, TL_NOT_FOUND, "is not there");
        }
    }
    reading->walk.depth--;
    return true;
}

static bool next_member(struct reading *reading)
{
    struct json_level *level = json_walk_top(&reading->walk);
    struct json_text name;
    size_t index = 0;

    level->field = NULL;
    if (!json_next_member(&reading->reader, level->first, &name)) {
        return leave_object(reading);
    }
    level->first = false;
    const struct tl_json_field *field = find(level, name, &index);
    if (field == NULL) {
        return json_skip(&reading->reader, NULL);
    }
    level->field = field;
    level->index = index + 1;
    level->seen[index / 8] |= (uint8_t)(1U << (index % 8));
    clear(field, level->at);
    if (json_peek(&reading->reader) == 'n' && json_field_is_optional(field)) {
        return json_skip(&reading->reader, NULL);
    }
    return json_field_is_array(field) ? enter_array(reading, field, level->at)
                                      : read_value(reading, field, level->at + field->offset);
}

enum tl_status tl_json_read(
    const struct tl_json_table *table, const struct tl_payload *payload, void *out_struct, tl_json_alloc_fn *alloc,
    void *user, struct tl_error *error)
{
    struct reading reading = {.walk = {.depth = 0, .alloc = alloc, .user = user, .error = error}};
    struct tl_bytes json;
    void *object = NULL;
    enum tl_status status = tl_json_get(payload, NULL, &json, error);

    if (status != TL_OK) {
        return status;
    }
    reading.reader = json_reader_of(json, NULL);
    bool ok = json_walk_alloc(&reading.walk, table->size, &object) && enter_object(&reading, table, object);
    while (ok && reading.walk.depth > 0) {
        ok = json_walk_top(&reading.walk)->table == NULL ? next_item(&reading) : next_member(&reading);
    }
    if (!ok) {
        return reading.walk.status;
    }
    memcpy(out_struct, object, table->size);
    return TL_OK;
}
