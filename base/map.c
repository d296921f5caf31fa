/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include <string.h>

#include "base/check.h"
#include "base/pool.h"
#include "base/random.h"

/* Up to this many entries are searched one by one. */
#define SMALL          8U
#define CAPACITY_FIRST 4U
#define CAPACITY_MAX   (UINT32_C(1) << 30)

/* Holes that are not worth closing. */
#define HOLES_FREE 16U

/* What is looked for. */
struct key {
    const char *bytes; /* NULL for a number */
    uint64_t len;
    uint64_t hash; /* only while there is an index */
};

void map_init(struct map *map, struct pool *pool)
{
    *map = (struct map){.pool = pool};
}

static void free_tables(struct map *map)
{
    pool_free(map->pool, map->entries, map->capacity * sizeof(*map->entries));
    pool_free(map->pool, map->index, map->index_size * sizeof(*map->index));
}

void map_done(struct map *map)
{
    free_tables(map);
    map_init(map, map->pool);
}

/* ---- Finding ---- */

static uint64_t hash_of(const char *bytes, uint64_t len)
{
    return bytes == NULL ? hash_number(len) : hash_bytes(bytes, len);
}

static struct key key_of(const struct map *map, const char *bytes, uint64_t len)
{
    return (struct key){.bytes = bytes, .len = len, .hash = map->index == NULL ? 0 : hash_of(bytes, len)};
}

/* No key of bytes is NULL inside, not even an empty one: NULL is for numbers. */
static struct key bytes_key(const struct map *map, const char *bytes, size_t len)
{
    return key_of(map, bytes == NULL ? "" : bytes, len);
}

static bool has_key(const struct map_entry *entry, const struct key *key)
{
    return entry->len == key->len && entry->value != NULL &&
           (key->bytes == NULL || memcmp(entry->key, key->bytes, key->len) == 0);
}

static struct map_entry *find_small(const struct map *map, const struct key *key)
{
    for (uint32_t i = map->first; i < map->used; i++) {
        if (has_key(&map->entries[i], key)) {
            return &map->entries[i];
        }
    }
    return NULL;
}

/*
 * A cell of the index holds an entry's number + 1 below the upper half of its hash, so that entries of
 * other keys are hardly ever touched. Removed entries keep theirs until the index is made anew.
 */
#define CELL_NUMBER UINT64_C(0xFFFFFFFF)

static uint64_t cell_of(uint64_t hash, uint32_t number)
{
    return (hash & ~CELL_NUMBER) | ((uint64_t)number + 1);
}

static struct map_entry *find(const struct map *map, const struct key *key)
{
    if (map->index == NULL) {
        return find_small(map, key);
    }
    uint32_t mask = map->index_size - 1;
    for (uint32_t at = (uint32_t)key->hash & mask; map->index[at] != 0; at = (at + 1) & mask) {
        uint64_t cell = map->index[at];
        struct map_entry *entry = &map->entries[(cell & CELL_NUMBER) - 1];
        if (((cell ^ key->hash) & ~CELL_NUMBER) == 0 && has_key(entry, key)) {
            return entry;
        }
    }
    return NULL;
}

static void *get(const struct map *map, struct key key)
{
    const struct map_entry *entry = find(map, &key);

    return entry == NULL ? NULL : entry->value;
}

void *map_get(const struct map *map, const char *key, size_t len)
{
    return map->live == 0 ? NULL : get(map, bytes_key(map, key, len));
}

void *map_get_string(const struct map *map, const char *key)
{
    return map_get(map, key, strlen(key));
}

void *map_get_number(const struct map *map, uint64_t number)
{
    return map->live == 0 ? NULL : get(map, key_of(map, NULL, number));
}

/* ---- Adding ---- */

static void index_entry(struct map *map, uint32_t number)
{
    uint32_t mask = map->index_size - 1;
    uint32_t at = (uint32_t)map->entries[number].hash & mask;

    while (map->index[at] != 0) {
        at = (at + 1) & mask;
    }
    map->index[at] = cell_of(map->entries[number].hash, number);
}

static uint32_t copy_live(const struct map *map, struct map_entry *to)
{
    uint32_t count = 0;

    for (uint32_t i = map->first; i < map->used; i++) {
        if (map->entries[i].value != NULL) {
            to[count++] = map->entries[i];
        }
    }
    return count;
}

/* The index of a map that grows out of having none comes with the hashes. */
static void hash_entries(struct map *map)
{
    for (uint32_t i = 0; i < map->used; i++) {
        struct map_entry *entry = &map->entries[i];
        entry->hash = hash_of(entry->key, entry->len);
    }
}

static void make_index(struct map *map)
{
    memset(map->index, 0, map->index_size * sizeof(*map->index));
    for (uint32_t i = 0; i < map->used; i++) {
        index_entry(map, i);
    }
}

/* Closes the holes where the entries lie. */
static void compact(struct map *map)
{
    map->used = copy_live(map, map->entries);
    map->first = 0;
    if (map->index != NULL) {
        make_index(map);
    }
}

/* Moves the live entries to a table for `capacity` of them; changes nothing when memory ends on the way. */
static void resize(struct map *map, uint32_t capacity)
{
    CHECK(capacity <= CAPACITY_MAX);
    uint32_t index_size = capacity > SMALL ? capacity * 2 : 0;
    struct map_entry *entries = pool_alloc(map->pool, capacity * sizeof(*entries));
    uint64_t *index = index_size == 0 ? NULL : pool_alloc(map->pool, index_size * sizeof(*index));
    CHECK(entries != NULL && (index != NULL || index_size == 0));
    uint32_t used = copy_live(map, entries);
    bool hashed = map->index != NULL;

    free_tables(map);
    map->entries = entries;
    map->index = index;
    map->capacity = capacity;
    map->index_size = index_size;
    map->first = 0;
    map->used = used;
    if (index != NULL) {
        if (!hashed) {
            hash_entries(map);
        }
        make_index(map);
    }
}

/*
 * Room for one more. Holes are closed when there are more of them than entries, so that walking
 * stays linear in what is there; each was paid for by a removal.
 */
static void make_room(struct map *map)
{
    uint32_t holes = map->used - map->live;

    if (holes > map->live + HOLES_FREE && map->live < map->capacity / 8) {
        uint32_t capacity = map->capacity / 4;
        resize(map, capacity < CAPACITY_FIRST ? CAPACITY_FIRST : capacity);
    } else if (holes > map->live + HOLES_FREE || (map->used == map->capacity && holes > map->capacity / 4)) {
        compact(map);
    } else if (map->used == map->capacity) {
        resize(map, map->capacity == 0 ? CAPACITY_FIRST : map->capacity * 2);
    }
}

static void append(struct map *map, const struct key *key, void *value)
{
    bool hashed = map->index != NULL; /* then the key is too */

    make_room(map);
    struct map_entry *entry = &map->entries[map->used++];

    *entry = (struct map_entry){.key = key->bytes, .len = key->len, .value = value};
    map->live++;
    if (map->index != NULL) {
        entry->hash = hashed ? key->hash : hash_of(key->bytes, key->len);
        index_entry(map, map->used - 1);
    }
}

static void *put(struct map *map, struct key key, void *value)
{
    CHECK(value != NULL);
    struct map_entry *entry = find(map, &key);
    if (entry == NULL) {
        append(map, &key, value);
        return NULL;
    }
    void *before = entry->value;
    entry->key = key.bytes;
    entry->value = value;
    return before;
}

void *map_put(struct map *map, const char *key, size_t len, void *value)
{
    return put(map, bytes_key(map, key, len), value);
}

void *map_put_string(struct map *map, const char *key, void *value)
{
    return map_put(map, key, strlen(key), value);
}

void *map_put_number(struct map *map, uint64_t number, void *value)
{
    return put(map, key_of(map, NULL, number), value);
}

/* ---- Removing ---- */

static void *take(struct map *map, struct key key)
{
    struct map_entry *entry = find(map, &key);

    if (entry == NULL) {
        return NULL;
    }
    void *value = entry->value;
    entry->value = NULL;
    map->live--;
    while (map->first < map->used && map->entries[map->first].value == NULL) {
        map->first++;
    }
    return value;
}

void *map_remove(struct map *map, const char *key, size_t len)
{
    return map->live == 0 ? NULL : take(map, bytes_key(map, key, len));
}

void *map_remove_string(struct map *map, const char *key)
{
    return map_remove(map, key, strlen(key));
}

void *map_remove_number(struct map *map, uint64_t number)
{
    return map->live == 0 ? NULL : take(map, key_of(map, NULL, number));
}

/* ---- Walking ---- */

struct map_entry *map_next(const struct map *map, const struct map_entry *entry)
{
    uint32_t at = entry == NULL ? map->first : (uint32_t)(entry - map->entries) + 1;

    while (at < map->used && map->entries[at].value == NULL) {
        at++;
    }
    return at < map->used ? &map->entries[at] : NULL;
}
