/* SPDX-License-Identifier: MIT */
/* timelapse/json.h: single values out of JSON payloads. */
#include <stdlib.h>
#include <string.h>
#include <timelapse/json.h>

#include "model/json.h"
#include "model/json_reader.h"

/* ---- Whole texts ---- */

enum tl_status tl_json_check(struct tl_bytes text, struct tl_error *error)
{
    struct json_reader reader = json_reader_of(text, error);

    return json_check(&reader) ? TL_OK : reader.status;
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
        if (segment->len == 0) {
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

static struct json_reader reader_at(struct json_text json)
{
    return json_reader_of((struct tl_bytes){(const uint8_t *)json.data, json.len}, NULL);
}

/* The value that comes next, without the white space around it; it was checked before. */
static struct json_text take_value(struct json_reader *reader)
{
    struct json_text value;

    (void)json_peek(reader);
    value.data = reader->at;
    (void)json_skip(reader, NULL);
    value.len = (size_t)(reader->at - value.data);
    return value;
}

static bool find_element(struct json_reader *array, size_t index, struct json_text *out)
{
    for (bool first = true; json_next_element(array, first); first = false) {
        struct json_text value = take_value(array);

        if (index-- == 0) {
            *out = value;
            return true;
        }
    }
    return false;
}

bool json_says(struct json_text raw, struct json_text wanted)
{
    char piece[4];

    if (!json_has_escapes(raw)) {
        return raw.len == wanted.len && memcmp(raw.data, wanted.data, raw.len) == 0;
    }
    while (raw.len > 0) {
        size_t len = json_next_character(&raw, piece);

        if (len > wanted.len || memcmp(piece, wanted.data, len) != 0) {
            return false;
        }
        wanted.data += len;
        wanted.len -= len;
    }
    return wanted.len == 0;
}

/* The last of equal names counts. */
static bool find_member(struct json_reader *object, struct json_text wanted, struct json_text *out)
{
    struct json_text name;
    bool found = false;

    for (bool first = true; json_next_member(object, first, &name); first = false) {
        struct json_text value = take_value(object);

        if (json_says(name, wanted)) {
            *out = value;
            found = true;
        }
    }
    return found;
}

/* One step down from *json, which is well-formed. */
static bool step_down(struct json_text *json, const struct segment *segment)
{
    struct json_reader reader = reader_at(*json);

    if (segment->name == NULL) {
        return *json->data == '[' && find_element(&reader, segment->index, json);
    }
    return *json->data == '{' && find_member(&reader, (struct json_text){segment->name, segment->len}, json);
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

/* The text of the value at `path`, white space around it gone: it is not empty. */
static enum tl_status
get(const struct tl_payload *payload, const char *path, struct json_text *out_json, struct tl_error *error)
{
    const char *rest = path == NULL ? "" : path;
    struct segment segment;
    enum tl_status status = check_payload(payload, path, error);

    if (status != TL_OK) {
        return status;
    }
    struct json_reader reader = json_reader_of(payload->data, NULL);

    *out_json = take_value(&reader);
    while (*rest != '\0') {
        if (!take_segment(&rest, &segment)) {
            return bad_path(path, error);
        }
        if (!step_down(out_json, &segment)) {
            return tl_error_set(error, TL_NOT_FOUND, path, "there is no value at %s", path);
        }
    }
    return TL_OK;
}

enum tl_status
tl_json_get(const struct tl_payload *payload, const char *path, struct tl_bytes *out_json, struct tl_error *error)
{
    struct json_text json;
    enum tl_status status = get(payload, path, &json, error);

    if (status == TL_OK) {
        *out_json = (struct tl_bytes){(const uint8_t *)json.data, json.len};
    }
    return status;
}

/* ---- Values ---- */

const char *json_kind_words(char first)
{
    switch (first) {
    case '{':
        return "an object";
    case '[':
        return "an array";
    case '"':
        return "a string";
    case 'n':
        return "null";
    case 't':
    case 'f':
        return "true or false";
    default:
        return "a number";
    }
}

static enum tl_status wrong_kind(const char *path, const char *wanted, struct json_text found, struct tl_error *error)
{
    return tl_error_set(error, TL_MALFORMED, path, "expected %s, found %s", wanted, json_kind_words(*found.data));
}

/* The number at `path`. wanted: what the error says it should be. */
static enum tl_status get_number(
    const struct tl_payload *payload, const char *path, const char *wanted, struct json_text *out_number,
    struct tl_error *error)
{
    enum tl_status status = get(payload, path, out_number, error);

    if (status != TL_OK) {
        return status;
    }
    return json_starts_number(*out_number->data) ? TL_OK : wrong_kind(path, wanted, *out_number, error);
}

bool json_to_int64(struct json_text number, int64_t *out)
{
    uint64_t magnitude;
    bool is_negative;

    if (!json_integer(number, &is_negative, &magnitude) || magnitude > (uint64_t)INT64_MAX + is_negative) {
        return false;
    }
    *out = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

enum tl_status
tl_json_get_int(const struct tl_payload *payload, const char *path, int64_t *out_value, struct tl_error *error)
{
    struct json_text number;
    enum tl_status status = get_number(payload, path, "a whole number", &number, error);

    if (status != TL_OK || json_to_int64(number, out_value)) {
        return status;
    }
    bool is_whole = json_is_whole(number);

    return tl_error_set(
        error,
        is_whole ? TL_TOO_LARGE : TL_MALFORMED,
        path,
        "%.*s %s",
        number.len > 40 ? 40 : (int)number.len,
        number.data,
        is_whole ? "does not fit into 64 bits" : "is not a whole number");
}

enum tl_status
tl_json_get_double(const struct tl_payload *payload, const char *path, double *out_value, struct tl_error *error)
{
    struct json_text number;
    double value;
    enum tl_status status = get_number(payload, path, "a number", &number, error);

    if (status != TL_OK) {
        return status;
    }
    if (!json_double(number, &value)) {
        return tl_error_set(error, TL_TOO_LARGE, path, "the number is beyond a double");
    }
    *out_value = value;
    return TL_OK;
}

enum tl_status
tl_json_get_bool(const struct tl_payload *payload, const char *path, int *out_value, struct tl_error *error)
{
    struct json_text word;
    enum tl_status status = get(payload, path, &word, error);

    if (status != TL_OK) {
        return status;
    }
    if (*word.data != 't' && *word.data != 'f') {
        return wrong_kind(path, "true or false", word, error);
    }
    *out_value = *word.data == 't';
    return TL_OK;
}

bool json_decode(struct json_text raw, char *out_text, size_t size, size_t *out_len)
{
    char piece[4];
    size_t len = 0;

    while (raw.len > 0) {
        size_t piece_len = json_next_character(&raw, piece);

        if (piece[0] == '\0') {
            return false;
        }
        if (len + piece_len < size) {
            memcpy(out_text + len, piece, piece_len);
        }
        len += piece_len;
    }
    if (len < size) {
        out_text[len] = '\0';
    }
    *out_len = len;
    return true;
}

enum tl_status tl_json_get_string(
    const struct tl_payload *payload, const char *path, char *out_text, size_t size, struct tl_error *error)
{
    size_t len;
    struct json_text string;
    enum tl_status status = get(payload, path, &string, error);

    if (status != TL_OK) {
        return status;
    }
    if (*string.data != '"') {
        return wrong_kind(path, "a string", string, error);
    }
    struct json_text raw = {string.data + 1, string.len - 2};

    if (!json_decode(raw, NULL, 0, &len)) {
        return tl_error_set(error, TL_MALFORMED, path, "the string holds a NUL");
    }
    if (len >= size) {
        return tl_error_set(
            error, TL_TOO_LARGE, path, "the string has %zu bytes, and there is room for %zu", len, size);
    }
    (void)json_decode(raw, out_text, size, &len);
    return TL_OK;
}

enum tl_status
tl_json_count(const struct tl_payload *payload, const char *path, size_t *out_count, struct tl_error *error)
{
    struct json_text json;
    struct json_text name;
    size_t count = 0;
    enum tl_status status = get(payload, path, &json, error);

    if (status != TL_OK) {
        return status;
    }
    if (*json.data != '[' && *json.data != '{') {
        return wrong_kind(path, "an array or an object", json, error);
    }
    struct json_reader reader = reader_at(json);
    bool is_array = *json.data == '[';

    while (is_array ? json_next_element(&reader, count == 0) : json_next_member(&reader, count == 0, &name)) {
        (void)json_skip(&reader, NULL);
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
