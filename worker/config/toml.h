/* SPDX-License-Identifier: MIT */
/*
 * TOML 1.0 (toml.io/en/v1.0.0), read into a tree: everything a file may hold is checked, but of numbers, dates and
 * times only the type is kept, of arrays nothing beside the tables of arrays of tables. Configuration needs no more.
 *
 * Reading path: toml.c (statements and tables) -> toml_key.c -> toml_value.c -> toml_string.c, toml_number.c.
 */
#ifndef TIMELAPSE_WORKER_CONFIG_TOML_H
#define TIMELAPSE_WORKER_CONFIG_TOML_H

#include <stdbool.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

#include "base/map.h"

struct arena;

/* More is TL_TOO_LARGE: no file of this kind has it. */
#define TOML_MAX_BYTES ((size_t)1 << 20)

/* Of arrays and inline tables within each other, and of a key's parts. */
#define TOML_MAX_DEPTH 100

enum toml_type {
    TOML_STRING,
    TOML_BOOLEAN,
    TOML_INTEGER,
    TOML_FLOAT,
    TOML_TIME, /* dates and times of all four kinds */
    TOML_ARRAY,
    TOML_TABLES, /* [[these]] */
    TOML_TABLE
};

/* From 1; the column in bytes. */
struct toml_place {
    int line;
    int column;
};

/* How a table came to be decides who may still add to it. */
enum toml_origin {
    TOML_BY_CHILD,  /* [a] of [a.b]: a header of its own may come */
    TOML_BY_HEADER, /* once only */
    TOML_BY_DOTS,   /* b of b.c = 1: only other keys of the same section */
    TOML_INLINE     /* nobody */
};

struct toml_table {
    struct map entries; /* of struct toml_entry, in their order */
    enum toml_origin origin;
};

struct toml_value {
    enum toml_type type;
    bool boolean;
    struct tl_bytes string;   /* NUL-terminated beyond its end; may hold NULs of its own */
    struct toml_table *table; /* of TOML_TABLES: the last one */
};

struct toml_entry {
    struct tl_bytes key; /* likewise */
    struct toml_place place;
    struct toml_value value;
};

/*
 * Reads a document into *out_root, which lives in the arena and its pool. TL_MALFORMED with line, column and, as field,
 * the key; TL_TOO_LARGE. No error quotes a value, which may be a secret. Out of memory unwinds.
 */
enum tl_status
toml_read(struct arena *arena, struct tl_bytes text, const struct toml_table **out_root, struct tl_error *error);

/* The entry of that name, or NULL. */
static inline const struct toml_entry *toml_get(const struct toml_table *table, const char *key)
{
    return (const struct toml_entry *)map_get_string(&table->entries, key);
}

/* "a string", "an array of tables"; never NULL. */
const char *toml_type_name(enum toml_type type);

/* `key` as it is written in a path: bare, or quoted where it has to be. */
struct text;
void toml_add_key(struct text *path, struct tl_bytes key);

#endif
