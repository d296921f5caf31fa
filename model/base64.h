/* SPDX-License-Identifier: MIT */
/* Bytes as text: written in the standard alphabet with padding, read in either alphabet with or without. */
#ifndef TIMELAPSE_MODEL_BASE64_H
#define TIMELAPSE_MODEL_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room that base64_decode needs, and characters that base64_encode writes. */
#define BASE64_DECODED_ROOM(len) ((len) / 4 * 3 + 3)
#define BASE64_ENCODED_SIZE(len) (((len) + 2) / 3 * 4)

/* False when the text is not base64; what `bytes` then holds means nothing. */
bool base64_decode(const char *text, size_t len, uint8_t *bytes, size_t *out_len);

/* Returns the number of characters written; no NUL. */
size_t base64_encode(const uint8_t *bytes, size_t len, char *text);

#endif
