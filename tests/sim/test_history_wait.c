/* SPDX-License-Identifier: MIT */
/* Waiting for history: news, the closing event, and what a token remembers of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_chains.h"
#include "tests/lib/service_history.h"

/* ---- Waiting ---- */

static void who_waits_hears_the_news(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 4);
    assert_true(history_has_more(page));

    history_follow(request, page);
    struct pending *pending = client_send(client, HISTORY, request);
    client_run(client);
    assert_null(pending->reply);
    client_signal(client, WORKFLOW, "hello");

    page = history_page_of(pending);
    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowTaskScheduled orders\n");
    assert_true(history_has_more(page));
    client_terminate(client, WORKFLOW);
    history_follow(request, page);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 1);
    assert_false(history_has_more(page));
}

static void who_waits_in_vain_is_told_to_go_on(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    history_page page = client_must(client, HISTORY, request);
    history_follow(request, page);
    struct pending *pending = client_send(client, HISTORY, request);
    client_run(client);
    assert_true(tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING) == TL_NEVER);

    client_pass(client, TL_SECONDS(20) - 1);
    assert_null(pending->reply);
    client_pass(client, 1);

    page = history_page_of(pending);
    assert_int_equal(page->history->n_events, 0);
    assert_true(history_has_more(page));
    history_follow(request, page);
    pending = client_send(client, HISTORY, request);
    client_signal(client, WORKFLOW, "hello");
    assert_int_equal(history_page_of(pending)->history->n_events, 2);
}

static void the_close_is_waited_for(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, HISTORY, request);

    client_signal(client, WORKFLOW, "hello");
    assert_null(pending->reply);
    client_pass(client, TL_SECONDS(20));
    assert_int_equal(history_page_of(pending)->history->n_events, 0);
    assert_true(history_has_more(history_page_of(pending)));

    history_follow(request, history_page_of(pending));
    pending = client_send(client, HISTORY, request);
    client_terminate(client, WORKFLOW);
    client_run(client);

    history_page page = history_page_of(pending);
    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "7 WorkflowExecutionTerminated out of patience\n");
    assert_false(history_has_more(page));
}

static void the_close_is_waited_for_once_unasked(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, HISTORY, request);

    client_pass(client, TL_SECONDS(20) - 1);
    assert_null(pending->reply);
    client_pass(client, 1);

    assert_int_equal(history_page_of(pending)->history->n_events, 0);
    assert_false(history_has_more(history_page_of(pending)));
    pending = client_send(client, HISTORY, request);
    client_terminate(client, WORKFLOW);
    assert_int_equal(history_page_of(pending)->history->n_events, 1);
}

static void the_close_event_alone(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

    client_terminate(client, WORKFLOW);
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 1);
    assert_false(history_has_more(page));
    request->wait_new_event = true;
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
}

static void who_waits_stays_with_the_run(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    history_follow(request, client_must(client, HISTORY, request));
    struct pending *pending = client_send(client, HISTORY, request);
    Pb__StartWorkflowExecutionRequest *start = client_start_request(client, WORKFLOW);
    start->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;

    (void)client_must(client, RPC_StartWorkflowExecution, start);
    client_run(client);

    history_page page = history_page_of(pending);
    assert_int_equal(page->history->events[0]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
    assert_false(history_has_more(page));
}

static void who_gives_up_hears_nothing_more(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, HISTORY, request);

    tl_service_cancel(client->service, pending->call);
    client_run(client);

    assert_refused(pending->reply, TL_CANCELED, "");
    client_terminate(client, WORKFLOW);
}

static void a_token_without_waiting_ends_the_wait(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, HISTORY, request);
    client_pass(client, TL_SECONDS(20));
    history_follow(request, history_page_of(pending));

    request->wait_new_event = false;
    history_page page = client_must(client, HISTORY, request);

    assert_int_equal(page->history->n_events, 0);
    assert_false(history_has_more(page));
}

static void news_come_in_pages_too(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    request->maximum_page_size = 2;
    history_follow(request, client_must(client, HISTORY, request));
    history_follow(request, client_must(client, HISTORY, request)); /* event 4, the last */
    for (int i = 0; i < 3; i++) {
        client_signal(client, WORKFLOW, "hello");
    }

    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_id, 5);
    assert_int_equal(page->history->n_events, 3);
    history_follow(request, page);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_id, 8);
    assert_int_equal(page->history->n_events, 1);
    history_follow(request, page);
    struct pending *pending = client_send(client, HISTORY, request);
    client_run(client);
    assert_null(pending->reply);
    client_terminate(client, WORKFLOW);
    assert_int_equal(history_page_of(pending)->history->events[0]->event_id, 9);
    assert_false(history_has_more(history_page_of(pending)));
}

static void a_run_that_closes_while_its_pages_are_read_is_read_to_its_end(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);
    request->wait_new_event = true;
    request->maximum_page_size = 2;
    history_page page = client_must(client, HISTORY, request);
    client_terminate(client, WORKFLOW);

    history_follow(request, page);
    page = client_must(client, HISTORY, request);

    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionTerminated out of patience\n");
    assert_false(history_has_more(page));
}

static void who_waits_learns_nothing_of_buffered_events(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)client_start(client, WORKFLOW);
    (void)client_poll(client, NULL);
    request->wait_new_event = true;
    history_follow(request, client_must(client, HISTORY, request));
    struct pending *pending = client_send(client, HISTORY, request);

    client_signal(client, WORKFLOW, "hello");

    assert_null(pending->reply);
    client_terminate(client, WORKFLOW);
    assert_string_equal(
        client_show(client, history_page_of(pending)->history->n_events, history_page_of(pending)->history->events),
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowExecutionTerminated out of patience\n");
}

static void who_waits_for_the_end_hears_of_the_next_run(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    const char *run_id = client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    request->execution = client_execution(client, WORKFLOW, run_id);
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, HISTORY, request);

    (void)client_complete(client, task, COMMANDS(command_continue_as_new(client)));

    const Pb__HistoryEvent *end = history_page_of(pending)->history->events[0];
    assert_int_equal(end->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW);
    assert_false(history_has_more(history_page_of(pending)));
    request->execution = client_execution(
        client, WORKFLOW, end->workflow_execution_continued_as_new_event_attributes->new_execution_run_id);
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_ALL_EVENT;
    history_page page = client_must(client, HISTORY, request);
    assert_string_equal(
        page->history->events[0]->workflow_execution_started_event_attributes->continued_execution_run_id, run_id);
    request->execution = client_execution(client, WORKFLOW, ""); /* the newest */
    assert_int_equal(((history_page)client_must(client, HISTORY, request))->history->n_events, page->history->n_events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(who_waits_hears_the_news),
        SERVICE_TEST(who_waits_in_vain_is_told_to_go_on),
        SERVICE_TEST(the_close_is_waited_for),
        SERVICE_TEST(the_close_is_waited_for_once_unasked),
        SERVICE_TEST(the_close_event_alone),
        SERVICE_TEST(who_waits_stays_with_the_run),
        SERVICE_TEST(who_gives_up_hears_nothing_more),
        SERVICE_TEST(a_token_without_waiting_ends_the_wait),
        SERVICE_TEST(news_come_in_pages_too),
        SERVICE_TEST(a_run_that_closes_while_its_pages_are_read_is_read_to_its_end),
        SERVICE_TEST(who_waits_learns_nothing_of_buffered_events),
        SERVICE_TEST(who_waits_for_the_end_hears_of_the_next_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
