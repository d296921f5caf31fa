/* SPDX-License-Identifier: MIT */
/* Must not compile: a double is no whole number. */
#include <timelapse/json_table.h>

struct line {
    const char **tags;
    int quantity;
    double price;
};

extern const struct tl_json_field line_fields[];
const struct tl_json_field line_fields[] = {
    TL_JSON_INT(struct line, price),
};
