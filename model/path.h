/* SPDX-License-Identifier: MIT */
/*
 * Where in a message a walk is: a chain of frames on the C stack, innermost first, turned into
 * text ("events[3].timer_fired_event_attributes.timer_id") only when something is to be said.
 */
#ifndef TIMELAPSE_MODEL_PATH_H
#define TIMELAPSE_MODEL_PATH_H

#include <stddef.h>

struct schema_field;

#define PATH_NO_INDEX ((size_t)-1)

struct path {
    const struct path *up;
    const struct schema_field *field; /* NULL: `key` alone */
    size_t index;                     /* in a repeated field, or PATH_NO_INDEX */
    const char *key;                  /* in a map, or NULL; key_len bytes */
    size_t key_len;
};

/* Writes the path, cut at its end when it is too long, NUL-terminated. NULL gives "". size > 0. */
void path_text(const struct path *path, char *text, size_t size);

#endif
