/* SPDX-License-Identifier: MIT */
#include "bed.h"

#include <string.h>
#include <time.h>

#include "base/pool.h"

int64_t bed_clock(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bed_open(struct bed *bed)
{
    const struct tl_driver_options options = {.seed = 1};
    const struct tl_sim_options sim_options = {
        .limits = {.history_events = 1000000, .history_bytes = 1 << 30, .pending_activities = 20000}};

    memset(bed, 0, sizeof *bed);
    bed->driver = tl_driver_new(&options, NULL);
    bench_require(bed->driver != NULL, "no driver");
    bed->sim = tl_sim_new(bed->driver, &sim_options, NULL);
    bench_require(bed->sim != NULL, "no simulator");
    bed->service = tl_sim_service(bed->sim);
    arena_init(&bed->arena, tl_driver_pool(bed->driver));
    bed_show_worker(bed);
}

void bed_close(struct bed *bed)
{
    tl_sim_free(bed->sim);
    tl_driver_free(bed->driver);
}

/* Takes blocks of a size, touches them and gives them back to the pool. */
static void warm(struct pool *pool, size_t size, size_t bytes)
{
    void *taken = NULL;

    for (size_t held = 0; held < bytes; held += size) {
        void **block = pool_alloc(pool, size);
        memset(block, 1, size);
        *block = taken;
        taken = block;
    }
    while (taken != NULL) {
        void *next = *(void **)taken;
        pool_free(pool, taken, size);
        taken = next;
    }
}

void bed_warm(struct bed *bed)
{
    struct pool *pool = tl_driver_pool(bed->driver);

    for (size_t size = 64; size <= 65536; size *= 2) {
        warm(pool, size, (size_t)32 << 20);
    }
}

/* ---- Calls ---- */

static void on_reply(void *user, struct tl_reply *reply)
{
    struct bed *bed = user;

    bed->reply = reply;
}

struct tl_reply *bed_ask(struct bed *bed, unsigned rpc, const void *message)
{
    const struct tl_request request = {.rpc = &rpc_table[rpc], .message = message};
    struct tl_call *call = NULL;

    bed->reply = NULL;
    bench_require(tl_service_call(bed->service, &request, on_reply, bed, &call) == TL_OK, "a call is not taken");
    while (bed->reply == NULL) {
        bench_require(tl_driver_step(bed->driver) == TL_STEP_RAN, "a call is not answered");
    }
    bench_require(bed->reply->status == TL_OK, bed->reply->text);
    return bed->reply;
}

static void keep_token(struct bed *bed, const ProtobufCBinaryData *token)
{
    bench_require(token->len > 0, "a poll found nothing");
    bed->task_token.len = token->len;
    bed->task_token.data = arena_copy(&bed->arena, token->data, token->len);
}

/* ---- Requests ---- */

char *bed_text(struct bed *bed, const char *value)
{
    return arena_strdup(&bed->arena, value);
}

static Pb__TaskQueue *queue(struct bed *bed, const char *name)
{
    Pb__TaskQueue *queue = PB_NEW(&bed->arena, Pb__TaskQueue, pb__task_queue);

    queue->name = bed_text(bed, name);
    if (strcmp(name, "sticky") == 0) {
        queue->kind = TASK_QUEUE_KIND_STICKY;
        queue->normal_name = bed_text(bed, "orders");
    }
    return queue;
}

static Pb__Duration *seconds(struct bed *bed, int64_t count)
{
    Pb__Duration *duration = PB_NEW(&bed->arena, Pb__Duration, pb__duration);

    duration->seconds = count;
    return duration;
}

Pb__PollWorkflowTaskQueueRequest *bed_poll(struct bed *bed, const char *name)
{
    BED_REQUEST(PollWorkflowTaskQueue, poll_workflow_task_queue);

    request->task_queue = queue(bed, name);
    request->identity = bed_text(bed, "worker");
    return request;
}

Pb__PollActivityTaskQueueRequest *bed_activity_poll(struct bed *bed)
{
    BED_REQUEST(PollActivityTaskQueue, poll_activity_task_queue);

    request->task_queue = queue(bed, "orders");
    request->identity = bed_text(bed, "worker");
    return request;
}

Pb__RespondWorkflowTaskCompletedRequest *bed_completion(struct bed *bed, size_t count)
{
    BED_REQUEST(RespondWorkflowTaskCompleted, respond_workflow_task_completed);

    request->identity = bed_text(bed, "worker");
    request->n_commands = count;
    request->commands = ARENA_ARRAY(&bed->arena, Pb__Command *, count + 1);
    request->force_create_new_workflow_task = 1;
    request->sticky_attributes = PB_NEW(&bed->arena, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
    request->sticky_attributes->worker_task_queue = queue(bed, "sticky");
    request->sticky_attributes->schedule_to_start_timeout = seconds(bed, 10);
    return request;
}

#define NEW_COMMAND(Type, lower, UPPER)                                                                                \
    Pb__Command *command = PB_NEW(&bed->arena, Pb__Command, pb__command);                                              \
    Pb__##Type##CommandAttributes *attributes =                                                                        \
        PB_NEW(&bed->arena, Pb__##Type##CommandAttributes, pb__##lower##_command_attributes);                          \
    command->command_type = COMMAND_TYPE_##UPPER;                                                                      \
    command->attributes_case = PB__COMMAND__ATTRIBUTES_##UPPER##_COMMAND_ATTRIBUTES;                                   \
    command->lower##_command_attributes = attributes

Pb__Command *bed_timer(struct bed *bed, int64_t id, int64_t due)
{
    NEW_COMMAND(StartTimer, start_timer, START_TIMER);

    attributes->timer_id = arena_format(&bed->arena, "%d", (int)id);
    attributes->start_to_fire_timeout = seconds(bed, due);
    return command;
}

Pb__Command *bed_cancel_timer(struct bed *bed, int64_t id)
{
    NEW_COMMAND(CancelTimer, cancel_timer, CANCEL_TIMER);

    attributes->timer_id = arena_format(&bed->arena, "%d", (int)id);
    return command;
}

Pb__Command *bed_marker(struct bed *bed)
{
    NEW_COMMAND(RecordMarker, record_marker, RECORD_MARKER);

    attributes->marker_name = bed_text(bed, "Version");
    return command;
}

static Pb__Command *activity(struct bed *bed, int64_t id)
{
    NEW_COMMAND(ScheduleActivityTask, schedule_activity_task, SCHEDULE_ACTIVITY_TASK);

    attributes->activity_id = arena_format(&bed->arena, "%d", (int)id);
    attributes->activity_type = PB_NEW(&bed->arena, Pb__ActivityType, pb__activity_type);
    attributes->activity_type->name = bed_text(bed, "ChargeCard");
    attributes->task_queue = queue(bed, "orders");
    attributes->start_to_close_timeout = seconds(bed, 60);
    return command;
}

/* ---- A life ---- */

void bed_take(struct bed *bed, const Pb__PollWorkflowTaskQueueRequest *poll)
{
    struct tl_reply *reply = bed_ask(bed, RPC_PollWorkflowTaskQueue, poll);

    keep_token(bed, &((const Pb__PollWorkflowTaskQueueResponse *)(const void *)reply->message)->task_token);
    tl_reply_unref(reply);
}

void bed_complete(struct bed *bed, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    request->task_token = bed->task_token;
    tl_reply_unref(bed_ask(bed, RPC_RespondWorkflowTaskCompleted, request));
}

void bed_show_worker(struct bed *bed)
{
    const struct tl_request request = {
        .rpc = &rpc_table[RPC_PollWorkflowTaskQueue], .message = (const void *)bed_poll(bed, "sticky")};
    struct tl_call *call = NULL;

    bench_require(tl_service_call(bed->service, &request, on_reply, bed, &call) == TL_OK, "a call is not taken");
    tl_service_cancel(bed->service, call);
    while (tl_driver_step(bed->driver) == TL_STEP_RAN) {
    }
    tl_reply_unref(bed->reply);
}

void bed_start(struct bed *bed, const char *workflow_id)
{
    BED_REQUEST(StartWorkflowExecution, start_workflow_execution);

    request->workflow_id = bed_text(bed, workflow_id);
    request->workflow_type = PB_NEW(&bed->arena, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = bed_text(bed, "OrderSaga");
    request->task_queue = queue(bed, "orders");
    tl_reply_unref(bed_ask(bed, RPC_StartWorkflowExecution, request));
    bed_take(bed, bed_poll(bed, "orders"));
}

void bed_grow(struct bed *bed, size_t count, Pb__Command *(*make)(struct bed *bed))
{
    Pb__RespondWorkflowTaskCompletedRequest *request = bed_completion(bed, count);

    for (size_t i = 0; i < count; i++) {
        request->commands[i] = make(bed);
    }
    bed_complete(bed, request);
    bed_take(bed, bed_poll(bed, "sticky"));
}

Pb__Command *bed_next_timer(struct bed *bed)
{
    return bed_timer(bed, bed->scheduled++, 1000000);
}

Pb__Command *bed_next_activity(struct bed *bed)
{
    return activity(bed, bed->scheduled++);
}
