/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/env/memory.h"
#include "sim/env/report_text.h"

static struct env_memory memory;
static struct report_text text;

static int setup(void **state)
{
    (void)state;
    env_memory_init(&memory, NULL);
    report_text_init(&text, &memory.allocator);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    report_text_done(&text);
    env_memory_done(&memory);
    return 0;
}

static void an_empty_text_is_a_string(void **state)
{
    (void)state;
    assert_string_equal(report_text_get(&text), "");
    report_text_add(&text, "");
    assert_string_equal(report_text_get(&text), "");
}

static void it_grows_beyond_its_first_memory(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        report_text_format(&text, "%04d", i);
    }
    assert_int_equal(text.len, 4000);
    assert_memory_equal(report_text_get(&text), "000000010002", 12);
    assert_memory_equal(report_text_get(&text) + 3996, "0999", 5);
}

static void resetting_keeps_nothing_of_the_text(void **state)
{
    (void)state;
    report_text_add(&text, "old");
    report_text_reset(&text);
    assert_string_equal(report_text_get(&text), "");
    report_text_add(&text, "new");
    assert_string_equal(report_text_get(&text), "new");
}

static void lines_are_indented_and_ended(void **state)
{
    (void)state;
    report_text_add_lines(&text, "one\n\ntwo", 2);
    assert_string_equal(report_text_get(&text), "  one\n\n  two\n");
}

static void *no_memory(void *user, size_t size)
{
    (void)user;
    (void)size;
    return NULL;
}

static void free_nothing(void *user, void *block, size_t size)
{
    (void)user;
    (void)block;
    (void)size;
}

static void without_memory_the_text_is_cut_short(void **state)
{
    static const struct tl_allocator poor = {.alloc = no_memory, .free = free_nothing};
    struct report_text cut;

    (void)state;
    report_text_init(&cut, &poor);
    report_text_add(&cut, "lost");
    report_text_format(&cut, "%s", "lost too");
    assert_string_equal(report_text_get(&cut), "");
    report_text_done(&cut);
}

static void assert_time(tl_time time, const char *expected)
{
    report_text_reset(&text);
    report_text_add_time(&text, time);
    assert_string_equal(report_text_get(&text), expected);
}

static void times_are_dates(void **state)
{
    (void)state;
    assert_time(0, "1970-01-01T00:00:00Z");
    assert_time(TL_SECONDS(1577836800), "2020-01-01T00:00:00Z");
    assert_time(TL_SECONDS(951782399), "2000-02-28T23:59:59Z");
    assert_time(TL_SECONDS(951782400), "2000-02-29T00:00:00Z");
    assert_time(TL_SECONDS(4107542400), "2100-03-01T00:00:00Z");
    assert_time(TL_MILLISECONDS(1500), "1970-01-01T00:00:01.5Z");
    assert_time(1, "1970-01-01T00:00:00.000000001Z");
    assert_time(-1, "1969-12-31T23:59:59.999999999Z");
}

static void assert_duration(tl_duration duration, const char *expected)
{
    report_text_reset(&text);
    report_text_add_duration(&text, duration);
    assert_string_equal(report_text_get(&text), expected);
}

static void durations_are_short(void **state)
{
    (void)state;
    assert_duration(0, "0s");
    assert_duration(TL_DAYS(30), "30d");
    assert_duration(TL_MINUTES(90), "1h30m");
    assert_duration(TL_SECONDS(61), "1m1s");
    assert_duration(TL_MILLISECONDS(300), "300ms");
    assert_duration(TL_MILLISECONDS(2500), "2.5s");
    assert_duration(1, "0.000000001s");
    assert_duration(-TL_SECONDS(5), "-5s");
}

#define TEXT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXT_TEST(an_empty_text_is_a_string),
        TEXT_TEST(it_grows_beyond_its_first_memory),
        TEXT_TEST(resetting_keeps_nothing_of_the_text),
        TEXT_TEST(lines_are_indented_and_ended),
        TEXT_TEST(without_memory_the_text_is_cut_short),
        TEXT_TEST(times_are_dates),
        TEXT_TEST(durations_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
