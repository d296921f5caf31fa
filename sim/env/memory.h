/* SPDX-License-Identifier: MIT */
/*
 * Memory of one environment, on the allocator its user gave: things that are kept until it is
 * freed. The environment is built on installed headers alone, so it has neither pool nor guard:
 * out of memory is a NULL here, and becomes a verdict where the call began.
 */
#ifndef TIMELAPSE_SIM_ENV_MEMORY_H
#define TIMELAPSE_SIM_ENV_MEMORY_H

#include <stddef.h>
#include <timelapse/allocator.h>

struct env_chunk;

struct env_memory {
    struct tl_allocator allocator;
    struct env_chunk *chunks; /* newest first */
};

/* allocator: copied; NULL: malloc. Takes no memory yet. */
void env_memory_init(struct env_memory *memory, const struct tl_allocator *allocator);

/* Gives everything back. */
void env_memory_done(struct env_memory *memory);

/* `size` zeroed bytes aligned to 16, kept until env_memory_done; NULL when out of memory. */
void *env_alloc(struct env_memory *memory, size_t size);

/* A copy of a string; NULL gives NULL. */
char *env_strdup(struct env_memory *memory, const char *string);

#endif
