/* SPDX-License-Identifier: MIT */
/*
 * The paths to a test's allocations: which calls are under way, from the bottom of the stack up to the allocator (of
 * very deep ones, the 64 innermost). What happens on running out of memory depends first of all on where that is; the
 * thousandth heartbeat adds little to the first one.
 */
#ifndef TIMELAPSE_TESTS_SCENARIOS_CALL_PATHS_H
#define TIMELAPSE_TESTS_SCENARIOS_CALL_PATHS_H

#include <stdbool.h>
#include <stddef.h>

struct call_paths {
    size_t *numbers; /* of the first allocation on each, ascending */
    size_t count;
    size_t capacity;
    void *known; /* their hashes, a tree of tsearch */
};

/* The allocation of this number (from 1, each one more than the last) is under way. Returns false out of memory. */
bool call_paths_add(struct call_paths *paths, size_t number);

/* Gives all back. */
void call_paths_done(struct call_paths *paths);

#endif
