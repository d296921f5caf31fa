/* SPDX-License-Identifier: MIT */
/*
 * A map that keeps the order of insertion, from byte strings or 64-bit numbers to pointers. A few
 * entries are a plain list; more get a hash index over it. Iteration never depends on hashes or
 * addresses. Memory comes from a pool; out of memory unwinds (pool.h).
 *
 * Keys are borrowed: a byte key's memory must live as long as its entry, so it is usually a member
 * of the value. One map holds keys of one kind.
 */
#ifndef TIMELAPSE_BASE_MAP_H
#define TIMELAPSE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

struct map_entry {
    const char *key; /* NULL for a number */
    uint64_t len;    /* of the key; or the number itself */
    uint64_t hash;
    void *value; /* never NULL; NULL marks a removed entry, skipped by map_next */
};

struct map {
    struct pool *pool;
    struct map_entry *entries; /* in order of insertion, with holes where entries were removed */
    uint64_t *index;           /* open addressing into entries, or NULL while small */
    uint32_t first;            /* holes before the first live entry */
    uint32_t used;             /* entries, holes included */
    uint32_t live;
    uint32_t capacity;
    uint32_t index_size; /* a power of two, or 0 */
};

/* Takes no memory yet. */
void map_init(struct map *map, struct pool *pool);
void map_done(struct map *map);

static inline size_t map_count(const struct map *map)
{
    return map->live;
}

/* The value, or NULL. */
void *map_get(const struct map *map, const char *key, size_t len);
void *map_get_string(const struct map *map, const char *key);
void *map_get_number(const struct map *map, uint64_t number);

/* Adds or replaces; a replaced entry keeps its place and takes the new key pointer. Returns the old value or NULL. */
void *map_put(struct map *map, const char *key, size_t len, void *value);
void *map_put_string(struct map *map, const char *key, void *value);
void *map_put_number(struct map *map, uint64_t number, void *value);

/* Removes; returns the value it had, or NULL. */
void *map_remove(struct map *map, const char *key, size_t len);
void *map_remove_string(struct map *map, const char *key);
void *map_remove_number(struct map *map, uint64_t number);

/*
 * The entry after `entry` (NULL: the first) in order of insertion, or NULL. The current entry may
 * be removed while walking; adding while walking is not allowed.
 */
struct map_entry *map_next(const struct map *map, const struct map_entry *entry);

#endif
