/* SPDX-License-Identifier: MIT */
/* A worker that begins and stops: in the order that loses no task, and never later than what is under way wants. */
#include "worker/engine/worker.h"
#include "worker/runtime/clock.h"

/* Polls last for a minute: whoever stops does not wait for a service that leaves them, or does not answer at all. */
#define FAREWELL  TL_SECONDS(10) /* as long as sdk-go waits for any answer */
#define POLLS_END TL_SECONDS(5)

void worker_look_again(struct tl_worker *worker)
{
    if (worker->state == WORKER_STOPPING) {
        agenda_post(&worker->driver->agenda, &worker->proceed);
    }
}

/* ---- The service is told ---- */

void worker_on_polls_overdue(struct agenda_item *item)
{
    struct tl_worker *worker = CONTAINER_OF(item, struct tl_worker, polls_overdue);

    polling_recall(&worker->polling);
}

/*
 * A service ends polls before it answers, so that they are on their way now; but it does so as best it can
 * (service/frontend/workflow_handler.go, ShutdownWorker), and one that did not hear ends none.
 */
static void on_farewell(struct call *call, struct tl_reply *reply)
{
    struct tl_worker *worker = call->user;
    struct agenda *agenda = &worker->driver->agenda;

    worker->farewell_heard = true;
    if (reply->status != TL_OK) {
        polling_recall(&worker->polling);
    } else if (polling_is_under_way(&worker->polling)) {
        agenda_at(agenda, &worker->polls_overdue, clock_after(agenda->now, POLLS_END), TL_DEADLINE_WAKING);
    }
    worker_look_again(worker);
}

static size_t list_types(const struct tl_worker *worker, Pb__TaskQueueType *types)
{
    size_t count = 0;

    if (worker->runs_workflows) {
        types[count++] = TASK_QUEUE_TYPE_WORKFLOW;
    }
    if (worker->runs_activities) {
        types[count++] = TASK_QUEUE_TYPE_ACTIVITY;
    }
    return count;
}

/* Once, whatever comes back: without it the sticky queue's tasks wait for their timeout. */
static void say_goodbye(struct tl_worker *worker)
{
    struct arena arena;

    arena_init(&arena, worker->arena.pool);
    Pb__ShutdownWorkerRequest *request = PB_NEW(&arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);
    Pb__TaskQueueType types[2];
    request->namespace_ = worker->name_space;
    request->identity = worker->identity;
    if (worker->sticky_queue != NULL) {
        request->sticky_task_queue = worker->sticky_queue;
    }
    request->reason = arena_strdup(&arena, "graceful shutdown");
    request->worker_instance_key = worker->instance_key;
    request->task_queue = worker->task_queue;
    request->task_queue_types = types;
    request->n_task_queue_types = list_types(worker, types);
    worker->farewell = call_new(&worker->party, on_farewell, worker);
    call_send(
        worker->farewell,
        &(struct call_question){
            .rpc = RPC_ShutdownWorker, .message = request, .timeout = FAREWELL, .patience = CALL_ONCE});
    arena_done(&arena);
}

/* ---- The order ---- */

void worker_on_grace_over(struct agenda_item *item)
{
    struct tl_worker *worker = CONTAINER_OF(item, struct tl_worker, grace);

    attempts_shut_down(&worker->attempts);
}

/*
 * The order of sdk-core (worker/mod.rs, initiate_shutdown and shutdown): no more eager tasks, which the state says; no
 * more polls; the service is told. It ends the polls under way where it can, so that it gives them no task which nobody
 * would hear of. What runs is waited for all the while.
 */
static void begin_stop(struct tl_worker *worker)
{
    struct agenda *agenda = &worker->driver->agenda;

    worker->state = WORKER_STOPPING;
    polling_stop(&worker->polling);
    for (size_t i = 0; i < worker->shard_count; i++) {
        engine_leave(worker->shards[i]);
    }
    say_goodbye(worker);
    if (!worker->capabilities.ends_polls) {
        polling_recall(&worker->polling);
    }
    if (worker->stop_grace > 0) {
        agenda_at(agenda, &worker->grace, clock_after(agenda->now, worker->stop_grace), TL_DEADLINE_WAKING);
    }
}

/* Polls under way hold slots too. */
static bool is_drained(const struct tl_worker *worker)
{
    return worker->workflow_slots.used == 0 && worker->activity_slots.used == 0;
}

void worker_on_proceed(struct agenda_item *item)
{
    struct tl_worker *worker = CONTAINER_OF(item, struct tl_worker, proceed);

    if (worker->state == WORKER_NEW && !worker->stop_asked) {
        worker->state = WORKER_RUNNING;
        polling_pump(&worker->polling);
        capabilities_ask(&worker->capabilities, &worker->party, &worker->arena, worker->name_space);
    }
    if (worker->state < WORKER_STOPPING && worker->stop_asked) {
        begin_stop(worker);
    }
    if (worker->state == WORKER_STOPPING && worker->farewell_heard && is_drained(worker)) {
        agenda_cancel(&worker->driver->agenda, &worker->grace);
        agenda_cancel(&worker->driver->agenda, &worker->polls_overdue);
        worker->state = WORKER_STOPPED;
        __atomic_store_n(&worker->has_stopped, true, __ATOMIC_RELEASE);
    }
}

void worker_stop(struct tl_worker *worker)
{
    unsigned held = driver_lock(worker->driver);

    if (!worker->stop_asked) {
        worker->stop_asked = true;
        agenda_post(&worker->driver->agenda, &worker->proceed);
    }
    driver_unlock(worker->driver, held);
}
