/* SPDX-License-Identifier: MIT */
#include "model/json_time.h"

#include <stdio.h>
#include <string.h>

#define SECONDS_A_DAY 86400
#define NANOSECONDS   1000000000

struct cursor {
    const char *at;
    const char *end;
};

/* Exactly `count` digits. */
static bool digits(struct cursor *cursor, int count, int *out)
{
    int value = 0;

    if (cursor->end - cursor->at < count) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)cursor->at[i] - '0';

        if (digit > 9) {
            return false;
        }
        value = value * 10 + (int)digit;
    }
    cursor->at += count;
    *out = value;
    return true;
}

static bool take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c) {
        return false;
    }
    cursor->at++;
    return true;
}

/* ".25" as nanoseconds; nothing is 0. One to nine digits. */
static bool fraction(struct cursor *cursor, int32_t *out)
{
    int32_t value = 0;
    int32_t unit = NANOSECONDS;
    int digit;

    *out = 0;
    if (!take(cursor, '.')) {
        return true;
    }
    while (unit > 1 && digits(cursor, 1, &digit)) {
        unit /= 10;
        value += digit * unit;
    }
    *out = value;
    return unit < NANOSECONDS;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01, years counted from March so that leap days come last. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t from_march = month > 2 ? month - 3 : month + 9;
    int64_t y = year - (month <= 2);
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static bool parse_date(struct cursor *cursor, int64_t *out_seconds)
{
    int year;
    int month;
    int day;

    if (!digits(cursor, 4, &year) || !take(cursor, '-') || !digits(cursor, 2, &month) || !take(cursor, '-') ||
        !digits(cursor, 2, &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    *out_seconds = days_from_date(year, month, day) * SECONDS_A_DAY;
    return true;
}

static bool parse_clock(struct cursor *cursor, int64_t *out_seconds)
{
    int hour;
    int minute;
    int second;

    if (!digits(cursor, 2, &hour) || !take(cursor, ':') || !digits(cursor, 2, &minute) || !take(cursor, ':') ||
        !digits(cursor, 2, &second)) {
        return false;
    }
    *out_seconds = (hour * 60 + minute) * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

/* Z, or an offset that is to be subtracted. */
static bool parse_zone(struct cursor *cursor, int64_t *out_seconds)
{
    int hour;
    int minute;

    if (take(cursor, 'Z') || take(cursor, 'z')) {
        *out_seconds = 0;
        return true;
    }
    bool west = take(cursor, '-');

    if ((!west && !take(cursor, '+')) || !digits(cursor, 2, &hour) || !take(cursor, ':') ||
        !digits(cursor, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    *out_seconds = (hour * INT64_C(60) + minute) * (west ? -60 : 60);
    return true;
}

bool json_time_parse(const char *text, size_t len, int64_t *out_seconds, int32_t *out_nanos)
{
    struct cursor cursor = {text, text + len};
    int64_t date;
    int64_t clock;
    int64_t zone;
    int32_t nanos;

    if (!parse_date(&cursor, &date) || (!take(&cursor, 'T') && !take(&cursor, 't')) || !parse_clock(&cursor, &clock) ||
        !fraction(&cursor, &nanos) || !parse_zone(&cursor, &zone) || cursor.at != cursor.end) {
        return false;
    }
    int64_t seconds = date + clock - zone;

    if (seconds < JSON_TIME_MIN || seconds > JSON_TIME_MAX) {
        return false;
    }
    *out_seconds = seconds;
    *out_nanos = nanos;
    return true;
}

bool json_duration_parse(const char *text, size_t len, int64_t *out_seconds, int32_t *out_nanos)
{
    struct cursor cursor = {text, text + len};
    bool negative = take(&cursor, '-');
    int64_t seconds = 0;
    int32_t nanos;
    int digit;

    const char *first = cursor.at;

    while (seconds <= JSON_DURATION_MAX && digits(&cursor, 1, &digit)) {
        seconds = seconds * 10 + digit;
    }
    if (cursor.at == first || !fraction(&cursor, &nanos) || !take(&cursor, 's') || cursor.at != cursor.end ||
        seconds > JSON_DURATION_MAX) {
        return false;
    }
    *out_seconds = negative ? -seconds : seconds;
    *out_nanos = negative ? -nanos : nanos;
    return true;
}

/* Two digits, which is what most of a time is made of. */
static char *put2(char *to, unsigned value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
    return to + 2;
}

/* Whole groups of three digits, as many as say it exactly. */
static char *put_fraction(char *to, uint32_t nanos)
{
    unsigned count = 9;

    if (nanos == 0) {
        return to;
    }
    while (nanos % 1000 == 0) {
        nanos /= 1000;
        count -= 3;
    }
    *to = '.';
    for (unsigned i = count; i > 0; i--) {
        to[i] = (char)('0' + nanos % 10);
        nanos /= 10;
    }
    return to + 1 + count;
}

/* The date `days` after 1970-01-01, which lies in the years 1 to 9999. */
static char *put_date(char *to, int64_t days)
{
    unsigned shifted = (unsigned)(days + 719468);
    unsigned era = shifted / 146097;
    unsigned day_of_era = shifted % 146097;
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned from_march = (5 * day_of_year + 2) / 153;
    unsigned month = from_march < 10 ? from_march + 3 : from_march - 9;
    unsigned year = era * 400 + year_of_era + (month <= 2);

    to = put2(put2(to, year / 100), year % 100);
    *to++ = '-';
    to = put2(to, month);
    *to++ = '-';
    return put2(to, day_of_year - (153 * from_march + 2) / 5 + 1);
}

size_t json_time_print(int64_t seconds, int32_t nanos, char text[JSON_TIME_SIZE])
{
    if (seconds < JSON_TIME_MIN || seconds > JSON_TIME_MAX || nanos < 0 || nanos >= NANOSECONDS) {
        return 0;
    }
    /* Counted from the year 1, so that division rounds down. */
    int64_t from_start = seconds - JSON_TIME_MIN;
    unsigned clock = (unsigned)(from_start % SECONDS_A_DAY);
    char *to = put_date(text, from_start / SECONDS_A_DAY + JSON_TIME_MIN / SECONDS_A_DAY);

    *to++ = 'T';
    to = put2(to, clock / 3600);
    *to++ = ':';
    to = put2(to, clock / 60 % 60);
    *to++ = ':';
    to = put_fraction(put2(to, clock % 60), (uint32_t)nanos);
    *to++ = 'Z';
    return (size_t)(to - text);
}

size_t json_duration_print(int64_t seconds, int32_t nanos, char text[JSON_TIME_SIZE])
{
    bool negative = seconds < 0 || nanos < 0;

    if (seconds < -JSON_DURATION_MAX || seconds > JSON_DURATION_MAX || nanos <= -NANOSECONDS || nanos >= NANOSECONDS ||
        (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) {
        return 0;
    }
    char *to = text;

    if (negative) {
        *to++ = '-';
    }
    to += snprintf(to, JSON_TIME_SIZE - 1, "%lld", (long long)(negative ? -seconds : seconds));
    to = put_fraction(to, (uint32_t)(negative ? -nanos : nanos));
    *to++ = 's';
    return (size_t)(to - text);
}
