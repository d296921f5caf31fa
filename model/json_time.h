/* SPDX-License-Identifier: MIT */
/*
 * Timestamps and durations as proto3 JSON writes them: seconds and nanoseconds, over the whole range
 * of the types; and what a FieldMask's paths are made of.
 */
#ifndef TIMELAPSE_MODEL_JSON_TIME_H
#define TIMELAPSE_MODEL_JSON_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z; and 10,000 years either way. */
#define JSON_TIME_MIN     INT64_C(-62135596800)
#define JSON_TIME_MAX     INT64_C(253402300799)
#define JSON_DURATION_MAX INT64_C(315576000000)

#define JSON_TIME_SIZE 40

/* In lowerCamelCase: paths have no underscores in JSON, and a comma ends one. */
static inline bool json_is_path_character(char c)
{
    return c > ' ' && c < 0x7F && c != '_' && c != ',' && c != '"' && c != '\\';
}

/* RFC 3339 with an offset or Z, at most nine digits of a second. False when it is none or out of range. */
bool json_time_parse(const char *text, size_t len, int64_t *out_seconds, int32_t *out_nanos);

/* "1.5s", "-3s". Seconds and nanos get the same sign. */
bool json_duration_parse(const char *text, size_t len, int64_t *out_seconds, int32_t *out_nanos);

/* With 0, 3, 6 or 9 digits of a second. Returns the length, 0 when out of range. */
size_t json_time_print(int64_t seconds, int32_t nanos, char text[JSON_TIME_SIZE]);
size_t json_duration_print(int64_t seconds, int32_t nanos, char text[JSON_TIME_SIZE]);

#endif
