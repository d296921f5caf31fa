/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/pool.h"
#include "base/text.h"

struct fixture {
    struct pool *pool;
    struct arena arena;
    struct text text;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.pool = pool_new(NULL);
    arena_init(&fixture.arena, fixture.pool);
    text_init(&fixture.text, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_done(&f->arena);
    pool_free_all(f->pool);
    return 0;
}

/* ---- The buffer ---- */

static void a_new_text_is_empty(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(f->text.data, "");
    assert_int_equal(f->text.len, 0);
    text_add(&f->text, "");
    text_add_bytes(&f->text, NULL, 0);
    assert_string_equal(f->text.data, "");
}

static void parts_are_put_together(void **state)
{
    struct fixture *f = *state;

    text_add(&f->text, "order");
    text_add_char(&f->text, '-');
    text_format(&f->text, "%d%s", 17, "/");
    text_add_bytes(&f->text, "runs away", 4);
    assert_string_equal(f->text.data, "order-17/runs");
    assert_int_equal(f->text.len, 13);
}

static void it_grows_past_every_size(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < 20000; i++) {
        text_add_char(&f->text, (char)('a' + i % 26));
        if (i % 1000 == 0) {
            (void)arena_alloc(&f->arena, 1);
        }
    }
    assert_int_equal(f->text.len, 20000);
    assert_int_equal(strlen(f->text.data), 20000);
    assert_int_equal(f->text.data[19999], 'a' + 19999 % 26);
}

static void a_long_format_is_whole(void **state)
{
    struct fixture *f = *state;

    for (int width = 1; width < 300; width += 7) {
        size_t before = f->text.len;
        text_format(&f->text, "%*d|", width, 1);
        assert_int_equal(f->text.len, before + (size_t)width + 1);
        assert_string_equal(f->text.data + f->text.len - 2, "1|");
    }
}

static void room_can_be_written_to_directly(void **state)
{
    struct fixture *f = *state;

    text_add(&f->text, "ab");
    memcpy(text_room(&f->text, 500), "cde", 3);
    text_wrote(&f->text, 3);
    assert_string_equal(f->text.data, "abcde");
    memset(text_room(&f->text, 500), 'x', 500);
    text_wrote(&f->text, 500);
    assert_int_equal(strlen(f->text.data), 505);
}

/* ---- Times ---- */

static const char *time_text(tl_time time)
{
    static char text[TEXT_TIME_SIZE];

    size_t len = text_print_time(text, time);
    assert_int_equal(len, strlen(text));
    return text;
}

static void times_are_rfc_3339(void **state)
{
    (void)state;
    assert_string_equal(time_text(0), "1970-01-01T00:00:00Z");
    assert_string_equal(time_text(TL_SECONDS(1577836800)), "2020-01-01T00:00:00Z");
    assert_string_equal(time_text(TL_SECONDS(951782399)), "2000-02-28T23:59:59Z");
    assert_string_equal(time_text(TL_SECONDS(951782400)), "2000-02-29T00:00:00Z");
    assert_string_equal(time_text(TL_SECONDS(951868800)), "2000-03-01T00:00:00Z");
    assert_string_equal(time_text(TL_SECONDS(INT64_C(4107542400))), "2100-03-01T00:00:00Z");
}

static void times_show_as_many_digits_as_they_need(void **state)
{
    (void)state;
    assert_string_equal(time_text(TL_MILLISECONDS(1500)), "1970-01-01T00:00:01.5Z");
    assert_string_equal(time_text(TL_NANOSECONDS(1)), "1970-01-01T00:00:00.000000001Z");
    assert_string_equal(time_text(TL_NANOSECONDS(120000000)), "1970-01-01T00:00:00.12Z");
    assert_string_equal(time_text(TL_NANOSECONDS(999999999)), "1970-01-01T00:00:00.999999999Z");
}

static void times_before_1970_are_times_too(void **state)
{
    (void)state;
    assert_string_equal(time_text(-1), "1969-12-31T23:59:59.999999999Z");
    assert_string_equal(time_text(TL_SECONDS(-1)), "1969-12-31T23:59:59Z");
    assert_string_equal(time_text(TL_DAYS(-365)), "1969-01-01T00:00:00Z");
}

static void the_limits_of_time_have_a_text(void **state)
{
    (void)state;
    assert_string_equal(time_text(TL_NEVER), "2262-04-11T23:47:16.854775807Z");
    assert_string_equal(time_text(INT64_MIN), "1677-09-21T00:12:43.145224192Z");
}

static void every_date_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -106000; day <= 106000; day++) {
        char expected[TEXT_TIME_SIZE];
        struct tm tm;
        time_t seconds = (time_t)(day * 86400 + (day * 7919 % 86400 + 86400) % 86400);

        assert_non_null(gmtime_r(&seconds, &tm));
        assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
        assert_string_equal(time_text(TL_SECONDS(seconds)), expected);
    }
}

/* ---- Durations ---- */

static const char *duration_text(tl_duration duration)
{
    static char text[TEXT_DURATION_SIZE];

    size_t len = text_print_duration(text, duration);
    assert_int_equal(len, strlen(text));
    return text;
}

static void durations_are_in_the_units_that_they_have(void **state)
{
    (void)state;
    assert_string_equal(duration_text(0), "0s");
    assert_string_equal(duration_text(TL_DAYS(30)), "30d");
    assert_string_equal(duration_text(TL_MINUTES(90)), "1h30m");
    assert_string_equal(duration_text(TL_SECONDS(1)), "1s");
    assert_string_equal(duration_text(TL_SECONDS(61)), "1m1s");
    assert_string_equal(duration_text(TL_DAYS(1) + TL_SECONDS(2)), "1d2s");
    assert_string_equal(duration_text(TL_DAYS(2) + TL_HOURS(3) + TL_MINUTES(4) + TL_SECONDS(5)), "2d3h4m5s");
}

static void durations_have_fractions(void **state)
{
    (void)state;
    assert_string_equal(duration_text(TL_MILLISECONDS(2500)), "2.5s");
    assert_string_equal(duration_text(TL_MINUTES(1) + TL_MILLISECONDS(50)), "1m0.05s");
    assert_string_equal(duration_text(TL_SECONDS(1) + 1), "1.000000001s");
}

static void short_durations_have_small_units(void **state)
{
    (void)state;
    assert_string_equal(duration_text(TL_MILLISECONDS(300)), "300ms");
    assert_string_equal(duration_text(TL_MICROSECONDS(1500)), "1.5ms");
    assert_string_equal(duration_text(TL_MICROSECONDS(20)), "20us");
    assert_string_equal(duration_text(999), "999ns");
    assert_string_equal(duration_text(999999999), "999.999999ms");
}

static void durations_may_be_negative_and_as_long_as_they_go(void **state)
{
    (void)state;
    assert_string_equal(duration_text(TL_SECONDS(-90)), "-1m30s");
    assert_string_equal(duration_text(-1), "-1ns");
    assert_string_equal(duration_text(INT64_MAX), "106751d23h47m16.854775807s");
    assert_string_equal(duration_text(INT64_MIN), "-106751d23h47m16.854775808s");
}

static void they_are_added_to_texts(void **state)
{
    struct fixture *f = *state;

    text_add_duration(&f->text, TL_DAYS(30));
    text_add(&f->text, " until ");
    text_add_time(&f->text, TL_DAYS(30));
    assert_string_equal(f->text.data, "30d until 1970-01-31T00:00:00Z");
}

/* ---- UTF-8 ---- */

#define VALID(bytes)               assert_int_equal(text_utf8_valid_prefix((bytes), sizeof(bytes) - 1), sizeof(bytes) - 1)
#define VALID_UP_TO(bytes, offset) assert_int_equal(text_utf8_valid_prefix((bytes), sizeof(bytes) - 1), (offset))

static void well_formed_text_is_valid(void **state)
{
    (void)state;
    VALID("");
    VALID("plain text that is longer than a word of the machine");
    VALID("\0");
    VALID("\x7f");
    VALID("\xc2\x80 \xdf\xbf");
    VALID("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf");
    VALID("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
    VALID("gr\xc3\xbc\xc3\x9f"
          "e an alle \xf0\x9f\x98\x80");
}

static void sequences_that_are_cut_are_not(void **state)
{
    (void)state;
    VALID_UP_TO("abc\xc3", 3);
    VALID_UP_TO("abc\xe2\x82", 3);
    VALID_UP_TO("12345678\xf0\x9f\x98", 8);
    VALID_UP_TO("a\xe2\x28\xa1", 1);
    VALID_UP_TO("a\xf0\x9f\x28\x80", 1);
    VALID_UP_TO("a\xf0\x9f\x98\x28", 1);
}

static void sequences_that_are_too_long_for_their_character_are_not(void **state)
{
    (void)state;
    VALID_UP_TO("\xc0\x80", 0);
    VALID_UP_TO("\xc1\xbf", 0);
    VALID_UP_TO("a\xe0\x9f\xbf", 1);
    VALID_UP_TO("a\xf0\x8f\xbf\xbf", 1);
}

static void surrogates_and_what_lies_above_unicode_are_not(void **state)
{
    (void)state;
    VALID_UP_TO("a\xed\xa0\x80", 1);
    VALID_UP_TO("a\xed\xbf\xbf", 1);
    VALID_UP_TO("a\xf4\x90\x80\x80", 1);
    VALID_UP_TO("a\xf5\x80\x80\x80", 1);
    VALID_UP_TO("a\xff", 1);
    VALID_UP_TO("a\x80", 1);
}

/* Encodes every number the long way and asks for the one answer that Unicode gives. */
static void every_code_point_is_judged_right(void **state)
{
    (void)state;
    for (uint32_t point = 0x10000; point < 0x120000; point += 13) {
        const unsigned char four[] = {
            (unsigned char)(0xf0 | point >> 18),
            (unsigned char)(0x80 | (point >> 12 & 63)),
            (unsigned char)(0x80 | (point >> 6 & 63)),
            (unsigned char)(0x80 | (point & 63))};
        assert_int_equal(text_utf8_valid_prefix(four, 4), point < 0x110000 ? 4 : 0);
    }
    for (uint32_t point = 0; point < 0x10000; point++) {
        const unsigned char three[] = {
            (unsigned char)(0xe0 | point >> 12),
            (unsigned char)(0x80 | (point >> 6 & 63)),
            (unsigned char)(0x80 | (point & 63))};
        bool valid = point >= 0x800 && (point < 0xd800 || point > 0xdfff);
        assert_int_equal(text_utf8_valid_prefix(three, 3), valid ? 3 : 0);
    }
}

/* ---- Near names ---- */

static const char *const activities[] = {"ChargeCard", "RefundPayment", "ShipOrder", "ShipOrders", "Notify"};

static const char *nearest(const char *name)
{
    return text_nearest(name, activities, COUNT_OF(activities));
}

static void a_mistyped_name_finds_its_neighbour(void **state)
{
    (void)state;
    assert_string_equal(nearest("ChargeCrad"), "ChargeCard");
    assert_string_equal(nearest("chargecard"), "ChargeCard");
    assert_string_equal(nearest("charge_card"), "ChargeCard");
    assert_string_equal(nearest("RefundPaymen"), "RefundPayment");
    assert_string_equal(nearest("XNotify"), "Notify");
}

static void the_first_of_equals_is_nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"abcd1", "abcd2"};

    assert_string_equal(nearest("ShipOrder"), "ShipOrder");
    assert_string_equal(text_nearest("abcd3", names, 2), "abcd1");
}

static void what_is_far_is_not_near(void **state)
{
    (void)state;
    static const char *const short_names[] = {"b", ""};

    assert_null(nearest("CancelSubscription"));
    assert_null(nearest(""));
    assert_null(text_nearest("a", short_names, 2));
    assert_null(text_nearest("a", NULL, 0));
}

static void names_of_any_length_are_taken(void **state)
{
    (void)state;
    char longest[129];
    char too_long[2000];
    const char *names[] = {too_long, longest};

    memset(longest, 'a', sizeof(longest) - 1);
    longest[128] = '\0';
    memset(too_long, 'a', sizeof(too_long) - 1);
    too_long[1999] = '\0';
    assert_null(text_nearest(too_long, names, 2));
    assert_ptr_equal(text_nearest(longest, names, 2), longest);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_text_is_empty),
        TEST(parts_are_put_together),
        TEST(it_grows_past_every_size),
        TEST(a_long_format_is_whole),
        TEST(room_can_be_written_to_directly),
        TEST(they_are_added_to_texts),
        cmocka_unit_test(times_are_rfc_3339),
        cmocka_unit_test(times_show_as_many_digits_as_they_need),
        cmocka_unit_test(times_before_1970_are_times_too),
        cmocka_unit_test(the_limits_of_time_have_a_text),
        cmocka_unit_test(every_date_agrees_with_the_c_library),
        cmocka_unit_test(durations_are_in_the_units_that_they_have),
        cmocka_unit_test(durations_have_fractions),
        cmocka_unit_test(short_durations_have_small_units),
        cmocka_unit_test(durations_may_be_negative_and_as_long_as_they_go),
        cmocka_unit_test(well_formed_text_is_valid),
        cmocka_unit_test(sequences_that_are_cut_are_not),
        cmocka_unit_test(sequences_that_are_too_long_for_their_character_are_not),
        cmocka_unit_test(surrogates_and_what_lies_above_unicode_are_not),
        cmocka_unit_test(every_code_point_is_judged_right),
        cmocka_unit_test(a_mistyped_name_finds_its_neighbour),
        cmocka_unit_test(the_first_of_equals_is_nearest),
        cmocka_unit_test(what_is_far_is_not_near),
        cmocka_unit_test(names_of_any_length_are_taken),
    };

    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
