/* SPDX-License-Identifier: MIT */
/*
 * Every row of every worker machine is taken, by histories that come over the service boundary as
 * a server would send them; those of closed runs, which no task brings, are applied as the replayer
 * applies them. A row that nothing takes is a row that nobody needs, or a test that is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/timelapse.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "model/event.h"
#include "tests/lib/history_builder.h"
#include "tests/lib/history_changes.h"
#include "tests/lib/history_markers.h"
#include "tests/lib/scripted_service.h"
#include "worker/engine/engine.h"
#include "worker/engine/run.h"
#include "worker/machines/machines.h"

/* ---- Workflows ---- */

static const struct tl_activity_options try_cancel = {.start_to_close = TL_SECONDS(10)};
static const struct tl_activity_options wait_canceled = {
    .start_to_close = TL_SECONDS(10), .cancellation = TL_WAIT_CANCELLATION_COMPLETED};
static const struct tl_activity_options abandon = {.start_to_close = TL_SECONDS(10), .cancellation = TL_ABANDON};

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1));
}

static enum tl_status runs(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Step", input, &wait_canceled, result);
}

static enum tl_status abandons(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    TL_IGNORE(tl_activity_run(wf, "Step", input, &abandon, result));
    return tl_is_canceled(wf) ? TL_CANCELED : TL_OK;
}

/* Starts and cancels in one task: nothing is ever sent. */
static enum tl_status withdraws(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)result;
    tl_future_cancel(tl_timer_start(wf, TL_DAYS(1)));
    tl_future_cancel(tl_activity_start(wf, "Step", input, &try_cancel));
    tl_future_cancel(tl_activity_start(wf, "Step", input, &abandon));
    return TL_OK;
}

/* Tells of itself, and ends. */
static enum tl_status tells(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_search_attribute attribute = tl_search_keyword("Colour", "red");
    const struct tl_field field = {"note", tl_payload_json("1")};

    (void)input;
    (void)result;
    tl_upsert_search_attributes(wf, &attribute, 1);
    tl_upsert_memo(wf, &field, 1);
    return TL_OK;
}

static enum tl_status goes_on(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)result;
    return tl_continue_as_new(wf, input, NULL);
}

/* Goes by a version. */
static enum tl_status asks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "%d", tl_get_version(wf, "a", TL_DEFAULT_VERSION, 1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "GoesOn", goes_on);
    tl_register_workflow(registry, "Tells", tells);
    tl_register_workflow(registry, "Asks", asks);
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "Runs", runs);
    tl_register_workflow(registry, "Abandons", abandons);
    tl_register_workflow(registry, "Withdraws", withdraws);
}

/* ---- Histories ---- */

static void timer_fires(struct history_builder *builder)
{
    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    builder_timer_fired(builder, "1", builder_timer_started(builder, "1", TL_DAYS(1)));
    builder_task(builder);
    builder_completed(builder, NULL);
}

static void timer_is_canceled(struct history_builder *builder)
{
    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(1));
    builder_cancel_requested(builder);
    builder_task(builder);
    builder_timer_canceled(builder, "1", started);
    builder_canceled(builder);
}

static void tasks_come_to_nothing(struct history_builder *builder)
{
    builder_start(builder, "Sleeps", NULL);
    builder_task_starts(builder);
    builder_task_times_out(builder);
    builder_task_starts(builder);
    builder_task_fails(builder, WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW);
    builder_task_waits(builder);
    builder_task_times_out(builder);
    builder_task_starts(builder);
}

static void nothing_is_sent(struct history_builder *builder)
{
    builder_start(builder, "Withdraws", NULL);
    builder_task_starts(builder);
}

static void run_tells_of_itself(struct history_builder *builder)
{
    builder_start(builder, "Tells", NULL);
    builder_task(builder);
    builder_search_attribute(builder, "Colour", "\"red\"", "Keyword");
    builder_memo(builder, "note", "1");
    builder_completed(builder, NULL);
}

static void run_goes_by_a_version(struct history_builder *builder)
{
    builder_start(builder, "Asks", NULL);
    builder_task(builder);
    builder_version(builder, "\"a\"", "1", "[\"a-1\"]");
    builder_completed(builder, "1");
}

static void run_goes_on_as_new(struct history_builder *builder)
{
    builder_start(builder, "GoesOn", "1");
    builder_task(builder);
    builder_continued(builder, "GoesOn", "1");
}

static int64_t activity_of(struct history_builder *builder, const char *workflow_type)
{
    builder_start(builder, workflow_type, NULL);
    builder_task(builder);
    return builder_activity_scheduled(builder, "1", "Step");
}

static void activity_completes(struct history_builder *builder)
{
    int64_t scheduled = activity_of(builder, "Runs");
    builder_activity_completed(builder, scheduled, builder_activity_started(builder, scheduled), "1");
    builder_task_starts(builder);
}

static void activity_fails(struct history_builder *builder)
{
    int64_t scheduled = activity_of(builder, "Runs");
    builder_activity_failed(builder, scheduled, builder_activity_started(builder, scheduled), "Busy");
    builder_task(builder);
    builder_failed(builder, "Busy");
}

static void activity_times_out(struct history_builder *builder)
{
    int64_t scheduled = activity_of(builder, "Runs");
    builder_activity_timed_out(builder, scheduled, builder_activity_started(builder, scheduled));
    builder_task_starts(builder);
}

static void activity_never_starts(struct history_builder *builder)
{
    builder_activity_timed_out(builder, activity_of(builder, "Runs"), 0);
    builder_task_starts(builder);
}

/* A cancellation that finds the activity started leaves the started event for its end. */
static void activity_ends_by_itself_as_canceled(struct history_builder *builder)
{
    int64_t scheduled = activity_of(builder, "Runs");
    builder_activity_canceled(builder, scheduled, builder_activity_started(builder, scheduled));
    builder_task_starts(builder);
}

static int64_t canceled_activity(struct history_builder *builder)
{
    int64_t scheduled = activity_of(builder, "Runs");
    builder_cancel_requested(builder);
    builder_task(builder);
    builder_activity_cancel_requested(builder, scheduled);
    return scheduled;
}

static void canceled_activity_is_canceled(struct history_builder *builder)
{
    builder_activity_canceled(builder, canceled_activity(builder), 0);
    builder_task_starts(builder);
}

static void canceled_activity_completes(struct history_builder *builder)
{
    int64_t scheduled = canceled_activity(builder);
    builder_activity_completed(builder, scheduled, builder_activity_started(builder, scheduled), NULL);
    builder_task_starts(builder);
}

static void canceled_activity_fails(struct history_builder *builder)
{
    int64_t scheduled = canceled_activity(builder);
    builder_activity_failed(builder, scheduled, builder_activity_started(builder, scheduled), "Busy");
    builder_task_starts(builder);
}

static void canceled_activity_times_out(struct history_builder *builder)
{
    int64_t scheduled = canceled_activity(builder);
    builder_activity_timed_out(builder, scheduled, builder_activity_started(builder, scheduled));
    builder_task_starts(builder);
}

static void started_activity_is_canceled(struct history_builder *builder)
{
    int64_t scheduled = activity_of(builder, "Runs");
    builder_activity_started(builder, scheduled);
    builder_cancel_requested(builder);
    builder_task_starts(builder);
}

static void activity_is_abandoned(struct history_builder *builder)
{
    (void)activity_of(builder, "Abandons");
    builder_cancel_requested(builder);
    builder_task_starts(builder);
}

static void started_activity_is_abandoned(struct history_builder *builder)
{
    builder_activity_started(builder, activity_of(builder, "Abandons"));
    builder_cancel_requested(builder);
    builder_task_starts(builder);
}

static void (*const histories[])(struct history_builder *builder) = {
    timer_fires,
    timer_is_canceled,
    tasks_come_to_nothing,
    nothing_is_sent,
    run_tells_of_itself,
    run_goes_by_a_version,
    run_goes_on_as_new,
    activity_completes,
    activity_fails,
    activity_times_out,
    activity_never_starts,
    activity_ends_by_itself_as_canceled,
    canceled_activity_is_canceled,
    canceled_activity_completes,
    canceled_activity_fails,
    canceled_activity_times_out,
    started_activity_is_canceled,
    activity_is_abandoned,
    started_activity_is_abandoned,
};

/* ---- The harness ---- */

struct fixture {
    struct tl_driver *driver;
    struct scripted_service *service;
    struct engine_settings settings;
    struct engine *engine;
};

static void nothing(void *user)
{
    (void)user;
}

static void take(void *user, struct tl_reply *reply)
{
    engine_take_task(user, reply);
}

static Pb__PollWorkflowTaskQueueResponse *task_of(struct fixture *fixture, const struct history_builder *builder)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__PollWorkflowTaskQueueResponse *task =
        PB_NEW(arena, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);

    task->workflow_execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);
    task->workflow_execution->workflow_id = arena_strdup(arena, "workflow-1");
    task->workflow_execution->run_id = arena_strdup(arena, "run-1");
    task->attempt = 1;
    task->started_event_id = builder->started;
    task->history = PB_NEW(arena, Pb__History, pb__history);
    task->history->n_events = builder->count;
    task->history->events = builder->events;
    return task;
}

/* Gives the history to an empty engine as one task, and sees it completed. */
static void feed_task(struct fixture *fixture, const struct history_builder *builder)
{
    Pb__PollWorkflowTaskQueueRequest poll = PB__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;
    const struct tl_request request = {.rpc = &rpc_table[RPC_PollWorkflowTaskQueue], .message = &poll.base};
    size_t completed = scripted_count(fixture->service, RPC_RespondWorkflowTaskCompleted);

    scripted_reply(fixture->service, RPC_PollWorkflowTaskQueue, task_of(fixture, builder));
    assert_int_equal(tl_service_call(scripted_service(fixture->service), &request, take, fixture->engine, NULL), TL_OK);
    while (tl_driver_step(fixture->driver) == TL_STEP_RAN) {
    }
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskCompleted), completed + 1);
    (void)engine_evict(fixture->engine, NULL);
}

static void feed_closed(const struct fixture *fixture, const struct history_builder *builder)
{
    struct run *run = run_new(&fixture->settings, true);
    struct run_fault fault = {0};

    for (size_t at = 0; at < builder->count;) {
        struct chunk chunk = chunk_next(builder->events, builder->count, at);
        assert_true(run_apply(run, builder->events, &chunk, (struct run_mode){.replaying = true}, &fault));
        at = chunk.end;
    }
    run_free(run);
}

static void feed(struct fixture *fixture, void (*build)(struct history_builder *builder))
{
    struct history_builder builder;

    builder_init(&builder);
    build(&builder);
    if (event_is_closing((int)builder.events[builder.count - 1]->event_type)) {
        feed_closed(fixture, &builder);
    } else {
        feed_task(fixture, &builder);
    }
    builder_done(&builder);
}

static void feed_all(void)
{
    struct fixture fixture = {.driver = tl_driver_new(NULL, NULL)};
    struct tl_registry *registry = tl_registry_new(NULL);

    register_all(registry);
    fixture.service = scripted_service_new(fixture.driver);
    fixture.settings = (struct engine_settings){
        .driver = fixture.driver,
        .agenda = tl_driver_agenda(fixture.driver),
        .pool = tl_driver_pool(fixture.driver),
        .service = scripted_service(fixture.service),
        .registry = registry,
        .name_space = "default",
        .identity = "tester",
        .task_queue = "queue",
        .coroutine_stack = (size_t)64 * 1024,
        .counted = true,
        .on_task_done = nothing,
    };
    fixture.engine = engine_new(&fixture.settings);
    scripted_always(
        fixture.service,
        RPC_RespondWorkflowTaskCompleted,
        PB_NEW(
            scripted_arena(fixture.service),
            Pb__RespondWorkflowTaskCompletedResponse,
            pb__respond_workflow_task_completed_response));
    for (size_t i = 0; i < COUNT_OF(histories); i++) {
        feed(&fixture, histories[i]);
    }
    engine_free(fixture.engine);
    assert_int_equal(scripted_service_free(fixture.service), 0);
    tl_registry_free(registry);
    tl_driver_free(fixture.driver);
}

/* ---- Tests ---- */

static void every_row_is_taken(void **state)
{
    size_t untaken = 0;

    (void)state;
    feed_all();
    for (size_t i = 0; worker_machine_tables[i] != NULL; i++) {
        const struct machine_table *table = worker_machine_tables[i];
        for (size_t row = 0; row < table->row_count; row++) {
            if (table->hits[row] == 0) {
                untaken++;
                print_error(
                    "%s: no history takes %s in state %s\n",
                    table->name,
                    table->event_names[table->rows[row].event],
                    table->state_names[table->rows[row].from]);
            }
        }
    }
    assert_int_equal(untaken, 0);
}

static void every_table_keeps_the_laws(void **state)
{
    char text[200];

    (void)state;
    for (size_t i = 0; worker_machine_tables[i] != NULL; i++) {
        const char *broken = machine_check(worker_machine_tables[i], text, sizeof text);
        if (broken != NULL) {
            print_error("%s\n", broken);
        }
        assert_null(broken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_keeps_the_laws),
        cmocka_unit_test(every_row_is_taken),
    };
    return cmocka_run_group_tests_name("machine rows", tests, NULL, NULL);
}
