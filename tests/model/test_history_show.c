/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/event.h"
#include "model/history.h"
#include "model/schema.h"
#include "model/schema_index.h"
#include "tests/lib/arena_fixture.h"
#include "tests/lib/random_message.h"
#include "tests/lib/sample_history.h"

static char *shown(const char *json)
{
    struct tl_history *history = sample_read(json);
    char *text = NULL;

    assert_int_equal(tl_history_show(history, &text, NULL), TL_OK);
    tl_history_unref(history);
    return text;
}

static void a_timeline_has_one_line_an_event(void **state)
{
    char *json = sample_text(NULL);
    char *text = shown(json);

    (void)state;
    assert_string_equal(
        text,
        "    1  +0s            WorkflowExecutionStarted       OrderSaga ({\"amount\":40}) queue=orders\n"
        "    2  +0s            WorkflowTaskScheduled          queue=orders\n"
        "    3  +1s            WorkflowTaskStarted            by=w\n"
        "    4  +1s            WorkflowTaskCompleted\n"
        "    5  +1s            ActivityTaskScheduled          ChargeCard id=5 queue=orders start_to_close=1m\n"
        "    6  +1s            TimerStarted                   id=6 20s\n"
        "    7  +2s            ActivityTaskStarted            ChargeCard id=5 attempt=2\n"
        "    8  +3s            ActivityTaskCompleted          ChargeCard id=5 result=(\"receipt-1\")\n"
        "    9  +3s            WorkflowTaskScheduled          queue=orders\n"
        "   10  +4s            WorkflowTaskStarted\n"
        "   11  +5s            WorkflowTaskCompleted\n"
        "   12  +5s            ActivityTaskScheduled          Ship id=12 start_to_close=1m\n"
        "   13  +4s            WorkflowExecutionSignaled      delivered\n"
        "   14  +20s           TimerFired                     id=6 20s\n"
        "   15  +20s           WorkflowTaskScheduled          queue=orders\n"
        "   16  +21s           WorkflowTaskStarted\n"
        "   17  +22s           WorkflowTaskCompleted\n"
        "   18  +22s           MarkerRecorded                 Version\n"
        "   19  +22s           WorkflowExecutionFailed        ApplicationError NotDelivered: too late\n");
    tl_text_free(text);
    free(json);
}

/* One signal with these payloads, as it is shown behind its name. */
static void input_shown(const char *payloads, const char *expected)
{
    char json[1024];

    snprintf(
        json,
        sizeof(json),
        "{\"events\":[{\"eventId\":1,\"eventType\":\"WorkflowExecutionSignaled\","
        "\"workflowExecutionSignaledEventAttributes\":{\"input\":{\"payloads\":[%s]}}}]}",
        payloads);
    char *text = shown(json);

    assert_string_equal(strchr(text, '('), expected);
    tl_text_free(text);
}

#define JSON_PLAIN "\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"}"

static void payloads_are_previewed(void **state)
{
    (void)state;
    input_shown("{" JSON_PLAIN ",\"data\":\"MQ==\"},{" JSON_PLAIN ",\"data\":\"ImEi\"}", "(1, \"a\")\n");
    input_shown("{\"metadata\":{\"encoding\":\"YmluYXJ5L251bGw=\"}}", "(null)\n");
    input_shown("{\"metadata\":{\"encoding\":\"YmluYXJ5L3BsYWlu\"},\"data\":\"AAEC\"}", "(<binary/plain, 3 bytes>)\n");
    input_shown("{\"data\":\"AAEC\"}", "(<3 bytes>)\n");
    input_shown("{" JSON_PLAIN ",\"data\":\"/w==\"}", "(<json/plain, 1 bytes>)\n");
    input_shown("{" JSON_PLAIN ",\"data\":\"WwoxG10=\"}", "([ 1 ])\n"); /* a newline and an escape character */
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    /* 79 bytes of "a" and then a character of two bytes. */
    input_shown(
        "{" JSON_PLAIN ",\"data\":"
        "\"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhY"
        "WFhYWFhYWFhYcOpYmM=\"}",
        "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...)\n");
}

static void an_origin_that_is_not_there_is_left_out(void **state)
{
    char *text = shown("{\"events\":[{\"eventId\":1,\"eventType\":\"ActivityTaskCompleted\","
                       "\"activityTaskCompletedEventAttributes\":{\"scheduledEventId\":77}}]}");

    (void)state;
    assert_string_equal(text, "    1  +0s            ActivityTaskCompleted\n");
    tl_text_free(text);
}

/* A timer that says that a signal started it. */
static void an_origin_of_another_type_is_left_out(void **state)
{
    char *text = shown("{\"events\":[{\"eventId\":1,\"eventType\":\"WorkflowExecutionSignaled\","
                       "\"workflowExecutionSignaledEventAttributes\":{}},{\"eventId\":2,\"eventType\":\"TimerFired\","
                       "\"timerFiredEventAttributes\":{\"startedEventId\":1}}]}");

    (void)state;
    assert_non_null(strstr(text, "TimerFired\n"));
    tl_text_free(text);
}

static void unknown_events_have_a_line_too(void **state)
{
    char *text = shown("{\"events\":[{\"eventId\":1,\"eventType\":99,\"workerMayIgnore\":true}]}");

    (void)state;
    assert_string_equal(text, "    1  +0s            EventType(99)\n");
    tl_text_free(text);
}

static void no_events_are_no_lines(void **state)
{
    char *text = shown("{}");

    (void)state;
    assert_string_equal(text, "");
    tl_text_free(text);
}

/* Each type's row of history_show.def names fields that there are: a wrong one would stop the program. */
static void events_of_all_types_can_be_shown(void **state)
{
    struct arena *arena = *state;
    struct random random;
    const struct random_message maker = {.arena = arena, .random = &random, .max_depth = 5, .for_json = true};
    const struct schema_enum *types = &schema_enums[SCHEMA_ENUM_EventType];
    Pb__HistoryEvent *events[600];
    struct tl_history history = {.references = 1, .events = events};
    char *text = NULL;

    random_seed(&random, 5);
    while (history.count < 600) {
        Pb__HistoryEvent *event = random_message(&maker, &pb__history_event__descriptor);

        for (size_t t = 0; t < types->value_count; t++) {
            event->event_type = (Pb__EventType)schema_values[types->first_value + t].number;
            if (event_is_whole(event) && !event_type_is_unknown((int)event->event_type)) {
                event->event_id = (int64_t)history.count + 1;
                events[history.count++] = event;
                break;
            }
        }
    }
    assert_int_equal(tl_history_show(&history, &text, NULL), TL_OK);
    tl_text_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timeline_has_one_line_an_event),
        cmocka_unit_test(payloads_are_previewed),
        cmocka_unit_test(long_values_are_cut_between_characters),
        cmocka_unit_test(an_origin_that_is_not_there_is_left_out),
        cmocka_unit_test(an_origin_of_another_type_is_left_out),
        cmocka_unit_test(unknown_events_have_a_line_too),
        cmocka_unit_test(no_events_are_no_lines),
        ARENA_TEST(events_of_all_types_can_be_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
