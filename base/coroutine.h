/* SPDX-License-Identifier: MIT */
/*
 * Coroutines over Boost.Context's C symbols (ucontext where TIMELAPSE_UCONTEXT says so). Stacks
 * come from a pool, guarded, and are given back when the coroutine ends or is dropped: a dropped
 * coroutine is never resumed, nothing on its stack is run. The handle itself is valid until
 * coroutine_drop, which every coroutine needs. Pool guards pushed on a coroutine are its own.
 * Fiber annotations keep ASan and TSan informed.
 */
#ifndef TIMELAPSE_BASE_COROUTINE_H
#define TIMELAPSE_BASE_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

struct pool;
struct coroutine;

/* How a resume came back. */
enum coroutine_state {
    COROUTINE_YIELDED,
    COROUTINE_ENDED,  /* body returned; the stack is given back already */
    COROUTINE_ABORTED /* coroutine_abort was called on it; likewise */
};

/*
 * Not started yet. stack_size: in bytes, guard included, rounded up to a power of two of at least
 * 16 KiB. user is kept for coroutine_user. Out of memory unwinds (pool.h).
 */
struct coroutine *coroutine_new(struct pool *pool, size_t stack_size, void (*body)(void *user), void *user);

/*
 * Runs it until it yields, ends or aborts. May be called on another coroutine: resumes nest.
 * After COROUTINE_ABORTED for COROUTINE_OUT_OF_MEMORY the resumer calls pool_unwind.
 */
enum coroutine_state coroutine_resume(struct coroutine *coroutine);

/* Switches back to the resumer. Only on a coroutine. */
void coroutine_yield(void);

/* Switches back to the resumer for good; the coroutine is dead. Only on a coroutine. */
__attribute__((noreturn)) void coroutine_abort(int reason);

/* The reason given to coroutine_abort; COROUTINE_OUT_OF_MEMORY when an allocation failed on it. */
#define COROUTINE_OUT_OF_MEMORY (-1)
int coroutine_abort_reason(const struct coroutine *coroutine);

/* Drops it in whatever state it is, except running. NULL is fine. */
void coroutine_drop(struct coroutine *coroutine);

/* The one running on this thread, or NULL; and its user pointer. */
struct coroutine *coroutine_current(void);
void *coroutine_user(const struct coroutine *coroutine);
struct pool *coroutine_pool(const struct coroutine *coroutine);

/* Bytes of stack that were ever used, by page, also by those who had the stack before; 0 without a stack. */
size_t coroutine_stack_used(const struct coroutine *coroutine);

#endif
