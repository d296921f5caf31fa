/* SPDX-License-Identifier: MIT */
#include "model/map_order.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "model/schema.h"

#define COMPARE(type, left, right)                                                                                     \
    ((*(const type *)(left) > *(const type *)(right)) - (*(const type *)(left) < *(const type *)(right)))

static int compare_keys(const struct schema_field *key, const void *left_entry, const void *right_entry)
{
    const void *left = schema_const_slot(left_entry, key);
    const void *right = schema_const_slot(right_entry, key);

    switch (key->type) {
    case PROTOBUF_C_TYPE_STRING:
        return strcmp(*(char *const *)left, *(char *const *)right);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return COMPARE(uint32_t, left, right);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return COMPARE(uint64_t, left, right);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return COMPARE(int64_t, left, right);
    default: /* the 32-bit signed ones, and bool */
        return COMPARE(int32_t, left, right);
    }
}

static bool is_in_order(const struct schema_field *key, void *const *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (compare_keys(key, entries[i - 1], entries[i]) >= 0) {
            return false;
        }
    }
    return true;
}

/* Merges from[0..middle) and from[middle..end); of equal keys the earlier goes first. */
static void merge(const struct schema_field *key, void **to, void *const *from, size_t middle, size_t end)
{
    size_t left = 0;
    size_t right = middle;

    for (size_t i = 0; i < end; i++) {
        bool take_left = right >= end || (left < middle && compare_keys(key, from[left], from[right]) <= 0);

        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* From the bottom up, between two arrays; returns the one that is sorted at the end. */
static void **sort(const struct schema_field *key, void **items, void **spare, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t at = 0; at < count; at += 2 * run) {
            size_t end = count - at < 2 * run ? count - at : 2 * run;

            merge(key, spare + at, items + at, run < end ? run : end, end);
        }
        void **sorted = spare;

        spare = items;
        items = sorted;
    }
    return items;
}

void *const *map_in_order(struct arena *arena, const struct schema_field *map, void *const *entries, size_t *count)
{
    const struct schema_field *key = schema_field_at(schema_target(map), 0);
    size_t kept = 0;

    if (is_in_order(key, entries, *count)) {
        return entries;
    }
    void **items = arena_copy(arena, entries, *count * sizeof(*items));
    void **sorted = sort(key, items, arena_alloc(arena, *count * sizeof(*items)), *count);

    for (size_t i = 0; i < *count; i++) {
        if (i + 1 == *count || compare_keys(key, sorted[i], sorted[i + 1]) != 0) {
            sorted[kept++] = sorted[i];
        }
    }
    *count = kept;
    return sorted;
}
