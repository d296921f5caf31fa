/* SPDX-License-Identifier: MIT */
#include "sim/env/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_decode_text(struct report_text *text)
{
    unsigned value = 0;
    size_t written = 0;
    int bits = 0;

    if (text->cut || text->data == NULL) {
        return 0;
    }
    for (size_t i = 0; i < text->len; i++) {
        const char *letter = text->data[i] == '\0' ? NULL : strchr(alphabet, text->data[i]);

        if (letter == NULL) {
            break;
        }
        value = (value << 6 | (unsigned)(letter - alphabet)) & 0xffffffU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            text->data[written++] = (char)(value >> bits & 0xffU);
        }
    }
    text->len = written;
    text->data[written] = '\0';
    return 1;
}

void base64_add(struct report_text *text, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        unsigned value = (unsigned)(unsigned char)bytes[i] << 16;
        char letters[5] = "====";

        value |= left > 1 ? (unsigned)(unsigned char)bytes[i + 1] << 8 : 0;
        value |= left > 2 ? (unsigned)(unsigned char)bytes[i + 2] : 0;
        letters[0] = alphabet[value >> 18 & 63];
        letters[1] = alphabet[value >> 12 & 63];
        if (left > 1) {
            letters[2] = alphabet[value >> 6 & 63];
        }
        if (left > 2) {
            letters[3] = alphabet[value & 63];
        }
        report_text_add(text, letters);
    }
}
