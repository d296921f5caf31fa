/* SPDX-License-Identifier: MIT */
/* Messages whose JSON is not an object of their fields. */
#include "model/pb.h"

#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/struct.pb-c.h>

#include "model/json_reader.h"
#include "model/json_time.h"
#include "model/message.h"

/* ---- Times ---- */

static bool read_timestamp(struct json_reader *reader, Pb__Timestamp *timestamp, const struct path *path)
{
    struct json_text text;
    const char *where = (json_peek(reader), reader->at);

    if (!json_string(reader, &text, path)) {
        return false;
    }
    return json_time_parse(text.data, text.len, &timestamp->seconds, &timestamp->nanos) ||
           json_fail(reader, TL_MALFORMED, where, path, "expected a time such as 2020-01-31T12:00:00.5Z");
}

static bool read_duration(struct json_reader *reader, Pb__Duration *duration, const struct path *path)
{
    struct json_text text;
    const char *where = (json_peek(reader), reader->at);

    if (!json_string(reader, &text, path)) {
        return false;
    }
    return json_duration_parse(text.data, text.len, &duration->seconds, &duration->nanos) ||
           json_fail(reader, TL_MALFORMED, where, path, "expected a duration such as 1.5s");
}

/* ---- FieldMask: "taskQueue,retryPolicy.maximumAttempts" ---- */

/* A path back in the names as declared: an upper case letter is an underscore and the lower case one. */
static char *declared_path(struct json_reader *reader, const char *at, const char *end)
{
    char *path = arena_alloc(reader->arena, 2 * (size_t)(end - at) + 1);
    char *to = path;

    for (; at < end; at++) {
        if (!json_is_path_character(*at)) {
            return NULL;
        }
        if (*at >= 'A' && *at <= 'Z') {
            *to++ = '_';
            *to++ = (char)(*at - 'A' + 'a');
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return to == path ? NULL : path;
}

static size_t count_paths(struct json_text text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == ',';
    }
    return count;
}

static bool read_mask(struct json_reader *reader, Pb__FieldMask *mask, const struct path *path)
{
    struct json_text text;
    const char *where = (json_peek(reader), reader->at);

    if (!json_string(reader, &text, path)) {
        return false;
    }
    if (text.len == 0) {
        return true;
    }
    const char *at = text.data;
    const char *end = text.data + text.len;

    mask->paths = ARENA_ARRAY(reader->arena, char *, count_paths(text));
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        char *declared = declared_path(reader, at, comma == NULL ? end : comma);

        if (declared == NULL) {
            return json_fail(reader, TL_MALFORMED, where, path, "expected paths such as taskQueue,retryPolicy");
        }
        mask->paths[mask->n_paths++] = declared;
        if (comma == NULL) {
            return true;
        }
        at = comma + 1;
    }
}

/* ---- Struct, Value, ListValue ---- */

/* The one field of a Struct and of a ListValue. */
static bool
read_only_field(struct json_reader *reader, const struct schema_message *type, void *message, const struct path *up)
{
    const struct schema_field *field = schema_field_at(type, 0);
    struct path path = {up, field, PATH_NO_INDEX, NULL, 0};

    if ((field->flags & SCHEMA_MAP) != 0) {
        return json_read_map(reader, field, message, &path);
    }
    return json_read_array(reader, field, message, &path);
}

/* Which member of a Value the next character begins. */
static uint32_t kind_of(char next)
{
    switch (next) {
    case '{':
        return PB__VALUE__KIND_STRUCT_VALUE;
    case '[':
        return PB__VALUE__KIND_LIST_VALUE;
    case '"':
        return PB__VALUE__KIND_STRING_VALUE;
    case 't':
    case 'f':
        return PB__VALUE__KIND_BOOL_VALUE;
    case 'n':
        return PB__VALUE__KIND_NULL_VALUE;
    default:
        return PB__VALUE__KIND_NUMBER_VALUE;
    }
}

static bool
read_any_value(struct json_reader *reader, const struct schema_message *type, Pb__Value *value, const struct path *path)
{
    uint32_t kind = kind_of(json_peek(reader));
    const struct schema_field *field = schema_field_by_number(type, kind);
    bool skipped = false;

    if (kind == PB__VALUE__KIND_NULL_VALUE) {
        value->kind_case = PB__VALUE__KIND_NULL_VALUE;
        return json_take_word(reader, "null") || json_fail(reader, TL_MALFORMED, reader->at, path, "expected a value");
    }
    if (!json_read_value(reader, field, schema_slot(value, field), &skipped, path)) {
        return false;
    }
    value->kind_case = (Pb__Value__KindCase)kind;
    return true;
}

/* ---- Wrappers: the bare value ---- */

static bool
read_wrapper(struct json_reader *reader, const struct schema_message *type, void *message, const struct path *path)
{
    const struct schema_field *field = schema_field_at(type, 0);
    bool skipped = false;

    return json_read_value(reader, field, schema_slot(message, field), &skipped, path);
}

/* ---- Any: {"@type": "type.googleapis.com/...", the message's own members, or "value" for odd shapes} ---- */

/* Looks through the object's members for `wanted`; leaves `at` before its value, or at the closing brace. */
static bool find_member(struct json_reader *reader, const char *wanted, bool *out_found, const struct path *path)
{
    struct json_text name;
    bool ok = true;

    *out_found = false;
    if (!json_expect(reader, '{', path)) {
        return false;
    }
    if (json_take(reader, '}')) {
        return true;
    }
    do {
        if (!json_string(reader, &name, path) || !json_expect(reader, ':', path)) {
            return false;
        }
        if (name.len == strlen(wanted) && memcmp(name.data, wanted, name.len) == 0) {
            *out_found = true;
            return true;
        }
        if (!json_skip(reader, path)) {
            return false;
        }
    } while (json_more(reader, '}', &ok, path));
    return ok;
}

static const struct schema_message *type_named(const char *url)
{
    const char *slash = strrchr(url, '/');

    return slash == NULL ? NULL : schema_find(slash + 1, strlen(slash + 1));
}

/* The message in an Any whose JSON is not an object of its fields: the member "value". */
static bool
read_odd_content(struct json_reader *reader, const struct schema_message *type, void *message, const struct path *path)
{
    const char *open = reader->at;
    bool found;

    if (!find_member(reader, "value", &found, path)) {
        return false;
    }
    if (!found) {
        return type->shape == SCHEMA_EMPTY ||
               json_fail(reader, TL_MALFORMED, open, path, "the member \"value\" is missing");
    }
    if (!json_read_message(reader, type, message, path)) {
        return false;
    }
    reader->at = open;
    return json_skip(reader, path);
}

static bool read_content(struct json_reader *reader, Pb__Any *any, const char *where, const struct path *path)
{
    const struct schema_message *type = type_named(any->type_url);
    bool ok;

    if (type == NULL) {
        return json_fail(reader, TL_MALFORMED, where, path, "\"%.200s\" is no known type", any->type_url);
    }
    void *message = pb_new(reader->arena, type->descriptor);

    /* The Any's own level is counted; its message is one more. */
    if (!json_enter(reader, 1, path)) {
        return false;
    }
    if (type->shape == SCHEMA_PLAIN) {
        ok = json_read_members(reader, type, message, "@type", path);
    } else {
        ok = read_odd_content(reader, type, message, path);
    }
    json_leave(reader, 1);
    if (ok) {
        struct tl_bytes packed = message_pack(reader->arena, message);

        any->value = (ProtobufCBinaryData){packed.len, packed.len == 0 ? NULL : (uint8_t *)(uintptr_t)packed.data};
    }
    return ok;
}

static bool read_any(struct json_reader *reader, Pb__Any *any, const struct path *path)
{
    const char *open = (json_peek(reader), reader->at);
    struct json_text url;
    bool found;

    if (!find_member(reader, "@type", &found, path)) {
        return false;
    }
    if (!found) {
        bool is_empty =
            reader->at[-1] == '}' && json_take(&(struct json_reader){.at = open + 1, .end = reader->end}, '}');

        return is_empty || json_fail(reader, TL_MALFORMED, open, path, "the member \"@type\" is missing");
    }
    const char *where = (json_peek(reader), reader->at);

    if (!json_string(reader, &url, path)) {
        return false;
    }
    if (memchr(url.data, 0, url.len) != NULL) {
        return json_fail(reader, TL_MALFORMED, where, path, "the type holds a NUL");
    }
    any->type_url = arena_strndup(reader->arena, url.data, url.len);
    reader->at = open;
    return read_content(reader, any, where, path);
}

/* ---- All ---- */

bool json_read_wellknown(
    struct json_reader *reader, const struct schema_message *type, void *message, const struct path *path)
{
    switch ((enum schema_shape)type->shape) {
    case SCHEMA_TIMESTAMP:
        return read_timestamp(reader, message, path);
    case SCHEMA_DURATION:
        return read_duration(reader, message, path);
    case SCHEMA_FIELD_MASK:
        return read_mask(reader, message, path);
    case SCHEMA_STRUCT:
    case SCHEMA_LIST_VALUE:
        return read_only_field(reader, type, message, path);
    case SCHEMA_VALUE:
        return read_any_value(reader, type, message, path);
    case SCHEMA_WRAPPER:
        return read_wrapper(reader, type, message, path);
    case SCHEMA_ANY:
        return read_any(reader, message, path);
    case SCHEMA_PLAIN:
    case SCHEMA_EMPTY:
        break;
    }
    return json_read_members(reader, type, message, NULL, path);
}
