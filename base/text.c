/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <ctype.h>
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

/* At least `width` digits, filled with zeros; how many characters. */
static size_t print_number(char *text, uint64_t number, size_t width)
{
    char digits[20];
    size_t count = 0;
    size_t len = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (len + count < width) {
        text[len++] = '0';
    }
    while (count > 0) {
        text[len++] = digits[--count];
    }
    return len;
}

/* The number and what follows it. */
static size_t print_part(char *text, uint64_t number, size_t width, const char *after)
{
    size_t len = print_number(text, number, width);

    while (*after != '\0') {
        text[len++] = *after++;
    }
    return len;
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
    uint64_t second = (uint64_t)(seconds - days * SECONDS_PER_DAY);
    struct date date = date_of(days);
    size_t len = print_part(text, (uint64_t)date.year, 4, "-");

    len += print_part(text + len, (uint64_t)date.month, 2, "-");
    len += print_part(text + len, (uint64_t)date.day, 2, "T");
    len += print_part(text + len, second / 3600, 2, ":");
    len += print_part(text + len, second / 60 % 60, 2, ":");
    len += print_number(text + len, second % 60, 2);
    len += print_fraction(text + len, (uint64_t)nanoseconds, (uint64_t)NANOSECONDS);
    text[len++] = 'Z';
    text[len] = '\0';
    return len;
}

/* Below a second: the largest unit that it has one of. */
static size_t print_short(char *text, uint64_t nanoseconds)
{
    bool millis = nanoseconds >= 1000000;
    bool micros = nanoseconds >= 1000;
    uint64_t unit = millis ? 1000000 : micros ? 1000 : 1;
    const char *name = millis ? "ms" : micros ? "us" : "ns";
    size_t len = print_number(text, nanoseconds / unit, 1);

    len += print_fraction(text + len, nanoseconds % unit, unit);
    text[len++] = name[0];
    text[len++] = name[1];
    return len;
}

static size_t print_long(char *text, uint64_t nanoseconds)
{
    uint64_t seconds = nanoseconds / (uint64_t)NANOSECONDS;
    uint64_t fraction = nanoseconds % (uint64_t)NANOSECONDS;
    const struct {
        uint64_t count;
        const char *unit;
    } parts[] = {{seconds / SECONDS_PER_DAY, "d"}, {seconds / 3600 % 24, "h"}, {seconds / 60 % 60, "m"}};
    size_t len = 0;

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        len += parts[i].count > 0 ? print_part(text + len, parts[i].count, 1, parts[i].unit) : 0;
    }
    if (seconds % 60 > 0 || fraction > 0) {
        len += print_number(text + len, seconds % 60, 1);
        len += print_fraction(text + len, fraction, (uint64_t)NANOSECONDS);
        text[len++] = 's';
    }
    return len;
}

size_t text_print_duration(char text[TEXT_DURATION_SIZE], tl_duration duration)
{
    uint64_t nanoseconds = duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
    size_t len = 0;

    if (duration < 0) {
        text[len++] = '-';
    }
    if (nanoseconds == 0) {
        len += print_part(text, 0, 1, "s");
    } else if (nanoseconds < (uint64_t)NANOSECONDS) {
        len += print_short(text + len, nanoseconds);
    } else {
        len += print_long(text + len, nanoseconds);
    }
    text[len] = '\0';
    return len;
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

/* Unicode, table 3-7: what may follow a first byte, so that nothing is too long, a surrogate or above U+10FFFF. */
static const struct {
    unsigned char first;
    unsigned char last;
    unsigned char len;
    unsigned char second_first;
    unsigned char second_last;
} sequences[] = {
    {0x00, 0x7F, 1, 0x00, 0x00},
    {0xC2, 0xDF, 2, 0x80, 0xBF},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
};

/* The length of the sequence at `at`, 0 when it is not well-formed or cut. */
static size_t sequence_len(const unsigned char *at, size_t len)
{
    size_t row = 0;

    while (row < COUNT_OF(sequences) && at[0] > sequences[row].last) {
        row++;
    }
    if (row == COUNT_OF(sequences) || at[0] < sequences[row].first || len < sequences[row].len) {
        return 0;
    }
    if (sequences[row].len > 1 && (at[1] < sequences[row].second_first || at[1] > sequences[row].second_last)) {
        return 0;
    }
    for (size_t i = 2; i < sequences[row].len; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return sequences[row].len;
}

static uint64_t load(const unsigned char *bytes, size_t size)
{
    uint64_t word = 0;

    memcpy(&word, bytes, size);
    return word;
}

/* What nearly all strings are. Eight bytes at a time; the last ones may be looked at twice. */
static bool is_ascii(const unsigned char *bytes, size_t len)
{
    uint64_t all = 0;

    if (len >= 8) {
        for (size_t at = 0; at + 8 < len; at += 8) {
            all |= load(bytes + at, 8);
        }
        all |= load(bytes + len - 8, 8);
    } else if (len >= 4) {
        all = load(bytes, 4) | load(bytes + len - 4, 4);
    } else {
        for (size_t at = 0; at < len; at++) {
            all |= bytes[at];
        }
    }
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

size_t text_utf8_valid_prefix(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    size_t at = 0;

    if (is_ascii(bytes, len)) {
        return len;
    }
    while (at < len) {
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
