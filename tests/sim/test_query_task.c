/* SPDX-License-Identifier: MIT */
/* Queries that wait for a workflow task and come along with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"
#include "tests/lib/service_queries.h"

#define STICKY "worker-1-sticky"

static const Pb__RespondWorkflowTaskCompletedResponse *
complete(struct service_client *client, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    return client_must(client, RPC_RespondWorkflowTaskCompleted, request);
}

/* A run whose first task is completed and whose second waits. */
static void begin(struct service_client *client)
{
    client_begin(client, WORKFLOW, NO_COMMANDS);
    client_signal(client, WORKFLOW, "delivered");
}

static void a_query_sees_what_came_before_it(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    assert_null(task->query);
    assert_int_equal(task->n_queries, 1);
    assert_same(task->queries[0]->value, query_request(client, WORKFLOW)->query);
    assert_int_equal(task->history->n_events, 7);
    assert_null(query->reply);

    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    query_add_result(client, request, task, 0, "\"delivered\"");
    (void)complete(client, request);
    client_run(client);

    const Pb__QueryWorkflowResponse *response = client_message(query->reply);
    assert_same(response->query_result, client_json(client, "\"delivered\""));
    assert_string_equal(response->link->workflow->reason, "Query processed");
    assert_history_from(client, WORKFLOW, 8, "8 WorkflowTaskCompleted 6,7\n");
}

static void a_query_comes_along_with_the_first_task(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    query_add_failure(client, request, task, 0, "my error message");
    request->n_commands = 1;
    request->commands = (Pb__Command *[]){command_complete(client)};
    (void)complete(client, request);
    client_run(client);

    assert_refused(query->reply, TL_INVALID_ARGUMENT, "my error message");
    const Pb__QueryFailedFailure *details = client_details(client, query->reply, &pb__query_failed_failure__descriptor);
    assert_string_equal(details->failure->message, "my error message");
}

static void before_the_first_task_a_query_waits_its_time(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    struct pending *query = query_send(client, WORKFLOW);
    client_pass(client, TL_SECONDS(30) - 1);
    assert_null(query->reply);
    client_pass(client, 1);
    assert_refused(query->reply, TL_DEADLINE_EXCEEDED, "query timed out before a worker could process it");
    assert_int_equal(client_poll(client, NULL)->n_queries, 0);
}

static void a_delayed_start_is_waited_for_when_there_is_time(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *start = client_start_request(client, WORKFLOW);
    tl_time now = tl_driver_now(client->driver);

    start->workflow_start_delay = client_duration(client, TL_SECONDS(10));
    (void)client_must(client, RPC_StartWorkflowExecution, start);
    struct pending *early =
        client_send_until(client, RPC_QueryWorkflow, query_request(client, WORKFLOW), now + TL_SECONDS(10) - 1);
    struct pending *query =
        client_send_until(client, RPC_QueryWorkflow, query_request(client, WORKFLOW), now + TL_SECONDS(11));
    client_run(client);
    assert_refused(early->reply, TL_FAILED_PRECONDITION, "Workflow task is not scheduled yet.");
    (void)client_details(client, early->reply, &pb__workflow_not_ready_failure__descriptor);
    assert_null(query->reply);
    client_pass(client, TL_SECONDS(10));
    assert_int_equal(client_poll(client, NULL)->n_queries, 1);
}

static void a_query_that_got_no_result_goes_directly(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    workflow_task task = client_poll(client, NULL);
    assert_non_null(task->query);
    assert_int_equal(task->history->n_events, 8);
    query_answer(client, task, "1");
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void a_query_that_got_no_result_goes_to_the_sticky_queue(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *sticky = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY));
    (void)query_send(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    client_run(client);
    workflow_task task = client_message(sticky->reply);
    assert_non_null(task->query);
    assert_int_equal(task->history->n_events, 0);
}

static void a_query_that_got_no_result_waits_for_the_next_task(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "again"); /* buffered: there will be a next task */
    (void)client_complete(client, task, NO_COMMANDS);
    task = client_poll(client, NULL);
    assert_null(task->query);
    assert_int_equal(task->n_queries, 1);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    query_add_result(client, request, task, 0, "2");
    (void)complete(client, request);
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void a_result_that_is_none_is_not_taken(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    query_add_failure(client, request, task, 0, ""); /* a failure without a text */
    query_add_failure(client, request, task, 0, "of another query");
    request->query_results[1]->key = client_text(client, "unknown");
    (void)complete(client, request);
    client_run(client);

    assert_null(query->reply);
    assert_non_null(client_poll(client, NULL)->query); /* a worker is asked directly */
}

static void an_answer_has_a_result_and_no_text(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    for (int i = 0; i < 2; i++) {
        Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
        query_add_result(client, request, task, 0, "1");
        request->force_create_new_workflow_task = true;
        request->return_new_workflow_task = true;
        if (i == 0) {
            request->query_results[0]->value->answer = NULL;
        } else {
            request->query_results[0]->value->error_message = client_text(client, "and yet");
        }
        task = complete(client, request)->workflow_task;
        client_run(client);
        assert_null(query->reply);
        assert_int_equal(task->n_queries, 1);
    }
}

static void a_result_that_is_too_large_fails_its_query(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    query_add_result(client, request, task, 0, client_long_text(client, (size_t)2 << 20));
    (void)complete(client, request);
    client_run(client);

    assert_refused(query->reply, TL_INVALID_ARGUMENT, "Blob data size exceeds limit.");
}

static void one_query_alone_waits_for_a_task(void **state)
{
    struct service_client *client = *state;

    begin(client);
    (void)query_send(client, WORKFLOW);
    const struct tl_reply *reply = client_ask(client, RPC_QueryWorkflow, query_request(client, WORKFLOW));

    assert_refused(reply, TL_RESOURCE_EXHAUSTED, "consistent query buffer is full");
    const Pb__ResourceExhaustedFailure *details =
        client_details(client, reply, &pb__resource_exhausted_failure__descriptor);
    assert_int_equal(details->cause, RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW);
    assert_int_equal(details->scope, RESOURCE_EXHAUSTED_SCOPE_NAMESPACE);
}

static void heartbeats_keep_a_query_waiting(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    struct pending *query = query_send(client, WORKFLOW);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    request->force_create_new_workflow_task = true;
    request->return_new_workflow_task = true;
    task = complete(client, request)->workflow_task;
    assert_int_equal(task->n_queries, 1);

    request = client_completion(client, task);
    request->force_create_new_workflow_task = true;
    request->return_new_workflow_task = true;
    query_add_result(client, request, task, 0, "1");
    assert_int_equal(complete(client, request)->workflow_task->n_queries, 0);
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void a_query_outlives_a_task_that_times_out(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    (void)client_poll(client, NULL);
    client_pass(client, TL_SECONDS(10));
    assert_null(query->reply);
    assert_int_equal(client_poll(client, NULL)->n_queries, 1);
}

static void a_query_outlives_a_task_that_fails(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    for (int attempt = 1; attempt <= 3; attempt++) {
        workflow_task task = client_poll(client, NULL);
        assert_int_equal(task->n_queries, 1);
        client_message(client_fail_task(client, task, WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR));
    }
    assert_null(query->reply); /* it was there before the task failed */
}

static void a_task_that_keeps_failing_fails_queries_at_once(void **state)
{
    struct service_client *client = *state;

    begin(client);
    for (int attempt = 1; attempt <= 2; attempt++) {
        client_message(
            client_fail_task(client, client_poll(client, NULL), WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR));
    }
    const struct tl_reply *reply = client_ask(client, RPC_QueryWorkflow, query_request(client, WORKFLOW));

    assert_refused(reply, TL_FAILED_PRECONDITION, "Unable to query workflow due to Workflow Task in failed state.");
    (void)client_details(client, reply, &pb__workflow_not_ready_failure__descriptor);
}

static void a_refused_completion_asks_its_queries_again(void **state)
{
    struct service_client *client = *state;
    Pb__Command *bad = command_timer(client, "", TL_SECONDS(1));

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task first = client_poll(client, NULL);
    (void)client_refused(client, first, COMMANDS(bad));
    workflow_task second = client_poll(client, NULL);
    assert_int_equal(second->attempt, 2);
    assert_int_equal(second->n_queries, 1);
    assert_string_not_equal(second->queries[0]->key, first->queries[0]->key);

    (void)client_refused(client, second, COMMANDS(bad)); /* dropped: the task is tried again when it times out */
    client_pass(client, TL_SECONDS(10));
    workflow_task third = client_poll(client, NULL);
    assert_int_equal(third->attempt, 3);
    assert_int_equal(third->n_queries, 1);
    (void)client_refused(client, third, COMMANDS(bad));
    client_run(client);
    assert_refused(query->reply, TL_FAILED_PRECONDITION, "Workflow Task in failed state");
}

/* The task goes on, but what it brought along is another question now. */
static void a_refused_sequence_of_commands_asks_its_queries_again(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    (void)client_refused(client, task, COMMANDS(command_complete(client), command_marker(client, "late")));

    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    query_add_result(client, request, task, 0, "1");
    (void)complete(client, request);
    client_run(client);
    assert_null(query->reply);
    query_answer(client, client_poll(client, NULL), "2");
    client_run(client);
    const Pb__QueryWorkflowResponse *response = client_message(query->reply);
    assert_same(response->query_result, client_json(client, "2"));
}

static void a_run_that_its_completion_made_too_large_is_asked_directly(void **state)
{
    struct service_client *client = *state;

    service_client_renew(client, &(const struct tl_sim_options){.limits = {.history_events = 9}});
    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    request->force_create_new_workflow_task = true;
    request->return_new_workflow_task = true;
    request->n_commands = 2;
    request->commands = (Pb__Command *[]){command_marker(client, "one"), command_marker(client, "two")};
    (void)client_ask(client, RPC_RespondWorkflowTaskCompleted, request);

    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), 1);
    query_answer(client, client_poll(client, NULL), "1");
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void a_run_closed_from_outside_leaves_its_query_to_time(void **state)
{
    struct service_client *client = *state;

    begin(client);
    struct pending *query = query_send(client, WORKFLOW);
    client_terminate(client, WORKFLOW);
    client_run(client);
    assert_null(query->reply);
    client_pass(client, TL_SECONDS(30));
    assert_refused(query->reply, TL_DEADLINE_EXCEEDED, "query timed out");
}

static void queries_go_before_tasks_of_their_priority(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    (void)client_start(client, "order-2");
    (void)query_send(client, WORKFLOW);
    assert_non_null(client_poll(client, NULL)->query);
    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, "order-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_query_sees_what_came_before_it),
        SERVICE_TEST(a_query_comes_along_with_the_first_task),
        SERVICE_TEST(before_the_first_task_a_query_waits_its_time),
        SERVICE_TEST(a_delayed_start_is_waited_for_when_there_is_time),
        SERVICE_TEST(a_query_that_got_no_result_goes_directly),
        SERVICE_TEST(a_query_that_got_no_result_goes_to_the_sticky_queue),
        SERVICE_TEST(a_query_that_got_no_result_waits_for_the_next_task),
        SERVICE_TEST(a_result_that_is_none_is_not_taken),
        SERVICE_TEST(an_answer_has_a_result_and_no_text),
        SERVICE_TEST(a_result_that_is_too_large_fails_its_query),
        SERVICE_TEST(one_query_alone_waits_for_a_task),
        SERVICE_TEST(heartbeats_keep_a_query_waiting),
        SERVICE_TEST(a_query_outlives_a_task_that_times_out),
        SERVICE_TEST(a_query_outlives_a_task_that_fails),
        SERVICE_TEST(a_task_that_keeps_failing_fails_queries_at_once),
        SERVICE_TEST(a_refused_completion_asks_its_queries_again),
        SERVICE_TEST(a_refused_sequence_of_commands_asks_its_queries_again),
        SERVICE_TEST(a_run_that_its_completion_made_too_large_is_asked_directly),
        SERVICE_TEST(a_run_closed_from_outside_leaves_its_query_to_time),
        SERVICE_TEST(queries_go_before_tasks_of_their_priority),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
