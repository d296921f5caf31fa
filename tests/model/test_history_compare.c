/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "model/history.h"
#include "tests/lib/sample_history.h"

static enum tl_status compare(char *expected, char *found, struct tl_error *error)
{
    struct tl_history *left = sample_read(expected);
    struct tl_history *right = sample_read(found);
    enum tl_status status = tl_history_compare(left, right, error);

    tl_history_unref(left);
    tl_history_unref(right);
    free(expected);
    free(found);
    return status;
}

static void equal(char *expected, char *found)
{
    struct tl_error error = {0};

    if (compare(expected, found, &error) != TL_OK) {
        fail_msg("%s", error.message);
    }
}

/* The sample with another event: told in exactly these words. */
static void differs(size_t id, const char *event, const char *field, const char *said)
{
    struct tl_error error = {0};

    assert_int_equal(compare(sample_text(NULL), sample_text_with(id, event), &error), TL_FAILED);
    assert_string_equal(error.message, said);
    assert_string_equal(error.field, field);
}

static void a_history_equals_itself(void **state)
{
    (void)state;
    equal(sample_text(NULL), sample_text(NULL));
}

static void times_task_ids_and_identities_do_not_count(void **state)
{
    (void)state;
    equal(
        sample_text(NULL),
        sample_text_with(
            1,
            "{\"eventId\":\"1\",\"eventTime\":\"1999-01-01T00:00:00Z\",\"eventType\":\"WorkflowExecutionStarted\","
            "\"taskId\":\"7\",\"version\":\"5\",\"workflowExecutionStartedEventAttributes\":{\"workflowType\":{"
            "\"name\":"
            "\"OrderSaga\"},\"taskQueue\":{\"name\":\"orders\"},\"input\":{\"payloads\":[{\"metadata\":{\"encoding\":"
            "\"anNvbi9wbGFpbg==\"},\"data\":\"eyJhbW91bnQiOjQwfQ==\"}]},\"identity\":\"someone else\",\"attempt\":1,"
            "\"firstExecutionRunId\":\"x\",\"prevAutoResetPoints\":{}}}"));
}

static void a_sticky_queue_does_not_count(void **state)
{
    (void)state;
    equal(
        sample_text(NULL),
        sample_text_with(
            9,
            "{\"eventId\":9,\"eventType\":\"WorkflowTaskScheduled\",\"workflowTaskScheduledEvent"
            "Attributes\":{\"taskQueue\":{\"name\":\"w-sticky\",\"kind\":\"Sticky\"},\"attempt\":1}}"));
}

static void a_field_that_differs_is_told(void **state)
{
    (void)state;
    differs(
        12,
        "{\"eventId\":12,\"eventType\":\"ActivityTaskScheduled\",\"activityTaskScheduledEventAttributes\":{"
        "\"activityId\":"
        "\"13\",\"activityType\":{\"name\":\"Ship\"},\"startToCloseTimeout\":\"60s\",\"workflowTaskCompletedEventId\":"
        "\"11\"}}",
        "events[11].activity_task_scheduled_event_attributes.activity_id",
        "event 12 ActivityTaskScheduled: activity_id: expected \"12\", found \"13\"");
}

static void a_field_that_is_missing_is_told(void **state)
{
    (void)state;
    differs(
        12,
        "{\"eventId\":12,\"eventType\":\"ActivityTaskScheduled\",\"activityTaskScheduledEventAttributes\":{"
        "\"activityId\":"
        "\"12\",\"activityType\":{\"name\":\"Ship\"},\"workflowTaskCompletedEventId\":\"11\"}}",
        "events[11].activity_task_scheduled_event_attributes.start_to_close_timeout",
        "event 12 ActivityTaskScheduled: start_to_close_timeout: expected \"60s\", found nothing");
}

static void payload_data_are_told_as_text(void **state)
{
    (void)state;
    differs(
        8,
        "{\"eventId\":8,\"eventType\":\"ActivityTaskCompleted\",\"activityTaskCompletedEventAttributes\":{"
        "\"scheduledEventId"
        "\":\"5\",\"startedEventId\":\"7\",\"result\":{\"payloads\":[{\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"},"
        "\"data\":\"AAE=\"}]}}}",
        "events[7].activity_task_completed_event_attributes.result.payloads[0].data",
        "event 8 ActivityTaskCompleted: result.payloads[0].data: expected \"\\\"receipt-1\\\"\", found \"AAE=\"");
}

static void counts_of_elements_are_told(void **state)
{
    (void)state;
    differs(
        8,
        "{\"eventId\":8,\"eventType\":\"ActivityTaskCompleted\",\"activityTaskCompletedEventAttributes\":{"
        "\"scheduledEventId"
        "\":\"5\",\"startedEventId\":\"7\",\"result\":{}}}",
        "events[7].activity_task_completed_event_attributes.result.payloads",
        "event 8 ActivityTaskCompleted: result.payloads: expected 1 element, found 0 elements");
}

static void fields_outside_the_attributes_are_told(void **state)
{
    (void)state;
    differs(
        4,
        "{\"eventId\":5,\"eventType\":\"WorkflowTaskCompleted\",\"workflowTaskCompletedEventAttributes\":"
        "{\"scheduledEventId\":\"2\",\"startedEventId\":\"3\",\"identity\":\"w\"}}",
        "events[3].event_id",
        "event 4 WorkflowTaskCompleted: event_id: expected \"4\", found \"5\"");
}

static void another_event_type_is_told(void **state)
{
    (void)state;
    differs(
        6,
        "{\"eventId\":6,\"eventType\":\"MarkerRecorded\",\"markerRecordedEventAttributes\":{}}",
        "events[5].event_type",
        "event 6: expected TimerStarted, found MarkerRecorded");
}

static void a_missing_event_is_told(void **state)
{
    static const size_t shorter[] = {1, 2, 3, 0};
    struct tl_error error = {0};

    (void)state;
    assert_int_equal(compare(sample_text(NULL), sample_text(shorter), &error), TL_FAILED);
    assert_string_equal(error.message, "expected 19 events, found 3: event 4 WorkflowTaskCompleted is missing");
    assert_int_equal(compare(sample_text(shorter), sample_text(NULL), &error), TL_FAILED);
    assert_string_equal(error.message, "expected 3 events, found 19: event 4 WorkflowTaskCompleted is one too many");
}

static void stack_traces_do_not_count_but_messages_do(void **state)
{
    (void)state;
    equal(
        sample_text(NULL),
        sample_text_with(
            19,
            "{\"eventId\":19,\"eventType\":\"WorkflowExecutionFailed\",\"workflowExecutionFailedEventAttributes\":"
            "{\"failure\":{\"message\":\"too late\",\"stackTrace\":\"here\",\"applicationFailureInfo\":{\"type\":"
            "\"NotDelivered\"}},\"workflowTaskCompletedEventId\":\"17\"}}"));
    differs(
        19,
        "{\"eventId\":19,\"eventType\":\"WorkflowExecutionFailed\",\"workflowExecutionFailedEventAttributes\":{"
        "\"failure\":"
        "{\"message\":\"too late\",\"timeoutFailureInfo\":{}},\"workflowTaskCompletedEventId\":\"17\"}}",
        "events[18].workflow_execution_failed_event_attributes.failure.application_failure_info",
        "event 19 WorkflowExecutionFailed: failure.application_failure_info: expected {\"type\":\"NotDelivered\"}, "
        "found "
        "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_equals_itself),
        cmocka_unit_test(times_task_ids_and_identities_do_not_count),
        cmocka_unit_test(a_sticky_queue_does_not_count),
        cmocka_unit_test(a_field_that_differs_is_told),
        cmocka_unit_test(a_field_that_is_missing_is_told),
        cmocka_unit_test(payload_data_are_told_as_text),
        cmocka_unit_test(counts_of_elements_are_told),
        cmocka_unit_test(fields_outside_the_attributes_are_told),
        cmocka_unit_test(another_event_type_is_told),
        cmocka_unit_test(a_missing_event_is_told),
        cmocka_unit_test(stack_traces_do_not_count_but_messages_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
