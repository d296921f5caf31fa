/* SPDX-License-Identifier: MIT */
#include "tests/worker/worker_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

struct universe universe;

bool universe_open(const struct tl_allocator *allocator)
{
    universe = (struct universe){0};
    universe.driver = tl_driver_new(&(struct tl_driver_options){.allocator = allocator, .seed = 1}, NULL);
    if (universe.driver == NULL) {
        return false;
    }
    universe.scripted = scripted_service_new(universe.driver);
    universe.registry = tl_registry_new(NULL);
    return true;
}

size_t universe_close(void)
{
    tl_client_free(universe.client);
    tl_worker_free(universe.worker);
    while (tl_driver_step(universe.driver) == TL_STEP_RAN) {
    }
    bool stopped = tl_driver_verdict(universe.driver) != NULL;
    size_t kept = scripted_service_free(universe.scripted);
    tl_driver_free(universe.driver);
    tl_registry_free(universe.registry);
    return stopped ? 0 : kept;
}

int universe_setup(void **state)
{
    (void)state;
    return universe_open(NULL) ? 0 : -1;
}

int universe_teardown(void **state)
{
    (void)state;
    return universe_close() == 0 ? 0 : -1;
}

struct tl_worker_options universe_options(void)
{
    return (struct tl_worker_options){.task_queue = "orders", .registry = universe.registry};
}

void universe_work(const struct tl_worker_options *options)
{
    const struct tl_worker_options plain = universe_options();
    struct tl_error error = {0};

    universe.worker =
        tl_worker_new(universe.driver, scripted_service(universe.scripted), options == NULL ? &plain : options, &error);
    if (universe.worker == NULL) {
        fail_msg("no worker: %s %s", error.field, error.message);
    }
    universe_run();
}

void universe_run(void)
{
    while (tl_driver_step(universe.driver) == TL_STEP_RAN) {
    }
}

void universe_pass(tl_duration duration)
{
    tl_time end = tl_driver_now(universe.driver) + duration;

    universe_run();
    for (;;) {
        tl_time next = tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING | TL_DEADLINE_IDLE);

        if (next > end) {
            break;
        }
        tl_driver_advance_to(universe.driver, next);
        universe_run();
    }
    tl_driver_advance_to(universe.driver, end);
}

/* ---- Activity tasks ---- */

static Pb__Payloads *json_payloads(const char *json)
{
    if (json == NULL) {
        return NULL;
    }
    const struct tl_payload payload = tl_payload_json(json);
    return pb_payloads(scripted_arena(universe.scripted), TL_ARGS(payload));
}

static Pb__PollActivityTaskQueueResponse *task_message(const struct activity_task *task)
{
    static uint8_t token[] = {'t', 'o', 'k', 'e', 'n', '-', '1'};
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__PollActivityTaskQueueResponse *message =
        PB_NEW(arena, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);

    message->task_token = (ProtobufCBinaryData){sizeof(token), token};
    message->workflow_namespace = arena_strdup(arena, "default");
    message->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    message->workflow_type->name = arena_strdup(arena, "Order");
    message->workflow_execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);
    message->workflow_execution->workflow_id = arena_strdup(arena, "order-1");
    message->workflow_execution->run_id = arena_strdup(arena, "run-1");
    message->activity_type = PB_NEW(arena, Pb__ActivityType, pb__activity_type);
    message->activity_type->name = arena_strdup(arena, task->type == NULL ? "Charge" : task->type);
    message->activity_id = arena_strdup(arena, "5");
    message->attempt = task->attempt == 0 ? 1 : task->attempt;
    message->input = json_payloads(task->input);
    message->heartbeat_details = json_payloads(task->details);
    message->scheduled_time = pb_timestamp(arena, tl_driver_now(universe.driver) - TL_SECONDS(2));
    message->started_time = pb_timestamp(arena, tl_driver_now(universe.driver));
    message->start_to_close_timeout = pb_duration(arena, task->start_to_close);
    message->schedule_to_close_timeout = pb_duration(arena, task->schedule_to_close);
    message->heartbeat_timeout = pb_duration(arena, task->heartbeat);
    return message;
}

void universe_post_activity(const struct activity_task *task)
{
    scripted_reply(universe.scripted, RPC_PollActivityTaskQueue, task_message(task));
}

void universe_give_activity(const struct activity_task *task)
{
    universe_post_activity(task);
    universe_run();
}

void universe_give_empty_activity_poll(int32_t suggestion)
{
    Pb__PollActivityTaskQueueResponse *reply =
        SCRIPTED_NEW(universe.scripted, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);

    if (suggestion != 0) {
        reply->poller_scaling_decision =
            SCRIPTED_NEW(universe.scripted, Pb__PollerScalingDecision, pb__poller_scaling_decision);
        reply->poller_scaling_decision->poll_request_delta_suggestion = suggestion;
    }
    scripted_reply(universe.scripted, RPC_PollActivityTaskQueue, reply);
    universe_run();
}

void universe_describe_namespace(Pb__NamespaceInfo__Capabilities capabilities)
{
    Pb__DescribeNamespaceResponse *response =
        SCRIPTED_NEW(universe.scripted, Pb__DescribeNamespaceResponse, pb__describe_namespace_response);

    response->namespace_info = SCRIPTED_NEW(universe.scripted, Pb__NamespaceInfo, pb__namespace_info);
    response->namespace_info->capabilities = &capabilities;
    scripted_reply(universe.scripted, RPC_DescribeNamespace, response);
}

const char *universe_text(const Pb__Payloads *payloads)
{
    static char text[256];

    if (payloads == NULL || payloads->n_payloads == 0) {
        return NULL;
    }
    const ProtobufCBinaryData *data = &payloads->payloads[0]->data;
    (void)snprintf(text, sizeof(text), "%.*s", (int)data->len, data->data == NULL ? "" : (const char *)data->data);
    return text;
}

#define ALWAYS(Rpc, lower)                                                                                             \
    scripted_always(                                                                                                   \
        universe.scripted, RPC_##Rpc, SCRIPTED_NEW(universe.scripted, Pb__##Rpc##Response, pb__##lower##_response))

void universe_answer_activities(void)
{
    ALWAYS(RespondActivityTaskCompleted, respond_activity_task_completed);
    ALWAYS(RespondActivityTaskFailed, respond_activity_task_failed);
    ALWAYS(RespondActivityTaskCanceled, respond_activity_task_canceled);
    ALWAYS(RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
    ALWAYS(ShutdownWorker, shutdown_worker);
}

static enum tl_status
never_ends(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, TL_DAYS(1));
}

int universe_setup_endless(void **state)
{
    int result = universe_setup(state);

    tl_register_activity(universe.registry, "Charge", never_ends);
    universe_answer_activities();
    return result;
}
