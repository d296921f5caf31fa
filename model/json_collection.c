/* SPDX-License-Identifier: MIT */
/* Arrays and maps: their values gather on a stack until it is known how many there are. */
#include "base/map.h"
#include "model/json_reader.h"
#include "model/pb.h"

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
