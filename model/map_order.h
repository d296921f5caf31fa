/* SPDX-License-Identifier: MIT */
/* The entries of a map field in the order of their keys, which is how they are written. */
#ifndef TIMELAPSE_MODEL_MAP_ORDER_H
#define TIMELAPSE_MODEL_MAP_ORDER_H

#include <stddef.h>

struct arena;
struct schema_field;

/*
 * Sorts by key, of entries with one key keeps the last, as a decoder does. *count goes in and out.
 * Returns `entries` itself when they are in order already, else an array in the arena.
 */
void *const *map_in_order(struct arena *arena, const struct schema_field *map, void *const *entries, size_t *count);

#endif
