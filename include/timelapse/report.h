/* SPDX-License-Identifier: MIT */
/*
 * What tests found, as build servers read it: TAP (version 14) or JUnit's XML. For runners of one's
 * own; tl_test_main and tl_replay_main write theirs with it. Each test is written as it ends, whatever bytes
 * its name and text have; nothing is allocated.
 */
#ifndef TIMELAPSE_REPORT_H
#define TIMELAPSE_REPORT_H

#include <stddef.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tl_report_format {
    TL_REPORT_TAP,
    TL_REPORT_JUNIT
};

enum tl_test_outcome {
    TL_TEST_PASSED,
    TL_TEST_FAILED,
    TL_TEST_SKIPPED
};

/* One test. Strings are borrowed for the call; NULL counts as "". */
struct tl_test_result {
    const char *name;
    enum tl_test_outcome outcome;
    const char *text; /* why it failed, or was skipped; several lines are possible */
    const char *file; /* where; "": nowhere */
    int line;
    double seconds; /* that it took; 0: not told */
};

/* A report under way: the members up to `user` are the caller's, the others begin as 0 and may be read. */
struct tl_report {
    enum tl_report_format format;
    const char *suite; /* borrowed until tl_report_end */
    void (*write)(void *user, const char *text, size_t len);
    void *user;
    int passed;
    int failed;
    int skipped;
};

/* In this order; any number of tests. tl_report_end returns how many failed. */
TL_API void tl_report_begin(struct tl_report *report);
TL_API void tl_report_test(struct tl_report *report, const struct tl_test_result *result);
TL_API int tl_report_end(struct tl_report *report);

/* "tap" or "junit"; TL_INVALID_ARGUMENT for anything else, *format as it was. */
TL_API TL_MUST_CHECK enum tl_status tl_report_format_of(const char *name, enum tl_report_format *format);

#ifdef __cplusplus
}
#endif
#endif
