/* SPDX-License-Identifier: MIT */
#include "tests/sim/machine_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/service_queries.h"

#define STICKY "worker-1-sticky"

static struct pending *poll_sticky(struct service_client *client)
{
    return client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY));
}

/* A run that a sticky worker has, and the poll it waits with. */
static struct pending *begin_sticky(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    return poll_sticky(client);
}

static void assert_answered(struct service_client *client, workflow_task task, const struct pending *query)
{
    query_answer(client, task, "1");
    client_run(client);
    assert_non_null(client_message(query->reply));
}

/* A query that waits for a workflow task, and that task. */
static workflow_task with_buffered(struct service_client *client, struct pending **out_query)
{
    (void)client_start(client, WORKFLOW);
    *out_query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    assert_int_equal(task->n_queries, 1);
    return task;
}

static void asked_query_is_rejected(struct service_client *client)
{
    Pb__QueryWorkflowRequest *request = query_request(client, WORKFLOW);

    client_begin(client, WORKFLOW, COMMANDS(command_complete(client)));
    request->query_reject_condition = QUERY_REJECT_CONDITION_NOT_OPEN;
    const Pb__QueryWorkflowResponse *response = client_must(client, RPC_QueryWorkflow, request);
    assert_non_null(response->query_rejected);
}

static void buffered_query_is_answered(struct service_client *client)
{
    struct pending *query = NULL;
    workflow_task task = with_buffered(client, &query);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);

    query_add_result(client, request, task, 0, "1");
    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, request);
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void buffered_query_is_asked_again(struct service_client *client)
{
    struct pending *query = NULL;
    workflow_task task = with_buffered(client, &query);

    (void)client_refused(client, task, COMMANDS(command_timer(client, "", TL_SECONDS(1))));
    assert_int_equal(client_poll(client, NULL)->n_queries, 1);
}

static void buffered_query_goes_to_a_worker(struct service_client *client)
{
    struct pending *query = NULL;
    workflow_task task = with_buffered(client, &query);

    (void)client_complete(client, task, NO_COMMANDS);
    assert_answered(client, client_poll(client, NULL), query);
}

static void buffered_query_goes_to_the_sticky_worker(struct service_client *client)
{
    struct pending *query = NULL;
    workflow_task task = with_buffered(client, &query);
    struct pending *poll = poll_sticky(client);

    (void)client_complete_sticky(client, task, STICKY, NO_COMMANDS);
    client_run(client);
    assert_answered(client, client_message(poll->reply), query);
}

static void offered_query_is_given_up(struct service_client *client)
{
    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(client, WORKFLOW);

    tl_service_cancel(client->service, query->call);
    client_run(client);
    assert_refused(query->reply, TL_CANCELED, "");
}

static void sticky_query_is_given_up(struct service_client *client)
{
    struct pending *poll = begin_sticky(client);

    tl_service_cancel(client->service, poll->call);
    struct pending *query = query_send(client, WORKFLOW);
    tl_service_cancel(client->service, query->call);
    client_run(client);
    assert_refused(query->reply, TL_CANCELED, "");
}

static void sticky_query_goes_to_another_worker(struct service_client *client)
{
    struct pending *poll = begin_sticky(client);

    tl_service_cancel(client->service, poll->call);
    struct pending *query = query_send(client, WORKFLOW);
    client_pass(client, TL_SECONDS(5));
    assert_answered(client, client_poll(client, NULL), query);
}

static void query_at_a_sticky_worker_goes_to_another(struct service_client *client)
{
    struct pending *poll = begin_sticky(client);
    struct pending *query = query_send(client, WORKFLOW);

    client_run(client);
    assert_non_null(client_message(poll->reply));
    client_pass(client, TL_SECONDS(5));
    assert_answered(client, client_poll(client, NULL), query);
}

static void query_at_a_sticky_worker_is_answered(struct service_client *client)
{
    struct pending *poll = begin_sticky(client);
    struct pending *query = query_send(client, WORKFLOW);

    client_run(client);
    assert_answered(client, client_message(poll->reply), query);
}

void (*const query_rows[])(struct service_client *client) = {
    asked_query_is_rejected,
    buffered_query_is_answered,
    buffered_query_is_asked_again,
    buffered_query_goes_to_a_worker,
    buffered_query_goes_to_the_sticky_worker,
    offered_query_is_given_up,
    sticky_query_is_given_up,
    sticky_query_goes_to_another_worker,
    query_at_a_sticky_worker_goes_to_another,
    query_at_a_sticky_worker_is_answered,
    NULL,
};
