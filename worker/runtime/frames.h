/* SPDX-License-Identifier: MIT */
/* The functions of a backtrace, and which of them users are shown. */
#ifndef TIMELAPSE_WORKER_FRAMES_H
#define TIMELAPSE_WORKER_FRAMES_H

#include <stdbool.h>

#include "worker/runtime/symbols.h"

/* As it was found; strings are borrowed for the call to frames_add, NULL when not known. */
struct frame {
    const char *function;
    const char *file;
    int line;
    const char *module;
    uint64_t offset;
    bool ours; /* of the library, not of its user */
};

/* Innermost first. Begins as {.arena = ...}. */
struct frame_list {
    struct arena *arena;
    struct frame *items;
    size_t count;
    size_t capacity;
};

/* Adds a copy. */
void frames_add(struct frame_list *list, const struct frame *frame);

/*
 * Leaves out what is below the outermost function of the library, and of each run of the library's
 * functions all but the public call that the user made.
 */
struct frames frames_show(const struct frame_list *list);

#endif
