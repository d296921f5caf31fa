/* SPDX-License-Identifier: MIT */
/* timelapse/json.h: single values out of JSON payloads. */
#include <stdlib.h>
#include <string.h>
#include <timelapse/json.h>

#include "model/json.h"
#include "worker/converter/json_number.h"
#include "worker/converter/json_scan.h"

#define LONGEST_NAME 256 /* bytes of a path's segment, decoded */

/* ---- Whole texts ---- */

enum tl_status tl_json_check(struct tl_bytes text, struct tl_error *error)
{
    struct scan scan;
    enum scan_kind kind;

    scan_start(&scan, text);
    do {
        kind = scan_next(&scan).kind;
    } while (kind != SCAN_END && kind != SCAN_FAULT);
    return kind == SCAN_END ? TL_OK : scan_error(&scan, error);
}

enum tl_status tl_json_equal(struct tl_bytes left, struct tl_bytes right, int *out_equal, struct tl_error *error)
{
    bool equal;
    enum tl_status status = json_equal(left, right, &equal, error);

    if (status == TL_OK) {
        *out_equal = equal;
    }
    return status;
}

/* ---- Paths ---- */

/* One step of a path: a member's name, or an element's index. */
struct segment {
    const char *name; /* NULL: an index */
    size_t len;
    size_t index;
};

static enum tl_status bad_path(const char *path, struct tl_error *error)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, "path", "this is no path: %s", path);
}

/* Takes the first segment off *path; false when it is none. */
static bool take_segment(const char **path, struct segment *segment)
{
    const char *at = *path;

    *segment = (struct segment){0};
    if (*at == '[') {
        char *end;

        segment->index = strtoul(at + 1, &end, 10);
        if (at[1] < '0' || at[1] > '9' || *end != ']') {
            return false;
        }
        at = end + 1;
    } else {
        segment->name = at;
        segment->len = strcspn(at, ".[");
        at += segment->len;
        if (segment->len == 0 || segment->len >= LONGEST_NAME) {
            return false;
        }
    }
    if (*at == '.') {
        at += 1;
        if (*at == '\0' || *at == '[') {
            return false;
        }
    }
    *path = at;
    return true;
}

static bool is_named(struct tl_bytes name, const struct segment *segment)
{
    char decoded[LONGEST_NAME];
    size_t len;

    return segment->name != NULL && scan_decode(name, decoded, sizeof decoded, &len) && len == segment->len &&
           memcmp(decoded, segment->name, len) == 0;
}

/* The text of the value that begins with `first`, taken whole. */
static struct tl_bytes whole_value(struct scan *scan, struct scan_token first)
{
    const uint8_t *start = first.kind == SCAN_STRING ? first.text.data - 1 : first.text.data;

    (void)scan_skip(scan, first.kind); /* the text was checked before */
    return (struct tl_bytes){start, (size_t)(scan->text.data + scan->at - start)};
}

/* One step down from `json`, which is well-formed. The last of equal names counts. */
static bool step_down(struct tl_bytes json, const struct segment *segment, struct tl_bytes *out)
{
    enum scan_kind wanted = segment->name == NULL ? SCAN_ARRAY : SCAN_OBJECT;
    struct scan scan;
    bool found = false;
    size_t index = 0;

    scan_start(&scan, json);
    if (scan_next(&scan).kind != wanted) {
        return false;
    }
    for (struct scan_token token = scan_next(&scan);
         token.kind != SCAN_OBJECT_END && token.kind != SCAN_ARRAY_END && token.kind != SCAN_FAULT;
         token = scan_next(&scan)) {
        bool matches = token.kind == SCAN_NAME ? is_named(token.text, segment) : index == segment->index;
        struct tl_bytes value = whole_value(&scan, token.kind == SCAN_NAME ? scan_next(&scan) : token);

        index += 1;
        if (matches) {
            *out = value;
            found = true;
        }
    }
    return found;
}

/* The value's text without white space around it. */
static struct tl_bytes trimmed(struct tl_bytes json)
{
    struct scan scan;

    scan_start(&scan, json);
    return whole_value(&scan, scan_next(&scan));
}

static enum tl_status check_payload(const struct tl_payload *payload, const char *path, struct tl_error *error)
{
    if (payload == NULL) {
        return tl_error_set(error, TL_NOT_FOUND, path, "there is no payload");
    }
    if (!tl_payload_is(payload, "json/plain")) {
        struct tl_bytes encoding = tl_payload_metadata(payload, "encoding");

        return tl_error_set(
            error,
            TL_MALFORMED,
            path,
            "the payload's encoding is \"%.*s\", not json/plain",
            (int)encoding.len,
            (const char *)encoding.data);
    }
    return tl_json_check(payload->data, error);
}

enum tl_status
tl_json_get(const struct tl_payload *payload, const char *path, struct tl_bytes *out_json, struct tl_error *error)
{
    const char *rest = path == NULL ? "" : path;
    struct segment segment;
    enum tl_status status = check_payload(payload, path, error);

    if (status != TL_OK) {
        return status;
    }
    struct tl_bytes json = trimmed(payload->data);
    while (*rest != '\0') {
        if (!take_segment(&rest, &segment)) {
            return bad_path(path, error);
        }
        if (!step_down(json, &segment, &json)) {
            return tl_error_set(error, TL_NOT_FOUND, path, "there is no value at %s", path);
        }
    }
    *out_json = json;
    return TL_OK;
}

/* ---- Values ---- */

static const char *kind_words(enum scan_kind kind)
{
    switch (kind) {
    case SCAN_OBJECT:
        return "an object";
    case SCAN_ARRAY:
        return "an array";
    case SCAN_STRING:
        return "a string";
    case SCAN_NUMBER:
        return "a number";
    case SCAN_NULL:
        return "null";
    default:
        return "true or false";
    }
}

static enum tl_status wrong_kind(const char *path, const char *wanted, enum scan_kind found, struct tl_error *error)
{
    return tl_error_set(error, TL_MALFORMED, path, "expected %s, found %s", wanted, kind_words(found));
}

/* The first token of the value at `path`. */
static enum tl_status
get_token(const struct tl_payload *payload, const char *path, struct scan_token *out_token, struct tl_error *error)
{
    struct tl_bytes json = {0};
    struct scan scan;
    enum tl_status status = tl_json_get(payload, path, &json, error);

    if (status == TL_OK) {
        scan_start(&scan, json);
        *out_token = scan_next(&scan);
    }
    return status;
}

enum tl_status
tl_json_get_int(const struct tl_payload *payload, const char *path, int64_t *out_value, struct tl_error *error)
{
    struct scan_token token;
    enum tl_status status = get_token(payload, path, &token, error);

    if (status != TL_OK) {
        return status;
    }
    if (token.kind != SCAN_NUMBER) {
        return wrong_kind(path, "a whole number", token.kind, error);
    }
    status = number_to_int(token.text, out_value);
    if (status == TL_OK) {
        return TL_OK;
    }
    return tl_error_set(
        error,
        status,
        path,
        "%.*s %s",
        token.text.len > 40 ? 40 : (int)token.text.len,
        (const char *)token.text.data,
        status == TL_MALFORMED ? "is not a whole number" : "does not fit into 64 bits");
}

enum tl_status
tl_json_get_double(const struct tl_payload *payload, const char *path, double *out_value, struct tl_error *error)
{
    struct scan_token token;
    enum tl_status status = get_token(payload, path, &token, error);

    if (status != TL_OK) {
        return status;
    }
    if (token.kind != SCAN_NUMBER) {
        return wrong_kind(path, "a number", token.kind, error);
    }
    status = number_to_double(token.text, out_value);
    return status == TL_OK ? TL_OK : tl_error_set(error, status, path, "the number is beyond a double");
}

enum tl_status
tl_json_get_bool(const struct tl_payload *payload, const char *path, int *out_value, struct tl_error *error)
{
    struct scan_token token;
    enum tl_status status = get_token(payload, path, &token, error);

    if (status != TL_OK) {
        return status;
    }
    if (token.kind != SCAN_TRUE && token.kind != SCAN_FALSE) {
        return wrong_kind(path, "true or false", token.kind, error);
    }
    *out_value = token.kind == SCAN_TRUE;
    return TL_OK;
}

enum tl_status tl_json_get_string(
    const struct tl_payload *payload, const char *path, char *out_text, size_t size, struct tl_error *error)
{
    size_t len;
    struct scan_token token;
    enum tl_status status = get_token(payload, path, &token, error);

    if (status != TL_OK) {
        return status;
    }
    if (token.kind != SCAN_STRING) {
        return wrong_kind(path, "a string", token.kind, error);
    }
    if (!scan_decode(token.text, NULL, 0, &len)) {
        return tl_error_set(error, TL_MALFORMED, path, "the string holds a NUL or half of a surrogate pair");
    }
    if (len >= size) {
        return tl_error_set(
            error, TL_TOO_LARGE, path, "the string has %zu bytes, and there is room for %zu", len, size);
    }
    (void)scan_decode(token.text, out_text, size, &len);
    return TL_OK;
}

enum tl_status
tl_json_count(const struct tl_payload *payload, const char *path, size_t *out_count, struct tl_error *error)
{
    struct tl_bytes json = {0};
    struct scan scan;
    size_t count = 0;
    enum tl_status status = tl_json_get(payload, path, &json, error);

    if (status != TL_OK) {
        return status;
    }
    scan_start(&scan, json);
    enum scan_kind kind = scan_next(&scan).kind;
    if (kind != SCAN_ARRAY && kind != SCAN_OBJECT) {
        return wrong_kind(path, "an array or an object", kind, error);
    }
    for (struct scan_token token = scan_next(&scan); scan.depth > 0; token = scan_next(&scan)) {
        if (token.kind == SCAN_NAME) {
            token = scan_next(&scan);
        }
        (void)scan_skip(&scan, token.kind);
        count += 1;
    }
    *out_count = count;
    return TL_OK;
}

/* ---- Writing ---- */

/* A text that counts what does not fit. */
struct cut {
    char *out;
    size_t size;
    size_t len;
};

static void put(struct cut *cut, char c)
{
    if (cut->len + 1 < cut->size) {
        cut->out[cut->len] = c;
        cut->out[cut->len + 1] = '\0';
    }
    cut->len += 1;
}

static void put_quoted(struct cut *cut, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char names[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *name = strchr(names, c);

    if (name != NULL) {
        put(cut, '\\');
        put(cut, letters[name - names]);
    } else if (c < 0x20) {
        put(cut, '\\');
        put(cut, 'u');
        put(cut, '0');
        put(cut, '0');
        put(cut, digits[c >> 4]);
        put(cut, digits[c & 0xF]);
    } else {
        put(cut, (char)c);
    }
}

size_t tl_json_quote(const char *text, char *out_json, size_t size)
{
    struct cut cut = {.out = out_json, .size = size};

    put(&cut, '"');
    for (; *text != '\0'; text++) {
        put_quoted(&cut, (unsigned char)*text);
    }
    put(&cut, '"');
    return cut.len;
}
