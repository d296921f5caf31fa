/* SPDX-License-Identifier: MIT */
/* The oracles of a history: each event against those before it, all of them against the run. */
#include <string.h>

#include "model/event.h"
#include "sim/check/parts.h"
#include "sim/machines/machines.h"

/* ---- What an event refers to ---- */

/* The event's field of that name, or NULL. */
static const void *field_of(const ProtobufCMessage *attributes, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(attributes->descriptor, name);

    return field == NULL ? NULL : (const char *)attributes + field->offset;
}

static int64_t number_of(const Pb__HistoryEvent *event, const char *name)
{
    const int64_t *number = field_of(event_attributes(event), name);

    return number == NULL ? 0 : *number;
}

static bool has_event(const struct history *history, int64_t id, int64_t before, int event_type)
{
    return id >= 1 && id < before && (int)sim_history_event(history, id)->event_type == event_type;
}

static const char *check_origin(const struct history *history, const Pb__HistoryEvent *event)
{
    int type = event_origin_type(event->event_type);

    if (type != EVENT_TYPE_UNSPECIFIED && !has_event(history, event_origin(event), event->event_id, type)) {
        return "an event refers to none that it could follow";
    }
    return NULL;
}

/* What ends an attempt bears its started event, which belongs to the same scheduled one. */
static const char *check_started(const struct history *history, const Pb__HistoryEvent *event, int started_type)
{
    int64_t id = number_of(event, "started_event_id");

    if (id == 0) {
        return NULL;
    }
    if (!has_event(history, id, event->event_id, started_type) ||
        event_origin(sim_history_event(history, id)) != event_origin(event)) {
        return "an event bears another's started event";
    }
    return NULL;
}

/* What a command wrote bears the completion that brought it. */
static const char *check_completed(const struct history *history, const Pb__HistoryEvent *event)
{
    int64_t id = number_of(event, "workflow_task_completed_event_id");

    if (id != 0 && !has_event(history, id, event->event_id, EVENT_TYPE_WORKFLOW_TASK_COMPLETED)) {
        return "an event bears no completion of a workflow task";
    }
    return NULL;
}

/* ---- Workflow tasks ---- */

static const char *see_task_started(struct history_seen *seen, const Pb__HistoryEvent *event)
{
    if (seen->task_scheduled_id == 0 || event_origin(event) != seen->task_scheduled_id || seen->task_started_id != 0) {
        return "a workflow task starts that is not scheduled";
    }
    seen->task_started_id = event->event_id;
    return NULL;
}

static const char *see_task_ended(struct history_seen *seen, const Pb__HistoryEvent *event)
{
    if (seen->task_scheduled_id == 0 || event_origin(event) != seen->task_scheduled_id ||
        number_of(event, "started_event_id") != seen->task_started_id) {
        return "a workflow task ends that is not under way";
    }
    seen->task_scheduled_id = 0;
    seen->task_started_id = 0;
    return NULL;
}

static const char *see_task_scheduled(struct history_seen *seen, const Pb__HistoryEvent *event)
{
    if (seen->task_scheduled_id != 0) {
        return "two workflow tasks are scheduled";
    }
    seen->task_scheduled_id = event->event_id;
    return NULL;
}

/* ---- One event ---- */

static const char *see_activity_ended(struct history *history, const Pb__HistoryEvent *event)
{
    history->seen.activities--;
    return check_started(history, event, EVENT_TYPE_ACTIVITY_TASK_STARTED);
}

static const char *see_kind(struct history *history, const Pb__HistoryEvent *event)
{
    struct history_seen *seen = &history->seen;

    switch ((int)event->event_type) {
    case EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
        return event->event_id == 1 ? NULL : "a run starts twice";
    case EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
        return see_task_scheduled(seen, event);
    case EVENT_TYPE_WORKFLOW_TASK_STARTED:
        return see_task_started(seen, event);
    case EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
    case EVENT_TYPE_WORKFLOW_TASK_FAILED:
    case EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
        return see_task_ended(seen, event);
    case EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        seen->activities++;
        return NULL;
    case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
    case EVENT_TYPE_ACTIVITY_TASK_FAILED:
    case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
    case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
        return see_activity_ended(history, event);
    case EVENT_TYPE_TIMER_STARTED:
        seen->timers++;
        return NULL;
    case EVENT_TYPE_TIMER_FIRED:
    case EVENT_TYPE_TIMER_CANCELED:
        seen->timers--;
        return NULL;
    case EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
        seen->signals++;
        return NULL;
    default:
        return NULL;
    }
}

static const char *see_header(const struct run *run, const Pb__HistoryEvent *event)
{
    struct history_seen *seen = &run->history->seen;
    bool last = seen->count == run->history->count;

    if (event->event_id != (int64_t)seen->count) {
        return "event ids are not dense";
    }
    if (event->task_id <= seen->task_id) {
        return "task ids do not grow";
    }
    seen->task_id = event->task_id;
    seen->size += sim_history_framed(event_size(event));
    if (event->event_id == 1 && event->event_type != EVENT_TYPE_WORKFLOW_EXECUTION_STARTED) {
        return "a history does not begin with its start";
    }
    if (!event_is_whole(event)) {
        return "an event's attributes are not those of its type";
    }
    if (pb_time(event->event_time) > sim_run_now(run)) {
        return "an event is stamped in the future";
    }
    if (event_is_closing(event->event_type) && (!last || sim_run_is_open(run))) {
        return "a closing event is not the last, or the run is open after it";
    }
    return NULL;
}

static const char *see_event(const struct run *run, const Pb__HistoryEvent *event)
{
    const char *what = see_header(run, event);

    if (what == NULL) {
        what = check_origin(run->history, event);
    }
    if (what == NULL) {
        what = check_completed(run->history, event);
    }
    return what == NULL ? see_kind(run->history, event) : what;
}

/* ---- All of them against the run ---- */

/* What has happened and waits for the end of a workflow task. */
struct waiting {
    size_t activities;
    size_t timers;
    size_t signals;
};

static struct waiting count_buffered(const struct run *run)
{
    struct waiting waiting = {0};

    for (size_t i = 0; i < run->buffered_count; i++) {
        switch ((int)run->buffered[i].event->event_type) {
        case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        case EVENT_TYPE_ACTIVITY_TASK_FAILED:
        case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
        case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
            waiting.activities++;
            break;
        case EVENT_TYPE_TIMER_FIRED:
            waiting.timers++;
            break;
        case EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            waiting.signals++;
            break;
        default:
            break;
        }
    }
    return waiting;
}

static const char *check_pending(const struct run *run)
{
    const struct history_seen *seen = &run->history->seen;
    struct waiting waiting = count_buffered(run);

    if (seen->activities != (int64_t)(map_count(&run->activities) + waiting.activities)) {
        return "other activities are pending than its history says";
    }
    if (seen->timers != (int64_t)(map_count(&run->timers) + waiting.timers)) {
        return "other timers are pending than its history says";
    }
    if (run->signal_count != seen->signals + (int64_t)waiting.signals) {
        return "its signals are counted wrongly";
    }
    return NULL;
}

/* The pending workflow task is the history's, unless it is transient: then the history has none. */
static const char *check_task(const struct run *run)
{
    const struct history_seen *seen = &run->history->seen;
    bool pending = sim_workflow_task_is_pending(run) && !sim_workflow_task_is_transient(run);
    bool started = pending && sim_workflow_task_is_started(run);

    if (seen->task_scheduled_id != (pending ? run->task.scheduled_event_id : 0)) {
        return "another workflow task is scheduled than its history says";
    }
    if (seen->task_started_id != (started ? run->task.started_event_id : 0)) {
        return "another workflow task is started than its history says";
    }
    return NULL;
}

const char *sim_check_events(const struct run *run)
{
    struct history *history = run->history;
    const char *what = NULL;

    while (history->seen.count < history->count && what == NULL) {
        const Pb__HistoryEvent *event = history->events[history->seen.count++];
        what = see_event(run, event);
    }
    if (what == NULL && history->seen.size != history->size) {
        what = "its history's size is not the sum of its events'";
    }
    if (what == NULL && sim_run_is_open(run)) {
        what = check_pending(run);
        return what == NULL ? check_task(run) : what;
    }
    return what;
}
