/* SPDX-License-Identifier: MIT */
/* What can be wrong with the commands about timers, markers and the end of a run, fault by fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/command_fault.h"

/* ---- Timers ---- */

static Pb__Command *a_timer(struct service_client *client)
{
    return command_timer(client, "1", TL_SECONDS(1));
}

static void timers(void **state)
{
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, "BAD_START_TIMER_ATTRIBUTES", "attributes are not set", false},
        {EMPTY, FIELD(StartTimer, timer_id), NULL, "BAD_START_TIMER_ATTRIBUTES", "timer_id is not set", false},
        {LONG, FIELD(StartTimer, timer_id), NULL, "BAD_START_TIMER_ATTRIBUTES", "timer_id exceeds 1000 bytes", false},
        {NEGATIVE,
         FIELD(StartTimer, start_to_fire_timeout),
         NULL,
         "BAD_START_TIMER_ATTRIBUTES",
         "start_to_fire_timeout is negative",
         false},
        {MIXED,
         FIELD(StartTimer, start_to_fire_timeout),
         NULL,
         "BAD_START_TIMER_ATTRIBUTES",
         "start_to_fire_timeout has seconds and nanos of different signs",
         false},
    };

    EXPECT_FAULTS(*state, a_timer, faults);
}

static void a_timer_id_that_is_pending(void **state)
{
    struct service_client *client = *state;

    command_expect_second(
        client,
        a_timer(client),
        a_timer(client),
        "START_TIMER_DUPLICATE_ID",
        "StartTimerDuplicateId: timer_id 1 is pending");
}

static void cancelled_timers(void **state)
{
    struct service_client *client = *state;
    const char *cause = "BAD_CANCEL_TIMER_ATTRIBUTES";
    const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, cause, "attributes are not set", false},
        {EMPTY, FIELD(CancelTimer, timer_id), NULL, cause, "timer_id is not set", false},
        {LONG, FIELD(CancelTimer, timer_id), NULL, cause, "timer_id exceeds 1000 bytes", false},
        {NOTHING, 0, NULL, cause, "timer_id 2 is not pending", false},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        Pb__Command *command = command_cancel_timer(client, "2");
        command_spoil(client, command, &faults[i]);
        command_expect_fault(client, command, &faults[i]);
    }
}

static void a_timer_that_is_cancelled_twice(void **state)
{
    struct service_client *client = *state;

    client_begin(client, WORKFLOW, COMMANDS(a_timer(client)));
    client_signal(client, WORKFLOW, "go");
    assert_refused(
        client_refused(
            client,
            client_poll(client, NULL),
            COMMANDS(command_cancel_timer(client, "1"), command_cancel_timer(client, "1"))),
        TL_INVALID_ARGUMENT,
        "BadCancelTimerAttributes: timer_id 1 is not pending");
}

/* ---- Markers ---- */

static Pb__Command *a_marker(struct service_client *client)
{
    return command_marker(client, "seen");
}

/* Two details that are small enough, but not together. */
static void large_details(struct service_client *client, Pb__Command *command)
{
    Pb__RecordMarkerCommandAttributes *marker = command->record_marker_command_attributes;
    size_t length = (size_t)1 << 20;

    marker->n_details = 2;
    marker->details = ARENA_ARRAY(&client->arena, Pb__RecordMarkerCommandAttributes__DetailsEntry *, 2);
    for (size_t i = 0; i < 2; i++) {
        char *json = client_long_text(client, length);
        json[0] = '"';
        json[length - 1] = '"';
        marker->details[i] = PB_NEW(
            &client->arena,
            Pb__RecordMarkerCommandAttributes__DetailsEntry,
            pb__record_marker_command_attributes__details_entry);
        marker->details[i]->key = client_text(client, "%zu", i);
        marker->details[i]->value = client_json(client, json);
    }
}

static void markers(void **state)
{
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, "BAD_RECORD_MARKER_ATTRIBUTES", "attributes are not set", false},
        {EMPTY,
         FIELD(RecordMarker, marker_name),
         NULL,
         "BAD_RECORD_MARKER_ATTRIBUTES",
         "marker_name is not set",
         false},
        {LONG,
         FIELD(RecordMarker, marker_name),
         NULL,
         "BAD_RECORD_MARKER_ATTRIBUTES",
         "marker_name exceeds 1000 bytes",
         false},
        {NOTHING, 0, large_details, "BAD_RECORD_MARKER_ATTRIBUTES", "details exceeds 2097152 bytes", true},
    };

    EXPECT_FAULTS(*state, a_marker, faults);
}

/* ---- Closing ---- */

static void completions(void **state)
{
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, "BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES", "attributes are not set", false},
        {LARGE,
         FIELD(CompleteWorkflowExecution, result),
         NULL,
         "BAD_SCHEDULE_ACTIVITY_ATTRIBUTES",
         "result exceeds 2097152 bytes",
         true},
    };

    EXPECT_FAULTS(*state, command_complete, faults);
}

static Pb__Command *a_failure(struct service_client *client)
{
    return command_fail(client, "NotDelivered");
}

static void large_failure(struct service_client *client, Pb__Command *command)
{
    command->fail_workflow_execution_command_attributes->failure->message = client_long_text(client, (size_t)2 << 20);
}

static void failures(void **state)
{
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, "BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES", "attributes are not set", false},
        {UNSET,
         FIELD(FailWorkflowExecution, failure),
         NULL,
         "BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES",
         "failure is not set",
         false},
        {NOTHING, 0, large_failure, "BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES", "failure exceeds 2097152 bytes", true},
    };

    EXPECT_FAULTS(*state, a_failure, faults);
}

static void cancellations(void **state)
{
    static const struct fault faults[] = {
        {NO_ATTRIBUTES, 0, NULL, "BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES", "attributes are not set", false},
    };

    EXPECT_FAULTS(*state, command_cancel, faults);
}

static void a_cancellation_may_be_as_large_as_it_is(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_cancel(client);

    command->cancel_workflow_execution_command_attributes->details = client_too_much(client);
    client_begin(client, WORKFLOW, COMMANDS(command));
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionCanceled\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(timers),
        SERVICE_TEST(a_timer_id_that_is_pending),
        SERVICE_TEST(cancelled_timers),
        SERVICE_TEST(a_timer_that_is_cancelled_twice),
        SERVICE_TEST(markers),
        SERVICE_TEST(completions),
        SERVICE_TEST(failures),
        SERVICE_TEST(cancellations),
        SERVICE_TEST(a_cancellation_may_be_as_large_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
