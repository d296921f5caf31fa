/* SPDX-License-Identifier: MIT */
/* The first difference between two messages of one type, and what may differ. */
#ifndef TIMELAPSE_MODEL_MESSAGE_DIFFERENCE_H
#define TIMELAPSE_MODEL_MESSAGE_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

struct schema_field;
struct schema_message;

#define DIFFERENCE_PATH 256

struct message_difference;

/* Says whether a field may differ. Asked only when it, or what is in it, does: `found` holds the path of what does. */
typedef bool difference_allowed_fn(
    const struct message_difference *found, const struct schema_message *type, const struct schema_field *field);

struct message_difference {
    difference_allowed_fn *allowed; /* NULL: nothing may */
    void *user;                     /* of `allowed` */
    /* Set when a difference was found: */
    char path[DIFFERENCE_PATH];
    const struct schema_field *field; /* NULL: the types, or the unknown fields of the whole */
    const void *left;                 /* the field's value; NULL: absent there, or unknown fields differ */
    const void *right;
    bool is_whole; /* left and right are the messages that hold the repeated field: their counts differ */
};

/* Whether they are equal but for what may differ; else fills the rest of *difference. */
bool message_find_difference(const void *left, const void *right, struct message_difference *difference);

#endif
