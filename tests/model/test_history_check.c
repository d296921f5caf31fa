/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/history.h"
#include "tests/lib/sample_history.h"

static void accepted(char *text)
{
    struct tl_history *history = sample_read(text);
    struct tl_error error = {0};

    if (tl_history_check(history, &error) != TL_OK) {
        fail_msg("%s: %s", error.field, error.message);
    }
    tl_history_unref(history);
    free(text);
}

/* The history is refused because of that event, in those words. */
static void refused(char *text, const char *said)
{
    struct tl_history *history = sample_read(text);
    struct tl_error error = {0};

    assert_int_equal(tl_history_check(history, &error), TL_MALFORMED);
    if (strstr(error.message, said) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.message, said);
    }
    assert_memory_equal(error.field, "events[", 7);
    tl_history_unref(history);
    free(text);
}

static void spoiled(size_t id, const char *event, const char *said)
{
    refused(sample_text_with(id, event), said);
}

/* ---- The whole ---- */

static void the_sample_is_well_formed(void **state)
{
    (void)state;
    accepted(sample_text(NULL));
}

/* A run that goes on: whatever was written up to any event. */
static void every_beginning_is_well_formed(void **state)
{
    size_t ids[SAMPLE_EVENTS + 1] = {0};

    (void)state;
    for (size_t i = 0; i < SAMPLE_EVENTS; i++) {
        ids[i] = i + 1;
        accepted(sample_text(ids));
    }
}

static void no_events_are_no_history(void **state)
{
    struct tl_history *history = sample_read("{}");
    struct tl_error error = {0};

    (void)state;
    assert_int_equal(tl_history_check(history, &error), TL_MALFORMED);
    assert_string_equal(error.message, "the history has no events");
    tl_history_unref(history);
}

/* ---- Events that are missing, twice, or elsewhere ---- */

static void every_event_left_out_is_missed(void **state)
{
    (void)state;
    for (size_t id = 1; id < SAMPLE_EVENTS; id++) {
        char said[64];

        snprintf(said, sizeof(said), "event %zu should stand here", id);
        spoiled(id, NULL, said);
    }
}

static void every_event_that_comes_twice_is_noticed(void **state)
{
    (void)state;
    for (size_t twice = 1; twice <= SAMPLE_EVENTS; twice++) {
        size_t ids[SAMPLE_EVENTS + 2] = {0};
        char said[64];

        for (size_t i = 0; i <= SAMPLE_EVENTS; i++) {
            ids[i] = i < twice ? i + 1 : i;
        }
        snprintf(said, sizeof(said), "event %zu ", twice);
        refused(sample_text(ids), said);
    }
}

static void every_two_neighbours_exchanged_are_noticed(void **state)
{
    (void)state;
    for (size_t first = 1; first < SAMPLE_EVENTS; first++) {
        size_t ids[SAMPLE_EVENTS + 1] = {0};
        char said[64];

        for (size_t i = 0; i < SAMPLE_EVENTS; i++) {
            ids[i] = i + 1;
        }
        ids[first - 1] = first + 1;
        ids[first] = first;
        snprintf(said, sizeof(said), "event %zu ", first + 1);
        refused(sample_text(ids), said);
    }
}

static void a_history_begins_with_the_start(void **state)
{
    (void)state;
    spoiled(
        1,
        "{\"eventId\":1,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{}}",
        "event 1 (TimerFired): a history begins with WorkflowExecutionStarted");
    spoiled(
        13,
        "{\"eventId\":13,\"eventType\":\"WorkflowExecutionStarted\",\"workflowExecutionStartedEventAttributes\":{}}",
        "event 13 (WorkflowExecutionStarted): a run starts once");
}

static void nothing_comes_after_the_end(void **state)
{
    (void)state;
    spoiled(
        13,
        "{\"eventId\":13,\"eventTime\":\"2020-01-01T00:00:05Z\",\"eventType\":\"WorkflowExecutionTerminated\","
        "\"workflowExecutionTerminatedEventAttributes\":{}}",
        "event 14 (TimerFired): the run was closed by event 13 (WorkflowExecutionTerminated)");
}

/* ---- Times ---- */

static void times_do_not_go_back(void **state)
{
    (void)state;
    spoiled(
        9,
        "{\"eventId\":9,\"eventTime\":\"2020-01-01T00:00:00Z\",\"eventType\":\"WorkflowTaskScheduled\","
        "\"workflowTaskScheduledEventAttributes\":{}}",
        "event 9 (WorkflowTaskScheduled): its time lies before");
}

/* A signal that came while a workflow task ran is written after it, with its own time: event 13 of the sample. */
static void what_was_kept_back_may_be_earlier(void **state)
{
    (void)state;
    accepted(sample_text_with(
        7,
        "{\"eventId\":7,\"eventTime\":\"2020-01-01T00:00:00Z\",\"eventType\":\"ActivityTaskStarted\","
        "\"activityTaskStartedEventAttributes\":{\"scheduledEventId\":5}}"));
}

/* ---- Workflow tasks ---- */

static void a_task_ends_before_the_next_is_scheduled(void **state)
{
    (void)state;
    spoiled(
        16,
        "{\"eventId\":16,\"eventTime\":\"2020-01-01T00:00:21Z\",\"eventType\":\"WorkflowTaskScheduled\","
        "\"workflowTaskScheduledEventAttributes\":{}}",
        "event 16 (WorkflowTaskScheduled): the workflow task of event 15 is not finished");
}

static void nothing_is_written_while_a_task_runs(void **state)
{
    (void)state;
    spoiled(
        4,
        "{\"eventId\":4,\"eventType\":\"WorkflowExecutionSignaled\",\"workflowExecutionSignaledEventAttributes\":{}}",
        "event 4 (WorkflowExecutionSignaled): nothing is written while the workflow task of event 2 runs");
}

static void a_run_can_be_terminated_while_a_task_runs(void **state)
{
    (void)state;
    static const char terminated[] = "{\"events\":[%s,%s,%s,{\"eventId\":4,\"eventTime\":\"2020-01-01T00:00:05Z\","
                                     "\"eventType\":\"WorkflowExecutionTerminated\","
                                     "\"workflowExecutionTerminatedEventAttributes\":{}}]}";
    char *text = NULL;

    assert_true(asprintf(&text, terminated, sample_event(1), sample_event(2), sample_event(3)) > 0);
    accepted(text);
}

static void a_command_s_event_names_its_task(void **state)
{
    (void)state;
    spoiled(
        6,
        "{\"eventId\":6,\"eventTime\":\"2020-01-01T00:00:01Z\",\"eventType\":\"TimerStarted\","
        "\"timerStartedEventAttributes\":{\"timerId\":\"6\",\"workflowTaskCompletedEventId\":3}}",
        "event 6 (TimerStarted): workflow_task_completed_event_id is 3, but event 4 completed the task");
}

static void a_command_s_event_follows_its_task(void **state)
{
    (void)state;
    spoiled(
        14,
        "{\"eventId\":14,\"eventTime\":\"2020-01-01T00:00:20Z\",\"eventType\":\"TimerStarted\","
        "\"timerStartedEventAttributes\":{\"timerId\":\"x\",\"workflowTaskCompletedEventId\":11}}",
        "event 14 (TimerStarted): a command's event stands apart");
}

/* ---- Origins ---- */

static void an_origin_exists(void **state)
{
    (void)state;
    spoiled(
        14,
        "{\"eventId\":14,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"timerId\":\"6\","
        "\"startedEventId\":99}}",
        "event 14 (TimerFired): started_event_id is 99, which is no earlier event");
    spoiled(
        14,
        "{\"eventId\":14,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"timerId\":\"6\"}}",
        "started_event_id is 0, which is no earlier event");
    spoiled(
        14,
        "{\"eventId\":14,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"startedEventId\":14}}",
        "started_event_id is 14, which is no earlier event");
    spoiled(
        14,
        "{\"eventId\":14,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"startedEventId\":-5}}",
        "started_event_id is -5, which is no earlier event");
}

static void an_origin_is_of_the_right_type(void **state)
{
    (void)state;
    spoiled(
        14,
        "{\"eventId\":14,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"timerId\":\"6\","
        "\"startedEventId\":5}}",
        "event 14 (TimerFired): started_event_id is 5, ActivityTaskScheduled instead of TimerStarted");
}

static void an_origin_is_not_finished_already(void **state)
{
    (void)state;
    spoiled(
        13,
        "{\"eventId\":13,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"timerId\":\"6\","
        "\"startedEventId\":6}}",
        "event 14 (TimerFired): event 6 (TimerStarted) is finished already");
}

static void an_activity_starts_before_it_completes(void **state)
{
    (void)state;
    spoiled(
        13,
        "{\"eventId\":13,\"eventType\":\"ActivityTaskCompleted\",\"activityTaskCompletedEventAttributes\":"
        "{\"scheduledEventId\":12}}",
        "event 13 (ActivityTaskCompleted): event 12 (ActivityTaskScheduled) is not started");
    spoiled(
        8,
        "{\"eventId\":8,\"eventType\":\"ActivityTaskStarted\",\"activityTaskStartedEventAttributes\":"
        "{\"scheduledEventId\":5}}",
        "event 8 (ActivityTaskStarted): event 5 (ActivityTaskScheduled) is started already");
}

static void an_activity_may_time_out_before_it_starts(void **state)
{
    (void)state;
    accepted(sample_text_with(
        13,
        "{\"eventId\":13,\"eventType\":\"ActivityTaskTimedOut\",\"activityTaskTimedOutEventAttributes\":"
        "{\"scheduledEventId\":12}}"));
}

static void the_start_is_the_one_that_is_named(void **state)
{
    (void)state;
    spoiled(
        8,
        "{\"eventId\":8,\"eventType\":\"ActivityTaskCompleted\",\"activityTaskCompletedEventAttributes\":"
        "{\"scheduledEventId\":5,\"startedEventId\":6}}",
        "event 8 (ActivityTaskCompleted): started_event_id is 6, but event 7 is the start");
    spoiled(
        13,
        "{\"eventId\":13,\"eventType\":\"ActivityTaskTimedOut\",\"activityTaskTimedOutEventAttributes\":"
        "{\"scheduledEventId\":12,\"startedEventId\":7}}",
        "event 13 (ActivityTaskTimedOut): started_event_id is 7, but nothing was started");
}

#define TIMER_6_AGAIN                                                                                                  \
    "{\"eventId\":12,\"eventTime\":\"2020-01-01T00:00:05Z\",\"eventType\":\"TimerStarted\","                           \
    "\"timerStartedEventAttributes\":{\"timerId\":\"6\",\"workflowTaskCompletedEventId\":11}}"

/* Timer 6 fired while the task ran whose command starts it again: event 14 was kept back. */
static void an_id_is_free_again_while_its_owner_s_end_is_kept_back(void **state)
{
    (void)state;
    accepted(sample_text_with(12, TIMER_6_AGAIN));
}

static void overwrite(char *at, const char *text)
{
    while (*text != '\0') {
        *at++ = *text++;
    }
}

static void two_timers_do_not_share_an_id(void **state)
{
    char *text = sample_text_with(12, TIMER_6_AGAIN);
    char *fired = strstr(text, "\"startedEventId\":\"6\"}");

    (void)state;
    assert_non_null(fired);
    overwrite(fired, "\"startedEventId\": 12}");
    refused(text, "event 12 (TimerStarted): timer_id \"6\" is also that of event 6");
}

static void an_end_that_was_kept_back_is_written_before_the_history_ends(void **state)
{
    char *text = sample_text_with(12, TIMER_6_AGAIN);
    char *fired = strstr(text, "{\"eventId\":\"14\"");

    (void)state;
    assert_non_null(fired);
    memcpy(fired - 2, "]}", 3); /* from the comma before it */
    refused(text, "event 12 (TimerStarted): timer_id \"6\" is also that of event 6");
}

static void an_id_is_free_again_once_its_owner_is_done(void **state)
{
    (void)state;
    accepted(sample_text_with(
        12,
        "{\"eventId\":12,\"eventTime\":\"2020-01-01T00:00:05Z\",\"eventType\":\"ActivityTaskScheduled\","
        "\"activityTaskScheduledEventAttributes\":{\"activityId\":\"5\",\"workflowTaskCompletedEventId\":11}}"));
}

static void a_timer_fires_under_its_own_id(void **state)
{
    (void)state;
    spoiled(
        14,
        "{\"eventId\":14,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"timerId\":\"7\","
        "\"startedEventId\":6}}",
        "event 14 (TimerFired): timer_id is \"7\", but that of event 6 is \"6\"");
}

/* ---- Types of later servers ---- */

static void an_event_that_may_be_ignored_is_passed_over(void **state)
{
    (void)state;
    accepted(sample_text_with(13, "{\"eventId\":13,\"eventType\":\"Novelty\",\"workerMayIgnore\":true}"));
    spoiled(
        14,
        "{\"eventId\":14,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"startedEventId\":18}}",
        "no earlier event");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_is_well_formed),
        cmocka_unit_test(every_beginning_is_well_formed),
        cmocka_unit_test(no_events_are_no_history),
        cmocka_unit_test(every_event_left_out_is_missed),
        cmocka_unit_test(every_event_that_comes_twice_is_noticed),
        cmocka_unit_test(every_two_neighbours_exchanged_are_noticed),
        cmocka_unit_test(a_history_begins_with_the_start),
        cmocka_unit_test(nothing_comes_after_the_end),
        cmocka_unit_test(times_do_not_go_back),
        cmocka_unit_test(what_was_kept_back_may_be_earlier),
        cmocka_unit_test(a_task_ends_before_the_next_is_scheduled),
        cmocka_unit_test(nothing_is_written_while_a_task_runs),
        cmocka_unit_test(a_run_can_be_terminated_while_a_task_runs),
        cmocka_unit_test(a_command_s_event_names_its_task),
        cmocka_unit_test(a_command_s_event_follows_its_task),
        cmocka_unit_test(an_origin_exists),
        cmocka_unit_test(an_origin_is_of_the_right_type),
        cmocka_unit_test(an_origin_is_not_finished_already),
        cmocka_unit_test(an_activity_starts_before_it_completes),
        cmocka_unit_test(an_activity_may_time_out_before_it_starts),
        cmocka_unit_test(the_start_is_the_one_that_is_named),
        cmocka_unit_test(an_id_is_free_again_while_its_owner_s_end_is_kept_back),
        cmocka_unit_test(two_timers_do_not_share_an_id),
        cmocka_unit_test(an_end_that_was_kept_back_is_written_before_the_history_ends),
        cmocka_unit_test(an_id_is_free_again_once_its_owner_is_done),
        cmocka_unit_test(a_timer_fires_under_its_own_id),
        cmocka_unit_test(an_event_that_may_be_ignored_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
