/* SPDX-License-Identifier: MIT */
/* Facts: service/history/historybuilder/event_store.go. */
#include "sim/machines/run_buffer.h"

#include <string.h>

#include "model/event.h"
#include "sim/machines/workflow_task.h"

#define BUFFERED_FIRST 4

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
