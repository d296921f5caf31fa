/* SPDX-License-Identifier: MIT */
/* Workflow tasks into the engine, completions out, over a service whose replies are written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/agenda.h"
#include "tests/worker/engine_fixture.h"

/* ---- Completing ---- */

static void a_first_task_is_completed_with_its_commands(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    const Pb__RespondWorkflowTaskCompletedRequest *request = engine_fixture_completion(fixture, 0);
    assert_int_equal(request->n_commands, 1);
    assert_int_equal(request->commands[0]->command_type, COMMAND_TYPE_START_TIMER);
    assert_string_equal(request->commands[0]->start_timer_command_attributes->timer_id, "1");
    assert_memory_equal(request->task_token.data, "token", 5);
    assert_string_equal(request->identity, "tester");
    assert_true(request->return_new_workflow_task);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(engine_cached(fixture->engine), 1);
}

static void sticky_attributes_name_both_queues(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    const Pb__StickyExecutionAttributes *sticky = engine_fixture_completion(fixture, 0)->sticky_attributes;
    assert_string_equal(sticky->worker_task_queue->name, "queue-sticky");
    assert_string_equal(sticky->worker_task_queue->normal_name, "queue");
    assert_int_equal(sticky->worker_task_queue->kind, TASK_QUEUE_KIND_STICKY);
    assert_int_equal(pb_nanoseconds(sticky->schedule_to_start_timeout), TL_SECONDS(10));
}

static void name_and_flags_of_the_sdk_are_told_once(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, engine_fixture_timer_fires(fixture)));
    assert_string_equal(engine_fixture_completion(fixture, 0)->sdk_metadata->sdk_name, "timelapse-c");
    assert_true(engine_fixture_completion(fixture, 0)->sdk_metadata->n_lang_used_flags > 0);
    assert_null(engine_fixture_completion(fixture, 1)->sdk_metadata);
}

static void a_cached_run_goes_on_with_the_new_events_alone(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, engine_fixture_timer_fires(fixture)));
    assert_int_equal(engine_fixture_completions(fixture), 2);
    assert_string_equal(
        engine_fixture_completion(fixture, 1)->commands[0]->start_timer_command_attributes->timer_id, "2");
    assert_int_equal(scripted_count(fixture->service, RPC_GetWorkflowExecutionHistory), 0);
}

static void without_a_cache_nothing_is_kept_and_no_sticky_queue_is_named(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_reopen(fixture, NULL, 0);
    engine_fixture_first_task(fixture);
    assert_null(engine_fixture_completion(fixture, 0)->sticky_attributes);
    assert_false(engine_fixture_completion(fixture, 0)->return_new_workflow_task);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void a_closed_run_leaves_the_cache(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, engine_fixture_timer_fires(fixture)));
    size_t begin = fixture->builder.count;
    builder_task_completes(&fixture->builder);
    builder_timer_fired(&fixture->builder, "2", builder_timer_started(&fixture->builder, "2", TL_DAYS(2)));
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, begin));
    assert_int_equal(
        engine_fixture_completion(fixture, 2)->commands[0]->command_type, COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void the_task_in_a_completions_reply_takes_its_slot(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__RespondWorkflowTaskCompletedResponse *with_task = engine_fixture_accepted(fixture);

    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *first = engine_fixture_task(fixture, 0);
    with_task->workflow_task = engine_fixture_task(fixture, engine_fixture_timer_fires(fixture));
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, with_task);
    engine_fixture_accept_completions(fixture);
    engine_fixture_give(fixture, first);
    assert_int_equal(engine_fixture_completions(fixture), 2);
    assert_int_equal(fixture->done, 1);
}

/* ---- History that is not all there ---- */

static void a_cache_miss_fetches_history_from_its_start(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    size_t begin = engine_fixture_timer_fires(fixture);
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    engine_fixture_give(fixture, engine_fixture_task(fixture, begin));
    assert_int_equal(engine_fixture_completions(fixture), 1);
    assert_string_equal(
        engine_fixture_completion(fixture, 0)->commands[0]->start_timer_command_attributes->timer_id, "2");
}

static void what_the_fetched_history_lacks_comes_from_the_poll(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    size_t begin = engine_fixture_timer_fires(fixture);
    engine_fixture_page(
        fixture, 0, fixture->builder.count - 2, NULL); /* a transient task's events are nowhere stored */
    engine_fixture_give(fixture, engine_fixture_task(fixture, begin));
    assert_int_equal(engine_fixture_completions(fixture), 1);
}

static void pages_are_fetched_until_there_is_no_token(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    (void)engine_fixture_timer_fires(fixture);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);
    task->history = engine_fixture_slice(fixture, 0, 2);
    task->next_page_token = (ProtobufCBinaryData){1, (uint8_t *)arena_strdup(scripted_arena(fixture->service), "a")};
    engine_fixture_page(fixture, 2, 4, "b");
    engine_fixture_page(fixture, 4, 4, "c"); /* an empty page is no end */
    engine_fixture_page(fixture, 4, fixture->builder.count, NULL);
    engine_fixture_give(fixture, task);
    assert_int_equal(engine_fixture_completions(fixture), 1);
    const Pb__GetWorkflowExecutionHistoryRequest *second =
        SCRIPTED_REQUEST(fixture->service, GetWorkflowExecutionHistory, 1);
    assert_memory_equal(second->next_page_token.data, "b", 1);
}

static void a_page_that_does_not_come_drops_the_task(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    scripted_fail(fixture->service, RPC_GetWorkflowExecutionHistory, TL_NOT_FOUND, "there is no such run");
    engine_fixture_give(fixture, engine_fixture_task(fixture, engine_fixture_timer_fires(fixture)));
    assert_int_equal(engine_fixture_completions(fixture), 0);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void a_page_that_does_not_come_at_once_is_asked_for_again(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    scripted_fail(fixture->service, RPC_GetWorkflowExecutionHistory, TL_UNAVAILABLE, "not now");
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, engine_fixture_timer_fires(fixture));
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    engine_fixture_give(fixture, task);
    engine_fixture_pass(fixture, TL_SECONDS(1));
    assert_int_equal(engine_fixture_completions(fixture), 1);
}

static void a_run_that_another_worker_went_on_with_is_replayed(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    (void)engine_fixture_timer_fires(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    assert_int_equal(engine_fixture_completions(fixture), 2);
    assert_string_equal(
        engine_fixture_completion(fixture, 1)->commands[0]->start_timer_command_attributes->timer_id, "2");
}

/* ---- The cache ---- */

static void the_least_recently_used_run_makes_room(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_reopen(fixture, "queue-sticky", 1);
    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    Pb__PollWorkflowTaskQueueResponse *other = engine_fixture_task(fixture, 0);
    other->workflow_execution->run_id = arena_strdup(scripted_arena(fixture->service), "another-run");
    engine_fixture_give(fixture, other);
    assert_int_equal(engine_cached(fixture->engine), 1);
    assert_int_equal(engine_evict(fixture->engine, "another-run"), 1);
}

static void runs_under_way_may_be_too_many_and_then_are_not(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_reopen(fixture, "queue-sticky", 1);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    Pb__PollWorkflowTaskQueueResponse *other = engine_fixture_task(fixture, 0);
    other->workflow_execution->run_id = arena_strdup(scripted_arena(fixture->service), "another-run");
    engine_fixture_give(fixture, other);
    assert_int_equal(engine_cached(fixture->engine), 2);
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, engine_fixture_accepted(fixture));
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, engine_fixture_accepted(fixture));
    engine_fixture_run(fixture);
    assert_int_equal(engine_cached(fixture->engine), 1);
}

static void a_run_under_way_is_evicted_after_its_task(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0)); /* no reply to its completion yet */
    assert_int_equal(engine_tasks(fixture->engine), 1);
    assert_int_equal(engine_evict(fixture->engine, NULL), 1);
    assert_int_equal(engine_cached(fixture->engine), 1);
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, engine_fixture_accepted(fixture));
    engine_fixture_run(fixture);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void of_tasks_that_wait_the_newest_counts(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    size_t begin = engine_fixture_timer_fires(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, begin));
    engine_fixture_give(fixture, engine_fixture_task(fixture, begin));
    assert_int_equal(fixture->done, 1); /* the older of both that wait */
    engine_fixture_accept_completions(fixture);
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, engine_fixture_accepted(fixture));
    engine_fixture_run(fixture);
    assert_int_equal(engine_fixture_completions(fixture), 2);
    assert_int_equal(fixture->done, 3);
}

static void an_engine_may_go_while_it_waits_for_a_reply(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    engine_free(fixture->engine);
    engine_fixture_run(fixture);
    engine_fixture_open_engine(fixture, "queue-sticky", 10);
    assert_int_equal(fixture->done, 0);
}

static void note_wait(void *user, const struct tl_wait *wait, struct coroutine *coroutine)
{
    assert_non_null(coroutine);
    assert_string_equal(wait->workflow_id, "workflow-1");
    assert_string_equal(wait->coroutine, "main");
    *(const char **)user = strcmp(wait->waits_for, "timer 1 (1d)") == 0 ? "timer" : "something else";
}

static void what_coroutines_wait_for_is_told(void **state)
{
    struct engine_fixture *fixture = *state;
    const char *waits_for = "nothing";

    engine_fixture_first_task(fixture);
    engine_waits(fixture->engine, note_wait, &waits_for);
    assert_string_equal(waits_for, "timer");
}

/* ---- Code in the wrong place ---- */

static struct tl_workflow *kept;

static enum tl_status keeps_itself(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    kept = wf;
    return tl_sleep(wf, TL_DAYS(1));
}

static enum tl_status uses_another(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    (void)tl_alloc(kept, 16);
    return TL_OK;
}

static void give_run(struct engine_fixture *fixture, const char *workflow_type, const char *run_id)
{
    fixture->builder.count = 0;
    builder_start(&fixture->builder, workflow_type, NULL);
    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);
    task->workflow_execution->run_id = arena_strdup(scripted_arena(fixture->service), run_id);
    engine_fixture_give(fixture, task);
}

static void a_call_on_another_workflows_coroutine_is_a_verdict(void **state)
{
    struct engine_fixture *fixture = *state;

    tl_register_workflow(fixture->registry, "KeepsItself", keeps_itself);
    tl_register_workflow(fixture->registry, "UsesAnother", uses_another);
    engine_fixture_accept_completions(fixture);
    give_run(fixture, "KeepsItself", "run-1");
    assert_null(tl_driver_verdict(fixture->driver));
    give_run(fixture, "UsesAnother", "run-2");
    assert_non_null(tl_driver_verdict(fixture->driver));
    assert_non_null(strstr(tl_driver_verdict(fixture->driver)->text, "tl_alloc was called from outside"));
    assert_string_equal(tl_driver_verdict(fixture->driver)->workflow_id, "workflow-1");
    assert_string_equal(tl_driver_verdict(fixture->driver)->run_id, "run-2");
    assert_int_equal(engine_fixture_completions(fixture), 1);
}

/* ---- Names of choices ---- */

struct names {
    char kept[200];
    char evicted[200];
};

static size_t choose_to_evict(void *user, const struct tl_choice *choice)
{
    struct names *names = user;

    if (choice->kind != TL_CHOICE_EVICT) {
        return 0;
    }
    choice->name(choice->subject, 0, names->kept, sizeof names->kept);
    choice->name(choice->subject, 1, names->evicted, sizeof names->evicted);
    return 1;
}

static void an_eviction_is_named_by_what_caused_the_task(void **state)
{
    struct engine_fixture *fixture = *state;
    struct names names = {"", ""};

    tl_driver_agenda(fixture->driver)->chooser = (struct tl_chooser){choose_to_evict, &names};
    engine_fixture_first_task(fixture);
    size_t begin = engine_fixture_timer_fires(fixture);
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    engine_fixture_give(fixture, engine_fixture_task(fixture, begin));
    assert_string_equal(names.kept, "workflow-1: TwoTimers kept before its task after TimerFired of timer 1");
    assert_string_equal(names.evicted, "workflow-1: TwoTimers evicted before its task after TimerFired of timer 1");
    assert_int_equal(scripted_count(fixture->service, RPC_GetWorkflowExecutionHistory), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, engine_fixture_setup, engine_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_first_task_is_completed_with_its_commands),
        TEST(sticky_attributes_name_both_queues),
        TEST(name_and_flags_of_the_sdk_are_told_once),
        TEST(a_cached_run_goes_on_with_the_new_events_alone),
        TEST(without_a_cache_nothing_is_kept_and_no_sticky_queue_is_named),
        TEST(a_closed_run_leaves_the_cache),
        TEST(the_task_in_a_completions_reply_takes_its_slot),
        TEST(a_cache_miss_fetches_history_from_its_start),
        TEST(what_the_fetched_history_lacks_comes_from_the_poll),
        TEST(pages_are_fetched_until_there_is_no_token),
        TEST(a_page_that_does_not_come_drops_the_task),
        TEST(a_page_that_does_not_come_at_once_is_asked_for_again),
        TEST(a_run_that_another_worker_went_on_with_is_replayed),
        TEST(the_least_recently_used_run_makes_room),
        TEST(runs_under_way_may_be_too_many_and_then_are_not),
        TEST(a_run_under_way_is_evicted_after_its_task),
        TEST(of_tasks_that_wait_the_newest_counts),
        TEST(an_engine_may_go_while_it_waits_for_a_reply),
        TEST(what_coroutines_wait_for_is_told),
        TEST(a_call_on_another_workflows_coroutine_is_a_verdict),
        TEST(an_eviction_is_named_by_what_caused_the_task),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
