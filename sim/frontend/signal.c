/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/signalworkflow/api.go, signal_workflow_util.go. */
#include "sim/frontend/signal.h"

#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/machines/run_start.h"
#include "sim/service/limits.h"
#include "sim/service/links.h"
#include "sim/service/messages.h"

enum tl_status sim_signal_check(struct tl_error *error, const struct signal *signal)
{
    if (sim_check_id(error, "signal_name", signal->name, true) != TL_OK ||
        sim_check_id(error, "request_id", signal->request_id, false) != TL_OK ||
        sim_check_links(error, signal->link_count, signal->links) != TL_OK) {
        return error->status;
    }
    if (sim_payloads_too_large(signal->input)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "input", "input exceeds %zu bytes", (size_t)LIMIT_BLOB_BYTES);
    }
    return TL_OK;
}

bool sim_signal_is_welcome(struct tl_call *call, const struct run *run)
{
    Pb__ResourceExhaustedFailure *details;

    switch (sim_signal_refusal(run)) {
    case SIGNAL_TOO_MANY:
        sim_call_refuse(
            call, TL_INVALID_ARGUMENT, "the run has had %lld signals, its limit", (long long)run->sim->limits.signals);
        return false;
    case SIGNAL_CLOSING:
        details = PB_NEW(sim_call_arena(call), Pb__ResourceExhaustedFailure, pb__resource_exhausted_failure);
        details->cause = RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW;
        details->scope = RESOURCE_EXHAUSTED_SCOPE_NAMESPACE;
        sim_call_refuse_details(call, TL_RESOURCE_EXHAUSTED, details, "the workflow is closing: try again");
        return false;
    default:
        return true;
    }
}

static void answer(struct tl_call *call, const struct run *run, const char *request_id)
{
    struct arena *arena = sim_call_arena(call);
    Pb__SignalWorkflowExecutionResponse *response =
        PB_NEW(arena, Pb__SignalWorkflowExecutionResponse, pb__signal_workflow_execution_response);

    response->link = sim_link_to_request(arena, run, request_id, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
    sim_call_answer(call, response);
}

void sim_signal_workflow_execution(struct tl_call *call, const void *message)
{
    const Pb__SignalWorkflowExecutionRequest *request = message;
    const struct signal signal = {
        .name = request->signal_name,
        .input = request->input,
        .header = request->header,
        .identity = request->identity,
        .request_id = request->request_id,
        .link_count = request->n_links,
        .links = request->links,
    };
    struct tl_error error;

    if (sim_signal_check(&error, &signal) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    struct run *run = sim_frontend_run(call, request->namespace_, request->workflow_execution);
    if (run == NULL) {
        return;
    }
    if (sim_signal_is_known(run, signal.request_id)) {
        answer(call, run, signal.request_id); /* once is enough, even when the run has closed since */
        return;
    }
    if (!sim_run_is_open(run)) {
        sim_call_not_found(call, "workflow execution already completed");
        return;
    }
    if (sim_signal_is_welcome(call, run)) {
        sim_signal_add(run, &signal);
        sim_run_tell(run);
        sim_run_commit(run);
        answer(call, run, signal.request_id);
    }
}
