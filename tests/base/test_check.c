/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/check.h"
#include "tests/base/death.h"

struct inner {
    int value;
};

struct outer {
    int before;
    struct inner inner;
};

static void break_it(void *user)
{
    const int *number = user;

    CHECK(*number == 8);
}

static void a_true_condition_does_nothing(void **state)
{
    (void)state;
    int evaluated = 0;

    CHECK(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

static void a_false_one_names_itself_and_ends_the_process(void **state)
{
    (void)state;
    int number = 7;

    assert_true(dies(break_it, &number, "broken invariant: *number == 8 at "));
    assert_true(dies(break_it, &number, "test_check.c:"));
}

static void an_array_knows_its_count(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};

    assert_int_equal(COUNT_OF(names), 3);
}

static void a_member_leads_to_what_it_is_embedded_in(void **state)
{
    (void)state;
    struct outer outer = {.before = 1, .inner = {.value = 2}};
    const struct inner *member = &outer.inner;

    assert_ptr_equal(CONTAINER_OF(&outer.inner, struct outer, inner), &outer);
    assert_int_equal(CONST_CONTAINER_OF(member, struct outer, inner)->before, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_condition_does_nothing),
        cmocka_unit_test(a_false_one_names_itself_and_ends_the_process),
        cmocka_unit_test(an_array_knows_its_count),
        cmocka_unit_test(a_member_leads_to_what_it_is_embedded_in),
    };

    return cmocka_run_group_tests_name("base/check", tests, NULL, NULL);
}
