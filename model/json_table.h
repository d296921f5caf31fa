/* SPDX-License-Identifier: MIT */
/* The inside of timelapse/json_table.h: where in a struct, and in its JSON, reading or writing is. */
#ifndef TIMELAPSE_MODEL_JSON_TABLE_H
#define TIMELAPSE_MODEL_JSON_TABLE_H

#include <stdbool.h>
#include <timelapse/json_table.h>

#include "model/json.h"

/* An object whose members are gone through by its table, or an array whose items are. */
struct json_level {
    const struct tl_json_table *table; /* NULL: an array */
    const struct tl_json_field *field; /* the one under way; an array's own */
    char *at;                          /* the struct; or the first item */
    size_t index;                      /* of the item under way, or of the next field */
    size_t count;                      /* of items */
    uint8_t *seen;                     /* reading: a bit for each field that was there */
    uint64_t few;                      /* what seen points to when there are not more fields */
    bool first;
};

struct json_walk {
    struct json_level levels[JSON_MAX_DEPTH];
    unsigned depth;
    tl_json_alloc_fn *alloc;
    void *user;
    struct tl_error *error;
    enum tl_status status; /* of the failure */
};

static inline struct json_level *json_walk_top(struct json_walk *walk)
{
    return &walk->levels[walk->depth - 1];
}

/* Tells where and what, in the words of `format`; returns false. */
bool json_walk_fail(struct json_walk *walk, enum tl_status status, const char *format, ...) TL_PRINTF(3, 4);

/* One level down, refused beyond the limit. */
bool json_walk_enter(struct json_walk *walk, struct json_level level);

/* Memory; false, and told, when there is none. */
bool json_walk_alloc(struct json_walk *walk, size_t size, void **out);

static inline const char *json_field_name(const struct tl_json_field *field)
{
    return field->name == NULL ? field->member : field->name;
}

static inline bool json_field_is_array(const struct tl_json_field *field)
{
    return field->count_offset != SIZE_MAX;
}

static inline bool json_field_is_optional(const struct tl_json_field *field)
{
    return (field->flags & TL_JSON_OPTIONAL) != 0;
}

#endif
