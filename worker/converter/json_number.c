/* SPDX-License-Identifier: MIT */
#include "worker/converter/json_number.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NUMBER 512 /* bytes of a number that is read as a double */
#define MOST_DIGITS    19  /* of an int64 */

/* A number as digits x 10^exponent. */
struct decimal {
    bool is_negative;
    bool is_too_long;
    int digit_count;
    uint64_t digits;
    long exponent;
};

/* Trailing zeros go to the exponent first, so that 12.000 has two digits. */
static void add_digit(struct decimal *decimal, int digit, long *pending_zeros)
{
    if (digit == 0) {
        *pending_zeros += decimal->digit_count > 0;
        return;
    }
    for (long zeros = *pending_zeros; zeros >= 0; zeros--) {
        decimal->digits = decimal->digits * 10 + (zeros == 0 ? (uint64_t)digit : 0);
        decimal->digit_count += 1;
        if (decimal->digit_count > MOST_DIGITS) {
            decimal->is_too_long = true;
            return;
        }
    }
    *pending_zeros = 0;
}

static struct decimal read_decimal(struct tl_bytes text)
{
    struct decimal decimal = {.is_negative = text.data[0] == '-'};
    long pending_zeros = 0;
    long fraction = 0;
    bool in_fraction = false;
    size_t at = decimal.is_negative;

    for (; at < text.len && (text.data[at] | 0x20) != 'e' && !decimal.is_too_long; at++) {
        if (text.data[at] == '.') {
            in_fraction = true;
            continue;
        }
        fraction += in_fraction;
        add_digit(&decimal, text.data[at] - '0', &pending_zeros);
    }
    if (at < text.len && !decimal.is_too_long) {
        char exponent[16];

        (void)snprintf(exponent, sizeof exponent, "%.*s", (int)(text.len - at - 1), (const char *)text.data + at + 1);
        decimal.exponent = strtol(exponent, NULL, 10);
    }
    decimal.exponent += pending_zeros - fraction;
    return decimal;
}

enum tl_status number_to_int(struct tl_bytes text, int64_t *out_value)
{
    struct decimal decimal = read_decimal(text);
    const uint64_t limit = (uint64_t)INT64_MAX + decimal.is_negative;
    uint64_t value = decimal.digits;

    if (value == 0 && !decimal.is_too_long) {
        *out_value = 0;
        return TL_OK;
    }
    if (decimal.exponent < 0) {
        return TL_MALFORMED;
    }
    for (long i = 0; i < decimal.exponent; i++) {
        if (__builtin_mul_overflow(value, 10U, &value)) {
            return TL_TOO_LARGE;
        }
    }
    if (decimal.is_too_long || value > limit) {
        return TL_TOO_LARGE;
    }
    *out_value = decimal.is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return TL_OK;
}

/* strtod reads the decimal point of the process's locale: put that in first. */
static double to_double(struct tl_bytes text, char *buffer, size_t size)
{
    const char *point = localeconv()->decimal_point;
    const uint8_t *dot = memchr(text.data, '.', text.len);
    int before = dot == NULL ? (int)text.len : (int)(dot - text.data);
    int after = (int)text.len - before - (dot != NULL);

    (void)snprintf(
        buffer,
        size,
        "%.*s%s%.*s",
        before,
        (const char *)text.data,
        dot == NULL ? "" : point,
        after,
        (const char *)text.data + text.len - after);
    return strtod(buffer, NULL);
}

enum tl_status number_to_double(struct tl_bytes text, double *out_value)
{
    char buffer[LONGEST_NUMBER + 16];

    if (text.len > LONGEST_NUMBER) {
        return TL_TOO_LARGE;
    }
    double value = to_double(text, buffer, sizeof buffer);
    if (!isfinite(value)) {
        return TL_TOO_LARGE;
    }
    *out_value = value;
    return TL_OK;
}
