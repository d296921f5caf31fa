/* SPDX-License-Identifier: MIT */
/* Messages: members, oneofs, arrays, maps. The entry is json_read at the end. */
#include "base/map.h"
#include "base/pool.h"
#include "model/json.h"
#include "model/json_reader.h"
#include "model/message.h"
#include "model/schema_index.h"

/* From here on a map's keys are indexed to find duplicates. */
#define FEW_KEYS 16

/* ---- The stack of array elements ---- */

static void *stack_push(struct json_reader *reader, size_t size)
{
    struct json_stack *stack = &reader->stack;

    if (stack->capacity - stack->used < size) {
        size_t capacity = stack->capacity == 0 ? 1024 : stack->capacity * 2;
        char *items = arena_alloc(&reader->scratch, capacity);

        if (stack->used > 0) {
            memcpy(items, stack->items, stack->used);
        }
        stack->items = items;
        stack->capacity = capacity;
    }
    void *place = stack->items + stack->used;

    stack->used += size;
    return place;
}

/* Moves what was pushed since `base` to the arena. */
static void *stack_take(struct json_reader *reader, size_t base)
{
    size_t size = reader->stack.used - base;
    void *items = size == 0 ? NULL : arena_copy(reader->arena, reader->stack.items + base, size);

    reader->stack.used = base;
    return items;
}

/* ---- Values ---- */

bool json_read_value(
    struct json_reader *reader, const struct schema_field *field, void *value, bool *out_skipped,
    const struct path *path)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return json_read_scalar(reader, field, value, out_skipped, path);
    }
    const struct schema_message *type = schema_target(field);
    void *message = pb_new(reader->arena, type->descriptor);

    *(void **)value = message;
    return json_read_message(reader, type, message, path);
}

/* null stands for "not there", except where it is a value of its own. */
static bool is_absent(struct json_reader *reader, const struct schema_field *field)
{
    if (json_peek(reader) != 'n' || (field->flags & SCHEMA_NULL_VALUE) != 0) {
        return false;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && schema_target(field)->shape == SCHEMA_VALUE) {
        return false;
    }
    return json_take_word(reader, "null");
}

/* ---- Arrays ---- */

/* One element, put on the stack by way of `element`: the stack may move while it is read. */
static bool read_element(struct json_reader *reader, const struct schema_field *field, const struct path *path)
{
    union {
        uint64_t number;
        void *pointer;
        ProtobufCBinaryData bytes;
    } element = {0};
    bool skipped = false;
    size_t size = schema_value_size(field);

    if (field->type == PROTOBUF_C_TYPE_STRING) {
        element.pointer = (void *)(uintptr_t)protobuf_c_empty_string;
    }
    if (!json_read_value(reader, field, &element, &skipped, path)) {
        return false;
    }
    if (!skipped) {
        memcpy(stack_push(reader, size), &element, size);
    }
    return true;
}

bool json_read_array(
    struct json_reader *reader, const struct schema_field *field, void *message, const struct path *path)
{
    struct path element = {path->up, field, 0, NULL, 0};
    size_t base = reader->stack.used;
    bool ok = true;

    if (!json_expect(reader, '[', path)) {
        return false;
    }
    if (json_take(reader, ']')) {
        return true;
    }
    do {
        if (!read_element(reader, field, &element)) {
            return false;
        }
        element.index++;
    } while (json_more(reader, ']', &ok, path));
    if (!ok) {
        return false;
    }
    *schema_count(message, field) = (reader->stack.used - base) / schema_value_size(field);
    *(void **)schema_slot(message, field) = stack_take(reader, base);
    return true;
}

/* ---- Maps ---- */

/* The keys of the map being read, to refuse one that comes twice. */
struct keys {
    struct map index; /* by text, once there are more than a few */
    size_t base;      /* of the map's entries on the stack */
    const struct schema_field *key;
};

static const void *key_slot(const struct keys *keys, void *const *entries, size_t i)
{
    return schema_const_slot(entries[i], keys->key);
}

static bool same_key(const struct keys *keys, const void *left, const void *right)
{
    if (keys->key->type == PROTOBUF_C_TYPE_STRING) {
        return strcmp(*(char *const *)left, *(char *const *)right) == 0;
    }
    return memcmp(left, right, schema_value_size(keys->key)) == 0;
}

/* Puts the key into the index; true when it was there. */
static bool index_key(struct keys *keys, const void *slot)
{
    if (keys->key->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)slot;

        return map_put(&keys->index, text, strlen(text), keys) != NULL;
    }
    return map_put(&keys->index, slot, schema_value_size(keys->key), keys) != NULL;
}

/* Whether the newest entry's key was there before. */
static bool is_duplicate(struct json_reader *reader, struct keys *keys)
{
    void *const *entries = (void *const *)(void *)(reader->stack.items + keys->base);
    size_t count = (reader->stack.used - keys->base) / sizeof(void *);
    const void *newest = key_slot(keys, entries, count - 1);

    if (count > FEW_KEYS) {
        if (map_count(&keys->index) == 0) {
            for (size_t i = 0; i + 1 < count; i++) {
                (void)index_key(keys, key_slot(keys, entries, i));
            }
        }
        return index_key(keys, newest);
    }
    for (size_t i = 0; i + 1 < count; i++) {
        if (same_key(keys, key_slot(keys, entries, i), newest)) {
            return true;
        }
    }
    return false;
}

/* A member becomes an entry message on the stack. */
static bool
read_entry(struct json_reader *reader, const struct schema_field *map, struct keys *keys, const struct path *up)
{
    const struct schema_message *type = schema_target(map);
    const struct schema_field *value = schema_field_at(type, 1);
    void *entry = pb_new(reader->arena, type->descriptor);
    struct path path = {up->up, map, PATH_NO_INDEX, NULL, 0};
    struct json_text name;
    bool skipped = false;
    const char *where = (json_peek(reader), reader->at);

    if (!json_string(reader, &name, up)) {
        return false;
    }
    path.key = name.data;
    path.key_len = name.len;
    if (!json_read_key(reader, keys->key, name, schema_slot(entry, keys->key), &path) ||
        !json_expect(reader, ':', &path) || !json_enter(reader, 1, &path) ||
        !json_read_value(reader, value, schema_slot(entry, value), &skipped, &path)) {
        return false;
    }
    json_leave(reader, 1);
    if (skipped) {
        return true;
    }
    memcpy(stack_push(reader, sizeof(entry)), &entry, sizeof(entry));
    return !is_duplicate(reader, keys) || json_fail(reader, TL_MALFORMED, where, &path, "the key comes twice");
}

static bool
read_entries(struct json_reader *reader, const struct schema_field *map, struct keys *keys, const struct path *path)
{
    bool ok = true;

    do {
        if (!read_entry(reader, map, keys, path)) {
            return false;
        }
    } while (json_more(reader, '}', &ok, path));
    return ok;
}

bool json_read_map(struct json_reader *reader, const struct schema_field *map, void *message, const struct path *path)
{
    struct keys keys = {.base = reader->stack.used, .key = schema_field_at(schema_target(map), 0)};

    if (!json_expect(reader, '{', path)) {
        return false;
    }
    if (json_take(reader, '}')) {
        return true;
    }
    map_init(&keys.index, reader->scratch.pool);
    bool ok = read_entries(reader, map, &keys, path);

    map_done(&keys.index);
    if (ok) {
        *schema_count(message, map) = (reader->stack.used - keys.base) / sizeof(void *);
        *(void **)schema_slot(message, map) = stack_take(reader, keys.base);
    }
    return ok;
}

/* ---- Members ---- */

static bool
read_oneof(struct json_reader *reader, const struct schema_field *field, void *message, const struct path *path)
{
    uint32_t *number = schema_case(message, field);
    union {
        uint64_t number;
        void *pointer;
        ProtobufCBinaryData bytes;
    } value = {0};
    bool skipped = false;

    if (*number != 0) {
        return json_fail(reader, TL_MALFORMED, reader->at, path, "another member of the same oneof is set already");
    }
    if (!json_read_value(reader, field, &value, &skipped, path)) {
        return false;
    }
    if (!skipped) {
        *number = field->number;
        memcpy(schema_slot(message, field), &value, schema_value_size(field));
    }
    return true;
}

static bool
read_field(struct json_reader *reader, const struct schema_field *field, void *message, const struct path *path)
{
    bool skipped = false;

    if (is_absent(reader, field)) {
        return true;
    }
    if ((field->flags & SCHEMA_MAP) != 0) {
        return json_read_map(reader, field, message, path);
    }
    if ((field->flags & SCHEMA_REPEATED) != 0) {
        return json_read_array(reader, field, message, path);
    }
    if ((field->flags & SCHEMA_ONEOF) != 0) {
        return read_oneof(reader, field, message, path);
    }
    return json_read_value(reader, field, schema_slot(message, field), &skipped, path);
}

/* Fields seen so far, a bit each. */
struct seen {
    uint64_t bits[4];
};

static bool mark(struct seen *seen, size_t index)
{
    uint64_t bit = UINT64_C(1) << (index % 64);
    bool before = (seen->bits[index / 64] & bit) != 0;

    seen->bits[index / 64] |= bit;
    return before;
}

static bool skip_member(
    struct json_reader *reader, struct json_text name, const char *where, const char *ignored, const struct path *up)
{
    bool wanted = ignored != NULL && strlen(ignored) == name.len && memcmp(ignored, name.data, name.len) == 0;

    if (!wanted && reader->refuse_unknown) {
        return json_fail(
            reader, TL_MALFORMED, where, up, "unknown field \"%.*s\"", name.len > 100 ? 100 : (int)name.len, name.data);
    }
    return json_skip(reader, up);
}

static bool read_member(
    struct json_reader *reader, const struct schema_message *type, void *message, struct seen *seen,
    const char *ignored, const struct path *up)
{
    struct json_text name;
    const char *where = (json_peek(reader), reader->at);

    if (!json_string(reader, &name, up) || !json_expect(reader, ':', up)) {
        return false;
    }
    const struct schema_field *field = schema_field_by_name(type, name.data, name.len);

    if (field == NULL) {
        return skip_member(reader, name, where, ignored, up);
    }
    struct path path = {up, field, PATH_NO_INDEX, NULL, 0};

    if (mark(seen, (size_t)(field - schema_field_at(type, 0)))) {
        return json_fail(reader, TL_MALFORMED, where, &path, "the field comes twice");
    }
    return read_field(reader, field, message, &path);
}

bool json_read_members(
    struct json_reader *reader, const struct schema_message *type, void *message, const char *ignored,
    const struct path *path)
{
    struct seen seen = {{0}};
    bool ok = true;

    if (!json_expect(reader, '{', path)) {
        return false;
    }
    if (json_take(reader, '}')) {
        return true;
    }
    do {
        if (!read_member(reader, type, message, &seen, ignored, path)) {
            return false;
        }
    } while (json_more(reader, '}', &ok, path));
    return ok;
}

/* ---- Messages ---- */

/* The type of an event is known, or the worker may ignore the event, which then has none. */
static bool read_event(
    struct json_reader *reader, const struct schema_message *type, Pb__HistoryEvent *event, const struct path *path)
{
    const char *outer = reader->unknown_event;

    reader->unknown_event = NULL;
    if (!json_read_members(reader, type, event, NULL, path)) {
        return false;
    }
    const char *where = reader->unknown_event;

    reader->unknown_event = outer;
    if (where == NULL || event->worker_may_ignore) {
        return true;
    }
    struct json_text name = {"", 0};

    reader->at = where;
    (void)json_string(reader, &name, path);
    return json_fail(
        reader,
        TL_MALFORMED,
        where,
        path,
        "event %lld is of the unknown type \"%.*s\" and may not be ignored",
        (long long)event->event_id,
        name.len > 100 ? 100 : (int)name.len,
        name.data);
}

bool json_read_message(
    struct json_reader *reader, const struct schema_message *type, void *message, const struct path *path)
{
    bool ok;

    if (!json_enter(reader, 1, path)) {
        return false;
    }
    if (type->shape > SCHEMA_EMPTY) {
        ok = json_read_wellknown(reader, type, message, path);
    } else if (type == &schema_messages[SCHEMA_pb__history_event]) {
        ok = read_event(reader, type, message, path);
    } else {
        ok = json_read_members(reader, type, message, NULL, path);
    }
    json_leave(reader, 1);
    return ok;
}

/* Some programs write a byte order mark. */
static void skip_mark(struct json_reader *reader)
{
    if (reader->end - reader->at >= 3 && memcmp(reader->at, "\xEF\xBB\xBF", 3) == 0) {
        reader->at += 3;
    }
}

enum tl_status json_read(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes text,
    const struct json_read_options *options, void **out_message, struct tl_error *error)
{
    const char *start = text.len == 0 ? "" : (const char *)text.data;
    struct json_reader reader = {
        .at = start,
        .end = start + text.len,
        .start = start,
        .arena = arena,
        .error = error,
        .refuse_unknown = options != NULL && options->refuse_unknown_fields,
    };
    void *message = pb_new(arena, descriptor);

    arena_init(&reader.scratch, arena->pool);
    skip_mark(&reader);
    bool ok = json_read_message(&reader, schema_of(descriptor), message, NULL);

    if (ok && (json_peek(&reader), reader.at < reader.end)) {
        ok = json_fail(&reader, TL_MALFORMED, reader.at, NULL, "expected the end");
    }
    arena_done(&reader.scratch);
    if (!ok) {
        return reader.status;
    }
    *out_message = message;
    return TL_OK;
}
