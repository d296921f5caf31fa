/* SPDX-License-Identifier: MIT */
#include "sim/env/memory.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)2048)

struct env_chunk {
    struct env_chunk *older;
    size_t size; /* of the whole chunk */
    size_t used; /* this header included */
    size_t reserved;
};

static void *allocate_with_malloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void free_with_free(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

void env_memory_init(struct env_memory *memory, const struct tl_allocator *allocator)
{
    static const struct tl_allocator default_allocator = {.alloc = allocate_with_malloc, .free = free_with_free};

    memory->allocator = allocator == NULL ? default_allocator : *allocator;
    memory->chunks = NULL;
}

void env_memory_done(struct env_memory *memory)
{
    while (memory->chunks != NULL) {
        struct env_chunk *chunk = memory->chunks;

        memory->chunks = chunk->older;
        memory->allocator.free(memory->allocator.user, chunk, chunk->size);
    }
}

static struct env_chunk *add_chunk(struct env_memory *memory, size_t size)
{
    size_t wanted = size + sizeof(struct env_chunk);
    size_t chunk_size = wanted > CHUNK_SIZE ? wanted : CHUNK_SIZE;
    struct env_chunk *chunk = memory->allocator.alloc(memory->allocator.user, chunk_size);

    if (chunk != NULL) {
        *chunk = (struct env_chunk){.older = memory->chunks, .size = chunk_size, .used = sizeof *chunk};
        memory->chunks = chunk;
    }
    return chunk;
}

void *env_alloc(struct env_memory *memory, size_t size)
{
    size_t rounded = (size + 15U) & ~(size_t)15U;
    struct env_chunk *chunk = memory->chunks;

    if (chunk == NULL || chunk->size - chunk->used < rounded) {
        chunk = add_chunk(memory, rounded);
        if (chunk == NULL) {
            return NULL;
        }
    }
    void *piece = (char *)chunk + chunk->used;
    chunk->used += rounded;
    return memset(piece, 0, rounded);
}

char *env_strdup(struct env_memory *memory, const char *string)
{
    if (string == NULL) {
        return NULL;
    }
    size_t size = strlen(string) + 1;
    char *copy = env_alloc(memory, size);

    return copy == NULL ? NULL : memcpy(copy, string, size);
}
