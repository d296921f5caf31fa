/* SPDX-License-Identifier: MIT */
/* Answers against what the service keeps: each poll's is a slice of its history. */
#include <stdio.h>
#include <string.h>

#include "model/event.h"
#include "sim/service/namespace.h"
#include "sim/service/run.h"
#include "tests/sim/random_requests.h"

static const struct run *find_run(const struct random_requests *requests, const char *run_id)
{
    const struct map *spaces = &requests->sim->spaces;
    const struct run *run = NULL;

    for (struct map_entry *entry = map_next(spaces, NULL); entry != NULL && run == NULL;
         entry = map_next(spaces, entry)) {
        const struct name_space *space = entry->value;
        run = map_get_string(&space->runs, run_id);
    }
    return run;
}

/* ---- Slices ---- */

/* The event as the history has it; over the wire a copy. */
static bool
is_of_history(const struct random_requests *requests, const struct history *history, const Pb__HistoryEvent *event)
{
    if (event->event_id < 1 || event->event_id > (int64_t)history->count) {
        return false;
    }
    const Pb__HistoryEvent *kept = sim_history_event(history, event->event_id);
    if (!requests->options.wire) {
        return kept == event;
    }
    return kept->event_type == event->event_type && kept->task_id == event->task_id &&
           event_size(kept) == event_size(event);
}

/* One of the two events of a transient workflow task, which no history has, at the end of the slice. */
static bool is_transient(const Pb__PollWorkflowTaskQueueResponse *task, size_t place)
{
    const Pb__History *slice = task->history;
    int type = (int)slice->events[place]->event_type;

    if (place + 2 < slice->n_events || (task->attempt < 2 && task->query == NULL)) {
        return false;
    }
    return type == EVENT_TYPE_WORKFLOW_TASK_SCHEDULED || type == EVENT_TYPE_WORKFLOW_TASK_STARTED;
}

static void
look_at_slice(struct random_requests *requests, const struct run *run, const Pb__PollWorkflowTaskQueueResponse *task)
{
    const Pb__History *slice = task->history;

    for (size_t i = 0; i < slice->n_events; i++) {
        const Pb__HistoryEvent *event = slice->events[i];
        if (event->event_id != slice->events[0]->event_id + (int64_t)i) {
            random_fault(requests, "a poll's events are not dense");
        } else if (!is_of_history(requests, run->history, event) && !is_transient(task, i)) {
            random_fault(requests, "event %lld of a poll is not the history's", (long long)event->event_id);
        }
    }
}

/* A whole history, or what came after the last completed task. */
static void look_at_bounds(struct random_requests *requests, const Pb__PollWorkflowTaskQueueResponse *task)
{
    const Pb__History *slice = task->history;
    int64_t first = slice->events[0]->event_id;
    int64_t last = slice->events[slice->n_events - 1]->event_id;

    if (first != 1 && first != task->previous_started_event_id + 1) {
        random_fault(requests, "a poll's events begin at %lld", (long long)first);
    }
    if (task->query == NULL && task->next_page_token.len == 0 && last != task->started_event_id) {
        random_fault(requests, "a poll's events end before its started event");
    }
}

static void keep_task(struct random_requests *requests, const Pb__PollWorkflowTaskQueueResponse *task)
{
    struct random_token *token = random_keep(&requests->workflow_tasks, &task->task_token);

    token->query = task->query != NULL;
    token->asked = task->n_queries < RANDOM_QUERIES ? task->n_queries : RANDOM_QUERIES;
    for (size_t i = 0; i < token->asked; i++) {
        (void)snprintf(token->ids[i], sizeof(token->ids[i]), "%s", task->queries[i]->key);
    }
}

static void look_at_workflow_task(struct random_requests *requests, const Pb__PollWorkflowTaskQueueResponse *task)
{
    if (task == NULL || task->task_token.len == 0) {
        return;
    }
    const struct run *run = find_run(requests, task->workflow_execution->run_id);
    if (run == NULL) {
        random_fault(requests, "a poll was given a task of no run");
        return;
    }
    if (task->history != NULL && task->history->n_events > 0) {
        look_at_slice(requests, run, task);
        look_at_bounds(requests, task);
    } else if (task->query == NULL) {
        random_fault(requests, "a poll was given a task without events");
    }
    keep_task(requests, task);
    if (task->next_page_token.len > 0) {
        (void)random_keep(&requests->pages, &task->next_page_token);
    }
}

static void look_at_activity_task(struct random_requests *requests, const Pb__PollActivityTaskQueueResponse *task)
{
    if (task->task_token.len == 0) {
        return;
    }
    if (find_run(requests, task->workflow_execution->run_id) == NULL) {
        random_fault(requests, "a poll was given an activity of no run");
    }
    if (task->attempt < 1 || pb_is_empty(task->activity_id)) {
        random_fault(requests, "a poll was given an activity without an attempt or an id");
    }
    (void)random_keep(&requests->activity_tasks, &task->task_token);
}

/* A page of a history: dense, either way. */
static void look_at_history(struct random_requests *requests, const Pb__History *history, int64_t direction)
{
    for (size_t i = 1; history != NULL && i < history->n_events; i++) {
        if (history->events[i]->event_id != history->events[i - 1]->event_id + direction) {
            random_fault(requests, "a page's events are not dense");
        }
    }
}

static void keep_run_id(struct random_requests *requests, const char *run_id)
{
    char *kept = requests->run_ids[requests->run_id_count++ % RANDOM_TASKS];

    (void)snprintf(kept, RANDOM_UUID_SIZE, "%s", run_id);
}

void random_look(struct random_requests *requests, unsigned rpc, const struct tl_reply *reply)
{
    const void *message = reply->message;

    if (message == NULL) {
        return;
    }
    switch (rpc) {
    case RPC_PollWorkflowTaskQueue:
        look_at_workflow_task(requests, message);
        break;
    case RPC_RespondWorkflowTaskCompleted:
        look_at_workflow_task(requests, ((const Pb__RespondWorkflowTaskCompletedResponse *)message)->workflow_task);
        break;
    case RPC_PollActivityTaskQueue:
        look_at_activity_task(requests, message);
        break;
    case RPC_StartWorkflowExecution:
        keep_run_id(requests, ((const Pb__StartWorkflowExecutionResponse *)message)->run_id);
        look_at_workflow_task(requests, ((const Pb__StartWorkflowExecutionResponse *)message)->eager_workflow_task);
        break;
    case RPC_GetWorkflowExecutionHistory:
        look_at_history(requests, ((const Pb__GetWorkflowExecutionHistoryResponse *)message)->history, 1);
        (void)random_keep(
            &requests->pages, &((const Pb__GetWorkflowExecutionHistoryResponse *)message)->next_page_token);
        break;
    case RPC_GetWorkflowExecutionHistoryReverse:
        look_at_history(requests, ((const Pb__GetWorkflowExecutionHistoryReverseResponse *)message)->history, -1);
        break;
    default:
        break;
    }
}
