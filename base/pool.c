/* SPDX-License-Identifier: MIT */
#include "base/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/coroutine.h"
#include "base/critical.h"
#include "base/list.h"
#include "base/sanitizer.h"
#include "base/slab.h"
#include "base/stack.h"

#define CLASS_MIN  6U /* 64 bytes */
#define CLASS_MAX  16U
#define CLASSES    (CLASS_MAX - CLASS_MIN + 1U)
#define BLOCK_MAX  ((size_t)1 << CLASS_MAX)
#define LARGE_STEP ((size_t)4096)

/* More than any machine has: refused without asking an allocator, some of which end the process over it. */
#define SIZE_LIMIT ((size_t)1 << 39)

/* Beyond this many a pool hands idle stacks on to other pools. */
#define IDLE_STACKS_KEPT 1024

/* What freed memory holds in debug builds. */
#define FREED_BYTE 0xDD

struct free_block {
    struct free_block *next;
};

/* Before each block that is an allocation of its own. */
struct block {
    struct list_node node;
    size_t size; /* of what follows, as asked for */
    char fence[8];
};

static_assert(sizeof(struct block) % 16 == 0, "what follows is aligned to 16");

struct pool {
    struct tl_allocator allocator;
    bool by_block; /* no slabs: each block comes from the allocator */
    char *at;      /* the uncarved rest of the newest slab */
    char *end;
    struct free_block *free[CLASSES];
    struct slab *slabs;
    struct list blocks; /* struct block */
    struct pool_guard *guard;
    size_t held;
    struct list stacks; /* all of them, in use or idle */
    struct stack *idle[STACK_CLASSES];
    size_t idle_count;
};

static void *default_alloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void default_free(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

static const struct tl_allocator default_allocator = {.alloc = default_alloc, .free = default_free};

/* ---- Life ---- */

static void furnish(struct pool *pool, const struct tl_allocator *allocator)
{
    memset(pool, 0, sizeof(*pool));
    pool->allocator = *allocator;
    list_init(&pool->blocks);
    list_init(&pool->stacks);
}

static struct pool *new_by_block(const struct tl_allocator *allocator)
{
    struct pool *pool = allocator->alloc(allocator->user, sizeof(*pool));

    if (pool != NULL) {
        furnish(pool, allocator);
        pool->by_block = true;
    }
    return pool;
}

/* The pool lies in its own first slab. */
static struct pool *new_in_slab(void)
{
    struct slab *slab = slab_take();

    if (slab == NULL) {
        return NULL;
    }
    char *first = (char *)slab + 64;
    struct pool *pool = (struct pool *)(void *)first;
    furnish(pool, &default_allocator);
    pool->slabs = slab;
    pool->at = first + ((sizeof(*pool) + 63U) & ~(size_t)63U);
    pool->end = (char *)slab + SLAB_SIZE;
    return pool;
}

struct pool *pool_new(const struct tl_allocator *allocator)
{
    if (allocator != NULL) {
        return new_by_block(allocator);
    }
    return SANITIZER_ADDRESS ? new_by_block(&default_allocator) : new_in_slab();
}

static void release_stack(struct pool *pool, struct stack *stack)
{
    critical_enter();
    list_remove(&stack->owned);
    if (pool->allocator.map != NULL) {
        stack_unmap(&pool->allocator, stack);
    } else {
        stack_give(stack);
    }
    critical_leave();
}

static void release_block(struct pool *pool, struct block *block)
{
    critical_enter();
    list_remove(&block->node);
    pool->held -= block->size;
    SANITIZER_OPEN(block->fence, sizeof(block->fence));
    pool->allocator.free(pool->allocator.user, block, sizeof(*block) + block->size);
    critical_leave();
}

void pool_free_all(struct pool *pool)
{
    if (pool == NULL) {
        return;
    }
    while (!list_is_empty(&pool->stacks)) {
        release_stack(pool, LIST_ITEM(list_last(&pool->stacks), struct stack, owned));
    }
    while (!list_is_empty(&pool->blocks)) {
        release_block(pool, LIST_ITEM(list_last(&pool->blocks), struct block, node));
    }
    if (pool->by_block) {
        pool->allocator.free(pool->allocator.user, pool, sizeof(*pool));
    } else {
        slab_give(pool->slabs);
    }
}

size_t pool_held(const struct pool *pool)
{
    return pool->held;
}

const struct tl_allocator *pool_allocator(const struct pool *pool)
{
    return pool->allocator.alloc == default_alloc ? NULL : &pool->allocator;
}

/* ---- Blocks of their own ---- */

static void *alloc_block(struct pool *pool, size_t size)
{
    if (size > SIZE_LIMIT) {
        return NULL;
    }
    critical_enter();
    struct block *block = pool->allocator.alloc(pool->allocator.user, sizeof(*block) + size);
    if (block != NULL) {
        block->node = (struct list_node){0};
        block->size = size;
        SANITIZER_CLOSE(block->fence, sizeof(block->fence));
        list_append(&pool->blocks, &block->node);
        pool->held += size;
    }
    critical_leave();
    return block == NULL ? NULL : block + 1;
}

static void free_block(struct pool *pool, void *memory, size_t size)
{
    struct block *block = (struct block *)memory - 1;

    CHECK(block->size == size);
    release_block(pool, block);
}

/* ---- Blocks carved from slabs ---- */

static unsigned class_of(size_t size)
{
    return size <= (size_t)1 << CLASS_MIN ? 0 : 64U - (unsigned)__builtin_clzll(size - 1) - CLASS_MIN;
}

static void put_free(struct pool *pool, void *memory, unsigned number)
{
    struct free_block *block = memory;

    block->next = pool->free[number];
    pool->free[number] = block;
}

/* The rest of a slab that is too short for a block is cut into shorter ones. */
static void carve_rest(struct pool *pool)
{
    for (unsigned number = CLASSES; number-- > 0;) {
        size_t size = (size_t)1 << (number + CLASS_MIN);
        while ((size_t)(pool->end - pool->at) >= size) {
            put_free(pool, pool->at, number);
            pool->at += size;
            pool->held += size;
        }
    }
}

static bool add_slab(struct pool *pool)
{
    critical_enter();
    struct slab *slab = slab_take();
    if (slab != NULL) {
        carve_rest(pool);
        slab->next = pool->slabs;
        pool->slabs = slab;
        pool->at = (char *)slab + 64;
        pool->end = (char *)slab + SLAB_SIZE;
    }
    critical_leave();
    return slab != NULL;
}

static void *carve(struct pool *pool, unsigned number)
{
    size_t size = (size_t)1 << (number + CLASS_MIN);

    if ((size_t)(pool->end - pool->at) < size && !add_slab(pool)) {
        return NULL;
    }
    void *memory = pool->at;
    pool->at += size;
    pool->held += size;
    return memory;
}

static inline void *alloc_carved(struct pool *pool, size_t size)
{
    unsigned number = class_of(size);
    struct free_block *block = pool->free[number];

    if (block == NULL) {
        return carve(pool, number);
    }
    pool->free[number] = block->next;
    return block;
}

/* ---- Blocks ---- */

static inline bool is_carved(const struct pool *pool, size_t size)
{
    return !pool->by_block && size <= BLOCK_MAX;
}

void *pool_alloc(struct pool *pool, size_t size)
{
    void *memory = is_carved(pool, size) ? alloc_carved(pool, size) : alloc_block(pool, size);

    if (__builtin_expect(memory == NULL, 0)) {
        pool_unwind(pool);
    }
    return memory;
}

void *pool_zalloc(struct pool *pool, size_t size)
{
    void *memory = pool_alloc(pool, size);

    return memory == NULL ? NULL : memset(memory, 0, size);
}

void pool_free(struct pool *pool, void *memory, size_t size)
{
    if (memory == NULL) {
        return;
    }
#if !defined(NDEBUG)
    memset(memory, FREED_BYTE, size);
#endif
    if (is_carved(pool, size)) {
        put_free(pool, memory, class_of(size));
    } else {
        free_block(pool, memory, size);
    }
}

size_t pool_block_size(size_t size)
{
    if (SANITIZER_ADDRESS) {
        return size;
    }
    if (size <= BLOCK_MAX) {
        return (size_t)1 << (class_of(size) + CLASS_MIN);
    }
    size_t rounded = (size + LARGE_STEP - 1) & ~(LARGE_STEP - 1);
    return rounded < size ? size : rounded;
}

/* ---- Stacks ---- */

static struct stack *add_stack(struct pool *pool, unsigned number)
{
    critical_enter();
    struct stack *stack = pool->allocator.map != NULL ? stack_map(&pool->allocator, number) : stack_take(number);
    if (stack != NULL) {
        list_append(&pool->stacks, &stack->owned);
    }
    critical_leave();
    return stack;
}

struct stack *pool_take_stack(struct pool *pool, size_t size)
{
    unsigned number = stack_class_of(size);
    struct stack *stack = number < STACK_CLASSES ? pool->idle[number] : NULL;

    if (stack != NULL) {
        pool->idle[number] = stack->next;
        pool->idle_count--;
        return stack;
    }
    if (number < STACK_CLASSES) {
        stack = add_stack(pool, number);
    }
    if (stack == NULL) {
        pool_unwind(pool);
    }
    return stack;
}

void pool_give_stack(struct pool *pool, struct stack *stack)
{
    stack_check(stack);
    if (pool->idle_count >= IDLE_STACKS_KEPT) {
        release_stack(pool, stack);
        return;
    }
    stack->next = pool->idle[stack->number];
    pool->idle[stack->number] = stack;
    pool->idle_count++;
}

/* ---- Guards ---- */

struct pool_guard **pool_guards(struct pool *pool)
{
    return &pool->guard;
}

void pool_guard_push(struct pool *pool, struct pool_guard *guard)
{
    guard->outer = pool->guard;
    guard->coroutine = coroutine_current();
    pool->guard = guard;
}

void pool_guard_pop(struct pool *pool, struct pool_guard *guard)
{
    CHECK(pool->guard == guard);
    pool->guard = guard->outer;
}

void pool_unwind(struct pool *pool)
{
    struct pool_guard *guard = pool->guard;
    struct coroutine *coroutine = coroutine_current();

    if (guard != NULL) {
        CHECK(guard->coroutine == coroutine);
        pool->guard = guard->outer;
        _longjmp(guard->where, 1);
    }
    if (coroutine != NULL && coroutine_pool(coroutine) == pool) {
        coroutine_abort(COROUTINE_OUT_OF_MEMORY);
    }
}
