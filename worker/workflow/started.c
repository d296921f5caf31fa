/* SPDX-License-Identifier: MIT */
#include "worker/workflow/started.h"

#include "model/failure.h"
#include "worker/registry/priority.h"
#include "worker/registry/retry.h"
#include "worker/workflow/context.h"

static const char *name_of(const Pb__TaskQueue *task_queue)
{
    return task_queue == NULL ? "" : task_queue->name;
}

/* ---- Facts ---- */

static struct tl_priority kept_priority(struct arena *arena, const Pb__Priority *message)
{
    struct tl_priority priority = priority_view(message);

    priority.fairness_key = arena_strdup(arena, priority.fairness_key);
    return priority;
}

/* As the server plans it: a run has its time from the end of its delay on, but no more than its chain has. */
static void plan_deadlines(struct tl_workflow_info *info, const Pb__WorkflowExecutionStartedEventAttributes *started)
{
    tl_time chain_ends = pb_time(started->workflow_execution_expiration_time);
    tl_time ends;

    info->execution_deadline = chain_ends == 0 ? TL_NEVER : chain_ends;
    info->run_deadline = info->execution_deadline;
    if (info->run_timeout > 0 &&
        !__builtin_add_overflow(info->started_at + info->start_delay, info->run_timeout, &ends) &&
        ends < info->run_deadline) {
        info->run_deadline = ends;
    }
}

static void read_chain(struct tl_workflow *wf, const Pb__WorkflowExecutionStartedEventAttributes *started)
{
    struct tl_workflow_info *info = &wf->info;

    info->first_run_id = arena_strdup(wf->arena, started->first_execution_run_id);
    info->original_run_id = arena_strdup(wf->arena, started->original_execution_run_id);
    info->continued_run_id = arena_strdup(wf->arena, started->continued_execution_run_id);
    info->initiator = (enum tl_initiator)started->initiator;
    info->attempt = started->attempt == 0 ? 1 : started->attempt;
    info->retry = retry_view(wf->arena, wf->started.retry);
    info->cron_schedule = arena_strdup(wf->arena, started->cron_schedule);
}

static void
read_times(struct tl_workflow_info *info, const Pb__WorkflowExecutionStartedEventAttributes *started, tl_time at)
{
    info->execution_timeout = pb_nanoseconds(started->workflow_execution_timeout);
    info->run_timeout = pb_nanoseconds(started->workflow_run_timeout);
    info->task_timeout = pb_nanoseconds(started->workflow_task_timeout);
    info->started_at = at;
    info->start_delay = pb_nanoseconds(started->first_workflow_task_backoff);
    plan_deadlines(info, started);
}

/* ---- All ---- */

static void keep(struct tl_workflow *wf, const Pb__WorkflowExecutionStartedEventAttributes *started)
{
    struct tl_payloads results = {NULL, 0};

    wf->memo.memo = workflow_keep_message(wf, started->memo);
    wf->headers.header = workflow_keep_message(wf, started->header);
    wf->search_attributes.started = workflow_keep_message(wf, started->search_attributes);
    wf->started.retry = workflow_keep_message(wf, started->retry_policy);
    wf->started.last_failure = workflow_keep_message(wf, started->continued_failure);
    if (started->last_completion_result != NULL) {
        results = workflow_keep_payloads(wf, started->last_completion_result);
    }
    wf->started.last_result = results.count == 0 ? NULL : &results.items[0];
}

void started_read(struct tl_workflow *wf, const Pb__HistoryEvent *event, const char *name_space)
{
    const Pb__WorkflowExecutionStartedEventAttributes *started = event->workflow_execution_started_event_attributes;
    struct tl_workflow_info *info = &wf->info;
    struct arena *arena = wf->arena;

    keep(wf, started);
    if (info->workflow_id == NULL) { /* a replayed file: only the event tells */
        info->workflow_id = arena_strdup(arena, started->workflow_id);
        info->run_id = arena_strdup(arena, started->original_execution_run_id);
    }
    info->workflow_type = arena_strdup(arena, started->workflow_type == NULL ? "" : started->workflow_type->name);
    info->task_queue = arena_strdup(arena, name_of(started->task_queue));
    info->name_space = name_space;
    info->priority = kept_priority(arena, started->priority);
    info->identity = arena_strdup(arena, started->identity);
    read_chain(wf, started);
    read_times(info, started, pb_time(event->event_time));
}

const struct tl_payload *tl_last_result(struct tl_workflow *wf)
{
    workflow_look(wf, __func__);
    return wf->started.last_result;
}

const struct tl_failure *tl_last_failure(struct tl_workflow *wf)
{
    workflow_look(wf, __func__);
    if (wf->started.last_failure_view == NULL && wf->started.last_failure != NULL) {
        wf->started.last_failure_view = failure_view(wf->arena, wf->started.last_failure);
    }
    return wf->started.last_failure_view;
}
