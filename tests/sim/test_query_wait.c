/* SPDX-License-Identifier: MIT */
/* Queries that wait for a worker: the sticky one first, and how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"
#include "tests/lib/service_queries.h"

#define STICKY "worker-1-sticky"

/* ---- Sticky queues ---- */

static struct pending *begin_sticky(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    return client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY));
}

static void a_sticky_worker_needs_no_history(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);
    struct pending *query = query_send(client, WORKFLOW);
    client_run(client);

    workflow_task task = client_message(poll->reply);
    assert_non_null(task->query);
    assert_non_null(task->history);
    assert_int_equal(task->history->n_events, 0);
    assert_int_equal(task->previous_started_event_id, 3);
    query_answer(client, task, "1");
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void a_sticky_worker_that_is_gone_is_passed_over(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    tl_service_cancel(client->service, poll->call);
    client_pass(client, TL_SECONDS(11));
    (void)query_send(client, WORKFLOW);

    workflow_task task = client_poll(client, NULL);
    assert_int_equal(task->history->n_events, 4);
    client_signal(client, WORKFLOW, "delivered"); /* and the run has left the sticky queue */
    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled orders\n");
}

static void a_sticky_worker_that_takes_nothing_is_given_five_seconds(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);
    struct pending *normal = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));

    tl_service_cancel(client->service, poll->call);
    (void)query_send(client, WORKFLOW);
    client_pass(client, TL_SECONDS(5) - 1);
    assert_null(normal->reply);
    client_pass(client, 1);

    workflow_task task = client_message(normal->reply);
    assert_non_null(task->query);
    assert_int_equal(task->history->n_events, 4);
}

static void a_sticky_worker_that_does_not_answer_loses_the_query(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);
    struct pending *query = query_send(client, WORKFLOW);

    client_run(client);
    workflow_task lost = client_message(poll->reply);
    client_pass(client, TL_SECONDS(5));
    workflow_task task = client_poll(client, NULL);
    assert_refused(
        client_ask(client, RPC_RespondQueryTaskCompleted, query_completion(client, lost)),
        TL_NOT_FOUND,
        "query task not found, or already expired");
    query_answer(client, task, "2");
    client_run(client);
    assert_non_null(client_message(query->reply));
}

static void a_sticky_queue_without_recent_polls_fails_the_query(void **state)
{
    struct service_client *client = *state;
    tl_time end = tl_driver_now(client->driver) + TL_SECONDS(30);

    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    (void)client_send_until(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY), end);
    client_pass(client, TL_SECONDS(29)); /* it ended just now, but came long ago */
    struct pending *query = query_send(client, WORKFLOW);
    client_pass(client, TL_SECONDS(4));

    assert_refused(query->reply, TL_FAILED_PRECONDITION, "no poller seen for task queue recently");
}

static void a_sticky_worker_that_says_goodbye_hands_the_query_on(void **state)
{
    struct service_client *client = *state;
    Pb__ShutdownWorkerRequest *request = PB_NEW(&client->arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);

    tl_service_cancel(client->service, begin_sticky(client)->call);
    (void)query_send(client, WORKFLOW);
    request->namespace_ = client_text(client, "default");
    request->sticky_task_queue = client_text(client, STICKY);
    (void)client_must(client, RPC_ShutdownWorker, request);

    assert_int_equal(client_poll(client, NULL)->history->n_events, 4);
}

/* ---- Times ---- */

static void a_query_nobody_polls_for_fails_before_its_time(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    client_pass(client, TL_SECONDS(21));
    struct pending *query = query_send(client, WORKFLOW);
    client_pass(client, TL_SECONDS(29) - 1);
    assert_null(query->reply);
    assert_true(client_skip(client)); /* somebody waits: time may jump there */

    assert_refused(query->reply, TL_FAILED_PRECONDITION, "no poller seen for task queue recently, worker may be down");
}

static void a_query_waits_half_a_minute_for_workers_that_are_busy(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(client, WORKFLOW);
    client_pass(client, TL_SECONDS(20));
    struct pending *poll = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    client_run(client);
    workflow_task task = client_message(poll->reply);
    client_pass(client, TL_SECONDS(10));

    assert_refused(query->reply, TL_DEADLINE_EXCEEDED, "query timed out before a worker could process it");
    assert_refused(
        client_ask(client, RPC_RespondQueryTaskCompleted, query_completion(client, task)),
        TL_NOT_FOUND,
        "query task not found, or already expired");
}

static void a_poll_not_long_ago_keeps_a_query_waiting_to_its_end(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(client, WORKFLOW);
    assert_non_null(client_poll(client, NULL)); /* takes it */
    struct pending *second = query_send(client, WORKFLOW);
    client_pass(client, TL_SECONDS(15));
    (void)client_send_until(
        client,
        RPC_PollActivityTaskQueue,
        client_activity_poll_request(client),
        tl_driver_now(client->driver) + TL_SECONDS(1)); /* another queue: does not count */
    client_pass(client, TL_SECONDS(15));

    assert_refused(query->reply, TL_DEADLINE_EXCEEDED, "query timed out");
    assert_refused(second->reply, TL_FAILED_PRECONDITION, "no poller seen");
}

static void a_callers_own_deadline_counts_when_it_is_shorter(void **state)
{
    struct service_client *client = *state;
    struct pending *poll;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    tl_time deadline = tl_driver_now(client->driver) + TL_SECONDS(2);
    struct pending *query = client_send_until(client, RPC_QueryWorkflow, query_request(client, WORKFLOW), deadline);
    client_pass(client, TL_SECONDS(2));
    assert_refused(query->reply, TL_DEADLINE_EXCEEDED, "query timed out");

    poll = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    client_run(client);
    assert_null(poll->reply); /* it is in no queue any more */
}

static void a_caller_may_give_up(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    tl_service_cancel(client->service, query->call);
    client_run(client);

    assert_refused(query->reply, TL_CANCELED, "");
    assert_refused(
        client_ask(client, RPC_RespondQueryTaskCompleted, query_completion(client, task)), TL_NOT_FOUND, "not found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_sticky_worker_needs_no_history),
        SERVICE_TEST(a_sticky_worker_that_is_gone_is_passed_over),
        SERVICE_TEST(a_sticky_worker_that_takes_nothing_is_given_five_seconds),
        SERVICE_TEST(a_sticky_worker_that_does_not_answer_loses_the_query),
        SERVICE_TEST(a_sticky_queue_without_recent_polls_fails_the_query),
        SERVICE_TEST(a_sticky_worker_that_says_goodbye_hands_the_query_on),
        SERVICE_TEST(a_query_nobody_polls_for_fails_before_its_time),
        SERVICE_TEST(a_query_waits_half_a_minute_for_workers_that_are_busy),
        SERVICE_TEST(a_poll_not_long_ago_keeps_a_query_waiting_to_its_end),
        SERVICE_TEST(a_callers_own_deadline_counts_when_it_is_shorter),
        SERVICE_TEST(a_caller_may_give_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
