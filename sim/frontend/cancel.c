/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/requestcancelworkflow/api.go, terminateworkflow/api.go. */
#include "sim/frontend/cancel.h"

#include <string.h>

#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/machines/run_start.h"
#include "sim/service/links.h"
#include "sim/service/messages.h"

static const Pb__RequestCancelWorkflowExecutionResponse requested =
    PB__REQUEST_CANCEL_WORKFLOW_EXECUTION_RESPONSE__INIT;
static const Pb__TerminateWorkflowExecutionResponse terminated = PB__TERMINATE_WORKFLOW_EXECUTION_RESPONSE__INIT;

/* A chain is named by its first run: then the id's newest run must be of it. NULL after refusing. */
static struct run *find_in_chain(
    struct tl_call *call, const char *name_space, const Pb__WorkflowExecution *execution, const char *first_run_id)
{
    Pb__WorkflowExecution newest = PB__WORKFLOW_EXECUTION__INIT;

    if (pb_is_empty(first_run_id) || execution == NULL) {
        return sim_frontend_run(call, name_space, execution);
    }
    newest.workflow_id = execution->workflow_id;
    return sim_frontend_run(call, name_space, &newest);
}

static bool is_of_chain(struct tl_call *call, const struct run *run, const char *first_run_id)
{
    if (pb_is_empty(first_run_id) || strcmp(run->started->first_execution_run_id, first_run_id) == 0) {
        return true;
    }
    sim_call_not_found(call, "workflow %s has no open run of the chain %s", run->workflow_id, first_run_id);
    return false;
}

static bool check_links(struct tl_call *call, size_t count, Pb__Link *const *links)
{
    struct tl_error error;

    if (sim_check_links(&error, count, links) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    return true;
}

void sim_request_cancel_workflow_execution(struct tl_call *call, const void *message)
{
    const Pb__RequestCancelWorkflowExecutionRequest *request = message;

    if (!check_links(call, request->n_links, request->links)) {
        return;
    }
    struct run *run =
        find_in_chain(call, request->namespace_, request->workflow_execution, request->first_execution_run_id);
    if (run == NULL) {
        return;
    }
    if (!sim_run_is_open(run)) {
        sim_call_answer(call, &requested); /* a closed run counts as asked */
        return;
    }
    if (!is_of_chain(call, run, request->first_execution_run_id)) {
        return;
    }
    if (sim_run_request_cancel(run, request)) {
        sim_run_wake(run);
        sim_run_commit(run);
    }
    sim_call_answer(call, &requested);
}

static const char *text_or(const char *text, const char *otherwise)
{
    return pb_is_empty(text) ? otherwise : text;
}

void sim_terminate_workflow_execution(struct tl_call *call, const void *message)
{
    const Pb__TerminateWorkflowExecutionRequest *request = message;

    if (!check_links(call, request->n_links, request->links)) {
        return;
    }
    struct run *run =
        find_in_chain(call, request->namespace_, request->workflow_execution, request->first_execution_run_id);
    if (run == NULL) {
        return;
    }
    if (!sim_run_is_open(run)) {
        sim_call_not_found(call, "workflow execution already completed");
        return;
    }
    if (!is_of_chain(call, run, request->first_execution_run_id)) {
        return;
    }
    const struct termination why = {
        .reason = text_or(request->reason, "terminated by user via frontend"),
        .details = request->details,
        .identity = text_or(request->identity, "frontend-service"),
        .link_count = request->n_links,
        .links = request->links,
    };
    sim_run_terminate(run, &why);
    sim_run_commit(run);
    sim_call_answer(call, &terminated);
}
