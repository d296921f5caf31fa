/* SPDX-License-Identifier: MIT */
/* Compiles: members of the types that the macros are for, with and without flags and names. */
#include <timelapse/json_table.h>

struct line {
    const char **tags;
    size_t tag_count;
    unsigned char quantity;
    double price;
};

extern const struct tl_json_field line_fields[];
const struct tl_json_field line_fields[] = {
    TL_JSON_STRINGS(struct line, tags, tag_count),
    TL_JSON_INT(struct line, quantity, TL_JSON_OPTIONAL),
    TL_JSON_DOUBLE(struct line, price, TL_JSON_REQUIRED, "unit-price"),
};
