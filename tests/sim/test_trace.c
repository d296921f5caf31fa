/* SPDX-License-Identifier: MIT */
/* What sinks are told, and that the same seed and the same requests give the same universe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "model/event.h"
#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_client.h"

struct journal {
    struct service_client client;
    struct text text;
};

static void write_line(void *user, const struct tl_trace_event *event)
{
    struct text *text = user;

    text_format(
        text,
        "%d|%s|%s|%s|%d|%s|%s\n",
        (int)(event->at % TL_DAYS(1) / TL_SECONDS(1)),
        tl_trace_kind_text(event->kind),
        event->workflow_id,
        event->run_id,
        (int)event->event_id,
        event->name,
        event->detail);
}

static void write_short(void *user, const struct tl_trace_event *event)
{
    struct text *text = user;

    assert_int_equal(event->kind == TL_TRACE_SERVICE_EVENT_ADDED, event->data != NULL);
    if (event->data != NULL) {
        assert_int_equal(((const Pb__HistoryEvent *)event->data)->event_id, event->event_id);
    }
    text_format(text, "%s %s %s", tl_trace_kind_text(event->kind), event->workflow_id, event->name);
    if (event->event_id != 0) {
        text_format(text, " %d", (int)event->event_id);
    }
    text_add(text, "\n");
}

static void
open_journal(struct journal *journal, uint64_t seed, bool wire, void (*write)(void *, const struct tl_trace_event *))
{
    const struct tl_driver_options options = {.seed = seed};
    const struct tl_sink sink = {.on_event = write, .user = &journal->text, .mask = TL_TRACE_ALL};

    service_client_open(&journal->client, &options, wire);
    text_init(&journal->text, &journal->client.arena);
    assert_int_equal(tl_driver_add_sink(journal->client.driver, &sink), TL_OK);
}

static void sinks_are_told_what_happens(void **state)
{
    struct journal journal;

    (void)state;
    open_journal(&journal, 1, false, write_short);
    client_begin(&journal.client, WORKFLOW, COMMANDS(command_complete(&journal.client)));
    assert_string_equal(
        journal.text.data,
        "call sent  StartWorkflowExecution\n"
        "run opened order-1 OrderSaga 1\n"
        "event added order-1 WorkflowExecutionStarted 1\n"
        "event added order-1 WorkflowTaskScheduled 2\n"
        "task added  orders\n"
        "call answered order-1 StartWorkflowExecution\n"
        "call sent  PollWorkflowTaskQueue\n"
        "task matched  orders\n"
        "event added order-1 WorkflowTaskStarted 3\n"
        "call answered order-1 PollWorkflowTaskQueue\n"
        "call sent  RespondWorkflowTaskCompleted\n"
        "event added order-1 WorkflowTaskCompleted 4\n"
        "event added order-1 WorkflowExecutionCompleted 5\n"
        "run closed order-1 OrderSaga 5\n"
        "call answered order-1 RespondWorkflowTaskCompleted\n");
    service_client_close(&journal.client);
}

/* Two workflows with all that can happen to them by chance or by time. */
static void live(struct service_client *client)
{
    client_begin(
        client,
        "order-1",
        COMMANDS(command_activity(client, "1", "ChargeCard"), command_timer(client, "1", TL_SECONDS(30))));
    (void)client_start(client, "order-2");
    for (int i = 0; i < 6; i++) {
        workflow_task task = client_poll(client, NULL);
        activity_task activity = client_poll_activity(client);
        if (task != NULL) {
            (void)client_fail_task(client, task, 0);
        }
        if (activity != NULL) {
            (void)client_fail_activity(client, activity, "CardDeclined", false);
        }
        client_pass(client, TL_SECONDS(15));
    }
    client_signal(client, "order-1", "hello");
    client_terminate(client, "order-1");
}

static char *journal_of(uint64_t seed, bool wire)
{
    struct journal journal;

    open_journal(&journal, seed, wire, write_line);
    live(&journal.client);
    char *text = strdup(journal.text.data);
    service_client_close(&journal.client);
    assert_non_null(text);
    return text;
}

static void the_same_seed_gives_the_same_universe(void **state)
{
    char *first = journal_of(7, false);
    char *again = journal_of(7, false);
    char *wired = journal_of(7, true);
    char *other = journal_of(8, false);

    (void)state;
    assert_true(strlen(first) > 1000);
    assert_string_equal(first, again);
    assert_string_equal(first, wired);
    assert_string_not_equal(first, other);
    free(first);
    free(again);
    free(wired);
    free(other);
}

/* Sinks change nothing: what they are told costs no random number and no step. */
static void nobody_listening_changes_nothing(void **state)
{
    struct journal heard;
    struct service_client unheard;
    const struct tl_driver_options options = {.seed = 7};
    char path[200];

    (void)state;
    open_journal(&heard, 7, false, write_line);
    service_client_open(&unheard, &options, false);
    live(&heard.client);
    live(&unheard);
    struct tl_history *left = client_history(&heard.client, "order-2");
    struct tl_history *right = client_history(&unheard, "order-2");
    assert_int_equal(left->count, right->count);
    for (size_t i = 0; i < left->count; i++) {
        assert_true(message_equal(left->events[i], right->events[i], path, sizeof(path)));
    }
    tl_history_unref(left);
    tl_history_unref(right);
    service_client_close(&heard.client);
    service_client_close(&unheard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sinks_are_told_what_happens),
        cmocka_unit_test(the_same_seed_gives_the_same_universe),
        cmocka_unit_test(nobody_listening_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
