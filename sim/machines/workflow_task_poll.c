/* SPDX-License-Identifier: MIT */
#include "sim/machines/workflow_task_poll.h"

#include <string.h>

#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/token.h"

void sim_workflow_task_append_transient(
    const struct run *run, struct arena *arena, const char *identity, Pb__History *history)
{
    if (!sim_workflow_task_is_transient(run) || run->task.scheduled_event_id != sim_history_next_id(run->history)) {
        return;
    }
    Pb__HistoryEvent **events = ARENA_ARRAY(arena, Pb__HistoryEvent *, history->n_events + 2);
    if (history->n_events > 0) {
        memcpy(events, history->events, history->n_events * sizeof(events[0]));
    }
    sim_workflow_task_transient_events(run, arena, identity, events + history->n_events);
    history->events = events;
    history->n_events += sim_workflow_task_is_started(run) ? 2 : 1;
}

void sim_workflow_task_set_history(
    Pb__PollWorkflowTaskQueueResponse *response, struct arena *arena, const struct run *run, int64_t first,
    const char *identity)
{
    bool full = false;
    struct token token = {
        .kind = TOKEN_PAGE,
        .run = run->number,
        .first = first,
        .second = sim_history_next_id(run->history),
    };

    token.place = sim_history_page(run->history, first, token.second, PAGE_BATCHES, &full);
    response->history = sim_history_slice(run->history, arena, first, (size_t)(token.place - first));
    if (full) {
        response->next_page_token = sim_token_pack(run->sim, arena, &token);
    } else {
        sim_workflow_task_append_transient(run, arena, identity, response->history);
    }
}

Pb__PollWorkflowTaskQueueResponse *
sim_workflow_task_answer(struct tl_call *call, struct run *run, bool partial, const char *identity)
{
    struct arena *arena = sim_call_arena(call);
    const struct workflow_task *task = &run->task;
    Pb__PollWorkflowTaskQueueResponse *response =
        PB_NEW(arena, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);
    const struct token token = {
        .kind = TOKEN_WORKFLOW_TASK,
        .run = run->number,
        .first = task->scheduled_event_id,
        .second = task->started_event_id,
        .attempt = task->attempt,
    };

    response->task_token = sim_token_pack(run->sim, arena, &token);
    response->workflow_execution = sim_execution(arena, run->workflow_id, run->run_id);
    response->workflow_type = run->started->workflow_type;
    response->previous_started_event_id = run->last_completed_started_id;
    response->started_event_id = task->started_event_id;
    response->attempt = task->attempt;
    response->workflow_execution_task_queue = run->started->task_queue;
    response->scheduled_time = pb_timestamp(arena, task->scheduled_at);
    response->started_time = pb_timestamp(arena, task->started_at);
    sim_workflow_task_set_history(response, arena, run, partial ? run->last_completed_started_id + 1 : 1, identity);
    sim_query_add_to_task(run, arena, response);
    sim_call_share(call, run->history);
    return response;
}

bool sim_workflow_task_give(struct queue_task *task, struct tl_call *poll)
{
    struct run *run = CONTAINER_OF(task, struct run, task.queued);
    const struct poll *wait = &poll->wait.poll;
    const struct task_start how = {
        .identity = wait->identity,
        .worker_version = wait->worker_version,
        .queue = wait->queue,
        .peer = poll->peer,
    };

    if (run->sticky == NULL && wait->queue->kind == QUEUE_STICKY) {
        return false; /* recordworkflowtaskstarted/api.go: the run has left its sticky queue */
    }
    poll->subject = run->workflow_id;
    sim_queue_note(wait->queue, poll);
    sim_workflow_task_start(run, &how);
    sim_run_commit(run);
    if (!sim_run_is_open(run)) {
        return false; /* it was too large to go on */
    }
    Pb__PollWorkflowTaskQueueResponse *response =
        sim_workflow_task_answer(poll, run, run->sticky != NULL, wait->identity);
    response->backlog_count_hint = (int64_t)wait->queue->task_count;
    sim_call_answer(poll, response);
    sim_call_deliver(poll);
    return true;
}
