/* SPDX-License-Identifier: MIT */
/* A growing text buffer in an arena; always NUL-terminated. */
#ifndef TIMELAPSE_BASE_TEXT_H
#define TIMELAPSE_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <timelapse/payload.h>
#include <timelapse/time.h>

struct arena;

struct text {
    struct arena *arena;
    char *data;
    size_t len;
    size_t capacity;
};

void text_init(struct text *text, struct arena *arena);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *data, size_t len);
void text_add_char(struct text *text, char c);
void text_format(struct text *text, const char *format, ...) TL_PRINTF(2, 3);

/* Makes room for `more` bytes and returns where to write them; text_wrote says how many were written. */
char *text_room(struct text *text, size_t more);
static inline void text_wrote(struct text *text, size_t len)
{
    text->len += len;
    text->data[text->len] = '\0';
}

/* Sizes that hold every time and every duration. */
#define TEXT_TIME_SIZE     32
#define TEXT_DURATION_SIZE 32

/* "2020-01-01T00:00:00Z" with as many digits of a second as needed; "30d", "1h30m", "2.5s", "300ms". */
void text_add_time(struct text *text, tl_time time);
void text_add_duration(struct text *text, tl_duration duration);

/* The same into the caller's storage; how many characters. */
size_t text_print_time(char text[TEXT_TIME_SIZE], tl_time time);
size_t text_print_duration(char text[TEXT_DURATION_SIZE], tl_duration duration);

/* The length of the longest prefix that is well-formed UTF-8: `len`, or the offset of the first bad sequence. */
size_t text_utf8_valid_prefix(const void *data, size_t len);

/*
 * The candidate nearest to `name` by edit distance (case aside; swapped neighbours are one edit),
 * or NULL when none is within a third of its length: for "did you mean". The first of equals.
 */
const char *text_nearest(const char *name, const char *const *candidates, size_t count);

#endif
