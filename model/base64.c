/* SPDX-License-Identifier: MIT */
#include "model/base64.h"

#include <string.h>

#define NO 0x80 /* any bit above the six that count */

/* What each character stands for, in the standard alphabet and in that for URLs. */
static const uint8_t values[256] = {
    /* clang-format off */
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, 62, NO, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
    NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, 63,
    NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    /* clang-format on */
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four characters to three bytes; the highest bits tell when one was none of the alphabet. */
static unsigned quad(const uint8_t *text, uint8_t *bytes)
{
    unsigned a = values[text[0]];
    unsigned b = values[text[1]];
    unsigned c = values[text[2]];
    unsigned d = values[text[3]];
    unsigned bits = a << 18U | b << 12U | c << 6U | d;

    bytes[0] = (uint8_t)(bits >> 16U);
    bytes[1] = (uint8_t)(bits >> 8U);
    bytes[2] = (uint8_t)bits;
    return a | b | c | d;
}

/* Two or three characters that are left over: one or two bytes. What their spare bits hold is not looked at. */
static bool rest(const uint8_t *text, size_t len, uint8_t *bytes)
{
    unsigned a = values[text[0]];
    unsigned b = values[text[1]];
    unsigned c = len == 3 ? values[text[2]] : 0;

    bytes[0] = (uint8_t)(a << 2U | b >> 4U);
    if (len == 3) {
        bytes[1] = (uint8_t)(b << 4U | c >> 2U);
    }
    return ((a | b | c) & NO) == 0;
}

/* Padding fills up the last four characters, when there is any. */
static bool strip_padding(const char *text, size_t *len)
{
    if (*len == 0 || text[*len - 1] != '=') {
        return true;
    }
    if (*len % 4 != 0) {
        return false;
    }
    *len -= text[*len - 2] == '=' ? 2 : 1;
    return true;
}

bool base64_decode(const char *text, size_t len, uint8_t *bytes, size_t *out_len)
{
    const uint8_t *at = (const uint8_t *)text;
    uint8_t *to = bytes;
    unsigned seen = 0;

    if (!strip_padding(text, &len) || len % 4 == 1) {
        return false;
    }
    for (; len >= 4; len -= 4) {
        seen |= quad(at, to);
        at += 4;
        to += 3;
    }
    if (len > 0) {
        if (!rest(at, len, to)) {
            return false;
        }
        to += len - 1;
    }
    *out_len = (size_t)(to - bytes);
    return (seen & NO) == 0;
}

size_t base64_encode(const uint8_t *bytes, size_t len, char *text)
{
    char *to = text;

    for (; len >= 3; len -= 3, bytes += 3, to += 4) {
        unsigned bits = (unsigned)bytes[0] << 16U | (unsigned)bytes[1] << 8U | bytes[2];

        to[0] = alphabet[bits >> 18U];
        to[1] = alphabet[bits >> 12U & 63U];
        to[2] = alphabet[bits >> 6U & 63U];
        to[3] = alphabet[bits & 63U];
    }
    if (len > 0) {
        unsigned bits = (unsigned)bytes[0] << 16U | (len == 2 ? (unsigned)bytes[1] << 8U : 0);

        to[0] = alphabet[bits >> 18U];
        to[1] = alphabet[bits >> 12U & 63U];
        to[2] = '=';
        if (len == 2) {
            to[2] = alphabet[bits >> 6U & 63U];
        }
        to[3] = '=';
        to += 4;
    }
    return (size_t)(to - text);
}
