/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/stack.h"
#include "tests/base/death.h"
#include "tests/lib/failing_allocator.h"

static unsigned class_64k(void)
{
    return stack_class_of((size_t)64 * 1024);
}

static int restore_guards(void **state)
{
    (void)state;
    (void)stack_limit_guards(16384);
    return 0;
}

static void classes_are_powers_of_two(void **state)
{
    (void)state;
    assert_int_equal(stack_class_of(1), 0);
    assert_int_equal(stack_class_of((size_t)16 * 1024), 0);
    assert_int_equal(stack_class_of((size_t)16 * 1024 + 1), 1);
    assert_int_equal(stack_class_of((size_t)1 << 30), STACK_CLASSES - 1);
    assert_int_equal(stack_class_of(((size_t)1 << 30) + 1), STACK_CLASSES);
    assert_int_equal(stack_class_of(SIZE_MAX), STACK_CLASSES);
}

static void all_of_a_stack_can_be_used(void **state)
{
    (void)state;
    struct stack *stack = stack_take(class_64k());

    assert_non_null(stack);
    assert_true(stack_size(stack) >= (size_t)56 * 1024);
    assert_int_equal((uintptr_t)stack % 64, 0);
    memset(stack->low, 1, stack_size(stack));
    stack_give(stack);
}

static void a_stack_given_back_serves_again(void **state)
{
    (void)state;
    struct stack *stack = stack_take(class_64k());

    stack_give(stack);
    assert_ptr_equal(stack_take(class_64k()), stack);
    struct stack *other = stack_take(class_64k() + 1);
    assert_ptr_not_equal(other, stack);
    stack_give(stack);
    stack_give(other);
}

static void touch_below(void *user)
{
    struct stack *stack = user;

    ((volatile char *)stack->low)[-1] = 0;
}

static void the_guard_cannot_be_touched(void **state)
{
    (void)state;
    struct stack *stack = stack_take(class_64k());

    assert_true(stack->guarded);
    assert_true(dies(touch_below, stack, ""));
    stack_check(stack);
    stack_give(stack);
}

static struct stack *unguarded(void)
{
    (void)stack_limit_guards(0);
    /* None of this size was ever given back guarded. */
    struct stack *stack = stack_take(stack_class_of((size_t)2 << 20));
    assert_non_null(stack);
    assert_false(stack->guarded);
    return stack;
}

static void without_guards_left_a_canary_stands_in(void **state)
{
    (void)state;
    struct stack *stack = unguarded();

    memset(stack->low, 0, stack_size(stack));
    stack_check(stack);
    stack_give(stack);
}

static void run_over(void *user)
{
    struct stack *stack = user;

    stack->low[-64] = 0;
    stack_check(stack);
}

static void a_broken_canary_ends_the_process_with_a_message(void **state)
{
    (void)state;
    struct stack *stack = unguarded();

    assert_true(dies(run_over, stack, "ran over the end of its stack"));
    stack_give(stack);
}

static void an_allocators_stacks_are_its_own(void **state)
{
    (void)state;
    static struct failing_allocator memory;

    failing_allocator_init(&memory);
    struct stack *stack = stack_map(&memory.allocator, class_64k());
    assert_non_null(stack);
    assert_int_equal(memory.live_bytes, 64 * 1024);
    memset(stack->low, 1, stack_size(stack));
    stack_unmap(&memory.allocator, stack);
    failing_allocator_fail(&memory, 1, FAIL_ONCE);
    assert_null(stack_map(&memory.allocator, class_64k()));
    assert_null(failing_allocator_complaint(&memory));
}

/* More than are kept: the rest is unmapped, unguarded neighbours among them. */
static void many_stacks_come_and_go(void **state)
{
    (void)state;
    static struct stack *stacks[3000];

    for (size_t i = 0; i < COUNT_OF(stacks); i++) {
        (void)stack_limit_guards(i < 1000 ? 16384 : 0);
        stacks[i] = stack_take(0);
        assert_non_null(stacks[i]);
        stacks[i]->low[0] = 1;
    }
    for (size_t i = 0; i < COUNT_OF(stacks); i += 2) {
        stack_give(stacks[i]);
    }
    for (size_t i = 1; i < COUNT_OF(stacks); i += 2) {
        stack_give(stacks[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_powers_of_two),
        cmocka_unit_test(all_of_a_stack_can_be_used),
        cmocka_unit_test(a_stack_given_back_serves_again),
        cmocka_unit_test(the_guard_cannot_be_touched),
        cmocka_unit_test_teardown(without_guards_left_a_canary_stands_in, restore_guards),
        cmocka_unit_test_teardown(a_broken_canary_ends_the_process_with_a_message, restore_guards),
        cmocka_unit_test(an_allocators_stacks_are_its_own),
        cmocka_unit_test_teardown(many_stacks_come_and_go, restore_guards),
    };

    return cmocka_run_group_tests_name("base/stack", tests, NULL, NULL);
}
