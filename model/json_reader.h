/* SPDX-License-Identifier: MIT */
/*
 * The inside of reading JSON. Reading path: json_read.c (messages and fields), json_collection.c
 * (arrays and maps), json_scalar.c (values), json_wellknown.c (Timestamp, Struct, Any and their
 * like), all over json_lex.c (tokens), json_skip.c and json_number.c. Beside them, over the same
 * three: json_equal.c (two texts) and json_value.c (timelapse/json.h).
 *
 * Every function leaves `at` behind what it read and returns true, or tells *error and returns
 * false; after false nothing more is read. Text ends at `end`, not at a NUL.
 */
#ifndef TIMELAPSE_MODEL_JSON_READER_H
#define TIMELAPSE_MODEL_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/status.h>

#include "base/arena.h"
#include "model/path.h"
#include "model/schema.h"

/* The values of the arrays being read, innermost last: they move to the arena when their number is known. */
struct json_stack {
    char *items;
    size_t used;
    size_t capacity;
};

struct json_reader {
    const char *at;
    const char *end;
    const char *start;
    struct arena *arena;  /* of the message */
    struct arena scratch; /* for what is needed while reading */
    struct json_stack stack;
    struct tl_error *error; /* may be NULL */
    enum tl_status status;  /* of the failure */
    unsigned depth;         /* messages around `at`, counted as on the wire */
    bool refuse_unknown;
    const char *unknown_event; /* where an event's type was not known; NULL: it was */
};

/* A string's characters without quotes and escapes: in the text itself, or in scratch memory. */
struct json_text {
    const char *data;
    size_t len;
};

/* Reads `text` where it is, without memory: json_string and what makes messages need more. */
static inline struct json_reader json_reader_of(struct tl_bytes text, struct tl_error *error)
{
    const char *start = text.len == 0 ? "" : (const char *)text.data;

    return (struct json_reader){.at = start, .end = start + text.len, .start = start, .error = error};
}

/* Tells where and what; returns false. path may be NULL. */
bool json_fail(
    struct json_reader *reader, enum tl_status status, const char *where, const struct path *path, const char *format,
    ...) TL_PRINTF(5, 6);

/* The slow half of the next. */
void json_skip_space(struct json_reader *reader);

/* Goes to the next character that is no white space; '\0' at the end. */
static inline char json_peek(struct json_reader *reader)
{
    if (reader->at < reader->end && (unsigned char)*reader->at > ' ') {
        return *reader->at;
    }
    json_skip_space(reader);
    return reader->at < reader->end ? *reader->at : '\0';
}

/* Takes `c` when it comes next. */
static inline bool json_take(struct json_reader *reader, char c)
{
    if (json_peek(reader) != c) {
        return false;
    }
    reader->at++;
    return true;
}

bool json_expect(struct json_reader *reader, char c, const struct path *path);

/* Takes the word (null, true, false) when it comes next. */
bool json_take_word(struct json_reader *reader, const char *word);

/* A string: valid UTF-8, which may hold a NUL. */
bool json_string(struct json_reader *reader, struct json_text *out, const struct path *path);

/* What stands between a string's quotes, checked: escapes and all. Takes no memory. */
bool json_raw_string(struct json_reader *reader, struct json_text *out, const struct path *path);
bool json_has_escapes(struct json_text raw);

/* Whether two checked raw strings say the same. */
bool json_same_string(struct json_text left, struct json_text right);

/* Takes the next byte of a checked raw string, or the bytes of its next escape; how many. raw is not empty. */
size_t json_next_character(struct json_text *raw, char out[4]);

static inline bool json_starts_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

/* The characters of a number, by JSON's grammar. */
bool json_number(struct json_reader *reader, struct json_text *out, const struct path *path);

/* One level down, refused beyond the limit; and up again. */
bool json_enter(struct json_reader *reader, unsigned levels, const struct path *path);

static inline void json_leave(struct json_reader *reader, unsigned levels)
{
    reader->depth -= levels;
}

/* After a member or an element: true when another follows; *out_ok tells whether the text is in order. */
bool json_more(struct json_reader *reader, char close, bool *out_ok, const struct path *path);

/* ---- json_skip.c ---- */

/* Passes over any value, which is checked for being one. Never recurs. */
bool json_skip(struct json_reader *reader, const struct path *path);

/* Whether the text is one value and nothing else; then goes back to its start. */
bool json_check(struct json_reader *reader);

/*
 * Walking an array or an object of a text that json_check found in order. `at` is on its bracket
 * (first) or behind its last value read; they go to the next value, or behind the closing bracket
 * and return false.
 */
bool json_next_element(struct json_reader *reader, bool first);
bool json_next_member(struct json_reader *reader, bool first, struct json_text *out_name); /* raw */

/* ---- json_number.c ---- */

/* A whole number, also as 1.0, 1e3; false when it has a fraction or does not fit. */
bool json_integer(struct json_text number, bool *out_negative, uint64_t *out_magnitude);

/* Whether it has no fraction, whatever its size. */
bool json_is_whole(struct json_text number);

/* Whether two numbers are the same: 1, 1.0 and 10e-1 are. Exact at any length. */
bool json_same_number(struct json_text left, struct json_text right);

/* The nearest double; false when it is out of range. */
bool json_double(struct json_text number, double *out);

/* ---- json_value.c ---- */

/* Whether the checked raw string says `wanted`, which is plain. */
bool json_says(struct json_text raw, struct json_text wanted);

/* "an object", "null": what a value is that begins so. */
const char *json_kind_words(char first);

/* False when it does not fit, or is not whole. */
bool json_to_int64(struct json_text number, int64_t *out);

/* Decodes a checked raw string, as far as `size` allows with a NUL; *out_len: of all of it. False: it holds a NUL. */
bool json_decode(struct json_text raw, char *out_text, size_t size, size_t *out_len);

/* ---- json_scalar.c ---- */

/* A value that is no message. *out_skipped: an enumerator that is not known, which options allow. */
bool json_read_scalar(
    struct json_reader *reader, const struct schema_field *field, void *value, bool *out_skipped,
    const struct path *path);

/* A map's key, from its text. */
bool json_read_key(
    struct json_reader *reader, const struct schema_field *field, struct json_text text, void *value,
    const struct path *path);

/* ---- json_wellknown.c ---- */

bool json_read_wellknown(
    struct json_reader *reader, const struct schema_message *type, void *message, const struct path *path);

/* ---- json_collection.c ---- */

/* A whole map or array into its message. */
bool json_read_map(
    struct json_reader *reader, const struct schema_field *field, void *message, const struct path *path);
bool json_read_array(
    struct json_reader *reader, const struct schema_field *field, void *message, const struct path *path);

/* ---- json_read.c ---- */

/* A message of any type, initialised by the caller. */
bool json_read_message(
    struct json_reader *reader, const struct schema_message *type, void *message, const struct path *path);

/* The members of a plain message, those named `ignored` (NULL: none) passed over. */
bool json_read_members(
    struct json_reader *reader, const struct schema_message *type, void *message, const char *ignored,
    const struct path *path);

/* One value of the field (an element, where it is repeated). */
bool json_read_value(
    struct json_reader *reader, const struct schema_field *field, void *value, bool *out_skipped,
    const struct path *path);

#endif
