/* SPDX-License-Identifier: MIT */
/* Histories: who may read them, and histories in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_history.h"

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
    const char *old_run = history_with_signals(client, 0);
    request->maximum_page_size = 1;
    history_page page = client_must(client, HISTORY, request);
    client_terminate(client, WORKFLOW);
    const char *new_run = history_with_signals(client, 0);
    (void)client_start(client, "order-2");
    history_follow(request, page);

    request->execution = client_execution(client, "order-2", "");
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "of another run");
    request->execution = client_execution(client, WORKFLOW, new_run);
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "of another run");
    request->execution = client_execution(client, WORKFLOW, old_run);
    page = client_must(client, HISTORY, request);
    assert_int_equal(page->history->events[0]->event_id, 3);
    request->execution = client_execution(client, WORKFLOW, ""); /* the token knows which */
    (void)client_must(client, HISTORY, request);
    request->next_page_token.data[7] ^= 1;
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "next_page_token is none");
    request->next_page_token.len--;
    assert_refused(client_ask(client, HISTORY, request), TL_INVALID_ARGUMENT, "next_page_token is none");
}

/* ---- In memory ---- */

static void a_history_in_memory_can_be_cut(void **state)
{
    struct service_client *client = *state;
    struct tl_history *history = NULL;
    const char *run_id = history_with_signals(client, 1);

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
    (void)history_with_signals(client, 1);

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
    (void)history_with_signals(client, 3);
    struct tl_history *history = client_history(client, WORKFLOW);
    const struct tl_reply *reply = client_ask(client, HISTORY, client_history_request(client, WORKFLOW));
    history_page page = client_message(reply);

    tl_sim_free(client->sim);
    client->sim = NULL;

    assert_int_equal(history->events[8 - 1]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
    assert_int_equal(page->history->events[8 - 1]->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
    tl_history_unref(history);
}

/* What a reply shares with the run stays as it is, however much the run grows. */
static void a_reply_outlives_what_comes_after_it(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    const Pb__GetWorkflowExecutionHistoryResponse *response =
        client_must(client, RPC_GetWorkflowExecutionHistory, client_history_request(client, WORKFLOW));

    for (int i = 0; i < 100; i++) {
        client_signal(client, WORKFLOW, "go on");
    }

    assert_int_equal(response->history->n_events, 2);
    assert_same(response->history->events[0], client_event(client, WORKFLOW, 1));
    assert_same(response->history->events[1], client_event(client, WORKFLOW, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_history_must_be_one),
        SERVICE_TEST(a_token_belongs_to_its_run),
        SERVICE_TEST(a_history_in_memory_can_be_cut),
        SERVICE_TEST(a_history_in_memory_must_be_one),
        SERVICE_TEST(a_reply_outlives_what_comes_after_it),
        SERVICE_TEST(histories_and_replies_outlive_the_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
