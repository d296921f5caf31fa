/* SPDX-License-Identifier: MIT */
/* How history is cut into activations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/lib/history_builder.h"
#include "worker/engine/chunks.h"

static int setup(void **state)
{
    static struct history_builder builder;

    builder_init(&builder);
    builder_start(&builder, "Order", NULL);
    *state = &builder;
    return 0;
}

static int teardown(void **state)
{
    builder_done(*state);
    return 0;
}

static struct chunk chunk_at(const struct history_builder *builder, size_t begin)
{
    return chunk_next(builder->events, builder->count, begin);
}

static void first_chunk_ends_with_the_first_task(void **state)
{
    struct history_builder *builder = *state;

    builder_task_starts(builder);
    struct chunk chunk = chunk_at(builder, 0);

    assert_int_equal(chunk.end, 3);
    assert_true(chunk.activates);
    assert_true(chunk.last);
    assert_null(chunk.completed);
}

static void a_chunk_knows_how_its_task_was_completed(void **state)
{
    struct history_builder *builder = *state;

    builder_task(builder);
    builder_timer_started(builder, "1", TL_DAYS(30));
    builder_timer_fired(builder, "1", 5);
    builder_task_starts(builder);
    struct chunk first = chunk_at(builder, 0);
    struct chunk second = chunk_at(builder, first.end);

    assert_int_equal(first.end, 3);
    assert_false(first.last);
    assert_ptr_equal(first.completed, builder->events[3]->workflow_task_completed_event_attributes);
    assert_int_equal(second.begin, 3);
    assert_int_equal(second.end, builder->count);
    assert_true(second.activates);
}

static void a_failed_task_activates_nothing(void **state)
{
    struct history_builder *builder = *state;

    builder_task_starts(builder);
    builder_task_fails(builder, WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE);
    builder_task_starts(builder);
    struct chunk chunk = chunk_at(builder, 0);

    assert_int_equal(chunk.end, 6);
}

static void a_timed_out_task_activates_nothing(void **state)
{
    struct history_builder *builder = *state;

    builder_task_starts(builder);
    builder_task_times_out(builder);
    builder_task_starts(builder);

    assert_int_equal(chunk_at(builder, 0).end, 6);
}

static void a_task_that_was_only_kept_alive_is_merged(void **state)
{
    struct history_builder *builder = *state;

    builder_task(builder);
    builder_task_starts(builder);

    assert_int_equal(chunk_at(builder, 0).end, 6);
}

static void a_task_after_a_signal_is_not_merged(void **state)
{
    struct history_builder *builder = *state;

    builder_task(builder);
    builder_signaled(builder, "go", NULL);
    builder_task_starts(builder);

    assert_int_equal(chunk_at(builder, 0).end, 3);
    assert_int_equal(chunk_at(builder, 3).end, 7);
}

static void the_closing_event_ends_the_last_chunk(void **state)
{
    struct history_builder *builder = *state;

    builder_task(builder);
    builder_completed(builder, NULL);
    struct chunk last = chunk_at(builder, 3);

    assert_int_equal(last.end, 5);
    assert_false(last.activates);
    assert_true(last.last);
}

static void a_run_that_ends_in_mid_task_runs_no_code(void **state)
{
    struct history_builder *builder = *state;

    builder_task_starts(builder);
    (void)builder_event(builder, EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
    struct chunk chunk = chunk_at(builder, 0);

    assert_int_equal(chunk.end, 4);
    assert_false(chunk.activates);
}

static void history_without_a_task_activates_nothing(void **state)
{
    struct chunk chunk = chunk_at(*state, 0);

    assert_int_equal(chunk.end, 1);
    assert_false(chunk.activates);
    assert_true(chunk.last);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_chunk_ends_with_the_first_task),
        TEST(a_chunk_knows_how_its_task_was_completed),
        TEST(a_failed_task_activates_nothing),
        TEST(a_timed_out_task_activates_nothing),
        TEST(a_task_that_was_only_kept_alive_is_merged),
        TEST(a_task_after_a_signal_is_not_merged),
        TEST(the_closing_event_ends_the_last_chunk),
        TEST(a_run_that_ends_in_mid_task_runs_no_code),
        TEST(history_without_a_task_activates_nothing),
    };
    return cmocka_run_group_tests_name("chunks", tests, NULL, NULL);
}
