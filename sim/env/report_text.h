/* SPDX-License-Identifier: MIT */
/*
 * A growing text for reports. It never fails loudly: when memory runs out it keeps what it has,
 * for a report that is cut short is better than none; whoever needs the whole of it asks.
 */
#ifndef TIMELAPSE_SIM_ENV_REPORT_TEXT_H
#define TIMELAPSE_SIM_ENV_REPORT_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <timelapse/allocator.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

struct report_text {
    const struct tl_allocator *allocator; /* borrowed */
    char *data;                           /* NUL-terminated once something was added */
    size_t len;
    size_t capacity;
    int cut; /* memory ran out: something is missing */
};

void report_text_init(struct report_text *text, const struct tl_allocator *allocator);
void report_text_done(struct report_text *text);

/* Empties it, keeping its memory. */
void report_text_reset(struct report_text *text);

/* The text, "" when empty. Borrowed until it changes. */
const char *report_text_get(const struct report_text *text);

void report_text_add(struct report_text *text, const char *string);
void report_text_add_bytes(struct report_text *text, const char *data, size_t len);
void report_text_format(struct report_text *text, const char *format, ...) TL_PRINTF(2, 3);
void report_text_vformat(struct report_text *text, const char *format, va_list args) TL_PRINTF(2, 0);

/* Every line of `string` behind `indent` spaces, with a line feed at the end. */
void report_text_add_lines(struct report_text *text, const char *string, int indent);

/* "2020-01-31T00:00:00Z", with milliseconds or nanoseconds where there are any. */
void report_text_add_time(struct report_text *text, tl_time time);

/* "30d", "1h30m", "2.5s", "300ms", "0s". */
void report_text_add_duration(struct report_text *text, tl_duration duration);

#endif
