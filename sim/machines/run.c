/* SPDX-License-Identifier: MIT */
#include "sim/machines/run.h"

#include <stdio.h>

#include "model/message.h"
#include "sim/machines/clock.h"
#include "sim/machines/machines.h"
#include "sim/machines/run_chain.h"

#define MACHINE      sim_run
#define MACHINE_FILE "sim/machines/run.def"
#include "base/machine_define.h"

/* A command that closes the run, and what follows. */
struct closing {
    const Pb__Command *command;
    int64_t completed_id;
    struct succession next;
};

/* ---- Actions ---- */

void sim_event_set_links(struct history *history, Pb__HistoryEvent *event, size_t count, Pb__Link *const *links)
{
    if (count == 0) {
        return;
    }
    event->n_links = count;
    event->links = ARENA_ARRAY(&history->arena, Pb__Link *, count);
    for (size_t i = 0; i < count; i++) {
        event->links[i] = message_clone(&history->arena, links[i]);
    }
}

static int request_cancel(void *self, const void *argument)
{
    struct run *run = self;
    const Pb__RequestCancelWorkflowExecutionRequest *request = argument;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionCancelRequestedEventAttributes *requested = EVENT_ATTRIBUTES(
        &run->history->arena,
        event,
        WorkflowExecutionCancelRequested,
        workflow_execution_cancel_requested,
        WORKFLOW_EXECUTION_CANCEL_REQUESTED);

    requested->cause = sim_history_text(run->history, request->reason);
    requested->identity = sim_history_identity(run->history, request->identity);
    sim_event_set_links(run->history, event, request->n_links, request->links);
    sim_run_buffer(run, event, NULL);
    run->cancel_requested = true;
    return 0;
}

static int complete(void *self, const void *argument)
{
    struct run *run = self;
    const struct closing *closing = argument;
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, closing->command);
    Pb__WorkflowExecutionCompletedEventAttributes *completed = EVENT_ATTRIBUTES(
        arena, event, WorkflowExecutionCompleted, workflow_execution_completed, WORKFLOW_EXECUTION_COMPLETED);

    completed->result = message_clone(arena, closing->command->complete_workflow_execution_command_attributes->result);
    completed->workflow_task_completed_event_id = closing->completed_id;
    sim_run_add(run, event);
    return 0;
}

static int fail(void *self, const void *argument)
{
    struct run *run = self;
    const struct closing *closing = argument;
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, closing->command);
    Pb__WorkflowExecutionFailedEventAttributes *failed =
        EVENT_ATTRIBUTES(arena, event, WorkflowExecutionFailed, workflow_execution_failed, WORKFLOW_EXECUTION_FAILED);

    failed->failure = message_clone(arena, closing->command->fail_workflow_execution_command_attributes->failure);
    failed->retry_state = (Pb__RetryState)closing->next.retry_state;
    failed->workflow_task_completed_event_id = closing->completed_id;
    failed->new_execution_run_id = sim_history_text(run->history, closing->next.run_id);
    sim_run_add(run, event);
    return 0;
}

static int cancel(void *self, const void *argument)
{
    struct run *run = self;
    const struct closing *closing = argument;
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, closing->command);
    Pb__WorkflowExecutionCanceledEventAttributes *canceled = EVENT_ATTRIBUTES(
        arena, event, WorkflowExecutionCanceled, workflow_execution_canceled, WORKFLOW_EXECUTION_CANCELED);

    canceled->details = message_clone(arena, closing->command->cancel_workflow_execution_command_attributes->details);
    canceled->workflow_task_completed_event_id = closing->completed_id;
    sim_run_add(run, event);
    return 0;
}

static int continue_as_new(void *self, const void *argument)
{
    const struct closing *closing = argument;

    sim_chain_add_continued(self, closing->command, closing->completed_id, closing->next.run_id);
    return 0;
}

static int terminate(void *self, const void *argument)
{
    struct run *run = self;
    const struct termination *why = argument;
    struct arena *arena = &run->history->arena;

    sim_workflow_task_abort(run);
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionTerminatedEventAttributes *terminated = EVENT_ATTRIBUTES(
        arena, event, WorkflowExecutionTerminated, workflow_execution_terminated, WORKFLOW_EXECUTION_TERMINATED);
    terminated->reason = sim_history_text(run->history, why->reason);
    terminated->details = message_clone(arena, why->details);
    terminated->identity = sim_history_identity(run->history, why->identity);
    sim_event_set_links(run->history, event, why->link_count, why->links);
    sim_run_add(run, event);
    return 0;
}

static int time_out(void *self, const void *argument)
{
    struct run *run = self;
    const struct succession *next = argument;

    sim_workflow_task_abort(run);
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionTimedOutEventAttributes *timed_out = EVENT_ATTRIBUTES(
        &run->history->arena,
        event,
        WorkflowExecutionTimedOut,
        workflow_execution_timed_out,
        WORKFLOW_EXECUTION_TIMED_OUT);
    timed_out->retry_state = (Pb__RetryState)next->retry_state;
    timed_out->new_execution_run_id = sim_history_text(run->history, next->run_id);
    sim_run_add(run, event);
    return 0;
}

/* ---- Steps ---- */

static int status_of(uint8_t state)
{
    static const int statuses[] = {
        [STATE_RUNNING] = WORKFLOW_EXECUTION_STATUS_RUNNING,
        [STATE_CANCEL_REQUESTED] = WORKFLOW_EXECUTION_STATUS_RUNNING,
        [STATE_COMPLETED] = WORKFLOW_EXECUTION_STATUS_COMPLETED,
        [STATE_FAILED] = WORKFLOW_EXECUTION_STATUS_FAILED,
        [STATE_CANCELED] = WORKFLOW_EXECUTION_STATUS_CANCELED,
        [STATE_TERMINATED] = WORKFLOW_EXECUTION_STATUS_TERMINATED,
        [STATE_TIMED_OUT] = WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
        [STATE_CONTINUED_AS_NEW] = WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
    };

    return statuses[state];
}

static void trace_closed(const struct run *run)
{
    if (agenda_traces(run->sim->agenda, TL_TRACE_SERVICE_RUN_CLOSED)) {
        agenda_trace(
            run->sim->agenda,
            (struct tl_trace_event){
                .kind = TL_TRACE_SERVICE_RUN_CLOSED,
                .workflow_id = run->workflow_id,
                .run_id = run->run_id,
                .event_id = (int64_t)run->history->count,
                .name = run->started->workflow_type->name,
                .detail = sim_run_machine.state_names[run->state],
            });
    }
}

void sim_run_drop_pending(struct run *run)
{
    sim_activity_drop_all(run);
    sim_timer_drop_all(run);
    if (run->task.queued.queue != NULL) {
        sim_queue_remove(&run->task.queued);
    }
    sim_run_disarm(run, &run->task.deadline);
    sim_run_disarm(run, &run->backoff);
    sim_run_disarm(run, &run->expiry);
    sim_clock_drop(run);
}

static void close_run(struct run *run, unsigned event, const void *argument)
{
    CHECK(machine_step(&sim_run_machine, &run->state, event, run, argument, true) == MACHINE_OK);
    sim_workflow_task_close(run);
    sim_run_drop_pending(run);
    sim_run_clear_sticky(run);
    run->status = status_of(run->state);
    run->closed_at = sim_run_now(run);
    run->sim->open_runs--;
    trace_closed(run);
}

bool sim_run_is_cancel_requested(const struct run *run)
{
    return run->cancel_requested;
}

bool sim_run_request_cancel(struct run *run, const Pb__RequestCancelWorkflowExecutionRequest *request)
{
    bool first = run->state == STATE_RUNNING;

    CHECK(machine_step(&sim_run_machine, &run->state, EVENT_REQUEST_CANCEL, run, request, true) == MACHINE_OK);
    return first;
}

/* Failed; and tried again, when its retry policy says so. */
static void close_failed(struct run *run, struct closing *closing)
{
    const Pb__Failure *failure = closing->command->fail_workflow_execution_command_attributes->failure;

    sim_chain_ask(run, failure, &closing->next);
    close_run(run, EVENT_FAIL, closing);
    if (closing->next.run_id[0] != '\0') {
        sim_chain_retry(run, &closing->next, failure, NULL);
    }
}

static void close_continued(struct run *run, struct closing *closing)
{
    sim_uuid(run->sim, closing->next.run_id);
    close_run(run, EVENT_CONTINUE_AS_NEW, closing);
    sim_chain_continue(run, closing->command, closing->next.run_id);
}

void sim_run_close_by_command(struct run *run, const Pb__Command *command, int64_t completed_id)
{
    struct closing closing = {.command = command, .completed_id = completed_id};

    switch ((int)command->command_type) {
    case COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
        close_run(run, EVENT_COMPLETE, &closing);
        break;
    case COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
        close_failed(run, &closing);
        break;
    case COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        close_continued(run, &closing);
        break;
    default:
        CHECK(command->command_type == COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION);
        close_run(run, EVENT_CANCEL, &closing);
        break;
    }
}

void sim_run_terminate(struct run *run, const struct termination *why)
{
    close_run(run, EVENT_TERMINATE, why);
}

/* ---- The run's own timeout ---- */

/* timer_queue_active_task_executor.go, executeWorkflowRunTimeoutTask: a chain that has expired is not asked. */
static void ask_after_timeout(struct run *run, const Pb__Failure *failure, struct succession *out)
{
    const Pb__Timestamp *expires = run->started->workflow_execution_expiration_time;

    if (expires != NULL && pb_time(expires) <= sim_run_now(run)) {
        *out = (struct succession){.retry_state = RETRY_STATE_TIMEOUT};
    } else {
        sim_chain_ask(run, failure, out);
    }
}

static void on_expiry(struct agenda_item *item)
{
    struct run *run = CONTAINER_OF(item, struct run, expiry);
    Pb__TimeoutFailureInfo info = PB__TIMEOUT_FAILURE_INFO__INIT;
    Pb__Failure failure = PB__FAILURE__INIT;
    struct succession next;

    failure.message = (char *)(uintptr_t) "workflow timeout";
    failure.source = (char *)(uintptr_t) "Server";
    failure.failure_info_case = PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    failure.timeout_failure_info = &info;
    info.timeout_type = TIMEOUT_TYPE_START_TO_CLOSE;
    ask_after_timeout(run, &failure, &next);
    close_run(run, EVENT_TIME_OUT, &next);
    if (next.run_id[0] != '\0') {
        sim_chain_retry(run, &next, &failure, run->started->last_completion_result);
    }
    sim_run_commit(run);
}

static void name_expiry(const struct agenda_item *item, char *text, size_t size)
{
    const struct run *run = CONST_CONTAINER_OF(item, struct run, expiry);

    snprintf(text, size, "%s: run times out", run->workflow_id);
}

void sim_run_arm_expiry(struct run *run)
{
    if (run->expires_at != 0) {
        run->expiry.run = on_expiry;
        run->expiry.name = name_expiry;
        agenda_at(run->sim->agenda, &run->expiry, run->expires_at - run->offset, TL_DEADLINE_RUN);
    }
}
