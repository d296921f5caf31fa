/* SPDX-License-Identifier: MIT */
/* Tasks that come without a poll: with the answer to a completion, or to a start. */
#include "base/pool.h"
#include "worker/engine/worker.h"

/* ---- Activities ---- */

/* Counts as one that was asked for, where the worker has a rate. */
static bool reserve_activity(void *user)
{
    struct tl_worker *worker = user;
    tl_time now = worker->driver->agenda.now;

    if (worker->state != WORKER_RUNNING || !pace_has_turn(&worker->activity_pace, now) ||
        !slots_reserve(&worker->activity_slots, SLOT_EAGER)) {
        return false;
    }
    pace_take_turn(&worker->activity_pace, now);
    return true;
}

static void take_activity(void *user, struct tl_reply *reply, const Pb__PollActivityTaskQueueResponse *task)
{
    struct tl_worker *worker = user;

    attempts_take(&worker->attempts, reply, task);
}

const struct engine_eager worker_eager_activities = {
    .reserve = reserve_activity, .release = worker_on_activity_done, .take = take_activity};

/* ---- Workflow tasks ---- */

static struct tl_worker *worker_of(struct eager_host *host)
{
    return CONTAINER_OF(host, struct tl_worker, host);
}

static bool reserve_workflow_task(struct eager_host *host)
{
    struct tl_worker *worker = worker_of(host);

    return worker->state == WORKER_RUNNING && worker->capabilities.eager_workflow_start &&
           slots_reserve(&worker->workflow_slots, SLOT_EAGER);
}

static void release_workflow_task(struct eager_host *host)
{
    struct tl_worker *worker = worker_of(host);

    slots_release(&worker->workflow_slots);
    tl_worker_slots_changed(worker);
}

/* Whoever starts a workflow may stand on a coroutine: the task waits for a step of its own. */
static void
take_workflow_task(struct eager_host *host, struct tl_reply *reply, const Pb__PollWorkflowTaskQueueResponse *task)
{
    struct tl_worker *worker = worker_of(host);
    struct eager_task *eager = pool_zalloc(worker->driver->pool, sizeof *eager);

    eager->reply = reply;
    eager->task = task;
    list_append(&worker->eager_tasks, &eager->node);
    agenda_post(&worker->driver->agenda, &worker->eager);
}

static struct eager_task *next_task(struct tl_worker *worker)
{
    struct list_node *node = list_first(&worker->eager_tasks);

    list_remove(node);
    return LIST_ITEM(node, struct eager_task, node);
}

static void on_eager(struct agenda_item *item)
{
    struct tl_worker *worker = CONTAINER_OF(item, struct tl_worker, eager);
    struct pool *pool = worker->driver->pool;

    while (!list_is_empty(&worker->eager_tasks)) {
        struct eager_task *eager = next_task(worker);
        struct tl_reply *reply = eager->reply;
        const Pb__PollWorkflowTaskQueueResponse *task = eager->task;

        pool_free(pool, eager, sizeof *eager);
        engine_take(worker_shard(worker, task->workflow_execution), reply, task);
    }
}

/* ---- Life ---- */

void worker_eager_init(struct tl_worker *worker)
{
    list_init(&worker->eager_tasks);
    worker->eager.run = on_eager;
    worker->host = (struct eager_host){
        .service = worker->party.service,
        .name_space = worker->name_space,
        .task_queue = worker->task_queue,
        .reserve = reserve_workflow_task,
        .take = take_workflow_task,
        .release = release_workflow_task,
    };
    if (worker->runs_workflows) {
        eager_host_add(worker->driver, &worker->host);
    }
}

void worker_eager_done(struct tl_worker *worker)
{
    eager_host_remove(&worker->host);
    agenda_cancel(&worker->driver->agenda, &worker->eager);
    while (!list_is_empty(&worker->eager_tasks)) {
        struct eager_task *eager = next_task(worker);

        tl_reply_unref(eager->reply);
        pool_free(worker->driver->pool, eager, sizeof *eager);
    }
}
