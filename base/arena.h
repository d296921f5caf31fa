/* SPDX-License-Identifier: MIT */
/*
 * An arena: memory with one named lifetime (call, task, run, history), dropped whole. Chunks come
 * from a pool and grow geometrically from 1 KiB to 64 KiB. Out of memory unwinds (pool.h).
 */
#ifndef TIMELAPSE_BASE_ARENA_H
#define TIMELAPSE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <timelapse/payload.h>

struct pool;
struct arena_chunk;

struct arena {
    struct pool *pool;
    struct arena_chunk *chunks; /* newest first */
    char *at;                   /* next free byte of the newest chunk */
    char *end;
    size_t next_size;
};

/* Takes no memory yet. */
void arena_init(struct arena *arena, struct pool *pool);

/* Gives everything back; the arena is as after init. Debug and sanitizer builds poison it. */
void arena_done(struct arena *arena);

/* As arena_done, but keeps the newest chunk for what comes next. */
void arena_reset(struct arena *arena);

/* Slow path of arena_alloc: a new chunk. */
void *arena_grow(struct arena *arena, size_t size);

/* `size` bytes aligned to 16, not zeroed; size 0 gives a valid pointer. */
static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + 15U) & ~(size_t)15U;

    if (__builtin_expect(rounded < size || rounded > (size_t)(arena->end - arena->at), 0)) {
        return arena_grow(arena, size);
    }
    void *memory = arena->at;
    arena->at += rounded;
    return memory;
}

static inline void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

#define ARENA_NEW(arena, type)          ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_zalloc((arena), sizeof(type) * (count)))

/* Copies: bytes; a string with its NUL (NULL gives ""); len bytes of text plus a NUL; printf. */
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_format(struct arena *arena, const char *format, ...) TL_PRINTF(2, 3);
char *arena_vformat(struct arena *arena, const char *format, va_list args);
struct tl_bytes arena_bytes(struct arena *arena, struct tl_bytes bytes);

/*
 * The next capacity of a growing array, and the array moved to it: returns `items` itself while
 * `count` is below *capacity, else a copy with room for at least count + 1.
 */
void *arena_grow_array(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size);

/* Bytes held in chunks. */
size_t arena_held(const struct arena *arena);

#endif
