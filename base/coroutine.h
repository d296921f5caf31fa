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

#include "base/check.h"
#include "base/context.h"
#include "base/sanitizer.h"

struct pool;
struct pool_guard;

/* How a resume came back. */
enum coroutine_state {
    COROUTINE_YIELDED,
    COROUTINE_ENDED,  /* body returned; the stack is given back already */
    COROUTINE_ABORTED /* coroutine_abort was called on it; likewise */
};

enum coroutine_life {
    COROUTINE_LIFE_NEW,
    COROUTINE_LIFE_PARKED,
    COROUTINE_LIFE_RUNNING, /* or waiting for one that it resumed */
    COROUTINE_LIFE_ENDED,
    COROUTINE_LIFE_ABORTED
};

/* What switching needs, and nobody else touches; the rest is coroutine.c's. */
struct coroutine {
    struct context context;
    struct coroutine *resumer;  /* NULL: the thread's own stack */
    struct pool_guard **guards; /* the pool's innermost guard: ours while running */
    struct pool_guard *guard;   /* ours while parked */
    enum coroutine_life life;
};

/* The one running on this thread. Plain access needs no call, in shared libraries too. */
extern _Thread_local struct coroutine *coroutine_running __attribute__((tls_model("initial-exec")));

/*
 * Not started yet. stack_size: in bytes, guard included, rounded up to a power of two of at least
 * 16 KiB. user is kept for coroutine_user. Out of memory unwinds (pool.h).
 */
struct coroutine *coroutine_new(struct pool *pool, size_t stack_size, void (*body)(void *user), void *user);

/* Switches back to the resumer for good; the coroutine is dead. Only on a coroutine. */
__attribute__((noreturn)) void coroutine_abort(int reason);

/* The reason given to coroutine_abort; COROUTINE_OUT_OF_MEMORY when an allocation failed on it. */
#define COROUTINE_OUT_OF_MEMORY (-1)
int coroutine_abort_reason(const struct coroutine *coroutine);

/* Drops it in whatever state it is, except running. NULL is fine. */
void coroutine_drop(struct coroutine *coroutine);

/*
 * Somebody jumped off the running coroutine without its knowing, as a test framework's handler of
 * SIGSEGV does: the thread stands on its own stack, and from here on that is known.
 * The coroutines that ran are lost, with their stacks: neither resume nor drop them, nor use their
 * pool, whose guards are gone. False when none was running. Only on the thread's own stack.
 */
bool coroutine_forget(void);

/* The one running on this thread, or NULL; and its user pointer. */
static inline struct coroutine *coroutine_current(void)
{
    return coroutine_running;
}

void *coroutine_user(const struct coroutine *coroutine);
struct pool *coroutine_pool(const struct coroutine *coroutine);

/* Its stack is [*low, *high), with what guards it below; both NULL once it ended. For handlers of signals, too. */
void coroutine_stack(const struct coroutine *coroutine, const char **low, const char **high);

/*
 * Calls visit(user) on the stack of a parked coroutine, on top of its frames, and comes back: for
 * looking at them. The coroutine is parked as before. False, and nothing called, when it is not
 * parked: not started yet, running, or ended. visit neither allocates from a pool nor switches
 * stacks, nor leaves by a jump.
 */
bool coroutine_visit(struct coroutine *coroutine, void (*visit)(void *user), void *user);

/* Bytes of stack that were ever used, by page, also by those who had the stack before; 0 without a stack. */
size_t coroutine_stack_used(const struct coroutine *coroutine);

/* ---- Switching: inline, because a return after a switch of stacks is a mispredicted branch ---- */

/* Gives the stack back once it has ended or was aborted; says which. */
enum coroutine_state coroutine_settle(struct coroutine *coroutine);

#if SANITIZER_ADDRESS || SANITIZER_THREAD
/* The switch itself, and what the sanitizers want to know of it. */
void coroutine_enter(struct coroutine *coroutine);
void coroutine_leave(struct coroutine *coroutine);
#else
static inline void coroutine_enter(struct coroutine *coroutine)
{
    context_enter(&coroutine->context);
}

static inline void coroutine_leave(struct coroutine *coroutine)
{
    context_leave(&coroutine->context);
}
#endif

/*
 * Runs it until it yields, ends or aborts. May be called on another coroutine: resumes nest. All
 * on one thread. After COROUTINE_ABORTED for COROUTINE_OUT_OF_MEMORY the resumer calls pool_unwind.
 */
static inline enum coroutine_state coroutine_resume(struct coroutine *coroutine)
{
    CHECK(coroutine->life == COROUTINE_LIFE_NEW || coroutine->life == COROUTINE_LIFE_PARKED);
    struct pool_guard *guard = *coroutine->guards;

    *coroutine->guards = coroutine->guard;
    coroutine->resumer = coroutine_running;
    coroutine->life = COROUTINE_LIFE_RUNNING;
    coroutine_running = coroutine;
    coroutine_enter(coroutine);
    coroutine_running = coroutine->resumer;
    coroutine->guard = *coroutine->guards;
    *coroutine->guards = guard;
    return coroutine->life == COROUTINE_LIFE_PARKED ? COROUTINE_YIELDED : coroutine_settle(coroutine);
}

/* Switches back to the resumer. Only on a coroutine. */
static inline void coroutine_yield(void)
{
    struct coroutine *coroutine = coroutine_running;

    CHECK(coroutine != NULL);
    coroutine->life = COROUTINE_LIFE_PARKED;
    coroutine_leave(coroutine);
}

#endif
