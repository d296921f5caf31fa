/* SPDX-License-Identifier: MIT */
/* Workflow tasks into the engine, completions out, over a service whose replies are written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/timelapse.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "model/message.h"
#include "tests/lib/history_builder.h"
#include "tests/lib/scripted_service.h"
#include "worker/engine/engine.h"

#define RUN_ID "7d9f4c6a-8b5e-4d3c-9f2a-1b6e8c7d5a40"

/* ---- The workflow: two timers, one after the other ---- */

static enum tl_status two_timers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1)) == TL_OK && tl_sleep(wf, TL_DAYS(2)) == TL_OK ? TL_OK : TL_CANCELED;
}

/* ---- The harness ---- */

struct fixture {
    struct tl_driver *driver;
    struct scripted_service *service;
    struct tl_registry *registry;
    struct engine *engine;
    struct history_builder builder;
    int done;
};

static void count_done(void *user)
{
    ((struct fixture *)user)->done++;
}

static void open_engine(struct fixture *fixture, const char *sticky_queue, size_t cached)
{
    const struct engine_settings settings = {
        .driver = fixture->driver,
        .agenda = tl_driver_agenda(fixture->driver),
        .pool = tl_driver_pool(fixture->driver),
        .service = scripted_service(fixture->service),
        .registry = fixture->registry,
        .name_space = "default",
        .identity = "tester",
        .task_queue = "queue",
        .sticky_queue = sticky_queue,
        .sticky_timeout = TL_SECONDS(10),
        .cached_workflows = cached,
        .coroutine_stack = (size_t)64 * 1024,
        .counted = true,
        .on_task_done = count_done,
        .user = fixture,
    };

    fixture->engine = engine_new(&settings);
}

static int setup(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    fixture.driver = tl_driver_new(NULL, NULL);
    fixture.service = scripted_service_new(fixture.driver);
    fixture.registry = tl_registry_new(NULL);
    tl_workflow_type(fixture.registry, "TwoTimers", two_timers);
    builder_init(&fixture.builder);
    builder_start(&fixture.builder, "TwoTimers", NULL);
    open_engine(&fixture, "queue-sticky", 10);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    engine_free(fixture->engine);
    while (tl_driver_step(fixture->driver) == TL_STEP_RAN) {
    }
    builder_done(&fixture->builder);
    size_t kept = scripted_service_free(fixture->service);
    tl_registry_free(fixture->registry);
    tl_driver_free(fixture->driver);
    return kept == 0 ? 0 : -1;
}

static void reopen(struct fixture *fixture, const char *sticky_queue, size_t cached)
{
    engine_free(fixture->engine);
    open_engine(fixture, sticky_queue, cached);
}

static void run_until_idle(struct fixture *fixture)
{
    while (tl_driver_step(fixture->driver) == TL_STEP_RAN) {
    }
    assert_null(tl_driver_verdict(fixture->driver));
}

static Pb__History *slice(struct fixture *fixture, size_t begin, size_t end)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__History *history = PB_NEW(arena, Pb__History, pb__history);

    history->n_events = end - begin;
    history->events = ARENA_ARRAY(arena, Pb__HistoryEvent *, end - begin);
    memcpy(history->events, fixture->builder.events + begin, (end - begin) * sizeof *history->events);
    return history;
}

/* A task of the run with the events from index `begin` to what was built so far. */
static Pb__PollWorkflowTaskQueueResponse *task_from(struct fixture *fixture, size_t begin)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__PollWorkflowTaskQueueResponse *task =
        PB_NEW(arena, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);

    task->task_token = (ProtobufCBinaryData){5, arena_copy(arena, "token", 5)};
    task->workflow_execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);
    task->workflow_execution->workflow_id = arena_strdup(arena, "workflow-1");
    task->workflow_execution->run_id = arena_strdup(arena, RUN_ID);
    task->attempt = 1;
    task->started_event_id = fixture->builder.started;
    task->history = slice(fixture, begin, fixture->builder.count);
    return task;
}

static void take(void *user, struct tl_reply *reply)
{
    engine_take_task(((struct fixture *)user)->engine, reply);
}

/* Hands the task over the boundary, as a poller would. */
static void give(struct fixture *fixture, const Pb__PollWorkflowTaskQueueResponse *task)
{
    Pb__PollWorkflowTaskQueueRequest poll = PB__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;
    const struct tl_request request = {.rpc = &rpc_table[RPC_PollWorkflowTaskQueue], .message = &poll.base};

    scripted_reply(fixture->service, RPC_PollWorkflowTaskQueue, task);
    assert_int_equal(tl_service_call(scripted_service(fixture->service), &request, take, fixture, NULL), TL_OK);
    run_until_idle(fixture);
}

static Pb__RespondWorkflowTaskCompletedResponse *accepted(struct fixture *fixture)
{
    return PB_NEW(
        scripted_arena(fixture->service),
        Pb__RespondWorkflowTaskCompletedResponse,
        pb__respond_workflow_task_completed_response);
}

static void accept_completions(struct fixture *fixture)
{
    scripted_always(fixture->service, RPC_RespondWorkflowTaskCompleted, accepted(fixture));
}

static void accept_failures(struct fixture *fixture)
{
    scripted_always(
        fixture->service,
        RPC_RespondWorkflowTaskFailed,
        PB_NEW(
            scripted_arena(fixture->service),
            Pb__RespondWorkflowTaskFailedResponse,
            pb__respond_workflow_task_failed_response));
}

static const Pb__RespondWorkflowTaskCompletedRequest *completion(const struct fixture *fixture, size_t nth)
{
    const struct scripted_call *call = scripted_call(fixture->service, RPC_RespondWorkflowTaskCompleted, nth);

    assert_non_null(call);
    return call->request;
}

static size_t completions(const struct fixture *fixture)
{
    return scripted_count(fixture->service, RPC_RespondWorkflowTaskCompleted);
}

/* The first task, completed: the run is cached and waits for its first timer. */
static void first_task(struct fixture *fixture)
{
    accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0));
}

/* What the server adds when the first timer fires; returns the index of its first event. */
static size_t first_timer_fires(struct fixture *fixture)
{
    size_t begin = fixture->builder.count;

    builder_task_completes(&fixture->builder);
    int64_t started = builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    builder_timer_fired(&fixture->builder, "1", started);
    builder_task_starts(&fixture->builder);
    return begin;
}

static void reply_with_history(struct fixture *fixture, size_t begin, size_t end, const char *next_token)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__GetWorkflowExecutionHistoryResponse *page =
        PB_NEW(arena, Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);

    page->history = slice(fixture, begin, end);
    if (next_token != NULL) {
        page->next_page_token = (ProtobufCBinaryData){strlen(next_token), (uint8_t *)arena_strdup(arena, next_token)};
    }
    scripted_reply(fixture->service, RPC_GetWorkflowExecutionHistory, page);
}

/* ---- Completing ---- */

static void a_first_task_is_completed_with_its_commands(void **state)
{
    struct fixture *fixture = *state;

    first_task(fixture);
    const Pb__RespondWorkflowTaskCompletedRequest *request = completion(fixture, 0);
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
    struct fixture *fixture = *state;

    first_task(fixture);
    const Pb__StickyExecutionAttributes *sticky = completion(fixture, 0)->sticky_attributes;
    assert_string_equal(sticky->worker_task_queue->name, "queue-sticky");
    assert_string_equal(sticky->worker_task_queue->normal_name, "queue");
    assert_int_equal(sticky->worker_task_queue->kind, TASK_QUEUE_KIND_STICKY);
    assert_int_equal(pb_nanoseconds(sticky->schedule_to_start_timeout), TL_SECONDS(10));
}

static void name_and_flags_of_the_sdk_are_told_once(void **state)
{
    struct fixture *fixture = *state;

    first_task(fixture);
    give(fixture, task_from(fixture, first_timer_fires(fixture)));
    assert_string_equal(completion(fixture, 0)->sdk_metadata->sdk_name, "timelapse-c");
    assert_true(completion(fixture, 0)->sdk_metadata->n_lang_used_flags > 0);
    assert_null(completion(fixture, 1)->sdk_metadata);
}

static void a_cached_run_goes_on_with_the_new_events_alone(void **state)
{
    struct fixture *fixture = *state;

    first_task(fixture);
    give(fixture, task_from(fixture, first_timer_fires(fixture)));
    assert_int_equal(completions(fixture), 2);
    assert_string_equal(completion(fixture, 1)->commands[0]->start_timer_command_attributes->timer_id, "2");
    assert_int_equal(scripted_count(fixture->service, RPC_GetWorkflowExecutionHistory), 0);
}

static void without_a_cache_nothing_is_kept_and_no_sticky_queue_is_named(void **state)
{
    struct fixture *fixture = *state;

    reopen(fixture, NULL, 0);
    first_task(fixture);
    assert_null(completion(fixture, 0)->sticky_attributes);
    assert_false(completion(fixture, 0)->return_new_workflow_task);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void a_closed_run_leaves_the_cache(void **state)
{
    struct fixture *fixture = *state;

    first_task(fixture);
    give(fixture, task_from(fixture, first_timer_fires(fixture)));
    size_t begin = fixture->builder.count;
    builder_task_completes(&fixture->builder);
    builder_timer_fired(&fixture->builder, "2", builder_timer_started(&fixture->builder, "2", TL_DAYS(2)));
    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, begin));
    assert_int_equal(completion(fixture, 2)->commands[0]->command_type, COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void the_task_in_a_completions_reply_takes_its_slot(void **state)
{
    struct fixture *fixture = *state;
    Pb__RespondWorkflowTaskCompletedResponse *with_task = accepted(fixture);

    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *first = task_from(fixture, 0);
    with_task->workflow_task = task_from(fixture, first_timer_fires(fixture));
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, with_task);
    accept_completions(fixture);
    give(fixture, first);
    assert_int_equal(completions(fixture), 2);
    assert_int_equal(fixture->done, 1);
}

/* ---- History that is not all there ---- */

static void a_cache_miss_fetches_history_from_its_start(void **state)
{
    struct fixture *fixture = *state;

    accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    size_t begin = first_timer_fires(fixture);
    reply_with_history(fixture, 0, fixture->builder.count, NULL);
    give(fixture, task_from(fixture, begin));
    assert_int_equal(completions(fixture), 1);
    assert_string_equal(completion(fixture, 0)->commands[0]->start_timer_command_attributes->timer_id, "2");
}

static void what_the_fetched_history_lacks_comes_from_the_poll(void **state)
{
    struct fixture *fixture = *state;

    accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    size_t begin = first_timer_fires(fixture);
    reply_with_history(fixture, 0, fixture->builder.count - 2, NULL); /* a transient task's events are nowhere stored */
    give(fixture, task_from(fixture, begin));
    assert_int_equal(completions(fixture), 1);
}

static void pages_are_fetched_until_there_is_no_token(void **state)
{
    struct fixture *fixture = *state;

    accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    (void)first_timer_fires(fixture);
    Pb__PollWorkflowTaskQueueResponse *task = task_from(fixture, 0);
    task->history = slice(fixture, 0, 2);
    task->next_page_token = (ProtobufCBinaryData){1, (uint8_t *)arena_strdup(scripted_arena(fixture->service), "a")};
    reply_with_history(fixture, 2, 4, "b");
    reply_with_history(fixture, 4, 4, "c"); /* an empty page is no end */
    reply_with_history(fixture, 4, fixture->builder.count, NULL);
    give(fixture, task);
    assert_int_equal(completions(fixture), 1);
    const Pb__GetWorkflowExecutionHistoryRequest *second =
        SCRIPTED_REQUEST(fixture->service, GetWorkflowExecutionHistory, 1);
    assert_memory_equal(second->next_page_token.data, "b", 1);
}

static void a_page_that_does_not_come_drops_the_task(void **state)
{
    struct fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    scripted_fail(fixture->service, RPC_GetWorkflowExecutionHistory, TL_UNAVAILABLE, "not now");
    give(fixture, task_from(fixture, first_timer_fires(fixture)));
    assert_int_equal(completions(fixture), 0);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void a_run_that_another_worker_went_on_with_is_replayed(void **state)
{
    struct fixture *fixture = *state;

    first_task(fixture);
    (void)first_timer_fires(fixture);
    give(fixture, task_from(fixture, 0));
    assert_int_equal(completions(fixture), 2);
    assert_string_equal(completion(fixture, 1)->commands[0]->start_timer_command_attributes->timer_id, "2");
}

/* ---- Refusals ---- */

static void a_refused_completion_evicts_the_run(void **state)
{
    struct fixture *fixture = *state;

    scripted_fail(fixture->service, RPC_RespondWorkflowTaskCompleted, TL_INVALID_ARGUMENT, "UnhandledCommand");
    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0));
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 0);
    assert_int_equal(fixture->done, 1);
}

static void a_rolled_back_task_evicts_the_run(void **state)
{
    struct fixture *fixture = *state;
    Pb__RespondWorkflowTaskCompletedResponse *rolled_back = accepted(fixture);

    rolled_back->reset_history_event_id = 1;
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, rolled_back);
    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0));
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void nondeterminism_fails_the_task_with_its_cause(void **state)
{
    struct fixture *fixture = *state;

    accept_failures(fixture);
    builder_task(&fixture->builder);
    builder_activity_scheduled(&fixture->builder, "1", "Charge");
    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0));
    const Pb__RespondWorkflowTaskFailedRequest *failed =
        SCRIPTED_REQUEST(fixture->service, RespondWorkflowTaskFailed, 0);
    assert_int_equal(failed->cause, WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    assert_non_null(strstr(failed->failure->message, "ActivityTaskScheduled"));
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void only_the_first_attempt_is_reported(void **state)
{
    struct fixture *fixture = *state;

    builder_task(&fixture->builder);
    builder_activity_scheduled(&fixture->builder, "1", "Charge");
    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *task = task_from(fixture, 0);
    task->attempt = 2;
    give(fixture, task);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 0);
    assert_int_equal(fixture->done, 1);
}

static void flags_of_a_newer_sdk_fail_the_task(void **state)
{
    struct fixture *fixture = *state;
    static uint32_t flags[] = {1, 4000};

    accept_failures(fixture);
    builder_task_starts(&fixture->builder);
    (void)first_timer_fires(fixture);
    Pb__WorkflowTaskCompletedMetadata *metadata =
        PB_NEW(&fixture->builder.arena, Pb__WorkflowTaskCompletedMetadata, pb__workflow_task_completed_metadata);
    metadata->sdk_name = arena_strdup(&fixture->builder.arena, "timelapse-c");
    metadata->n_lang_used_flags = 2;
    metadata->lang_used_flags = flags;
    fixture->builder.events[3]->workflow_task_completed_event_attributes->sdk_metadata = metadata;
    give(fixture, task_from(fixture, 0));
    assert_non_null(
        strstr(SCRIPTED_REQUEST(fixture->service, RespondWorkflowTaskFailed, 0)->failure->message, "flag 4000"));
}

static void a_history_that_ends_early_fails_the_task(void **state)
{
    struct fixture *fixture = *state;

    accept_failures(fixture);
    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *task = task_from(fixture, 0);
    task->started_event_id = 30;
    give(fixture, task);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 1);
}

static void a_query_is_refused_and_the_run_stays(void **state)
{
    struct fixture *fixture = *state;

    first_task(fixture);
    scripted_always(
        fixture->service,
        RPC_RespondQueryTaskCompleted,
        PB_NEW(
            scripted_arena(fixture->service),
            Pb__RespondQueryTaskCompletedResponse,
            pb__respond_query_task_completed_response));
    Pb__PollWorkflowTaskQueueResponse *task = task_from(fixture, fixture->builder.count);
    task->query = PB_NEW(scripted_arena(fixture->service), Pb__WorkflowQuery, pb__workflow_query);
    give(fixture, task);
    assert_int_equal(
        SCRIPTED_REQUEST(fixture->service, RespondQueryTaskCompleted, 0)->completed_type, QUERY_RESULT_TYPE_FAILED);
    assert_int_equal(engine_cached(fixture->engine), 1);
}

/* ---- The cache ---- */

static void the_least_recently_used_run_makes_room(void **state)
{
    struct fixture *fixture = *state;

    reopen(fixture, "queue-sticky", 1);
    accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0));
    Pb__PollWorkflowTaskQueueResponse *other = task_from(fixture, 0);
    other->workflow_execution->run_id = arena_strdup(scripted_arena(fixture->service), "another-run");
    give(fixture, other);
    assert_int_equal(engine_cached(fixture->engine), 1);
    assert_int_equal(engine_evict(fixture->engine, "another-run"), 1);
}

static void a_run_under_way_is_evicted_after_its_task(void **state)
{
    struct fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0)); /* no reply to its completion yet */
    assert_int_equal(engine_tasks(fixture->engine), 1);
    assert_int_equal(engine_evict(fixture->engine, NULL), 1);
    assert_int_equal(engine_cached(fixture->engine), 1);
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, accepted(fixture));
    run_until_idle(fixture);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void of_tasks_that_wait_the_newest_counts(void **state)
{
    struct fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0));
    size_t begin = first_timer_fires(fixture);
    give(fixture, task_from(fixture, begin));
    give(fixture, task_from(fixture, begin));
    assert_int_equal(fixture->done, 1); /* the older of both that wait */
    accept_completions(fixture);
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, accepted(fixture));
    run_until_idle(fixture);
    assert_int_equal(completions(fixture), 2);
    assert_int_equal(fixture->done, 3);
}

static void an_engine_may_go_while_it_waits_for_a_reply(void **state)
{
    struct fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    give(fixture, task_from(fixture, 0));
    engine_free(fixture->engine);
    run_until_idle(fixture);
    open_engine(fixture, "queue-sticky", 10);
    assert_int_equal(fixture->done, 0);
}

static void note_wait(void *user, const struct tl_wait *wait)
{
    assert_string_equal(wait->workflow_id, "workflow-1");
    assert_string_equal(wait->coroutine, "main");
    *(const char **)user = strcmp(wait->waits_for, "timer 1 (1d)") == 0 ? "timer" : "something else";
}

static void what_coroutines_wait_for_is_told(void **state)
{
    struct fixture *fixture = *state;
    const char *waits_for = "nothing";

    first_task(fixture);
    engine_waits(fixture->engine, note_wait, &waits_for);
    assert_string_equal(waits_for, "timer");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

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
        TEST(a_run_that_another_worker_went_on_with_is_replayed),
        TEST(a_refused_completion_evicts_the_run),
        TEST(a_rolled_back_task_evicts_the_run),
        TEST(nondeterminism_fails_the_task_with_its_cause),
        TEST(only_the_first_attempt_is_reported),
        TEST(flags_of_a_newer_sdk_fail_the_task),
        TEST(a_history_that_ends_early_fails_the_task),
        TEST(a_query_is_refused_and_the_run_stays),
        TEST(the_least_recently_used_run_makes_room),
        TEST(a_run_under_way_is_evicted_after_its_task),
        TEST(of_tasks_that_wait_the_newest_counts),
        TEST(an_engine_may_go_while_it_waits_for_a_reply),
        TEST(what_coroutines_wait_for_is_told),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
