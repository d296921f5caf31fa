/* SPDX-License-Identifier: MIT */
#include "worker/engine/chunks.h"

#include "model/event.h"

/* What follows a workflow task's start when the task came to nothing. */
static bool came_to_nothing(int next_type)
{
    switch (next_type) {
    case EVENT_TYPE_WORKFLOW_TASK_FAILED:
    case EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
    case EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
    case EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
    case EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
        return true;
    default:
        return false;
    }
}

/* Started, completed, and scheduled again at once: the task was only kept alive. */
static bool is_heartbeat(Pb__HistoryEvent *const *events, size_t count, size_t started)
{
    return started + 2 < count && events[started + 1]->event_type == EVENT_TYPE_WORKFLOW_TASK_COMPLETED &&
           events[started + 2]->event_type == EVENT_TYPE_WORKFLOW_TASK_SCHEDULED;
}

static bool starts_activation(Pb__HistoryEvent *const *events, size_t count, size_t started, bool saw_command)
{
    if (started + 1 == count) {
        return true;
    }
    return !came_to_nothing(events[started + 1]->event_type) && (saw_command || !is_heartbeat(events, count, started));
}

static const Pb__WorkflowTaskCompletedEventAttributes *
completion(Pb__HistoryEvent *const *events, size_t count, size_t after)
{
    if (after < count && events[after]->event_type == EVENT_TYPE_WORKFLOW_TASK_COMPLETED) {
        return events[after]->workflow_task_completed_event_attributes;
    }
    return NULL;
}

struct chunk chunk_next(Pb__HistoryEvent *const *events, size_t count, size_t begin)
{
    struct chunk chunk = {.begin = begin, .end = count, .last = true, .count = count};
    bool saw_command = false;

    for (size_t i = begin; i < count; i++) {
        int type = events[i]->event_type;
        if (event_is_closing(type)) {
            chunk.end = i + 1;
            break;
        }
        saw_command = saw_command || event_is_command_event(type);
        if (type == EVENT_TYPE_WORKFLOW_TASK_STARTED && starts_activation(events, count, i, saw_command)) {
            chunk.end = i + 1;
            chunk.activates = true;
            chunk.completed = completion(events, count, chunk.end);
            break;
        }
    }
    chunk.last = chunk.end == count;
    return chunk;
}
