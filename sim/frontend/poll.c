/* SPDX-License-Identifier: MIT */
#include "sim/frontend/poll.h"

#include <string.h>

#include "model/message.h"
#include "model/rpc.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/token.h"

/* ---- Waiting ---- */

void sim_poll_answer_empty(struct tl_call *poll)
{
    static const Pb__PollWorkflowTaskQueueResponse no_workflow_task = PB__POLL_WORKFLOW_TASK_QUEUE_RESPONSE__INIT;
    static const Pb__PollActivityTaskQueueResponse no_activity_task = PB__POLL_ACTIVITY_TASK_QUEUE_RESPONSE__INIT;

    if (poll->rpc->index == RPC_PollWorkflowTaskQueue) {
        sim_call_answer(poll, &no_workflow_task);
    } else {
        sim_call_answer(poll, &no_activity_task);
    }
}

static Pb__WorkerVersionStamp *version_stamp(struct arena *arena, const Pb__WorkerVersionCapabilities *capabilities)
{
    if (capabilities == NULL || pb_is_empty(capabilities->build_id)) {
        return NULL;
    }
    Pb__WorkerVersionStamp *stamp = PB_NEW(arena, Pb__WorkerVersionStamp, pb__worker_version_stamp);
    stamp->build_id = arena_strdup(arena, capabilities->build_id);
    stamp->use_versioning = capabilities->use_versioning;
    return stamp;
}

/* What the poll keeps of its request lives where its answer will. */
static void keep(struct poll *poll, struct arena *arena, const char *identity, const char *worker_instance_key)
{
    poll->identity = arena_strdup(arena, identity);
    poll->worker_instance_key = arena_strdup(arena, worker_instance_key);
}

static bool check_poll(
    struct tl_call *call, const char *identity, const Pb__TaskQueue *task_queue,
    const Pb__WorkerDeploymentOptions *options)
{
    struct tl_error error;

    if (sim_check_id(&error, "identity", identity, false) != TL_OK ||
        sim_check_task_queue(&error, "task_queue", task_queue) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    return sim_frontend_allow_deployment(call, options);
}

void sim_poll_workflow_task_queue(struct tl_call *call, const void *message)
{
    const Pb__PollWorkflowTaskQueueRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space == NULL || !check_poll(call, request->identity, request->task_queue, request->deployment_options)) {
        return;
    }
    enum queue_kind kind = request->task_queue->kind == TASK_QUEUE_KIND_STICKY ? QUEUE_STICKY : QUEUE_WORKFLOW;
    struct arena *arena = sim_call_arena(call);
    call->wait.poll.queue = sim_namespace_queue(space, kind, request->task_queue->name);
    keep(&call->wait.poll, arena, request->identity, request->worker_instance_key);
    call->wait.poll.worker_version = version_stamp(arena, request->worker_version_capabilities);
    sim_queue_poll(call->wait.poll.queue, call);
}

void sim_poll_activity_task_queue(struct tl_call *call, const void *message)
{
    const Pb__PollActivityTaskQueueRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space == NULL || !check_poll(call, request->identity, request->task_queue, request->deployment_options)) {
        return;
    }
    call->wait.poll.queue = sim_namespace_queue(space, QUEUE_ACTIVITY, request->task_queue->name);
    keep(&call->wait.poll, sim_call_arena(call), request->identity, request->worker_instance_key);
    sim_queue_poll(call->wait.poll.queue, call);
}

/* ---- Workflow tasks ---- */

/* The last page of a transient task's history ends with two events that are in no history yet. */
static void append_transient(Pb__History *history, struct arena *arena, const struct run *run, const char *identity)
{
    Pb__HistoryEvent **events = ARENA_ARRAY(arena, Pb__HistoryEvent *, history->n_events + 2);

    if (history->n_events > 0) {
        memcpy(events, history->events, history->n_events * sizeof(events[0]));
    }
    sim_workflow_task_transient_events(run, arena, identity, events + history->n_events);
    history->events = events;
    history->n_events += 2;
}

static void set_history(
    Pb__PollWorkflowTaskQueueResponse *response, struct arena *arena, const struct run *run, int64_t first,
    const char *identity)
{
    size_t count = run->history->count - (size_t)(first - 1);
    bool transient = sim_workflow_task_is_transient(run);

    if (count > PAGE_EVENTS) {
        const struct token token = {
            .kind = TOKEN_PAGE,
            .run = run->number,
            .first = first + PAGE_EVENTS,
            .second = sim_history_next_id(run->history),
            .attempt = transient ? run->task.attempt : 0,
        };
        response->next_page_token = sim_token_pack(run->sim, arena, &token);
        response->history = sim_history_slice(run->history, arena, first, PAGE_EVENTS);
        return;
    }
    response->history = sim_history_slice(run->history, arena, first, count);
    if (transient) {
        append_transient(response->history, arena, run, identity);
    }
}

Pb__PollWorkflowTaskQueueResponse *
sim_poll_workflow_response(struct tl_call *call, struct run *run, bool partial, const char *identity)
{
    struct arena *arena = sim_call_arena(call);
    const struct workflow_task *task = &run->task;
    Pb__PollWorkflowTaskQueueResponse *response =
        PB_NEW(arena, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);
    const struct token token = {
        .kind = TOKEN_WORKFLOW_TASK,
        .run = run->number,
        .first = task->scheduled_event_id,
        .second = task->started_event_id,
        .attempt = task->attempt,
    };

    response->task_token = sim_token_pack(run->sim, arena, &token);
    response->workflow_execution = sim_execution(arena, run->workflow_id, run->run_id);
    response->workflow_type = run->started->workflow_type;
    response->previous_started_event_id = run->last_completed_started_id;
    response->started_event_id = task->started_event_id;
    response->attempt = task->attempt;
    response->workflow_execution_task_queue = run->started->task_queue;
    response->scheduled_time = pb_timestamp(arena, task->scheduled_at);
    response->started_time = pb_timestamp(arena, task->started_at);
    set_history(response, arena, run, partial ? run->last_completed_started_id + 1 : 1, identity);
    sim_call_share(call, run->history);
    return response;
}

void sim_poll_give_workflow_task(struct queue_task *task, struct tl_call *poll)
{
    struct run *run = CONTAINER_OF(task, struct run, task.queued);
    const struct poll *wait = &poll->wait.poll;
    const struct task_start how = {
        .identity = wait->identity,
        .worker_version = wait->worker_version,
        .queue = wait->queue,
    };

    poll->subject = run->workflow_id;
    wait->queue->polled_at = sim_now(poll->sim);
    sim_workflow_task_start(run, &how);
    sim_run_commit(run);
    Pb__PollWorkflowTaskQueueResponse *response =
        sim_poll_workflow_response(poll, run, run->sticky != NULL, wait->identity);
    response->backlog_count_hint = (int64_t)wait->queue->task_count;
    sim_call_answer(poll, response);
    sim_call_deliver(poll);
}

/* ---- Activity tasks ---- */

static void
set_activity_times(Pb__PollActivityTaskQueueResponse *response, struct arena *arena, const struct activity *activity)
{
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;

    response->scheduled_time = pb_timestamp(arena, activity->first_scheduled_at);
    response->current_attempt_scheduled_time = pb_timestamp(arena, activity->scheduled_at);
    response->started_time = pb_timestamp(arena, activity->started_at);
    response->schedule_to_close_timeout = scheduled->schedule_to_close_timeout;
    response->start_to_close_timeout = scheduled->start_to_close_timeout;
    response->heartbeat_timeout = scheduled->heartbeat_timeout;
}

static Pb__PollActivityTaskQueueResponse *activity_response(struct tl_call *call, const struct activity *activity)
{
    struct arena *arena = sim_call_arena(call);
    struct run *run = activity->run;
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;
    Pb__PollActivityTaskQueueResponse *response =
        PB_NEW(arena, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);
    const struct token token = {
        .kind = TOKEN_ACTIVITY_TASK,
        .run = run->number,
        .first = activity->scheduled_event_id,
        .attempt = activity->attempt,
    };

    response->task_token = sim_token_pack(run->sim, arena, &token);
    response->workflow_namespace = arena_strdup(arena, run->space->name);
    response->workflow_type = run->started->workflow_type;
    response->workflow_execution = sim_execution(arena, run->workflow_id, run->run_id);
    response->activity_type = scheduled->activity_type;
    response->activity_id = scheduled->activity_id;
    response->header = scheduled->header;
    response->input = scheduled->input;
    response->heartbeat_details = message_clone(arena, activity->heartbeat_details);
    response->attempt = activity->attempt;
    response->retry_policy = scheduled->retry_policy;
    response->priority = scheduled->priority;
    set_activity_times(response, arena, activity);
    sim_call_share(call, run->history);
    return response;
}

void sim_poll_give_activity_task(struct queue_task *task, struct tl_call *poll)
{
    struct activity *activity = CONTAINER_OF(task, struct activity, queued);

    poll->subject = activity->run->workflow_id;
    poll->wait.poll.queue->polled_at = sim_now(poll->sim);
    sim_activity_start(activity, poll->wait.poll.identity);
    sim_run_commit(activity->run);
    sim_call_answer(poll, activity_response(poll, activity));
    sim_call_deliver(poll);
}

/* ---- Workers that go, and runs that should forget them ---- */

static const Pb__ShutdownWorkerResponse shut_down = PB__SHUTDOWN_WORKER_RESPONSE__INIT;
static const Pb__ResetStickyTaskQueueResponse reset = PB__RESET_STICKY_TASK_QUEUE_RESPONSE__INIT;

static void end_polls(struct name_space *space, enum queue_kind kind, const char *name, const char *key)
{
    struct queue *queue = pb_is_empty(name) ? NULL : map_get_string(&space->queues[kind], name);

    if (queue != NULL && !pb_is_empty(key)) {
        sim_queue_end_polls(queue, key);
    }
}

void sim_shutdown_worker(struct tl_call *call, const void *message)
{
    const Pb__ShutdownWorkerRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space == NULL) {
        return;
    }
    end_polls(space, QUEUE_WORKFLOW, request->task_queue, request->worker_instance_key);
    end_polls(space, QUEUE_ACTIVITY, request->task_queue, request->worker_instance_key);
    if (!pb_is_empty(request->sticky_task_queue)) {
        struct queue *sticky = map_get_string(&space->queues[QUEUE_STICKY], request->sticky_task_queue);
        end_polls(space, QUEUE_STICKY, request->sticky_task_queue, request->worker_instance_key);
        if (sticky != NULL) {
            sticky->shut_down = true;
        }
    }
    sim_call_answer(call, &shut_down);
}

void sim_reset_sticky_task_queue(struct tl_call *call, const void *message)
{
    const Pb__ResetStickyTaskQueueRequest *request = message;
    struct run *run = sim_frontend_open_run(call, request->namespace_, request->execution);

    if (run != NULL) {
        sim_run_clear_sticky(run);
        sim_call_answer(call, &reset);
    }
}
