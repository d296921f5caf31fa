/* SPDX-License-Identifier: MIT */
/* Runs that go on for others, as tasks tell of them: what seeds their numbers, what is sent at their end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/worker/engine_fixture.h"

#define OTHER_RUN_ID "0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f"

static enum tl_status draws(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "%llu", (unsigned long long)tl_random(wf));
}

static enum tl_status never(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_signal_wait(wf, "never", 0, NULL);
}

/* One of each kind of command, a coroutine at work, and the end. */
static enum tl_status asks_for_all(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_activity_options once = {.start_to_close = TL_SECONDS(10)};
    const struct tl_search_attribute colour = tl_search_keyword("Colour", "red");
    const struct tl_field note = {"note", tl_payload_json("1")};

    (void)result;
    (void)tl_spawn(wf, "never", never, NULL);
    (void)tl_activity_start(wf, "Step", NULL, &once);
    tl_upsert_search_attributes(wf, &colour, 1);
    (void)tl_timer_start(wf, TL_DAYS(1));
    enum tl_status status = tl_continue_as_new(wf, input, NULL);
    tl_upsert_memo(wf, &note, 1);
    return status;
}

static void set_type(struct engine_fixture *fixture, const char *type)
{
    Pb__WorkflowExecutionStartedEventAttributes *started =
        fixture->builder.events[0]->workflow_execution_started_event_attributes;

    started->workflow_type->name = arena_strdup(&fixture->builder.arena, type);
}

/* What the run draws in a task that names it so. */
static const char *drawn(struct engine_fixture *fixture, const char *run_id, size_t nth)
{
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);

    task->workflow_execution->run_id = arena_strdup(scripted_arena(fixture->service), run_id);
    engine_fixture_give(fixture, task);
    const Pb__Payloads *result =
        engine_fixture_completion(fixture, nth)->commands[0]->complete_workflow_execution_command_attributes->result;
    return arena_strndup(
        scripted_arena(fixture->service), (const char *)result->payloads[0]->data.data, result->payloads[0]->data.len);
}

/* ---- Tests ---- */

/* A reset makes a run with another id of the same history: it goes on as the first did. */
static void a_run_that_a_reset_made_draws_as_its_original(void **state)
{
    struct engine_fixture *fixture = *state;

    tl_register_workflow(fixture->registry, "Draws", draws);
    set_type(fixture, "Draws");
    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    const char *first = drawn(fixture, ENGINE_FIXTURE_RUN_ID, 0);
    assert_string_equal(drawn(fixture, OTHER_RUN_ID, 1), first);
}

static void all_that_was_asked_for_is_sent_and_the_end_is_last(void **state)
{
    static const int types[] = {
        COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
        COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        COMMAND_TYPE_START_TIMER,
        COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES,
        COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
    };
    struct engine_fixture *fixture = *state;

    tl_register_workflow(fixture->registry, "AsksForAll", asks_for_all);
    set_type(fixture, "AsksForAll");
    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    const Pb__RespondWorkflowTaskCompletedRequest *completion = engine_fixture_completion(fixture, 0);
    assert_int_equal(completion->n_commands, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(completion->commands[i]->command_type, types[i]);
    }
    assert_int_equal(engine_cached(fixture->engine), 0);
}

/* The next run is told all that a server would otherwise have to guess. */
static void the_end_names_the_next_run_in_full(void **state)
{
    struct engine_fixture *fixture = *state;
    struct arena *arena = &fixture->builder.arena;
    Pb__WorkflowExecutionStartedEventAttributes *started =
        fixture->builder.events[0]->workflow_execution_started_event_attributes;

    tl_register_workflow(fixture->registry, "AsksForAll", asks_for_all);
    set_type(fixture, "AsksForAll");
    started->retry_policy = PB_NEW(arena, Pb__RetryPolicy, pb__retry_policy);
    started->retry_policy->maximum_attempts = 7;
    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *next =
        engine_fixture_completion(fixture, 0)->commands[4]->continue_as_new_workflow_execution_command_attributes;
    assert_string_equal(next->workflow_type->name, "AsksForAll");
    assert_string_equal(next->task_queue->name, "queue");
    assert_int_equal(next->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_int_equal(next->retry_policy->maximum_attempts, 7);
    assert_string_equal(next->memo->fields[0]->key, "note");
    assert_string_equal(next->search_attributes->indexed_fields[0]->key, "Colour");
    assert_null(next->workflow_run_timeout);
    assert_null(next->workflow_task_timeout);
    assert_null(next->header);
    assert_int_equal(next->initiator, CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED);
}

/* ---- Memory ---- */

static void end_a_run(struct engine_fixture *fixture)
{
    tl_register_workflow(fixture->registry, "AsksForAll", asks_for_all);
    set_type(fixture, "AsksForAll");
    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
}

/* Out of memory, nothing is sent, or all of it. */
static void each_allocation_of_an_end_may_fail(void **state)
{
    struct failing_allocator memory;
    struct engine_fixture fixture;
    size_t nth = 0;

    (void)state;
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        if (engine_fixture_open(&fixture, &memory.allocator)) {
            end_a_run(&fixture);
            assert_int_equal(tl_driver_verdict(fixture.driver) != NULL, memory.failed > 0);
            if (engine_fixture_completions(&fixture) > 0) {
                assert_int_equal(engine_fixture_completion(&fixture, 0)->n_commands, 5);
            }
        }
        (void)engine_fixture_close(&fixture);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_fixture_setup, engine_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_that_a_reset_made_draws_as_its_original),
        TEST(all_that_was_asked_for_is_sent_and_the_end_is_last),
        TEST(the_end_names_the_next_run_in_full),
        cmocka_unit_test(each_allocation_of_an_end_may_fail),
    };

    return cmocka_run_group_tests_name("engine, chains", tests, NULL, NULL);
}
