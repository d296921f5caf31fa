/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/backtrace.h"
#include "base/coroutine.h"
#include "base/pool.h"

#define STACK ((size_t)128 * 1024)

/* What stands behind a call, so that its caller keeps its frame. */
static volatile int behind;

static struct pool *pool;

static int setup(void **state)
{
    (void)state;
    pool = pool_new(NULL);
    return pool == NULL;
}

static int teardown(void **state)
{
    (void)state;
    pool_free_all(pool);
    return 0;
}

/* Parks `user` levels deep, twice. */
__attribute__((noinline)) static void descend(size_t levels) /* NOLINT(misc-no-recursion) */
{
    if (levels == 0) {
        coroutine_yield();
        behind++;
        coroutine_yield();
    } else {
        descend(levels - 1);
    }
    behind++;
}

static void park_deep(void *user)
{
    descend((size_t)user);
    behind++;
}

static struct coroutine *parked(size_t levels)
{
    struct coroutine *coroutine = coroutine_new(pool, STACK, park_deep, (void *)levels);

    assert_int_equal(coroutine_resume(coroutine), COROUTINE_YIELDED);
    return coroutine;
}

/* ---- Visits ---- */

static void count(void *user)
{
    ++*(int *)user;
}

static void one_that_was_not_started_is_not_visited(void **state)
{
    struct coroutine *coroutine = coroutine_new(pool, STACK, park_deep, NULL);
    int visits = 0;

    (void)state;
    assert_false(coroutine_visit(coroutine, count, &visits));
    assert_int_equal(visits, 0);
    coroutine_drop(coroutine);
}

static void one_that_ended_is_not_visited(void **state)
{
    struct coroutine *coroutine = parked(0);
    int visits = 0;

    (void)state;
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_YIELDED);
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    assert_false(coroutine_visit(coroutine, count, &visits));
    assert_int_equal(visits, 0);
    coroutine_drop(coroutine);
}

static void visit_oneself(void *user)
{
    int visits = 0;

    *(bool *)user = coroutine_visit(coroutine_current(), count, &visits) || visits > 0;
}

static void the_running_one_is_not_visited(void **state)
{
    bool visited = true;
    struct coroutine *coroutine = coroutine_new(pool, STACK, visit_oneself, &visited);

    (void)state;
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    assert_false(visited);
    coroutine_drop(coroutine);
}

static void a_visited_one_goes_on_as_if_nobody_had_come(void **state)
{
    struct coroutine *coroutine = parked(3);
    int visits = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(coroutine_visit(coroutine, count, &visits));
    }
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_YIELDED);
    assert_true(coroutine_visit(coroutine, count, &visits));
    assert_int_equal(visits, 4);
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    coroutine_drop(coroutine);
}

static void a_visited_one_can_be_dropped(void **state)
{
    struct coroutine *coroutine = parked(3);
    int visits = 0;

    (void)state;
    assert_true(coroutine_visit(coroutine, count, &visits));
    assert_true(coroutine_visit(coroutine, count, &visits));
    coroutine_drop(coroutine);
}

static void note_address(void *user)
{
    char here = 0;

    *(uintptr_t *)user = (uintptr_t)__builtin_frame_address(0);
    (void)here;
}

/* However often someone looks: a report of a coroutine that is parked for ever may be made a thousand times. */
static void visits_do_not_use_up_the_stack(void **state)
{
    struct coroutine *coroutine = parked(0);
    uintptr_t first = 0;
    uintptr_t last = 0;

    (void)state;
    assert_true(coroutine_visit(coroutine, note_address, &first));
    for (int i = 0; i < 10000; i++) {
        assert_true(coroutine_visit(coroutine, note_address, &last));
        assert_true(last == first);
    }
    coroutine_drop(coroutine);
}

struct meeting {
    struct coroutine *other;
    int visits;
};

static void visit_another(void *user)
{
    struct meeting *meeting = user;

    assert_true(coroutine_visit(meeting->other, count, &meeting->visits));
    assert_ptr_equal(coroutine_user(coroutine_current()), meeting);
}

static void one_coroutine_visits_another(void **state)
{
    struct meeting meeting = {.other = parked(2)};
    struct coroutine *coroutine = coroutine_new(pool, STACK, visit_another, &meeting);

    (void)state;
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    assert_int_equal(meeting.visits, 1);
    coroutine_drop(coroutine);
    coroutine_drop(meeting.other);
}

/* ---- Backtraces ---- */

static bool has_a_repeated_address(const struct backtrace *backtrace, size_t times)
{
    for (size_t i = 0; i < backtrace->count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < backtrace->count; k++) {
            same += backtrace->addresses[k] == backtrace->addresses[i];
        }
        if (same >= times) {
            return true;
        }
    }
    return false;
}

static void a_parked_one_shows_its_calls(void **state)
{
    struct backtrace shallow;
    struct backtrace deep;
    struct coroutine *coroutine = parked(0);

    (void)state;
    backtrace_of(coroutine, &shallow);
    coroutine_drop(coroutine);
    coroutine = parked(10);
    backtrace_of(coroutine, &deep);
    coroutine_drop(coroutine);
    assert_true(shallow.count > 0 && !shallow.cut && !deep.cut);
    assert_int_equal(deep.count, shallow.count + 10);
    assert_false(has_a_repeated_address(&shallow, 2));
    assert_true(has_a_repeated_address(&deep, 9));
}

static void one_that_was_not_started_shows_nothing(void **state)
{
    struct backtrace backtrace = {.count = 7, .cut = true};
    struct coroutine *coroutine = coroutine_new(pool, STACK, park_deep, NULL);

    (void)state;
    backtrace_of(coroutine, &backtrace);
    assert_int_equal(backtrace.count, 0);
    assert_false(backtrace.cut);
    coroutine_drop(coroutine);
}

static void of_a_deep_one_the_innermost_calls_are_shown(void **state)
{
    struct backtrace backtrace;
    struct coroutine *coroutine = parked(100);

    (void)state;
    backtrace_of(coroutine, &backtrace);
    assert_int_equal(backtrace.count, BACKTRACE_MOST);
    assert_true(backtrace.cut);
    coroutine_drop(coroutine);
}

static void of_the_running_stack_the_callers_are_shown(void **state)
{
    struct backtrace backtrace;

    (void)state;
    backtrace_take(&backtrace);
    uintptr_t function = (uintptr_t)of_the_running_stack_the_callers_are_shown;
    bool found = false;
    for (size_t i = 0; i < backtrace.count && i < 3; i++) {
        found = found || (backtrace.addresses[i] > function && backtrace.addresses[i] < function + 4096);
    }
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_was_not_started_is_not_visited, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_ended_is_not_visited, setup, teardown),
        cmocka_unit_test_setup_teardown(the_running_one_is_not_visited, setup, teardown),
        cmocka_unit_test_setup_teardown(a_visited_one_goes_on_as_if_nobody_had_come, setup, teardown),
        cmocka_unit_test_setup_teardown(a_visited_one_can_be_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(visits_do_not_use_up_the_stack, setup, teardown),
        cmocka_unit_test_setup_teardown(one_coroutine_visits_another, setup, teardown),
        cmocka_unit_test_setup_teardown(a_parked_one_shows_its_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_was_not_started_shows_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(of_a_deep_one_the_innermost_calls_are_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(of_the_running_stack_the_callers_are_shown, setup, teardown),
    };

    return cmocka_run_group_tests_name("base/backtrace", tests, NULL, NULL);
}
