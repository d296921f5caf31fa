/* SPDX-License-Identifier: MIT */
/*
 * Workflow tasks into the engine, as no server should send them. The input is a program over a well-formed history of
 * several tasks: its first byte picks the workflow and whether runs are cached; every further three bytes are one step
 * - a task whole, from its own first event, or in pages; something wrong with the next one, its events or any field of
 * it; a completion that is refused, or brings the next task along; an eviction. Whatever comes, each task is answered
 * once or dropped, and nothing is kept of what was not cached.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include "base/check.h"
#include "model/message.h"
#include "tests/lib/history_builder.h"
#include "tests/lib/scripted_service.h"
#include "worker/engine/engine.h"

#define MOST_STEPS  64
#define MOST_TASKS  16
#define MOST_LEVELS 12

static const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

/* ---- Workflows, and histories of theirs ---- */

static enum tl_status notes(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)name;
    *(size_t *)user += input->count;
    return tl_sleep(wf, TL_SECONDS(10));
}

static enum tl_status step(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_activity_run(wf, "Step", NULL, &options, NULL);
}

static enum tl_status works(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_scope_options limited = {.limit = TL_SECONDS(20)};
    size_t *count = tl_alloc(wf, sizeof *count);

    (void)input;
    tl_signal_handle(wf, "go", NULL, notes, count);
    for (int i = 0; i < 3 && !tl_is_canceled(wf); i++) {
        TL_IGNORE(tl_scope_run(tl_scope_new(wf, &limited), step, NULL));
    }
    TL_IGNORE(tl_handlers_wait(wf, 0));
    return tl_is_canceled(wf) ? TL_CANCELED : tl_result_text(wf, result, "%zu", *count);
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *futures[] = {
        tl_activity_start(wf, "Step", input, &options),
        tl_timer_start(wf, TL_SECONDS(10)),
        tl_spawn(wf, "s", step, NULL)};
    size_t index = 0;

    (void)result;
    while (tl_wait_any_for(futures, 3, TL_SECONDS(30), &index) == TL_OK && index == 1) {
        futures[1] = tl_timer_start(wf, TL_SECONDS(10));
        if (tl_signal_wait(wf, "go", TL_SECONDS(5), NULL) == TL_CANCELED) {
            return TL_CANCELED;
        }
    }
    struct tl_saga *saga = tl_saga_new_with(wf, &(const struct tl_saga_options){.parallel = 1});
    tl_saga_add(saga, "Undo", input, NULL);
    tl_saga_add(saga, "Undo", input, NULL);
    return tl_wait_all_for(futures, 3, TL_SECONDS(5)) == TL_OK ? TL_OK : tl_saga_compensate(saga);
}

static void build_works(struct history_builder *builder)
{
    builder_start(builder, "Works", "1");
    builder_task(builder);
    for (int i = 0; i < 3; i++) {
        int64_t timer = builder_timer_started(builder, (const char *[]){"1", "2", "4"}[i], TL_SECONDS(20));
        int64_t scheduled = builder_activity_scheduled(builder, (const char *[]){"1", "2", "3"}[i], "Step");
        if (i == 1) {
            builder_signaled(builder, "go", "7");
            builder_task(builder);
            builder_timer_started(builder, "3", TL_SECONDS(10));
        }
        int64_t started = builder_activity_started(builder, scheduled);
        builder_activity_completed(builder, scheduled, started, "1");
        builder_task(builder);
        builder_timer_canceled(builder, (const char *[]){"1", "2", "4"}[i], timer);
    }
}

static void build_waits(struct history_builder *builder)
{
    builder_start(builder, "Waits", "1");
    builder_task(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Step");
    int64_t timer = builder_timer_started(builder, "1", TL_SECONDS(10));
    int64_t limit = builder_timer_started(builder, "2", TL_SECONDS(30));
    builder_activity_scheduled(builder, "2", "Step");
    builder_timer_fired(builder, "1", timer);
    builder_task(builder);
    builder_timer_canceled(builder, "2", limit);
    builder_timer_started(builder, "3", TL_SECONDS(10));
    int64_t waits_for = builder_timer_started(builder, "4", TL_SECONDS(5));
    builder_task_starts(builder);
    builder_task_fails(builder, WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND);
    builder_signaled(builder, "go", "7");
    builder_task(builder);
    builder_timer_canceled(builder, "4", waits_for);
    builder_timer_started(builder, "5", TL_SECONDS(30));
    builder_activity_failed(builder, scheduled, builder_activity_started(builder, scheduled), "Busy");
    builder_cancel_requested(builder);
    builder_task(builder);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Works", works);
    tl_register_workflow(registry, "Waits", waits);
}

/* ---- The world ---- */

struct world {
    struct tl_driver *driver;
    struct scripted_service *service;
    struct tl_registry *registry;
    struct engine *engine;
    struct history_builder builder;
    size_t starts[MOST_TASKS]; /* indices of WorkflowTaskStarted */
    size_t start_count;
    Pb__PollWorkflowTaskQueueResponse *next; /* being damaged */
    size_t given;
    size_t done;
};

static void count_done(void *user)
{
    ((struct world *)user)->done++;
}

static void open_world(struct world *world, uint8_t how)
{
    memset(world, 0, sizeof *world);
    world->driver = tl_driver_new(NULL, NULL);
    world->service = scripted_service_new(world->driver);
    world->registry = tl_registry_new(NULL);
    register_all(world->registry);
    builder_init(&world->builder);
    (how % 2 == 0 ? build_works : build_waits)(&world->builder);
    for (size_t i = 0; i < world->builder.count && world->start_count < MOST_TASKS; i++) {
        if (world->builder.events[i]->event_type == EVENT_TYPE_WORKFLOW_TASK_STARTED) {
            world->starts[world->start_count++] = i;
        }
    }
    world->engine = engine_new(&(const struct engine_settings){
        .driver = world->driver,
        .agenda = tl_driver_agenda(world->driver),
        .pool = tl_driver_pool(world->driver),
        .service = scripted_service(world->service),
        .registry = world->registry,
        .name_space = "default",
        .identity = "fuzzer",
        .task_queue = "queue",
        .sticky_queue = how % 4 < 2 ? "queue-sticky" : NULL,
        .sticky_timeout = TL_SECONDS(10),
        .cached_workflows = how % 8 < 4 ? 10 : 1,
        .coroutine_stack = (size_t)64 * 1024,
        .strict = how % 16 < 8,
        .on_task_done = count_done,
        .user = world,
    });
}

static void run_ready(struct world *world)
{
    while (tl_driver_step(world->driver) == TL_STEP_RAN) {
    }
    CHECK(tl_driver_verdict(world->driver) == NULL);
}

/* Calls that were not answered give up within a day; then all tasks are over. */
static void close_world(struct world *world)
{
    tl_time until = tl_driver_now(world->driver) + TL_DAYS(1);

    for (tl_time at; (at = tl_driver_next_deadline(world->driver, ~0U)) <= until;) {
        tl_driver_advance_to(world->driver, at);
        run_ready(world);
    }
    engine_free(world->engine);
    run_ready(world);
    CHECK(scripted_service_free(world->service) == 0);
    tl_registry_free(world->registry);
    tl_driver_free(world->driver);
    builder_done(&world->builder);
}

/* ---- Tasks ---- */

static Pb__History *slice(struct world *world, size_t begin, size_t end)
{
    struct arena *arena = scripted_arena(world->service);
    Pb__History *history = PB_NEW(arena, Pb__History, pb__history);

    history->n_events = end > begin ? end - begin : 0;
    history->events = ARENA_ARRAY(arena, Pb__HistoryEvent *, history->n_events);
    for (size_t i = 0; i < history->n_events; i++) {
        history->events[i] = message_clone(arena, world->builder.events[begin + i]);
    }
    return history;
}

static ProtobufCBinaryData bytes(struct world *world, const char *text)
{
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)arena_strdup(scripted_arena(world->service), text)};
}

/* The nth task with what is new to it, or with everything. */
static Pb__PollWorkflowTaskQueueResponse *task(struct world *world, uint8_t which, bool whole)
{
    struct arena *arena = scripted_arena(world->service);
    size_t nth = which % world->start_count;
    size_t begin = whole || nth == 0 ? 0 : world->starts[nth - 1] + 1;
    Pb__PollWorkflowTaskQueueResponse *task =
        PB_NEW(arena, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);

    task->task_token = bytes(world, "token");
    task->workflow_execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);
    task->workflow_execution->workflow_id = arena_strdup(arena, "w");
    task->workflow_execution->run_id = arena_strdup(arena, which < 224 ? "run-1" : "run-2");
    task->attempt = 1;
    task->started_event_id = (int64_t)world->starts[nth] + 1;
    task->previous_started_event_id = nth == 0 ? 0 : (int64_t)world->starts[nth - 1] + 1;
    task->history = slice(world, begin, world->starts[nth] + 1);
    return task;
}

/* Its events from the middle on come in pages, some of them empty or told before. */
static void page(struct world *world, Pb__PollWorkflowTaskQueueResponse *task, uint8_t where)
{
    struct arena *arena = scripted_arena(world->service);
    size_t end = world->starts[where % world->start_count] + 1;
    size_t cut = task->history == NULL || task->history->n_events == 0 ? 0 : where % task->history->n_events;

    task->next_page_token = bytes(world, "1");
    if (task->history != NULL) {
        task->history->n_events = cut;
    }
    for (size_t begin = where % 3 == 0 ? 0 : cut; begin < end; begin += 3) {
        Pb__GetWorkflowExecutionHistoryResponse *next =
            PB_NEW(arena, Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);
        next->history =
            where % 7 == 0 && begin % 2 == 0 ? NULL : slice(world, begin, begin + 3 < end ? begin + 3 : end);
        next->next_page_token = begin + 3 < end ? bytes(world, "more") : (ProtobufCBinaryData){0};
        scripted_reply(world->service, RPC_GetWorkflowExecutionHistory, next);
    }
}

/* ---- Damage ---- */

static void damage_events(Pb__History *history, uint8_t how, uint8_t where)
{
    size_t count = history == NULL ? 0 : history->n_events;

    if (count < 2) {
        return;
    }
    size_t at = where % count;
    Pb__HistoryEvent **events = history->events;
    Pb__HistoryEvent *event = events[at];
    switch (how % 5) {
    case 0:
        memmove(events + at, events + at + 1, (count - at - 1) * sizeof *events);
        history->n_events--;
        return;
    case 1:
        events[at] = events[(at + 1 + how / 8) % count];
        events[(at + 1 + how / 8) % count] = event;
        return;
    case 2:
        events[at] = events[(at + 1 + how / 8) % count]; /* twice, and another one never */
        return;
    case 3:
        events[at] = NULL;
        return;
    default:
        if (event != NULL) {
            event->event_id += (int8_t)how;
        }
        return;
    }
}

static void damage_list(const ProtobufCFieldDescriptor *field, size_t *count, void **items, uint8_t value)
{
    if (*count > 0 && field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (value % 2 == 0) {
            *count -= 1;
        } else {
            items[value % *count] = items[0];
        }
    }
}

static void damage_value(const ProtobufCFieldDescriptor *field, void *at, uint8_t value)
{
    static char texts[][8] = {"", "1", "\xff", "other"};

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = texts[value % COUNT_OF(texts)];
        return;
    case PROTOBUF_C_TYPE_BYTES:
        ((ProtobufCBinaryData *)at)->len /= 2;
        return;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)at = value < 8 ? INT64_MIN + value : (int64_t)value - 128;
        return;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        *(int32_t *)at = (int32_t)value - 128;
        return;
    default:
        return;
    }
}

/* Damages a list, or gives the message in it to go on with. */
static ProtobufCMessage *
damage_in_list(const ProtobufCFieldDescriptor *field, char *at, size_t *count, uint16_t path, uint8_t value)
{
    void **items = *(void ***)at;

    if (field->type == PROTOBUF_C_TYPE_MESSAGE && *count > 0 && path % 4 != 0) {
        return items[path % *count];
    }
    damage_list(field, count, items, value);
    return NULL;
}

/* Damages one field, or gives the message to go on with; NULL: it is done. */
static ProtobufCMessage *damage_field(ProtobufCMessage *message, uint16_t path, uint8_t value, unsigned level)
{
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[path % message->descriptor->n_fields];
    char *at = (char *)message + field->offset;
    void *quantity = (char *)message + field->quantifier_offset;

    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && *(uint32_t *)quantity != field->id) {
        *(uint32_t *)quantity = level % 2 == 0 ? 0 : *(uint32_t *)quantity;
        return message;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return damage_in_list(field, at, quantity, path, value);
    }
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        damage_value(field, at, value);
        return NULL;
    }
    if (path % 4 == 0) {
        *(void **)at = NULL;
    }
    return *(ProtobufCMessage **)at;
}

/* One field of the message, or of a message in it, as the bits of `path` say. */
static void damage(ProtobufCMessage *message, uint16_t path, uint8_t value)
{
    for (unsigned level = 0; message != NULL && level < MOST_LEVELS; level++) {
        message = damage_field(message, path, value, level);
        path = (uint16_t)(path * 31 + 7);
    }
}

/* ---- Steps ---- */

static void take(void *user, struct tl_reply *reply)
{
    struct world *world = user;

    if (reply->status != TL_OK) {
        tl_reply_unref(reply);
        return;
    }
    world->given++;
    engine_take_task(world->engine, reply);
}

static void give(struct world *world)
{
    Pb__PollWorkflowTaskQueueRequest poll = PB__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;
    const struct tl_request request = {.rpc = &rpc_table[RPC_PollWorkflowTaskQueue], .message = &poll.base};

    scripted_reply(world->service, RPC_PollWorkflowTaskQueue, world->next);
    CHECK(tl_service_call(scripted_service(world->service), &request, take, world, NULL) == TL_OK);
    world->next = NULL;
    run_ready(world);
}

static void answer(struct world *world, uint8_t how, uint8_t which)
{
    static const enum tl_status refusals[] = {TL_NOT_FOUND, TL_INVALID_ARGUMENT, TL_UNAVAILABLE, TL_TOO_LARGE};
    struct arena *arena = scripted_arena(world->service);
    Pb__RespondWorkflowTaskCompletedResponse *reply =
        PB_NEW(arena, Pb__RespondWorkflowTaskCompletedResponse, pb__respond_workflow_task_completed_response);

    if (how % 3 == 0) {
        scripted_fail(
            world->service, RPC_RespondWorkflowTaskCompleted, refusals[which % COUNT_OF(refusals)], "refused");
        return;
    }
    reply->reset_history_event_id = how % 3 == 1 ? which % 8 : 0;
    if (how % 3 == 2) {
        reply->workflow_task = task(world, which, which % 16 == 0);
        damage_events(reply->workflow_task->history, how, (uint8_t)(how / 5));
        if (how >= 128) {
            damage(&reply->workflow_task->base, (uint16_t)(how * 257U), which);
        }
    }
    scripted_reply(world->service, RPC_RespondWorkflowTaskCompleted, reply);
}

static void step_world(struct world *world, const uint8_t *data)
{
    if (world->next == NULL) {
        world->next = task(world, data[1], data[2] % 2 == 0);
    }
    switch (data[0] % 8) {
    case 0:
    case 1:
        give(world);
        return;
    case 2:
        page(world, world->next, data[1]);
        give(world);
        return;
    case 3:
        damage_events(world->next->history, data[1], data[2]);
        return;
    case 4:
        damage(&world->next->base, (uint16_t)(data[0] / 8U * 256U + data[1]), data[2]);
        return;
    case 5:
        answer(world, data[1], data[2]);
        return;
    case 6:
        (void)engine_evict(world->engine, data[1] % 2 == 0 ? NULL : "run-1");
        return;
    default:
        world->next->attempt = data[1] % 3;
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world;

    if (size == 0) {
        return 0;
    }
    open_world(&world, data[0]);
    for (size_t i = 1; i + 2 < size && i < (size_t)3 * MOST_STEPS; i += 3) {
        step_world(&world, data + i);
    }
    /* Whatever was refused before: a good task is answered. */
    scripted_always(
        world.service,
        RPC_RespondWorkflowTaskCompleted,
        PB_NEW(
            scripted_arena(world.service),
            Pb__RespondWorkflowTaskCompletedResponse,
            pb__respond_workflow_task_completed_response));
    scripted_always(
        world.service,
        RPC_RespondWorkflowTaskFailed,
        PB_NEW(
            scripted_arena(world.service),
            Pb__RespondWorkflowTaskFailedResponse,
            pb__respond_workflow_task_failed_response));
    world.next = task(&world, 0, true);
    give(&world);
    close_world(&world);
    return 0;
}
