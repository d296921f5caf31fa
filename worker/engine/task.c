/* SPDX-License-Identifier: MIT */
#include "worker/engine/task.h"

#include <string.h>

#include "base/pool.h"
#include "worker/engine/state.h"

struct task *task_new(struct engine *engine, struct tl_reply *reply, const Pb__PollWorkflowTaskQueueResponse *poll)
{
    struct task *task = pool_zalloc(engine->settings.pool, sizeof *task);

    task->engine = engine;
    task->poll = poll;
    arena_init(&task->arena, engine->settings.pool);
    list_append(&engine->tasks, &task->node);
    engine->task_count++;
    task_hold(task, reply);
    (void)task_add_events(task, poll->history);
    return task;
}

void task_free(struct task *task)
{
    struct pool *pool = task->arena.pool;

    for (struct held_reply *held = task->held; held != NULL; held = held->next) {
        tl_reply_unref(held->reply);
    }
    call_free(task->call);
    list_remove(&task->node);
    task->engine->task_count--;
    arena_done(&task->arena);
    pool_free(pool, task, sizeof *task);
}

void task_hold(struct task *task, struct tl_reply *reply)
{
    struct held_reply *held = ARENA_NEW(&task->arena, struct held_reply);

    *held = (struct held_reply){.next = task->held, .reply = reply};
    task->held = held;
}

/* Room for more events behind those there are; the first page is borrowed until a second one comes. */
static void make_room(struct task *task, size_t more)
{
    size_t capacity = 2 * (task->count + more);

    if (task->count + more <= task->capacity) {
        return;
    }
    Pb__HistoryEvent **events = arena_alloc(&task->arena, capacity * sizeof *events);
    memcpy(events, task->events, task->count * sizeof *events);
    task->events = events;
    task->capacity = capacity;
}

/* How many events there are up to the first one that is missing: nothing behind it can follow. */
static size_t count_events(const Pb__History *history)
{
    size_t count = 0;

    if (history != NULL && history->events != NULL) {
        while (count < history->n_events && history->events[count] != NULL) {
            count++;
        }
    }
    return count;
}

size_t task_add_events(struct task *task, const Pb__History *history)
{
    size_t count = count_events(history);
    size_t begin = 0;

    if (task->count == 0) {
        task->events = count == 0 ? NULL : history->events;
        task->count = count;
        task->capacity = 0;
        return count;
    }
    while (begin < count && history->events[begin]->event_id <= task->events[task->count - 1]->event_id) {
        begin++;
    }
    if (begin < count) {
        make_room(task, count - begin);
        memcpy(task->events + task->count, history->events + begin, (count - begin) * sizeof *task->events);
        task->count += count - begin;
    }
    return count - begin;
}

static void deliver(struct call *call, struct tl_reply *reply)
{
    struct task *task = call->user;

    task->on_reply(task, reply);
}

void task_call(
    struct task *task, enum rpc rpc, const void *request, void (*on_reply)(struct task *task, struct tl_reply *reply))
{
    if (task->call == NULL) {
        task->call = call_new(&task->engine->party, deliver, task);
    }
    task->on_reply = on_reply;
    call_send(task->call, &(struct call_question){.rpc = rpc, .message = request, .patience = CALL_RETRY});
}

const char *task_run_id(const struct task *task)
{
    const Pb__WorkflowExecution *execution = task->poll->workflow_execution;

    return execution == NULL || execution->run_id == NULL ? "" : execution->run_id;
}

const char *task_workflow_id(const struct task *task)
{
    const Pb__WorkflowExecution *execution = task->poll->workflow_execution;

    return execution == NULL || execution->workflow_id == NULL ? "" : execution->workflow_id;
}
