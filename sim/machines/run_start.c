/* SPDX-License-Identifier: MIT */
/*
 * Facts: service/history/workflow/mutable_state_impl.go (ApplyWorkflowExecutionStartedEvent), create_workflow_util.go
 * and workflow_task_state_machine.go (AddFirstWorkflowTaskScheduled).
 */
#include "sim/machines/run_start.h"

#include <stdio.h>

#include "model/message.h"
#include "sim/machines/clock.h"
#include "sim/machines/machines.h"
#include "sim/service/fields.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/reset_points.h"
#include "sim/service/search_attributes.h"

/* ---- The first event ---- */

static Pb__Duration *duration(struct arena *arena, tl_duration planned)
{
    return planned == RUN_UNSET ? NULL : sim_duration(arena, planned);
}

tl_duration sim_run_timeout(tl_duration wanted, tl_duration execution_timeout)
{
    return wanted == 0 ? execution_timeout : sim_at_most(wanted, execution_timeout);
}

tl_duration sim_run_task_timeout(tl_duration wanted, tl_duration run_timeout)
{
    return sim_at_most(sim_shorter(wanted == 0 ? TASK_TIMEOUT : wanted, TASK_TIMEOUT_MAX), run_timeout);
}

static void
set_timeouts(struct run *run, Pb__WorkflowExecutionStartedEventAttributes *started, const struct run_plan *plan)
{
    struct arena *arena = &run->history->arena;

    started->workflow_execution_timeout = duration(arena, plan->execution_timeout);
    started->workflow_run_timeout = duration(arena, plan->run_timeout);
    started->workflow_task_timeout = sim_duration(arena, plan->task_timeout);
    started->first_workflow_task_backoff = duration(arena, plan->backoff);
    started->workflow_execution_expiration_time = pb_timestamp(arena, plan->execution_expires_at);
    run->task_timeout = plan->task_timeout;
}

/* A run has its time from the end of its back-off on, but no more than its chain has. */
static void set_deadlines(struct run *run, const struct run_plan *plan)
{
    run->executes_at = plan->backoff > 0 ? sim_later(run->started_at, plan->backoff) : run->started_at;
    if (plan->run_timeout > 0) {
        run->expires_at = sim_later(run->executes_at, plan->run_timeout);
        if (plan->execution_expires_at != 0 && plan->execution_expires_at < run->expires_at) {
            run->expires_at = plan->execution_expires_at;
        }
    }
}

static void
set_payloads(struct run *run, Pb__WorkflowExecutionStartedEventAttributes *started, const struct run_plan *plan)
{
    struct arena *arena = &run->history->arena;

    started->header = message_clone(arena, plan->header);
    started->input = message_clone(arena, plan->input);
    started->continued_failure = message_clone(arena, plan->continued_failure);
    started->last_completion_result = message_clone(arena, plan->last_completion_result);
    started->priority = message_clone(arena, plan->priority);
    started->retry_policy = message_clone(arena, plan->retry_policy);
    if (plan->memo != NULL) {
        started->memo = sim_memo_merge(arena, NULL, message_clone(arena, plan->memo));
        run->memo = started->memo;
    }
    if (plan->search_attributes != NULL) {
        started->search_attributes = sim_search_attributes_merge(
            arena, NULL, sim_search_attributes_clone(arena, run->space, plan->search_attributes));
        run->search_attributes = started->search_attributes;
    }
}

static void
set_chain(struct run *run, Pb__WorkflowExecutionStartedEventAttributes *started, const struct run_plan *plan)
{
    started->original_execution_run_id = (char *)(uintptr_t)run->run_id;
    started->first_execution_run_id = (char *)(uintptr_t)run->run_id;
    started->initiator = (Pb__ContinueAsNewInitiator)plan->initiator;
    started->attempt = plan->attempt;
    if (plan->previous != NULL) {
        started->first_execution_run_id =
            sim_history_text(run->history, plan->previous->started->first_execution_run_id);
        started->continued_execution_run_id = sim_history_text(run->history, plan->previous->run_id);
        started->prev_auto_reset_points =
            sim_reset_points_hand_on(plan->previous, &run->history->arena, run->started_at);
    }
}

static void add_started_event(struct run *run, const struct run_plan *plan)
{
    struct history *history = run->history;
    struct arena *arena = &history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionStartedEventAttributes *started = EVENT_ATTRIBUTES(
        arena, event, WorkflowExecutionStarted, workflow_execution_started, WORKFLOW_EXECUTION_STARTED);

    started->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    started->workflow_type->name = arena_strdup(arena, plan->workflow_type);
    started->task_queue = sim_task_queue(arena, plan->task_queue, TASK_QUEUE_KIND_NORMAL, NULL);
    started->workflow_id = (char *)(uintptr_t)run->workflow_id;
    started->identity = sim_history_identity(history, plan->identity);
    started->eager_execution_accepted = plan->eager;
    set_chain(run, started, plan);
    sim_clock_tell_start(run, started);
    set_payloads(run, started, plan);
    set_timeouts(run, started, plan);
    event->user_metadata = message_clone(arena, plan->user_metadata);
    sim_event_set_links(history, event, plan->link_count, plan->links);
    run->started = started;
    sim_run_add(run, event);
}

static void trace_opened(const struct run *run, const char *type)
{
    if (agenda_traces(run->sim->agenda, TL_TRACE_SERVICE_RUN_OPENED)) {
        agenda_trace(
            run->sim->agenda,
            (struct tl_trace_event){
                .kind = TL_TRACE_SERVICE_RUN_OPENED,
                .workflow_id = run->workflow_id,
                .run_id = run->run_id,
                .event_id = 1,
                .name = type,
            });
    }
}

static void set_request_id(struct run *run, const char *wanted)
{
    char fresh[RANDOM_UUID_SIZE];

    if (pb_is_empty(wanted)) {
        sim_uuid(run->sim, fresh);
        wanted = fresh;
    }
    run->request_id = sim_history_text(run->history, wanted);
}

struct run *sim_run_open(struct name_space *space, const struct run_plan *plan)
{
    struct run *run = sim_run_new(space, plan->workflow_id, plan->run_id);

    sim_clock_begin(run, plan->time_skipping, plan->previous);
    set_request_id(run, plan->request_id);
    run->queue = sim_namespace_queue(space, QUEUE_WORKFLOW, plan->task_queue);
    trace_opened(run, plan->workflow_type);
    set_deadlines(run, plan);
    add_started_event(run, plan);
    sim_run_arm_expiry(run);
    sim_clock_arm(run);
    return run;
}

/* ---- The first workflow task ---- */

bool sim_run_is_backing_off(const struct run *run)
{
    return run->executes_at > run->started_at && run->task.scheduled_event_id == 0;
}

void sim_run_wake(struct run *run)
{
    if (sim_run_is_backing_off(run)) {
        sim_run_disarm(run, &run->backoff);
    }
    sim_workflow_task_ensure(run);
}

void sim_run_tell(struct run *run)
{
    if (!sim_run_is_backing_off(run)) {
        sim_workflow_task_ensure(run);
    }
}

static void on_backoff(struct agenda_item *item)
{
    struct run *run = CONTAINER_OF(item, struct run, backoff);

    sim_workflow_task_ensure(run);
    sim_run_commit(run);
}

static void name_backoff(const struct agenda_item *item, char *text, size_t size)
{
    const struct run *run = CONST_CONTAINER_OF(item, struct run, backoff);

    snprintf(text, size, "%s: run begins", run->workflow_id);
}

static void begin_eagerly(struct run *run, const struct run_plan *plan)
{
    const struct task_schedule how = {.returned = true};
    const struct task_start by = {
        .identity = plan->identity,
        .request_id = run->request_id,
        .peer = run->sim->peer,
    };

    sim_workflow_task_schedule(run, &how);
    sim_workflow_task_start(run, &by);
}

void sim_run_begin(struct run *run, const struct run_plan *plan)
{
    if (run->executes_at > run->started_at) {
        run->backoff.run = on_backoff;
        run->backoff.name = name_backoff;
        (void)sim_run_arm(run, &run->backoff, run->executes_at);
    } else if (plan->eager) {
        begin_eagerly(run, plan);
    } else {
        sim_workflow_task_ensure(run);
    }
}
