/* SPDX-License-Identifier: MIT */
/* How many pollers there should be: suggestions, empty polls, errors, and when growing is worth it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "worker/polling/scaler.h"

static struct scaler scaler;
static tl_time now;

static int set_up(void **state)
{
    (void)state;
    now = TL_SECONDS(1000);
    scaler_init(&scaler, 2, 10, 5);
    return 0;
}

static void task(int32_t suggestion)
{
    scaler_note_reply(&scaler, now, true, suggestion == 0 ? NULL : &suggestion);
}

static void empty(void)
{
    scaler_note_reply(&scaler, now, false, NULL);
}

static void suggestions_are_followed(void **state)
{
    (void)state;
    assert_int_equal(scaler.target, 5);
    task(2);
    assert_int_equal(scaler.target, 7);
    task(-4);
    assert_int_equal(scaler.target, 3);
}

static void no_suggestion_goes_beyond_a_limit(void **state)
{
    (void)state;
    task(INT32_MAX);
    assert_int_equal(scaler.target, 10);
    task(INT32_MIN);
    assert_int_equal(scaler.target, 2);
}

static void a_suggestion_of_nothing_changes_nothing(void **state)
{
    const int32_t nothing = 0;

    (void)state;
    scaler_note_reply(&scaler, now, true, &nothing);
    assert_int_equal(scaler.target, 5);
    assert_true(scaler.may_shrink);
}

static void empty_polls_shrink_only_where_suggestions_are_made(void **state)
{
    (void)state;
    empty();
    scaler_note_error(&scaler, true);
    assert_int_equal(scaler.target, 5);
    task(1);
    empty();
    empty();
    assert_int_equal(scaler.target, 4);
}

static void errors_shrink_by_one_and_a_reached_limit_by_half(void **state)
{
    (void)state;
    scaler.may_shrink = true;
    task(4);
    scaler_note_error(&scaler, false);
    assert_int_equal(scaler.target, 8);
    scaler_note_error(&scaler, true);
    assert_int_equal(scaler.target, 4);
    scaler_note_error(&scaler, true);
    scaler_note_error(&scaler, true);
    assert_int_equal(scaler.target, 2);
}

static void take(unsigned tasks)
{
    while (tasks-- > 0) {
        task(0);
    }
}

/* Eleven a period, then ten: what is more polls worth? */
static void fewer_tasks_than_before_allow_no_growth(void **state)
{
    (void)state;
    take(11);
    now += TL_MILLISECONDS(100);
    take(10);
    now += TL_MILLISECONDS(100);
    task(1);
    assert_int_equal(scaler.target, 5);
    task(-1);
    assert_int_equal(scaler.target, 4);
}

static void a_tenth_more_allows_growth(void **state)
{
    (void)state;
    take(10);
    now += TL_MILLISECONDS(100);
    take(11);
    now += TL_MILLISECONDS(100);
    task(1);
    assert_int_equal(scaler.target, 6);
}

static void what_came_before_a_pause_does_not_count(void **state)
{
    (void)state;
    take(100);
    now += TL_MILLISECONDS(250);
    task(1);
    assert_int_equal(scaler.target, 5);
    now += TL_SECONDS(30);
    task(1);
    assert_int_equal(scaler.target, 6);
}

static void a_burst_is_over_with_its_period(void **state)
{
    (void)state;
    task(0);
    assert_false(scaler_is_busy(&scaler, now));
    task(0);
    assert_true(scaler_is_busy(&scaler, now + TL_MILLISECONDS(99)));
    assert_false(scaler_is_busy(&scaler, now + TL_MILLISECONDS(100)));
}

static void a_fixed_number_stays(void **state)
{
    (void)state;
    scaler_init(&scaler, 4, 4, 4);
    scaler.may_shrink = true;
    task(-1);
    task(1);
    empty();
    scaler_note_error(&scaler, true);
    assert_int_equal(scaler.target, 4);
    assert_false(scaler_is_busy(&scaler, now));
}

#define TEST(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(suggestions_are_followed),
        TEST(no_suggestion_goes_beyond_a_limit),
        TEST(a_suggestion_of_nothing_changes_nothing),
        TEST(empty_polls_shrink_only_where_suggestions_are_made),
        TEST(errors_shrink_by_one_and_a_reached_limit_by_half),
        TEST(fewer_tasks_than_before_allow_no_growth),
        TEST(a_tenth_more_allows_growth),
        TEST(what_came_before_a_pause_does_not_count),
        TEST(a_burst_is_over_with_its_period),
        TEST(a_fixed_number_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
