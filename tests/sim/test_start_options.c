/* SPDX-License-Identifier: MIT */
/* What else a start can ask for: a delay, retries, its first task with the answer, a place in a running run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_chains.h"

#define START RPC_StartWorkflowExecution

typedef Pb__StartWorkflowExecutionRequest *start_request;
typedef const Pb__StartWorkflowExecutionResponse *start_response;
typedef const Pb__WorkflowExecutionStartedEventAttributes *started_event;

static start_request delayed(struct service_client *client, tl_duration delay)
{
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_start_delay = client_duration(client, delay);
    return request;
}

static started_event started(struct service_client *client)
{
    return client_event(client, WORKFLOW, 1)->workflow_execution_started_event_attributes;
}

/* ---- Start delay ---- */

static void a_delayed_run_has_no_task_until_it_is_due(void **state)
{
    struct service_client *client = *state;

    (void)client_start_as(client, delayed(client, TL_HOURS(1)));

    assert_int_equal(pb_nanoseconds(started(client)->first_workflow_task_backoff), TL_HOURS(1));
    assert_int_equal(started(client)->initiator, CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED);
    assert_null(client_poll(client, NULL));
    client_pass(client, TL_HOURS(1) - 1);
    assert_history_from(client, WORKFLOW, 2, "");
    client_pass(client, 1);
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");
    assert_non_null(client_poll(client, NULL));
}

static void time_jumps_to_the_delays_end(void **state)
{
    struct service_client *client = *state;
    tl_time begun = tl_driver_now(client->driver);
    (void)client_start_as(client, delayed(client, TL_DAYS(30)));

    assert_true(client_skip(client));

    assert_int_equal(tl_driver_now(client->driver), begun + TL_DAYS(30));
    assert_non_null(client_poll(client, NULL));
}

static void signals_wait_for_the_delays_end(void **state)
{
    struct service_client *client = *state;
    (void)client_start_as(client, delayed(client, TL_SECONDS(10)));

    client_signal(client, WORKFLOW, "hello");

    assert_history_from(client, WORKFLOW, 2, "2 WorkflowExecutionSignaled hello\n");
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowTaskScheduled orders\n");
}

static void a_cancellation_ends_the_delay(void **state)
{
    struct service_client *client = *state;
    (void)client_start_as(client, delayed(client, TL_SECONDS(10)));

    client_cancel(client, WORKFLOW);

    assert_history_from(client, WORKFLOW, 2, "2 WorkflowExecutionCancelRequested\n3 WorkflowTaskScheduled orders\n");
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 4, "");
}

static void a_runs_timeout_counts_from_the_delays_end(void **state)
{
    struct service_client *client = *state;
    start_request request = delayed(client, TL_SECONDS(10));
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(5));
    (void)client_start_as(client, request);
    assert_int_equal(
        pb_time(client_describe(client, NULL)->workflow_extended_info->run_expiration_time),
        tl_driver_now(client->driver) + TL_SECONDS(15));

    client_pass(client, TL_SECONDS(14));
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
    client_pass(client, TL_SECONDS(1));
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
}

static void an_execution_timeout_does_not_wait_for_the_delay(void **state)
{
    struct service_client *client = *state;
    start_request request = delayed(client, TL_SECONDS(10));
    request->workflow_execution_timeout = client_duration(client, TL_SECONDS(5));
    (void)client_start_as(client, request);

    client_pass(client, TL_SECONDS(5));

    assert_history_from(client, WORKFLOW, 2, "2 WorkflowExecutionTimedOut TIMEOUT\n");
}

static void a_delay_must_be_one(void **state)
{
    struct service_client *client = *state;

    assert_refused(
        client_ask(client, START, delayed(client, -TL_SECONDS(1))),
        TL_INVALID_ARGUMENT,
        "workflow_start_delay is negative");
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
    (void)client_start_as(client, delayed(client, 0));
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");
}

/* ---- Retry policy ---- */

static void a_policy_is_completed(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->retry_policy = client_retry_policy(client);
    request->retry_policy->initial_interval = client_duration(client, TL_SECONDS(3));

    (void)client_start_as(client, request);

    const Pb__RetryPolicy *policy = started(client)->retry_policy;
    assert_int_equal(pb_nanoseconds(policy->initial_interval), TL_SECONDS(3));
    assert_int_equal(pb_nanoseconds(policy->maximum_interval), TL_SECONDS(300));
    assert_true(policy->backoff_coefficient > 1.99 && policy->backoff_coefficient < 2.01);
    assert_int_equal(policy->maximum_attempts, 0);
}

static void a_policy_must_make_sense(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->retry_policy = client_retry_policy(client);
    request->retry_policy->maximum_attempts = -1;
    assert_refused(
        client_ask(client, START, request), TL_INVALID_ARGUMENT, "retry_policy.maximum_attempts is negative");
    request->retry_policy = client_retry_policy(client);
    request->retry_policy->backoff_coefficient = 0.5;
    assert_refused(
        client_ask(client, START, request), TL_INVALID_ARGUMENT, "retry_policy.backoff_coefficient is less than 1");
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

/* ---- Eager start ---- */

static start_request eager(struct service_client *client)
{
    start_request request = client_start_request(client, WORKFLOW);

    request->request_eager_execution = true;
    request->request_id = client_text(client, "the-request");
    return request;
}

static void an_eager_start_brings_its_task_along(void **state)
{
    struct service_client *client = *state;
    start_request request = eager(client);

    start_response response = client_start_as(client, request);

    workflow_task task = response->eager_workflow_task;
    assert_non_null(task);
    assert_true(started(client)->eager_execution_accepted);
    assert_history(
        client,
        WORKFLOW,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n");
    const Pb__WorkflowTaskStartedEventAttributes *begun =
        client_event(client, WORKFLOW, 3)->workflow_task_started_event_attributes;
    assert_string_equal(begun->request_id, "the-request");
    assert_string_equal(begun->identity, "client-1");
    assert_int_equal(task->history->n_events, 3);
    assert_int_equal(task->started_event_id, 3);
    assert_int_equal(task->previous_started_event_id, 0);
    assert_int_equal(task->attempt, 1);
    assert_string_equal(task->workflow_execution->run_id, response->run_id);
    assert_string_equal(task->workflow_type->name, "OrderSaga");
    assert_null(client_poll(client, NULL));
    (void)client_complete(client, task, COMMANDS(command_complete(client)));
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskCompleted 2,3\n5 WorkflowExecutionCompleted\n");
}

static void an_eager_task_that_is_lost_goes_to_the_queue(void **state)
{
    struct service_client *client = *state;
    (void)client_start_as(client, eager(client));

    client_pass(client, TL_SECONDS(10));

    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskTimedOut 2,3 START_TO_CLOSE\n");
    assert_int_equal(client_poll(client, NULL)->attempt, 2);
    assert_null(client_start_as(client, eager(client))->eager_workflow_task); /* asked for again: too late */
}

static void an_eager_start_asked_for_again_brings_the_same_task(void **state)
{
    struct service_client *client = *state;
    workflow_task first = client_start_as(client, eager(client))->eager_workflow_task;

    start_response again = client_start_as(client, eager(client));

    assert_true(again->started);
    assert_same(again->eager_workflow_task, first);
}

static void a_delayed_start_is_not_eager(void **state)
{
    struct service_client *client = *state;
    start_request request = eager(client);
    request->workflow_start_delay = client_duration(client, TL_SECONDS(1));

    assert_null(client_start_as(client, request)->eager_workflow_task);

    assert_false(started(client)->eager_execution_accepted);
    client_pass(client, TL_SECONDS(1));
    assert_non_null(client_poll(client, NULL));
}

/* ---- On conflict ---- */

static start_request attaching(struct service_client *client)
{
    start_request request = client_start_request(client, WORKFLOW);

    request->request_id = client_text(client, "another-request");
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;
    request->on_conflict_options =
        PB_NEW(&client->arena, Pb__Workflow__OnConflictOptions, pb__workflow__on_conflict_options);
    request->on_conflict_options->attach_request_id = true;
    return request;
}

static void a_second_start_attaches_itself(void **state)
{
    struct service_client *client = *state;
    start_request request = attaching(client);
    Pb__Link *links[] = {client_link(client)};
    request->on_conflict_options->attach_links = true;
    request->n_links = 1;
    request->links = links;
    const char *run_id = client_start(client, WORKFLOW);

    start_response response = client_start_as(client, request);

    assert_false(response->started);
    assert_string_equal(response->run_id, run_id);
    assert_int_equal(response->status, WORKFLOW_EXECUTION_STATUS_RUNNING);
    assert_string_equal(response->link->workflow_event->request_id_ref->request_id, "another-request");
    assert_int_equal(
        response->link->workflow_event->request_id_ref->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED);
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionOptionsUpdated another-request\n");
    const Pb__HistoryEvent *event = client_event(client, WORKFLOW, 3);
    assert_true(event->worker_may_ignore);
    assert_int_equal(event->n_links, 1);
    assert_same(event->links[0], links[0]);
}

static void an_attached_start_is_known_again(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    (void)client_start_as(client, attaching(client));
    start_request request = attaching(client);
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_FAIL;
    request->on_conflict_options = NULL;

    start_response response = client_start_as(client, request);

    assert_false(response->started);
    assert_non_null(response->link->workflow_event->request_id_ref);
    assert_history_from(client, WORKFLOW, 4, "");
    client_terminate(client, WORKFLOW);
    response = client_start_as(client, request); /* even when the run has closed since */
    assert_false(response->started);
    assert_int_equal(response->status, WORKFLOW_EXECUTION_STATUS_TERMINATED);
}

static void it_waits_for_a_started_task_to_end(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    (void)client_start_as(client, attaching(client));

    assert_history_from(client, WORKFLOW, 4, "");
    (void)client_complete(client, task, NO_COMMANDS);
    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionOptionsUpdated another-request\n"
        "6 WorkflowTaskScheduled orders\n");
}

static void options_without_a_conflict_do_nothing(void **state)
{
    struct service_client *client = *state;
    start_request request = attaching(client);

    assert_true(client_start_as(client, request)->started);

    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n2 WorkflowTaskScheduled orders\n");
    request->on_conflict_options->attach_request_id = false;
    request->on_conflict_options->attach_completion_callbacks = true;
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "on_conflict_options");
}

/* ---- What else is kept, or refused ---- */

static void an_answer_links_to_the_start(void **state)
{
    struct service_client *client = *state;
    start_response response = client_start_as(client, client_start_request(client, WORKFLOW));

    const Pb__Link__WorkflowEvent *link = response->link->workflow_event;

    assert_string_equal(link->namespace_, "default");
    assert_string_equal(link->workflow_id, WORKFLOW);
    assert_string_equal(link->run_id, response->run_id);
    assert_int_equal(link->event_ref->event_id, 1);
    assert_int_equal(link->event_ref->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
}

static void a_priority_is_kept(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->priority = PB_NEW(&client->arena, Pb__Priority, pb__priority);
    request->priority->priority_key = 2;
    request->priority->fairness_key = client_text(client, "gold");

    (void)client_start_as(client, request);

    assert_same(started(client)->priority, request->priority);
    request->workflow_id = client_text(client, "order-2");
    request->priority->priority_key = -1;
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "priority_key is negative");
    request->priority->priority_key = 1;
    request->priority->fairness_key = client_long_text(client, 65);
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "fairness_key exceeds 64 bytes");
}

static void links_have_limits(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    Pb__Link *links[11];
    for (size_t i = 0; i < 11; i++) {
        links[i] = client_link(client);
    }
    request->links = links;
    request->n_links = 11;
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "links: 11 of them, more than 10");
    request->n_links = 1;
    links[0]->workflow_event->workflow_id = client_long_text(client, 4000);
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "links: one exceeds 4000 bytes");
    links[0] = client_link(client);
    links[0]->workflow_event->run_id = client_text(client, "%s", "");
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "workflow_event lacks one of its ids");
    links[0] = PB_NEW(&client->arena, Pb__Link, pb__link);
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "a link of no known kind");
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_delayed_run_has_no_task_until_it_is_due),
        SERVICE_TEST(time_jumps_to_the_delays_end),
        SERVICE_TEST(signals_wait_for_the_delays_end),
        SERVICE_TEST(a_cancellation_ends_the_delay),
        SERVICE_TEST(a_runs_timeout_counts_from_the_delays_end),
        SERVICE_TEST(an_execution_timeout_does_not_wait_for_the_delay),
        SERVICE_TEST(a_delay_must_be_one),
        SERVICE_TEST(a_policy_is_completed),
        SERVICE_TEST(a_policy_must_make_sense),
        SERVICE_TEST(an_eager_start_brings_its_task_along),
        SERVICE_TEST(an_eager_task_that_is_lost_goes_to_the_queue),
        SERVICE_TEST(an_eager_start_asked_for_again_brings_the_same_task),
        SERVICE_TEST(a_delayed_start_is_not_eager),
        SERVICE_TEST(a_second_start_attaches_itself),
        SERVICE_TEST(an_attached_start_is_known_again),
        SERVICE_TEST(it_waits_for_a_started_task_to_end),
        SERVICE_TEST(options_without_a_conflict_do_nothing),
        SERVICE_TEST(an_answer_links_to_the_start),
        SERVICE_TEST(a_priority_is_kept),
        SERVICE_TEST(links_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
