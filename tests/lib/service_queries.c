/* SPDX-License-Identifier: MIT */
#include "tests/lib/service_queries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"

#define RESULTS_MOST 8

Pb__QueryWorkflowRequest *query_request(struct service_client *client, const char *workflow_id)
{
    Pb__QueryWorkflowRequest *request = PB_NEW(&client->arena, Pb__QueryWorkflowRequest, pb__query_workflow_request);

    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, workflow_id, "");
    request->query = PB_NEW(&client->arena, Pb__WorkflowQuery, pb__workflow_query);
    request->query->query_type = client_text(client, "status");
    return request;
}

struct pending *query_send(struct service_client *client, const char *workflow_id)
{
    return client_send(client, RPC_QueryWorkflow, query_request(client, workflow_id));
}

Pb__RespondQueryTaskCompletedRequest *query_completion(struct service_client *client, workflow_task task)
{
    Pb__RespondQueryTaskCompletedRequest *request =
        PB_NEW(&client->arena, Pb__RespondQueryTaskCompletedRequest, pb__respond_query_task_completed_request);

    assert_non_null(task->query);
    request->namespace_ = client_text(client, "default");
    request->task_token = task->task_token;
    request->completed_type = QUERY_RESULT_TYPE_ANSWERED;
    return request;
}

void query_answer(struct service_client *client, workflow_task task, const char *json)
{
    Pb__RespondQueryTaskCompletedRequest *request = query_completion(client, task);

    request->query_result = client_json(client, json);
    (void)client_must(client, RPC_RespondQueryTaskCompleted, request);
}

static Pb__WorkflowQueryResult *add_result(
    struct service_client *client, Pb__RespondWorkflowTaskCompletedRequest *completion, workflow_task task, size_t n)
{
    Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry *entry = PB_NEW(
        &client->arena,
        Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry,
        pb__respond_workflow_task_completed_request__query_results_entry);

    assert_in_range(n + 1, 1, task->n_queries);
    if (completion->query_results == NULL) {
        completion->query_results =
            ARENA_ARRAY(&client->arena, Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry *, RESULTS_MOST);
    }
    assert_in_range(completion->n_query_results, 0, RESULTS_MOST - 1);
    entry->key = task->queries[n]->key;
    entry->value = PB_NEW(&client->arena, Pb__WorkflowQueryResult, pb__workflow_query_result);
    completion->query_results[completion->n_query_results++] = entry;
    return entry->value;
}

void query_add_result(
    struct service_client *client, Pb__RespondWorkflowTaskCompletedRequest *completion, workflow_task task, size_t n,
    const char *json)
{
    Pb__WorkflowQueryResult *result = add_result(client, completion, task, n);

    result->result_type = QUERY_RESULT_TYPE_ANSWERED;
    result->answer = client_json(client, json);
}

void query_add_failure(
    struct service_client *client, Pb__RespondWorkflowTaskCompletedRequest *completion, workflow_task task, size_t n,
    const char *text)
{
    Pb__WorkflowQueryResult *result = add_result(client, completion, task, n);

    result->result_type = QUERY_RESULT_TYPE_FAILED;
    result->error_message = client_text(client, "%s", text);
    result->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    result->failure->message = client_text(client, "%s", text);
}

const char *client_run_id(struct service_client *client, const char *workflow_id)
{
    return client_event(client, workflow_id, 1)->workflow_execution_started_event_attributes->original_execution_run_id;
}
