/* SPDX-License-Identifier: MIT */
#include "sim/machines/query_answer.h"

#include <string.h>

#include "model/message.h"
#include "sim/machines/workflow_task_poll.h"
#include "sim/service/call.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/token.h"

#define TOO_LARGE "Blob data size exceeds limit."

/* ---- To the worker ---- */

/* A worker that has the run in its cache needs no history, one that polled elsewhere all of it. */
static void set_history(const struct query *query, struct tl_call *poll, Pb__PollWorkflowTaskQueueResponse *response)
{
    struct arena *arena = sim_call_arena(poll);
    const struct run *run = query->run;

    if (poll->wait.poll.queue == run->sticky) {
        response->history = PB_NEW(arena, Pb__History, pb__history);
    } else {
        sim_workflow_task_set_history(response, arena, run, 1, "");
        sim_call_share(poll, run->history);
    }
}

/* service/matching/matching_engine.go, PollWorkflowTaskQueue: no task is started, so much is not set. */
Pb__PollWorkflowTaskQueueResponse *sim_query_task(const struct query *query, struct tl_call *poll)
{
    struct arena *arena = sim_call_arena(poll);
    const struct run *run = query->run;
    const struct token token = {.kind = TOKEN_QUERY, .run = run->number, .first = (int64_t)query->number};
    Pb__PollWorkflowTaskQueueResponse *response =
        PB_NEW(arena, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);

    response->task_token = sim_token_pack(run->sim, arena, &token);
    response->workflow_execution = sim_execution(arena, run->workflow_id, run->run_id);
    response->workflow_type = message_clone(arena, run->started->workflow_type);
    response->workflow_execution_task_queue = message_clone(arena, run->started->task_queue);
    response->previous_started_event_id = run->last_completed_started_id;
    response->attempt = 1;
    response->query = message_clone(arena, query->asked);
    response->backlog_count_hint = (int64_t)poll->wait.poll.queue->task_count;
    set_history(query, poll, response);
    return response;
}

/* ---- To the caller ---- */

/* Rejected or answered, a link to the run comes along. */
static void answer(struct query *query, Pb__QueryWorkflowResponse *response)
{
    struct arena *arena = sim_call_arena(query->call);
    const struct run *run = query->run;
    Pb__Link__Workflow *workflow = PB_NEW(arena, Pb__Link__Workflow, pb__link__workflow);

    workflow->namespace_ = arena_strdup(arena, run->space->name);
    workflow->workflow_id = arena_strdup(arena, run->workflow_id);
    workflow->run_id = arena_strdup(arena, run->run_id);
    workflow->reason = arena_strdup(arena, response->query_rejected != NULL ? "Query rejected" : "Query processed");
    response->link = PB_NEW(arena, Pb__Link, pb__link);
    response->link->variant_case = PB__LINK__VARIANT_WORKFLOW;
    response->link->workflow = workflow;
    sim_call_answer(query->call, response);
}

static Pb__QueryWorkflowResponse *new_response(struct query *query)
{
    return PB_NEW(sim_call_arena(query->call), Pb__QueryWorkflowResponse, pb__query_workflow_response);
}

static void answer_result(struct query *query, const Pb__Payloads *result)
{
    Pb__QueryWorkflowResponse *response = new_response(query);

    response->query_result = message_clone(sim_call_arena(query->call), result);
    answer(query, response);
}

static void answer_failure(struct query *query, const char *text, const Pb__Failure *failure)
{
    struct arena *arena = sim_call_arena(query->call);
    Pb__QueryFailedFailure *details = PB_NEW(arena, Pb__QueryFailedFailure, pb__query_failed_failure);

    details->failure = message_clone(arena, failure);
    sim_call_refuse_details(query->call, TL_INVALID_ARGUMENT, details, "%s", text);
}

/* service/history/workflow/query.go, validateCompletionState. */
bool sim_query_take_result(struct query *query, const Pb__WorkflowQueryResult *result)
{
    bool has_text = !pb_is_empty(result->error_message);

    if (sim_payloads_too_large(result->answer)) {
        sim_call_refuse(query->call, TL_INVALID_ARGUMENT, "%s", TOO_LARGE);
        return true;
    }
    if (result->result_type == QUERY_RESULT_TYPE_ANSWERED && result->answer != NULL && !has_text) {
        answer_result(query, result->answer);
        return true;
    }
    if (result->result_type == QUERY_RESULT_TYPE_FAILED && result->answer == NULL && has_text) {
        answer_failure(query, result->error_message, result->failure);
        return true;
    }
    return false;
}

void sim_query_respond(struct query *query, const Pb__RespondQueryTaskCompletedRequest *request)
{
    if (sim_payloads_too_large(request->query_result)) {
        answer_failure(query, TOO_LARGE, NULL);
        return;
    }
    switch ((int)request->completed_type) {
    case QUERY_RESULT_TYPE_ANSWERED:
        answer_result(query, request->query_result);
        break;
    case QUERY_RESULT_TYPE_FAILED:
        answer_failure(query, request->error_message, request->failure);
        break;
    default:
        sim_call_refuse(query->call, TL_INTERNAL, "unknown query completed type");
        break;
    }
}

void sim_query_reject(struct query *query)
{
    Pb__QueryWorkflowResponse *response = new_response(query);

    response->query_rejected = PB_NEW(sim_call_arena(query->call), Pb__QueryRejected, pb__query_rejected);
    response->query_rejected->status = (Pb__WorkflowExecutionStatus)query->run->status;
    answer(query, response);
}

void sim_query_refuse_not_ready(struct query *query, const char *why)
{
    const Pb__WorkflowNotReadyFailure *details =
        PB_NEW(sim_call_arena(query->call), Pb__WorkflowNotReadyFailure, pb__workflow_not_ready_failure);

    sim_call_refuse_details(query->call, TL_FAILED_PRECONDITION, details, "%s", why);
}

void sim_query_refuse_full(struct query *query)
{
    Pb__ResourceExhaustedFailure *details =
        PB_NEW(sim_call_arena(query->call), Pb__ResourceExhaustedFailure, pb__resource_exhausted_failure);

    details->cause = RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW;
    details->scope = RESOURCE_EXHAUSTED_SCOPE_NAMESPACE;
    sim_call_refuse_details(
        query->call,
        TL_RESOURCE_EXHAUSTED,
        details,
        "consistent query buffer is full, this may be caused by too many queries and workflow not able to process "
        "query fast enough");
}
