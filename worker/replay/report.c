/* SPDX-License-Identifier: MIT */
#include <timelapse/report.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 64

static void put_bytes(struct tl_report *report, const char *text, size_t len)
{
    if (len > 0) {
        report->write(report->user, text, len);
    }
}

static void put(struct tl_report *report, const char *text)
{
    put_bytes(report, text, strlen(text));
}

static void put_number(struct tl_report *report, const char *before, int number, const char *behind)
{
    char text[NUMBER_SIZE];

    (void)snprintf(text, sizeof(text), "%s%d%s", before, number, behind);
    put(report, text);
}

static const char *known(const char *text)
{
    return text == NULL ? "" : text;
}

/* Bytes of the character at `text` in UTF-8; 0 when it is none, or one that neither format can hold. */
static size_t character(const unsigned char *text)
{
    static const unsigned char leads[] = {0xC2, 0xE0, 0xF0, 0xF5}; /* of two bytes, three, four, and none */
    size_t len = 1;

    if (text[0] < 0x80) {
        return (text[0] >= ' ' && text[0] != 0x7F) || text[0] == '\n' || text[0] == '\t' ? 1 : 0;
    }
    if (text[0] < leads[0] || text[0] >= leads[3]) {
        return 0;
    }
    while (text[0] >= leads[len - 1]) {
        len++;
    }
    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

/*
 * Writes the text, with what instead(byte) gives for a byte instead of it, and "?" for what is no
 * character. NULL: the byte itself.
 */
static void put_escaped(struct tl_report *report, const char *text, const char *(*instead)(char byte))
{
    while (*text != '\0') {
        size_t len = character((const unsigned char *)text);
        const char *other = len == 0 ? "?" : instead(*text);

        if (other != NULL) {
            put(report, other);
        } else {
            put_bytes(report, text, len);
        }
        text += len == 0 ? 1 : len;
    }
}

/* ---- TAP ---- */

/* Of a description: a line, in which # begins a directive. */
static const char *for_tap(char byte)
{
    switch (byte) {
    case '#':
        return "\\#";
    case '\\':
        return "\\\\";
    case '\n':
    case '\t':
        return " ";
    default:
        return NULL;
    }
}

/* Of a line behind "# ", which every reader of TAP passes over. */
static const char *for_comment(char byte)
{
    return byte == '\n' ? "\n# " : NULL;
}

static void put_comment(struct tl_report *report, const char *text)
{
    put(report, "# ");
    put_escaped(report, text, for_comment);
    put(report, "\n");
}

static void tap_test(struct tl_report *report, const struct tl_test_result *result)
{
    put(report, result->outcome == TL_TEST_FAILED ? "not ok" : "ok");
    put_number(report, " ", report->passed + report->failed + report->skipped, " - ");
    put_escaped(report, known(result->name), for_tap);
    if (result->outcome == TL_TEST_SKIPPED) {
        put(report, " # SKIP ");
        put_escaped(report, known(result->text), for_tap);
    }
    put(report, "\n");
    if (result->outcome != TL_TEST_FAILED) {
        return;
    }
    if (known(result->file)[0] != '\0') {
        put(report, "# ");
        put_escaped(report, result->file, for_tap);
        put_number(report, ":", result->line, "\n");
    }
    if (known(result->text)[0] != '\0') {
        put_comment(report, result->text);
    }
}

/* ---- JUnit ---- */

static const char *for_xml(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    default:
        return NULL;
    }
}

static const char *for_attribute(char byte)
{
    switch (byte) {
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return for_xml(byte);
    }
}

static void put_attribute(struct tl_report *report, const char *name, const char *value)
{
    put(report, " ");
    put(report, name);
    put(report, "=\"");
    put_escaped(report, value, for_attribute);
    put(report, "\"");
}

/* The first line alone: what build servers show in lists. */
static void put_message(struct tl_report *report, const char *text)
{
    char line[256];

    (void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
    put_attribute(report, "message", line);
}

static void junit_test(struct tl_report *report, const struct tl_test_result *result)
{
    char seconds[NUMBER_SIZE];

    put(report, "    <testcase");
    put_attribute(report, "classname", known(report->suite));
    put_attribute(report, "name", known(result->name));
    if (result->seconds > 0) {
        (void)snprintf(seconds, sizeof(seconds), "%.6f", result->seconds);
        put_attribute(report, "time", seconds);
    }
    if (result->outcome == TL_TEST_PASSED) {
        put(report, "/>\n");
        return;
    }
    put(report, result->outcome == TL_TEST_FAILED ? ">\n      <failure" : ">\n      <skipped");
    put_message(report, known(result->text));
    put(report, ">");
    if (result->outcome == TL_TEST_FAILED) {
        if (known(result->file)[0] != '\0') {
            put_escaped(report, result->file, for_xml);
            put_number(report, ":", result->line, "\n");
        }
        put_escaped(report, known(result->text), for_xml);
    }
    put(report, result->outcome == TL_TEST_FAILED ? "</failure>\n" : "</skipped>\n");
    put(report, "    </testcase>\n");
}

/* ---- Both ---- */

void tl_report_begin(struct tl_report *report)
{
    report->passed = 0;
    report->failed = 0;
    report->skipped = 0;
    if (report->format == TL_REPORT_TAP) {
        put(report, "TAP version 14\n");
        return;
    }
    put(report, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite");
    put_attribute(report, "name", known(report->suite));
    put(report, ">\n");
}

void tl_report_test(struct tl_report *report, const struct tl_test_result *result)
{
    report->passed += result->outcome == TL_TEST_PASSED;
    report->failed += result->outcome == TL_TEST_FAILED;
    report->skipped += result->outcome == TL_TEST_SKIPPED;
    if (report->format == TL_REPORT_TAP) {
        tap_test(report, result);
    } else {
        junit_test(report, result);
    }
}

int tl_report_end(struct tl_report *report)
{
    if (report->format == TL_REPORT_TAP) {
        put_number(report, "1..", report->passed + report->failed + report->skipped, "\n");
        put_number(report, "# ", report->passed, " passed");
        put_number(report, ", ", report->failed, " failed");
        if (report->skipped > 0) {
            put_number(report, ", ", report->skipped, " skipped");
        }
        put(report, "\n");
    } else {
        put(report, "  </testsuite>\n</testsuites>\n");
    }
    return report->failed;
}

enum tl_status tl_report_format_of(const char *name, enum tl_report_format *format)
{
    if (strcmp(name, "tap") == 0) {
        *format = TL_REPORT_TAP;
    } else if (strcmp(name, "junit") == 0) {
        *format = TL_REPORT_JUNIT;
    } else {
        return TL_INVALID_ARGUMENT;
    }
    return TL_OK;
}
