/* SPDX-License-Identifier: MIT */
#include "sim/env/report_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY     ((size_t)512)
#define NANOS_PER_SECOND   INT64_C(1000000000)
#define NANOS_PER_MILLI    INT64_C(1000000)
#define SECONDS_PER_DAY    INT64_C(86400)
#define DAYS_TO_1970       INT64_C(719468) /* from 0000-03-01 */
#define DAYS_PER_400_YEARS INT64_C(146097)

void report_text_init(struct report_text *text, const struct tl_allocator *allocator)
{
    *text = (struct report_text){.allocator = allocator};
}

void report_text_done(struct report_text *text)
{
    if (text->data != NULL) {
        text->allocator->free(text->allocator->user, text->data, text->capacity);
    }
    report_text_init(text, text->allocator);
}

void report_text_reset(struct report_text *text)
{
    text->len = 0;
    text->cut = 0;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

const char *report_text_get(const struct report_text *text)
{
    return text->data == NULL ? "" : text->data;
}

/* Room for `more` bytes and a NUL; 0 when there is no memory. */
static int make_room(struct report_text *text, size_t more)
{
    size_t wanted = text->len + more + 1;
    size_t capacity = text->capacity == 0 ? FIRST_CAPACITY : text->capacity;

    if (wanted <= text->capacity) {
        return 1;
    }
    while (capacity < wanted) {
        capacity *= 2;
    }
    char *data = text->allocator->alloc(text->allocator->user, capacity);
    if (data == NULL) {
        text->cut = 1;
        return 0;
    }
    if (text->data != NULL) {
        memcpy(data, text->data, text->len);
        text->allocator->free(text->allocator->user, text->data, text->capacity);
    }
    data[text->len] = '\0';
    text->data = data;
    text->capacity = capacity;
    return 1;
}

void report_text_add_bytes(struct report_text *text, const char *data, size_t len)
{
    if (len != 0 && make_room(text, len)) {
        memcpy(text->data + text->len, data, len);
        text->len += len;
        text->data[text->len] = '\0';
    }
}

void report_text_add(struct report_text *text, const char *string)
{
    report_text_add_bytes(text, string, strlen(string));
}

void report_text_vformat(struct report_text *text, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len > 0 && make_room(text, (size_t)len)) {
        vsnprintf(text->data + text->len, (size_t)len + 1, format, again);
        text->len += (size_t)len;
    }
    va_end(again);
}

void report_text_format(struct report_text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report_text_vformat(text, format, args);
    va_end(args);
}

void report_text_add_lines(struct report_text *text, const char *string, int indent)
{
    while (*string != '\0') {
        size_t len = strcspn(string, "\n");

        report_text_format(text, "%*s", len == 0 ? 0 : indent, "");
        report_text_add_bytes(text, string, len);
        report_text_add(text, "\n");
        string += len + (string[len] == '\n');
    }
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* The proleptic Gregorian date of a day counted from 1970-01-01, with years that begin in March. */
static void civil_date(int64_t day, int64_t *year, int *month, int *day_of_month)
{
    int64_t shifted = day + DAYS_TO_1970;
    int64_t era = floor_divide(shifted, DAYS_PER_400_YEARS);
    int64_t in_era = shifted - era * DAYS_PER_400_YEARS;
    int64_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * in_year + 2) / 153;

    *day_of_month = (int)(in_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* ".25", as many digits as are needed of nine; nothing for 0. */
static void add_fraction(struct report_text *text, int64_t nanoseconds)
{
    char digits[16];

    if (nanoseconds == 0) {
        return;
    }
    int len = snprintf(digits, sizeof digits, ".%09" PRId64, nanoseconds);
    while (digits[len - 1] == '0') {
        len -= 1;
    }
    report_text_add_bytes(text, digits, (size_t)len);
}

void report_text_add_time(struct report_text *text, tl_time time)
{
    int64_t seconds = floor_divide(time, NANOS_PER_SECOND);
    int64_t day = floor_divide(seconds, SECONDS_PER_DAY);
    int in_day = (int)(seconds - day * SECONDS_PER_DAY);
    int64_t year;
    int month;
    int day_of_month;

    civil_date(day, &year, &month, &day_of_month);
    report_text_format(
        text,
        "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d",
        year,
        month,
        day_of_month,
        in_day / 3600,
        in_day / 60 % 60,
        in_day % 60);
    add_fraction(text, time - seconds * NANOS_PER_SECOND);
    report_text_add(text, "Z");
}

/* "90" and "m" when there are any. */
static void add_unit(struct report_text *text, int64_t count, const char *unit)
{
    if (count != 0) {
        report_text_format(text, "%" PRId64 "%s", count, unit);
    }
}

void report_text_add_duration(struct report_text *text, tl_duration duration)
{
    int64_t seconds = duration / NANOS_PER_SECOND;
    int64_t rest = duration % NANOS_PER_SECOND;

    if (duration < 0) {
        report_text_add(text, "-");
        seconds = -seconds;
        rest = -rest;
    }
    if (seconds == 0 && rest != 0 && rest % NANOS_PER_MILLI == 0) {
        add_unit(text, rest / NANOS_PER_MILLI, "ms");
        return;
    }
    add_unit(text, seconds / SECONDS_PER_DAY, "d");
    add_unit(text, seconds / 3600 % 24, "h");
    add_unit(text, seconds / 60 % 60, "m");
    if (seconds % 60 != 0 || rest != 0 || seconds == 0) {
        report_text_format(text, "%" PRId64, seconds % 60);
        add_fraction(text, rest);
        report_text_add(text, "s");
    }
}
