/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of the engine failed in turn, over tasks that hit the cache, miss it, come in
 * pages and with the reply to a completion: no crash, no leak, no half-applied command, and what
 * workflow code deferred is done once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/worker/engine_fixture.h"

static struct failing_allocator memory;
static int taken; /* handles that workflow code holds */

static void give_back(void *user)
{
    (void)user;
    taken--;
}

static enum tl_status waits_beside(struct tl_workflow *wf, void *user)
{
    (void)user;
    tl_defer(wf, give_back, NULL);
    taken++;
    return tl_signal_wait(wf, "go", TL_DAYS(3), NULL);
}

/* Three futures at once, so that waiting takes memory too. */
static enum tl_status holds(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    tl_defer(wf, give_back, NULL);
    taken++;
    struct tl_future *futures[] = {
        tl_spawn(wf, "beside", waits_beside, NULL),
        tl_activity_start(wf, "Charge", input, &options),
        tl_timer_start(wf, TL_DAYS(1))};
    size_t first = tl_wait_any(futures, 3);
    return tl_result_text(wf, result, "%zu", first);
}

/* ---- The way of two tasks ---- */

static void first_task_starts(struct engine_fixture *fixture)
{
    fixture->builder.count = 0;
    builder_start(&fixture->builder, "Holds", "{\"amount\": 40}");
    builder_task_starts(&fixture->builder);
}

static size_t second_task_starts(struct engine_fixture *fixture)
{
    struct history_builder *builder = &fixture->builder;
    size_t begin = builder->count;

    builder_task_completes(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Charge");
    builder_timer_started(builder, "1", TL_DAYS(1));
    builder_timer_started(builder, "2", TL_DAYS(3));
    int64_t started = builder_activity_started(builder, scheduled);
    builder_activity_completed(builder, scheduled, started, "\"receipt-1\"");
    builder_task_starts(builder);
    return begin;
}

static void both_tasks_from_the_cache(struct engine_fixture *fixture)
{
    engine_fixture_accept_completions(fixture);
    first_task_starts(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    engine_fixture_give(fixture, engine_fixture_task(fixture, second_task_starts(fixture)));
}

static void a_miss_in_two_pages(struct engine_fixture *fixture)
{
    engine_fixture_accept_completions(fixture);
    first_task_starts(fixture);
    size_t begin = second_task_starts(fixture);
    engine_fixture_page(fixture, 0, begin, "more");
    engine_fixture_page(fixture, begin, fixture->builder.count, NULL);
    engine_fixture_give(fixture, engine_fixture_task(fixture, begin));
}

static void the_second_task_with_the_first_ones_reply(struct engine_fixture *fixture)
{
    Pb__RespondWorkflowTaskCompletedResponse *with_task = engine_fixture_accepted(fixture);

    first_task_starts(fixture);
    Pb__PollWorkflowTaskQueueResponse *first = engine_fixture_task(fixture, 0);
    with_task->workflow_task = engine_fixture_task(fixture, second_task_starts(fixture));
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, with_task);
    engine_fixture_accept_completions(fixture);
    engine_fixture_give(fixture, first);
}

/* ---- Failing each ---- */

/* A completion is whole or it is not sent. */
static void assert_whole(const struct engine_fixture *fixture, size_t most)
{
    size_t count = engine_fixture_completions(fixture);

    assert_in_range(count, memory.failed > 0 ? 0 : most, most);
    for (size_t i = 0; i < count; i++) {
        const Pb__RespondWorkflowTaskCompletedRequest *request = engine_fixture_completion(fixture, i);
        bool is_last = most == 1 || i == 1;
        assert_int_equal(request->n_commands, is_last ? 1 : 3);
    }
}

static void run_with_failures(void (*tasks)(struct engine_fixture *fixture), size_t completions)
{
    struct engine_fixture fixture;
    size_t nth = 0;

    taken = 0;
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        if (engine_fixture_open(&fixture, &memory.allocator)) {
            tl_register_workflow(fixture.registry, "Holds", holds);
            tasks(&fixture);
            assert_int_equal(tl_driver_verdict(fixture.driver) != NULL, memory.failed > 0);
            assert_whole(&fixture, completions);
        }
        (void)engine_fixture_close(&fixture);
        assert_int_equal(taken, 0);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 10);
}

static void each_allocation_may_fail_with_a_cache(void **state)
{
    (void)state;
    run_with_failures(both_tasks_from_the_cache, 2);
}

static void each_allocation_may_fail_over_pages(void **state)
{
    (void)state;
    run_with_failures(a_miss_in_two_pages, 1);
}

static void each_allocation_may_fail_in_a_reply(void **state)
{
    (void)state;
    run_with_failures(the_second_task_with_the_first_ones_reply, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail_with_a_cache),
        cmocka_unit_test(each_allocation_may_fail_over_pages),
        cmocka_unit_test(each_allocation_may_fail_in_a_reply),
    };
    return cmocka_run_group_tests_name("engine, memory", tests, NULL, NULL);
}
