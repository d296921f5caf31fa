/* SPDX-License-Identifier: MIT */
/* Queries that go to a worker directly: who gets them, what they are told, and who may not be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"
#include "tests/lib/service_queries.h"

/* The link that every answer brings along. */
static void assert_link(const Pb__QueryWorkflowResponse *response, const char *run_id, const char *reason)
{
    assert_non_null(response->link);
    assert_int_equal(response->link->variant_case, PB__LINK__VARIANT_WORKFLOW);
    assert_string_equal(response->link->workflow->namespace_, "default");
    assert_string_equal(response->link->workflow->workflow_id, WORKFLOW);
    assert_string_equal(response->link->workflow->run_id, run_id);
    assert_string_equal(response->link->workflow->reason, reason);
}

/* ---- The plain way ---- */

static void a_query_goes_to_a_worker(void **state)
{
    struct service_client *client = *state;
    Pb__QueryWorkflowRequest *request = query_request(client, WORKFLOW);

    client_begin(client, WORKFLOW, NO_COMMANDS);
    request->query->query_args = client_json(client, "\"all\"");
    request->query->header = PB_NEW(&client->arena, Pb__Header, pb__header);
    struct pending *query = client_send(client, RPC_QueryWorkflow, request);
    workflow_task task = client_poll(client, NULL);

    assert_same(task->query, request->query);
    assert_string_equal(task->workflow_execution->workflow_id, WORKFLOW);
    assert_string_equal(task->workflow_type->name, "OrderSaga");
    assert_string_equal(task->workflow_execution_task_queue->name, QUEUE);
    assert_int_equal(task->previous_started_event_id, 3);
    assert_int_equal(task->started_event_id, 0);
    assert_int_equal(task->attempt, 1);
    assert_null(task->scheduled_time);
    assert_null(task->started_time);
    assert_int_equal(task->n_queries, 0);
    assert_int_equal(task->next_page_token.len, 0);
    assert_string_equal(
        client_show(client, task->history->n_events, task->history->events),
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskCompleted 2,3\n");
    assert_null(query->reply);

    query_answer(client, task, "\"paid\"");
    client_run(client);

    const Pb__QueryWorkflowResponse *response = client_message(query->reply);
    assert_same(response->query_result, client_json(client, "\"paid\""));
    assert_null(response->query_rejected);
    assert_link(response, task->workflow_execution->run_id, "Query processed");
    assert_history_from(client, WORKFLOW, 5, ""); /* a query leaves no trace */
}

static void a_query_fails_with_what_the_worker_says(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(client, WORKFLOW);
    Pb__RespondQueryTaskCompletedRequest *request = query_completion(client, client_poll(client, NULL));
    request->completed_type = QUERY_RESULT_TYPE_FAILED;
    request->error_message = client_text(client, "unknown query type status");
    request->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    request->failure->message = client_text(client, "no handler");
    (void)client_must(client, RPC_RespondQueryTaskCompleted, request);
    client_run(client);

    assert_refused(query->reply, TL_INVALID_ARGUMENT, "unknown query type status");
    const Pb__QueryFailedFailure *details = client_details(client, query->reply, &pb__query_failed_failure__descriptor);
    assert_string_equal(details->failure->message, "no handler");
}

static void a_waiting_poll_takes_a_query_at_once(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *poll = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    struct pending *query = query_send(client, WORKFLOW);
    client_run(client);

    query_answer(client, client_message(poll->reply), "1");
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void many_queries_wait_side_by_side(void **state)
{
    struct service_client *client = *state;
    struct pending *queries[3];
    workflow_task tasks[3];

    client_begin(client, WORKFLOW, NO_COMMANDS);
    for (size_t i = 0; i < 3; i++) {
        queries[i] = query_send(client, WORKFLOW);
    }
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = client_poll(client, NULL);
    }
    for (size_t i = 3; i-- > 0;) {
        query_answer(client, tasks[i], client_text(client, "%zu", i));
    }
    client_run(client);

    for (size_t i = 0; i < 3; i++) {
        const Pb__QueryWorkflowResponse *response = client_message(queries[i]->reply);
        assert_same(response->query_result, client_json(client, client_text(client, "%zu", i)));
    }
}

static void a_closed_run_can_be_queried(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(command_complete(client)));
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    assert_int_equal(task->history->n_events, 5);
    query_answer(client, task, "\"paid\"");
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void a_long_history_comes_in_pages(void **state)
{
    struct service_client *client = *state;

    client->checked = false;
    client_begin(client, WORKFLOW, NO_COMMANDS);
    for (int i = 0; i < 150; i++) {
        client_signal(client, WORKFLOW, "tick");
        (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    }
    (void)query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__GetWorkflowExecutionHistoryRequest *request = client_history_request(client, WORKFLOW);

    assert_true(task->next_page_token.len > 0);
    request->next_page_token = task->next_page_token;
    const Pb__GetWorkflowExecutionHistoryResponse *rest = client_must(client, RPC_GetWorkflowExecutionHistory, request);
    assert_int_equal(rest->history->events[0]->event_id, task->history->n_events + 1);
    assert_int_equal(task->history->n_events + rest->history->n_events, client_history(client, WORKFLOW)->count);
}

/* ---- Who may not be asked ---- */

static void conditions_reject_closed_runs(void **state)
{
    struct service_client *client = *state;
    Pb__QueryWorkflowRequest *request = query_request(client, WORKFLOW);

    client_begin(client, WORKFLOW, COMMANDS(command_fail(client, "NotDelivered")));
    request->query_reject_condition = QUERY_REJECT_CONDITION_NOT_OPEN;
    const Pb__QueryWorkflowResponse *response = client_must(client, RPC_QueryWorkflow, request);
    assert_int_equal(response->query_rejected->status, WORKFLOW_EXECUTION_STATUS_FAILED);
    assert_null(response->query_result);
    assert_link(response, client_run_id(client, WORKFLOW), "Query rejected");
    request->query_reject_condition = QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY;
    response = client_must(client, RPC_QueryWorkflow, request);
    assert_int_equal(response->query_rejected->status, WORKFLOW_EXECUTION_STATUS_FAILED);
    request->query_reject_condition = QUERY_REJECT_CONDITION_NONE;
    assert_non_null(client_send(client, RPC_QueryWorkflow, request));
    assert_non_null(client_poll(client, NULL)->query);
}

static void a_clean_end_and_an_open_run_are_not_rejected(void **state)
{
    struct service_client *client = *state;
    Pb__QueryWorkflowRequest *request = query_request(client, WORKFLOW);

    client_begin(client, WORKFLOW, NO_COMMANDS);
    request->query_reject_condition = QUERY_REJECT_CONDITION_NOT_OPEN;
    (void)client_send(client, RPC_QueryWorkflow, request);
    assert_non_null(client_poll(client, NULL)->query);

    client_signal(client, WORKFLOW, "delivered");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
    request->query_reject_condition = QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY;
    (void)client_send(client, RPC_QueryWorkflow, request);
    assert_non_null(client_poll(client, NULL)->query);
}

static void a_run_that_never_ran_cannot_answer(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    client_terminate(client, WORKFLOW);

    const struct tl_reply *reply = client_ask(client, RPC_QueryWorkflow, query_request(client, WORKFLOW));
    assert_refused(reply, TL_FAILED_PRECONDITION, "Workflow execution closed before WorkflowTaskStarted event");
    (void)client_details(client, reply, &pb__workflow_not_ready_failure__descriptor);
}

static void what_is_asked_is_checked(void **state)
{
    struct service_client *client = *state;
    Pb__QueryWorkflowRequest *request = query_request(client, WORKFLOW);

    assert_refused(client_ask(client, RPC_QueryWorkflow, request), TL_NOT_FOUND, WORKFLOW);
    client_begin(client, WORKFLOW, NO_COMMANDS);
    request->query->query_args = client_json(client, client_long_text(client, (size_t)2 << 20));
    assert_refused(client_ask(client, RPC_QueryWorkflow, request), TL_INVALID_ARGUMENT, "query.query_args");
    request->query->query_type = client_text(client, "%s", "");
    assert_refused(client_ask(client, RPC_QueryWorkflow, request), TL_INVALID_ARGUMENT, "query.query_type is not set");
    request->query = NULL;
    assert_refused(client_ask(client, RPC_QueryWorkflow, request), TL_INVALID_ARGUMENT, "query is not set");
    request->execution = NULL;
    assert_refused(client_ask(client, RPC_QueryWorkflow, request), TL_INVALID_ARGUMENT, "execution is not set");
}

/* ---- Answers that are none ---- */

static void a_query_is_answered_once(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    (void)query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    query_answer(client, task, "1");

    assert_refused(
        client_ask(client, RPC_RespondQueryTaskCompleted, query_completion(client, task)),
        TL_NOT_FOUND,
        "query task not found, or already expired");
}

static void tokens_of_queries_are_checked(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    (void)query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__RespondQueryTaskCompletedRequest *request = query_completion(client, task);
    request->namespace_ = client_text(client, "another");
    assert_refused(
        client_ask(client, RPC_RespondQueryTaskCompleted, request), TL_INVALID_ARGUMENT, "another namespace");
    request->namespace_ = client_text(client, "default");
    request->task_token.len--;
    assert_refused(client_ask(client, RPC_RespondQueryTaskCompleted, request), TL_INVALID_ARGUMENT, "task_token");
    client_signal(client, WORKFLOW, "delivered");
    request->task_token = client_poll(client, NULL)->task_token; /* a workflow task's */
    assert_refused(client_ask(client, RPC_RespondQueryTaskCompleted, request), TL_INVALID_ARGUMENT, "task_token");
    assert_refused(client_refused(client, task, NO_COMMANDS), TL_INVALID_ARGUMENT, "task_token");
}

static void an_answer_that_is_too_large_fails_the_query(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(client, WORKFLOW);
    query_answer(client, client_poll(client, NULL), client_long_text(client, (size_t)2 << 20));
    client_run(client);

    assert_refused(query->reply, TL_INVALID_ARGUMENT, "Blob data size exceeds limit.");
    (void)client_details(client, query->reply, &pb__query_failed_failure__descriptor);
}

static void an_answer_of_no_known_type_is_an_internal_error(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(client, WORKFLOW);
    Pb__RespondQueryTaskCompletedRequest *request = query_completion(client, client_poll(client, NULL));
    request->completed_type = QUERY_RESULT_TYPE_UNSPECIFIED;
    (void)client_must(client, RPC_RespondQueryTaskCompleted, request);
    client_run(client);

    assert_refused(query->reply, TL_INTERNAL, "unknown query completed type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_query_goes_to_a_worker),
        SERVICE_TEST(a_query_fails_with_what_the_worker_says),
        SERVICE_TEST(a_waiting_poll_takes_a_query_at_once),
        SERVICE_TEST(many_queries_wait_side_by_side),
        SERVICE_TEST(a_closed_run_can_be_queried),
        SERVICE_TEST(a_long_history_comes_in_pages),
        SERVICE_TEST(conditions_reject_closed_runs),
        SERVICE_TEST(a_clean_end_and_an_open_run_are_not_rejected),
        SERVICE_TEST(a_run_that_never_ran_cannot_answer),
        SERVICE_TEST(what_is_asked_is_checked),
        SERVICE_TEST(a_query_is_answered_once),
        SERVICE_TEST(tokens_of_queries_are_checked),
        SERVICE_TEST(an_answer_that_is_too_large_fails_the_query),
        SERVICE_TEST(an_answer_of_no_known_type_is_an_internal_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
