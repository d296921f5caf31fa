/* SPDX-License-Identifier: MIT */
#include "sim/service/queue.h"

#include <string.h>

#include "model/rpc.h"
#include "sim/service/call.h"
#include "sim/service/gone_worker.h"
#include "sim/service/limits.h"
#include "sim/service/namespace.h"
#include "sim/service/sim.h"

struct queue *sim_queue_new(struct name_space *space, enum queue_kind kind, const char *name)
{
    struct pool *pool = space->sim->pool;
    struct queue *queue = pool_zalloc(pool, sizeof(*queue));
    size_t size = strlen(name) + 1;

    queue->space = space;
    queue->kind = kind;
    queue->name = pool_alloc(pool, size);
    memcpy(queue->name, name, size);
    queue->polled_at = INT64_MIN;
    queue->poll_came_at = INT64_MIN;
    list_init(&queue->tasks);
    list_init(&queue->polls);
    list_append(&space->sim->queues, &queue->all);
    return queue;
}

void sim_queue_free(struct queue *queue)
{
    struct pool *pool = queue->space->sim->pool;

    CHECK(queue->task_count == 0 && queue->poll_count == 0);
    list_remove(&queue->all);
    pool_free(pool, queue->name, strlen(queue->name) + 1);
    pool_free(pool, queue, sizeof(*queue));
}

static struct queue_task *task_of(struct list_node *node)
{
    return LIST_ITEM(node, struct queue_task, node);
}

static void trace_task(const struct queue *queue, enum tl_trace_kind kind, const struct queue_task *task)
{
    struct agenda *agenda = queue->space->sim->agenda;
    char name[256];

    if (agenda_traces(agenda, kind)) {
        task->name(&task->delivery, name, sizeof(name));
        agenda_trace(agenda, (struct tl_trace_event){.kind = kind, .name = queue->name, .detail = name});
    }
}

/* ---- Ranks ---- */

/* service/matching/config.go, clipPriority. */
uint8_t sim_queue_rank(const Pb__Priority *priority, bool is_query)
{
    int32_t key = priority == NULL || priority->priority_key == 0 ? PRIORITY_DEFAULT : priority->priority_key;

    key = key < 1 ? 1 : key;
    key = key > PRIORITY_LEVELS ? PRIORITY_LEVELS : key;
    return (uint8_t)(2 * (key - 1) + (is_query ? 0 : 1));
}

static void link_task(struct queue *queue, struct queue_task *task)
{
    int rank = task->rank;

    while (rank >= 0 && queue->last[rank] == NULL) {
        rank--;
    }
    if (rank < 0) {
        list_prepend(&queue->tasks, &task->node);
    } else {
        list_insert_before(queue->last[rank]->next, &task->node);
    }
    queue->last[task->rank] = &task->node;
    if (queue->unposted == NULL || task->rank < task_of(queue->unposted)->rank) {
        queue->unposted = &task->node;
    }
}

static void forget_last(struct queue *queue, const struct queue_task *task)
{
    struct list_node *before = task->node.prev;
    bool same = before != &queue->tasks.head && task_of(before)->rank == task->rank;

    if (queue->last[task->rank] == &task->node) {
        queue->last[task->rank] = same ? before : NULL;
    }
}

/* ---- Deliveries ---- */

static bool is_posted(const struct queue_task *task)
{
    return agenda_is_pending(&task->delivery);
}

static void skip_posted(struct queue *queue)
{
    while (queue->unposted != NULL && is_posted(task_of(queue->unposted))) {
        queue->unposted = list_next(&queue->tasks, queue->unposted);
    }
}

static void unlink_task(struct queue *queue, struct queue_task *task)
{
    if (queue->unposted == &task->node) {
        queue->unposted = list_next(&queue->tasks, &task->node);
    }
    forget_last(queue, task);
    list_remove(&task->node);
    queue->task_count--;
    if (queue->task_count == 0) {
        list_remove(&queue->filled);
    }
    task->queue = NULL;
}

static void match(struct queue *queue);

/* The poll that it was meant for may be gone: then the task goes on waiting, where it stood. */
static void deliver(struct agenda_item *item)
{
    struct queue_task *task = CONTAINER_OF(item, struct queue_task, delivery);
    struct queue *queue = task->queue;
    struct list_node *poll = list_first(&queue->polls);

    queue->posted--;
    if (poll == NULL) {
        queue->unposted = list_first(&queue->tasks);
        skip_posted(queue);
        return;
    }
    trace_task(queue, TL_TRACE_SERVICE_TASK_MATCHED, task);
    unlink_task(queue, task);
    if (!task->give(task, LIST_ITEM(poll, struct tl_call, waiting))) {
        match(queue);
    }
}

static void match(struct queue *queue)
{
    skip_posted(queue);
    while (queue->unposted != NULL && queue->posted < queue->poll_count) {
        struct queue_task *task = task_of(queue->unposted);
        task->delivery.run = deliver;
        task->delivery.name = task->name;
        agenda_post(queue->space->sim->agenda, &task->delivery);
        queue->posted++;
        skip_posted(queue);
    }
}

/* ---- Tasks ---- */

void sim_queue_add(struct queue *queue, struct queue_task *task)
{
    CHECK(task->queue == NULL);
    task->queue = queue;
    link_task(queue, task);
    if (queue->task_count == 0 && queue->kind != QUEUE_WITHHELD) {
        list_append(&queue->space->sim->filled, &queue->filled);
    }
    queue->task_count++;
    trace_task(queue, TL_TRACE_SERVICE_TASK_ADDED, task);
    match(queue);
}

void sim_queue_remove(struct queue_task *task)
{
    struct queue *queue = task->queue;

    if (queue == NULL) {
        return;
    }
    if (is_posted(task)) {
        agenda_cancel(queue->space->sim->agenda, &task->delivery);
        queue->posted--;
    }
    unlink_task(queue, task);
    match(queue);
}

/* ---- Polls ---- */

/* The reply without a task. */
static void answer_empty(struct tl_call *poll)
{
    static const Pb__PollWorkflowTaskQueueResponse no_workflow_task = PB__POLL_WORKFLOW_TASK_QUEUE_RESPONSE__INIT;
    static const Pb__PollActivityTaskQueueResponse no_activity_task = PB__POLL_ACTIVITY_TASK_QUEUE_RESPONSE__INIT;

    if (poll->rpc->index == RPC_PollWorkflowTaskQueue) {
        sim_call_answer(poll, &no_workflow_task);
    } else {
        sim_call_answer(poll, &no_activity_task);
    }
}

static void end_poll(struct tl_call *poll)
{
    sim_queue_note(poll->wait.poll.queue, poll);
    answer_empty(poll);
}

void sim_queue_note(struct queue *queue, const struct tl_call *poll)
{
    if (poll->wait.poll.identity[0] != '\0') {
        queue->polled_at = sim_now(poll->sim);
    }
}

/* How long it may wait: common/contextutil/deadline.go, WithDeadlineBuffer. */
static tl_duration time_of(const struct tl_call *poll)
{
    tl_duration left = poll->deadline - sim_now(poll->sim) - POLL_RESERVE;

    return poll->deadline != 0 && left < LIMIT_TASK_POLL ? left : LIMIT_TASK_POLL;
}

void sim_queue_poll(struct queue *queue, struct tl_call *poll)
{
    if (sim_gone_worker_has(queue->space, poll->wait.poll.worker_instance_key)) {
        answer_empty(poll);
        return;
    }
    sim_queue_note(queue, poll);
    queue->poll_came_at = sim_now(poll->sim);
    queue->shut_down = false;
    queue->deserted = false;
    queue->last_peer = poll->peer;
    sim_call_wait(poll, &queue->polls, &queue->poll_count, time_of(poll), end_poll);
    match(queue);
}

bool sim_queue_is_served(const struct queue *queue)
{
    if (queue->shut_down) {
        return false;
    }
    return queue->poll_count > 0 || queue->polled_at > sim_now(queue->space->sim) - STICKY_WINDOW;
}

/* Polls that are cut off leave no trace. */
void sim_queue_end_polls(struct queue *queue, const char *worker_instance_key)
{
    LIST_EACH(&queue->polls, node)
    {
        struct tl_call *poll = LIST_ITEM(node, struct tl_call, waiting);
        if (worker_instance_key == NULL || strcmp(poll->wait.poll.worker_instance_key, worker_instance_key) == 0) {
            answer_empty(poll);
        }
    }
}

void sim_queue_leave(struct queue *queue)
{
    if (queue != NULL && queue->poll_count == 0) {
        queue->deserted = true;
    }
}

void sim_queue_unload(struct queue *queue)
{
    sim_queue_end_polls(queue, NULL);
    queue->shut_down = true;
    LIST_EACH(&queue->tasks, node)
    {
        struct queue_task *task = task_of(node);
        if (task->on_unload != NULL) {
            task->on_unload(task);
        }
    }
}
