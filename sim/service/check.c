/* SPDX-License-Identifier: MIT */
#include "sim/service/check.h"

#include "model/event.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/namespace.h"

static enum tl_status broken(struct tl_error *error, const struct run *run, const char *what)
{
    return tl_error_set(error, TL_INTERNAL, NULL, "workflow %.100s run %s: %s", run->workflow_id, run->run_id, what);
}

/* ---- Events ---- */

/* Event `id` is there, before `before`, and of that type. */
static bool has_event(const struct history *history, int64_t id, int64_t before, int event_type)
{
    return id >= 1 && id < before && (int)sim_history_event(history, id)->event_type == event_type;
}

/* A started event that may be absent: 0 for what never started. */
static bool may_have_event(const struct history *history, int64_t id, int64_t before, int event_type)
{
    return id == 0 || has_event(history, id, before, event_type);
}

static bool ends_task(const struct history *history, int64_t scheduled, int64_t started, int64_t before)
{
    return has_event(history, scheduled, before, EVENT_TYPE_WORKFLOW_TASK_SCHEDULED) &&
           may_have_event(history, started, before, EVENT_TYPE_WORKFLOW_TASK_STARTED);
}

static bool ends_activity(const struct history *history, int64_t scheduled, int64_t started, int64_t before)
{
    return has_event(history, scheduled, before, EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) &&
           may_have_event(history, started, before, EVENT_TYPE_ACTIVITY_TASK_STARTED);
}

#define ENDS_TASK(name)                                                                                                \
    ends_task(                                                                                                         \
        history,                                                                                                       \
        event->name##_event_attributes->scheduled_event_id,                                                            \
        event->name##_event_attributes->started_event_id,                                                              \
        event->event_id)
#define ENDS_ACTIVITY(name)                                                                                            \
    ends_activity(                                                                                                     \
        history,                                                                                                       \
        event->name##_event_attributes->scheduled_event_id,                                                            \
        event->name##_event_attributes->started_event_id,                                                              \
        event->event_id)

static bool refers_rightly(const struct history *history, const Pb__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT_TYPE_WORKFLOW_TASK_STARTED:
        return has_event(
            history,
            event->workflow_task_started_event_attributes->scheduled_event_id,
            event->event_id,
            EVENT_TYPE_WORKFLOW_TASK_SCHEDULED);
    case EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
        return ENDS_TASK(workflow_task_completed);
    case EVENT_TYPE_WORKFLOW_TASK_FAILED:
        return ENDS_TASK(workflow_task_failed);
    case EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
        return ENDS_TASK(workflow_task_timed_out);
    case EVENT_TYPE_ACTIVITY_TASK_STARTED:
        return has_event(
            history,
            event->activity_task_started_event_attributes->scheduled_event_id,
            event->event_id,
            EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);
    case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        return ENDS_ACTIVITY(activity_task_completed);
    case EVENT_TYPE_ACTIVITY_TASK_FAILED:
        return ENDS_ACTIVITY(activity_task_failed);
    case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
        return ENDS_ACTIVITY(activity_task_timed_out);
    case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
        return ENDS_ACTIVITY(activity_task_canceled);
    case EVENT_TYPE_TIMER_FIRED:
        return has_event(
            history, event->timer_fired_event_attributes->started_event_id, event->event_id, EVENT_TYPE_TIMER_STARTED);
    case EVENT_TYPE_TIMER_CANCELED:
        return has_event(
            history,
            event->timer_canceled_event_attributes->started_event_id,
            event->event_id,
            EVENT_TYPE_TIMER_STARTED);
    default:
        return true;
    }
}

static const char *check_events(const struct run *run)
{
    struct history *history = run->history;

    while (history->checked < history->count) {
        const Pb__HistoryEvent *event = history->events[history->checked];
        bool last = history->checked + 1 == history->count;
        history->checked++;
        if (event->event_id != (int64_t)history->checked) {
            return "event ids are not dense";
        }
        if (!refers_rightly(history, event)) {
            return "an event refers to none that it could follow";
        }
        if (event_is_closing(event->event_type) && (!last || sim_run_is_open(run))) {
            return "a closing event is not the last, or the run is open after it";
        }
    }
    return NULL;
}

/* ---- What is pending ---- */

static const char *check_activities(const struct run *run)
{
    const struct map *activities = &run->activities;
    const char *what = NULL;

    if (map_count(activities) != map_count(&run->activity_ids)) {
        return "activities by event and by id differ in number";
    }
    for (struct map_entry *entry = map_next(activities, NULL); entry != NULL && what == NULL;
         entry = map_next(activities, entry)) {
        what = sim_activity_check(entry->value);
    }
    return what;
}

static const char *check_timers(const struct run *run)
{
    const struct map *timers = &run->timers;
    const char *what = NULL;

    for (struct map_entry *entry = map_next(timers, NULL); entry != NULL && what == NULL;
         entry = map_next(timers, entry)) {
        what = sim_timer_check(entry->value);
    }
    return what;
}

static const char *check_closed(const struct run *run)
{
    if (map_count(&run->activities) + map_count(&run->timers) + run->activity_dues.count + run->timer_dues.count > 0) {
        return "something is pending in a closed run";
    }
    if (agenda_is_pending(&run->expiry) || agenda_is_pending(&run->task.deadline) || run->buffered_count > 0) {
        return "a closed run has a deadline or a buffered event";
    }
    return list_is_empty(&run->waiters) ? NULL : "someone waits for a closed run";
}

static const char *check_open(const struct run *run)
{
    const char *what = check_activities(run);

    if (what == NULL) {
        what = check_timers(run);
    }
    if (what == NULL && run->buffered_count > 0 && !sim_workflow_task_is_started(run)) {
        what = "events are buffered and no workflow task is started";
    }
    if (what == NULL && run->expires_at != 0 && !agenda_is_pending(&run->expiry)) {
        what = "a run with a timeout has no deadline";
    }
    return what;
}

static enum tl_status check_run(const struct run *run, struct tl_error *error)
{
    const char *what = check_events(run);

    if (what == NULL) {
        what = sim_workflow_task_check(run);
    }
    if (what == NULL) {
        what = sim_run_is_open(run) ? check_open(run) : check_closed(run);
    }
    return what == NULL ? TL_OK : broken(error, run, what);
}

/* ---- Queues ---- */

static const char *check_queue(const struct queue *queue)
{
    size_t tasks = 0;
    size_t posted = 0;
    size_t polls = 0;

    for (struct list_node *node = list_first(&queue->tasks); node != NULL; node = list_next(&queue->tasks, node)) {
        const struct queue_task *task = LIST_ITEM(node, struct queue_task, node);
        tasks++;
        posted += agenda_is_pending(&task->delivery) ? 1 : 0;
        if (task->queue != queue) {
            return "holds a task of another queue";
        }
    }
    for (struct list_node *node = list_first(&queue->polls); node != NULL; node = list_next(&queue->polls, node)) {
        polls++;
    }
    if (tasks != queue->task_count || polls != queue->poll_count || posted != queue->posted) {
        return "counts wrongly";
    }
    return posted < tasks && posted < polls ? "leaves a task and a poll unmatched" : NULL;
}

static enum tl_status check_queues(const struct map *queues, struct tl_error *error)
{
    for (struct map_entry *entry = map_next(queues, NULL); entry != NULL; entry = map_next(queues, entry)) {
        const struct queue *queue = entry->value;
        const char *what = check_queue(queue);
        if (what != NULL) {
            return tl_error_set(error, TL_INTERNAL, NULL, "queue %.100s %s", queue->name, what);
        }
    }
    return TL_OK;
}

/* ---- All ---- */

static enum tl_status check_runs(const struct tl_sim *sim, struct tl_error *error)
{
    size_t open = 0;

    for (size_t i = 0; i < sim->run_count; i++) {
        open += sim_run_is_open(sim->runs[i]) ? 1 : 0;
        if (check_run(sim->runs[i], error) != TL_OK) {
            return TL_INTERNAL;
        }
    }
    if (open != sim->open_runs) {
        return tl_error_set(error, TL_INTERNAL, NULL, "%zu runs are open, %zu are counted", open, sim->open_runs);
    }
    return TL_OK;
}

enum tl_status sim_check(const struct tl_sim *sim, struct tl_error *error)
{
    if (check_runs(sim, error) != TL_OK) {
        return TL_INTERNAL;
    }
    for (struct map_entry *entry = map_next(&sim->spaces, NULL); entry != NULL; entry = map_next(&sim->spaces, entry)) {
        const struct name_space *space = entry->value;
        for (size_t kind = 0; kind < QUEUE_KINDS; kind++) {
            if (check_queues(&space->queues[kind], error) != TL_OK) {
                return TL_INTERNAL;
            }
        }
    }
    return TL_OK;
}
