/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON payloads (encoding json/plain) value by value: nothing is allocated, nothing is
 * copied but what you ask for, and depth costs no stack, so that all of it may be called on a
 * coroutine. Everything here is a pure function of its arguments: workflows may use it freely.
 * Any thread.
 *
 * A path names a value: "amount", "customer.name", "lines[2].price"; NULL or "" is the whole
 * value. Of members that have the same name the last one counts. A name that holds a dot or a
 * bracket cannot be part of a path.
 */
#ifndef TIMELAPSE_JSON_H
#define TIMELAPSE_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * TL_OK when `text` is one JSON value (RFC 8259) whose strings are Unicode; half of a surrogate pair
 * is none. Else TL_MALFORMED, or TL_TOO_LARGE beyond 100 levels of arrays and objects, with line and
 * column. What this refuses the others below refuse.
 */
TL_API TL_MUST_CHECK enum tl_status tl_json_check(struct tl_bytes text, struct tl_error *error);

/*
 * Whether two JSON texts are the same value: order of members aside, numbers by value. Writes 1 or
 * 0 to *out_equal.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_json_equal(struct tl_bytes left, struct tl_bytes right, int *out_equal, struct tl_error *error);

/*
 * The readers below fail with TL_MALFORMED when the payload is not json/plain or not JSON (line
 * and column), or the value is of another kind; TL_NOT_FOUND when there is no such value;
 * TL_TOO_LARGE when it does not fit or the payload is nested too deep. `error` then names the path as its field.
 * Outputs are untouched on failure. payload NULL: TL_NOT_FOUND.
 */

/* The JSON text of the value itself, borrowed from the payload: to pass on, to print, to read on. */
TL_API TL_MUST_CHECK enum tl_status
tl_json_get(const struct tl_payload *payload, const char *path, struct tl_bytes *out_json, struct tl_error *error);

/* A whole number; 12.0 and 12e0 are. */
TL_API TL_MUST_CHECK enum tl_status
tl_json_get_int(const struct tl_payload *payload, const char *path, int64_t *out_value, struct tl_error *error);

/* A number; the nearest double. */
TL_API TL_MUST_CHECK enum tl_status
tl_json_get_double(const struct tl_payload *payload, const char *path, double *out_value, struct tl_error *error);

/* true and false, as 1 and 0. */
TL_API TL_MUST_CHECK enum tl_status
tl_json_get_bool(const struct tl_payload *payload, const char *path, int *out_value, struct tl_error *error);

/* A string, decoded, with a NUL; a NUL inside the string is TL_MALFORMED. size: of `out_text`, > 0. */
TL_API TL_MUST_CHECK enum tl_status tl_json_get_string(
    const struct tl_payload *payload, const char *path, char *out_text, size_t size, struct tl_error *error);

/* How many elements the array, or members the object, at `path` has. */
TL_API TL_MUST_CHECK enum tl_status
tl_json_count(const struct tl_payload *payload, const char *path, size_t *out_count, struct tl_error *error);

/*
 * Writes `text` (UTF-8) as a JSON string, quotes and escapes included, with a NUL; returns its
 * length. What does not fit is cut, and the length is that of the whole, as snprintf does.
 */
TL_API size_t tl_json_quote(const char *text, char *out_json, size_t size);

#ifdef __cplusplus
}
#endif
#endif
