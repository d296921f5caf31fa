/* SPDX-License-Identifier: MIT */
/*
 * A 4-ary heap of deadlines in the total order (time, sequence). Items are embedded in what they
 * belong to and know their place, so that removal is O(log n) and leaves nothing behind.
 */
#ifndef TIMELAPSE_BASE_HEAP_H
#define TIMELAPSE_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/time.h>

struct pool;

struct heap_item {
    size_t place; /* index + 1; 0 while not in a heap */
};

struct heap_slot {
    tl_time at;
    uint64_t sequence;
    struct heap_item *item;
};

struct heap {
    struct pool *pool;
    struct heap_slot *slots;
    size_t count;
    size_t capacity;
};

void heap_init(struct heap *heap, struct pool *pool);
void heap_done(struct heap *heap);

/* Room for `count` items: until there are more, adding takes no memory. */
void heap_reserve(struct heap *heap, size_t count);

/* item: not in any heap. (at, sequence) pairs must be unique within the heap. */
void heap_add(struct heap *heap, struct heap_item *item, tl_time at, uint64_t sequence);

/* Nothing when it is not in the heap. */
void heap_remove(struct heap *heap, struct heap_item *item);

static inline bool heap_has(const struct heap_item *item)
{
    return item->place != 0;
}

static inline bool heap_is_before(const struct heap_slot *left, const struct heap_slot *right)
{
    return left->at != right->at ? left->at < right->at : left->sequence < right->sequence;
}

/* The earliest slot, or NULL. Valid until the heap changes. */
static inline const struct heap_slot *heap_first(const struct heap *heap)
{
    return heap->count == 0 ? NULL : &heap->slots[0];
}

/* Removes and returns the earliest item, or NULL. */
struct heap_item *heap_take_first(struct heap *heap);

#endif
