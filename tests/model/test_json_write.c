/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/json.h"
#include "model/message.h"
#include "model/schema.h"
#include "tests/lib/arena_fixture.h"
#include "tests/lib/random_message.h"

#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/struct.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>

static const char *written(struct arena *arena, const void *message, unsigned indent)
{
    struct tl_error error = {0};
    struct text text;

    text_init(&text, arena);
    if (json_write(&text, message, indent, &error) != TL_OK) {
        fail_msg("%s: %s", error.field, error.message);
    }
    return text.data;
}

/* Reads the text and writes it in one line: it comes out as it went in. */
static void same(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const char *line)
{
    void *message = NULL;

    assert_int_equal(json_read(arena, descriptor, tl_bytes_of(line), NULL, &message, NULL), TL_OK);
    assert_string_equal(written(arena, message, 0), line);
}

static void refuses(struct arena *arena, const void *message, enum tl_status status, const char *field)
{
    struct tl_error error = {0};
    struct text text;

    text_init(&text, arena);
    assert_int_equal(json_write(&text, message, 0, &error), status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.field, field);
}

/* ---- All types ---- */

static void comes_back(struct arena *arena, const ProtobufCMessage *message, unsigned indent)
{
    const struct json_read_options strict = {.refuse_unknown_fields = true};
    const char *text = written(arena, message, indent);
    struct tl_error error = {0};
    char path[256] = "";
    void *back = NULL;

    if (json_read(arena, message->descriptor, tl_bytes_of(text), &strict, &back, &error) != TL_OK) {
        fail_msg(
            "%s: %d:%d %s: %s\n%s",
            message->descriptor->name,
            error.line,
            error.column,
            error.field,
            error.message,
            text);
    }
    if (!message_equal(message, back, path, sizeof(path))) {
        fail_msg("%s.%s\n%s", message->descriptor->name, path, text);
    }
}

static void all_types_come_back_equal(void **state)
{
    struct arena *arena = *state;
    struct random random;
    const struct random_message maker = {.arena = arena, .random = &random, .max_depth = 5, .for_json = true};

    random_seed(&random, 11);
    for (size_t i = 0; i < schema_message_count; i++) {
        for (unsigned round = 0; round < 6; round++) {
            comes_back(arena, random_message(&maker, schema_messages[i].descriptor), round % 2 == 0 ? 0 : 2);
            arena_reset(arena);
        }
    }
}

/* ---- Layout ---- */

static void indented_text_is_laid_out(void **state)
{
    void *message = NULL;

    assert_int_equal(
        json_read(
            *state,
            &pb__history__descriptor,
            tl_bytes_of("{\"events\":[{\"eventId\":1,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{}}]}"),
            NULL,
            &message,
            NULL),
        TL_OK);
    assert_string_equal(
        written(*state, message, 2),
        "{\n"
        "  \"events\": [\n"
        "    {\n"
        "      \"eventId\": \"1\",\n"
        "      \"eventType\": \"EVENT_TYPE_TIMER_FIRED\",\n"
        "      \"timerFiredEventAttributes\": {}\n"
        "    }\n"
        "  ]\n"
        "}");
    assert_string_equal(
        written(*state, message, 0),
        "{\"events\":[{\"eventId\":\"1\",\"eventType\":\"EVENT_TYPE_TIMER_FIRED\",\"timerFiredEventAttributes\":{}}]}");
}

static void an_empty_message_is_an_empty_object(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(written(arena, PB_NEW(arena, Pb__History, pb__history), 2), "{}");
}

static void map_entries_are_in_the_order_of_their_keys(void **state)
{
    void *message = NULL;

    assert_int_equal(
        json_read(
            *state,
            &pb__payload__descriptor,
            tl_bytes_of("{\"metadata\":{\"c\":\"\",\"a\":\"\",\"d\":\"\",\"b\":\"\",\"aa\":\"\"}}"),
            NULL,
            &message,
            NULL),
        TL_OK);
    assert_string_equal(
        written(*state, message, 0), "{\"metadata\":{\"a\":\"\",\"aa\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\"}}");
}

/* The wire may carry a key twice: the last counts, and JSON must not hold both. */
static void of_two_entries_with_one_key_the_last_is_written(void **state)
{
    struct arena *arena = *state;
    static const uint8_t bytes[] = {
        0x0a, 0x06, 0x0a, 0x01, 'k', 0x12, 0x01, 'a', 0x0a, 0x06, 0x0a, 0x01, 'k', 0x12, 0x01, 'b'};
    void *message = NULL;

    assert_int_equal(
        message_unpack(arena, &pb__payload__descriptor, (struct tl_bytes){bytes, sizeof(bytes)}, &message, NULL),
        TL_OK);
    assert_string_equal(written(arena, message, 0), "{\"metadata\":{\"k\":\"Yg==\"}}");
}

/* ---- Values ---- */

static void strings_are_escaped_where_they_must_be(void **state)
{
    same(*state, &pb__string_value__descriptor, "\"plain / text \xc3\xa9 \xf0\x9f\x98\x80 \x7f\"");
    same(*state, &pb__string_value__descriptor, "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f after eight bytes \\\"\"");
    same(*state, &pb__string_value__descriptor, "\"\"");
}

static void numbers_of_64_bits_are_quoted(void **state)
{
    same(*state, &pb__int64_value__descriptor, "\"-9223372036854775808\"");
    same(*state, &pb__uint64_value__descriptor, "\"18446744073709551615\"");
    same(*state, &pb__int32_value__descriptor, "-2147483648");
    same(*state, &pb__uint32_value__descriptor, "4294967295");
    same(*state, &pb__bool_value__descriptor, "true");
    same(*state, &pb__bytes_value__descriptor, "\"+/8=\"");
}

static void doubles_are_as_short_as_can_be(void **state)
{
    same(*state, &pb__double_value__descriptor, "0.1");
    same(*state, &pb__double_value__descriptor, "1e+300");
    same(*state, &pb__double_value__descriptor, "0.30000000000000004");
    same(*state, &pb__double_value__descriptor, "1.7976931348623157e+308");
    same(*state, &pb__double_value__descriptor, "-5");
    same(*state, &pb__double_value__descriptor, "\"-Infinity\"");
    same(*state, &pb__double_value__descriptor, "\"NaN\"");
    same(*state, &pb__float_value__descriptor, "0.1");
    same(*state, &pb__float_value__descriptor, "16777216");
}

/* A host program may have set a locale whose decimal point is a comma. */
static void doubles_do_not_depend_on_the_locale(void **state)
{
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL) {
        skip();
    }
    same(*state, &pb__double_value__descriptor, "0.30000000000000004");
    same(*state, &pb__double_value__descriptor, "1.7976931348623157e+308");
    setlocale(LC_NUMERIC, "C");
}

static void unknown_enumerators_are_numbers(void **state)
{
    same(*state, &pb__task_queue__descriptor, "{\"kind\":99}");
    same(*state, &pb__task_queue__descriptor, "{\"kind\":-1}");
}

static void well_known_types_have_their_own_forms(void **state)
{
    struct arena *arena = *state;

    same(arena, &pb__timestamp__descriptor, "\"0001-01-01T00:00:00Z\"");
    same(arena, &pb__timestamp__descriptor, "\"9999-12-31T23:59:59.999999999Z\"");
    same(arena, &pb__timestamp__descriptor, "\"1969-12-31T23:59:59.500Z\"");
    same(arena, &pb__timestamp__descriptor, "\"2020-02-29T12:34:56.000007Z\"");
    same(arena, &pb__timestamp__descriptor, "\"2000-03-01T00:00:00Z\"");
    same(arena, &pb__duration__descriptor, "\"0s\"");
    same(arena, &pb__duration__descriptor, "\"-0.500s\"");
    same(arena, &pb__duration__descriptor, "\"315576000000.000000001s\"");
    same(arena, &pb__field_mask__descriptor, "\"a,retryPolicy.maximumAttempts\"");
    same(arena, &pb__struct__descriptor, "{\"a\":null,\"b\":[1,{}],\"c\":\"\",\"d\":false,\"e\":[]}");
    same(arena, &pb__any__descriptor, "{\"@type\":\"x/google.protobuf.Duration\",\"value\":\"1s\"}");
    same(arena, &pb__any__descriptor, "{\"@type\":\"x/temporal.api.common.v1.Payload\",\"data\":\"YQ==\"}");
    same(arena, &pb__any__descriptor, "{\"@type\":\"x/temporal.api.common.v1.Payload\"}");
    same(arena, &pb__any__descriptor, "{\"@type\":\"x/google.protobuf.Empty\",\"value\":{}}");
    same(arena, &pb__any__descriptor, "{}");
}

/* ---- What JSON cannot say ---- */

static void times_out_of_range_are_refused(void **state)
{
    struct arena *arena = *state;
    Pb__HistoryEvent *event = PB_NEW(arena, Pb__HistoryEvent, pb__history_event);

    event->event_time = PB_NEW(arena, Pb__Timestamp, pb__timestamp);
    event->event_time->nanos = -1;
    refuses(arena, event, TL_MALFORMED, "event_time");
    event->event_time->nanos = 1000000000;
    refuses(arena, event, TL_MALFORMED, "event_time");
    event->event_time->nanos = 0;
    event->event_time->seconds = 253402300800;
    refuses(arena, event, TL_MALFORMED, "event_time");
}

static void durations_out_of_range_are_refused(void **state)
{
    struct arena *arena = *state;
    Pb__Duration *duration = PB_NEW(arena, Pb__Duration, pb__duration);

    duration->seconds = 315576000001;
    refuses(arena, duration, TL_MALFORMED, "");
    duration->seconds = 1;
    duration->nanos = -1;
    refuses(arena, duration, TL_MALFORMED, "");
}

static void strings_that_are_no_utf8_are_refused(void **state)
{
    struct arena *arena = *state;
    Pb__WorkflowExecution *execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);

    execution->run_id = arena_strdup(arena, "caf\xe9");
    refuses(arena, execution, TL_MALFORMED, "run_id");
}

static void odd_well_known_messages_are_refused(void **state)
{
    struct arena *arena = *state;
    Pb__Value *value = PB_NEW(arena, Pb__Value, pb__value);
    Pb__FieldMask *mask = PB_NEW(arena, Pb__FieldMask, pb__field_mask);
    Pb__Any *any = PB_NEW(arena, Pb__Any, pb__any);
    static const char *const paths[] = {"taskQueue", "a__b", "a_", "a_1", "a,b", ""};

    refuses(arena, value, TL_MALFORMED, "");
    value->kind_case = PB__VALUE__KIND_NUMBER_VALUE;
    value->number_value = (double)NAN;
    refuses(arena, value, TL_MALFORMED, "");
    any->type_url = arena_strdup(arena, "x/NoSuch");
    refuses(arena, any, TL_MALFORMED, "");
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char *path = arena_strdup(arena, paths[i]);

        mask->n_paths = 1;
        mask->paths = &path;
        refuses(arena, mask, TL_MALFORMED, "");
    }
}

static void too_deep_a_message_is_refused(void **state)
{
    struct arena *arena = *state;
    Pb__Failure *failure = NULL;

    for (int i = 0; i < JSON_MAX_DEPTH + 1; i++) {
        Pb__Failure *outer = PB_NEW(arena, Pb__Failure, pb__failure);

        outer->cause = failure;
        failure = outer;
    }
    struct tl_error error = {0};
    struct text text;

    text_init(&text, arena);
    assert_int_equal(json_write(&text, failure, 0, &error), TL_TOO_LARGE);
    comes_back(arena, &failure->cause->base, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(all_types_come_back_equal),
        ARENA_TEST(indented_text_is_laid_out),
        ARENA_TEST(an_empty_message_is_an_empty_object),
        ARENA_TEST(map_entries_are_in_the_order_of_their_keys),
        ARENA_TEST(of_two_entries_with_one_key_the_last_is_written),
        ARENA_TEST(strings_are_escaped_where_they_must_be),
        ARENA_TEST(numbers_of_64_bits_are_quoted),
        ARENA_TEST(doubles_are_as_short_as_can_be),
        ARENA_TEST(doubles_do_not_depend_on_the_locale),
        ARENA_TEST(unknown_enumerators_are_numbers),
        ARENA_TEST(well_known_types_have_their_own_forms),
        ARENA_TEST(times_out_of_range_are_refused),
        ARENA_TEST(durations_out_of_range_are_refused),
        ARENA_TEST(strings_that_are_no_utf8_are_refused),
        ARENA_TEST(odd_well_known_messages_are_refused),
        ARENA_TEST(too_deep_a_message_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
