/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/signalworkflow/api.go, signal_workflow_util.go. */
#include "sim/frontend/signal.h"

#include "model/message.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"

static const Pb__SignalWorkflowExecutionResponse signaled = PB__SIGNAL_WORKFLOW_EXECUTION_RESPONSE__INIT;

static enum tl_status check(struct tl_error *error, const Pb__SignalWorkflowExecutionRequest *request)
{
    if (sim_check_id(error, "signal_name", request->signal_name, true) != TL_OK ||
        sim_check_id(error, "request_id", request->request_id, false) != TL_OK ||
        sim_check_id(error, "identity", request->identity, false) != TL_OK) {
        return error->status;
    }
    if (sim_payloads_too_large(request->input)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "input", "input exceeds %zu bytes", (size_t)LIMIT_BLOB_BYTES);
    }
    return TL_OK;
}

/* Whether the run takes another signal now; false after refusing the call. */
static bool is_welcome(struct tl_call *call, const struct run *run)
{
    if (run->signal_count >= LIMIT_SIGNALS) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "the run has had %d signals, its limit", LIMIT_SIGNALS);
        return false;
    }
    if (run->task.close_attempted && sim_workflow_task_is_started(run)) {
        Pb__ResourceExhaustedFailure *details =
            PB_NEW(sim_call_arena(call), Pb__ResourceExhaustedFailure, pb__resource_exhausted_failure);
        details->cause = RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW;
        details->scope = RESOURCE_EXHAUSTED_SCOPE_NAMESPACE;
        sim_call_refuse_details(call, TL_RESOURCE_EXHAUSTED, details, "the workflow is closing: try again");
        return false;
    }
    return true;
}

static void add_signal(struct run *run, const Pb__SignalWorkflowExecutionRequest *request)
{
    struct history *history = run->history;
    struct arena *arena = &history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionSignaledEventAttributes *attributes = EVENT_ATTRIBUTES(
        arena, event, WorkflowExecutionSignaled, workflow_execution_signaled, WORKFLOW_EXECUTION_SIGNALED);

    attributes->signal_name = sim_history_text(history, request->signal_name);
    attributes->input = message_clone(arena, request->input);
    attributes->identity = sim_history_identity(history, request->identity);
    attributes->header = message_clone(arena, request->header);
    attributes->request_id = sim_history_text(history, request->request_id);
    sim_event_set_links(history, event, request->n_links, request->links);
    if (!pb_is_empty(attributes->request_id)) {
        map_put_string(&run->signal_ids, attributes->request_id, run);
    }
    run->signal_count++;
    sim_run_buffer(run, event, NULL);
}

void sim_signal_workflow_execution(struct tl_call *call, const void *message)
{
    const Pb__SignalWorkflowExecutionRequest *request = message;
    struct tl_error error;

    if (check(&error, request) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    struct run *run = sim_frontend_run(call, request->namespace_, request->workflow_execution);
    if (run == NULL) {
        return;
    }
    if (!pb_is_empty(request->request_id) && map_get_string(&run->signal_ids, request->request_id) != NULL) {
        sim_call_answer(call, &signaled); /* seen before: once is enough, even when the run has closed since */
        return;
    }
    if (!sim_run_is_open(run)) {
        sim_call_not_found(call, "workflow execution already completed");
        return;
    }
    if (is_welcome(call, run)) {
        add_signal(run, request);
        sim_workflow_task_ensure(run);
        sim_run_commit(run);
        sim_call_answer(call, &signaled);
    }
}
