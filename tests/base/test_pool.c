/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/pool.h"
#include "base/random.h"
#include "base/sanitizer.h"
#include "base/stack.h"
#include "tests/base/death.h"
#include "tests/lib/failing_allocator.h"

#define STACK_SIZE ((size_t)64 * 1024)

/* Each test runs on the process's memory and on an allocator of its own. */
struct fixture {
    struct pool *pool;
    struct failing_allocator memory;
    bool own;
};

static struct fixture fixture;

static int set_up_default(void **state)
{
    fixture.own = false;
    fixture.pool = pool_new(NULL);
    *state = &fixture;
    return fixture.pool == NULL;
}

static int set_up_own(void **state)
{
    fixture.own = true;
    failing_allocator_init(&fixture.memory);
    fixture.pool = pool_new(&fixture.memory.allocator);
    *state = &fixture;
    return fixture.pool == NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    pool_free_all(f->pool);
    if (f->own) {
        const char *complaint = failing_allocator_complaint(&f->memory);
        if (complaint != NULL) {
            print_error("%s\n", complaint);
            return 1;
        }
    }
    return 0;
}

/* ---- Blocks ---- */

static void blocks_are_aligned_and_apart(void **state)
{
    struct fixture *f = *state;
    static const size_t sizes[] = {1, 15, 16, 17, 63, 64, 65, 1000, 1024, 65535, 65536, 65537, 1000000};
    unsigned char *blocks[COUNT_OF(sizes)];

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        blocks[i] = pool_alloc(f->pool, sizes[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_int_equal(blocks[i][0], i + 1);
        assert_int_equal(blocks[i][sizes[i] - 1], i + 1);
        pool_free(f->pool, blocks[i], sizes[i]);
    }
}

static void what_is_not_freed_goes_with_the_pool(void **state)
{
    struct fixture *f = *state;

    for (size_t size = 1; size < 300000; size = size * 3 / 2 + 1) {
        memset(pool_alloc(f->pool, size), 1, size);
    }
    (void)pool_take_stack(f->pool, STACK_SIZE);
}

static void zeroed_blocks_are_zero_even_when_used_before(void **state)
{
    struct fixture *f = *state;
    unsigned char *block = pool_alloc(f->pool, 100);

    memset(block, 0xFF, 100);
    pool_free(f->pool, block, 100);
    block = pool_zalloc(f->pool, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(block[i], 0);
    }
    pool_free(f->pool, block, 100);
}

static void freeing_null_does_nothing(void **state)
{
    struct fixture *f = *state;
    size_t held = pool_held(f->pool);

    pool_free(f->pool, NULL, 100);
    assert_int_equal(pool_held(f->pool), held);
    pool_free_all(NULL);
}

static void held_grows_with_what_is_taken(void **state)
{
    struct fixture *f = *state;
    size_t held = pool_held(f->pool);
    void *block = pool_alloc(f->pool, 200000);

    assert_true(pool_held(f->pool) >= held + 200000);
    assert_true(pool_held(f->pool) <= held + 210000);
    pool_free(f->pool, block, 200000);
    assert_int_equal(pool_held(f->pool), held);
}

/* Blocks of all sizes come and go; each holds a pattern of its own until then. */
static void random_blocks_keep_their_contents(void **state)
{
    struct fixture *f = *state;
    static unsigned char *blocks[200];
    static size_t sizes[200];
    struct random random;

    memset(blocks, 0, sizeof(blocks));
    random_seed(&random, 11);
    for (int round = 0; round < 20000; round++) {
        size_t i = random_below(&random, COUNT_OF(blocks));
        if (blocks[i] == NULL) {
            sizes[i] = 1 + random_below(&random, UINT64_C(1) << random_below(&random, 18));
            blocks[i] = pool_alloc(f->pool, sizes[i]);
            memset(blocks[i], (int)i, sizes[i]);
        } else {
            assert_int_equal(blocks[i][0], i);
            assert_int_equal(blocks[i][sizes[i] / 2], i);
            assert_int_equal(blocks[i][sizes[i] - 1], i);
            pool_free(f->pool, blocks[i], sizes[i]);
            blocks[i] = NULL;
        }
    }
}

static void block_sizes_hold_what_is_asked_for(void **state)
{
    (void)state;
    for (size_t size = 1; size < 200000; size += 97) {
        assert_true(pool_block_size(size) >= size);
        assert_int_equal(pool_block_size(pool_block_size(size)), pool_block_size(size));
    }
    assert_true(pool_block_size(SIZE_MAX) == SIZE_MAX);
#if !SANITIZER_ADDRESS
    assert_int_equal(pool_block_size(1), 64);
    assert_int_equal(pool_block_size(65), 128);
    assert_int_equal(pool_block_size(40000), 65536);
#endif
}

#if !SANITIZER_ADDRESS
static void freed_blocks_serve_again(void **state)
{
    struct fixture *f = *state;
    void *block = pool_alloc(f->pool, 700);

    pool_free(f->pool, block, 700);
    size_t held = pool_held(f->pool);
    assert_ptr_equal(pool_alloc(f->pool, 1024), block);
    assert_int_equal(pool_held(f->pool), held);
}

/* What is left of a slab when the next is begun is not lost: it is on the free lists. */
static void a_slabs_rest_is_used_up(void **state)
{
    struct fixture *f = *state;
    size_t held = 0;

    for (int i = 0; i < 200; i++) {
        (void)pool_alloc(f->pool, 65536);
        (void)pool_alloc(f->pool, 64);
    }
    held = pool_held(f->pool);
    for (int i = 0; i < 12; i++) {
        (void)pool_alloc(f->pool, 32768);
    }
    assert_int_equal(pool_held(f->pool), held);
}

static void the_next_pool_gets_the_same_memory(void **state)
{
    struct fixture *f = *state;
    struct pool *pool = pool_new(NULL);
    void *block = pool_alloc(pool, 1000);
    (void)f;

    pool_free_all(pool);
    struct pool *next = pool_new(NULL);
    assert_ptr_equal(next, pool);
    assert_ptr_equal(pool_alloc(next, 1000), block);
    pool_free_all(next);
}
#endif

/* ---- Allocators ---- */

static void free_with_wrong_size(void *user)
{
    struct fixture *f = user;
    void *block = pool_alloc(f->pool, 100);

    pool_free(f->pool, block, 99);
}

static void a_wrong_size_is_a_broken_invariant_under_an_allocator(void **state)
{
    assert_true(dies(free_with_wrong_size, *state, "broken invariant"));
}

static void a_pool_without_memory_is_not_made(void **state)
{
    (void)state;
    struct failing_allocator memory;

    failing_allocator_init(&memory);
    failing_allocator_fail(&memory, 1, FAIL_ONCE);
    assert_null(pool_new(&memory.allocator));
    assert_null(failing_allocator_complaint(&memory));
}

static void each_block_is_one_allocation_of_an_allocators(void **state)
{
    struct fixture *f = *state;
    size_t before = f->memory.allocations;

    void *small = pool_alloc(f->pool, 10);
    void *large = pool_alloc(f->pool, 100000);
    assert_int_equal(f->memory.allocations, before + 2);
    size_t bytes = f->memory.live_bytes;
    pool_free(f->pool, small, 10);
    pool_free(f->pool, large, 100000);
    assert_true(f->memory.live_bytes < bytes - 100000);
}

/* ---- Guards ---- */

/* Whether `size` bytes are refused: apart, so that nothing changes between the guard and the jump. */
static bool refuses(struct pool *pool, size_t size)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return true;
    }
    (void)pool_alloc(pool, size);
    pool_guard_pop(pool, &guard);
    return false;
}

static void without_a_guard_there_is_null(void **state)
{
    struct fixture *f = *state;

    assert_null(pool_alloc(f->pool, SIZE_MAX));
    assert_null(pool_zalloc(f->pool, SIZE_MAX - 4));
    assert_null(pool_take_stack(f->pool, SIZE_MAX / 2));
    pool_unwind(f->pool);
}

static void a_failed_allocation_unwinds_to_the_guard(void **state)
{
    struct fixture *f = *state;

    assert_true(refuses(f->pool, SIZE_MAX));
    assert_true(refuses(f->pool, SIZE_MAX / 2 - 64));
    assert_false(refuses(f->pool, 100));
    assert_null(pool_alloc(f->pool, SIZE_MAX));
}

static bool inner_catches(struct pool *pool)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return false;
    }
    bool refused = refuses(pool, SIZE_MAX);
    pool_guard_pop(pool, &guard);
    return refused;
}

static void the_innermost_guard_catches(void **state)
{
    struct fixture *f = *state;

    assert_true(inner_catches(f->pool));
}

static void unwind_twice(struct pool *pool, int *caught)
{
    struct pool_guard outer;

    if (POOL_GUARD(pool, &outer)) {
        ++*caught;
        return;
    }
    struct pool_guard inner;
    if (POOL_GUARD(pool, &inner)) {
        ++*caught;
        pool_unwind(pool);
    }
    pool_unwind(pool);
}

static void a_guard_that_cannot_help_unwinds_further(void **state)
{
    struct fixture *f = *state;
    int caught = 0;

    unwind_twice(f->pool, &caught);
    assert_int_equal(caught, 2);
}

/* Deep frames between the guard and the jump, as the engine has them. */
static int dig(struct pool *pool, int depth)
{
    volatile char room[256];

    room[0] = (char)depth;
    if (depth == 0) {
        pool_unwind(pool);
        return 1;
    }
    return dig(pool, depth - 1) + room[0];
}

static bool dug_out(struct pool *pool)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return true;
    }
    (void)dig(pool, 200);
    pool_guard_pop(pool, &guard);
    return false;
}

static void unwinding_leaves_deep_frames(void **state)
{
    struct fixture *f = *state;

    assert_true(dug_out(f->pool));
}

static void pop_out_of_order(void *user)
{
    struct fixture *f = user;
    struct pool_guard outer;
    struct pool_guard inner;

    pool_guard_push(f->pool, &outer);
    pool_guard_push(f->pool, &inner);
    pool_guard_pop(f->pool, &outer);
}

static void guards_are_popped_in_order(void **state)
{
    assert_true(dies(pop_out_of_order, *state, "broken invariant"));
}

/* ---- Failing each allocation in turn ---- */

static bool work(struct pool *pool)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return false;
    }
    for (size_t i = 1; i <= 10; i++) {
        void *block = pool_alloc(pool, i * 100);
        (void)pool_alloc(pool, i * 10000);
        pool_free(pool, block, i * 100);
    }
    (void)pool_take_stack(pool, STACK_SIZE);
    pool_guard_pop(pool, &guard);
    return true;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    static struct failing_allocator memory;
    size_t nth = 0;

    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_FROM_NOW);
        struct pool *pool = pool_new(&memory.allocator);
        if (pool != NULL) {
            bool done = work(pool);
            assert_int_equal(done, memory.failed == 0);
        }
        pool_free_all(pool);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_int_equal(nth, 23);
}

/* ---- Threads ---- */

static void *use_pools(void *user)
{
    struct random random;

    random_seed(&random, (uint64_t)(uintptr_t)user);
    for (int i = 0; i < 200; i++) {
        struct pool *pool = pool_new(NULL);
        for (int k = 0; k < 20; k++) {
            size_t size = 1 + random_below(&random, 100000);
            memset(pool_alloc(pool, size), k, size);
        }
        struct stack *stack = pool_take_stack(pool, STACK_SIZE);
        memset((char *)stack - 100, i, 100);
        pool_give_stack(pool, stack);
        pool_free_all(pool);
    }
    return NULL;
}

static void pools_of_several_threads_share_the_processs_memory(void **state)
{
    (void)state;
    pthread_t threads[4];

    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_pools, (void *)(uintptr_t)i), 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

#define ON_BOTH(test)                                                                                                  \
    {#test, test, set_up_default, tear_down, NULL},                                                                    \
    {                                                                                                                  \
#test " (own allocator)", test, set_up_own, tear_down, NULL                                                    \
    }
#define ON_OWN(test)     cmocka_unit_test_setup_teardown(test, set_up_own, tear_down)
#define ON_DEFAULT(test) cmocka_unit_test_setup_teardown(test, set_up_default, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(blocks_are_aligned_and_apart),
        ON_BOTH(what_is_not_freed_goes_with_the_pool),
        ON_BOTH(zeroed_blocks_are_zero_even_when_used_before),
        ON_BOTH(freeing_null_does_nothing),
        ON_BOTH(held_grows_with_what_is_taken),
        ON_BOTH(random_blocks_keep_their_contents),
        cmocka_unit_test(block_sizes_hold_what_is_asked_for),
#if !SANITIZER_ADDRESS
        ON_DEFAULT(freed_blocks_serve_again),
        ON_DEFAULT(a_slabs_rest_is_used_up),
        ON_DEFAULT(the_next_pool_gets_the_same_memory),
#endif
        ON_OWN(a_wrong_size_is_a_broken_invariant_under_an_allocator),
        cmocka_unit_test(a_pool_without_memory_is_not_made),
        ON_OWN(each_block_is_one_allocation_of_an_allocators),
        ON_BOTH(without_a_guard_there_is_null),
        ON_BOTH(a_failed_allocation_unwinds_to_the_guard),
        ON_BOTH(the_innermost_guard_catches),
        ON_BOTH(a_guard_that_cannot_help_unwinds_further),
        ON_BOTH(unwinding_leaves_deep_frames),
        ON_DEFAULT(guards_are_popped_in_order),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(pools_of_several_threads_share_the_processs_memory),
    };

    return cmocka_run_group_tests_name("base/pool", tests, NULL, NULL);
}
