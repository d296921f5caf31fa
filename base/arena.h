/* SPDX-License-Identifier: MIT */
/*
 * An arena: memory with one named lifetime (call, task, run, history), dropped whole. Chunks come
 * from a pool and grow geometrically from 1 KiB to 64 KiB. Out of memory unwinds (pool.h): whoever
 * uses an arena has a guard.
 */
#ifndef TIMELAPSE_BASE_ARENA_H
#define TIMELAPSE_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/payload.h>

#include "base/sanitizer.h"

struct pool;
struct arena_chunk;

struct arena {
    struct pool *pool;
    struct arena_chunk *chunks; /* the one in use first */
    char *at;                   /* its next free byte */
    char *end;
    size_t next_size;
};

/* Takes no memory yet. */
void arena_init(struct arena *arena, struct pool *pool);

/* Gives everything back; the arena is as after init. Debug and sanitizer builds poison it. */
void arena_done(struct arena *arena);

/* As arena_done, but keeps the chunk in use for what comes next, unless it is a huge one. */
void arena_reset(struct arena *arena);

/* Slow path of arena_alloc: a new chunk. */
void *arena_grow(struct arena *arena, size_t size);

/* What an allocation takes; under the address sanitizer something that nobody may touch follows. */
static inline size_t arena_rounded(size_t size)
{
    return ((size + 15U) & ~(size_t)15U) + (SANITIZER_ADDRESS ? 16U : 0U);
}

/* `size` bytes aligned to 16, not zeroed; size 0 gives a valid pointer. */
static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = arena_rounded(size);

    if (__builtin_expect(rounded < size || rounded > (size_t)(arena->end - arena->at), 0)) {
        return arena_grow(arena, size);
    }
    void *memory = arena->at;
    arena->at += rounded;
    SANITIZER_OPEN(memory, size);
    return memory;
}

static inline void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

/* Room for `count` items, not zeroed; a product that is too large is out of memory. */
static inline void *arena_array(struct arena *arena, size_t count, size_t item_size)
{
    size_t size;

    if (__builtin_mul_overflow(count, item_size, &size)) {
        size = SIZE_MAX;
    }
    return arena_alloc(arena, size);
}

static inline void *arena_zarray(struct arena *arena, size_t count, size_t item_size)
{
    return memset(arena_array(arena, count, item_size), 0, count * item_size);
}

#define ARENA_NEW(arena, type)          ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_zarray((arena), (count), sizeof(type)))

/* Copies: bytes; a string with its NUL (NULL gives ""); len bytes of text plus a NUL; printf. */
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_format(struct arena *arena, const char *format, ...) TL_PRINTF(2, 3);
char *arena_vformat(struct arena *arena, const char *format, va_list args) TL_PRINTF(2, 0);
struct tl_bytes arena_bytes(struct arena *arena, struct tl_bytes bytes);

/*
 * Makes the arena's latest allocation, `memory` of `size` bytes, as large as `larger` where it
 * lies; false, and nothing done, where it is not the latest or has no room (and always under the
 * address sanitizer, so that moving is what gets tested).
 */
bool arena_extend(struct arena *arena, const void *memory, size_t size, size_t larger);

/*
 * The next capacity of a growing array, and the array moved to it: returns `items` itself while
 * `count` is below *capacity, else the items in a place with room for at least count + 1. The old
 * place is not to be used any more.
 */
void *arena_grow_array(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size);

/* Bytes held in chunks. */
size_t arena_held(const struct arena *arena);

#endif
