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
#include "base/coroutine.h"
#include "base/pool.h"
#include "base/stack.h"
#include "tests/base/death.h"
#include "tests/lib/failing_allocator.h"

#define STACK_SIZE ((size_t)64 * 1024)

struct fixture {
    struct failing_allocator memory;
    struct pool *pool;
    char diary[256]; /* what happened, a letter each */
    size_t written;
    struct coroutine *current;
    struct coroutine *inner;
    volatile int number;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof(fixture));
    failing_allocator_init(&fixture.memory);
    fixture.pool = pool_new(&fixture.memory.allocator);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    pool_free_all(f->pool);
    const char *complaint = failing_allocator_complaint(&f->memory);
    if (complaint != NULL) {
        print_error("%s\n", complaint);
        return 1;
    }
    return 0;
}

static void note(struct fixture *f, char letter)
{
    f->diary[f->written++] = letter;
}

static struct coroutine *begin(struct fixture *f, void (*body)(void *user))
{
    return coroutine_new(f->pool, STACK_SIZE, body, f);
}

/* ---- Running ---- */

static void three_steps(void *user)
{
    struct fixture *f = user;

    f->current = coroutine_current();
    note(f, '1');
    coroutine_yield();
    note(f, '2');
    coroutine_yield();
    note(f, '3');
}

static void a_coroutine_runs_from_yield_to_yield(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, three_steps);

    assert_string_equal(f->diary, "");
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_YIELDED);
    assert_string_equal(f->diary, "1");
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_YIELDED);
    assert_string_equal(f->diary, "12");
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    assert_string_equal(f->diary, "123");
    coroutine_drop(coroutine);
}

static void the_running_one_is_current(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, three_steps);

    assert_null(coroutine_current());
    (void)coroutine_resume(coroutine);
    assert_ptr_equal(f->current, coroutine);
    assert_null(coroutine_current());
    coroutine_drop(coroutine);
}

static void a_coroutine_knows_its_user_and_pool(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, three_steps);

    assert_ptr_equal(coroutine_user(coroutine), f);
    assert_ptr_equal(coroutine_pool(coroutine), f->pool);
    coroutine_drop(coroutine);
}

static void outer_body(void *user)
{
    struct fixture *f = user;

    note(f, 'o');
    f->inner = begin(f, three_steps);
    (void)coroutine_resume(f->inner);
    note(f, coroutine_current() == f->inner ? '!' : 'p');
    coroutine_yield();
    (void)coroutine_resume(f->inner);
    note(f, 'q');
}

static void resumes_nest(void **state)
{
    struct fixture *f = *state;
    struct coroutine *outer = begin(f, outer_body);

    assert_int_equal(coroutine_resume(outer), COROUTINE_YIELDED);
    assert_string_equal(f->diary, "o1p");
    assert_int_equal(coroutine_resume(outer), COROUTINE_ENDED);
    assert_string_equal(f->diary, "o1p2q");
    assert_int_equal(coroutine_resume(f->inner), COROUTINE_ENDED);
    assert_null(coroutine_current());
    coroutine_drop(f->inner);
    coroutine_drop(outer);
}

static void sum_floats(void *user)
{
    struct fixture *f = user;
    double sum = 0;
    float small = 0.5F;

    for (int i = 1; i <= 10; i++) {
        sum += i * (double)small;
        coroutine_yield();
    }
    f->number = (int)(sum * 2);
}

static void registers_survive_switches(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, sum_floats);
    double sum = 0;

    while (coroutine_resume(coroutine) == COROUTINE_YIELDED) {
        sum += 1.25;
    }
    assert_true(sum == 12.5);
    assert_int_equal(f->number, 55);
    coroutine_drop(coroutine);
}

static int fibonacci(int n)
{
    if (n % 5 == 0) {
        coroutine_yield();
    }
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static void compute(void *user)
{
    struct fixture *f = user;

    f->number = fibonacci(15);
}

static void it_yields_from_deep_calls(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, compute);

    while (coroutine_resume(coroutine) == COROUTINE_YIELDED) {
        f->written++;
    }
    assert_int_equal(f->number, 610);
    assert_true(f->written > 100);
    coroutine_drop(coroutine);
}

/* ---- Ends ---- */

static int abort_deep(int depth)
{
    if (depth == 0) {
        coroutine_abort(42);
    }
    return depth > 100 ? depth : abort_deep(depth - 1) + 1;
}

static void abort_body(void *user)
{
    note(user, 'a');
    (void)abort_deep(20);
    note(user, '!');
}

static void an_aborted_coroutine_says_why(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, abort_body);

    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ABORTED);
    assert_int_equal(coroutine_abort_reason(coroutine), 42);
    assert_string_equal(f->diary, "a");
    assert_null(coroutine_current());
    coroutine_drop(coroutine);
}

static void a_dropped_coroutine_runs_no_further(void **state)
{
    struct fixture *f = *state;
    struct coroutine *parked = begin(f, three_steps);
    struct coroutine *unstarted = begin(f, three_steps);

    (void)coroutine_resume(parked);
    coroutine_drop(parked);
    coroutine_drop(unstarted);
    coroutine_drop(NULL);
    assert_string_equal(f->diary, "1");
}

static void drop_other(void *user)
{
    struct fixture *f = user;

    coroutine_drop(f->inner);
    note(f, 'd');
}

static void one_coroutine_may_drop_another(void **state)
{
    struct fixture *f = *state;

    f->inner = begin(f, three_steps);
    (void)coroutine_resume(f->inner);
    struct coroutine *coroutine = begin(f, drop_other);
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    assert_string_equal(f->diary, "1d");
    coroutine_drop(coroutine);
}

static void stacks_serve_again(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 100; i++) {
        struct coroutine *coroutine = begin(f, i % 2 == 0 ? three_steps : abort_body);
        f->written = 0;
        (void)coroutine_resume(coroutine);
        coroutine_drop(coroutine);
    }
    assert_int_equal(f->memory.maps, 1);
}

static void the_stack_is_given_back_at_the_end_already(void **state)
{
    struct fixture *f = *state;
    struct coroutine *first = begin(f, abort_body);

    (void)coroutine_resume(first);
    struct coroutine *second = begin(f, abort_body);
    (void)coroutine_resume(second);
    assert_int_equal(f->memory.maps, 1);
    assert_int_equal(coroutine_stack_used(first), 0);
    coroutine_drop(first);
    coroutine_drop(second);
}

static void parked_coroutines_go_with_their_pool(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 10; i++) {
        (void)coroutine_resume(begin(f, three_steps));
    }
    assert_int_equal(f->memory.maps, 10);
}

/* ---- Misuse ---- */

static void resume_ended(void *user)
{
    struct coroutine *coroutine = begin(user, abort_body);

    (void)coroutine_resume(coroutine);
    (void)coroutine_resume(coroutine);
}

static void resume_self(void *user)
{
    (void)user;
    (void)coroutine_resume(coroutine_current());
}

static void resume_running(void *user)
{
    (void)coroutine_resume(begin(user, resume_self));
}

static void drop_self(void *user)
{
    (void)user;
    coroutine_drop(coroutine_current());
}

static void drop_running(void *user)
{
    (void)coroutine_resume(begin(user, drop_self));
}

static void yield_nowhere(void *user)
{
    (void)user;
    coroutine_yield();
}

static void abort_nowhere(void *user)
{
    (void)user;
    coroutine_abort(1);
}

static void misuse_is_a_broken_invariant(void **state)
{
    assert_true(dies(resume_ended, *state, "broken invariant"));
    assert_true(dies(resume_running, *state, "broken invariant"));
    assert_true(dies(drop_running, *state, "broken invariant"));
    assert_true(dies(yield_nowhere, *state, "broken invariant"));
    assert_true(dies(abort_nowhere, *state, "broken invariant"));
}

/* ---- Stacks ---- */

/* A KiB a level: each needs the one above, so that no compiler makes a loop of them. */
static int __attribute__((noinline)) sink(int depth, volatile char *above)
{
    volatile char room[1024];

    room[0] = (char)depth;
    room[1023] = above[0];
    return depth == 0 ? 0 : sink(depth - 1, room) + room[0] + above[0];
}

static void use_stack(void *user)
{
    struct fixture *f = user;

    volatile char top = 1;

    f->number = sink(f->number, &top);
    coroutine_yield();
}

static void used_stack_is_counted_by_page(void **state)
{
    struct fixture *f = *state;
    struct coroutine *shallow = begin(f, three_steps);
    (void)coroutine_resume(shallow);
    size_t before = coroutine_stack_used(shallow);

    f->number = 30;
    struct coroutine *deep = begin(f, use_stack);
    (void)coroutine_resume(deep);
    assert_in_range(before, 1, 32768);
    /* The address sanitizer may keep frames elsewhere. */
    assert_in_range(coroutine_stack_used(deep), SANITIZER_ADDRESS ? before : before + 20000, 2 * STACK_SIZE);
    coroutine_drop(shallow);
    coroutine_drop(deep);
}

static void run_out_of_stack(void *user)
{
    struct fixture *f = user;

    f->number = 100000;
    (void)coroutine_resume(begin(f, use_stack));
}

static void running_out_of_stack_ends_the_process(void **state)
{
    assert_true(dies(run_out_of_stack, *state, ""));
}

static void run_over_canary(void *user)
{
    struct pool *pool = pool_new(NULL);
    struct stack *stack = pool_take_stack(pool, STACK_SIZE);

    (void)user;
    memset(stack->low - 8, 0, 8);
    pool_give_stack(pool, stack);
}

static void an_overrun_of_an_unguarded_stack_is_found_when_it_ends(void **state)
{
    size_t guards = stack_limit_guards(0);
    bool died = dies(run_over_canary, *state, "ran over the end of its stack");

    (void)stack_limit_guards(guards);
    assert_true(died);
}

static void coroutines_run_on_unguarded_stacks_too(void **state)
{
    struct fixture *f = *state;
    size_t guards = stack_limit_guards(0);

    f->number = 30;
    struct coroutine *coroutine = begin(f, use_stack);
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_YIELDED);
    coroutine_drop(coroutine);
    (void)stack_limit_guards(guards);
}

static void many_can_be_parked(void **state)
{
    struct fixture *f = *state;
    enum {
        MANY = 2000
    };
    static struct coroutine *coroutines[MANY];
    struct pool *pool = pool_new(NULL);

    for (size_t i = 0; i < MANY; i++) {
        coroutines[i] = coroutine_new(pool, 16384, three_steps, f);
        f->written = 0;
        assert_int_equal(coroutine_resume(coroutines[i]), COROUTINE_YIELDED);
    }
    for (size_t i = 0; i < MANY; i++) {
        f->written = 0;
        assert_int_equal(coroutine_resume(coroutines[i * 7 % MANY]), COROUTINE_YIELDED);
    }
    for (size_t i = 0; i < MANY; i++) {
        f->written = 0;
        assert_int_equal(coroutine_resume(coroutines[i]), COROUTINE_ENDED);
        coroutine_drop(coroutines[i]);
    }
    pool_free_all(pool);
}

/* ---- Out of memory ---- */

static void take_too_much(void *user)
{
    struct fixture *f = user;

    note(f, 't');
    (void)pool_alloc(f->pool, SIZE_MAX);
    note(f, '!');
}

/* How the coroutine came back under a guard of its resumer's; -1 when the guard was jumped to. */
static int resume_guarded(struct pool *pool, struct coroutine *coroutine)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return -1;
    }
    enum coroutine_state came_back = coroutine_resume(coroutine);
    pool_guard_pop(pool, &guard);
    return (int)came_back;
}

static void out_of_memory_aborts_the_coroutine_whoever_guards_outside(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, take_too_much);

    assert_int_equal(resume_guarded(f->pool, coroutine), COROUTINE_ABORTED);
    assert_int_equal(coroutine_abort_reason(coroutine), COROUTINE_OUT_OF_MEMORY);
    assert_string_equal(f->diary, "t");
    coroutine_drop(coroutine);
}

static bool refuses(struct pool *pool)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return true;
    }
    (void)pool_alloc(pool, SIZE_MAX);
    pool_guard_pop(pool, &guard);
    return false;
}

static void guard_inside(void *user)
{
    struct fixture *f = user;

    note(f, refuses(f->pool) ? 'r' : '!');
    coroutine_yield();
    note(f, refuses(f->pool) ? 's' : '!');
}

static void a_guard_on_the_coroutine_catches_there(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, guard_inside);

    assert_int_equal(resume_guarded(f->pool, coroutine), COROUTINE_YIELDED);
    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    assert_string_equal(f->diary, "rs");
    coroutine_drop(coroutine);
}

static bool yields_guarded(struct fixture *f)
{
    struct pool_guard guard;

    if (POOL_GUARD(f->pool, &guard)) {
        return true;
    }
    coroutine_yield();
    (void)pool_alloc(f->pool, SIZE_MAX);
    pool_guard_pop(f->pool, &guard);
    return false;
}

static void yield_guarded(void *user)
{
    struct fixture *f = user;

    note(f, yields_guarded(f) ? 'y' : '!');
}

static void a_coroutine_parks_with_its_guards(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, yield_guarded);

    assert_int_equal(coroutine_resume(coroutine), COROUTINE_YIELDED);
    assert_true(refuses(f->pool));
    assert_null(pool_alloc(f->pool, SIZE_MAX));
    assert_int_equal(resume_guarded(f->pool, coroutine), COROUTINE_ENDED);
    assert_string_equal(f->diary, "y");
    coroutine_drop(coroutine);
}

static void resume_inner_without_memory(void *user)
{
    struct fixture *f = user;

    f->inner = begin(f, take_too_much);
    if (coroutine_resume(f->inner) == COROUTINE_ABORTED) {
        note(f, 'u');
        pool_unwind(f->pool);
    }
    note(f, '!');
}

static void unwinding_goes_through_nested_coroutines(void **state)
{
    struct fixture *f = *state;
    struct coroutine *outer = begin(f, resume_inner_without_memory);

    assert_int_equal(resume_guarded(f->pool, outer), COROUTINE_ABORTED);
    assert_int_equal(coroutine_abort_reason(outer), COROUTINE_OUT_OF_MEMORY);
    assert_string_equal(f->diary, "tu");
    coroutine_drop(f->inner);
    coroutine_drop(outer);
}

static void use_another_pool(void *user)
{
    struct fixture *f = user;
    struct failing_allocator memory;

    failing_allocator_init(&memory);
    struct pool *pool = pool_new(&memory.allocator);
    note(f, pool_alloc(pool, SIZE_MAX) == NULL ? 'n' : '!');
    note(f, refuses(pool) ? 'g' : '!');
    pool_free_all(pool);
    note(f, failing_allocator_complaint(&memory) == NULL ? 'f' : '!');
}

static void another_pools_memory_is_none_of_the_coroutines_business(void **state)
{
    struct fixture *f = *state;
    struct coroutine *coroutine = begin(f, use_another_pool);

    assert_int_equal(coroutine_resume(coroutine), COROUTINE_ENDED);
    assert_string_equal(f->diary, "ngf");
    coroutine_drop(coroutine);
}

static bool starts(struct fixture *f)
{
    struct pool_guard guard;

    if (POOL_GUARD(f->pool, &guard)) {
        return false;
    }
    struct coroutine *coroutine = begin(f, three_steps);
    f->written = 0;
    (void)coroutine_resume(coroutine);
    coroutine_drop(coroutine);
    pool_guard_pop(f->pool, &guard);
    return true;
}

static void without_memory_no_coroutine_is_made(void **state)
{
    struct fixture *f = *state;

    for (size_t nth = 1; nth <= 2; nth++) {
        failing_allocator_fail(&f->memory, nth, FAIL_ONCE);
        assert_false(starts(f));
    }
    f->memory.fail_at = 0;
    assert_true(starts(f));
}

/* ---- Threads ---- */

static void count_up(void *user)
{
    int *count = user;

    for (int i = 0; i < 50; i++) {
        ++*count;
        coroutine_yield();
    }
}

static void *run_many(void *user)
{
    int *count = user;

    for (int round = 0; round < 20; round++) {
        struct pool *pool = pool_new(NULL);
        struct coroutine *coroutines[10];
        for (size_t i = 0; i < COUNT_OF(coroutines); i++) {
            coroutines[i] = coroutine_new(pool, STACK_SIZE, count_up, count);
        }
        for (int step = 0; step < 45; step++) {
            for (size_t i = 0; i < COUNT_OF(coroutines); i++) {
                (void)coroutine_resume(coroutines[i]);
            }
        }
        pool_free_all(pool);
    }
    return NULL;
}

static void each_thread_has_its_own(void **state)
{
    (void)state;
    pthread_t threads[3];
    int counts[3] = {0};

    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_many, &counts[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(counts[i], 20 * 10 * 45);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* ---- Left by a jump ---- */

static jmp_buf test_stack;

static void jump_off(void *user)
{
    note(user, 'j');
    longjmp(test_stack, 1);
}

static void resume_one_that_jumps(void *user)
{
    struct fixture *f = user;

    (void)coroutine_resume(begin(f, jump_off));
    note(f, '!');
}

static void after_a_jump_off_nested_coroutines_others_run(void **state)
{
    struct fixture *f = *state;

    if (SANITIZER_ADDRESS || SANITIZER_THREAD) {
        skip(); /* they are not told of the jump */
    }
    assert_false(coroutine_forget());
    if (setjmp(test_stack) == 0) {
        (void)coroutine_resume(begin(f, resume_one_that_jumps));
    }
    assert_non_null(coroutine_current());
    assert_true(coroutine_forget());
    assert_null(coroutine_current());
    assert_false(coroutine_forget());

    struct pool *other = pool_new(&f->memory.allocator);
    struct coroutine *coroutine = coroutine_new(other, STACK_SIZE, three_steps, f);
    while (coroutine_resume(coroutine) == COROUTINE_YIELDED) {
    }
    coroutine_drop(coroutine);
    pool_free_all(other);
    assert_string_equal(f->diary, "j123");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_coroutine_runs_from_yield_to_yield),
        TEST(the_running_one_is_current),
        TEST(a_coroutine_knows_its_user_and_pool),
        TEST(resumes_nest),
        TEST(registers_survive_switches),
        TEST(it_yields_from_deep_calls),
        TEST(an_aborted_coroutine_says_why),
        TEST(a_dropped_coroutine_runs_no_further),
        TEST(one_coroutine_may_drop_another),
        TEST(stacks_serve_again),
        TEST(the_stack_is_given_back_at_the_end_already),
        TEST(parked_coroutines_go_with_their_pool),
        TEST(misuse_is_a_broken_invariant),
        TEST(used_stack_is_counted_by_page),
        TEST(running_out_of_stack_ends_the_process),
        TEST(an_overrun_of_an_unguarded_stack_is_found_when_it_ends),
        TEST(coroutines_run_on_unguarded_stacks_too),
        TEST(many_can_be_parked),
        TEST(out_of_memory_aborts_the_coroutine_whoever_guards_outside),
        TEST(a_guard_on_the_coroutine_catches_there),
        TEST(a_coroutine_parks_with_its_guards),
        TEST(unwinding_goes_through_nested_coroutines),
        TEST(another_pools_memory_is_none_of_the_coroutines_business),
        TEST(without_memory_no_coroutine_is_made),
        TEST(after_a_jump_off_nested_coroutines_others_run),
        cmocka_unit_test(each_thread_has_its_own),
    };

    return cmocka_run_group_tests_name("base/coroutine", tests, NULL, NULL);
}
