/* SPDX-License-Identifier: MIT */
/* Cached runs that are behind: another worker went on with them, or what they know was told again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/engine_fixture.h"

/* The second timer starts and fires, and a task begins, which the engine here hears nothing of before. */
static size_t second_timer_fires(struct engine_fixture *fixture)
{
    size_t begin = fixture->builder.count;

    builder_task_completes(&fixture->builder);
    int64_t started = builder_timer_started(&fixture->builder, "2", TL_DAYS(2));
    builder_timer_fired(&fixture->builder, "2", started);
    builder_task_starts(&fixture->builder);
    return begin;
}

static void assert_completes(const struct engine_fixture *fixture, size_t nth)
{
    assert_int_equal(engine_fixture_completions(fixture), nth + 1);
    assert_int_equal(
        engine_fixture_completion(fixture, nth)->commands[0]->command_type, COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 0);
}

/* Only what is newest came along: what lies between is fetched with all the rest. */
static void a_run_that_is_behind_is_fetched_from_its_start(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    (void)engine_fixture_timer_fires(fixture);
    size_t newest = second_timer_fires(fixture);
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    engine_fixture_give(fixture, engine_fixture_task(fixture, newest));
    assert_int_equal(scripted_count(fixture->service, RPC_GetWorkflowExecutionHistory), 1);
    assert_completes(fixture, 1);
}

/* The partial history of a task overlaps with what the run knows, as after a task that was rolled back. */
static void what_is_told_again_counts_once(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    size_t second = engine_fixture_timer_fires(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, second));
    (void)second_timer_fires(fixture);
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    engine_fixture_give(fixture, engine_fixture_task(fixture, second));
    assert_completes(fixture, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, engine_fixture_setup, engine_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_that_is_behind_is_fetched_from_its_start),
        TEST(what_is_told_again_counts_once),
    };
    return cmocka_run_group_tests_name("engine cache", tests, NULL, NULL);
}
