/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/message.h"
#include "model/pb.h"
#include "tests/lib/arena_fixture.h"

/* ---- timelapse/payload.h ---- */

static void bytes_of_a_text_leave_out_its_nul(void **state)
{
    (void)state;
    assert_int_equal(tl_bytes_of("abc").len, 3);
    assert_int_equal(tl_bytes_of("").len, 0);
    assert_int_equal(tl_bytes_of(NULL).len, 0);
    assert_null(tl_bytes_of(NULL).data);
}

static void bytes_are_equal_by_content(void **state)
{
    char copy[] = "abc";

    (void)state;
    assert_true(tl_bytes_equal(tl_bytes_of("abc"), tl_bytes_of(copy)));
    assert_false(tl_bytes_equal(tl_bytes_of("abc"), tl_bytes_of("abd")));
    assert_false(tl_bytes_equal(tl_bytes_of("abc"), tl_bytes_of("ab")));
    assert_true(tl_bytes_equal(tl_bytes_of(NULL), tl_bytes_of("")));
}

static void payloads_say_how_they_are_encoded(void **state)
{
    struct tl_payload json = tl_payload_json("1");
    struct tl_payload binary = tl_payload_binary(tl_bytes_of("x"));
    struct tl_payload null = tl_payload_null();

    (void)state;
    assert_true(tl_payload_is(&json, "json/plain"));
    assert_false(tl_payload_is(&json, "json/plai"));
    assert_true(tl_payload_is(&binary, "binary/plain"));
    assert_true(tl_payload_is(&null, "binary/null"));
    assert_int_equal(null.data.len, 0);
    assert_int_equal(tl_payload_metadata(&json, "other").len, 0);
}

static void payloads_are_equal_by_data_and_metadata(void **state)
{
    struct tl_payload json = tl_payload_json("1");
    struct tl_payload same = tl_payload_json_bytes(tl_bytes_of("1"));
    struct tl_payload other = tl_payload_json("2");
    struct tl_payload binary = tl_payload_binary(tl_bytes_of("1"));
    struct tl_payload bare = {json.data, NULL, 0};

    (void)state;
    assert_true(tl_payload_equal(&json, &same));
    assert_false(tl_payload_equal(&json, &other));
    assert_false(tl_payload_equal(&json, &binary));
    assert_false(tl_payload_equal(&json, &bare));
}

/* ---- Times ---- */

static void is_time(struct arena *arena, tl_time time, int64_t seconds, int32_t nanos)
{
    Pb__Timestamp *timestamp = pb_timestamp(arena, time);

    assert_int_equal(timestamp->seconds, seconds);
    assert_int_equal(timestamp->nanos, nanos);
    assert_int_equal(pb_time(timestamp), time);
}

static void times_go_both_ways(void **state)
{
    is_time(*state, 1, 0, 1);
    is_time(*state, TL_SECONDS(5) + 7, 5, 7);
    is_time(*state, -1, -1, 999999999);
    is_time(*state, -TL_SECONDS(5), -5, 0);
    is_time(*state, INT64_MAX, 9223372036, 854775807);
    assert_null(pb_timestamp(*state, 0));
    assert_int_equal(pb_time(NULL), 0);
}

static void is_duration(struct arena *arena, tl_duration duration, int64_t seconds, int32_t nanos)
{
    Pb__Duration *message = pb_duration(arena, duration);

    assert_int_equal(message->seconds, seconds);
    assert_int_equal(message->nanos, nanos);
    assert_int_equal(pb_nanoseconds(message), duration);
}

static void durations_go_both_ways(void **state)
{
    is_duration(*state, 1, 0, 1);
    is_duration(*state, -TL_SECONDS(5) - 7, -5, -7);
    is_duration(*state, INT64_MIN, -9223372036, -854775808);
    assert_null(pb_duration(*state, 0));
    assert_int_equal(pb_nanoseconds(NULL), 0);
}

static void what_does_not_fit_saturates(void **state)
{
    struct arena *arena = *state;
    Pb__Timestamp *timestamp = PB_NEW(arena, Pb__Timestamp, pb__timestamp);

    timestamp->seconds = 253402300799;
    assert_int_equal(pb_time(timestamp), INT64_MAX);
    timestamp->seconds = -62135596800;
    assert_int_equal(pb_time(timestamp), INT64_MIN);
    timestamp->seconds = 9223372036;
    timestamp->nanos = 900000000;
    assert_int_equal(pb_time(timestamp), INT64_MAX);
}

/* ---- Views and copies ---- */

static void a_payload_survives_both_ways(void **state)
{
    const struct tl_payload payload = tl_payload_json("{\"a\": 1}");
    struct tl_payload view = pb_payload_view(*state, pb_payload(*state, &payload));

    assert_true(tl_payload_equal(&payload, &view));
}

static void a_copy_shares_nothing(void **state)
{
    char data[] = "abc";
    const struct tl_payload payload = tl_payload_binary(tl_bytes_of(data));
    Pb__Payload *message = pb_payload(*state, &payload);

    data[0] = 'x';
    assert_memory_equal(message->data.data, "abc", 3);
}

/* Adds entries with the keys' letters, each with its own letter and place as value. */
static Pb__Payload *with_keys(struct arena *arena, const char *keys)
{
    struct tl_metadata items[64];
    const struct tl_payload payload = {{NULL, 0}, items, strlen(keys)};

    for (size_t i = 0; keys[i] != '\0'; i++) {
        items[i].key = arena_format(arena, "%c", keys[i]);
        items[i].value = tl_bytes_of(arena_format(arena, "%c%zu", keys[i], i));
    }
    return pb_payload(arena, &payload);
}

static void has_keys(const struct tl_payload *view, const char *keys)
{
    assert_int_equal(view->metadata_count, strlen(keys));
    for (size_t i = 0; keys[i] != '\0'; i++) {
        assert_int_equal(view->metadata[i].key[0], keys[i]);
    }
}

static void metadata_are_sorted_in_a_view(void **state)
{
    struct tl_payload few = pb_payload_view(*state, with_keys(*state, "cab"));
    struct tl_payload many = pb_payload_view(*state, with_keys(*state, "qazwsxedcrfvtgbyhn"));

    has_keys(&few, "abc");
    has_keys(&many, "abcdefghnqrstvwxyz");
}

static void of_two_entries_with_one_key_the_last_counts(void **state)
{
    struct tl_payload few = pb_payload_view(*state, with_keys(*state, "baba"));
    struct tl_payload many = pb_payload_view(*state, with_keys(*state, "zyxwvutsrqzyxwvutsrq"));

    has_keys(&few, "ab");
    assert_true(tl_bytes_equal(tl_payload_metadata(&few, "a"), tl_bytes_of("a3")));
    assert_true(tl_bytes_equal(tl_payload_metadata(&few, "b"), tl_bytes_of("b2")));
    has_keys(&many, "qrstuvwxyz");
    assert_true(tl_bytes_equal(tl_payload_metadata(&many, "z"), tl_bytes_of("z10")));
}

static void nothing_is_an_empty_view(void **state)
{
    assert_int_equal(pb_payload_view(*state, NULL).metadata_count, 0);
    assert_int_equal(pb_payloads_view(*state, NULL).count, 0);
    assert_null(pb_payloads(*state, NULL));
    assert_null(pb_payloads(*state, &(const struct tl_payloads){NULL, 0}));
}

static void arguments_survive_both_ways(void **state)
{
    struct tl_payloads view =
        pb_payloads_view(*state, pb_payloads(*state, TL_ARGS(tl_payload_json("1"), tl_payload_null())));

    assert_int_equal(view.count, 2);
    assert_true(tl_payload_is(&view.items[0], "json/plain"));
    assert_true(tl_payload_is(&view.items[1], "binary/null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_a_text_leave_out_its_nul),
        cmocka_unit_test(bytes_are_equal_by_content),
        cmocka_unit_test(payloads_say_how_they_are_encoded),
        cmocka_unit_test(payloads_are_equal_by_data_and_metadata),
        ARENA_TEST(times_go_both_ways),
        ARENA_TEST(durations_go_both_ways),
        ARENA_TEST(what_does_not_fit_saturates),
        ARENA_TEST(a_payload_survives_both_ways),
        ARENA_TEST(a_copy_shares_nothing),
        ARENA_TEST(metadata_are_sorted_in_a_view),
        ARENA_TEST(of_two_entries_with_one_key_the_last_counts),
        ARENA_TEST(nothing_is_an_empty_view),
        ARENA_TEST(arguments_survive_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
