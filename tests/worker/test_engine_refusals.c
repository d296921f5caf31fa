/* SPDX-License-Identifier: MIT */
/* What the service refuses, and what the engine refuses to complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/engine_fixture.h"

static void a_refused_completion_evicts_the_run(void **state)
{
    struct engine_fixture *fixture = *state;

    scripted_fail(fixture->service, RPC_RespondWorkflowTaskCompleted, TL_INVALID_ARGUMENT, "UnhandledCommand");
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 0);
    assert_int_equal(fixture->done, 1);
}

/* The service was busy or away: the code that ran is not run again for that. */
static void a_completion_that_did_not_arrive_is_sent_again(void **state)
{
    struct engine_fixture *fixture = *state;

    scripted_fail(fixture->service, RPC_RespondWorkflowTaskCompleted, TL_UNAVAILABLE, "not now");
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_int_equal(engine_tasks(fixture->engine), 1);
    engine_fixture_accept_completions(fixture);
    engine_fixture_pass(fixture, TL_SECONDS(1));
    assert_int_equal(engine_fixture_completions(fixture), 2);
    assert_memory_equal(engine_fixture_completion(fixture, 1)->task_token.data, "token", 5);
    assert_int_equal(engine_cached(fixture->engine), 1);
    assert_int_equal(fixture->done, 1);
}

static void a_completion_that_never_arrives_evicts_the_run(void **state)
{
    struct engine_fixture *fixture = *state;

    for (int i = 0; i < 20; i++) {
        scripted_fail(fixture->service, RPC_RespondWorkflowTaskCompleted, TL_UNAVAILABLE, "not now");
    }
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    engine_fixture_pass(fixture, TL_MINUTES(1));
    assert_in_range(engine_fixture_completions(fixture), 5, 10); /* as many tries as go into ten seconds */
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(fixture->done, 1);
}

static void a_completion_too_large_to_arrive_fails_the_task(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_failures(fixture);
    scripted_fail(
        fixture->service,
        RPC_RespondWorkflowTaskCompleted,
        TL_RESOURCE_EXHAUSTED,
        "grpc: received message larger than max (5000000 vs. 4194304)");
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_int_equal(engine_fixture_completions(fixture), 1);
    assert_int_equal(engine_fixture_failure(fixture)->cause, WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE);
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(fixture->done, 1);
}

static void an_engine_may_go_between_two_tries(void **state)
{
    struct engine_fixture *fixture = *state;

    scripted_fail(fixture->service, RPC_RespondWorkflowTaskCompleted, TL_UNAVAILABLE, "not now");
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    engine_fixture_reopen(fixture, "queue-sticky", 10);
    engine_fixture_pass(fixture, TL_MINUTES(1));
    assert_int_equal(engine_fixture_completions(fixture), 1);
}

static void a_rolled_back_task_evicts_the_run(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__RespondWorkflowTaskCompletedResponse *rolled_back = engine_fixture_accepted(fixture);

    rolled_back->reset_history_event_id = 1;
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, rolled_back);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void nondeterminism_fails_the_task_with_its_cause(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_failures(fixture);
    builder_task(&fixture->builder);
    builder_activity_scheduled(&fixture->builder, "1", "Charge");
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    const Pb__RespondWorkflowTaskFailedRequest *failed =
        SCRIPTED_REQUEST(fixture->service, RespondWorkflowTaskFailed, 0);
    assert_int_equal(failed->cause, WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    assert_non_null(strstr(failed->failure->message, "ActivityTaskScheduled"));
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void only_the_first_attempt_is_reported(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task(&fixture->builder);
    builder_activity_scheduled(&fixture->builder, "1", "Charge");
    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);
    task->attempt = 2;
    engine_fixture_give(fixture, task);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 0);
    assert_int_equal(fixture->done, 1);
}

static void flags_of_a_newer_sdk_fail_the_task(void **state)
{
    struct engine_fixture *fixture = *state;
    static uint32_t flags[] = {1, 4000};

    engine_fixture_accept_failures(fixture);
    builder_task_starts(&fixture->builder);
    (void)engine_fixture_timer_fires(fixture);
    Pb__WorkflowTaskCompletedMetadata *metadata =
        PB_NEW(&fixture->builder.arena, Pb__WorkflowTaskCompletedMetadata, pb__workflow_task_completed_metadata);
    metadata->sdk_name = arena_strdup(&fixture->builder.arena, "timelapse-c");
    metadata->n_lang_used_flags = 2;
    metadata->lang_used_flags = flags;
    fixture->builder.events[3]->workflow_task_completed_event_attributes->sdk_metadata = metadata;
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_non_null(
        strstr(SCRIPTED_REQUEST(fixture->service, RespondWorkflowTaskFailed, 0)->failure->message, "flag 4000"));
}

/* What a completed task told of its SDK. */
static void completed_by(struct engine_fixture *fixture, const char *name, const char *version, uint32_t flag)
{
    struct arena *arena = &fixture->builder.arena;
    Pb__WorkflowTaskCompletedMetadata *metadata =
        PB_NEW(arena, Pb__WorkflowTaskCompletedMetadata, pb__workflow_task_completed_metadata);

    metadata->sdk_name = arena_strdup(arena, name);
    metadata->sdk_version = arena_strdup(arena, version);
    metadata->n_lang_used_flags = flag == 0 ? 0 : 1;
    metadata->lang_used_flags = arena_copy(arena, &flag, sizeof flag);
    fixture->builder.events[fixture->builder.count - 1]->workflow_task_completed_event_attributes->sdk_metadata =
        metadata;
}

static void flags_of_another_sdk_are_its_own(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_completions(fixture);
    builder_task(&fixture->builder);
    completed_by(fixture, "timelapse-c", "0.1.0", 1);
    int64_t started = builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    builder_signaled(&fixture->builder, "other", NULL);
    builder_task(&fixture->builder);
    completed_by(fixture, "temporal-go", "1.48.0", 4000);
    builder_timer_fired(&fixture->builder, "1", started);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_string_equal(engine_fixture_completion(fixture, 0)->sdk_metadata->sdk_name, "timelapse-c");
    assert_int_equal(engine_fixture_completion(fixture, 0)->sdk_metadata->n_lang_used_flags, 1);
}

static void a_later_version_tells_its_name_and_no_flags(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_completions(fixture);
    builder_task(&fixture->builder);
    completed_by(fixture, "timelapse-c", "0.0.9", 1);
    int64_t started = builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    builder_timer_fired(&fixture->builder, "1", started);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_string_equal(engine_fixture_completion(fixture, 0)->sdk_metadata->sdk_version, "0.1.0");
    assert_int_equal(engine_fixture_completion(fixture, 0)->sdk_metadata->n_lang_used_flags, 0);
}

static void a_history_that_ends_early_fails_the_task(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_failures(fixture);
    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);
    task->started_event_id = 30;
    engine_fixture_give(fixture, task);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 1);
}

/* How many tasks failed by what looks like a fault of the code, of history or of the service. */
static void count_fault(void *user, const struct tl_trace_event *event)
{
    *(int *)user += event->data != NULL;
}

/*
 * A transient attempt's events are in no history; once it timed out its ids are other events', which pages fetched too
 * late tell instead (service/history/api, get_history_util.go, ValidateTransientWorkflowTaskEvents).
 */
static void a_transient_attempt_that_was_over_before_its_pages_came_is_no_fault(void **state)
{
    struct engine_fixture *fixture = *state;
    static uint8_t more[] = "more";
    int faults = 0;
    const struct tl_sink sink = {count_fault, &faults, TL_TRACE_BIT(TL_TRACE_WORKER_TASK_FAILED)};

    assert_int_equal(tl_driver_add_sink(fixture->driver, &sink), TL_OK);
    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);
    task->attempt = 3;
    builder_signaled(&fixture->builder, "go", NULL);
    builder_signaled(&fixture->builder, "go", NULL);
    task->started_event_id = 5;
    task->next_page_token = (ProtobufCBinaryData){.data = more, .len = sizeof more - 1};
    engine_fixture_page(fixture, 3, 5, NULL);
    engine_fixture_give(fixture, task);
    assert_int_equal(faults, 0);
    assert_int_equal(engine_fixture_completions(fixture), 0);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 0);
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(fixture->done, 1);
}

static void a_query_is_refused_and_the_run_stays(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    scripted_always(
        fixture->service,
        RPC_RespondQueryTaskCompleted,
        PB_NEW(
            scripted_arena(fixture->service),
            Pb__RespondQueryTaskCompletedResponse,
            pb__respond_query_task_completed_response));
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, fixture->builder.count);
    task->query = PB_NEW(scripted_arena(fixture->service), Pb__WorkflowQuery, pb__workflow_query);
    engine_fixture_give(fixture, task);
    assert_int_equal(
        SCRIPTED_REQUEST(fixture->service, RespondQueryTaskCompleted, 0)->completed_type, QUERY_RESULT_TYPE_FAILED);
    assert_int_equal(engine_cached(fixture->engine), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, engine_fixture_setup, engine_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_refused_completion_evicts_the_run),
        TEST(a_completion_that_did_not_arrive_is_sent_again),
        TEST(a_completion_that_never_arrives_evicts_the_run),
        TEST(a_completion_too_large_to_arrive_fails_the_task),
        TEST(an_engine_may_go_between_two_tries),
        TEST(a_rolled_back_task_evicts_the_run),
        TEST(nondeterminism_fails_the_task_with_its_cause),
        TEST(only_the_first_attempt_is_reported),
        TEST(flags_of_a_newer_sdk_fail_the_task),
        TEST(flags_of_another_sdk_are_its_own),
        TEST(a_later_version_tells_its_name_and_no_flags),
        TEST(a_history_that_ends_early_fails_the_task),
        TEST(a_transient_attempt_that_was_over_before_its_pages_came_is_no_fault),
        TEST(a_query_is_refused_and_the_run_stays),
    };
    return cmocka_run_group_tests_name("engine, refusals", tests, NULL, NULL);
}
