/* SPDX-License-Identifier: MIT */
#include "sim/service/run.h"

#include <string.h>

#include "model/event.h"
#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/clock.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

#define RUNS_FIRST     64
#define BUFFERED_FIRST 4

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

    sim_run_drop_pending(run);
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

void sim_run_buffer(struct run *run, Pb__HistoryEvent *event, const Pb__HistoryEvent *started)
{
    if (run->buffered_count == run->buffered_capacity) {
        struct pool *pool = run->sim->pool;
        size_t capacity = run->buffered_capacity == 0 ? BUFFERED_FIRST : run->buffered_capacity * 2;
        struct buffered *buffered = pool_alloc(pool, capacity * sizeof(*buffered));
        if (run->buffered_count > 0) {
            memcpy(buffered, run->buffered, run->buffered_count * sizeof(*buffered));
        }
        pool_free(pool, run->buffered, run->buffered_capacity * sizeof(*buffered));
        run->buffered = buffered;
        run->buffered_capacity = capacity;
    }
    run->buffered[run->buffered_count++] = (struct buffered){.event = event, .started = started};
    if (sim_workflow_task_is_started(run)) { /* else it goes to the history in this transaction */
        run->buffered_bytes += (int64_t)event_size(event);
    }
}

/* The scheduled event of the activity that this event ends, or 0. */
static int64_t ended_activity(const Pb__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        return event->activity_task_completed_event_attributes->scheduled_event_id;
    case EVENT_TYPE_ACTIVITY_TASK_FAILED:
        return event->activity_task_failed_event_attributes->scheduled_event_id;
    case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
        return event->activity_task_timed_out_event_attributes->scheduled_event_id;
    case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
        return event->activity_task_canceled_event_attributes->scheduled_event_id;
    default:
        return 0;
    }
}

static void wire_started_id(Pb__HistoryEvent *event, int64_t started_event_id)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        event->activity_task_completed_event_attributes->started_event_id = started_event_id;
        break;
    case EVENT_TYPE_ACTIVITY_TASK_FAILED:
        event->activity_task_failed_event_attributes->started_event_id = started_event_id;
        break;
    case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
        event->activity_task_timed_out_event_attributes->started_event_id = started_event_id;
        break;
    case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
        event->activity_task_canceled_event_attributes->started_event_id = started_event_id;
        break;
    default:
        break;
    }
}

static void flush_some(struct run *run, bool ends)
{
    for (size_t i = 0; i < run->buffered_count; i++) {
        const struct buffered *buffered = &run->buffered[i];
        if ((ended_activity(buffered->event) != 0) != ends) {
            continue;
        }
        if (buffered->started != NULL) {
            wire_started_id(buffered->event, buffered->started->event_id);
        }
        sim_run_add(run, buffered->event);
    }
}

void sim_run_flush(struct run *run)
{
    if (run->buffered_count > 0) {
        flush_some(run, false);
        flush_some(run, true);
        run->buffered_count = 0;
        run->buffered_bytes = 0;
    }
}

static size_t find_buffered_timer(const struct run *run, const char *timer_id)
{
    size_t i = 0;

    while (i < run->buffered_count) {
        const Pb__HistoryEvent *event = run->buffered[i].event;
        if (event->event_type == EVENT_TYPE_TIMER_FIRED &&
            strcmp(event->timer_fired_event_attributes->timer_id, timer_id) == 0) {
            break;
        }
        i++;
    }
    return i;
}

bool sim_run_has_buffered_timer(const struct run *run, const char *timer_id)
{
    return find_buffered_timer(run, timer_id) < run->buffered_count;
}

int64_t sim_run_unbuffer_timer(struct run *run, const char *timer_id)
{
    size_t place = find_buffered_timer(run, timer_id);

    if (place == run->buffered_count) {
        return 0;
    }
    int64_t started_event_id = run->buffered[place].event->timer_fired_event_attributes->started_event_id;
    run->buffered_bytes -= (int64_t)event_size(run->buffered[place].event);
    run->mark.buffered_count -= place < run->mark.buffered_count ? 1 : 0;
    run->buffered_count--;
    memmove(&run->buffered[place], &run->buffered[place + 1], (run->buffered_count - place) * sizeof(run->buffered[0]));
    return started_event_id;
}

bool sim_run_has_buffered_end(const struct run *run, int64_t scheduled_event_id)
{
    for (size_t i = 0; i < run->buffered_count; i++) {
        if (ended_activity(run->buffered[i].event) == scheduled_event_id) {
            return true;
        }
    }
    return false;
}

/* ---- Transactions ---- */

void sim_run_commit(struct run *run)
{
    sim_limits_enforce(run);
    if (!sim_run_is_open(run)) {
        run->buffered_count = 0; /* nothing follows the closing event */
        run->buffered_bytes = 0;
    } else if (!sim_workflow_task_is_started(run)) {
        sim_run_flush(run);
        sim_clock_settle(run);
    }
    run->committed_size = run->history->size;
    sim_history_end_batch(run->history);
    sim_limits_mark(run);
    if (!list_is_linked(&run->changed)) {
        list_append(&run->sim->changed, &run->changed);
    }
    run->transitions++;
    LIST_EACH(&run->waiters, node)
    {
        struct tl_call *call = LIST_ITEM(node, struct tl_call, waiting);
        call->wake(call);
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
