/* SPDX-License-Identifier: MIT */
/* Reading histories: pages, waiting for news, the closing event, and histories in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

#define HISTORY RPC_GetWorkflowExecutionHistory

typedef Pb__GetWorkflowExecutionHistoryRequest *history_request;
typedef const Pb__GetWorkflowExecutionHistoryResponse *history_page;

/* A workflow that has seen `signals` signals: their events, and 4 more. */
static const char *waiting(struct service_client *client, int signals)
{
    const char *run_id = client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    (void)client_complete(client, task, NO_COMMANDS);
    client->checked = false;
    for (int i = 0; i < signals; i++) {
        client_signal(client, WORKFLOW, "hello");
    }
    client->checked = true;
    return run_id;
}

static history_page page_of(struct pending *pending)
{
    assert_non_null(pending->reply);
    return client_message(pending->reply);
}

static bool has_more(history_page page)
{
    return page->next_page_token.len > 0;
}

static void follow(history_request request, history_page page)
{
    request->next_page_token = page->next_page_token;
}

/* ---- Pages ---- */

static void a_short_history_is_one_page(void **state)
{
    struct service_client *client = *state;
    (void)waiting(client, 0);

    history_page page = client_must(client, HISTORY, client_history_request(client, WORKFLOW));

    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskCompleted 2,3\n");
    assert_false(has_more(page));
}

/* Reads page by page, and expects every event once. Returns the number of pages. */
static int read_all(struct service_client *client, history_request request, int64_t count)
{
    int64_t next = 1;
    int pages = 0;
    history_page page;

    do {
        page = client_must(client, HISTORY, request);
        for (size_t i = 0; i < page->history->n_events; i++) {
            assert_int_equal(page->history->events[i]->event_id, next++);
        }
        follow(request, page);
        pages++;
    } while (has_more(page));
    assert_int_equal(next - 1, count);
    return pages;
}

static void a_long_history_comes_in_pages(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 596);

    assert_int_equal(read_all(client, request, 601), 3); /* of 256, the most there is */
    request->next_page_token = (ProtobufCBinaryData){0};
    request->maximum_page_size = 100000;
    assert_int_equal(read_all(client, request, 601), 3);
    request->next_page_token = (ProtobufCBinaryData){0};
    request->maximum_page_size = 100;
    assert_int_equal(read_all(client, request, 601), 7);
    request->next_page_token = (ProtobufCBinaryData){0};
    request->maximum_page_size = -1;
    assert_int_equal(read_all(client, request, 601), 3);
}

static void pages_end_where_the_history_did_when_it_was_asked_for(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 5);
    request->maximum_page_size = 6;
    history_page page = client_must(client, HISTORY, request);
    client_signal(client, WORKFLOW, "later");

    follow(request, page);
    page = client_must(client, HISTORY, request);

    assert_int_equal(page->history->n_events, 4);
    assert_int_equal(page->history->events[0]->event_id, 7);
    assert_false(has_more(page));
}

static void a_poll_has_pages_too(void **state)
{
    struct service_client *client = *state;
    (void)waiting(client, 596);

    workflow_task task = client_poll(client, NULL);

    assert_int_equal(task->history->n_events, 256);
    history_request request = client_history_request(client, WORKFLOW);
    request->next_page_token = task->next_page_token;
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_id, 257);
    assert_int_equal(page->history->n_events, 256);
    follow(request, page);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 90);
    assert_int_equal(page->history->events[89]->event_type, EVENT_TYPE_WORKFLOW_TASK_STARTED);
    assert_false(has_more(page));
}

static void the_last_page_of_a_transient_task_ends_with_it(void **state)
{
    struct service_client *client = *state;
    (void)waiting(client, 300);
    (void)client_fail_task(client, client_poll(client, NULL), 0);

    workflow_task task = client_poll(client, NULL);

    assert_int_equal(task->attempt, 2);
    assert_int_equal(task->history->n_events, 256);
    history_request request = client_history_request(client, WORKFLOW);
    request->next_page_token = task->next_page_token;
    history_page page = client_must(client, HISTORY, request);
    size_t count = page->history->n_events;
    assert_string_equal(
        client_show(client, 3, page->history->events + count - 3),
        "307 WorkflowTaskFailed 6,306 UNSPECIFIED\n"
        "308 WorkflowTaskScheduled orders attempt 2\n"
        "309 WorkflowTaskStarted 308\n");
    assert_int_equal(task->started_event_id, 309);
    assert_false(has_more(page));
}

/* ---- Waiting ---- */

static void who_waits_hears_the_news(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 0);
    request->wait_new_event = true;
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 4);
    assert_true(has_more(page));

    follow(request, page);
    struct pending *pending = client_send(client, HISTORY, request);
    client_run(client);
    assert_null(pending->reply);
    client_signal(client, WORKFLOW, "hello");

    page = page_of(pending);
    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowTaskScheduled orders\n");
    assert_true(has_more(page));
    client_terminate(client, WORKFLOW);
    follow(request, page);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 1);
    assert_false(has_more(page));
}

static void who_waits_in_vain_is_told_to_go_on(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 0);
    request->wait_new_event = true;
    history_page page = client_must(client, HISTORY, request);
    follow(request, page);
    struct pending *pending = client_send(client, HISTORY, request);
    client_run(client);
    assert_true(tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING) == TL_NEVER);

    client_pass(client, TL_SECONDS(20) - 1);
    assert_null(pending->reply);
    client_pass(client, 1);

    page = page_of(pending);
    assert_int_equal(page->history->n_events, 0);
    assert_true(has_more(page));
    follow(request, page);
    pending = client_send(client, HISTORY, request);
    client_signal(client, WORKFLOW, "hello");
    assert_int_equal(page_of(pending)->history->n_events, 2);
}

static void the_close_is_waited_for(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 0);
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, HISTORY, request);

    client_signal(client, WORKFLOW, "hello");
    assert_null(pending->reply);
    client_pass(client, TL_SECONDS(20));
    assert_int_equal(page_of(pending)->history->n_events, 0);
    assert_true(has_more(page_of(pending)));

    follow(request, page_of(pending));
    pending = client_send(client, HISTORY, request);
    client_terminate(client, WORKFLOW);
    client_run(client);

    history_page page = page_of(pending);
    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "7 WorkflowExecutionTerminated out of patience\n");
    assert_false(has_more(page));
}

static void the_close_event_alone(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 0);
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 0);
    assert_false(has_more(page));

    client_terminate(client, WORKFLOW);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 1);
    request->wait_new_event = true;
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
}

static void who_waits_stays_with_the_run(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 0);
    request->wait_new_event = true;
    follow(request, client_must(client, HISTORY, request));
    struct pending *pending = client_send(client, HISTORY, request);
    Pb__StartWorkflowExecutionRequest *start = client_start_request(client, WORKFLOW);
    start->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;

    (void)client_must(client, RPC_StartWorkflowExecution, start);
    client_run(client);

    history_page page = page_of(pending);
    assert_int_equal(page->history->events[0]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
    assert_false(has_more(page));
}

static void who_gives_up_hears_nothing_more(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)waiting(client, 0);
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, HISTORY, request);

    tl_service_cancel(client->service, pending->call);
    client_run(client);

    assert_refused(pending->reply, TL_CANCELED, "");
    client_terminate(client, WORKFLOW);
}

/* ---- Requests ---- */

static void a_history_must_be_one(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);

    assert_refused(client_ask(client, HISTORY, request), TL_NOT_FOUND, "workflow order-1");
    request->execution = NULL;
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "execution is not set");
    request->next_page_token.data = (uint8_t *)client_text(client, "nonsense");
    request->next_page_token.len = 8;
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "execution is not set");
    request->execution = client_execution(client, WORKFLOW, "");
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "next_page_token is none");
}

static void a_token_belongs_to_its_run(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    const char *old_run = waiting(client, 0);
    request->maximum_page_size = 2;
    history_page page = client_must(client, HISTORY, request);
    client_terminate(client, WORKFLOW);
    const char *new_run = waiting(client, 0);
    (void)client_start(client, "order-2");
    follow(request, page);

    request->execution = client_execution(client, "order-2", "");
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "of another run");
    request->execution = client_execution(client, WORKFLOW, new_run);
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "of another run");
    request->execution = client_execution(client, WORKFLOW, old_run);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_id, 3);
    request->execution = client_execution(client, WORKFLOW, ""); /* the token knows which */
    (void)client_must(client, HISTORY, request);
}

/* ---- In memory ---- */

static void a_history_in_memory_can_be_cut(void **state)
{
    struct service_client *client = *state;
    struct tl_history *history = NULL;
    const char *run_id = waiting(client, 1);

    assert_int_equal(tl_sim_history(client->sim, "default", WORKFLOW, run_id, 0, &history), TL_OK);
    assert_int_equal(tl_history_length(history), 6);
    tl_history_unref(history);
    assert_int_equal(tl_sim_history(client->sim, "default", WORKFLOW, NULL, 4, &history), TL_OK);
    assert_int_equal(tl_history_length(history), 4);
    client_signal(client, WORKFLOW, "hello");
    assert_int_equal(tl_history_length(history), 4);
    tl_history_unref(history);
    history = NULL;
    assert_int_equal(tl_sim_history(client->sim, "default", WORKFLOW, NULL, 8, &history), TL_NOT_FOUND);
    assert_null(history);
}

static void a_history_in_memory_must_be_one(void **state)
{
    struct service_client *client = *state;
    struct tl_history *history = NULL;
    (void)waiting(client, 1);

    assert_int_equal(tl_sim_history(client->sim, "default", "order-2", NULL, 0, &history), TL_NOT_FOUND);
    assert_int_equal(tl_sim_history(client->sim, "payments", WORKFLOW, NULL, 0, &history), TL_NOT_FOUND);
    assert_int_equal(tl_sim_history(client->sim, "default", WORKFLOW, "none", 0, &history), TL_NOT_FOUND);
    assert_null(history);
    assert_int_equal(tl_sim_is_closed(client->sim, "default", "order-2", NULL), -1);
    assert_int_equal(tl_sim_is_closed(client->sim, "payments", WORKFLOW, NULL), -1);
}

static void histories_and_replies_outlive_the_service(void **state)
{
    struct service_client *client = *state;
    (void)waiting(client, 3);
    struct tl_history *history = client_history(client, WORKFLOW);
    const struct tl_reply *reply = client_ask(client, HISTORY, client_history_request(client, WORKFLOW));
    history_page page = client_message(reply);

    tl_sim_free(client->sim);
    client->sim = NULL;

    assert_int_equal(history->events[8 - 1]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
    assert_int_equal(page->history->events[8 - 1]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
    tl_history_unref(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_short_history_is_one_page),
        SERVICE_TEST(a_long_history_comes_in_pages),
        SERVICE_TEST(pages_end_where_the_history_did_when_it_was_asked_for),
        SERVICE_TEST(a_poll_has_pages_too),
        SERVICE_TEST(the_last_page_of_a_transient_task_ends_with_it),
        SERVICE_TEST(who_waits_hears_the_news),
        SERVICE_TEST(who_waits_in_vain_is_told_to_go_on),
        SERVICE_TEST(the_close_is_waited_for),
        SERVICE_TEST(the_close_event_alone),
        SERVICE_TEST(who_waits_stays_with_the_run),
        SERVICE_TEST(who_gives_up_hears_nothing_more),
        SERVICE_TEST(a_history_must_be_one),
        SERVICE_TEST(a_token_belongs_to_its_run),
        SERVICE_TEST(a_history_in_memory_can_be_cut),
        SERVICE_TEST(a_history_in_memory_must_be_one),
        SERVICE_TEST(histories_and_replies_outlive_the_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
