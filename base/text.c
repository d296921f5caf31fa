/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"

#define CAPACITY_FIRST 64

/* ---- The buffer ---- */

void text_init(struct text *text, struct arena *arena)
{
    *text = (struct text){.arena = arena, .data = arena_alloc(arena, CAPACITY_FIRST), .capacity = CAPACITY_FIRST};
    text->data[0] = '\0';
}

char *text_room(struct text *text, size_t more)
{
    size_t wanted;

    if (__builtin_add_overflow(text->len + 1, more, &wanted)) {
        wanted = SIZE_MAX;
    }
    if (wanted > text->capacity) {
        size_t capacity = text->capacity > SIZE_MAX / 2 || wanted > text->capacity * 2 ? wanted : text->capacity * 2;
        if (!arena_extend(text->arena, text->data, text->capacity, capacity)) {
            char *data = arena_alloc(text->arena, capacity);
            memcpy(data, text->data, text->len + 1);
            SANITIZER_CLOSE(text->data, text->capacity);
            text->data = data;
        }
        text->capacity = capacity;
    }
    return text->data + text->len;
}

void text_add_bytes(struct text *text, const void *data, size_t len)
{
    char *room = text_room(text, len);

    if (len > 0) {
        memcpy(room, data, len);
    }
    text_wrote(text, len);
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
    *text_room(text, 1) = c;
    text_wrote(text, 1);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t room = text->capacity - text->len;
    int len = vsnprintf(text->data + text->len, room, format, args);
    va_end(args);
    CHECK(len >= 0);
    if ((size_t)len >= room) {
        char *place = text_room(text, (size_t)len);
        va_start(args, format);
        (void)vsnprintf(place, (size_t)len + 1, format, args);
        va_end(args);
    }
    text->len += (size_t)len;
}

/* ---- Times and durations ---- */

#define NANOSECONDS     INT64_C(1000000000)
#define SECONDS_PER_DAY 86400
#define DAYS_PER_ERA    146097 /* 400 years */

struct date {
    int64_t year;
    int month;
    int day;
};

/*
 * The proleptic Gregorian date `days` after 1970-01-01. Years are counted from the first of March,
 * so that the leap day ends one, in eras of 400 years, of which all have the same number of days.
 */
static struct date date_of(int64_t days)
{
    int64_t shifted = days + 719468; /* from 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0: March */

    return (struct date){
        .year = year_of_era + era * 400 + (month >= 10 ? 1 : 0),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

/* ".25" for a quarter of `unit`, nothing for 0; how many characters. */
static size_t print_fraction(char *text, uint64_t part, uint64_t unit)
{
    size_t len = 0;

    if (part == 0) {
        return 0;
    }
    text[len++] = '.';
    while (part > 0) {
        part *= 10;
        text[len++] = (char)('0' + part / unit);
        part %= unit;
    }
    return len;
}

size_t text_print_time(char text[TEXT_TIME_SIZE], tl_time time)
{
    int64_t seconds = time / NANOSECONDS - (time % NANOSECONDS < 0 ? 1 : 0);
    int64_t nanoseconds = time % NANOSECONDS + (time % NANOSECONDS < 0 ? NANOSECONDS : 0);
    int64_t days = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0 ? 1 : 0);
    int second = (int)(seconds - days * SECONDS_PER_DAY);
    struct date date = date_of(days);

    int len = snprintf(
        text,
        TEXT_TIME_SIZE,
        "%04d-%02d-%02dT%02d:%02d:%02d",
        (int)date.year,
        date.month,
        date.day,
        second / 3600,
        second / 60 % 60,
        second % 60);
    size_t end = (size_t)len + print_fraction(text + len, (uint64_t)nanoseconds, (uint64_t)NANOSECONDS);
    text[end++] = 'Z';
    text[end] = '\0';
    return end;
}

static size_t print_count(char *text, uint64_t count, const char *unit)
{
    if (count == 0) {
        return 0;
    }
    return (size_t)sprintf(text, "%" PRIu64 "%s", count, unit);
}

/* Below a second the largest unit that it has one of. */
static size_t print_short(char *text, uint64_t nanoseconds)
{
    static const struct {
        uint64_t unit;
        const char *name;
    } units[] = {{1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    size_t i = 0;

    while (nanoseconds < units[i].unit) {
        i++;
    }
    size_t len = (size_t)sprintf(text, "%" PRIu64, nanoseconds / units[i].unit);
    len += print_fraction(text + len, nanoseconds % units[i].unit, units[i].unit);
    return len + (size_t)sprintf(text + len, "%s", units[i].name);
}

static size_t print_long(char *text, uint64_t nanoseconds)
{
    uint64_t seconds = nanoseconds / (uint64_t)NANOSECONDS;
    uint64_t fraction = nanoseconds % (uint64_t)NANOSECONDS;
    size_t len = print_count(text, seconds / SECONDS_PER_DAY, "d");

    len += print_count(text + len, seconds / 3600 % 24, "h");
    len += print_count(text + len, seconds / 60 % 60, "m");
    if (seconds % 60 > 0 || fraction > 0) {
        len += (size_t)sprintf(text + len, "%" PRIu64, seconds % 60);
        len += print_fraction(text + len, fraction, (uint64_t)NANOSECONDS);
        len += (size_t)sprintf(text + len, "s");
    }
    return len;
}

size_t text_print_duration(char text[TEXT_DURATION_SIZE], tl_duration duration)
{
    uint64_t nanoseconds = duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
    size_t len = 0;

    if (duration == 0) {
        return (size_t)sprintf(text, "0s");
    }
    if (duration < 0) {
        text[len++] = '-';
    }
    return len + (nanoseconds < (uint64_t)NANOSECONDS ? print_short(text + len, nanoseconds)
                                                      : print_long(text + len, nanoseconds));
}

void text_add_time(struct text *text, tl_time time)
{
    text_wrote(text, text_print_time(text_room(text, TEXT_TIME_SIZE), time));
}

void text_add_duration(struct text *text, tl_duration duration)
{
    text_wrote(text, text_print_duration(text_room(text, TEXT_DURATION_SIZE), duration));
}

/* ---- UTF-8 ---- */

/*
 * The length of the sequence at `at`, 0 when it is not well-formed: too long for its character,
 * a surrogate, above U+10FFFF, or cut (Unicode, table 3-7).
 */
static size_t sequence_len(const unsigned char *at, size_t len)
{
    unsigned char lowest = 0x80;
    unsigned char highest = 0xBF;
    size_t wanted;

    if (at[0] < 0x80) {
        return 1;
    }
    if (at[0] >= 0xC2 && at[0] <= 0xDF) {
        wanted = 2;
    } else if (at[0] >= 0xE0 && at[0] <= 0xEF) {
        wanted = 3;
        lowest = at[0] == 0xE0 ? 0xA0 : lowest;
        highest = at[0] == 0xED ? 0x9F : highest;
    } else if (at[0] >= 0xF0 && at[0] <= 0xF4) {
        wanted = 4;
        lowest = at[0] == 0xF0 ? 0x90 : lowest;
        highest = at[0] == 0xF4 ? 0x8F : highest;
    } else {
        return 0;
    }
    if (len < wanted || at[1] < lowest || at[1] > highest) {
        return 0;
    }
    for (size_t i = 2; i < wanted; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return wanted;
}

size_t text_utf8_valid_prefix(const void *data, size_t len)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    const unsigned char *bytes = data;
    size_t at = 0;

    while (at < len) {
        uint64_t word;
        while (len - at >= sizeof(word) && (memcpy(&word, bytes + at, sizeof(word)), (word & high_bits) == 0)) {
            at += sizeof(word);
        }
        if (at == len) {
            break;
        }
        size_t sequence = sequence_len(bytes + at, len - at);
        if (sequence == 0) {
            break;
        }
        at += sequence;
    }
    return at;
}

/* ---- Near names ---- */

/* Longer names are not compared: nobody mistypes those by hand. */
#define NAME_MAX_LEN 128

static bool same_letter(char left, char right)
{
    return tolower((unsigned char)left) == tolower((unsigned char)right);
}

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Row `i` of the table of distances between prefixes, from the two rows before it. */
static void
fill_row(size_t *row, const size_t *last, const size_t *last_but_one, const char *left, size_t i, const char *right)
{
    row[0] = i;
    for (size_t j = 1; right[j - 1] != '\0'; j++) {
        size_t change = last[j - 1] + (same_letter(left[i - 1], right[j - 1]) ? 0 : 1);
        row[j] = least(change, 1 + least(last[j], row[j - 1]));
        if (i > 1 && j > 1 && same_letter(left[i - 1], right[j - 2]) && same_letter(left[i - 2], right[j - 1])) {
            row[j] = least(row[j], last_but_one[j - 2] + 1);
        }
    }
}

/* Changed, missing, additional and swapped letters between two names of at most NAME_MAX_LEN. */
static size_t distance(const char *left, const char *right)
{
    size_t rows[3][NAME_MAX_LEN + 1];
    size_t i = 0;

    for (size_t j = 0; j <= NAME_MAX_LEN; j++) {
        rows[0][j] = j;
        rows[2][j] = j;
    }
    while (left[i] != '\0') {
        i++;
        fill_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], left, i, right);
    }
    return rows[i % 3][strlen(right)];
}

const char *text_nearest(const char *name, const char *const *candidates, size_t count)
{
    size_t len = strlen(name);
    size_t limit = (len + 2) / 3 + 1;
    const char *nearest = NULL;

    if (len > NAME_MAX_LEN) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (strlen(candidates[i]) > NAME_MAX_LEN) {
            continue;
        }
        size_t far = distance(name, candidates[i]);
        if (far < limit && far < len) {
            limit = far;
            nearest = candidates[i];
        }
    }
    return nearest;
}
