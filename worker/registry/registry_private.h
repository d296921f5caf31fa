/* SPDX-License-Identifier: MIT */
/* struct tl_registry from the inside: written while it is filled, read-only from then on. */
#ifndef TIMELAPSE_WORKER_REGISTRY_PRIVATE_H
#define TIMELAPSE_WORKER_REGISTRY_PRIVATE_H

#include <timelapse/converter.h>
#include <timelapse/interceptor.h>
#include <timelapse/registry.h>

#include "base/arena.h"
#include "base/map.h"

struct pool;

struct tl_registry {
    struct pool *pool;
    struct arena arena;
    struct map workflows;  /* struct tl_workflow_definition by type */
    struct map activities; /* struct tl_activity_definition by type */
    struct tl_activity_definition fallback;
    struct tl_codec *codecs; /* in the order in which they were added */
    size_t codec_count;
    size_t codec_capacity;
    struct tl_interceptor *interceptors; /* likewise */
    size_t interceptor_count;
    size_t interceptor_capacity;
    enum tl_status status; /* of the first addition that was refused */
    struct tl_error error; /* what it was; filled when status is not TL_OK */
};

/*
 * Runs add(registry, addition) with memory guarded, unless an addition was refused before; what
 * `add` refuses with registry_refuse is remembered.
 */
typedef void registry_add_fn(struct tl_registry *registry, const void *addition);
void registry_add(struct tl_registry *registry, registry_add_fn *add, const void *addition);

/* Remembers the first refusal. */
void registry_refuse(struct tl_registry *registry, enum tl_status status, const char *field, const char *format, ...)
    TL_PRINTF(4, 5);

#endif
