/* SPDX-License-Identifier: MIT */
/*
 * A pool: all memory of one top handle. Size classes from 64 bytes to 64 KiB, doubling, each with
 * a free list; larger blocks come one by one. Everything still held when the pool is freed goes
 * with it, so that no path can leak. Serves one thread.
 *
 * Out of memory. Code inside the engine and the service never sees a NULL: when the allocator
 * has nothing left, pool_alloc unwinds to the innermost guard, the way Lua's protected calls do.
 * Whoever guards stops its handle with TL_NO_MEMORY, so nothing half-done is ever seen again.
 * On a coroutine, the coroutine is aborted first and its resumer unwinds. Between a guard and an
 * allocation nothing may be held that is not in the pool.
 *
 * Without a guard pool_alloc returns NULL: constructors of top handles check it.
 */
#ifndef TIMELAPSE_BASE_POOL_H
#define TIMELAPSE_BASE_POOL_H

#include <setjmp.h>
#include <stddef.h>
#include <timelapse/allocator.h>

struct pool;

/* allocator: copied; NULL: malloc with a process-wide cache of chunks and stacks. NULL when out of memory. */
struct pool *pool_new(const struct tl_allocator *allocator);

/* Frees everything that was taken from it. NULL is fine. */
void pool_free_all(struct pool *pool);

/* `size` bytes (> 0), aligned to 16, not zeroed; and zeroed. */
void *pool_alloc(struct pool *pool, size_t size);
void *pool_zalloc(struct pool *pool, size_t size);

/* Gives back what pool_alloc returned, with the size asked for. NULL is fine. */
void pool_free(struct pool *pool, void *memory, size_t size);

/* The block size that an allocation of `size` really gets, so that callers can use all of it. */
size_t pool_block_size(size_t size);

/* Coroutine stacks: `size` is a multiple of the page size; a guard page lies below where the kernel allows it. */
void *pool_map_stack(struct pool *pool, size_t size);
void pool_unmap_stack(struct pool *pool, void *stack, size_t size);

/* Bytes held now: in use and on free lists. */
size_t pool_held(const struct pool *pool);

/* A protected region; on the caller's stack. */
struct pool_guard {
    jmp_buf where;
    struct pool_guard *outer;
};

void pool_guard_push(struct pool *pool, struct pool_guard *guard);
void pool_guard_pop(struct pool *pool, struct pool_guard *guard);

/*
 * if (POOL_GUARD(pool, &guard)) { out of memory: clean up; the guard is popped already }
 * ... pool_guard_pop(pool, &guard);
 * Variables changed after it and read in the branch must be volatile: keep such functions tiny.
 */
#define POOL_GUARD(pool, guard) (pool_guard_push((pool), (guard)), _setjmp((guard)->where) != 0)

/* Unwinds to the innermost guard, as a failed allocation does. Does nothing when there is none. */
void pool_unwind(struct pool *pool);

#endif
