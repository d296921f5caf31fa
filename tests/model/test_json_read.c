/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/json.h"
#include "model/message.h"
#include "tests/lib/arena_fixture.h"

#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/struct.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>

static void *read_as(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const char *text)
{
    struct tl_error error = {0};
    void *message = NULL;

    if (json_read(arena, descriptor, tl_bytes_of(text), NULL, &message, &error) != TL_OK) {
        fail_msg("%d:%d %s: %s", error.line, error.column, error.field, error.message);
    }
    return message;
}

/* The text is refused at that place, for a reason that `said` is part of. */
static void refused_as(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const char *text, const char *place,
    const char *said)
{
    const struct json_read_options strict = {.refuse_unknown_fields = true};
    struct tl_error error = {0};
    char found[200];
    void *message = NULL;

    assert_int_equal(json_read(arena, descriptor, tl_bytes_of(text), &strict, &message, &error), TL_MALFORMED);
    assert_null(message);
    snprintf(found, sizeof(found), "%d:%d %s", error.line, error.column, error.field);
    assert_string_equal(found, place);
    if (strstr(error.message, said) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.message, said);
    }
}

static void refused(struct arena *arena, const char *text, const char *place, const char *said)
{
    refused_as(arena, &pb__history_event__descriptor, text, place, said);
}

/* ---- Fields ---- */

static void fields_are_known_by_either_name(void **state)
{
    Pb__WorkflowExecution *camel =
        read_as(*state, &pb__workflow_execution__descriptor, "{\"workflowId\": \"a\", \"runId\": \"b\"}");
    Pb__WorkflowExecution *snake =
        read_as(*state, &pb__workflow_execution__descriptor, " {\"workflow_id\":\"a\",\"run_id\":\"b\"} ");

    assert_string_equal(camel->workflow_id, "a");
    assert_true(message_equal(camel, snake, NULL, 0));
}

static void null_is_absent(void **state)
{
    Pb__HistoryEvent *event = read_as(
        *state,
        &pb__history_event__descriptor,
        "{\"eventId\": null, \"eventTime\": null, \"links\": null, \"timerFiredEventAttributes\": null,"
        " \"timerStartedEventAttributes\": {\"timerId\": null}}");

    assert_int_equal(event->event_id, 0);
    assert_null(event->event_time);
    assert_int_equal(event->attributes_case, PB__HISTORY_EVENT__ATTRIBUTES_TIMER_STARTED_EVENT_ATTRIBUTES);
}

static void unknown_fields_are_skipped(void **state)
{
    Pb__HistoryEvent *event = read_as(
        *state,
        &pb__history_event__descriptor,
        "{\"new\": {\"a\": [1, {\"b\": \"}]\\\"\"}, [], {}], \"c\": {}}, \"eventId\": 7, \"newer\": [[[]]], \"x\": "
        "-1e5}");

    assert_int_equal(event->event_id, 7);
}

static void unknown_fields_are_refused_on_request(void **state)
{
    refused(*state, "{\"eventId\": 1,\n  \"new\": 2}", "2:3 ", "unknown field \"new\"");
    refused(
        *state,
        "{\"timerFiredEventAttributes\":{\"timer\": 1}}",
        "1:31 timer_fired_event_attributes",
        "unknown field \"timer\"");
}

static void a_field_that_comes_twice_is_refused(void **state)
{
    refused(*state, "{\"eventId\": 1, \"event_id\": 1}", "1:16 event_id", "twice");
}

static void two_members_of_a_oneof_are_refused(void **state)
{
    refused(
        *state,
        "{\"timerFiredEventAttributes\": {}, \"timerStartedEventAttributes\": {}}",
        "1:66 timer_started_event_attributes",
        "same oneof");
}

/* ---- Numbers ---- */

static void whole_numbers_come_bare_or_in_strings(void **state)
{
    static const char *const same[] = {"7", "\"7\"", "7.0", "70e-1", "0.7e1", "\"7.00\"", "7E0", "7e+0"};

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        char text[64];

        snprintf(text, sizeof(text), "{\"eventId\": %s, \"version\": \"-9223372036854775808\"}", same[i]);
        Pb__HistoryEvent *event = read_as(*state, &pb__history_event__descriptor, text);

        assert_int_equal(event->event_id, 7);
        assert_true(event->version == INT64_MIN);
    }
}

static void numbers_out_of_range_are_refused(void **state)
{
    refused(*state, "{\"eventId\": 9223372036854775808}", "1:32 event_id", "out of range");
    refused(*state, "{\"eventId\": -9223372036854775809}", "1:33 event_id", "out of range");
    refused(*state, "{\"eventId\": 99999999999999999999999}", "1:36 event_id", "out of range");
    refused(*state, "{\"eventId\": 1e400}", "1:18 event_id", "out of range");
    refused(*state, "{\"eventId\": 1.5}", "1:16 event_id", "not whole");
    refused_as(
        *state,
        &pb__activity_task_started_event_attributes__descriptor,
        "{\"attempt\": 2147483648}",
        "1:23 attempt",
        "out of range");
}

static void what_is_no_number_is_refused(void **state)
{
    static const char *const none[] = {
        "01", "+1", ".5", "1.", "1e", "- 1", "0x10", "\"\"", "\" 1\"", "\"1 \"", "\"1x\"", "true", "{}"};

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        char text[64];
        void *message = NULL;

        snprintf(text, sizeof(text), "{\"eventId\": %s}", none[i]);
        assert_int_equal(
            json_read(*state, &pb__history_event__descriptor, tl_bytes_of(text), NULL, &message, NULL), TL_MALFORMED);
    }
}

static double as_double(struct arena *arena, const char *text)
{
    return ((Pb__DoubleValue *)read_as(arena, &pb__double_value__descriptor, text))->value;
}

static void doubles_are_read_exactly(void **state)
{
    struct arena *arena = *state;

    assert_true(as_double(arena, "0.1") == 0.1);
    assert_true(as_double(arena, "\"-2.5e-3\"") == -2.5e-3);
    assert_true(as_double(arena, "123456789012345678901234567890") == 123456789012345678901234567890.0);
    assert_true(as_double(arena, "1.7976931348623157e308") == 1.7976931348623157e308);
    assert_true(as_double(arena, "4.9e-324") == 4.9e-324);
    assert_true(as_double(arena, "2.2250738585072011e-308") == 2.2250738585072011e-308);
    assert_true(as_double(arena, "9007199254740993") == 9007199254740992.0);
    assert_true(as_double(arena, "9007199254740993.0000000000000000000000000000001") == 9007199254740994.0);
    assert_true(as_double(arena, "0.000000000000000000000000000000000000000000000000") == 0);
    assert_true(as_double(arena, "1e-1000000000000") == 0);
    assert_true(isnan(as_double(arena, "\"NaN\"")));
    assert_true(as_double(arena, "\"-Infinity\"") == -(double)INFINITY);
}

static void doubles_out_of_range_are_refused(void **state)
{
    refused_as(*state, &pb__double_value__descriptor, "1e309", "1:1 ", "out of range");
    refused_as(*state, &pb__float_value__descriptor, "1e39", "1:1 ", "out of range");
    refused_as(*state, &pb__double_value__descriptor, "\"Inf\"", "1:1 ", "no number");
}

/* ---- Strings and bytes ---- */

static const char *as_string(struct arena *arena, const char *text)
{
    return ((Pb__StringValue *)read_as(arena, &pb__string_value__descriptor, text))->value;
}

static void escapes_are_undone(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(as_string(arena, "\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\""), "a\"b\\c/d\b\f\n\r\t");
    assert_string_equal(
        as_string(arena, "\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\""), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_string_equal(
        as_string(arena, "\"\xc3\xa9 is longer than eight bytes\""), "\xc3\xa9 is longer than eight bytes");
    assert_string_equal(as_string(arena, "\"\""), "");
}

static void bad_strings_are_refused(void **state)
{
    const ProtobufCMessageDescriptor *type = &pb__string_value__descriptor;

    refused_as(*state, type, "\"abc", "1:1 ", "without an end");
    refused_as(*state, type, "\"abc\\", "1:1 ", "without an end");
    refused_as(*state, type, "\"a\\x\"", "1:3 ", "not an escape");
    refused_as(*state, type, "\"12345678\\u12\"", "1:10 ", "not an escape");
    refused_as(*state, type, "\"\\ud800\"", "1:2 ", "not an escape");
    refused_as(*state, type, "\"\\ud800\\u0041\"", "1:2 ", "not an escape");
    refused_as(*state, type, "\"\\udc00\"", "1:2 ", "not an escape");
    refused_as(*state, type, "\"a\nb\"", "1:3 ", "control character");
    refused_as(*state, type, "\"\xc3(\"", "1:1 ", "UTF-8");
    refused_as(*state, type, "\"a\\u0000b\"", "1:1 ", "NUL");
}

static void decodes_to(struct arena *arena, const char *text, const char *bytes)
{
    Pb__BytesValue *value = read_as(arena, &pb__bytes_value__descriptor, text);

    assert_int_equal(value->value.len, strlen(bytes));
    if (bytes[0] != '\0') {
        assert_memory_equal(value->value.data, bytes, strlen(bytes));
    }
}

static void bytes_come_in_either_alphabet_with_or_without_padding(void **state)
{
    decodes_to(*state, "\"\"", "");
    decodes_to(*state, "\"YQ==\"", "a");
    decodes_to(*state, "\"YQ\"", "a");
    decodes_to(*state, "\"YWI=\"", "ab");
    decodes_to(*state, "\"YWI\"", "ab");
    decodes_to(*state, "\"YWJj\"", "abc");
    decodes_to(*state, "\"+/+/\"", "\xfb\xff\xbf");
    decodes_to(*state, "\"-_-_\"", "\xfb\xff\xbf");
    decodes_to(*state, "\"+\\/+\\/\"", "\xfb\xff\xbf");
}

static void what_is_no_base64_is_refused(void **state)
{
    static const char *const none[] = {
        "\"Y\"",
        "\"YQ=\"",
        "\"YWJj=\"",
        "\"Y Q=\"",
        "\"=\"",
        "\"YWJjY\"",
        "\"YW*j\"",
        "\"YWJ*\"",
        "\"Y*\"",
        "\"YW*\"",
        "\"====\"",
        "\"Y===\""};

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        refused_as(*state, &pb__bytes_value__descriptor, none[i], "1:1 ", "base64");
    }
}

/* ---- Enums ---- */

static void enumerators_come_in_both_spellings_and_as_numbers(void **state)
{
    static const char *const same[] = {"\"EVENT_TYPE_TIMER_FIRED\"", "\"TimerFired\"", "18"};

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        char text[64];

        snprintf(text, sizeof(text), "{\"eventType\": %s}", same[i]);
        Pb__HistoryEvent *event = read_as(*state, &pb__history_event__descriptor, text);

        assert_int_equal(event->event_type, EVENT_TYPE_TIMER_FIRED);
    }
}

static void unknown_enumerators_go_with_unknown_fields(void **state)
{
    const char *text = "{\"kind\": \"TASK_QUEUE_KIND_CLEVER\", \"name\": \"a\"}";
    Pb__TaskQueue *queue = read_as(*state, &pb__task_queue__descriptor, text);

    assert_int_equal(queue->kind, 0);
    assert_string_equal(queue->name, "a");
    refused_as(*state, &pb__task_queue__descriptor, text, "1:10 kind", "TaskQueueKind");
    assert_int_equal(((Pb__TaskQueue *)read_as(*state, &pb__task_queue__descriptor, "{\"kind\": 99}"))->kind, 99);
}

/* ---- Arrays and maps ---- */

static void arrays_keep_their_order(void **state)
{
    Pb__Payloads *payloads =
        read_as(*state, &pb__payloads__descriptor, "{\"payloads\": [{\"data\": \"YQ==\"}, {}, {\"data\": \"Yg==\"}]}");

    assert_int_equal(payloads->n_payloads, 3);
    assert_memory_equal(payloads->payloads[0]->data.data, "a", 1);
    assert_int_equal(payloads->payloads[1]->data.len, 0);
    assert_memory_equal(payloads->payloads[2]->data.data, "b", 1);
}

static void null_in_an_array_or_map_is_refused(void **state)
{
    refused_as(*state, &pb__payloads__descriptor, "{\"payloads\": [null]}", "1:15 payloads[0]", "expected '{'");
    refused_as(
        *state, &pb__payload__descriptor, "{\"metadata\": {\"k\": null}}", "1:20 metadata[\"k\"]", "expected a string");
}

static void commas_and_brackets_must_be_in_order(void **state)
{
    const ProtobufCMessageDescriptor *type = &pb__payloads__descriptor;

    refused_as(*state, type, "", "1:1 ", "expected '{', found the end");
    refused_as(*state, type, "{", "1:2 ", "expected a string");
    refused_as(*state, type, "{\"payloads\"", "1:12 ", "expected ':'");
    refused_as(*state, type, "{\"payloads\": [{}", "1:17 payloads", "',' or ']'");
    refused_as(*state, type, "{\"payloads\": [{},]}", "1:18 payloads[1]", "expected '{'");
    refused_as(*state, type, "{\"payloads\": []", "1:16 ", "',' or '}'");
    refused_as(*state, type, "{\"payloads\": [],}", "1:17 ", "expected a string");
    refused_as(*state, type, "{} {}", "1:4 ", "expected the end");
    refused_as(*state, type, "[]", "1:1 ", "expected '{'");
}

static void a_key_that_comes_twice_is_refused(void **state)
{
    struct arena *arena = *state;
    char text[2000];
    size_t len = (size_t)snprintf(text, sizeof(text), "{\"metadata\": {");

    refused_as(
        arena, &pb__payload__descriptor, "{\"metadata\": {\"k\": \"\", \"k\": \"\"}}", "1:24 metadata[\"k\"]", "twice");
    /* As many keys as make it look them up. */
    for (int i = 0; i < 40; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "\"key%d\":\"\",", i);
    }
    snprintf(text + len, sizeof(text) - len, "\"key39\":\"\"}}");
    refused_as(arena, &pb__payload__descriptor, text, "1:445 metadata[\"key39\"]", "twice");
}

static void many_keys_are_kept(void **state)
{
    char text[3000] = "{\"metadata\": {";
    size_t len = strlen(text);

    for (int i = 0; i < 100; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"%d\":\"YQ==\"", i == 0 ? "" : ",", i);
    }
    snprintf(text + len, sizeof(text) - len, "}}");
    Pb__Payload *payload = read_as(*state, &pb__payload__descriptor, text);

    assert_int_equal(payload->n_metadata, 100);
    assert_string_equal(payload->metadata[99]->key, "99");
}

/* ---- Well-known types ---- */

static void is_time(struct arena *arena, const char *text, int64_t seconds, int32_t nanos)
{
    Pb__Timestamp *timestamp = read_as(arena, &pb__timestamp__descriptor, text);

    assert_int_equal(timestamp->seconds, seconds);
    assert_int_equal(timestamp->nanos, nanos);
}

static void timestamps_are_rfc_3339(void **state)
{
    is_time(*state, "\"1970-01-01T00:00:00Z\"", 0, 0);
    is_time(*state, "\"2020-07-30T00:30:03.048065496Z\"", 1596069003, 48065496);
    is_time(*state, "\"2020-02-29T23:59:59.5+01:30\"", 1583015399, 500000000);
    is_time(*state, "\"1969-12-31T23:59:59.9-00:00\"", -1, 900000000);
    is_time(*state, "\"0001-01-01T00:00:00Z\"", -62135596800, 0);
    is_time(*state, "\"9999-12-31T23:59:59.999999999Z\"", 253402300799, 999999999);
    is_time(*state, "\"2000-03-01t00:00:00z\"", 951868800, 0);
}

static void bad_timestamps_are_refused(void **state)
{
    static const char *const none[] = {
        "\"\"",
        "\"2020-02-30T00:00:00Z\"",
        "\"2021-02-29T00:00:00Z\"",
        "\"1900-02-29T00:00:00Z\"",
        "\"2020-13-01T00:00:00Z\"",
        "\"2020-00-01T00:00:00Z\"",
        "\"2020-01-00T00:00:00Z\"",
        "\"2020-01-01T24:00:00Z\"",
        "\"2020-01-01T00:60:00Z\"",
        "\"2020-01-01T00:00:60Z\"",
        "\"2020-01-01T00:00:00\"",
        "\"2020-01-01T00:00:00.Z\"",
        "\"2020-01-01T00:00:00.1234567890Z\"",
        "\"2020-01-01 00:00:00Z\"",
        "\"2020-01-01T00:00:00Zx\"",
        "\"2020-01-01T00:00:00+24:00\"",
        "\"2020-01-01T00:00:00+0100\"",
        "\"0000-01-01T00:00:00Z\"",
        "\"0001-01-01T00:00:00+00:01\"",
        "\"9999-12-31T23:59:59-00:01\"",
        "17",
    };

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        void *message = NULL;

        assert_int_equal(
            json_read(*state, &pb__timestamp__descriptor, tl_bytes_of(none[i]), NULL, &message, NULL), TL_MALFORMED);
    }
}

static void is_duration(struct arena *arena, const char *text, int64_t seconds, int32_t nanos)
{
    Pb__Duration *duration = read_as(arena, &pb__duration__descriptor, text);

    assert_int_equal(duration->seconds, seconds);
    assert_int_equal(duration->nanos, nanos);
}

static void durations_are_seconds(void **state)
{
    is_duration(*state, "\"0s\"", 0, 0);
    is_duration(*state, "\"1.5s\"", 1, 500000000);
    is_duration(*state, "\"-0.000000001s\"", 0, -1);
    is_duration(*state, "\"-315576000000.999999999s\"", -315576000000, -999999999);
    refused_as(*state, &pb__duration__descriptor, "\"315576000001s\"", "1:1 ", "duration");
    refused_as(*state, &pb__duration__descriptor, "\"1\"", "1:1 ", "duration");
    refused_as(*state, &pb__duration__descriptor, "\"s\"", "1:1 ", "duration");
    refused_as(*state, &pb__duration__descriptor, "\".5s\"", "1:1 ", "duration");
    refused_as(*state, &pb__duration__descriptor, "\"1.s\"", "1:1 ", "duration");
    refused_as(*state, &pb__duration__descriptor, "\"+1s\"", "1:1 ", "duration");
    refused_as(*state, &pb__duration__descriptor, "\"99999999999999999999s\"", "1:1 ", "duration");
}

static void masks_are_paths_with_commas(void **state)
{
    Pb__FieldMask *mask = read_as(*state, &pb__field_mask__descriptor, "\"taskQueue,retryPolicy.maximumAttempts\"");

    assert_int_equal(mask->n_paths, 2);
    assert_string_equal(mask->paths[0], "task_queue");
    assert_string_equal(mask->paths[1], "retry_policy.maximum_attempts");
    assert_int_equal(((Pb__FieldMask *)read_as(*state, &pb__field_mask__descriptor, "\"\""))->n_paths, 0);
    refused_as(*state, &pb__field_mask__descriptor, "\"task_queue\"", "1:1 ", "paths");
    refused_as(*state, &pb__field_mask__descriptor, "\"a,,b\"", "1:1 ", "paths");
}

static void values_are_any_json(void **state)
{
    Pb__Struct *object = read_as(
        *state, &pb__struct__descriptor, "{\"n\": null, \"t\": true, \"x\": -1.5, \"s\": \"\", \"l\": [1, [], {}]}");

    assert_int_equal(object->n_fields, 5);
    assert_int_equal(object->fields[0]->value->kind_case, PB__VALUE__KIND_NULL_VALUE);
    assert_true(object->fields[1]->value->bool_value);
    assert_true(object->fields[2]->value->number_value == -1.5);
    assert_string_equal(object->fields[3]->value->string_value, "");
    assert_int_equal(object->fields[4]->value->list_value->n_values, 3);
    refused_as(*state, &pb__struct__descriptor, "{\"a\": nul}", "1:7 fields[\"a\"]", "expected a value");
}

static void wrappers_are_their_bare_values(void **state)
{
    assert_true(((Pb__BoolValue *)read_as(*state, &pb__bool_value__descriptor, "true"))->value);
    assert_int_equal(((Pb__UInt64Value *)read_as(*state, &pb__uint64_value__descriptor, "\"5\""))->value, 5);
    refused_as(*state, &pb__bool_value__descriptor, "\"true\"", "1:1 ", "true or false");
    refused_as(*state, &pb__uint32_value__descriptor, "-1", "1:3 ", "out of range");
}

static void any_holds_a_known_type(void **state)
{
    Pb__Any *any = read_as(
        *state,
        &pb__any__descriptor,
        "{\"data\": \"YQ==\", \"@type\": \"type.googleapis.com/temporal.api.common.v1.Payload\"}");
    Pb__Payload *payload = message_from_any(*state, any);

    assert_non_null(payload);
    assert_memory_equal(payload->data.data, "a", 1);
    any = read_as(
        *state,
        &pb__any__descriptor,
        "{\"@type\": \"type.googleapis.com/google.protobuf.Duration\", \"value\": \"2s\"}");
    assert_int_equal(((Pb__Duration *)message_from_any(*state, any))->seconds, 2);
    any = read_as(*state, &pb__any__descriptor, "{\"@type\": \"type.googleapis.com/google.protobuf.Empty\"}");
    assert_non_null(message_from_any(*state, any));
    any = read_as(*state, &pb__any__descriptor, "{ }");
    assert_string_equal(any->type_url, "");
}

static void any_of_what_is_not_known_is_refused(void **state)
{
    const ProtobufCMessageDescriptor *type = &pb__any__descriptor;

    refused_as(*state, type, "{\"data\": 1}", "1:1 ", "\"@type\" is missing");
    refused_as(*state, type, "{\"@type\": \"x/NoSuch\"}", "1:11 ", "no known type");
    refused_as(*state, type, "{\"@type\": \"temporal.api.common.v1.Payload\"}", "1:11 ", "no known type");
    refused_as(*state, type, "{\"@type\": \"x/google.protobuf.Duration\"}", "1:1 ", "\"value\" is missing");
    refused_as(
        *state, type, "{\"@type\": \"x/temporal.api.common.v1.Payload\", \"more\": 1}", "1:47 ", "unknown field");
}

/* ---- Events of unknown types ---- */

static void an_unknown_event_that_may_be_ignored_is_kept(void **state)
{
    Pb__History *history = read_as(
        *state,
        &pb__history__descriptor,
        "{\"events\": [{\"eventType\": \"Novelty\", \"eventId\": 3, \"workerMayIgnore\": true}, {\"eventId\": 4}]}");

    assert_int_equal(history->n_events, 2);
    assert_int_equal(history->events[0]->event_id, 3);
    assert_int_equal(history->events[0]->event_type, EVENT_TYPE_UNSPECIFIED);
    assert_true(history->events[0]->worker_may_ignore);
}

static void an_unknown_event_that_matters_is_refused_by_name(void **state)
{
    refused_as(
        *state,
        &pb__history__descriptor,
        "{\"events\": [{}, {\"eventType\": \"Novelty\",\n\"eventId\": 3}]}",
        "1:31 events[1]",
        "event 3 is of the unknown type \"Novelty\"");
}

static void an_unknown_type_in_a_link_is_no_unknown_event(void **state)
{
    Pb__HistoryEvent *event = read_as(
        *state,
        &pb__history_event__descriptor,
        "{\"links\": [{\"workflowEvent\": {\"eventRef\": {\"eventType\": \"Novelty\"}}}]}");

    assert_int_equal(event->n_links, 1);
}

/* ---- Depth, marks, ends ---- */

/* `text` nested `count` times: open, then close. */
static char *nested(struct arena *arena, const char *open, const char *middle, const char *close, size_t count)
{
    size_t size = count * (strlen(open) + strlen(close)) + strlen(middle) + 1;
    char *text = arena_alloc(arena, size);
    char *to = text;

    for (size_t i = 0; i < count; i++) {
        to = stpcpy(to, open);
    }
    to = stpcpy(to, middle);
    for (size_t i = 0; i < count; i++) {
        to = stpcpy(to, close);
    }
    return text;
}

static enum tl_status
status_of(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const char *text, struct tl_error *error)
{
    void *message = NULL;

    return json_read(arena, descriptor, tl_bytes_of(text), NULL, &message, error);
}

static void a_hundred_levels_are_the_limit(void **state)
{
    struct arena *arena = *state;
    const ProtobufCMessageDescriptor *type = &pb__failure__descriptor;
    struct tl_error error;

    assert_int_equal(status_of(arena, type, nested(arena, "{\"cause\":", "{}", "}", 99), &error), TL_OK);
    assert_int_equal(status_of(arena, type, nested(arena, "{\"cause\":", "{}", "}", 100), &error), TL_TOO_LARGE);
    assert_int_equal(status_of(arena, type, nested(arena, "{\"x\":", "0", "}", 100), &error), TL_OK);
    assert_int_equal(status_of(arena, type, nested(arena, "{\"x\":", "0", "}", 101), &error), TL_TOO_LARGE);
}

static void a_hundred_thousand_levels_are_refused(void **state)
{
    struct arena *arena = *state;
    struct tl_error error;

    assert_int_equal(
        status_of(arena, &pb__failure__descriptor, nested(arena, "{\"cause\":", "{}", "}", 100000), &error),
        TL_TOO_LARGE);
    assert_int_equal(error.line, 1);
    assert_int_equal(error.column, 901);
    assert_int_equal(
        status_of(arena, &pb__failure__descriptor, nested(arena, "{\"x\":", "0", "}", 100000), &error), TL_TOO_LARGE);
    assert_int_equal(
        status_of(arena, &pb__list_value__descriptor, nested(arena, "[", "", "]", 100000), &error), TL_TOO_LARGE);
    assert_int_equal(
        status_of(arena, &pb__struct__descriptor, nested(arena, "{\"x\":", "0", "}", 100000), &error), TL_TOO_LARGE);
    assert_int_equal(
        status_of(
            arena,
            &pb__any__descriptor,
            nested(arena, "{\"@type\":\"x/google.protobuf.Any\",\"value\":", "{}", "}", 100000),
            &error),
        TL_TOO_LARGE);
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    Pb__WorkflowExecution *execution =
        read_as(*state, &pb__workflow_execution__descriptor, "\xEF\xBB\xBF{\"workflowId\": \"a\"}\r\n");

    assert_string_equal(execution->workflow_id, "a");
}

/* Text that is cut anywhere is refused; read from memory of exactly its size, so that reading on would show. */
static void cut_text_is_refused(void **state)
{
    static const char text[] = "{\"events\":[{\"eventId\":\"1\",\"eventTime\":\"2020-01-01T00:00:00Z\",\"eventType\":"
                               "\"EVENT_TYPE_TIMER_FIRED\",\"timerFiredEventAttributes\":{\"timerId\":\"\\u00e9\"}}]}";
    struct arena *arena = *state;

    for (size_t len = 0; len + 1 < sizeof(text); len++) {
        uint8_t *cut = arena_copy(arena, text, len);
        void *message = NULL;

        assert_int_equal(
            json_read(arena, &pb__history__descriptor, (struct tl_bytes){cut, len}, NULL, &message, NULL),
            TL_MALFORMED);
        assert_null(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(fields_are_known_by_either_name),
        ARENA_TEST(null_is_absent),
        ARENA_TEST(unknown_fields_are_skipped),
        ARENA_TEST(unknown_fields_are_refused_on_request),
        ARENA_TEST(a_field_that_comes_twice_is_refused),
        ARENA_TEST(two_members_of_a_oneof_are_refused),
        ARENA_TEST(whole_numbers_come_bare_or_in_strings),
        ARENA_TEST(numbers_out_of_range_are_refused),
        ARENA_TEST(what_is_no_number_is_refused),
        ARENA_TEST(doubles_are_read_exactly),
        ARENA_TEST(doubles_out_of_range_are_refused),
        ARENA_TEST(escapes_are_undone),
        ARENA_TEST(bad_strings_are_refused),
        ARENA_TEST(bytes_come_in_either_alphabet_with_or_without_padding),
        ARENA_TEST(what_is_no_base64_is_refused),
        ARENA_TEST(enumerators_come_in_both_spellings_and_as_numbers),
        ARENA_TEST(unknown_enumerators_go_with_unknown_fields),
        ARENA_TEST(arrays_keep_their_order),
        ARENA_TEST(null_in_an_array_or_map_is_refused),
        ARENA_TEST(commas_and_brackets_must_be_in_order),
        ARENA_TEST(a_key_that_comes_twice_is_refused),
        ARENA_TEST(many_keys_are_kept),
        ARENA_TEST(timestamps_are_rfc_3339),
        ARENA_TEST(bad_timestamps_are_refused),
        ARENA_TEST(durations_are_seconds),
        ARENA_TEST(masks_are_paths_with_commas),
        ARENA_TEST(values_are_any_json),
        ARENA_TEST(wrappers_are_their_bare_values),
        ARENA_TEST(any_holds_a_known_type),
        ARENA_TEST(any_of_what_is_not_known_is_refused),
        ARENA_TEST(an_unknown_event_that_may_be_ignored_is_kept),
        ARENA_TEST(an_unknown_event_that_matters_is_refused_by_name),
        ARENA_TEST(an_unknown_type_in_a_link_is_no_unknown_event),
        ARENA_TEST(a_hundred_levels_are_the_limit),
        ARENA_TEST(a_hundred_thousand_levels_are_refused),
        ARENA_TEST(a_byte_order_mark_is_passed_over),
        ARENA_TEST(cut_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
