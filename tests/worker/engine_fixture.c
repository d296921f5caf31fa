/* SPDX-License-Identifier: MIT */
#include "tests/worker/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "worker/runtime/driver_private.h"

static enum tl_status two_timers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1)) == TL_OK && tl_sleep(wf, TL_DAYS(2)) == TL_OK ? TL_OK : TL_CANCELED;
}

/* ---- Life ---- */

static void count_done(void *user)
{
    ((struct engine_fixture *)user)->done++;
}

struct opening {
    struct engine_fixture *fixture;
    struct engine_settings settings;
};

static enum tl_status make_engine(void *user)
{
    struct opening *opening = user;

    opening->fixture->engine = engine_new(&opening->settings);
    return TL_OK;
}

void engine_fixture_open_engine(struct engine_fixture *fixture, const char *sticky_queue, size_t cached)
{
    struct opening opening = {
        .fixture = fixture,
        .settings = {
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
        }};

    fixture->engine = NULL;
    (void)driver_guarded(fixture->driver, make_engine, &opening);
}

bool engine_fixture_open(struct engine_fixture *fixture, const struct tl_allocator *allocator)
{
    memset(fixture, 0, sizeof *fixture);
    builder_init(&fixture->builder);
    builder_start(&fixture->builder, "TwoTimers", NULL);
    fixture->driver = tl_driver_new(&(const struct tl_driver_options){.allocator = allocator}, NULL);
    if (fixture->driver == NULL) {
        return false;
    }
    fixture->service = scripted_service_new(fixture->driver);
    fixture->registry = tl_registry_new(NULL);
    tl_register_workflow(fixture->registry, "TwoTimers", two_timers);
    engine_fixture_open_engine(fixture, "queue-sticky", 10);
    return fixture->engine != NULL;
}

size_t engine_fixture_close(struct engine_fixture *fixture)
{
    size_t kept = 0;

    engine_free(fixture->engine);
    if (fixture->driver != NULL) {
        while (tl_driver_step(fixture->driver) == TL_STEP_RAN) {
        }
        kept = scripted_service_free(fixture->service);
        tl_registry_free(fixture->registry);
    }
    tl_driver_free(fixture->driver);
    builder_done(&fixture->builder);
    return kept;
}

int engine_fixture_setup(void **state)
{
    static struct engine_fixture fixture;

    *state = &fixture;
    return engine_fixture_open(&fixture, NULL) ? 0 : -1;
}

int engine_fixture_teardown(void **state)
{
    return engine_fixture_close(*state) == 0 ? 0 : -1;
}

void engine_fixture_reopen(struct engine_fixture *fixture, const char *sticky_queue, size_t cached)
{
    engine_free(fixture->engine);
    engine_fixture_open_engine(fixture, sticky_queue, cached);
}

void engine_fixture_run(struct engine_fixture *fixture)
{
    while (tl_driver_step(fixture->driver) == TL_STEP_RAN) {
    }
    assert_null(tl_driver_verdict(fixture->driver));
}

void engine_fixture_pass(struct engine_fixture *fixture, tl_duration duration)
{
    tl_time until = tl_driver_now(fixture->driver) + duration;

    for (tl_time next; (next = tl_driver_next_deadline(fixture->driver, TL_DEADLINE_WAKING)) <= until;) {
        tl_driver_advance_to(fixture->driver, next);
        engine_fixture_run(fixture);
    }
    tl_driver_advance_to(fixture->driver, until);
    engine_fixture_run(fixture);
}

/* ---- Tasks ---- */

Pb__History *engine_fixture_slice(struct engine_fixture *fixture, size_t begin, size_t end)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__History *history = PB_NEW(arena, Pb__History, pb__history);

    history->n_events = end - begin;
    history->events = ARENA_ARRAY(arena, Pb__HistoryEvent *, end - begin);
    memcpy(history->events, fixture->builder.events + begin, (end - begin) * sizeof *history->events);
    return history;
}

Pb__PollWorkflowTaskQueueResponse *engine_fixture_task(struct engine_fixture *fixture, size_t begin)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__PollWorkflowTaskQueueResponse *task =
        PB_NEW(arena, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);

    task->task_token = (ProtobufCBinaryData){5, arena_copy(arena, "token", 5)};
    task->workflow_execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);
    task->workflow_execution->workflow_id = arena_strdup(arena, "workflow-1");
    task->workflow_execution->run_id = arena_strdup(arena, ENGINE_FIXTURE_RUN_ID);
    task->attempt = 1;
    task->started_event_id = fixture->builder.started;
    task->history = engine_fixture_slice(fixture, begin, fixture->builder.count);
    return task;
}

static void take(void *user, struct tl_reply *reply)
{
    engine_take_task(((struct engine_fixture *)user)->engine, reply);
}

void engine_fixture_give(struct engine_fixture *fixture, const Pb__PollWorkflowTaskQueueResponse *task)
{
    Pb__PollWorkflowTaskQueueRequest poll = PB__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;
    const struct tl_request request = {.rpc = &rpc_table[RPC_PollWorkflowTaskQueue], .message = &poll.base};

    scripted_reply(fixture->service, RPC_PollWorkflowTaskQueue, task);
    assert_int_equal(tl_service_call(scripted_service(fixture->service), &request, take, fixture, NULL), TL_OK);
    while (tl_driver_step(fixture->driver) == TL_STEP_RAN) {
    }
}

/* ---- Replies ---- */

Pb__RespondWorkflowTaskCompletedResponse *engine_fixture_accepted(struct engine_fixture *fixture)
{
    return PB_NEW(
        scripted_arena(fixture->service),
        Pb__RespondWorkflowTaskCompletedResponse,
        pb__respond_workflow_task_completed_response);
}

void engine_fixture_accept_completions(struct engine_fixture *fixture)
{
    scripted_always(fixture->service, RPC_RespondWorkflowTaskCompleted, engine_fixture_accepted(fixture));
}

void engine_fixture_accept_failures(struct engine_fixture *fixture)
{
    scripted_always(
        fixture->service,
        RPC_RespondWorkflowTaskFailed,
        PB_NEW(
            scripted_arena(fixture->service),
            Pb__RespondWorkflowTaskFailedResponse,
            pb__respond_workflow_task_failed_response));
}

void engine_fixture_page(struct engine_fixture *fixture, size_t begin, size_t end, const char *next_token)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__GetWorkflowExecutionHistoryResponse *page =
        PB_NEW(arena, Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);

    page->history = engine_fixture_slice(fixture, begin, end);
    if (next_token != NULL) {
        page->next_page_token = (ProtobufCBinaryData){strlen(next_token), (uint8_t *)arena_strdup(arena, next_token)};
    }
    scripted_reply(fixture->service, RPC_GetWorkflowExecutionHistory, page);
}

/* ---- What came of it ---- */

const Pb__RespondWorkflowTaskCompletedRequest *
engine_fixture_completion(const struct engine_fixture *fixture, size_t nth)
{
    const struct scripted_call *call = scripted_call(fixture->service, RPC_RespondWorkflowTaskCompleted, nth);

    assert_non_null(call);
    return call->request;
}

size_t engine_fixture_completions(const struct engine_fixture *fixture)
{
    return scripted_count(fixture->service, RPC_RespondWorkflowTaskCompleted);
}

const Pb__RespondWorkflowTaskFailedRequest *engine_fixture_failure(const struct engine_fixture *fixture)
{
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 1);
    return SCRIPTED_REQUEST(fixture->service, RespondWorkflowTaskFailed, 0);
}

/* ---- TwoTimers' way ---- */

void engine_fixture_first_task(struct engine_fixture *fixture)
{
    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
}

size_t engine_fixture_timer_fires(struct engine_fixture *fixture)
{
    size_t begin = fixture->builder.count;

    builder_task_completes(&fixture->builder);
    int64_t started = builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    builder_timer_fired(&fixture->builder, "1", started);
    builder_task_starts(&fixture->builder);
    return begin;
}
