/* SPDX-License-Identifier: MIT */
#include "base/coroutine.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/pool.h"
#include "base/stack.h"

#if SANITIZER_ADDRESS
#include <sanitizer/common_interface_defs.h>
#endif
#if SANITIZER_THREAD
#include <sanitizer/tsan_interface.h>
#endif

/* The address sanitizer lays out frames with gaps. */
#define STACK_FACTOR (SANITIZER_ADDRESS ? 2U : 1U)

struct whole {
    struct coroutine face;
    struct pool *pool;
    struct stack *stack; /* NULL once ended */
    void (*body)(void *user);
    void *user;
    int reason;
    bool receives;                /* parked on top of itself, where visits are received */
    void (*visit)(void *visitor); /* one that is under way, or NULL */
    void *visitor;
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

_Thread_local struct coroutine *coroutine_running;

static struct whole *whole_of(struct coroutine *coroutine)
{
    return CONTAINER_OF(coroutine, struct whole, face);
}

static const struct whole *const_whole_of(const struct coroutine *coroutine)
{
    return CONST_CONTAINER_OF(coroutine, struct whole, face);
}

/* ---- What the sanitizers are told ---- */

#if SANITIZER_ADDRESS || SANITIZER_THREAD
/* On the way in: *frames is the entering stack's, to be given to after_enter. */
static void before_enter(struct whole *whole, void **frames)
{
    *frames = NULL;
#if SANITIZER_ADDRESS
    __sanitizer_start_switch_fiber(frames, whole->stack->low, stack_size(whole->stack));
#endif
#if SANITIZER_THREAD
    whole->resumer_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(whole->fiber, 0);
#endif
    (void)whole;
}

static void after_enter(void *frames)
{
#if SANITIZER_ADDRESS
    __sanitizer_finish_switch_fiber(frames, NULL, NULL);
#endif
    (void)frames;
}

/* On the way out for good the frames that the sanitizer keeps apart from the stack are let go. */
static void before_leave(struct whole *whole)
{
#if SANITIZER_ADDRESS
    void **frames = whole->face.life == COROUTINE_LIFE_PARKED ? &whole->frames : NULL;
    __sanitizer_start_switch_fiber(frames, whole->below, whole->below_size);
#endif
#if SANITIZER_THREAD
    __tsan_switch_to_fiber(whole->resumer_fiber, 0);
#endif
    (void)whole;
}

static void after_leave(struct whole *whole)
{
#if SANITIZER_ADDRESS
    __sanitizer_finish_switch_fiber(whole->frames, &whole->below, &whole->below_size);
#endif
    (void)whole;
}

void coroutine_enter(struct coroutine *coroutine)
{
    struct whole *whole = whole_of(coroutine);
    void *frames;

    before_enter(whole, &frames);
    context_enter(&coroutine->context);
    after_enter(frames);
}

void coroutine_leave(struct coroutine *coroutine)
{
    struct whole *whole = whole_of(coroutine);

    before_leave(whole);
    context_leave(&coroutine->context);
    after_leave(whole);
}
#else
static void before_enter(struct whole *whole, void **frames)
{
    (void)whole;
    *frames = NULL;
}

static void after_enter(void *frames)
{
    (void)frames;
}

static void before_leave(struct whole *whole)
{
    (void)whole;
}

static void after_leave(struct whole *whole)
{
    (void)whole;
}
#endif

/* ---- Life ---- */

static void __attribute__((noreturn)) leave_for_good(struct whole *whole, enum coroutine_life life)
{
    whole->face.life = life;
    coroutine_leave(&whole->face);
    __builtin_unreachable();
}

static void begin(struct transfer_t transfer)
{
    struct context *context = transfer.data;
    struct whole *whole = CONTAINER_OF(context, struct whole, face.context);

    context->outside = transfer.fctx;
    after_leave(whole);
    whole->body(whole->user);
    leave_for_good(whole, COROUTINE_LIFE_ENDED);
}

struct coroutine *coroutine_new(struct pool *pool, size_t stack_size_wanted, void (*body)(void *user), void *user)
{
    struct whole *whole = pool_alloc(pool, sizeof(*whole));
    struct stack *stack = pool_take_stack(pool, stack_size_wanted * STACK_FACTOR);
    CHECK(whole != NULL && stack != NULL);

    *whole = (struct whole){
        .face.guards = pool_guards(pool),
        .pool = pool,
        .stack = stack,
        .body = body,
        .user = user,
    };
    context_make(&whole->face.context, stack->low, stack_size(stack), begin);
#if SANITIZER_THREAD
    whole->fiber = __tsan_create_fiber(0);
#endif
    return &whole->face;
}

#if SANITIZER_ADDRESS && !defined(TIMELAPSE_UCONTEXT)
/* On top of a parked coroutine: there the sanitizer lets go of the frames that it keeps apart. */
static struct transfer_t let_go(struct transfer_t transfer)
{
    struct whole *whole = transfer.data;

    after_leave(whole);
    whole->face.life = COROUTINE_LIFE_ABORTED;
    before_leave(whole);
    (void)jump_fcontext(transfer.fctx, NULL);
    return transfer;
}

static void drop_frames(struct whole *whole)
{
    if (whole->face.life == COROUTINE_LIFE_PARKED && whole->frames != NULL) {
        void *frames;
        before_enter(whole, &frames);
        (void)ontop_fcontext(whole->face.context.inside, whole, let_go);
        after_enter(frames);
    }
}
#else
static void drop_frames(struct whole *whole)
{
    (void)whole;
}
#endif

static void give_back_stack(struct whole *whole)
{
    drop_frames(whole);
#if SANITIZER_THREAD
    __tsan_destroy_fiber(whole->fiber);
#endif
    SANITIZER_OPEN(whole->stack->low, stack_size(whole->stack));
    pool_give_stack(whole->pool, whole->stack);
    whole->stack = NULL;
}

void coroutine_drop(struct coroutine *coroutine)
{
    if (coroutine == NULL) {
        return;
    }
    CHECK(coroutine->life != COROUTINE_LIFE_RUNNING);
    struct whole *whole = whole_of(coroutine);
    if (whole->stack != NULL) {
        give_back_stack(whole);
    }
    pool_free(whole->pool, whole, sizeof(*whole));
}

enum coroutine_state coroutine_settle(struct coroutine *coroutine)
{
    give_back_stack(whole_of(coroutine));
    return coroutine->life == COROUTINE_LIFE_ENDED ? COROUTINE_ENDED : COROUTINE_ABORTED;
}

void coroutine_abort(int reason)
{
    CHECK(coroutine_running != NULL);
    struct whole *whole = whole_of(coroutine_running);

    whole->reason = reason;
    leave_for_good(whole, COROUTINE_LIFE_ABORTED);
}

bool coroutine_forget(void)
{
    bool was_running = coroutine_running != NULL;

    coroutine_running = NULL;
    return was_running;
}

/* ---- Visits ---- */

/* On top of a parked coroutine, from its first visit until it is resumed. */
static struct transfer_t receive(struct transfer_t transfer)
{
    struct whole *whole = transfer.data;

    whole->receives = true;
    while (whole->visit != NULL) {
        after_leave(whole);
        whole->visit(whole->visitor);
        whole->visit = NULL;
        before_leave(whole);
        transfer = jump_fcontext(transfer.fctx, NULL);
    }
    whole->receives = false;
    return transfer;
}

/* The way in to one that was visited before is the ordinary one: it stands in its receive. */
static fcontext_t go_and_see(struct whole *whole)
{
    fcontext_t inside = whole->face.context.inside;

    return whole->receives ? jump_fcontext(inside, NULL).fctx : ontop_fcontext(inside, whole, receive).fctx;
}

bool coroutine_visit(struct coroutine *coroutine, void (*visit)(void *user), void *user)
{
    struct whole *whole = whole_of(coroutine);
    void *frames;

    if (coroutine->life != COROUTINE_LIFE_PARKED) {
        return false;
    }
    whole->visit = visit;
    whole->visitor = user;
    before_enter(whole, &frames);
    coroutine->context.inside = go_and_see(whole);
    after_enter(frames);
    return true;
}

/* ---- Looking ---- */

int coroutine_abort_reason(const struct coroutine *coroutine)
{
    return const_whole_of(coroutine)->reason;
}

void *coroutine_user(const struct coroutine *coroutine)
{
    return const_whole_of(coroutine)->user;
}

struct pool *coroutine_pool(const struct coroutine *coroutine)
{
    return const_whole_of(coroutine)->pool;
}

void coroutine_stack(const struct coroutine *coroutine, const char **low, const char **high)
{
    const struct stack *stack = const_whole_of(coroutine)->stack;

    *low = stack == NULL ? NULL : stack->low;
    *high = (const char *)stack;
}

size_t coroutine_stack_used(const struct coroutine *coroutine)
{
    const struct stack *stack = const_whole_of(coroutine)->stack;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t used = 0;

    if (stack == NULL) {
        return 0;
    }
    uintptr_t high = ((uintptr_t)stack & ~(uintptr_t)(page - 1)) + page;
    for (uintptr_t at = ((uintptr_t)stack->low + page - 1) & ~(uintptr_t)(page - 1); at < high; at += page) {
        unsigned char resident = 0;
        used += mincore((void *)at, page, &resident) == 0 && (resident & 1U) != 0 ? page : 0;
    }
    return used;
}
