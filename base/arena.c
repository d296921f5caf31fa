/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "base/check.h"
#include "base/pool.h"

#define CHUNK_MIN   ((size_t)1024)
#define CHUNK_MAX   ((size_t)65536)
#define ITEMS_FIRST 8

/* Longer texts are formatted twice. */
#define FORMAT_ROOM 256

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* header included */
};

static_assert(sizeof(struct arena_chunk) % 16 == 0, "what follows is aligned to 16");

/* Where nothing is, for allocations of nothing before there is a chunk. */
static const char nowhere[16] __attribute__((aligned(16)));

void arena_init(struct arena *arena, struct pool *pool)
{
    char *place = (char *)(uintptr_t)nowhere;

    *arena = (struct arena){.pool = pool, .at = place, .end = place, .next_size = CHUNK_MIN};
}

static void free_chunks(struct arena *arena, struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        SANITIZER_OPEN(chunk, chunk->size);
        pool_free(arena->pool, chunk, chunk->size);
        chunk = next;
    }
}

void arena_done(struct arena *arena)
{
    free_chunks(arena, arena->chunks);
    arena_init(arena, arena->pool);
}

/* What is dropped shows in whoever still reads it: by the sanitizer, or as odd bytes in debug builds. */
static void poison(char *memory, size_t size)
{
#if !defined(NDEBUG)
    SANITIZER_OPEN(memory, size);
    memset(memory, 0xDD, size);
#endif
    SANITIZER_CLOSE(memory, size);
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;

    if (chunk == NULL) {
        return;
    }
    if (chunk->size > CHUNK_MAX) {
        arena_done(arena);
        return;
    }
    free_chunks(arena, chunk->next);
    chunk->next = NULL;
    arena->at = (char *)(chunk + 1);
    poison(arena->at, (size_t)(arena->end - arena->at));
}

/* A chunk with room for `size` bytes; larger ones than the arena's next are made to measure. */
static struct arena_chunk *new_chunk(struct arena *arena, size_t size)
{
    size_t wanted = size + sizeof(struct arena_chunk);

    if (wanted <= arena->next_size) {
        wanted = arena->next_size;
        arena->next_size = wanted < CHUNK_MAX ? wanted * 2 : CHUNK_MAX;
    } else {
        wanted = pool_block_size(wanted);
    }
    struct arena_chunk *chunk = pool_alloc(arena->pool, wanted);
    CHECK(chunk != NULL);
    chunk->size = wanted;
    SANITIZER_CLOSE(chunk + 1, wanted - sizeof(*chunk));
    return chunk;
}

void *arena_grow(struct arena *arena, size_t size)
{
    size_t rounded = arena_rounded(size);

    if (rounded < size || rounded > SIZE_MAX / 2) {
        pool_unwind(arena->pool);
        CHECK(rounded >= size && rounded <= SIZE_MAX / 2);
    }
    struct arena_chunk *chunk = new_chunk(arena, rounded);
    char *first = (char *)(chunk + 1);
    size_t rest = chunk->size - sizeof(*chunk) - rounded;
    if (rest < (size_t)(arena->end - arena->at)) {
        /* The chunk in use has more room left: it stays in use, and stays the newest. */
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->at = first + rounded;
        arena->end = first + rounded + rest;
    }
    SANITIZER_OPEN(first, size);
    return first;
}

size_t arena_held(const struct arena *arena)
{
    size_t held = 0;

    for (const struct arena_chunk *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) {
        held += chunk->size;
    }
    return held;
}

/* ---- Copies ---- */

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *copy = arena_alloc(arena, size);

    return size == 0 ? copy : memcpy(copy, data, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    if (len > 0) {
        memcpy(copy, text, len);
    }
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, text == NULL ? 0 : strlen(text));
}

char *arena_vformat(struct arena *arena, const char *format, va_list args)
{
    char room[FORMAT_ROOM];
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(room, sizeof(room), format, args);
    CHECK(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    if ((size_t)len < sizeof(room)) {
        memcpy(text, room, (size_t)len + 1);
    } else {
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    }
    va_end(again);
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = arena_vformat(arena, format, args);
    va_end(args);
    return text;
}

struct tl_bytes arena_bytes(struct arena *arena, struct tl_bytes bytes)
{
    return (struct tl_bytes){.data = arena_copy(arena, bytes.data, bytes.len), .len = bytes.len};
}

/* ---- Arrays ---- */

bool arena_extend(struct arena *arena, const void *memory, size_t size, size_t larger)
{
    size_t taken = arena_rounded(size);
    size_t wanted = arena_rounded(larger);

    if (SANITIZER_ADDRESS || wanted < larger || wanted < taken || (uintptr_t)arena->at - taken != (uintptr_t)memory) {
        return false;
    }
    if (wanted - taken > (size_t)(arena->end - arena->at)) {
        return false;
    }
    arena->at += wanted - taken;
    return true;
}

void *arena_grow_array(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity) {
        return items;
    }
    size_t larger = *capacity == 0 ? ITEMS_FIRST : *capacity;
    while (larger <= count) {
        CHECK(larger <= SIZE_MAX / 2);
        larger *= 2;
    }
    if (larger <= SIZE_MAX / item_size && *capacity > 0 &&
        arena_extend(arena, items, *capacity * item_size, larger * item_size)) {
        *capacity = larger;
        return items;
    }
    void *moved = arena_array(arena, larger, item_size);
    if (count > 0) {
        memcpy(moved, items, count * item_size);
        SANITIZER_CLOSE(items, *capacity * item_size);
    }
    *capacity = larger;
    return moved;
}
