/* SPDX-License-Identifier: MIT */
#include "base/coroutine.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/context.h"
#include "base/pool.h"
#include "base/sanitizer.h"
#include "base/stack.h"

#if SANITIZER_ADDRESS
#include <sanitizer/common_interface_defs.h>
#endif
#if SANITIZER_THREAD
#include <sanitizer/tsan_interface.h>
#endif

/* The address sanitizer lays out frames with gaps. */
#define STACK_FACTOR (SANITIZER_ADDRESS ? 2U : 1U)

enum life {
    LIFE_NEW,
    LIFE_PARKED,
    LIFE_RUNNING, /* or waiting for one that it resumed */
    LIFE_ENDED,
    LIFE_ABORTED
};

struct coroutine {
    struct context context;
    struct coroutine *resumer; /* NULL: the thread's own stack */
    struct pool *pool;
    struct pool_guard **guards; /* the pool's innermost guard: ours while running */
    struct pool_guard *guard;   /* ours while parked */
    struct stack *stack;        /* NULL once ended */
    void (*body)(void *user);
    void *user;
    enum life life;
    int reason;
#if SANITIZER_ADDRESS
    void *frames;      /* the sanitizer's, while parked */
    const void *below; /* the resumer's stack */
    size_t below_size;
#endif
#if SANITIZER_THREAD
    void *fiber;
    void *resumer_fiber;
#endif
};

static _Thread_local struct coroutine *current __attribute__((tls_model("initial-exec")));

/* ---- What the sanitizers are told ---- */

#if SANITIZER_ADDRESS
static void before_enter(struct coroutine *coroutine, void **frames)
{
    __sanitizer_start_switch_fiber(frames, coroutine->stack->low, stack_size(coroutine->stack));
}

static void after_enter(void *frames)
{
    __sanitizer_finish_switch_fiber(frames, NULL, NULL);
}

/* for_good: the frames that the sanitizer keeps apart from the stack are let go. */
static void before_leave(struct coroutine *coroutine, bool for_good)
{
    __sanitizer_start_switch_fiber(for_good ? NULL : &coroutine->frames, coroutine->below, coroutine->below_size);
}

static void after_leave(struct coroutine *coroutine)
{
    __sanitizer_finish_switch_fiber(coroutine->frames, &coroutine->below, &coroutine->below_size);
}
#endif

static void switch_in(struct coroutine *coroutine)
{
#if SANITIZER_ADDRESS
    void *frames = NULL;
    before_enter(coroutine, &frames);
#endif
#if SANITIZER_THREAD
    coroutine->resumer_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(coroutine->fiber, 0);
#endif
    context_enter(&coroutine->context);
#if SANITIZER_ADDRESS
    after_enter(frames);
#endif
}

static void switch_out(struct coroutine *coroutine, bool for_good)
{
#if SANITIZER_ADDRESS
    before_leave(coroutine, for_good);
#else
    (void)for_good;
#endif
#if SANITIZER_THREAD
    __tsan_switch_to_fiber(coroutine->resumer_fiber, 0);
#endif
    context_leave(&coroutine->context);
#if SANITIZER_ADDRESS
    after_leave(coroutine);
#endif
}

/* ---- Life ---- */

static void __attribute__((noreturn)) leave_for_good(struct coroutine *coroutine, enum life life)
{
    coroutine->life = life;
    switch_out(coroutine, true);
    __builtin_unreachable();
}

static void run(struct context *context)
{
    struct coroutine *coroutine = CONTAINER_OF(context, struct coroutine, context);

#if SANITIZER_ADDRESS
    after_leave(coroutine);
#endif
    coroutine->body(coroutine->user);
    leave_for_good(coroutine, LIFE_ENDED);
}

struct coroutine *coroutine_new(struct pool *pool, size_t stack_size_wanted, void (*body)(void *user), void *user)
{
    struct coroutine *coroutine = pool_alloc(pool, sizeof(*coroutine));
    struct stack *stack = pool_take_stack(pool, stack_size_wanted * STACK_FACTOR);
    CHECK(coroutine != NULL && stack != NULL);

    *coroutine = (struct coroutine){
        .pool = pool,
        .guards = pool_guards(pool),
        .stack = stack,
        .body = body,
        .user = user,
    };
    context_make(&coroutine->context, stack->low, stack_size(stack), run);
#if SANITIZER_THREAD
    coroutine->fiber = __tsan_create_fiber(0);
#endif
    return coroutine;
}

#if SANITIZER_ADDRESS && !defined(TIMELAPSE_UCONTEXT)
/* On top of a parked coroutine: there the sanitizer lets go of the frames that it keeps apart. */
static struct transfer_t let_go(struct transfer_t transfer)
{
    struct coroutine *coroutine = transfer.data;

    after_leave(coroutine);
    before_leave(coroutine, true);
    (void)jump_fcontext(transfer.fctx, NULL);
    return transfer;
}

static void drop_frames(struct coroutine *coroutine)
{
    if (coroutine->life == LIFE_PARKED && coroutine->frames != NULL) {
        void *frames = NULL;
        before_enter(coroutine, &frames);
        (void)ontop_fcontext(coroutine->context.inside, coroutine, let_go);
        after_enter(frames);
    }
}
#else
static void drop_frames(struct coroutine *coroutine)
{
    (void)coroutine;
}
#endif

static void give_back_stack(struct coroutine *coroutine)
{
    drop_frames(coroutine);
#if SANITIZER_THREAD
    __tsan_destroy_fiber(coroutine->fiber);
#endif
    SANITIZER_OPEN(coroutine->stack->low, stack_size(coroutine->stack));
    pool_give_stack(coroutine->pool, coroutine->stack);
    coroutine->stack = NULL;
}

void coroutine_drop(struct coroutine *coroutine)
{
    if (coroutine == NULL) {
        return;
    }
    CHECK(coroutine->life != LIFE_RUNNING);
    if (coroutine->stack != NULL) {
        give_back_stack(coroutine);
    }
    pool_free(coroutine->pool, coroutine, sizeof(*coroutine));
}

/* ---- Switching ---- */

enum coroutine_state coroutine_resume(struct coroutine *coroutine)
{
    CHECK(coroutine->life == LIFE_NEW || coroutine->life == LIFE_PARKED);
    struct pool_guard *guard = *coroutine->guards;

    *coroutine->guards = coroutine->guard;
    coroutine->resumer = current;
    coroutine->life = LIFE_RUNNING;
    current = coroutine;
    switch_in(coroutine);
    current = coroutine->resumer;
    coroutine->guard = *coroutine->guards;
    *coroutine->guards = guard;
    if (coroutine->life == LIFE_PARKED) {
        return COROUTINE_YIELDED;
    }
    give_back_stack(coroutine);
    return coroutine->life == LIFE_ENDED ? COROUTINE_ENDED : COROUTINE_ABORTED;
}

void coroutine_yield(void)
{
    struct coroutine *coroutine = current;

    CHECK(coroutine != NULL);
    coroutine->life = LIFE_PARKED;
    switch_out(coroutine, false);
}

void coroutine_abort(int reason)
{
    struct coroutine *coroutine = current;

    CHECK(coroutine != NULL);
    coroutine->reason = reason;
    leave_for_good(coroutine, LIFE_ABORTED);
}

/* ---- Looking ---- */

int coroutine_abort_reason(const struct coroutine *coroutine)
{
    return coroutine->reason;
}

struct coroutine *coroutine_current(void)
{
    return current;
}

void *coroutine_user(const struct coroutine *coroutine)
{
    return coroutine->user;
}

struct pool *coroutine_pool(const struct coroutine *coroutine)
{
    return coroutine->pool;
}

size_t coroutine_stack_used(const struct coroutine *coroutine)
{
    if (coroutine->stack == NULL) {
        return 0;
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *low = (char *)(((uintptr_t)coroutine->stack->low + page - 1) & ~(uintptr_t)(page - 1));
    char *high = (char *)((uintptr_t)coroutine->stack & ~(uintptr_t)(page - 1)) + page;
    size_t used = 0;

    for (char *at = low; at < high; at += page) {
        unsigned char resident = 0;
        used += mincore(at, page, &resident) == 0 && (resident & 1U) != 0 ? page : 0;
    }
    return used;
}
