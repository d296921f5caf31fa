/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/heap.h"
#include "base/pool.h"
#include "base/random.h"
#include "tests/base/death.h"

struct fixture {
    struct pool *pool;
    struct heap heap;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.pool = pool_new(NULL);
    heap_init(&fixture.heap, fixture.pool);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    heap_done(&f->heap);
    pool_free_all(f->pool);
    return 0;
}

static void an_empty_heap_has_no_first(void **state)
{
    struct fixture *f = *state;

    assert_null(heap_first(&f->heap));
    assert_null(heap_take_first(&f->heap));
}

static void items_come_in_the_order_of_time(void **state)
{
    struct fixture *f = *state;
    struct heap_item late = {0};
    struct heap_item early = {0};

    heap_add(&f->heap, &late, 20, 0);
    heap_add(&f->heap, &early, -10, 1);
    assert_int_equal(heap_first(&f->heap)->at, -10);
    assert_ptr_equal(heap_take_first(&f->heap), &early);
    assert_ptr_equal(heap_take_first(&f->heap), &late);
}

static void equal_times_come_in_the_order_of_their_sequence(void **state)
{
    struct fixture *f = *state;
    struct heap_item items[20];

    memset(items, 0, sizeof(items));
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        heap_add(&f->heap, &items[i * 7 % 20], 5, i * 7 % 20);
    }
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        assert_ptr_equal(heap_take_first(&f->heap), &items[i]);
    }
}

static void the_limits_of_time_are_times(void **state)
{
    struct fixture *f = *state;
    struct heap_item last = {0};
    struct heap_item first = {0};

    heap_add(&f->heap, &last, INT64_MAX, UINT64_MAX);
    heap_add(&f->heap, &first, INT64_MIN, UINT64_MAX);
    assert_ptr_equal(heap_take_first(&f->heap), &first);
    assert_ptr_equal(heap_take_first(&f->heap), &last);
}

static void an_item_knows_whether_it_is_in(void **state)
{
    struct fixture *f = *state;
    struct heap_item item = {0};

    assert_false(heap_has(&item));
    heap_remove(&f->heap, &item);
    heap_add(&f->heap, &item, 1, 1);
    assert_true(heap_has(&item));
    heap_remove(&f->heap, &item);
    assert_false(heap_has(&item));
    assert_int_equal(f->heap.count, 0);
}

static void add_twice(void *user)
{
    struct fixture *f = user;
    struct heap_item item = {0};

    heap_add(&f->heap, &item, 1, 1);
    heap_add(&f->heap, &item, 2, 2);
}

static void adding_twice_is_a_broken_invariant(void **state)
{
    assert_true(dies(add_twice, *state, "broken invariant"));
}

/* ---- Against a model: an array that is searched for its least element ---- */

#define ITEMS 500

struct model {
    struct heap_item items[ITEMS];
    tl_time at[ITEMS];
    uint64_t sequence[ITEMS];
};

static size_t least(const struct model *model)
{
    size_t found = ITEMS;

    for (size_t i = 0; i < ITEMS; i++) {
        if (heap_has(&model->items[i]) &&
            (found == ITEMS || model->at[i] < model->at[found] ||
             (model->at[i] == model->at[found] && model->sequence[i] < model->sequence[found]))) {
            found = i;
        }
    }
    return found;
}

/* Items in the heap become fewer or more, as the round goes. */
static void one_operation(struct fixture *f, struct model *model, struct random *random, unsigned round)
{
    size_t i = random_below(random, ITEMS);

    if (random_below(random, 3) == 0) {
        size_t expected = least(model);
        assert_ptr_equal(heap_take_first(&f->heap), expected == ITEMS ? NULL : &model->items[expected]);
    } else if (heap_has(&model->items[i])) {
        heap_remove(&f->heap, &model->items[i]);
    } else {
        model->at[i] = (tl_time)random_below(random, 50);
        model->sequence[i] = round;
        heap_add(&f->heap, &model->items[i], model->at[i], model->sequence[i]);
    }
}

static void random_operations_agree_with_a_model(void **state)
{
    struct fixture *f = *state;
    static struct model model;
    struct random random;

    memset(&model, 0, sizeof(model));
    random_seed(&random, 7);
    for (unsigned round = 0; round < 20000; round++) {
        one_operation(f, &model, &random, round);
    }
    for (size_t expected = least(&model); expected < ITEMS; expected = least(&model)) {
        assert_ptr_equal(heap_take_first(&f->heap), &model.items[expected]);
    }
    assert_null(heap_first(&f->heap));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_heap_has_no_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(items_come_in_the_order_of_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_times_come_in_the_order_of_their_sequence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_limits_of_time_are_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_item_knows_whether_it_is_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(adding_twice_is_a_broken_invariant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_operations_agree_with_a_model, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("base/heap", tests, NULL, NULL);
}
