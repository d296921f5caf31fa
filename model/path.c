/* SPDX-License-Identifier: MIT */
#include "model/path.h"

#include <stdio.h>
#include <string.h>

#include "model/schema.h"

struct cut {
    char *at;
    size_t room; /* the NUL's byte not counted */
};

static void add(struct cut *cut, const char *text, size_t len)
{
    if (len > cut->room) {
        len = cut->room;
    }
    memcpy(cut->at, text, len);
    cut->at += len;
    cut->room -= len;
}

static void add_frame(struct cut *cut, const struct path *path, int first)
{
    if (path->field != NULL) {
        if (!first) {
            add(cut, ".", 1);
        }
        add(cut, schema_text(path->field->name), path->field->name_len);
    }
    if (path->key != NULL) {
        add(cut, "[\"", 2);
        add(cut, path->key, path->key_len);
        add(cut, "\"]", 2);
    } else if (path->index != PATH_NO_INDEX) {
        char number[32];

        add(cut, number, (size_t)snprintf(number, sizeof(number), "[%zu]", path->index));
    }
}

/* The frame that lies `depth` frames above the innermost one. */
static const struct path *frame_at(const struct path *path, size_t depth)
{
    while (depth-- > 0) {
        path = path->up;
    }
    return path;
}

void path_text(const struct path *path, char *text, size_t size)
{
    struct cut cut = {text, size - 1};
    size_t depth = 0;

    for (const struct path *frame = path; frame != NULL; frame = frame->up) {
        depth++;
    }
    /* Quadratic in a depth that is limited to MESSAGE_MAX_DEPTH, and only when there is an error to tell. */
    for (size_t i = depth; i > 0; i--) {
        add_frame(&cut, frame_at(path, i - 1), i == depth);
    }
    *cut.at = '\0';
}
