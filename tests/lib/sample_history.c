/* SPDX-License-Identifier: MIT */
#include "tests/lib/sample_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(second) "\"eventTime\":\"2020-01-01T00:00:" second "Z\","

static const char *const events[SAMPLE_EVENTS] = {
    "{\"eventId\":\"1\"," AT(
        "00") "\"eventType\":\"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED\",\"taskId\":\"101\","
              "\"workflowExecutionStartedEventAttributes\":{\"workflowType\":{\"name\":\"OrderSaga\"},"
              "\"taskQueue\":{\"name\":\"orders\"},\"input\":{\"payloads\":[{\"metadata\":{\"encoding\":"
              "\"anNvbi9wbGFpbg==\"},"
              "\"data\":\"eyJhbW91bnQiOjQwfQ==\"}]},\"identity\":\"a\",\"attempt\":1}}",
    "{\"eventId\":\"2\"," AT(
        "00") "\"eventType\":\"WorkflowTaskScheduled\","
              "\"workflowTaskScheduledEventAttributes\":{\"taskQueue\":{\"name\":\"orders\"},\"attempt\":1}}",
    "{\"eventId\":\"3\"," AT(
        "01") "\"eventType\":\"WorkflowTaskStarted\","
              "\"workflowTaskStartedEventAttributes\":{\"scheduledEventId\":\"2\",\"identity\":\"w\"}}",
    "{\"eventId\":\"4\"," AT("01") "\"eventType\":\"WorkflowTaskCompleted\","
                                   "\"workflowTaskCompletedEventAttributes\":{\"scheduledEventId\":\"2\","
                                   "\"startedEventId\":\"3\",\"identity\":\"w\"}}",
    "{\"eventId\":\"5\"," AT("01") "\"eventType\":\"ActivityTaskScheduled\","
                                   "\"activityTaskScheduledEventAttributes\":{\"activityId\":\"5\",\"activityType\":{"
                                   "\"name\":\"ChargeCard\"},"
                                   "\"taskQueue\":{\"name\":\"orders\"},\"startToCloseTimeout\":\"60s\","
                                   "\"workflowTaskCompletedEventId\":\"4\"}}",
    "{\"eventId\":\"6\"," AT("01") "\"eventType\":\"TimerStarted\","
                                   "\"timerStartedEventAttributes\":{\"timerId\":\"6\",\"startToFireTimeout\":\"20s\","
                                   "\"workflowTaskCompletedEventId\":\"4\"}}",
    "{\"eventId\":\"7\"," AT(
        "02") "\"eventType\":\"ActivityTaskStarted\","
              "\"activityTaskStartedEventAttributes\":{\"scheduledEventId\":\"5\",\"identity\":\"w\",\"attempt\":2}}",
    "{\"eventId\":\"8\"," AT(
        "03") "\"eventType\":\"ActivityTaskCompleted\","
              "\"activityTaskCompletedEventAttributes\":{\"scheduledEventId\":\"5\",\"startedEventId\":\"7\","
              "\"result\":{\"payloads\":[{\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"},\"data\":\"InJlY2VpcHQtMSI="
              "\"}]}}}",
    "{\"eventId\":\"9\"," AT(
        "03") "\"eventType\":\"WorkflowTaskScheduled\","
              "\"workflowTaskScheduledEventAttributes\":{\"taskQueue\":{\"name\":\"orders\"},\"attempt\":1}}",
    "{\"eventId\":\"10\"," AT("04") "\"eventType\":\"WorkflowTaskStarted\","
                                    "\"workflowTaskStartedEventAttributes\":{\"scheduledEventId\":\"9\"}}",
    "{\"eventId\":\"11\"," AT(
        "05") "\"eventType\":\"WorkflowTaskCompleted\","
              "\"workflowTaskCompletedEventAttributes\":{\"scheduledEventId\":\"9\",\"startedEventId\":\"10\"}}",
    "{\"eventId\":\"12\"," AT(
        "05") "\"eventType\":\"ActivityTaskScheduled\","
              "\"activityTaskScheduledEventAttributes\":{\"activityId\":\"12\",\"activityType\":{\"name\":\"Ship\"},"
              "\"startToCloseTimeout\":\"60s\",\"workflowTaskCompletedEventId\":\"11\"}}",
    "{\"eventId\":\"13\"," AT(
        "04") "\"eventType\":\"WorkflowExecutionSignaled\","
              "\"workflowExecutionSignaledEventAttributes\":{\"signalName\":\"delivered\",\"identity\":\"c\"}}",
    "{\"eventId\":\"14\"," AT("20") "\"eventType\":\"TimerFired\","
                                    "\"timerFiredEventAttributes\":{\"timerId\":\"6\",\"startedEventId\":\"6\"}}",
    "{\"eventId\":\"15\"," AT(
        "20") "\"eventType\":\"WorkflowTaskScheduled\","
              "\"workflowTaskScheduledEventAttributes\":{\"taskQueue\":{\"name\":\"orders\"},\"attempt\":1}}",
    "{\"eventId\":\"16\"," AT("21") "\"eventType\":\"WorkflowTaskStarted\","
                                    "\"workflowTaskStartedEventAttributes\":{\"scheduledEventId\":\"15\"}}",
    "{\"eventId\":\"17\"," AT(
        "22") "\"eventType\":\"WorkflowTaskCompleted\","
              "\"workflowTaskCompletedEventAttributes\":{\"scheduledEventId\":\"15\",\"startedEventId\":\"16\"}}",
    "{\"eventId\":\"18\"," AT(
        "22") "\"eventType\":\"MarkerRecorded\","
              "\"markerRecordedEventAttributes\":{\"markerName\":\"Version\",\"workflowTaskCompletedEventId\":\"17\"}}",
    "{\"eventId\":\"19\"," AT(
        "22") "\"eventType\":\"WorkflowExecutionFailed\","
              "\"workflowExecutionFailedEventAttributes\":{\"failure\":{\"message\":\"too late\","
              "\"applicationFailureInfo\":{\"type\":\"NotDelivered\"}},\"workflowTaskCompletedEventId\":\"17\"}}",
};

const char *sample_event(size_t id)
{
    return events[id - 1];
}

static char *joined(const char *const *lines, size_t count)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    const char *comma = "\n";

    assert_non_null(file);
    fprintf(file, "{\"events\": [");
    for (size_t i = 0; i < count; i++) {
        if (lines[i] != NULL) {
            fprintf(file, "%s%s", comma, lines[i]);
            comma = ",\n";
        }
    }
    fprintf(file, "\n]}\n");
    assert_int_equal(fclose(file), 0);
    return text;
}

char *sample_text(const size_t *ids)
{
    const char *lines[2 * SAMPLE_EVENTS];
    size_t count = 0;

    if (ids == NULL) {
        return joined(events, SAMPLE_EVENTS);
    }
    for (; ids[count] != 0; count++) {
        lines[count] = sample_event(ids[count]);
    }
    return joined(lines, count);
}

char *sample_text_with(size_t id, const char *event)
{
    const char *lines[SAMPLE_EVENTS];

    memcpy(lines, events, sizeof(lines));
    lines[id - 1] = event;
    return joined(lines, SAMPLE_EVENTS);
}

struct tl_history *sample_read(const char *text)
{
    struct tl_history *history = NULL;
    struct tl_error error = {0};

    if (tl_history_from_json(tl_bytes_of(text), NULL, &history, &error) != TL_OK) {
        fail_msg("%d:%d %s: %s", error.line, error.column, error.field, error.message);
    }
    return history;
}
