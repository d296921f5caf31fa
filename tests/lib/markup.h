/* SPDX-License-Identifier: MIT */
/* Whether reports can be read by machines: parsers that take nothing but what the formats allow. */
#ifndef TIMELAPSE_TESTS_LIB_MARKUP_H
#define TIMELAPSE_TESTS_LIB_MARKUP_H

struct markup_count {
    int tests;
    int failed;
    int skipped;
};

/*
 * NULL, or where the text breaks the rules. TAP: a plan that counts the tests, numbers without a gap,
 * comments. XML: elements that nest, attributes in quotes, entities, sections of characters, UTF-8 without controls;
 * counted are testcase, failure and skipped.
 */
const char *markup_check_tap(const char *text, struct markup_count *count);
const char *markup_check_xml(const char *text, struct markup_count *count);

#endif
