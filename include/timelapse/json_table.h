/* SPDX-License-Identifier: MIT */
/*
 * Structs to and from JSON by tables: a table lists a struct's members, and reading and writing follow it.
 *
 *     struct line  { const char *sku; int quantity; double price; };
 *     struct order { const char *customer; struct line *lines; size_t line_count; tl_duration patience; };
 *
 *     static const struct tl_json_field line_fields[] = {
 *         TL_JSON_STRING(struct line, sku),
 *         TL_JSON_INT(struct line, quantity),
 *         TL_JSON_DOUBLE(struct line, price),
 *     };
 *     static const struct tl_json_table line_table = TL_JSON_TABLE(struct line, line_fields);
 *
 *     static const struct tl_json_field order_fields[] = {
 *         TL_JSON_STRING(struct order, customer),
 *         TL_JSON_OBJECTS(struct order, lines, line_count, &line_table),
 *         TL_JSON_DURATION(struct order, patience, TL_JSON_OPTIONAL),
 *     };
 *     static const struct tl_json_table order_table = TL_JSON_TABLE(struct order, order_fields);
 *
 * Each macro ends with what may be left away: flags, and the member's name in JSON where it is another one than in C:
 * TL_JSON_INT(struct line, quantity, TL_JSON_REQUIRED, "item-count"). A macro does not compile for a member of a type
 * that is not its own.
 *
 * A member that is not in the JSON, or null there, is an error unless it is optional; then it is zero in the struct.
 * What is zero (NULL, of a bool false) is not written when it is optional. Members that the table does not know are
 * passed over; of those that have the same name the last one counts. Reading a struct that was written gives an equal
 * one.
 *
 * Nothing here recurs or keeps anything: all of it may be called on a coroutine, of a workflow too. Any thread.
 */
#ifndef TIMELAPSE_JSON_TABLE_H
#define TIMELAPSE_JSON_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Tables ---- */

struct tl_json_table;

/* One member; made by the macros below. */
struct tl_json_field {
    const char *member;
    const char *name; /* in JSON; NULL: the member's own */
    unsigned kind;
    unsigned flags;
    size_t offset;
    size_t size;         /* of one value */
    size_t count_offset; /* of how many there are, a size_t; SIZE_MAX: the member is a value, and no array */
    const struct tl_json_table *table;
};

struct tl_json_table {
    size_t size; /* of the struct */
    const struct tl_json_field *fields;
    size_t count;
};

enum tl_json_kind {
    TL_JSON_KIND_STRING,
    TL_JSON_KIND_INT,
    TL_JSON_KIND_UINT,
    TL_JSON_KIND_DOUBLE,
    TL_JSON_KIND_BOOL,
    TL_JSON_KIND_DURATION,
    TL_JSON_KIND_TIME,
    TL_JSON_KIND_RAW,
    TL_JSON_KIND_OBJECT,
    TL_JSON_KIND_POINTER
};

/* Flags. */
#define TL_JSON_REQUIRED 0U
#define TL_JSON_OPTIONAL 1U

#define TL_JSON_TABLE(type, fields)                                                                                    \
    {                                                                                                                  \
        sizeof(type), (fields), sizeof(fields) / sizeof((fields)[0])                                                   \
    }

/* const char *: a string of UTF-8 without a NUL inside. Optional: NULL when it is not there. */
#define TL_JSON_STRING(type, ...) TL_JSON_TABLE_VALUE(type, STRING, const char *, __VA_ARGS__)
/* Any type of whole numbers, in C enums too: a number that fits. */
#define TL_JSON_INT(type, ...)                                                                                         \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_TABLE_INT_KIND(type, TL_JSON_TABLE_FIRST(__VA_ARGS__, ~)),                                             \
        type,                                                                                                          \
        TL_JSON_TABLE_INT_SIZE(type, TL_JSON_TABLE_FIRST(__VA_ARGS__, ~)),                                             \
        SIZE_MAX,                                                                                                      \
        NULL,                                                                                                          \
        __VA_ARGS__)
/* double: finite. */
#define TL_JSON_DOUBLE(type, ...) TL_JSON_TABLE_VALUE(type, DOUBLE, double, __VA_ARGS__)
/* Any type of whole numbers: 1 for true, 0 for false. What is not 0 is written as true. */
#define TL_JSON_BOOL(type, ...)                                                                                        \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_KIND_BOOL,                                                                                             \
        type,                                                                                                          \
        TL_JSON_TABLE_INT_SIZE(type, TL_JSON_TABLE_FIRST(__VA_ARGS__, ~)),                                             \
        SIZE_MAX,                                                                                                      \
        NULL,                                                                                                          \
        __VA_ARGS__)
/* tl_duration: as "1.5s"; tl_time: as "2020-01-01T00:00:00Z" (proto3 JSON). */
#define TL_JSON_DURATION(type, ...) TL_JSON_TABLE_VALUE(type, DURATION, tl_duration, __VA_ARGS__)
#define TL_JSON_TIME(type, ...)     TL_JSON_TABLE_VALUE(type, TIME, tl_time, __VA_ARGS__)
/* struct tl_bytes: the JSON text of any value, as it stands. Required: null too. Optional: no bytes when not there. */
#define TL_JSON_RAW(type, ...)      TL_JSON_TABLE_VALUE(type, RAW, struct tl_bytes, __VA_ARGS__)

/* A struct within the struct: member, its table. Optional: all zero when it is not there; it is always written. */
#define TL_JSON_OBJECT(type, member, ...)                                                                              \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_KIND_OBJECT,                                                                                           \
        type,                                                                                                          \
        sizeof(((type *)0)->member),                                                                                   \
        SIZE_MAX,                                                                                                      \
        TL_JSON_TABLE_FIRST(__VA_ARGS__, ~),                                                                           \
        TL_JSON_TABLE_REST(member, __VA_ARGS__, 0, 0, ~))
/* A pointer to a struct: member, its table. Optional: NULL when it is not there. A table may name itself. */
#define TL_JSON_POINTER(type, member, ...)                                                                             \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_KIND_POINTER,                                                                                          \
        type,                                                                                                          \
        sizeof(*((type *)0)->member),                                                                                  \
        SIZE_MAX,                                                                                                      \
        TL_JSON_TABLE_FIRST(__VA_ARGS__, ~),                                                                           \
        TL_JSON_TABLE_REST(member, __VA_ARGS__, 0, 0, ~))

/*
 * Arrays: a pointer to the first, and a size_t that counts them: member, count member. None of the values may be null.
 * Optional: NULL and 0 when it is not there; an array of none is then not written either.
 */
#define TL_JSON_STRINGS(type, member, ...) TL_JSON_TABLE_VALUES(type, STRING, const char *, member, __VA_ARGS__)
#define TL_JSON_DOUBLES(type, member, ...) TL_JSON_TABLE_VALUES(type, DOUBLE, double, member, __VA_ARGS__)
#define TL_JSON_INTS(type, member, ...)                                                                                \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_TABLE_INT_KIND(type, member[0]),                                                                       \
        type,                                                                                                          \
        TL_JSON_TABLE_INT_SIZE(type, member[0]),                                                                       \
        TL_JSON_TABLE_COUNT(type, TL_JSON_TABLE_FIRST(__VA_ARGS__, ~)),                                                \
        NULL,                                                                                                          \
        TL_JSON_TABLE_REST(member, __VA_ARGS__, 0, 0, ~))
/* Of structs: member, count member, the table of one. */
#define TL_JSON_OBJECTS(type, member, count_member, ...)                                                               \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_KIND_OBJECT,                                                                                           \
        type,                                                                                                          \
        sizeof(*((type *)0)->member),                                                                                  \
        TL_JSON_TABLE_COUNT(type, count_member),                                                                       \
        TL_JSON_TABLE_FIRST(__VA_ARGS__, ~),                                                                           \
        TL_JSON_TABLE_REST(member, __VA_ARGS__, 0, 0, ~))

/* ---- Reading and writing ---- */

/* Memory for what is read or written, aligned for everything; NULL when there is none. It is never given back. */
typedef void *tl_json_alloc_fn(void *user, size_t size);

/*
 * Reads a payload of encoding json/plain, whose value is an object, into the struct; strings, arrays and what pointers
 * lead to come from `alloc`. Errors name the path as their field ("lines[2].price") - TL_NOT_FOUND: a required member
 * is not there, or there is no payload (NULL); TL_MALFORMED: it is null or of another kind, or the payload is no JSON
 * (line and column); TL_TOO_LARGE: a number does not fit, or it is nested beyond 100 levels; TL_NO_MEMORY. The struct
 * is untouched on failure; what was allocated until then is the caller's to forget.
 */
TL_API TL_MUST_CHECK enum tl_status tl_json_read(
    const struct tl_json_table *table, const struct tl_payload *payload, void *out_struct, tl_json_alloc_fn *alloc,
    void *user, struct tl_error *error);

/*
 * Writes the struct as a payload of encoding json/plain, in one line and with a NUL behind it; members in the order of
 * the table. Borrows nothing. Errors as above - TL_NOT_FOUND: a required pointer is NULL; TL_MALFORMED: a text is no
 * UTF-8, a raw value no JSON, a number not finite, a time that JSON cannot say; TL_TOO_LARGE: beyond 100 levels.
 */
TL_API TL_MUST_CHECK enum tl_status tl_json_write(
    const struct tl_json_table *table, const void *value, tl_json_alloc_fn *alloc, void *user,
    struct tl_payload *out_payload, struct tl_error *error);

/* ---- In workflows ---- */

/* The argument at `index`, or NULL: for what follows. */
static inline const struct tl_payload *tl_payload_at(const struct tl_payloads *payloads, size_t index)
{
    return index < payloads->count ? &payloads->items[index] : NULL;
}

/*
 * tl_json_read into the run's memory. An error fails the workflow task, naming the path, and does not return: code that
 * reads better can be deployed, and the workflow goes on.
 */
TL_API void tl_workflow_decode(
    struct tl_workflow *wf, const struct tl_json_table *table, const struct tl_payload *payload, void *out_struct);

/* tl_json_write into the run's memory; an error fails the workflow task and does not return. */
TL_API struct tl_payload
tl_workflow_encode(struct tl_workflow *wf, const struct tl_json_table *table, const void *value);

/* ---- In activities ---- */

/*
 * tl_json_read into the attempt's memory. TL_FAILED, with a failure of type "DecodingError" that names the path and is
 * not retried: the next attempt would read the same. To return from the activity as it is.
 */
TL_API TL_MUST_CHECK enum tl_status tl_activity_decode(
    struct tl_activity *activity, const struct tl_json_table *table, const struct tl_payload *payload,
    void *out_struct);

/* tl_json_write into the attempt's memory; TL_FAILED with a failure of type "EncodingError", not retried either. */
TL_API TL_MUST_CHECK enum tl_status tl_activity_encode(
    struct tl_activity *activity, const struct tl_json_table *table, const void *value, struct tl_payload *result);

/* ---- How the macros work ---- */

#define TL_JSON_TABLE_FIRST(first, ...) first
#define TL_JSON_TABLE_TEXT_OF(token)    #token

/* Behind a table or a count member come flags and name, if anything. */
#define TL_JSON_TABLE_REST(member, first, flags, name, ...) member, flags, name

/* kind, struct, size of one, offset of the count, table; member, flags, name. */
#define TL_JSON_TABLE_FIELD(kind, type, size, count_offset, table, ...)                                                \
    TL_JSON_TABLE_FIELD_OF(kind, type, size, count_offset, table, TL_JSON_TABLE_ALL(__VA_ARGS__, 0, 0, ~))
#define TL_JSON_TABLE_ALL(member, flags, name, ...) member, flags, name
#define TL_JSON_TABLE_FIELD_OF(...)                 TL_JSON_TABLE_ROW(__VA_ARGS__)
#define TL_JSON_TABLE_ROW(kind, type, size, count_offset, table, member, flags, name)                                  \
    {                                                                                                                  \
        TL_JSON_TABLE_TEXT_OF(member), name, kind, flags, offsetof(type, member), size, count_offset, table            \
    }

/* The size of a member that is of this very type; others do not compile. */
#define TL_JSON_TABLE_SIZE(type, member, wanted) sizeof(*(1 ? &((type *)0)->member : (wanted *)0))
#define TL_JSON_TABLE_COUNT(type, member)        (offsetof(type, member) + 0 * TL_JSON_TABLE_SIZE(type, member, size_t))

#define TL_JSON_TABLE_VALUE(type, kind, wanted, ...)                                                                   \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_KIND_##kind,                                                                                           \
        type,                                                                                                          \
        TL_JSON_TABLE_SIZE(type, TL_JSON_TABLE_FIRST(__VA_ARGS__, ~), wanted),                                         \
        SIZE_MAX,                                                                                                      \
        NULL,                                                                                                          \
        __VA_ARGS__)
#define TL_JSON_TABLE_VALUES(type, kind, wanted, member, ...)                                                          \
    TL_JSON_TABLE_FIELD(                                                                                               \
        TL_JSON_KIND_##kind,                                                                                           \
        type,                                                                                                          \
        TL_JSON_TABLE_SIZE(type, member[0], wanted),                                                                   \
        TL_JSON_TABLE_COUNT(type, TL_JSON_TABLE_FIRST(__VA_ARGS__, ~)),                                                \
        NULL,                                                                                                          \
        TL_JSON_TABLE_REST(member, __VA_ARGS__, 0, 0, ~))

/* Only whole numbers can be or-ed. */
#define TL_JSON_TABLE_INT_SIZE(type, member) (sizeof(((type *)0)->member) + 0 * sizeof(((type *)0)->member | 1))
#define TL_JSON_TABLE_INT_KIND(type, member)                                                                           \
    ((__typeof__(((type *)0)->member))(-1) > (__typeof__(((type *)0)->member))(0) ? TL_JSON_KIND_UINT                  \
                                                                                  : TL_JSON_KIND_INT)

#ifdef __cplusplus
}
#endif
#endif
