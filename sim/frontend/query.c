/* SPDX-License-Identifier: MIT */
/* Facts: service/frontend/workflow_handler.go, QueryWorkflow and RespondQueryTaskCompleted. */
#include "sim/frontend/query.h"

#include <string.h>

#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

static bool check_query(struct tl_call *call, const Pb__QueryWorkflowRequest *request)
{
    if (request->query == NULL || pb_is_empty(request->query->query_type)) {
        sim_call_refuse(
            call, TL_INVALID_ARGUMENT, "%s is not set", request->query == NULL ? "query" : "query.query_type");
        return false;
    }
    if (sim_payloads_too_large(request->query->query_args)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "query.query_args: Blob data size exceeds limit.");
        return false;
    }
    return true;
}

void sim_query_workflow(struct tl_call *call, const void *message)
{
    const Pb__QueryWorkflowRequest *request = message;
    struct run *run = sim_frontend_run(call, request->namespace_, request->execution);

    if (run != NULL && check_query(call, request)) {
        sim_query_ask(call, run, request);
    }
}

void sim_respond_query_task_completed(struct tl_call *call, const void *message)
{
    static const Pb__RespondQueryTaskCompletedResponse done = PB__RESPOND_QUERY_TASK_COMPLETED_RESPONSE__INIT;
    const Pb__RespondQueryTaskCompletedRequest *request = message;
    struct token token;
    struct run *run = NULL;

    if (!sim_frontend_token(call, request->namespace_, &request->task_token, TOKEN_QUERY, &token, &run)) {
        return;
    }
    struct query *query = sim_query_find(run, (uint64_t)token.first);
    if (query == NULL) {
        sim_call_not_found(call, "query task not found, or already expired");
        return;
    }
    sim_query_respond(query, request);
    sim_call_answer(call, &done);
}
