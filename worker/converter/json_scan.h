/* SPDX-License-Identifier: MIT */
/*
 * A JSON text, token by token (RFC 8259). Nothing is allocated and depth costs one bit a level, so
 * that it may run on a coroutine.
 */
#ifndef TIMELAPSE_WORKER_CONVERTER_JSON_SCAN_H
#define TIMELAPSE_WORKER_CONVERTER_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

#define SCAN_MAX_DEPTH 1000

enum scan_kind {
    SCAN_END,
    SCAN_FAULT,
    SCAN_OBJECT,
    SCAN_OBJECT_END,
    SCAN_ARRAY,
    SCAN_ARRAY_END,
    SCAN_NAME, /* of a member; its value comes next */
    SCAN_STRING,
    SCAN_NUMBER,
    SCAN_TRUE,
    SCAN_FALSE,
    SCAN_NULL
};

/* text: of the token; strings and names without their quotes, not decoded. */
struct scan_token {
    enum scan_kind kind;
    struct tl_bytes text;
};

struct scan {
    struct tl_bytes text;
    size_t at;
    unsigned depth;
    unsigned expects; /* private */
    const char *fault;
    uint8_t objects[SCAN_MAX_DEPTH / 8 + 1]; /* a bit a level: set for an object */
};

void scan_start(struct scan *scan, struct tl_bytes text);

/* The next token. After SCAN_END and SCAN_FAULT the same again. */
struct scan_token scan_next(struct scan *scan);

/* Where the value that begins with `first` ends; scan_next has just returned `first`. False after a fault. */
bool scan_skip(struct scan *scan, enum scan_kind first);

/* Fills `error` with fault, line and column; TL_MALFORMED. */
enum tl_status scan_error(const struct scan *scan, struct tl_error *error);

/*
 * Decodes a string's text into `out`, with a NUL, as far as `size` allows (0: only measures); the
 * whole length, without the NUL, goes to *out_len. False when it holds a NUL or half of a
 * surrogate pair.
 */
bool scan_decode(struct tl_bytes text, char *out, size_t size, size_t *out_len);

#endif
