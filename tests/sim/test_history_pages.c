/* SPDX-License-Identifier: MIT */
/* Histories in pages of whole batches, forwards and backwards, and the events of transient tasks behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_history.h"

/* ---- Pages ---- */

static void a_short_history_is_one_page(void **state)
{
    struct service_client *client = *state;
    (void)history_with_signals(client, 0);

    history_page page = client_must(client, HISTORY, client_history_request(client, WORKFLOW));

    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskCompleted 2,3\n");
    assert_false(history_has_more(page));
}

/* Reads page by page, and expects every event once. Returns how many there are in each page: "2+1+1". */
static const char *read_all(struct service_client *client, history_request request)
{
    int64_t next = 1;
    const char *shape = "";
    history_page page;

    request->next_page_token = (ProtobufCBinaryData){0};
    do {
        page = client_must(client, HISTORY, request);
        for (size_t i = 0; i < page->history->n_events; i++) {
            assert_int_equal(page->history->events[i]->event_id, next++);
        }
        shape = client_text(client, "%s%s%zu", shape, next == 1 || *shape == '\0' ? "" : "+", page->history->n_events);
        history_follow(request, page);
    } while (history_has_more(page));
    return shape;
}

static void a_page_holds_whole_batches(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_timer(client, "1", TL_DAYS(1)), command_marker(client, "a"), command_marker(client, "b")));
    client_signal(client, WORKFLOW, "hello");
    client_signal(client, WORKFLOW, "hello");

    /* [1 Started, 2 Scheduled] [3 Started] [4 Completed, 5, 6, 7] [8 Signaled, 9 Scheduled] [10 Signaled] */
    request->maximum_page_size = 1;
    assert_string_equal(read_all(client, request), "2+1+4+2+1+0");
    request->maximum_page_size = 2;
    assert_string_equal(read_all(client, request), "3+6+1");
    request->maximum_page_size = 3;
    assert_string_equal(read_all(client, request), "7+3");
    request->maximum_page_size = 6;
    assert_string_equal(read_all(client, request), "10");
}

static void a_page_that_is_full_is_followed_by_an_empty_one(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 0);

    request->maximum_page_size = 3;
    assert_string_equal(read_all(client, request), "4+0");
    request->maximum_page_size = 4;
    assert_string_equal(read_all(client, request), "4");
}

static void a_started_task_ends_its_batch(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)client_start(client, WORKFLOW);
    Pb__RespondWorkflowTaskCompletedRequest *completion = client_completion(client, client_poll(client, NULL));
    completion->force_create_new_workflow_task = true;
    completion->return_new_workflow_task = true;
    const Pb__RespondWorkflowTaskCompletedResponse *response =
        client_must(client, RPC_RespondWorkflowTaskCompleted, completion);

    (void)client_complete(client, response->workflow_task, NO_COMMANDS);

    /* [1, 2] [3] [4 Completed, 5 Scheduled, 6 Started] [7 Completed] */
    request->maximum_page_size = 1;
    assert_string_equal(read_all(client, request), "2+1+3+1+0");
}

static void the_events_of_a_transient_task_are_two_batches(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)client_start(client, WORKFLOW);
    (void)client_fail_task(client, client_poll(client, NULL), 0);

    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);

    /* [1, 2] [3] [4 Failed] [5 Scheduled, 6 Started] [7 Completed] */
    request->maximum_page_size = 1;
    assert_string_equal(read_all(client, request), "2+1+1+2+1+0");
}

static void no_page_has_more_than_256_batches(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 597); /* in 600 batches */

    assert_string_equal(read_all(client, request), "258+256+88");
    request->maximum_page_size = 100000;
    assert_string_equal(read_all(client, request), "258+256+88");
    request->maximum_page_size = -1;
    assert_string_equal(read_all(client, request), "258+256+88");
    request->maximum_page_size = 150;
    assert_string_equal(read_all(client, request), "152+150+150+150+0");
}

static void the_last_page_takes_along_what_came_meanwhile(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)history_with_signals(client, 5);
    request->maximum_page_size = 6;
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 8);
    for (int i = 0; i < 10; i++) {
        client_signal(client, WORKFLOW, "later");
    }

    history_follow(request, page);
    page = client_must(client, HISTORY, request);

    assert_int_equal(page->history->n_events, 12);
    assert_int_equal(page->history->events[0]->event_id, 9);
    assert_false(history_has_more(page));
}

/* ---- Polls ---- */

static void a_poll_has_pages_too(void **state)
{
    struct service_client *client = *state;
    (void)history_with_signals(client, 597);

    workflow_task task = client_poll(client, NULL);

    assert_int_equal(task->history->n_events, 258);
    history_request request = client_history_request(client, WORKFLOW);
    request->next_page_token = task->next_page_token;
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_id, 259);
    assert_int_equal(page->history->n_events, 256);
    history_follow(request, page);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 89);
    assert_int_equal(page->history->events[88]->event_type, EVENT_TYPE_WORKFLOW_TASK_STARTED);
    assert_false(history_has_more(page));
}

static void a_poll_of_exactly_one_page_has_an_empty_second(void **state)
{
    struct service_client *client = *state;
    (void)history_with_signals(client, 252);

    workflow_task task = client_poll(client, NULL);

    assert_int_equal(task->history->n_events, 258);
    history_request request = client_history_request(client, WORKFLOW);
    request->next_page_token = task->next_page_token;
    assert_true(request->next_page_token.len > 0);
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 0);
    assert_false(history_has_more(page));
}

/* ---- Transient tasks ---- */

static void the_last_page_of_a_transient_task_ends_with_it(void **state)
{
    struct service_client *client = *state;
    (void)history_with_signals(client, 300);
    (void)client_fail_task(client, client_poll(client, NULL), 0);

    workflow_task task = client_poll(client, NULL);

    assert_int_equal(task->attempt, 2);
    assert_int_equal(task->history->n_events, 258);
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
    assert_false(history_has_more(page));
}

static void every_reader_sees_a_transient_task(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)client_start(client, WORKFLOW);
    (void)client_fail_task(client, client_poll(client, NULL), 0);

    history_page page = client_must(client, HISTORY, request);
    assert_string_equal(
        client_show(client, page->history->n_events - 3, page->history->events + 3),
        "4 WorkflowTaskFailed 2,3 UNSPECIFIED\n"
        "5 WorkflowTaskScheduled orders attempt 2\n");
    (void)client_poll(client, NULL);
    page = client_must(client, HISTORY, request);
    assert_string_equal(
        client_show(client, page->history->n_events - 4, page->history->events + 4),
        "5 WorkflowTaskScheduled orders attempt 2\n"
        "6 WorkflowTaskStarted 5\n");
    request->maximum_page_size = 2;
    assert_string_equal(read_all(client, request), "3+3"); /* not before the last page */
    assert_history_from(client, WORKFLOW, 5, "");          /* and not in the history itself */
}

static void who_waits_sees_the_events_that_took_the_place_of_a_transient_task(void **state)
{
    struct service_client *client = *state;
    history_request request = client_history_request(client, WORKFLOW);
    (void)client_start(client, WORKFLOW);
    (void)client_fail_task(client, client_poll(client, NULL), 0);
    request->wait_new_event = true;
    history_page page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->n_events, 5);

    history_follow(request, page);
    struct pending *pending = client_send(client, HISTORY, request);
    client_signal(client, WORKFLOW, "hello");

    page = history_page_of(pending);
    assert_int_equal(page->history->events[0]->event_id, 5);
    assert_int_equal(page->history->events[0]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
}

/* ---- Backwards ---- */

static const char *read_back(struct service_client *client, int32_t page_size)
{
    Pb__GetWorkflowExecutionHistoryReverseRequest request = PB__GET_WORKFLOW_EXECUTION_HISTORY_REVERSE_REQUEST__INIT;
    const Pb__GetWorkflowExecutionHistoryReverseResponse *page;
    const char *shape = "";
    int64_t last = 0;

    request.namespace_ = client_text(client, "default");
    request.execution = client_execution(client, WORKFLOW, "");
    request.maximum_page_size = page_size;
    do {
        page = client_must(client, RPC_GetWorkflowExecutionHistoryReverse, &request);
        for (size_t i = 0; i < page->history->n_events; i++) {
            int64_t id = page->history->events[i]->event_id;
            assert_true(last == 0 || id == last - 1);
            last = id;
        }
        shape = client_text(client, "%s%s%zu", shape, *shape == '\0' ? "" : "+", page->history->n_events);
        request.next_page_token = page->next_page_token;
    } while (page->next_page_token.len > 0);
    assert_int_equal(last, 1);
    return shape;
}

static void histories_can_be_read_backwards(void **state)
{
    struct service_client *client = *state;
    (void)history_with_signals(client, 3);

    /* [1, 2] [3] [4] [5 Signaled, 6 Scheduled] [7] [8] */
    assert_string_equal(read_back(client, 0), "8");
    assert_string_equal(read_back(client, 1), "1+1+2+1+1+2");
    assert_string_equal(read_back(client, 4), "5+3");
    assert_string_equal(read_back(client, 6), "8");
    assert_string_equal(read_back(client, 1000), "8");
}

static void reading_backwards_stays_with_what_was_there(void **state)
{
    struct service_client *client = *state;
    Pb__GetWorkflowExecutionHistoryReverseRequest request = PB__GET_WORKFLOW_EXECUTION_HISTORY_REVERSE_REQUEST__INIT;
    (void)history_with_signals(client, 3);
    request.namespace_ = client_text(client, "default");
    request.execution = client_execution(client, WORKFLOW, "");
    request.maximum_page_size = 2;
    const Pb__GetWorkflowExecutionHistoryReverseResponse *page =
        client_must(client, RPC_GetWorkflowExecutionHistoryReverse, &request);
    client_signal(client, WORKFLOW, "later");

    request.next_page_token = page->next_page_token;
    page = client_must(client, RPC_GetWorkflowExecutionHistoryReverse, &request);

    assert_int_equal(page->history->events[0]->event_id, 6);
    history_request forwards = client_history_request(client, WORKFLOW);
    forwards->next_page_token = page->next_page_token;
    assert_refused(client_ask(client, HISTORY, forwards), TL_INVALID_ARGUMENT, "next_page_token is none");
    request.execution = NULL;
    assert_refused(
        client_ask(client, RPC_GetWorkflowExecutionHistoryReverse, &request),
        TL_INVALID_ARGUMENT,
        "execution is not set");
    request.next_page_token = (ProtobufCBinaryData){0};
    request.execution = client_execution(client, "order-2", "");
    assert_refused(
        client_ask(client, RPC_GetWorkflowExecutionHistoryReverse, &request), TL_NOT_FOUND, "workflow order-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_short_history_is_one_page),
        SERVICE_TEST(a_page_holds_whole_batches),
        SERVICE_TEST(a_page_that_is_full_is_followed_by_an_empty_one),
        SERVICE_TEST(a_started_task_ends_its_batch),
        SERVICE_TEST(the_events_of_a_transient_task_are_two_batches),
        SERVICE_TEST(no_page_has_more_than_256_batches),
        SERVICE_TEST(the_last_page_takes_along_what_came_meanwhile),
        SERVICE_TEST(a_poll_has_pages_too),
        SERVICE_TEST(a_poll_of_exactly_one_page_has_an_empty_second),
        SERVICE_TEST(the_last_page_of_a_transient_task_ends_with_it),
        SERVICE_TEST(every_reader_sees_a_transient_task),
        SERVICE_TEST(who_waits_sees_the_events_that_took_the_place_of_a_transient_task),
        SERVICE_TEST(histories_can_be_read_backwards),
        SERVICE_TEST(reading_backwards_stays_with_what_was_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
