/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/list.h"

struct letter {
    char name;
    struct list_node node;
};

struct fixture {
    struct list list;
    struct letter a;
    struct letter b;
    struct letter c;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof(fixture));
    list_init(&fixture.list);
    fixture.a.name = 'a';
    fixture.b.name = 'b';
    fixture.c.name = 'c';
    *state = &fixture;
    return 0;
}

static const char *names(const struct list *list)
{
    static char text[8];
    size_t len = 0;

    for (struct list_node *node = list_first(list); node != NULL; node = list_next(list, node)) {
        text[len++] = LIST_ITEM(node, struct letter, node)->name;
    }
    text[len] = '\0';
    return text;
}

static void a_new_list_is_empty(void **state)
{
    struct fixture *f = *state;

    assert_true(list_is_empty(&f->list));
    assert_null(list_first(&f->list));
    assert_null(list_last(&f->list));
    assert_null(list_take_first(&f->list));
}

static void appending_keeps_the_order(void **state)
{
    struct fixture *f = *state;

    list_append(&f->list, &f->a.node);
    list_append(&f->list, &f->b.node);
    list_append(&f->list, &f->c.node);
    assert_string_equal(names(&f->list), "abc");
    assert_ptr_equal(list_last(&f->list), &f->c.node);
}

static void prepending_and_inserting_go_before(void **state)
{
    struct fixture *f = *state;

    list_append(&f->list, &f->c.node);
    list_prepend(&f->list, &f->a.node);
    list_insert_before(&f->c.node, &f->b.node);
    assert_string_equal(names(&f->list), "abc");
}

static void a_node_knows_whether_it_is_linked(void **state)
{
    struct fixture *f = *state;

    assert_false(list_is_linked(&f->a.node));
    list_append(&f->list, &f->a.node);
    assert_true(list_is_linked(&f->a.node));
    list_remove(&f->a.node);
    assert_false(list_is_linked(&f->a.node));
    assert_true(list_is_empty(&f->list));
}

static void removing_twice_does_nothing(void **state)
{
    struct fixture *f = *state;

    list_append(&f->list, &f->a.node);
    list_append(&f->list, &f->b.node);
    list_remove(&f->a.node);
    list_remove(&f->a.node);
    assert_string_equal(names(&f->list), "b");
}

static void taking_goes_from_the_front(void **state)
{
    struct fixture *f = *state;

    list_append(&f->list, &f->a.node);
    list_append(&f->list, &f->b.node);
    assert_ptr_equal(list_take_first(&f->list), &f->a.node);
    assert_false(list_is_linked(&f->a.node));
    assert_string_equal(names(&f->list), "b");
}

static void one_list_goes_behind_another(void **state)
{
    struct fixture *f = *state;
    struct list more;

    list_init(&more);
    list_append(&f->list, &f->a.node);
    list_append_all(&f->list, &more);
    assert_string_equal(names(&f->list), "a");
    list_append(&more, &f->b.node);
    list_append(&more, &f->c.node);
    list_append_all(&f->list, &more);
    assert_string_equal(names(&f->list), "abc");
    assert_true(list_is_empty(&more));
    assert_ptr_equal(list_last(&f->list), &f->c.node);
    list_remove(&f->c.node);
    assert_string_equal(names(&f->list), "ab");
}

static void a_walk_may_remove_where_it_is(void **state)
{
    struct fixture *f = *state;
    int walked = 0;

    list_append(&f->list, &f->a.node);
    list_append(&f->list, &f->b.node);
    list_append(&f->list, &f->c.node);
    LIST_EACH(&f->list, node)
    {
        walked++;
        if (LIST_ITEM(node, struct letter, node)->name != 'b') {
            list_remove(node);
        }
    }
    assert_int_equal(walked, 3);
    assert_string_equal(names(&f->list), "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_list_is_empty, set_up),
        cmocka_unit_test_setup(appending_keeps_the_order, set_up),
        cmocka_unit_test_setup(prepending_and_inserting_go_before, set_up),
        cmocka_unit_test_setup(a_node_knows_whether_it_is_linked, set_up),
        cmocka_unit_test_setup(removing_twice_does_nothing, set_up),
        cmocka_unit_test_setup(taking_goes_from_the_front, set_up),
        cmocka_unit_test_setup(one_list_goes_behind_another, set_up),
        cmocka_unit_test_setup(a_walk_may_remove_where_it_is, set_up),
    };

    return cmocka_run_group_tests_name("base/list", tests, NULL, NULL);
}
