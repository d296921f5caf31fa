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

/* "2020-01-01T00:00:00Z" with as many digits of a second as needed; "30d", "1h30m", "2.5s", "300ms". */
void text_add_time(struct text *text, tl_time time);
void text_add_duration(struct text *text, tl_duration duration);

/* Whether bytes are well-formed UTF-8; the offset of the first bad byte, or len. */
size_t text_utf8_valid_prefix(const void *data, size_t len);

/*
 * The candidate nearest to `name` by edit distance, or NULL when none is near: for "did you mean".
 */
const char *text_nearest(const char *name, const char *const *candidates, size_t count);

#endif
