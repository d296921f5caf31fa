/* SPDX-License-Identifier: MIT */
/* The oracles of a run: what is pending in it, how it closed, whom it continues. */
#include <string.h>

#include "model/event.h"
#include "sim/check/parts.h"
#include "sim/machines/clock.h"
#include "sim/machines/machines.h"
#include "sim/service/limits.h"
#include "sim/service/namespace.h"

/* ---- What is pending ---- */

static const char *check_activity(const struct run *run, const struct activity *activity)
{
    const Pb__HistoryEvent *event = sim_history_event(run->history, activity->scheduled_event_id);

    if (event->event_type != EVENT_TYPE_ACTIVITY_TASK_SCHEDULED ||
        event->activity_task_scheduled_event_attributes != activity->scheduled) {
        return "an activity is not that of its scheduled event";
    }
    if (sim_activity_find_id(run, activity->scheduled->activity_id) != activity) {
        return "an activity is not found by its id";
    }
    if (activity->attempt < 1 || activity->run != run) {
        return "an activity has no attempt, or is another run's";
    }
    return sim_activity_check(activity);
}

static const char *check_activities(const struct run *run)
{
    const struct map *activities = &run->activities;
    const char *what = NULL;
    size_t due = 0;

    for (struct map_entry *entry = map_next(activities, NULL); entry != NULL && what == NULL;
         entry = map_next(activities, entry)) {
        const struct activity *activity = entry->value;
        due += heap_has(&activity->due_place) ? 1 : 0;
        what = check_activity(run, activity);
    }
    if (what != NULL) {
        return what;
    }
    if (map_count(activities) != map_count(&run->activity_ids)) {
        return "activities by event and by id differ in number";
    }
    return due == run->activity_dues.count ? NULL : "a deadline of no activity is left";
}

static const char *check_timers(const struct run *run)
{
    const struct map *timers = &run->timers;
    const char *what = NULL;

    for (struct map_entry *entry = map_next(timers, NULL); entry != NULL && what == NULL;
         entry = map_next(timers, entry)) {
        what = sim_timer_check(entry->value);
    }
    if (what == NULL && run->timer_dues.count > map_count(timers)) {
        what = "a deadline of no timer is left";
    }
    return what;
}

/* ---- The workflow task and where it goes ---- */

static const char *check_sticky(const struct run *run)
{
    const struct queue *queue = run->task.queued.queue;

    if (run->queue == NULL || run->queue->kind != QUEUE_WORKFLOW) {
        return "a run has no task queue";
    }
    if (run->sticky != NULL && (run->sticky->kind != QUEUE_STICKY || run->sticky_queue == NULL ||
                                strcmp(run->sticky_queue->name, run->sticky->name) != 0)) {
        return "a run's sticky queue is none, or not the one its events bear";
    }
    if (queue == NULL) {
        return NULL;
    }
    if (queue->space != run->space || (queue != run->queue && queue->kind != QUEUE_STICKY)) {
        return "a workflow task waits in a queue that is not its run's";
    }
    if (queue->kind == QUEUE_STICKY && sim_workflow_task_is_transient(run)) {
        return "a transient workflow task waits in a sticky queue";
    }
    return NULL;
}

/* Events that are there already, with room for the two that a transient task would have. */
static const char *check_task_ids(const struct run *run)
{
    const struct workflow_task *task = &run->task;
    int64_t last = (int64_t)run->history->count;

    if (run->last_completed_started_id > last ||
        (run->last_completed_started_id != 0 &&
         sim_history_event(run->history, run->last_completed_started_id)->event_type !=
             EVENT_TYPE_WORKFLOW_TASK_STARTED)) {
        return "the last completed workflow task is none";
    }
    if (sim_workflow_task_is_pending(run) && (task->attempt < 1 || task->scheduled_event_id > last + 1)) {
        return "a pending workflow task has no attempt, or an event that cannot come next";
    }
    if (sim_workflow_task_is_transient(run) && sim_workflow_task_is_started(run) &&
        (task->scheduled_event_id != last + 1 || task->started_event_id != last + 2)) {
        return "a started transient workflow task has other events than the next two";
    }
    return NULL;
}

static const char *check_buffer(const struct run *run)
{
    int64_t bytes = 0;

    if (run->buffered_count > 0 && !sim_workflow_task_is_started(run)) {
        return "events are buffered and no workflow task is started";
    }
    for (size_t i = 0; i < run->buffered_count; i++) {
        bytes += (int64_t)event_size(run->buffered[i].event);
    }
    if (bytes != run->buffered_bytes || bytes > LIMIT_BUFFER_BYTES) {
        return "the buffered events have other bytes than are counted, or too many";
    }
    return run->buffered_count > LIMIT_BUFFERED ? "more events are buffered than may be" : NULL;
}

static const char *check_open(const struct run *run)
{
    static const char *(*const checks[])(const struct run *run) = {
        check_activities, check_timers, check_sticky, check_task_ids, check_buffer};
    const char *what = NULL;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && what == NULL; i++) {
        what = checks[i](run);
    }
    if (what == NULL && run->closed_at != 0) {
        what = "an open run has a time of closing";
    }
    return what;
}

/* ---- What is closed ---- */

static int status_of(int event_type)
{
    switch (event_type) {
    case EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
        return WORKFLOW_EXECUTION_STATUS_COMPLETED;
    case EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
        return WORKFLOW_EXECUTION_STATUS_FAILED;
    case EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
        return WORKFLOW_EXECUTION_STATUS_CANCELED;
    case EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
        return WORKFLOW_EXECUTION_STATUS_TERMINATED;
    case EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW;
    case EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
        return WORKFLOW_EXECUTION_STATUS_TIMED_OUT;
    default:
        return WORKFLOW_EXECUTION_STATUS_UNSPECIFIED;
    }
}

static const char *check_closed(const struct run *run)
{
    const struct history *history = run->history;

    if (map_count(&run->activities) + map_count(&run->activity_ids) + map_count(&run->timers) +
            run->activity_dues.count + run->timer_dues.count >
        0) {
        return "something is pending in a closed run";
    }
    if (agenda_is_pending(&run->expiry) || agenda_is_pending(&run->backoff) || agenda_is_pending(&run->task.deadline) ||
        run->buffered_count > 0 || run->task.queued.queue != NULL ||
        (run->clock != NULL && agenda_is_pending(&run->clock->forward))) {
        return "a closed run has a deadline, a task or a buffered event";
    }
    if (run->kept_bytes != 0) {
        return "a closed run keeps something of its activities";
    }
    if (history->count == 0 || run->status != status_of(history->events[history->count - 1]->event_type)) {
        return "a run closed otherwise than its last event says";
    }
    return list_is_empty(&run->waiters) ? NULL : "someone waits for a closed run";
}

/* ---- Chains ---- */

static const char *run_id_of(const ProtobufCMessage *attributes, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(attributes->descriptor, name);

    return field == NULL ? "" : *(char *const *)(const void *)((const char *)attributes + field->offset);
}

/* The run that its closing event names as the next, or "". */
static const char *next_run_id(const struct run *run)
{
    const Pb__HistoryEvent *last = sim_history_event(run->history, (int64_t)run->history->count);

    return event_is_closing(last->event_type) ? run_id_of(event_attributes(last), "new_execution_run_id") : "";
}

/* What a run says of its neighbour, the neighbour says of it. */
static const char *check_chain(const struct run *run)
{
    const char *next_id = next_run_id(run);
    const char *before_id = run->started->continued_execution_run_id;

    if (!pb_is_empty(next_id)) {
        const struct run *next = map_get_string(&run->space->runs, next_id);
        if (next == NULL || strcmp(next->started->continued_execution_run_id, run->run_id) != 0 ||
            strcmp(next->workflow_id, run->workflow_id) != 0) {
            return "the run that continues it is none, or does not know it";
        }
    }
    if (!pb_is_empty(before_id)) {
        const struct run *before = map_get_string(&run->space->runs, before_id);
        if (before == NULL || sim_run_is_open(before) || strcmp(next_run_id(before), run->run_id) != 0) {
            return "the run that it continues is none, open, or does not know it";
        }
    }
    return NULL;
}

static const char *check_place(const struct run *run)
{
    const struct run *newest = map_get_string(&run->space->current, run->workflow_id);

    if (newest == NULL || map_get_string(&run->space->runs, run->run_id) != run) {
        return "a run is not found by its ids";
    }
    if (newest != run && (sim_run_is_open(run) || newest->number < run->number)) {
        return "a run is open, or newer, and not the newest of its id";
    }
    return NULL;
}

/* ---- All ---- */

/* Every transaction was ended, and each began a batch. */
static const char *check_batches(const struct run *run)
{
    const struct history *history = run->history;
    size_t count = history->batch_count;

    if (history->batch_open || run->mark.event_count != history->count || run->committed_size != history->size) {
        return "a transaction was not ended";
    }
    if (count == 0 || history->batches[0] != 1 || history->batches[count - 1] > (int64_t)history->count ||
        (count > 1 && history->batches[count - 1] <= history->batches[count - 2])) {
        return "the batches of a history do not make it up";
    }
    return NULL;
}

const char *sim_check_run(const struct run *run)
{
    const char *what = check_place(run);

    if (what == NULL) {
        what = check_batches(run);
    }
    if (what == NULL) {
        what = sim_workflow_task_check(run);
    }
    if (what == NULL && (run->committed_size > run->history->size || run->transitions < 1)) {
        what = "a run is larger when committed than it is, or was never";
    }
    if (what == NULL) {
        what = sim_run_is_open(run) ? check_open(run) : check_closed(run);
    }
    if (what == NULL) {
        what = sim_query_check(run);
    }
    return what == NULL ? check_chain(run) : what;
}
