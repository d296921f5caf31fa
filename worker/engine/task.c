/* SPDX-License-Identifier: MIT */
#include "worker/engine/task.h"

#include <string.h>

#include "base/pool.h"
#include "model/rpc.h"
#include "worker/engine/state.h"

struct task *task_new(struct engine *engine, struct tl_reply *reply, const Pb__PollWorkflowTaskQueueResponse *poll)
{
    struct task *task = pool_zalloc(engine->settings.pool, sizeof *task);

    task->engine = engine;
    task->poll = poll;
    arena_init(&task->arena, engine->settings.pool);
    task_hold(task, reply);
    if (poll->history != NULL) {
        task_add_events(task, poll->history);
    }
    list_append(&engine->tasks, &task->node);
    engine->task_count++;
    return task;
}

void task_free(struct task *task)
{
    struct pool *pool = task->arena.pool;

    for (struct held_reply *held = task->held; held != NULL; held = held->next) {
        tl_reply_unref(held->reply);
    }
    if (task->engine != NULL) {
        list_remove(&task->node);
        task->engine->task_count--;
    }
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

void task_add_events(struct task *task, const Pb__History *history)
{
    if (task->count == 0) {
        task->events = history->events;
        task->count = history->n_events;
        task->capacity = 0;
        return;
    }
    if (history->n_events > 0) {
        make_room(task, history->n_events);
        memcpy(task->events + task->count, history->events, history->n_events * sizeof *task->events);
        task->count += history->n_events;
    }
}

/* One call's way back to its task. */
struct task_call {
    struct task *task;
    void (*on_reply)(struct task *task, struct tl_reply *reply);
};

static void deliver(void *user, struct tl_reply *reply)
{
    struct task_call *call = user;
    struct task *task = call->task;

    task->call = NULL;
    if (task->engine == NULL) { /* the engine went while the call was under way */
        tl_reply_unref(reply);
        task_free(task);
        return;
    }
    call->on_reply(task, reply);
}

void task_call(
    struct task *task, unsigned rpc, const ProtobufCMessage *request,
    void (*on_reply)(struct task *task, struct tl_reply *reply))
{
    struct task_call *call = ARENA_NEW(&task->arena, struct task_call);
    const struct tl_request ask = {.rpc = &rpc_table[rpc], .message = request};

    *call = (struct task_call){.task = task, .on_reply = on_reply};
    if (tl_service_call(task->engine->settings.service, &ask, deliver, call, &task->call) != TL_OK) {
        engine_end_task(task, false); /* the service has stopped: there is nobody to answer */
    }
}

const char *task_run_id(const struct task *task)
{
    return task->poll->workflow_execution->run_id;
}

const char *task_workflow_id(const struct task *task)
{
    return task->poll->workflow_execution->workflow_id;
}
