/* SPDX-License-Identifier: MIT */
/* Limits of a run, lowered so that they are soon reached: what happens beyond them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"

/* The service once more, with limits. */
static void limit(struct service_client *client, const struct tl_sim_limits *limits)
{
    service_client_renew(client, &(const struct tl_sim_options){.limits = *limits});
}

static const struct tl_reply *signal_refused(struct service_client *client)
{
    return client_ask(client, RPC_SignalWorkflowExecution, client_signal_request(client, WORKFLOW, "too many"));
}

#define TOO_MANY "Workflow history count exceeds limit."
#define TOO_LONG "Workflow history size exceeds limit."

/* ---- Events ---- */

static void the_transaction_that_makes_too_many_events_is_taken_back(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_events = 4});
    (void)client_start(client, WORKFLOW);
    client_signal(client, WORKFLOW, "hello");
    client_signal(client, WORKFLOW, "hello");
    client_signal(client, WORKFLOW, "hello"); /* is buffered when it is looked at */

    assert_refused(signal_refused(client), TL_INVALID_ARGUMENT, TOO_MANY);

    assert_history(
        client,
        WORKFLOW,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowExecutionSignaled hello\n"
        "4 WorkflowExecutionSignaled hello\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowExecutionTerminated " TOO_MANY "\n");
    const Pb__HistoryEvent *end = client_event(client, WORKFLOW, 6);
    assert_string_equal(end->workflow_execution_terminated_event_attributes->identity, "history-service");
    assert_null(client_poll(client, NULL));
    assert_refused(signal_refused(client), TL_NOT_FOUND, "already completed");
}

static void a_completion_that_makes_too_many_events_fails_its_task(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_events = 6});
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "hello");

    assert_refused(
        client_refused(
            client,
            task,
            COMMANDS(
                command_activity(client, "1", "ChargeCard"),
                command_timer(client, "1", TL_SECONDS(1)),
                command_marker(client, "seen"))),
        TL_INVALID_ARGUMENT,
        TOO_MANY);

    assert_history_from(
        client,
        WORKFLOW,
        3,
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowExecutionTerminated " TOO_MANY "\n");
    assert_null(client_poll_activity(client));
    assert_false(client_skip(client));
}

static void a_completion_that_closes_the_run_may_make_too_many(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_events = 3});

    client_begin(client, WORKFLOW, COMMANDS(command_marker(client, "seen"), command_complete(client)));

    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionCompleted\n");
}

static void a_task_that_cannot_start_is_given_to_nobody(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_events = 2});
    (void)client_start(client, WORKFLOW);

    assert_null(client_poll(client, NULL));

    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTerminated " TOO_MANY "\n");
}

static void a_poll_that_gets_no_task_waits_on(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_events = 2});
    struct pending *poll = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    (void)client_start(client, WORKFLOW);
    client_run(client);
    assert_null(poll->reply);
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTerminated " TOO_MANY "\n");

    tl_service_cancel(client->service, poll->call);
    client_run(client);
}

static void a_timer_that_makes_too_many_events_ends_the_run(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_events = 6});
    client_begin(
        client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(1)), command_timer(client, "2", TL_DAYS(1))));

    assert_true(client_skip(client));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 TimerStarted 1 1s\n"
        "6 TimerStarted 2 1d\n"
        "7 WorkflowExecutionTerminated " TOO_MANY "\n");
    assert_false(client_skip(client));
}

static void a_transient_task_that_is_completed_too_late_leaves_no_trace(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_events = 6});
    (void)client_start(client, WORKFLOW);
    (void)client_fail_task(client, client_poll(client, NULL), 0);

    assert_refused(client_refused(client, client_poll(client, NULL), NO_COMMANDS), TL_INVALID_ARGUMENT, TOO_MANY);

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 UNSPECIFIED\n"
        "5 WorkflowExecutionTerminated " TOO_MANY "\n");
}

static void who_waits_for_history_hears_of_the_end(void **state)
{
    struct service_client *client = *state;
    Pb__GetWorkflowExecutionHistoryRequest *request = client_history_request(client, WORKFLOW);
    limit(client, &(const struct tl_sim_limits){.history_events = 3});
    (void)client_start(client, WORKFLOW);
    client_signal(client, WORKFLOW, "hello");
    client_signal(client, WORKFLOW, "hello");
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, RPC_GetWorkflowExecutionHistory, request);

    assert_refused(signal_refused(client), TL_INVALID_ARGUMENT, TOO_MANY);

    assert_non_null(pending->reply);
    const Pb__GetWorkflowExecutionHistoryResponse *page = client_message(pending->reply);
    assert_string_equal(
        client_show(client, page->history->n_events, page->history->events),
        "5 WorkflowExecutionTerminated " TOO_MANY "\n");
}

static void more_events_than_the_server_allows(void **state)
{
    struct service_client *client = *state;
    size_t count = 51200 - 6;
    Pb__Command **commands = ARENA_ARRAY(&client->arena, Pb__Command *, count);
    for (size_t i = 0; i < count; i++) {
        commands[i] = command_marker(client, "seen");
    }
    client->checked = false;

    client_begin(client, WORKFLOW, count, commands);
    client_signal(client, WORKFLOW, "hello"); /* and its task: 51,200 */
    client_signal(client, WORKFLOW, "hello");
    assert_refused(signal_refused(client), TL_INVALID_ARGUMENT, TOO_MANY);

    assert_history_from(
        client,
        WORKFLOW,
        51200,
        "51200 WorkflowTaskScheduled orders\n"
        "51201 WorkflowExecutionSignaled hello\n"
        "51202 WorkflowExecutionTerminated " TOO_MANY "\n");
}

/* ---- Bytes ---- */

static void a_history_that_is_too_long_is_noticed_by_the_next_transaction(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.history_bytes = 1000});
    (void)client_start(client, WORKFLOW);
    Pb__SignalWorkflowExecutionRequest *request = client_signal_request(client, WORKFLOW, "hello");
    request->input = client_json(client, client_text(client, "\"%s\"", client_long_text(client, 1000)));
    (void)client_must(client, RPC_SignalWorkflowExecution, request);

    assert_refused(signal_refused(client), TL_INVALID_ARGUMENT, TOO_LONG);

    assert_history_from(
        client,
        WORKFLOW,
        3,
        "3 WorkflowExecutionSignaled hello\n"
        "4 WorkflowExecutionTerminated " TOO_LONG "\n");
}

static void an_activity_of_a_run_that_is_too_long_does_not_start(void **state)
{
    struct service_client *client = *state;
    Pb__Command *activity = command_activity(client, "1", "ChargeCard");
    limit(client, &(const struct tl_sim_limits){.history_bytes = 1000});
    activity->schedule_activity_task_command_attributes->input =
        client_json(client, client_text(client, "\"%s\"", client_long_text(client, 1000)));
    client_begin(client, WORKFLOW, COMMANDS(activity));

    assert_null(client_poll_activity(client));

    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated " TOO_LONG "\n");
}

/* ---- What is kept of a run ---- */

#define TOO_MUCH "Workflow mutable state size exceeds limit."

static const struct tl_reply *beat(struct service_client *client, activity_task task, size_t length)
{
    Pb__RecordActivityTaskHeartbeatRequest *request =
        PB_NEW(&client->arena, Pb__RecordActivityTaskHeartbeatRequest, pb__record_activity_task_heartbeat_request);

    request->namespace_ = client_text(client, "default");
    request->task_token = task->task_token;
    request->details = client_json(client, client_text(client, "\"%s\"", client_long_text(client, length)));
    return client_ask(client, RPC_RecordActivityTaskHeartbeat, request);
}

static void heartbeats_that_are_too_much_end_the_run(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.state_bytes = 1000});
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "A"), command_activity(client, "2", "B")));
    activity_task first = client_poll_activity(client);
    activity_task second = client_poll_activity(client);

    (void)client_message(beat(client, first, 600));
    (void)client_message(beat(client, first, 700)); /* in place of the one before */
    assert_refused(beat(client, second, 600), TL_INVALID_ARGUMENT, TOO_MUCH);

    assert_history_from(client, WORKFLOW, 7, "7 WorkflowExecutionTerminated " TOO_MUCH "\n");
    assert_refused(beat(client, first, 1), TL_NOT_FOUND, "already completed");
}

static void what_an_activity_kept_goes_with_it(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.state_bytes = 1000});
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "A"), command_activity(client, "2", "B")));
    activity_task first = client_poll_activity(client);
    activity_task second = client_poll_activity(client);
    (void)client_message(beat(client, first, 800));
    (void)client_message(client_complete_activity(client, first));

    (void)client_message(beat(client, second, 800));

    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), 0);
}

static void eight_mebibytes_may_be_kept(void **state)
{
    struct service_client *client = *state;
    Pb__Command *commands[5];
    activity_task tasks[5];
    for (size_t i = 0; i < 5; i++) {
        commands[i] = command_activity(client, client_text(client, "%zu", i), "ChargeCard");
    }
    client_begin(client, WORKFLOW, 5, commands);
    for (size_t i = 0; i < 5; i++) {
        tasks[i] = client_poll_activity(client);
    }

    for (size_t i = 0; i < 4; i++) {
        (void)client_message(beat(client, tasks[i], 2000000));
    }
    assert_refused(beat(client, tasks[4], 2000000), TL_INVALID_ARGUMENT, TOO_MUCH);
}

/* ---- Suggestions ---- */

static const Pb__WorkflowTaskStartedEventAttributes *started_task(struct service_client *client, int64_t id)
{
    return client_event(client, WORKFLOW, id)->workflow_task_started_event_attributes;
}

static void continue_as_new_is_suggested_after_so_many_events(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.suggest_events = 7});
    client_begin(client, WORKFLOW, NO_COMMANDS);
    assert_false(started_task(client, 3)->suggest_continue_as_new);
    client_signal(client, WORKFLOW, "hello");

    (void)client_poll(client, NULL);

    assert_true(started_task(client, 7)->suggest_continue_as_new);
    assert_int_equal(started_task(client, 7)->n_suggest_continue_as_new_reasons, 1);
    assert_int_equal(
        started_task(client, 7)->suggest_continue_as_new_reasons[0],
        SUGGEST_CONTINUE_AS_NEW_REASON_TOO_MANY_HISTORY_EVENTS);
}

static void continue_as_new_is_suggested_after_so_many_bytes(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.suggest_bytes = 1});

    client_begin(client, WORKFLOW, NO_COMMANDS);

    assert_true(started_task(client, 3)->suggest_continue_as_new);
    assert_int_equal(
        started_task(client, 3)->suggest_continue_as_new_reasons[0],
        SUGGEST_CONTINUE_AS_NEW_REASON_HISTORY_SIZE_TOO_LARGE);
}

/* ---- Pending activities ---- */

static void no_more_activities_are_pending_than_may_be(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.pending_activities = 2});
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    client_signal(client, WORKFLOW, "go");

    assert_refused(
        client_refused(
            client,
            client_poll(client, NULL),
            COMMANDS(command_activity(client, "2", "ChargeCard"), command_activity(client, "3", "ChargeCard"))),
        TL_INVALID_ARGUMENT,
        "PendingActivitiesLimitExceeded: 2 activities are pending");
    assert_history_from(client, WORKFLOW, 9, "9 WorkflowTaskFailed 7,8 PENDING_ACTIVITIES_LIMIT_EXCEEDED\n");
    (void)client_complete(
        client,
        client_poll(client, NULL),
        COMMANDS(
            command_activity(client, "2", "ChargeCard"),
            command_cancel_activity(client, 5), /* it is not started: this ends it */
            command_activity(client, "3", "ChargeCard")));
}

static void two_thousand_activities_may_be_pending(void **state)
{
    struct service_client *client = *state;
    Pb__Command *commands[2001];
    for (size_t i = 0; i < 2001; i++) {
        commands[i] = command_activity(client, client_text(client, "%zu", i), "ChargeCard");
    }
    client->checked = false;

    client_begin(client, WORKFLOW, 2000, commands);
    client_signal(client, WORKFLOW, "go");
    assert_refused(
        client_refused(client, client_poll(client, NULL), 1, commands + 2000),
        TL_INVALID_ARGUMENT,
        "2000 activities are pending");
}

/* ---- Signals and buffered events ---- */

static void no_more_signals_than_may_be(void **state)
{
    struct service_client *client = *state;
    limit(client, &(const struct tl_sim_limits){.signals = 2});
    (void)client_start(client, WORKFLOW);
    client_signal(client, WORKFLOW, "hello");
    client_signal(client, WORKFLOW, "hello");

    assert_refused(signal_refused(client), TL_INVALID_ARGUMENT, "the run has had 2 signals");

    assert_history_from(client, WORKFLOW, 5, "");
}

static void a_buffer_of_too_many_bytes_fails_the_task(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWorkflowExecutionRequest *request = client_signal_request(client, WORKFLOW, "hello");
    request->input = client_json(client, client_text(client, "\"%s\"", client_long_text(client, (size_t)1 << 20)));
    (void)client_start(client, WORKFLOW);
    (void)client_poll(client, NULL);

    (void)client_must(client, RPC_SignalWorkflowExecution, request);
    assert_history_from(client, WORKFLOW, 4, "");
    (void)client_must(client, RPC_SignalWorkflowExecution, request);

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowExecutionSignaled hello\n");
    assert_int_equal(client_poll(client, NULL)->attempt, 2);
}

/* ---- Options ---- */

static void limits_are_not_negative(void **state)
{
    struct service_client *client = *state;
    const struct {
        struct tl_sim_limits limits;
        const char *field;
    } rows[] = {
        {{.history_events = -1}, "limits.history_events"},
        {{.history_bytes = -1}, "limits.history_bytes"},
        {{.state_bytes = -1}, "limits.state_bytes"},
        {{.suggest_events = -1}, "limits.suggest_events"},
        {{.suggest_bytes = -1}, "limits.suggest_bytes"},
        {{.pending_activities = -1}, "limits.pending_activities"},
        {{.signals = -1}, "limits.signals"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tl_sim_options options = {.limits = rows[i].limits};
        struct tl_error error;
        assert_null(tl_sim_new(client->driver, &options, &error));
        assert_int_equal(error.status, TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, rows[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_transaction_that_makes_too_many_events_is_taken_back),
        SERVICE_TEST(a_completion_that_makes_too_many_events_fails_its_task),
        SERVICE_TEST(a_completion_that_closes_the_run_may_make_too_many),
        SERVICE_TEST(a_task_that_cannot_start_is_given_to_nobody),
        SERVICE_TEST(a_poll_that_gets_no_task_waits_on),
        SERVICE_TEST(a_timer_that_makes_too_many_events_ends_the_run),
        SERVICE_TEST(a_transient_task_that_is_completed_too_late_leaves_no_trace),
        SERVICE_TEST(who_waits_for_history_hears_of_the_end),
        SERVICE_TEST(more_events_than_the_server_allows),
        SERVICE_TEST(a_history_that_is_too_long_is_noticed_by_the_next_transaction),
        SERVICE_TEST(an_activity_of_a_run_that_is_too_long_does_not_start),
        SERVICE_TEST(heartbeats_that_are_too_much_end_the_run),
        SERVICE_TEST(what_an_activity_kept_goes_with_it),
        SERVICE_TEST(eight_mebibytes_may_be_kept),
        SERVICE_TEST(continue_as_new_is_suggested_after_so_many_events),
        SERVICE_TEST(continue_as_new_is_suggested_after_so_many_bytes),
        SERVICE_TEST(no_more_activities_are_pending_than_may_be),
        SERVICE_TEST(two_thousand_activities_may_be_pending),
        SERVICE_TEST(no_more_signals_than_may_be),
        SERVICE_TEST(a_buffer_of_too_many_bytes_fails_the_task),
        SERVICE_TEST(limits_are_not_negative),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
