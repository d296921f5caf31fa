/* SPDX-License-Identifier: MIT */
/* Queries through tests/lib/service_client.h: asked, and answered by the worker's side. */
#ifndef TIMELAPSE_TESTS_SERVICE_QUERIES_H
#define TIMELAPSE_TESTS_SERVICE_QUERIES_H

#include "tests/lib/service_client.h"

/* A query of type "status". */
Pb__QueryWorkflowRequest *query_request(struct service_client *client, const char *workflow_id);
struct pending *query_send(struct service_client *client, const char *workflow_id);

/* The answer to a query task: ANSWERED, without a result. */
Pb__RespondQueryTaskCompletedRequest *query_completion(struct service_client *client, workflow_task task);

/* Answers a query task with JSON; it must be accepted. */
void query_answer(struct service_client *client, workflow_task task, const char *json);

/* A result for the n-th query that came along with a workflow task, added to its completion: JSON, or a failure. */
void query_add_result(
    struct service_client *client, Pb__RespondWorkflowTaskCompletedRequest *completion, workflow_task task, size_t n,
    const char *json);
void query_add_failure(
    struct service_client *client, Pb__RespondWorkflowTaskCompletedRequest *completion, workflow_task task, size_t n,
    const char *text);

/* The newest run of that id. */
const char *client_run_id(struct service_client *client, const char *workflow_id);

#endif
