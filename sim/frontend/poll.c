/* SPDX-License-Identifier: MIT */
#include "sim/frontend/poll.h"

#include "sim/frontend/frontend.h"
#include "sim/service/call.h"
#include "sim/service/gone_worker.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/run.h"

/* ---- Waiting ---- */

static Pb__WorkerVersionStamp *version_stamp(struct arena *arena, const Pb__WorkerVersionCapabilities *capabilities)
{
    if (capabilities == NULL || pb_is_empty(capabilities->build_id)) {
        return NULL;
    }
    Pb__WorkerVersionStamp *stamp = PB_NEW(arena, Pb__WorkerVersionStamp, pb__worker_version_stamp);
    stamp->build_id = arena_strdup(arena, capabilities->build_id);
    return stamp;
}

/* What the poll keeps of its request lives where its answer will. */
static void keep(struct poll *poll, struct arena *arena, const char *identity, const char *worker_instance_key)
{
    poll->identity = arena_strdup(arena, identity);
    poll->worker_instance_key = arena_strdup(arena, worker_instance_key);
}

/* Queues are not split by builds, so a worker that wants its own is told. */
static bool allow_versions(
    struct tl_call *call, const Pb__WorkerVersionCapabilities *capabilities, const Pb__WorkerDeploymentOptions *options)
{
    if (capabilities != NULL && capabilities->use_versioning) {
        sim_call_refuse(call, TL_UNSUPPORTED, "worker_version_capabilities.use_versioning is not supported");
        return false;
    }
    return sim_frontend_allow_deployment(call, options);
}

static bool check_poll(struct tl_call *call, const char *identity, const Pb__TaskQueue *task_queue)
{
    struct tl_error error;

    if (call->deadline != 0 && call->deadline - sim_now(call->sim) < POLL_LEAST) {
        sim_call_refuse(call, TL_FAILED_PRECONDITION, "Context timeout is too short.");
        return false;
    }
    if (sim_check_id(&error, "identity", identity, false) != TL_OK ||
        sim_check_task_queue(&error, "task_queue", task_queue) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    return true;
}

void sim_poll_workflow_task_queue(struct tl_call *call, const void *message)
{
    const Pb__PollWorkflowTaskQueueRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space == NULL || !check_poll(call, request->identity, request->task_queue) ||
        !allow_versions(call, request->worker_version_capabilities, request->deployment_options)) {
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

    if (space == NULL || !check_poll(call, request->identity, request->task_queue) ||
        !allow_versions(call, request->worker_version_capabilities, request->deployment_options)) {
        return;
    }
    call->wait.poll.queue = sim_namespace_queue(space, QUEUE_ACTIVITY, request->task_queue->name);
    keep(&call->wait.poll, sim_call_arena(call), request->identity, request->worker_instance_key);
    sim_queue_poll(call->wait.poll.queue, call);
}

/* ---- Workers that go, and runs that should forget them ---- */

static const Pb__ShutdownWorkerResponse shut_down = PB__SHUTDOWN_WORKER_RESPONSE__INIT;
static const Pb__ResetStickyTaskQueueResponse reset = PB__RESET_STICKY_TASK_QUEUE_RESPONSE__INIT;

/* One matching host serves all queues, so that all polls of the worker end, whichever it named. */
static void end_polls(struct name_space *space, const char *key)
{
    sim_gone_worker_add(space, key);
    for (size_t kind = 0; kind < QUEUE_KINDS; kind++) {
        const struct map *queues = &space->queues[kind];
        for (struct map_entry *entry = map_next(queues, NULL); entry != NULL; entry = map_next(queues, entry)) {
            sim_queue_end_polls(entry->value, key);
        }
    }
}

/* service/frontend/workflow_handler.go, ShutdownWorker, with frontend.enableCancelWorkerPollsOnShutdown. */
void sim_shutdown_worker(struct tl_call *call, const void *message)
{
    const Pb__ShutdownWorkerRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space == NULL) {
        return;
    }
    if (!pb_is_empty(request->worker_instance_key) && !pb_is_empty(request->task_queue)) {
        end_polls(space, request->worker_instance_key);
    }
    sim_queue_leave(map_get_string(&space->queues[QUEUE_WORKFLOW], request->task_queue));
    sim_queue_leave(map_get_string(&space->queues[QUEUE_ACTIVITY], request->task_queue));
    struct queue *sticky = map_get_string(&space->queues[QUEUE_STICKY], request->sticky_task_queue);
    if (sticky != NULL) {
        sim_queue_unload(sticky);
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
