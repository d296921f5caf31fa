/* SPDX-License-Identifier: MIT */
/* Numbers from their text, whatever the locale: whole ones exactly, also as 1.0 or 1e3; doubles correctly rounded. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/json_reader.h"

/* Longer texts than any double needs to be told from its neighbours (767 digits) are cut to fit. */
#define DOUBLE_TEXT 1100

/* A number taken apart: 0.d1d2d3... times ten to the power of `point`. */
struct decimal {
    bool negative;
    const char *digits; /* the first digit that is not 0 */
    const char *end;    /* of the mantissa */
    int64_t point;
};

/* The exponent, kept within what cannot matter. */
static int64_t exponent_of(const char *at, const char *end)
{
    bool negative = at < end && *at == '-';
    int64_t value = 0;

    at += at < end && (*at == '-' || *at == '+');
    for (; at < end; at++) {
        if (value < 1000000) {
            value = value * 10 + (*at - '0');
        }
    }
    return negative ? -value : value;
}

static struct decimal take_apart(struct json_text number)
{
    const char *at = number.data;
    const char *end = number.data + number.len;
    struct decimal decimal = {.negative = at < end && *at == '-'};
    bool seen_point = false;
    bool leading = true;

    at += decimal.negative;
    decimal.digits = at;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            seen_point = true;
            continue;
        }
        if (leading && *at == '0') {
            decimal.point -= seen_point;
            continue;
        }
        if (leading) {
            decimal.digits = at;
            leading = false;
        }
        decimal.point += !seen_point;
    }
    decimal.end = at;
    if (leading) {
        decimal.digits = at;
    }
    decimal.point += at < end ? exponent_of(at + 1, end) : 0;
    return decimal;
}

static bool append_digit(uint64_t *value, char digit)
{
    return !__builtin_mul_overflow(*value, 10U, value) &&
           !__builtin_add_overflow(*value, (uint64_t)(digit - '0'), value);
}

/* What plain digits alone say, which is what nearly all numbers are. */
static bool plain_integer(const char *at, const char *end, uint64_t *out)
{
    uint64_t value = 0;

    if (end - at > 19) {
        return false;
    }
    for (; at < end; at++) {
        unsigned digit = (unsigned)(unsigned char)*at - '0';

        if (digit > 9) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool json_integer(struct json_text number, bool *out_negative, uint64_t *out_magnitude)
{
    const char *end = number.data + number.len;
    bool negative = number.len > 0 && number.data[0] == '-';
    uint64_t value = 0;

    *out_negative = negative;
    if (plain_integer(number.data + negative, end, out_magnitude)) {
        return true;
    }
    struct decimal decimal = take_apart(number);
    int64_t left = decimal.point;

    for (const char *at = decimal.digits; at < decimal.end; at++) {
        if (*at == '.') {
            continue;
        }
        if (left <= 0 ? *at != '0' : !append_digit(&value, *at)) {
            return false;
        }
        left--;
    }
    for (; left > 0 && value != 0; left--) {
        if (!append_digit(&value, '0')) {
            return false;
        }
    }
    *out_magnitude = value;
    return true;
}

bool json_is_whole(struct json_text number)
{
    struct decimal decimal = take_apart(number);
    int64_t left = decimal.point;

    for (const char *at = decimal.digits; at < decimal.end; at++) {
        if (*at != '.' && left-- <= 0 && *at != '0') {
            return false;
        }
    }
    return true;
}

/* Takes the next digit of a mantissa; 0 behind its end. */
static char next_digit(const char **at, const char *end)
{
    if (*at < end && **at == '.') {
        (*at)++;
    }
    if (*at == end) {
        return '0';
    }
    return *(*at)++;
}

bool json_same_number(struct json_text left, struct json_text right)
{
    struct decimal a = take_apart(left);
    struct decimal b = take_apart(right);
    bool zero = a.digits == a.end;

    if (zero || b.digits == b.end) {
        return zero && b.digits == b.end;
    }
    while (a.digits < a.end || b.digits < b.end) {
        if (next_digit(&a.digits, a.end) != next_digit(&b.digits, b.end)) {
            return false;
        }
    }
    return a.negative == b.negative && a.point == b.point;
}

/*
 * strtod by way of a text that it reads in any locale. Whole digits after the exponent's cut do not
 * matter to a double: beyond 767 significant ones none does.
 */
static double by_strtod(const struct decimal *decimal)
{
    char text[DOUBLE_TEXT];
    size_t len = 0;
    const char *at = decimal->digits;

    for (; at < decimal->end && len < 800; at++) {
        if (*at != '.') {
            text[len++] = *at;
        }
    }
    int64_t exponent = decimal->point - (int64_t)len;

    /* 800 digits and one more that tells that something followed. */
    if (at < decimal->end) {
        text[len++] = '1';
        exponent--;
    }
    text[len++] = 'e';
    (void)snprintf(text + len, sizeof(text) - len, "%lld", (long long)exponent);
    return strtod(text, NULL);
}

/* Up to 2^53 and by a power of ten that is exact, one rounding is all there is (Clinger). */
static bool by_one_rounding(const struct decimal *decimal, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t value = 0;
    int64_t exponent = decimal->point;

    if (decimal->end - decimal->digits > 16) {
        return false;
    }
    for (const char *at = decimal->digits; at < decimal->end; at++) {
        if (*at != '.') {
            value = value * 10 + (uint64_t)(*at - '0');
            exponent--;
        }
    }
    if (value > UINT64_C(1) << 53U || exponent < -22 || exponent > 22) {
        return false;
    }
    *out = exponent < 0 ? (double)value / powers[-exponent] : (double)value * powers[exponent];
    return true;
}

bool json_double(struct json_text number, double *out)
{
    struct decimal decimal = take_apart(number);
    double value;

    if (decimal.digits == decimal.end) {
        value = 0;
    } else if (!by_one_rounding(&decimal, &value)) {
        value = by_strtod(&decimal);
    }
    *out = decimal.negative ? -value : value;
    return !isinf(value);
}
