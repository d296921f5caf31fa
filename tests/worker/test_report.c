/* SPDX-License-Identifier: MIT */
/* Reports for build servers: whatever stands in names and texts, they can be read. */
#include <timelapse/report.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/markup.h"

/* Directives, ends of sections, controls, what is no UTF-8: too short, too long, cut. */
#define HOSTILE "a # SKIP <b> & \"c\" ]]> \\ '\x01\x7f\xc3\xa4\xff\xc3(\xe2\x82"

static char written[16 * 1024];

static void keep(void *user, const char *text, size_t len)
{
    size_t *total = user;

    assert_true(*total + len < sizeof written);
    memcpy(written + *total, text, len);
    *total += len;
    written[*total] = '\0';
}

static const struct tl_test_result results[] = {
    {.name = "passes", .outcome = TL_TEST_PASSED},
    {.name = HOSTILE,
     .outcome = TL_TEST_FAILED,
     .text = "one\nnot ok 7 - " HOSTILE "\n\nthree",
     .file = "a.c",
     .line = 3},
    {.name = "skipped", .outcome = TL_TEST_SKIPPED, .text = "no " HOSTILE, .seconds = 0.25},
    {.name = "without words", .outcome = TL_TEST_FAILED},
    {.outcome = TL_TEST_PASSED},
};

static int write_all(enum tl_report_format format, size_t count)
{
    size_t len = 0;
    struct tl_report report = {.format = format, .suite = "suite " HOSTILE, .write = keep, .user = &len};

    written[0] = '\0';
    tl_report_begin(&report);
    for (size_t i = 0; i < count; i++) {
        tl_report_test(&report, &results[i]);
    }
    return tl_report_end(&report);
}

static void assert_counted(const char *fault, const struct markup_count *count)
{
    if (fault != NULL) {
        fail_msg("not well-formed at: %s\nin: %s", fault, written);
    }
    assert_int_equal(count->tests, 5);
    assert_int_equal(count->failed, 2);
    assert_int_equal(count->skipped, 1);
}

static void tap_can_be_read(void **state)
{
    struct markup_count count;

    (void)state;
    assert_int_equal(write_all(TL_REPORT_TAP, 5), 2);
    assert_counted(markup_check_tap(written, &count), &count);
    assert_non_null(strstr(written, "\nok 1 - passes\n"));
    assert_non_null(strstr(
        written,
        "not ok 2 - a \\# SKIP <b> & \"c\" ]]> \\\\ '?"
        "?\xc3\xa4?"
        "?(?"
        "?\n# a.c:3\n# one\n"));
    assert_non_null(strstr(written, "\n1..5\n# 2 passed, 2 failed, 1 skipped\n"));
}

static void junit_can_be_read(void **state)
{
    struct markup_count count;

    (void)state;
    assert_int_equal(write_all(TL_REPORT_JUNIT, 5), 2);
    assert_counted(markup_check_xml(written, &count), &count);
    assert_non_null(strstr(
        written,
        "name=\"a # SKIP &lt;b&gt; &amp; &quot;c&quot; ]]&gt; \\ '?"
        "?\xc3\xa4?"
        "?(?"
        "?\""));
    assert_non_null(strstr(written, "<failure message=\"one\">a.c:3\none\n"));
    assert_non_null(strstr(written, "time=\"0.250000\""));
}

static void nothing_run_is_well_formed_too(void **state)
{
    struct markup_count count;

    (void)state;
    assert_int_equal(write_all(TL_REPORT_TAP, 0), 0);
    assert_null(markup_check_tap(written, &count));
    assert_int_equal(write_all(TL_REPORT_JUNIT, 0), 0);
    assert_null(markup_check_xml(written, &count));
}

static void formats_have_names(void **state)
{
    enum tl_report_format format = TL_REPORT_TAP;

    (void)state;
    assert_int_equal(tl_report_format_of("junit", &format), TL_OK);
    assert_int_equal(format, TL_REPORT_JUNIT);
    assert_int_equal(tl_report_format_of("xml", &format), TL_INVALID_ARGUMENT);
    assert_int_equal(format, TL_REPORT_JUNIT);
    assert_int_equal(tl_report_format_of("tap", &format), TL_OK);
    assert_int_equal(format, TL_REPORT_TAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tap_can_be_read),
        cmocka_unit_test(junit_can_be_read),
        cmocka_unit_test(nothing_run_is_well_formed_too),
        cmocka_unit_test(formats_have_names),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
