/* SPDX-License-Identifier: MIT */
#include "sim/service/run.h"

#include <string.h>

#include "model/event.h"
#include "model/message.h"
#include "sim/service/call.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

#define RUNS_FIRST 64

/* ---- Life ---- */

static void number_run(struct tl_sim *sim, struct run *run)
{
    if (sim->run_count == sim->run_capacity) {
        size_t capacity = sim->run_capacity == 0 ? RUNS_FIRST : sim->run_capacity * 2;
        struct run **runs = pool_alloc(sim->pool, capacity * sizeof(struct run *));
        if (sim->run_count > 0) {
            memcpy(runs, sim->runs, sim->run_count * sizeof(struct run *));
        }
        pool_free(sim->pool, sim->runs, sim->run_capacity * sizeof(struct run *));
        sim->runs = runs;
        sim->run_capacity = capacity;
    }
    run->number = sim->run_count;
    sim->runs[sim->run_count++] = run;
}

static void init_collections(struct run *run, struct pool *pool)
{
    map_init(&run->activities, pool);
    map_init(&run->activity_ids, pool);
    heap_init(&run->activity_dues, pool);
    map_init(&run->timers, pool);
    heap_init(&run->timer_dues, pool);
    map_init(&run->signal_ids, pool);
    map_init(&run->request_ids, pool);
    list_init(&run->waiters);
    list_init(&run->queries);
}

struct run *sim_run_new(struct name_space *space, const char *workflow_id, const char *run_id)
{
    struct tl_sim *sim = space->sim;
    struct run *run = pool_zalloc(sim->pool, sizeof(*run));

    run->sim = sim;
    run->space = space;
    init_collections(run, sim->pool);
    run->status = WORKFLOW_EXECUTION_STATUS_RUNNING;
    run->started_at = sim_run_now(run);
    run->task.attempt = 1;
    number_run(sim, run);
    run->history = sim_history_new(sim->pool);
    run->workflow_id = sim_history_text(run->history, workflow_id);
    run->run_id = sim_history_text(run->history, run_id);
    map_put_string(&space->runs, run->run_id, run);
    map_put_string(&space->current, run->workflow_id, run);
    sim->open_runs++;
    return run;
}

void sim_run_free(struct run *run)
{
    struct pool *pool = run->sim->pool;

    list_remove(&run->changed);
    map_done(&run->activities);
    map_done(&run->activity_ids);
    heap_done(&run->activity_dues);
    map_done(&run->timers);
    heap_done(&run->timer_dues);
    map_done(&run->signal_ids);
    map_done(&run->request_ids);
    pool_free(pool, run->buffered, run->buffered_capacity * sizeof(struct buffered));
    sim_history_unref(run->history);
    pool_free(pool, run, sizeof(*run));
}

/* ---- Events ---- */

Pb__HistoryEvent *sim_run_event(struct run *run)
{
    return sim_event_new(run->history, sim_run_now(run));
}

Pb__HistoryEvent *sim_run_command_event(struct run *run, const Pb__Command *command)
{
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);

    event->user_metadata = message_clone(arena, command->user_metadata);
    if (command->n_event_group_markers > 0) {
        event->n_event_group_markers = command->n_event_group_markers;
        event->event_group_markers = ARENA_ARRAY(arena, Pb__EventGroupMarker *, command->n_event_group_markers);
        for (size_t i = 0; i < command->n_event_group_markers; i++) {
            event->event_group_markers[i] = message_clone(arena, command->event_group_markers[i]);
        }
    }
    return event;
}

static void trace_event(const struct run *run, const Pb__HistoryEvent *event)
{
    char name[EVENT_TYPE_NAME_SIZE];

    agenda_trace(
        run->sim->agenda,
        (struct tl_trace_event){
            .kind = TL_TRACE_SERVICE_EVENT_ADDED,
            .workflow_id = run->workflow_id,
            .run_id = run->run_id,
            .event_id = event->event_id,
            .name = event_type_name(event->event_type, name, sizeof(name)),
            .data = event,
        });
}

void sim_run_add(struct run *run, Pb__HistoryEvent *event)
{
    sim_history_append(run->history, event, run->sim->last_task_id++);
    if (agenda_traces(run->sim->agenda, TL_TRACE_SERVICE_EVENT_ADDED)) {
        trace_event(run, event);
    }
}

/* ---- Deadlines ---- */

bool sim_run_arm(struct run *run, struct agenda_item *item, tl_time at)
{
    if (run->expires_at != 0 && at >= run->expires_at) {
        agenda_cancel(run->sim->agenda, item);
        return false;
    }
    agenda_at(run->sim->agenda, item, at - run->offset, TL_DEADLINE_WAKING);
    return true;
}

void sim_run_disarm(struct run *run, struct agenda_item *item)
{
    agenda_cancel(run->sim->agenda, item);
}

/* ---- The sticky queue ---- */

void sim_run_set_sticky(struct run *run, const Pb__StickyExecutionAttributes *attributes)
{
    const Pb__TaskQueue *wanted = attributes->worker_task_queue;

    run->sticky_timeout = pb_nanoseconds(attributes->schedule_to_start_timeout);
    if (run->sticky != NULL && strcmp(run->sticky->name, wanted->name) == 0) {
        return;
    }
    run->sticky = sim_namespace_queue(run->space, QUEUE_STICKY, wanted->name);
    if (run->sticky_queue == NULL || strcmp(run->sticky_queue->name, wanted->name) != 0) {
        run->sticky_queue =
            sim_task_queue(&run->history->arena, wanted->name, TASK_QUEUE_KIND_STICKY, run->queue->name);
    }
}

void sim_run_clear_sticky(struct run *run)
{
    run->sticky = NULL;
}

Pb__TaskQueue *sim_run_task_queue(const struct run *run)
{
    return run->sticky != NULL ? run->sticky_queue : run->started->task_queue;
}
