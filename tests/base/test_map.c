/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/random.h"
#include "tests/base/death.h"
#include "tests/lib/failing_allocator.h"

struct fixture {
    struct pool *pool;
    struct map map;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.pool = pool_new(NULL);
    map_init(&fixture.map, fixture.pool);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    map_done(&f->map);
    pool_free_all(f->pool);
    return 0;
}

static int values[1000];

/* ---- Keys ---- */

static void an_empty_map_finds_nothing(void **state)
{
    struct fixture *f = *state;

    assert_null(map_get_string(&f->map, "a"));
    assert_null(map_get_number(&f->map, 0));
    assert_null(map_remove(&f->map, NULL, 0));
    assert_null(map_next(&f->map, NULL));
    assert_int_equal(map_count(&f->map), 0);
}

static void what_is_put_is_found(void **state)
{
    struct fixture *f = *state;

    assert_null(map_put_string(&f->map, "charge", &values[0]));
    assert_null(map_put_string(&f->map, "ship", &values[1]));
    assert_ptr_equal(map_get_string(&f->map, "charge"), &values[0]);
    assert_ptr_equal(map_get(&f->map, "shipping", 4), &values[1]);
    assert_null(map_get_string(&f->map, "shi"));
    assert_int_equal(map_count(&f->map), 2);
}

static void keys_are_bytes_and_may_be_empty(void **state)
{
    struct fixture *f = *state;

    (void)map_put(&f->map, "a\0b", 3, &values[0]);
    (void)map_put(&f->map, "a\0c", 3, &values[1]);
    (void)map_put(&f->map, NULL, 0, &values[2]);
    assert_ptr_equal(map_get(&f->map, "a\0b", 3), &values[0]);
    assert_ptr_equal(map_get(&f->map, "a\0c", 3), &values[1]);
    assert_ptr_equal(map_get_string(&f->map, ""), &values[2]);
    assert_null(map_get_string(&f->map, "a"));
}

static void numbers_of_all_sizes_are_keys(void **state)
{
    struct fixture *f = *state;

    (void)map_put_number(&f->map, 0, &values[0]);
    (void)map_put_number(&f->map, UINT64_MAX, &values[1]);
    for (uint64_t i = 2; i < 100; i++) {
        (void)map_put_number(&f->map, i << 32, &values[i]);
    }
    assert_ptr_equal(map_get_number(&f->map, 0), &values[0]);
    assert_ptr_equal(map_get_number(&f->map, UINT64_MAX), &values[1]);
    assert_ptr_equal(map_get_number(&f->map, UINT64_C(99) << 32), &values[99]);
    assert_null(map_get_number(&f->map, 99));
}

static void an_empty_key_is_found_in_a_large_map_too(void **state)
{
    struct fixture *f = *state;
    static char keys[100][8];

    (void)map_put(&f->map, NULL, 0, &values[0]);
    for (size_t i = 1; i < COUNT_OF(keys); i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "%zu", i);
        (void)map_put_string(&f->map, keys[i], &values[i]);
    }
    assert_ptr_equal(map_get(&f->map, "", 0), &values[0]);
    assert_ptr_equal(map_remove(&f->map, NULL, 0), &values[0]);
    assert_null(map_get(&f->map, NULL, 0));
}

static void put_nothing(void *user)
{
    struct fixture *f = user;

    (void)map_put_number(&f->map, 1, NULL);
}

static void null_is_no_value(void **state)
{
    assert_true(dies(put_nothing, *state, "broken invariant"));
}

/* ---- Order ---- */

static const char *order(const struct map *map)
{
    static char text[4096];
    size_t len = 0;

    text[0] = '\0';
    for (struct map_entry *entry = map_next(map, NULL); entry != NULL; entry = map_next(map, entry)) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? " " : "", entry->key);
    }
    return text;
}

static void walking_follows_the_order_of_insertion(void **state)
{
    struct fixture *f = *state;

    (void)map_put_string(&f->map, "zebra", &values[0]);
    (void)map_put_string(&f->map, "ant", &values[1]);
    (void)map_put_string(&f->map, "mole", &values[2]);
    assert_string_equal(order(&f->map), "zebra ant mole");
}

static void a_replaced_entry_keeps_its_place_and_takes_the_new_key(void **state)
{
    struct fixture *f = *state;
    char old_key[] = "ant";
    char new_key[] = "ant";

    (void)map_put_string(&f->map, old_key, &values[0]);
    (void)map_put_string(&f->map, "mole", &values[1]);
    assert_ptr_equal(map_put_string(&f->map, new_key, &values[2]), &values[0]);
    memset(old_key, 'x', 3);
    assert_string_equal(order(&f->map), "ant mole");
    assert_ptr_equal(map_get_string(&f->map, "ant"), &values[2]);
    assert_int_equal(map_count(&f->map), 2);
}

static void a_removed_key_comes_back_at_the_end(void **state)
{
    struct fixture *f = *state;

    (void)map_put_string(&f->map, "ant", &values[0]);
    (void)map_put_string(&f->map, "mole", &values[1]);
    assert_ptr_equal(map_remove_string(&f->map, "ant"), &values[0]);
    assert_null(map_remove_string(&f->map, "ant"));
    (void)map_put_string(&f->map, "ant", &values[2]);
    assert_string_equal(order(&f->map), "mole ant");
}

static void a_walk_may_remove_where_it_is(void **state)
{
    struct fixture *f = *state;
    uint64_t walked = 0;

    for (uint64_t i = 0; i < 100; i++) {
        (void)map_put_number(&f->map, i, &values[i]);
    }
    for (struct map_entry *entry = map_next(&f->map, NULL); entry != NULL; entry = map_next(&f->map, entry)) {
        assert_int_equal(entry->len, walked++);
        if (entry->len % 3 != 0) {
            (void)map_remove_number(&f->map, entry->len);
        }
    }
    assert_int_equal(walked, 100);
    assert_int_equal(map_count(&f->map), 34);
}

/* ---- Memory ---- */

static void taking_from_the_front_stays_quick_and_small(void **state)
{
    struct fixture *f = *state;

    for (uint64_t i = 0; i < 1000; i++) {
        (void)map_put_number(&f->map, i, &values[0]);
    }
    for (uint64_t i = 1000; i < 100000; i++) {
        assert_int_equal(map_next(&f->map, NULL)->len, i - 1000);
        (void)map_remove_number(&f->map, i - 1000);
        (void)map_put_number(&f->map, i, &values[0]);
    }
    assert_true(f->map.capacity <= 2048);
}

static void a_map_that_was_large_becomes_small(void **state)
{
    struct fixture *f = *state;

    for (uint64_t i = 0; i < 10000; i++) {
        (void)map_put_number(&f->map, i, &values[0]);
    }
    for (uint64_t i = 0; i < 9999; i++) {
        (void)map_remove_number(&f->map, i);
    }
    for (uint64_t i = 0; i < 100; i++) {
        (void)map_put_number(&f->map, 20000 + i, &values[1]);
        (void)map_remove_number(&f->map, 20000 + i);
    }
    assert_true(f->map.capacity <= 64);
    assert_int_equal(map_next(&f->map, NULL)->len, 9999);
    assert_ptr_equal(map_get_number(&f->map, 9999), &values[0]);
}

static void a_done_map_can_be_used_again(void **state)
{
    struct fixture *f = *state;

    (void)map_put_number(&f->map, 1, &values[0]);
    map_done(&f->map);
    assert_null(map_get_number(&f->map, 1));
    (void)map_put_number(&f->map, 2, &values[1]);
    assert_ptr_equal(map_get_number(&f->map, 2), &values[1]);
}

static bool fill(struct map *map, struct pool *pool)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return false;
    }
    for (uint64_t i = 0; i < 100; i++) {
        (void)map_put_number(map, i, &values[i]);
    }
    pool_guard_pop(pool, &guard);
    return true;
}

static void out_of_memory_loses_no_entry(void **state)
{
    (void)state;
    static struct failing_allocator memory;
    size_t nth = 0;

    do {
        failing_allocator_init(&memory);
        struct pool *pool = pool_new(&memory.allocator);
        struct map map;
        map_init(&map, pool);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        bool filled = fill(&map, pool);
        assert_int_equal(filled, memory.failed == 0);
        for (uint64_t i = 0; i < map_count(&map); i++) {
            assert_ptr_equal(map_get_number(&map, i), &values[i]);
        }
        map_done(&map);
        pool_free_all(pool);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 8);
}

/* ---- Against a model: an array in the order of insertion ---- */

#define KEYS 300

struct model {
    unsigned keys[KEYS];
    void *values[KEYS];
    size_t count;
};

static size_t model_find(const struct model *model, unsigned key)
{
    size_t i = 0;

    while (i < model->count && model->keys[i] != key) {
        i++;
    }
    return i;
}

static void *model_put(struct model *model, unsigned key, void *value)
{
    size_t i = model_find(model, key);
    void *before = i < model->count ? model->values[i] : NULL;

    model->count += i == model->count ? 1 : 0;
    model->keys[i] = key;
    model->values[i] = value;
    return before;
}

static void *model_remove(struct model *model, unsigned key)
{
    size_t i = model_find(model, key);

    if (i == model->count) {
        return NULL;
    }
    void *before = model->values[i];
    model->count--;
    for (; i < model->count; i++) {
        model->keys[i] = model->keys[i + 1];
        model->values[i] = model->values[i + 1];
    }
    return before;
}

/* By number, or by the text of the number. */
struct keyed_map {
    struct map map;
    bool by_text;
    char texts[KEYS][8];
};

static void *keyed_put(struct keyed_map *keyed, unsigned key, void *value)
{
    return keyed->by_text ? map_put_string(&keyed->map, keyed->texts[key], value)
                          : map_put_number(&keyed->map, key, value);
}

static void *keyed_get(struct keyed_map *keyed, unsigned key)
{
    return keyed->by_text ? map_get_string(&keyed->map, keyed->texts[key]) : map_get_number(&keyed->map, key);
}

static void *keyed_remove(struct keyed_map *keyed, unsigned key)
{
    return keyed->by_text ? map_remove_string(&keyed->map, keyed->texts[key]) : map_remove_number(&keyed->map, key);
}

static void assert_same(struct keyed_map *keyed, const struct model *model)
{
    size_t i = 0;

    assert_int_equal(map_count(&keyed->map), model->count);
    for (struct map_entry *entry = map_next(&keyed->map, NULL); entry != NULL; entry = map_next(&keyed->map, entry)) {
        assert_ptr_equal(entry->value, model->values[i]);
        assert_ptr_equal(keyed_get(keyed, model->keys[i]), model->values[i]);
        i++;
    }
    assert_int_equal(i, model->count);
}

/* Phases that rather add, then rather remove, so that the map grows and shrinks. */
static void agree(struct pool *pool, bool by_text, uint64_t seed)
{
    static struct keyed_map keyed;
    static struct model model;
    struct random random;

    random_seed(&random, seed);
    map_init(&keyed.map, pool);
    keyed.by_text = by_text;
    model.count = 0;
    for (unsigned key = 0; key < KEYS; key++) {
        (void)snprintf(keyed.texts[key], sizeof(keyed.texts[key]), "%u", key);
    }
    for (unsigned round = 0; round < 20000; round++) {
        unsigned key = (unsigned)random_below(&random, KEYS);
        void *value = &values[random_below(&random, COUNT_OF(values))];
        if (random_below(&random, 10) < (round / 2500 % 2 == 0 ? 7U : 2U)) {
            assert_ptr_equal(keyed_put(&keyed, key, value), model_put(&model, key, value));
        } else {
            assert_ptr_equal(keyed_remove(&keyed, key), model_remove(&model, key));
        }
        if (round % 50 == 0) {
            assert_same(&keyed, &model);
        }
    }
    map_done(&keyed.map);
}

static void random_operations_agree_with_a_model(void **state)
{
    struct fixture *f = *state;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        agree(f->pool, false, seed);
        agree(f->pool, true, seed);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_map_finds_nothing),
        TEST(what_is_put_is_found),
        TEST(keys_are_bytes_and_may_be_empty),
        TEST(numbers_of_all_sizes_are_keys),
        TEST(an_empty_key_is_found_in_a_large_map_too),
        TEST(null_is_no_value),
        TEST(walking_follows_the_order_of_insertion),
        TEST(a_replaced_entry_keeps_its_place_and_takes_the_new_key),
        TEST(a_removed_key_comes_back_at_the_end),
        TEST(a_walk_may_remove_where_it_is),
        TEST(taking_from_the_front_stays_quick_and_small),
        TEST(a_map_that_was_large_becomes_small),
        TEST(a_done_map_can_be_used_again),
        cmocka_unit_test(out_of_memory_loses_no_entry),
        TEST(random_operations_agree_with_a_model),
    };

    return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
