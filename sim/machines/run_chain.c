/* SPDX-License-Identifier: MIT */
/*
 * Facts: service/history/workflow/retry.go (SetupNewWorkflowForRetryOrCron), mutable_state_impl.go
 * (addWorkflowExecutionStartedEventForContinueAsNew, ContinueAsNewMinBackoff, GetRetryBackoffDuration) and
 * service/history/api/command_attr_validator.go, which fills in what a command leaves out.
 */
#include "sim/machines/run_chain.h"

#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/machines/run_start.h"
#include "sim/service/fields.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/retry.h"
#include "sim/service/search_attributes.h"

#define FIRST_EVENT 1

/* ---- What a run hands on ---- */

static tl_duration duration_or_unset(const Pb__Duration *duration)
{
    return duration == NULL ? RUN_UNSET : pb_nanoseconds(duration);
}

/* Runs of a chain begin a second apart, counted from when each had its first workflow task. */
static tl_duration spaced_out(const struct run *closed, tl_duration wanted)
{
    tl_duration lifetime = sim_run_now(closed) - closed->executes_at;
    tl_duration interval = lifetime + (wanted > 0 ? wanted : 0);

    return interval < CHAIN_INTERVAL_MIN ? CHAIN_INTERVAL_MIN - lifetime : wanted;
}

/* The links are those of the first event; its user metadata stays behind. */
static struct run_plan inherit(const struct run *closed, const char *next_run_id)
{
    const Pb__WorkflowExecutionStartedEventAttributes *started = closed->started;
    const Pb__HistoryEvent *event = sim_history_event(closed->history, FIRST_EVENT);

    return (struct run_plan){
        .workflow_id = closed->workflow_id,
        .run_id = next_run_id,
        .workflow_type = started->workflow_type->name,
        .task_queue = started->task_queue->name,
        .priority = started->priority,
        .link_count = event->n_links,
        .links = event->links,
        .execution_timeout = duration_or_unset(started->workflow_execution_timeout),
        .run_timeout = duration_or_unset(started->workflow_run_timeout),
        .task_timeout = closed->task_timeout,
        .execution_expires_at = pb_time(started->workflow_execution_expiration_time),
        .previous = closed,
    };
}

static void open_next(struct name_space *space, const struct run_plan *plan)
{
    struct run *run = sim_run_open(space, plan);

    sim_run_begin(run, plan);
    sim_run_commit(run);
}

/* ---- Retries ---- */

void sim_chain_ask(struct run *run, const Pb__Failure *failure, struct succession *out)
{
    const struct retry_moment moment = {
        .now = sim_run_now(run),
        .expires_at = pb_time(run->started->workflow_execution_expiration_time),
        .attempt = run->started->attempt,
    };

    *out = (struct succession){.retry_state = RETRY_STATE_RETRY_POLICY_NOT_SET};
    if (run->started->retry_policy != NULL) {
        out->retry_state = sim_retry(run->started->retry_policy, failure, &moment, &out->delay);
    }
    if (out->retry_state == RETRY_STATE_IN_PROGRESS) {
        sim_uuid(run->sim, out->run_id);
    }
}

void sim_chain_retry(
    const struct run *closed, const struct succession *next, const Pb__Failure *failure,
    const Pb__Payloads *last_completion_result)
{
    const Pb__WorkflowExecutionStartedEventAttributes *started = closed->started;
    struct run_plan plan = inherit(closed, next->run_id);

    plan.input = started->input;
    plan.header = started->header;
    plan.memo = started->memo;
    plan.search_attributes = started->search_attributes;
    plan.retry_policy = started->retry_policy;
    plan.backoff = spaced_out(closed, next->delay);
    plan.initiator = CONTINUE_AS_NEW_INITIATOR_RETRY;
    plan.attempt = started->attempt + 1;
    plan.continued_failure = failure;
    plan.last_completion_result = last_completion_result;
    open_next(closed->space, &plan);
}

/* ---- Continuing as new ---- */

/* Left out or 0: as before. */
static tl_duration
next_run_timeout(const struct run *run, const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted)
{
    tl_duration timeout = sim_read_duration(wanted->workflow_run_timeout);

    if (timeout == 0) {
        timeout = pb_nanoseconds(run->started->workflow_run_timeout);
    }
    return sim_run_timeout(timeout, pb_nanoseconds(run->started->workflow_execution_timeout));
}

static tl_duration next_task_timeout(
    const struct run *run, const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted, tl_duration run_timeout)
{
    tl_duration timeout = sim_read_duration(wanted->workflow_task_timeout);

    return sim_run_task_timeout(timeout == 0 ? run->task_timeout : timeout, run_timeout);
}

static const char *next_type(const struct run *run, const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted)
{
    bool given = wanted->workflow_type != NULL && !pb_is_empty(wanted->workflow_type->name);

    return given ? wanted->workflow_type->name : run->started->workflow_type->name;
}

static const char *next_queue(const struct run *run, const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted)
{
    bool given = wanted->task_queue != NULL && !pb_is_empty(wanted->task_queue->name);

    return given ? wanted->task_queue->name : run->started->task_queue->name;
}

static Pb__TaskQueue *
event_queue(const struct run *run, const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted)
{
    int kind = wanted->task_queue == NULL ? 0 : (int)wanted->task_queue->kind;

    return sim_task_queue(
        &run->history->arena,
        next_queue(run, wanted),
        kind == TASK_QUEUE_KIND_UNSPECIFIED ? TASK_QUEUE_KIND_NORMAL : kind,
        wanted->task_queue == NULL ? NULL : wanted->task_queue->normal_name);
}

/* What goes from the command to the event as it is. */
static void copy_payloads(
    struct run *run, Pb__WorkflowExecutionContinuedAsNewEventAttributes *continued,
    const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted)
{
    struct arena *arena = &run->history->arena;

    continued->input = message_clone(arena, wanted->input);
    continued->header = message_clone(arena, wanted->header);
    continued->failure = message_clone(arena, wanted->failure);
    continued->last_completion_result = message_clone(arena, wanted->last_completion_result);
    continued->backoff_start_interval = message_clone(arena, wanted->backoff_start_interval);
    continued->memo = sim_memo_merge(arena, NULL, message_clone(arena, wanted->memo));
    continued->search_attributes = sim_search_attributes_merge(
        arena, NULL, sim_search_attributes_clone(arena, run->space, wanted->search_attributes));
}

void sim_chain_add_continued(struct run *run, const Pb__Command *command, int64_t completed_id, const char *next_run_id)
{
    const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted =
        command->continue_as_new_workflow_execution_command_attributes;
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, command);
    Pb__WorkflowExecutionContinuedAsNewEventAttributes *continued = EVENT_ATTRIBUTES(
        arena,
        event,
        WorkflowExecutionContinuedAsNew,
        workflow_execution_continued_as_new,
        WORKFLOW_EXECUTION_CONTINUED_AS_NEW);
    tl_duration run_timeout = next_run_timeout(run, wanted);

    continued->new_execution_run_id = sim_history_text(run->history, next_run_id);
    continued->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    continued->workflow_type->name = arena_strdup(arena, next_type(run, wanted));
    continued->task_queue = event_queue(run, wanted);
    continued->workflow_run_timeout = sim_duration(arena, run_timeout);
    continued->workflow_task_timeout = sim_duration(arena, next_task_timeout(run, wanted, run_timeout));
    continued->workflow_task_completed_event_id = completed_id;
    continued->initiator = wanted->initiator;
    continued->inherit_build_id = wanted->inherit_build_id;
    copy_payloads(run, continued, wanted);
    sim_run_add(run, event);
}

/* The command says all that the next run has of these; nothing else is handed on. */
static void take_payloads(struct run_plan *plan, const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted)
{
    plan->input = wanted->input;
    plan->header = wanted->header;
    plan->memo = wanted->memo;
    plan->search_attributes = wanted->search_attributes;
    plan->continued_failure = wanted->failure;
    plan->last_completion_result = wanted->last_completion_result;
}

void sim_chain_continue(const struct run *closed, const Pb__Command *command, const char *next_run_id)
{
    const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *wanted =
        command->continue_as_new_workflow_execution_command_attributes;
    struct run_plan plan = inherit(closed, next_run_id);
    struct arena arena;

    arena_init(&arena, closed->sim->pool);
    take_payloads(&plan, wanted);
    plan.workflow_type = next_type(closed, wanted);
    plan.task_queue = next_queue(closed, wanted);
    plan.run_timeout = next_run_timeout(closed, wanted);
    plan.task_timeout = next_task_timeout(closed, wanted, plan.run_timeout);
    plan.backoff = spaced_out(closed, duration_or_unset(wanted->backoff_start_interval));
    plan.retry_policy = wanted->retry_policy == NULL ? NULL : sim_retry_policy_fill(&arena, wanted->retry_policy);
    plan.initiator = wanted->initiator == CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED ? CONTINUE_AS_NEW_INITIATOR_WORKFLOW
                                                                                : (int)wanted->initiator;
    plan.attempt = plan.initiator == CONTINUE_AS_NEW_INITIATOR_RETRY ? closed->started->attempt + 1 : 1;
    open_next(closed->space, &plan);
    arena_done(&arena);
}
