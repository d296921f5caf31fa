/* SPDX-License-Identifier: MIT */
/*
 * Replies as no server should send them, or one that is newer: to each call of a client, and to the polls and reports
 * of a worker. The input's first byte picks the call, the second whether it is answered or refused, the rest is the
 * answer, or the refusal's details, as bytes on the wire: unknown fields and enum values, members that are missing or
 * too many. What cannot be read no boundary lets through. Whatever comes, the call returns, what it gives can be read
 * to its end, and no reply is kept. All further calls find nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/async_activity.h>
#include <timelapse/describe.h>
#include <timelapse/history.h>
#include <timelapse/list.h>
#include <timelapse/query.h>
#include <timelapse/timelapse.h>

#include "base/check.h"
#include "model/message.h"
#include "tests/lib/scripted_service.h"

struct world {
    struct tl_driver *driver;
    struct scripted_service *service;
    struct tl_registry *registry;
    struct tl_client *client;
    struct tl_handle *handle;
};

static const struct tl_start_options start_options = {.task_queue = "orders"};

/* ---- What came is read to its end ---- */

static size_t seen; /* kept, so that no read is left out */

static void read_bytes(struct tl_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        seen += bytes.data[i];
    }
}

static void read_text(const char *text)
{
    seen += strlen(text);
}

static void read_payload(const struct tl_payload *payload)
{
    for (size_t i = 0; i < payload->metadata_count; i++) {
        read_text(payload->metadata[i].key);
        read_bytes(payload->metadata[i].value);
    }
    read_bytes(payload->data);
}

static void read_failure(const struct tl_failure *failure)
{
    for (; failure != NULL; failure = failure->cause) {
        read_text(failure->message);
        read_text(failure->type);
        for (size_t i = 0; i < failure->details_count; i++) {
            read_payload(&failure->details[i]);
        }
    }
}

static void read_description(const struct tl_description *run)
{
    read_text(run->workflow_id);
    read_text(run->run_id);
    read_text(run->first_run_id);
    read_text(run->workflow_type);
    read_text(run->task_queue);
    read_text(run->summary);
    read_text(run->details);
    for (size_t i = 0; i < run->memo_count; i++) {
        read_text(run->memo[i].key);
        read_payload(&run->memo[i].value);
    }
    for (size_t i = 0; i < run->search_attribute_count; i++) {
        read_text(run->search_attributes[i].name);
    }
}

/* ---- A client's calls ---- */

static void take_handle(enum tl_status status, struct tl_handle *handle)
{
    if (status == TL_OK) {
        read_text(tl_handle_run_id(handle));
        tl_handle_free(handle);
    }
}

static void start(struct world *world)
{
    struct tl_handle *handle = NULL;
    enum tl_status status = tl_client_start(world->client, "Order", "order-1", NULL, &start_options, &handle, NULL);

    take_handle(status, handle);
}

static void signal_with_start(struct world *world)
{
    const struct tl_start_signal signal = {.name = "go"};
    struct tl_handle *handle = NULL;
    enum tl_status status =
        tl_client_signal_with_start(world->client, "Order", "order-1", &signal, &start_options, &handle, NULL);

    take_handle(status, handle);
}

static void get_result(struct world *world)
{
    struct tl_payload result;

    if (tl_handle_result(world->handle, &result, NULL) == TL_OK) {
        read_payload(&result);
    }
    read_failure(tl_handle_failure(world->handle));
}

static void get_history(struct world *world)
{
    struct tl_history *history = NULL;
    char *text = NULL;

    if (tl_handle_history(world->handle, &history, NULL) != TL_OK) {
        return;
    }
    TL_IGNORE(tl_history_check(history, NULL));
    if (tl_history_show(history, &text, NULL) == TL_OK) {
        read_text(text);
        tl_text_free(text);
    }
    if (tl_history_to_json(history, &text, NULL, NULL) == TL_OK) {
        read_text(text);
        tl_text_free(text);
    }
    tl_history_unref(history);
}

static void query(struct world *world)
{
    struct tl_payload result;

    if (tl_handle_query(world->handle, "state", NULL, NULL, &result, NULL) == TL_OK) {
        read_payload(&result);
    }
    read_failure(tl_handle_query_failure(world->handle));
    seen += (size_t)tl_handle_query_rejection(world->handle);
}

static void describe(struct world *world)
{
    struct tl_description run;

    if (tl_handle_describe(world->handle, &run, NULL) == TL_OK) {
        read_description(&run);
    }
}

static void list(struct world *world)
{
    const struct tl_description *run = NULL;
    struct tl_list *list = NULL;
    enum tl_status status = tl_client_list(world->client, NULL, &list, NULL);

    while (status == TL_OK && (status = tl_list_next(list, &run, NULL)) == TL_OK && run != NULL) {
        read_description(run);
    }
    tl_list_free(list);
}

static void count_runs(struct world *world)
{
    int64_t count;

    if (tl_client_count(world->client, NULL, &count, NULL) == TL_OK) {
        seen += (size_t)count;
    }
}

static void signal_it(struct world *world)
{
    TL_IGNORE(tl_handle_signal(world->handle, "go", NULL, NULL));
}

static void cancel(struct world *world)
{
    TL_IGNORE(tl_handle_cancel(world->handle, NULL, NULL));
}

static void terminate(struct world *world)
{
    TL_IGNORE(tl_handle_terminate(world->handle, NULL, NULL));
}

static const struct tl_activity_target target = {.task_token = {(const uint8_t *)"token", 5}};

static void complete_activity(struct world *world)
{
    TL_IGNORE(tl_client_complete_activity(world->client, &target, NULL, NULL));
}

static void fail_activity(struct world *world)
{
    TL_IGNORE(tl_client_fail_activity(world->client, &target, "Busy", "later", NULL, NULL));
}

static void cancel_activity(struct world *world)
{
    TL_IGNORE(tl_client_cancel_activity(world->client, &target, NULL, NULL));
}

static void heartbeat(struct world *world)
{
    enum tl_activity_cancel_reason reason;

    if (tl_client_heartbeat(world->client, &target, NULL, &reason, NULL) == TL_OK) {
        seen += (size_t)reason;
    }
}

/* ---- A worker's ---- */

static enum tl_status order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    return tl_activity_run(wf, "Charge", input, &options, result);
}

/* Looks at all that it was given, and heartbeats until it is told to stop. */
static enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    read_text(info->workflow_id);
    read_text(info->activity_id);
    read_bytes(info->task_token);
    for (size_t i = 0; i < input->count; i++) {
        read_payload(&input->items[i]);
    }
    for (int i = 0; i < 3; i++) {
        enum tl_status status = tl_heartbeat(activity, NULL);

        if (status == TL_OK) {
            status = tl_activity_sleep(activity, TL_SECONDS(1));
        }
        if (status != TL_OK) {
            return status;
        }
    }
    return tl_activity_result_text(activity, result, "null");
}

static void pass(struct world *world, tl_duration duration)
{
    tl_time until = tl_driver_now(world->driver) + duration;

    do {
        while (tl_driver_step(world->driver) == TL_STEP_RAN) {
        }
        tl_time at = tl_driver_next_deadline(world->driver, ~0U);
        if (at > until) {
            return;
        }
        tl_driver_advance_to(world->driver, at);
    } while (tl_driver_verdict(world->driver) == NULL);
}

/* What it is given comes with its first polls. */
static void work(struct world *world)
{
    const struct tl_worker_options options = {
        .task_queue = "orders", .registry = world->registry, .coroutine_stack = (size_t)64 * 1024};
    struct tl_worker *worker = tl_worker_new(world->driver, scripted_service(world->service), &options, NULL);

    CHECK(worker != NULL);
    pass(world, TL_SECONDS(20));
    tl_worker_stop(worker);
    pass(world, TL_MINUTES(2));
    CHECK(tl_worker_stopped(worker));
    tl_worker_free(worker);
}

/* An attempt that lasts, for the answers to what it reports. */
static void work_on_a_task(struct world *world)
{
    struct arena *arena = scripted_arena(world->service);
    Pb__PollActivityTaskQueueResponse *task =
        PB_NEW(arena, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);

    task->task_token = (ProtobufCBinaryData){5, (uint8_t *)arena_strdup(arena, "token")};
    task->activity_type = PB_NEW(arena, Pb__ActivityType, pb__activity_type);
    task->activity_type->name = arena_strdup(arena, "Charge");
    task->heartbeat_timeout = PB_NEW(arena, Pb__Duration, pb__duration);
    task->heartbeat_timeout->seconds = 1;
    task->attempt = 1;
    scripted_reply(world->service, RPC_PollActivityTaskQueue, task);
    work(world);
}

/* ---- One input ---- */

static const struct {
    enum rpc rpc;
    void (*ask)(struct world *world);
} calls[] = {
    {RPC_StartWorkflowExecution, start},
    {RPC_SignalWithStartWorkflowExecution, signal_with_start},
    {RPC_GetWorkflowExecutionHistory, get_result},
    {RPC_GetWorkflowExecutionHistory, get_history},
    {RPC_QueryWorkflow, query},
    {RPC_DescribeWorkflowExecution, describe},
    {RPC_ListWorkflowExecutions, list},
    {RPC_CountWorkflowExecutions, count_runs},
    {RPC_SignalWorkflowExecution, signal_it},
    {RPC_RequestCancelWorkflowExecution, cancel},
    {RPC_TerminateWorkflowExecution, terminate},
    {RPC_RespondActivityTaskCompleted, complete_activity},
    {RPC_RespondActivityTaskFailed, fail_activity},
    {RPC_RespondActivityTaskCanceled, cancel_activity},
    {RPC_RecordActivityTaskHeartbeat, heartbeat},
    {RPC_DescribeNamespace, work},
    {RPC_PollWorkflowTaskQueue, work},
    {RPC_PollActivityTaskQueue, work},
    {RPC_RecordActivityTaskHeartbeat, work_on_a_task},
    {RPC_RespondActivityTaskCompleted, work_on_a_task},
};

static void open_world(struct world *world)
{
    const struct tl_client_options options = {.skip_time = 1};

    memset(world, 0, sizeof(*world));
    world->driver = tl_driver_new(NULL, NULL);
    world->service = scripted_service_new(world->driver);
    world->registry = tl_registry_new(NULL);
    tl_register_workflow(world->registry, "Order", order);
    tl_register_activity(world->registry, "Charge", charge);
    world->client = tl_client_new(world->driver, scripted_service(world->service), &options, NULL);
    world->handle = tl_client_handle(world->client, "order-1", NULL);
    for (int rpc = 0; rpc < RPC_COUNT; rpc++) {
        if (rpc != RPC_PollWorkflowTaskQueue && rpc != RPC_PollActivityTaskQueue) {
            scripted_always_fail(world->service, (enum rpc)rpc, TL_NOT_FOUND, "nothing is found");
        }
    }
}

static void close_world(struct world *world)
{
    CHECK(tl_driver_verdict(world->driver) == NULL);
    tl_handle_free(world->handle);
    tl_client_free(world->client);
    CHECK(scripted_service_free(world->service) == 0);
    tl_registry_free(world->registry);
    tl_driver_free(world->driver);
}

/* False: the bytes are no message. */
static bool write_reply(struct world *world, enum rpc rpc, uint8_t how, struct tl_bytes bytes)
{
    const ProtobufCMessageDescriptor *type = how == 0 ? rpc_table[rpc].response : &pb__rpc__status__descriptor;
    void *message = NULL;

    if (message_unpack(scripted_arena(world->service), type, bytes, &message, NULL) != TL_OK) {
        return false;
    }
    if (how == 0) {
        scripted_reply(world->service, rpc, message);
    } else {
        scripted_fail_with(world->service, rpc, tl_status_from_grpc(how), "refused", message);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world;

    if (size < 2) {
        return 0;
    }
    size_t nth = data[0] % COUNT_OF(calls);
    open_world(&world);
    if (write_reply(&world, calls[nth].rpc, data[1] % 17, (struct tl_bytes){data + 2, size - 2})) {
        calls[nth].ask(&world);
    }
    close_world(&world);
    return 0;
}
