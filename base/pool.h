/* SPDX-License-Identifier: MIT */
/*
 * A pool: all memory of one top handle. Size classes from 64 bytes to 64 KiB, doubling, each with
 * a free list, carved from slabs that the process keeps; larger blocks come one by one. Under an
 * allocator of the user's own, and in builds with the address sanitizer, every block is one
 * allocation of its own, so that each can fail and each misuse is seen. Everything still held when
 * the pool is freed goes with it, so that no path can leak. Serves one thread.
 *
 * Out of memory. Code inside the engine and the service never sees a NULL: when the allocator
 * has nothing left, pool_alloc unwinds to the innermost guard, the way Lua's protected calls do.
 * Whoever guards stops its handle with TL_NO_MEMORY, so nothing half-done is ever seen again.
 * Guards belong to the stack they lie on. On a coroutine of the pool without a guard of its own,
 * the coroutine is aborted first and its resumer unwinds. Between a guard and an allocation
 * nothing may be held that is not in the pool.
 *
 * Without a guard pool_alloc returns NULL: constructors of top handles check it.
 */
#ifndef TIMELAPSE_BASE_POOL_H
#define TIMELAPSE_BASE_POOL_H

#include <setjmp.h>
#include <stddef.h>
#include <timelapse/allocator.h>

struct coroutine;
struct pool;
struct stack;

/* allocator: copied; NULL: malloc with a process-wide cache of slabs and stacks. NULL when out of memory. */
struct pool *pool_new(const struct tl_allocator *allocator);

/* Frees everything that was taken from it. NULL is fine. */
void pool_free_all(struct pool *pool);

/* `size` bytes (> 0), aligned to 16, not zeroed; and zeroed. */
void *pool_alloc(struct pool *pool, size_t size);
void *pool_zalloc(struct pool *pool, size_t size);

/* Gives back what pool_alloc returned, with the size asked for. NULL is fine. */
void pool_free(struct pool *pool, void *memory, size_t size);

/* The size to ask for instead of `size` where all of a block can be used: at least `size`. */
size_t pool_block_size(size_t size);

/* Coroutine stacks (base/stack.h); `size` counts everything, guard included. Out of memory as pool_alloc. */
struct stack *pool_take_stack(struct pool *pool, size_t size);
void pool_give_stack(struct pool *pool, struct stack *stack);

/* Bytes held now, in use and on free lists; without stacks. */
size_t pool_held(const struct pool *pool);

/* What pool_new was given, to make another pool of it; NULL when it was given none. */
const struct tl_allocator *pool_allocator(const struct pool *pool);

/* A protected region; on the caller's stack. */
struct pool_guard {
    jmp_buf where;
    struct pool_guard *outer;
    const struct coroutine *coroutine; /* whose stack it lies on; NULL: the thread's own */
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

/* Where the pool keeps its innermost guard, for coroutines, which bring their own chain. */
struct pool_guard **pool_guards(struct pool *pool);

#endif
