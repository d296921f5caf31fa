/* SPDX-License-Identifier: MIT */
/*
 * Where memory comes from. Every allocation of Timelapse's own, coroutine stacks included, goes
 * through the allocator of the top handle (driver, environment, replayer) it belongs to.
 */
#ifndef TIMELAPSE_ALLOCATOR_H
#define TIMELAPSE_ALLOCATOR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Functions are called on the thread that uses the handle. `alloc` and `map` return NULL when
 * there is no memory; the handle then stops with TL_NO_MEMORY and can only be freed.
 */
struct tl_allocator {
    /* At least `size` bytes aligned to 16; size > 0. */
    void *(*alloc)(void *user, size_t size);
    /* Takes back what `alloc` returned, with the same size. */
    void (*free)(void *user, void *memory, size_t size);
    /* A coroutine's stack: page-aligned, a multiple of the page size. Both NULL: mmap and munmap. */
    void *(*map)(void *user, size_t size);
    void (*unmap)(void *user, void *memory, size_t size);
    void *user;
};

#ifdef __cplusplus
}
#endif
#endif
