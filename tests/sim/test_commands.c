/* SPDX-License-Identifier: MIT */
/* Commands: what each writes, and what becomes of a completion when one is refused: nothing of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

/* A workflow whose first task is taken. */
static workflow_task open_task(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    return client_poll(client, NULL);
}

/* The completion is refused with that cause and a text with `part`; the run goes on without any of it. */
static void expect_fault(
    struct service_client *client, size_t count, Pb__Command *const *commands, const char *cause, const char *part)
{
    assert_refused(client_refused(client, open_task(client), count, commands), TL_INVALID_ARGUMENT, part);
    assert_history_from(client, WORKFLOW, 4, client_text(client, "4 WorkflowTaskFailed 2,3 %s\n", cause));
    const Pb__Failure *failure = client_event(client, WORKFLOW, 4)->workflow_task_failed_event_attributes->failure;
    assert_non_null(strstr(failure->message, part));
    assert_int_equal(failure->failure_info_case, PB__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO);
    assert_int_equal(client_poll(client, NULL)->attempt, 2);
}

/* ---- What is accepted ---- */

static void a_batch_is_written_in_its_order(void **state)
{
    struct service_client *client = *state;

    (void)client_complete(
        client,
        open_task(client),
        COMMANDS(
            command_timer(client, "1", TL_SECONDS(5)),
            command_activity(client, "1", "ChargeCard"),
            command_marker(client, "seen"),
            command_cancel_timer(client, "1"),
            command_timer(client, "1", TL_SECONDS(6)),
            command_complete(client)));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskCompleted 2,3\n"
        "5 TimerStarted 1 5s\n"
        "6 ActivityTaskScheduled ChargeCard#1\n"
        "7 MarkerRecorded seen\n"
        "8 TimerCanceled 1 5\n"
        "9 TimerStarted 1 6s\n"
        "10 WorkflowExecutionCompleted\n");
    assert_false(client_skip(client)); /* a closed run leaves no deadline */
}

static void an_activity_scheduled_before_can_be_canceled_in_its_own_batch(void **state)
{
    struct service_client *client = *state;

    (void)client_complete(
        client,
        open_task(client),
        COMMANDS(
            command_activity(client, "1", "ChargeCard"),
            command_cancel_activity(client, 5),
            command_cancel_activity(client, 5),
            command_activity(client, "1", "ShipOrder")));

    /* Events as the server writes them; for a moment two activities of one id seem to be pending. */
    struct tl_history *history = client_history(client, WORKFLOW);
    assert_string_equal(
        client_show(client, history->count - 4, history->events + 4),
        "5 ActivityTaskScheduled ChargeCard#1\n"
        "6 ActivityTaskCancelRequested 5\n"
        "7 ActivityTaskCancelRequested 5\n"
        "8 ActivityTaskScheduled ShipOrder#1\n"
        "9 ActivityTaskCanceled 5,0 after 6\n"
        "10 WorkflowTaskScheduled orders\n");
    tl_history_unref(history);
}

static void a_close_drops_what_its_own_batch_ended(void **state)
{
    struct service_client *client = *state;

    (void)client_complete(
        client,
        open_task(client),
        COMMANDS(
            command_activity(client, "1", "ChargeCard"), command_cancel_activity(client, 5), command_complete(client)));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 ActivityTaskScheduled ChargeCard#1\n"
        "6 ActivityTaskCancelRequested 5\n"
        "7 WorkflowExecutionCompleted\n");
}

static void markers_keep_details_header_and_failure(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_marker(client, "Version");
    Pb__RecordMarkerCommandAttributes *attributes = command->record_marker_command_attributes;
    Pb__RecordMarkerCommandAttributes__DetailsEntry entry = PB__RECORD_MARKER_COMMAND_ATTRIBUTES__DETAILS_ENTRY__INIT;
    Pb__RecordMarkerCommandAttributes__DetailsEntry *entries[] = {&entry};

    entry.key = client_text(client, "change-id");
    entry.value = client_json(client, "\"c1\"");
    attributes->n_details = 1;
    attributes->details = entries;
    attributes->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    attributes->failure->message = client_text(client, "why");
    (void)client_complete(client, open_task(client), COMMANDS(command));

    const Pb__MarkerRecordedEventAttributes *recorded =
        client_event(client, WORKFLOW, 5)->marker_recorded_event_attributes;
    assert_int_equal(recorded->n_details, 1);
    assert_string_equal(recorded->details[0]->key, "change-id");
    assert_memory_equal(recorded->details[0]->value->payloads[0]->data.data, "\"c1\"", 4);
    assert_string_equal(recorded->failure->message, "why");
    assert_int_equal(recorded->workflow_task_completed_event_id, 4);
}

static void user_metadata_of_a_command_goes_to_its_event(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_timer(client, "1", TL_SECONDS(5));

    command->user_metadata = PB_NEW(&client->arena, Pb__UserMetadata, pb__user_metadata);
    command->user_metadata->summary = client_json(client, "\"wait\"")->payloads[0];
    (void)client_complete(client, open_task(client), COMMANDS(command));

    assert_non_null(client_event(client, WORKFLOW, 5)->user_metadata->summary);
}

static void a_failed_workflow_says_why(void **state)
{
    struct service_client *client = *state;

    (void)client_complete(client, open_task(client), COMMANDS(command_fail(client, "NotDelivered")));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionFailed RETRY_POLICY_NOT_SET\n");
    const Pb__Failure *failure = client_event(client, WORKFLOW, 5)->workflow_execution_failed_event_attributes->failure;
    assert_string_equal(failure->application_failure_info->type, "NotDelivered");
}

static void a_workflow_may_cancel_itself_unasked(void **state)
{
    struct service_client *client = *state;

    (void)client_complete(client, open_task(client), COMMANDS(command_cancel(client)));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionCanceled\n");
}

/* ---- What is refused ---- */

static void nothing_of_a_batch_with_a_fault_is_applied(void **state)
{
    struct service_client *client = *state;

    expect_fault(
        client,
        COMMANDS(
            command_activity(client, "1", "ChargeCard"),
            command_timer(client, "1", TL_SECONDS(1)),
            command_cancel_timer(client, "2")),
        "BAD_CANCEL_TIMER_ATTRIBUTES",
        "timer_id 2 is not pending");
    assert_null(client_poll_activity(client));
    assert_true(client_skip(client)); /* the second attempt's timeout, and no timer */
    assert_history_from(client, WORKFLOW, 5, "");
}

static void ids_of_a_thousand_bytes_are_fine(void **state)
{
    struct service_client *client = *state;
    char *id = client_long_text(client, 1000);

    (void)client_complete(
        client,
        open_task(client),
        COMMANDS(
            command_activity(client, id, id), command_timer(client, id, TL_SECONDS(1)), command_marker(client, id)));
    assert_non_null(client_poll_activity(client));
}

static void ids_pending_from_an_earlier_task_cannot_be_used_again(void **state)
{
    struct service_client *client = *state;

    client_begin(
        client,
        WORKFLOW,
        COMMANDS(command_timer(client, "1", TL_DAYS(1)), command_activity(client, "a", "ChargeCard")));
    client_signal(client, WORKFLOW, "go");
    assert_refused(
        client_refused(client, client_poll(client, NULL), COMMANDS(command_timer(client, "1", 1))),
        TL_INVALID_ARGUMENT,
        "timer_id 1 is pending");
    client_signal(client, WORKFLOW, "go"); /* makes the next task a first attempt */
    assert_refused(
        client_refused(client, client_poll(client, NULL), COMMANDS(command_activity(client, "a", "X"))),
        TL_INVALID_ARGUMENT,
        "activity_id a is pending");
}

static void only_what_is_there_can_be_canceled(void **state)
{
    struct service_client *client = *state;
    const char *cause = "BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES";

    expect_fault(client, COMMANDS(command_cancel_activity(client, 0)), cause, "scheduled_event_id is not set");
    client_terminate(client, WORKFLOW);
    expect_fault(client, COMMANDS(command_cancel_activity(client, 77)), cause, "scheduled_event_id 77 names no");
    client_terminate(client, WORKFLOW);
    expect_fault(
        client,
        COMMANDS(command_cancel_activity(client, 6), command_activity(client, "1", "ChargeCard")),
        cause,
        "scheduled_event_id 6 names no");
    client_terminate(client, WORKFLOW);
    expect_fault(
        client,
        COMMANDS(command_timer(client, "1", 1), command_cancel_activity(client, 5)),
        cause,
        "scheduled_event_id 5 names no");
}

static void a_started_activity_is_asked_once(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    assert_non_null(client_poll_activity(client));
    client_signal(client, WORKFLOW, "go");
    assert_refused(
        client_refused(
            client,
            client_poll(client, NULL),
            COMMANDS(command_cancel_activity(client, 5), command_cancel_activity(client, 5))),
        TL_INVALID_ARGUMENT,
        "scheduled_event_id 5 names no activity");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));
    client_signal(client, WORKFLOW, "go");
    assert_refused(
        client_refused(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5))),
        TL_INVALID_ARGUMENT,
        "scheduled_event_id 5 names no activity");
}

static void an_activity_whose_end_is_buffered_may_be_canceled(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    activity_task activity = client_poll_activity(client);
    client_signal(client, WORKFLOW, "go");
    workflow_task task = client_poll(client, NULL);
    client_message(client_complete_activity(client, activity));
    (void)client_complete(client, task, COMMANDS(command_cancel_activity(client, 5)));

    assert_history_from(
        client,
        WORKFLOW,
        9,
        "9 WorkflowTaskCompleted 7,8\n"
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskCompleted 5,11\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void commands_that_are_not_served_are_named(void **state)
{
    struct service_client *client = *state;
    static const struct {
        int type;
        const char *name;
    } rows[] = {
        {COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION, "StartChildWorkflowExecution"},
        {COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION, "SignalExternalWorkflowExecution"},
        {COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION, "RequestCancelExternalWorkflowExecution"},
        {COMMAND_TYPE_PROTOCOL_MESSAGE, "ProtocolMessage"},
        {COMMAND_TYPE_SCHEDULE_NEXUS_OPERATION, "ScheduleNexusOperation"},
        {COMMAND_TYPE_REQUEST_CANCEL_NEXUS_OPERATION, "RequestCancelNexusOperation"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Pb__Command *command = PB_NEW(&client->arena, Pb__Command, pb__command);
        command->command_type = (Pb__CommandType)rows[i].type;
        assert_refused(
            client_refused(client, open_task(client), COMMANDS(command_marker(client, "m"), command)),
            TL_UNSUPPORTED,
            client_text(client, "FeatureDisabled: command %s is not supported", rows[i].name));
        assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskFailed 2,3 FEATURE_DISABLED\n");
        (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
    }
}

static void a_sequence_that_no_worker_means_changes_nothing(void **state)
{
    struct service_client *client = *state;
    workflow_task task = open_task(client);
    Pb__Command *unknown = PB_NEW(&client->arena, Pb__Command, pb__command);

    assert_refused(
        client_refused(client, task, COMMANDS(command_complete(client), command_marker(client, "m"))),
        TL_INVALID_ARGUMENT,
        "is not the last command");
    unknown->command_type = (Pb__CommandType)99;
    assert_refused(client_refused(client, task, COMMANDS(unknown)), TL_INVALID_ARGUMENT, "unknown command_type 99");
    assert_history_from(client, WORKFLOW, 4, "");
    (void)client_complete(client, task, COMMANDS(command_complete(client)));
}

static void later_attempts_are_refused_without_a_trace(void **state)
{
    struct service_client *client = *state;

    assert_refused(
        client_refused(client, open_task(client), COMMANDS(command_timer(client, "", 1))),
        TL_INVALID_ARGUMENT,
        "timer_id");
    workflow_task second = client_poll(client, NULL);
    assert_refused(
        client_refused(client, second, COMMANDS(command_timer(client, "", 1))), TL_INVALID_ARGUMENT, "timer_id");
    assert_history_from(client, WORKFLOW, 4, "4 WorkflowTaskFailed 2,3 BAD_START_TIMER_ATTRIBUTES\n");
    assert_null(client_poll(client, NULL)); /* it goes on running until it times out */
    client_pass(client, TL_SECONDS(10));
    assert_int_equal(client_poll(client, NULL)->attempt, 3);
}

static void what_is_not_served_in_a_completion_is_named(void **state)
{
    struct service_client *client = *state;
    workflow_task task = open_task(client);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    Pb__Message message = PB__MESSAGE__INIT;
    Pb__Message *messages[] = {&message};

    request->n_messages = 1;
    request->messages = messages;
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, request), TL_UNSUPPORTED, "messages is not supported");
    (void)client_complete(client, task, NO_COMMANDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_batch_is_written_in_its_order),
        SERVICE_TEST(an_activity_scheduled_before_can_be_canceled_in_its_own_batch),
        SERVICE_TEST(a_close_drops_what_its_own_batch_ended),
        SERVICE_TEST(markers_keep_details_header_and_failure),
        SERVICE_TEST(user_metadata_of_a_command_goes_to_its_event),
        SERVICE_TEST(a_failed_workflow_says_why),
        SERVICE_TEST(a_workflow_may_cancel_itself_unasked),
        SERVICE_TEST(nothing_of_a_batch_with_a_fault_is_applied),
        SERVICE_TEST(ids_of_a_thousand_bytes_are_fine),
        SERVICE_TEST(ids_pending_from_an_earlier_task_cannot_be_used_again),
        SERVICE_TEST(only_what_is_there_can_be_canceled),
        SERVICE_TEST(a_started_activity_is_asked_once),
        SERVICE_TEST(an_activity_whose_end_is_buffered_may_be_canceled),
        SERVICE_TEST(commands_that_are_not_served_are_named),
        SERVICE_TEST(a_sequence_that_no_worker_means_changes_nothing),
        SERVICE_TEST(later_attempts_are_refused_without_a_trace),
        SERVICE_TEST(what_is_not_served_in_a_completion_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
