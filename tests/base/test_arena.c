/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/pool.h"
#include "base/random.h"
#include "base/sanitizer.h"
#include "tests/base/death.h"
#include "tests/lib/failing_allocator.h"

struct fixture {
    struct pool *pool;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.pool = pool_new(NULL);
    arena_init(&fixture.arena, fixture.pool);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_done(&f->arena);
    pool_free_all(f->pool);
    return 0;
}

/* ---- Allocations ---- */

static void a_new_arena_holds_nothing(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(arena_held(&f->arena), 0);
    arena_reset(&f->arena);
    arena_done(&f->arena);
}

static void allocations_are_aligned_and_apart(void **state)
{
    struct fixture *f = *state;
    unsigned char *blocks[2000];
    struct random random;
    size_t size = 0;

    random_seed(&random, 5);
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        size = random_below(&random, 300);
        blocks[i] = arena_alloc(&f->arena, size + 1);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)(i & 255), size + 1);
    }
    random_seed(&random, 5);
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        size = random_below(&random, 300);
        assert_int_equal(blocks[i][0], i & 255);
        assert_int_equal(blocks[i][size], i & 255);
    }
}

static void nothing_is_a_valid_pointer(void **state)
{
    struct fixture *f = *state;

    assert_non_null(arena_alloc(&f->arena, 0));
    assert_non_null(arena_copy(&f->arena, NULL, 0));
    assert_non_null(ARENA_ARRAY(&f->arena, int, 0));
}

static void zeroed_memory_is_zero_after_a_reset_too(void **state)
{
    struct fixture *f = *state;

    memset(arena_alloc(&f->arena, 500), 0xFF, 500);
    arena_reset(&f->arena);
    const unsigned char *zeros = arena_zalloc(&f->arena, 500);
    for (size_t i = 0; i < 500; i++) {
        assert_int_equal(zeros[i], 0);
    }
    uint64_t *numbers = ARENA_ARRAY(&f->arena, uint64_t, 3);
    assert_int_equal(numbers[2], 0);
    assert_int_equal(*ARENA_NEW(&f->arena, uint64_t), 0);
}

static void chunks_grow_from_one_to_64_kibibytes(void **state)
{
    struct fixture *f = *state;
    size_t last = 0;

    (void)arena_alloc(&f->arena, 10);
    assert_int_equal(arena_held(&f->arena), 1024);
    for (int i = 0; i < 30000; i++) {
        size_t before = arena_held(&f->arena);
        (void)arena_alloc(&f->arena, 16);
        if (arena_held(&f->arena) > before) {
            last = arena_held(&f->arena) - before;
        }
    }
    assert_int_equal(last, 65536);
}

static void a_large_allocation_leaves_the_chunk_in_use(void **state)
{
    struct fixture *f = *state;
    char *first = arena_alloc(&f->arena, 16);

    char *large = arena_alloc(&f->arena, 200000);
    memset(large, 1, 200000);
    const char *next = arena_alloc(&f->arena, 16);
    assert_true(next > first && next < first + 1024);
}

static void a_reset_keeps_one_chunk(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 100; i++) {
        (void)arena_alloc(&f->arena, 100);
    }
    size_t held = arena_held(&f->arena);
    arena_reset(&f->arena);
    size_t kept = arena_held(&f->arena);
    assert_true(kept > 0 && kept < held);
    (void)arena_alloc(&f->arena, 100);
    assert_int_equal(arena_held(&f->arena), kept);
}

static void a_reset_does_not_keep_a_huge_chunk(void **state)
{
    struct fixture *f = *state;

    (void)arena_alloc(&f->arena, 1000000);
    arena_reset(&f->arena);
    assert_int_equal(arena_held(&f->arena), 0);
}

static void a_done_arena_can_be_used_again(void **state)
{
    struct fixture *f = *state;

    (void)arena_alloc(&f->arena, 5000);
    arena_done(&f->arena);
    assert_int_equal(arena_held(&f->arena), 0);
    (void)arena_alloc(&f->arena, 10);
    assert_int_equal(arena_held(&f->arena), 1024);
}

/* ---- Copies ---- */

static void strings_are_copied_with_their_nul(void **state)
{
    struct fixture *f = *state;
    const char *text = "workflow";

    assert_string_equal(arena_strdup(&f->arena, text), "workflow");
    assert_ptr_not_equal(arena_strdup(&f->arena, text), text);
    assert_string_equal(arena_strdup(&f->arena, NULL), "");
    assert_string_equal(arena_strndup(&f->arena, text, 4), "work");
    assert_string_equal(arena_strndup(&f->arena, NULL, 0), "");
}

static void bytes_are_copied_with_their_nuls(void **state)
{
    struct fixture *f = *state;
    static const uint8_t data[] = {1, 0, 2};

    struct tl_bytes copy = arena_bytes(&f->arena, (struct tl_bytes){data, sizeof(data)});
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.data, data, 3);
    assert_ptr_not_equal(copy.data, data);
    assert_int_equal(arena_bytes(&f->arena, (struct tl_bytes){NULL, 0}).len, 0);
}

static void formatted_texts_may_be_short_or_long(void **state)
{
    struct fixture *f = *state;
    char word[1000];

    assert_string_equal(arena_format(&f->arena, "%s-%d", "order", 7), "order-7");
    assert_string_equal(arena_format(&f->arena, "%s", ""), "");
    for (size_t len = 250; len < 260; len++) {
        memset(word, 'x', len);
        word[len] = '\0';
        assert_string_equal(arena_format(&f->arena, "%s", word), word);
    }
    memset(word, 'y', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_string_equal(arena_format(&f->arena, "%s", word), word);
}

/* ---- Arrays ---- */

static void an_array_grows_and_keeps_its_items(void **state)
{
    struct fixture *f = *state;
    uint32_t *numbers = NULL;
    size_t capacity = 0;

    for (uint32_t i = 0; i < 5000; i++) {
        numbers = arena_grow_array(&f->arena, numbers, i, &capacity, sizeof(*numbers));
        assert_true(capacity > i);
        numbers[i] = i;
        if (i % 3 == 0) {
            memset(arena_alloc(&f->arena, 32), 0xFF, 32);
        }
    }
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(numbers[i], i);
    }
}

static void an_array_with_room_stays_where_it_is(void **state)
{
    struct fixture *f = *state;
    size_t capacity = 0;

    int *numbers = arena_grow_array(&f->arena, NULL, 0, &capacity, sizeof(int));
    assert_ptr_equal(arena_grow_array(&f->arena, numbers, capacity - 1, &capacity, sizeof(int)), numbers);
}

#if !SANITIZER_ADDRESS
static void the_latest_allocation_grows_in_place(void **state)
{
    struct fixture *f = *state;
    char *first = arena_alloc(&f->arena, 20);
    char *latest = arena_alloc(&f->arena, 20);

    assert_false(arena_extend(&f->arena, first, 20, 40));
    assert_true(arena_extend(&f->arena, latest, 20, 200));
    memset(latest, 1, 200);
    assert_true((char *)arena_alloc(&f->arena, 1) >= latest + 200);
    assert_false(arena_extend(&f->arena, latest, 200, 400));
}

static void it_does_not_grow_beyond_its_chunk(void **state)
{
    struct fixture *f = *state;
    char *latest = arena_alloc(&f->arena, 20);

    assert_false(arena_extend(&f->arena, latest, 20, 2000));
    assert_false(arena_extend(&f->arena, latest, 20, SIZE_MAX));
    assert_true((char *)arena_alloc(&f->arena, 1) < latest + 64);
}
#endif

/* ---- Out of memory ---- */

static bool refuses(struct fixture *f, size_t count, size_t size)
{
    struct pool_guard guard;

    if (POOL_GUARD(f->pool, &guard)) {
        return true;
    }
    (void)arena_array(&f->arena, count, size);
    pool_guard_pop(f->pool, &guard);
    return false;
}

static void sizes_beyond_all_memory_unwind(void **state)
{
    struct fixture *f = *state;

    assert_true(refuses(f, 1, SIZE_MAX));
    assert_true(refuses(f, 1, SIZE_MAX - 20));
    assert_true(refuses(f, 1, SIZE_MAX / 2));
    assert_true(refuses(f, SIZE_MAX / 8, 16));
    assert_false(refuses(f, 10, 16));
}

static bool fill(struct arena *arena, struct pool *pool)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return false;
    }
    for (int i = 0; i < 100; i++) {
        (void)arena_format(arena, "%0*d", i * 10, i);
    }
    pool_guard_pop(pool, &guard);
    return true;
}

static void each_chunk_may_fail(void **state)
{
    (void)state;
    static struct failing_allocator memory;
    size_t nth = 0;

    do {
        failing_allocator_init(&memory);
        struct pool *pool = pool_new(&memory.allocator);
        struct arena arena;
        arena_init(&arena, pool);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        bool filled = fill(&arena, pool);
        assert_int_equal(filled, memory.failed == 0);
        memory.fail_at = 0;
        assert_true(fill(&arena, pool));
        arena_done(&arena);
        pool_free_all(pool);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 4);
}

/* ---- The sanitizer ---- */

#if SANITIZER_ADDRESS
static void write_beyond(void *user)
{
    struct fixture *f = user;
    volatile char *memory = arena_alloc(&f->arena, 20);

    (void)arena_alloc(&f->arena, 20);
    memory[20] = 1;
}

static void read_dropped(void *user)
{
    struct fixture *f = user;
    volatile char *memory = arena_alloc(&f->arena, 20);

    arena_reset(&f->arena);
    memory[0]++;
}

static void read_moved(void *user)
{
    struct fixture *f = user;
    size_t capacity = 0;
    int *numbers = arena_grow_array(&f->arena, NULL, 0, &capacity, sizeof(int));
    volatile int *before = numbers;

    (void)arena_grow_array(&f->arena, numbers, capacity, &capacity, sizeof(int));
    before[0]++;
}

static void the_sanitizer_sees_gaps_and_what_was_dropped(void **state)
{
    assert_true(dies(write_beyond, *state, "use-after-poison"));
    assert_true(dies(read_dropped, *state, "use-after-poison"));
    assert_true(dies(read_moved, *state, "use-after-poison"));
}
#endif

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_arena_holds_nothing),
        TEST(allocations_are_aligned_and_apart),
        TEST(nothing_is_a_valid_pointer),
        TEST(zeroed_memory_is_zero_after_a_reset_too),
        TEST(chunks_grow_from_one_to_64_kibibytes),
        TEST(a_large_allocation_leaves_the_chunk_in_use),
        TEST(a_reset_keeps_one_chunk),
        TEST(a_reset_does_not_keep_a_huge_chunk),
        TEST(a_done_arena_can_be_used_again),
        TEST(strings_are_copied_with_their_nul),
        TEST(bytes_are_copied_with_their_nuls),
        TEST(formatted_texts_may_be_short_or_long),
        TEST(an_array_grows_and_keeps_its_items),
        TEST(an_array_with_room_stays_where_it_is),
#if !SANITIZER_ADDRESS
        TEST(the_latest_allocation_grows_in_place),
        TEST(it_does_not_grow_beyond_its_chunk),
#else
        TEST(the_sanitizer_sees_gaps_and_what_was_dropped),
#endif
        TEST(sizes_beyond_all_memory_unwind),
        cmocka_unit_test(each_chunk_may_fail),
    };

    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
