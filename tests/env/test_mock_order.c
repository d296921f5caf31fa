/* SPDX-License-Identifier: MIT */
/* Mocks that are called one after another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/env/mock_fixture.h"

static struct tl_env *env_of(void **state)
{
    const struct recorder *recorder = *state;

    return recorder->env;
}

/* The mock of that name, which returns null so many times. */
static struct tl_mock *returning(void **state, const char *name, struct tl_count count)
{
    struct tl_mock *made = tl_mock_activity(env_of(state), name);

    tl_mock_returns(made, count, NULL);
    return made;
}

static void what_comes_in_order_is_fine(void **state)
{
    struct tl_mock *c = returning(state, "C", TL_ONCE);

    tl_mock_in_order(returning(state, "A", TL_TIMES(2)), returning(state, "B", TL_ONCE), c);
    (void)returning(state, "X", TL_ANY_TIMES);
    mock_run_names(state, "axaxbxcx");
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void what_comes_too_early_is_a_verdict(void **state)
{
    tl_mock_in_order(returning(state, "A", TL_TIMES(2)), returning(state, "B", TL_ONCE));
    mock_run_names(state, "aba");
    assert_reported(
        (struct recorder *)*state, "called out of order: B before all calls of A; the order: " __FILE__ ":");
}

static void what_comes_too_late_is_a_verdict(void **state)
{
    tl_mock_in_order(returning(state, "A", TL_AT_LEAST(1)), returning(state, "B", TL_ONCE));
    mock_run_names(state, "aba");
    assert_reported((struct recorder *)*state, "called out of order: A after B; the order: ");
}

static void one_that_is_left_out_holds_those_behind_it(void **state)
{
    tl_mock_in_order(returning(state, "A", TL_ONCE), returning(state, "B", TL_ONCE), returning(state, "C", TL_ONCE));
    mock_run_names(state, "ac");
    assert_reported((struct recorder *)*state, "C before all calls of B");
}

static void one_that_need_not_come_holds_nobody(void **state)
{
    tl_mock_in_order(
        returning(state, "A", TL_ONCE), returning(state, "B", TL_ANY_TIMES), returning(state, "C", TL_ONCE));
    mock_run_names(state, "ac");
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void narrowed_mocks_have_an_order_of_their_own(void **state)
{
    struct tl_mock *small = tl_mock_with(mock_charge(state), "amount", "1");
    struct tl_mock *large = tl_mock_with(mock_charge(state), "amount", "1000");

    tl_mock_returns(small, TL_ONCE, NULL);
    tl_mock_returns(large, TL_ONCE, NULL);
    tl_mock_in_order(small, large);
    mock_run(state, "a", "{\"amount\": 1000}");
    assert_reported(
        (struct recorder *)*state,
        "called out of order: ChargeCard with amount = 1000 before all calls of ChargeCard with amount = 1; the "
        "order: ");
}

static void a_mock_stands_for_those_narrowed_from_it(void **state)
{
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "1"), TL_ONCE, NULL);
    tl_mock_in_order(returning(state, "A", TL_ONCE), mock_charge(state));
    mock_run(state, "a", "{\"amount\": 1}");
    assert_reported((struct recorder *)*state, "called out of order: ChargeCard with amount = 1 before all calls of A");
}

static void several_orders_all_hold(void **state)
{
    struct tl_mock *a = returning(state, "A", TL_ONCE);
    struct tl_mock *b = returning(state, "B", TL_ONCE);
    struct tl_mock *c = returning(state, "C", TL_ONCE);

    tl_mock_in_order(a, c);
    tl_mock_in_order(b, c);
    mock_run_names(state, "ac");
    assert_reported((struct recorder *)*state, "C before all calls of B");
}

/* ---- Orders that are none ---- */

static void one_mock_is_no_order(void **state)
{
    tl_mock_in_order(returning(state, "A", TL_ONCE));
    assert_reported((struct recorder *)*state, "an order needs two mocks at least");
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
}

static void the_same_mock_twice_is_no_order(void **state)
{
    struct tl_mock *a = returning(state, "A", TL_TIMES(2));

    tl_mock_in_order(a, returning(state, "B", TL_ONCE), a);
    assert_reported((struct recorder *)*state, "a mock stands twice in the order");
}

static void a_mock_beside_one_narrowed_from_it_is_no_order(void **state)
{
    tl_mock_in_order(tl_mock_with(mock_charge(state), "amount", "1"), mock_charge(state));
    assert_reported((struct recorder *)*state, "beside one that it was narrowed from");
}

static void an_order_with_no_mock_is_ignored(void **state)
{
    struct tl_mock *const none = NULL;

    tl_mock_in_order(none, returning(state, "A", TL_ANY_TIMES));
    assert_quiet((struct recorder *)*state);
}

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, mock_setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(what_comes_in_order_is_fine),
        MOCK_TEST(what_comes_too_early_is_a_verdict),
        MOCK_TEST(what_comes_too_late_is_a_verdict),
        MOCK_TEST(one_that_is_left_out_holds_those_behind_it),
        MOCK_TEST(one_that_need_not_come_holds_nobody),
        MOCK_TEST(narrowed_mocks_have_an_order_of_their_own),
        MOCK_TEST(a_mock_stands_for_those_narrowed_from_it),
        MOCK_TEST(several_orders_all_hold),
        MOCK_TEST(one_mock_is_no_order),
        MOCK_TEST(the_same_mock_twice_is_no_order),
        MOCK_TEST(a_mock_beside_one_narrowed_from_it_is_no_order),
        MOCK_TEST(an_order_with_no_mock_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
