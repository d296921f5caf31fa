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

struct target {
    const char *name_space;
    const Pb__WorkflowExecution *execution;
    const char *first_run_id; /* names the chain; empty: `execution` may have named a run */
    size_t link_count;
    Pb__Link *const *links;
};

#define TARGET(request)                                                                                                \
    {                                                                                                                  \
        (request)->namespace_, (request)->workflow_execution, (request)->first_execution_run_id, (request)->n_links,   \
            (request)->links                                                                                           \
    }

/* Of a chain it is the id's newest run, whether that is of the chain or not: see is_of_chain. NULL after refusing. */
static struct run *find_run(struct tl_call *call, const struct target *target)
{
    Pb__WorkflowExecution newest = PB__WORKFLOW_EXECUTION__INIT;
    struct tl_error error;

    if (sim_check_links(&error, target->link_count, target->links) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return NULL;
    }
    if (pb_is_empty(target->first_run_id) || target->execution == NULL) {
        return sim_frontend_run(call, target->name_space, target->execution);
    }
    newest.workflow_id = target->execution->workflow_id;
    return sim_frontend_run(call, target->name_space, &newest);
}

static bool is_of_chain(struct tl_call *call, const struct run *run, const char *first_run_id)
{
    if (pb_is_empty(first_run_id) || strcmp(run->started->first_execution_run_id, first_run_id) == 0) {
        return true;
    }
    sim_call_not_found(call, "workflow %s has no open run of the chain %s", run->workflow_id, first_run_id);
    return false;
}

void sim_request_cancel_workflow_execution(struct tl_call *call, const void *message)
{
    const Pb__RequestCancelWorkflowExecutionRequest *request = message;
    const struct target target = TARGET(request);
    struct run *run = find_run(call, &target);

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
    const struct target target = TARGET(request);
    struct run *run = find_run(call, &target);

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
