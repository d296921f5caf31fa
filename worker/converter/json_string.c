/* SPDX-License-Identifier: MIT */
/* Decoding a JSON string that json_scan.c found well-formed. */
#include <string.h>

#include "worker/converter/json_scan.h"

/* The code unit of four hexadecimal digits. */
static uint32_t hex4(const uint8_t *digits)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        uint32_t digit = digits[i] <= '9' ? digits[i] - (uint32_t)'0' : (digits[i] | 0x20U) - 'a' + 10;

        value = value << 4 | digit;
    }
    return value;
}

static size_t put_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The code point of an escape at `at` (behind the backslash), and how long it is; 0 for what has none. */
static uint32_t escape_code(struct tl_bytes text, size_t at, size_t *out_len)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";

    *out_len = 1;
    if (text.data[at] != 'u') {
        return (uint32_t)values[strchr(names, text.data[at]) - names];
    }
    uint32_t unit = hex4(text.data + at + 1);
    *out_len = 5;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return unit;
    }
    if (unit > 0xDBFF || text.len - at < 11 || text.data[at + 5] != '\\' || text.data[at + 6] != 'u') {
        return 0;
    }
    uint32_t low = hex4(text.data + at + 7);
    *out_len = 11;
    return low < 0xDC00 || low > 0xDFFF ? 0 : 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* One character of a string as UTF-8 into `piece`; how much of the source it takes, 0 when it cannot be decoded. */
static size_t decode_one(struct tl_bytes text, size_t at, char piece[4], size_t *out_len)
{
    size_t escape_len;

    if (text.data[at] != '\\') {
        piece[0] = (char)text.data[at];
        *out_len = 1;
        return 1;
    }
    uint32_t code = escape_code(text, at + 1, &escape_len);
    if (code == 0) {
        return 0;
    }
    *out_len = put_utf8(code, piece);
    return escape_len + 1;
}

bool scan_decode(struct tl_bytes text, char *out, size_t size, size_t *out_len)
{
    size_t len = 0;
    char piece[4];
    size_t piece_len;

    for (size_t at = 0; at < text.len;) {
        size_t taken = decode_one(text, at, piece, &piece_len);

        if (taken == 0) {
            return false;
        }
        if (len + piece_len < size) {
            memcpy(out + len, piece, piece_len);
        }
        len += piece_len;
        at += taken;
    }
    if (len < size) {
        out[len] = '\0';
    }
    *out_len = len;
    return true;
}
