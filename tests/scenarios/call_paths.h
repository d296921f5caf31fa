/* SPDX-License-Identifier: MIT */
/*
 * The paths to a test's allocations: which calls are under way, from the bottom of the stack up to the allocator (of
 * very deep ones, the 64 innermost). What happens on running out of memory depends first of all on where that is; the
 * thousandth heartbeat adds little to the first ones.
 */
#ifndef TIMELAPSE_TESTS_SCENARIOS_CALL_PATHS_H
#define TIMELAPSE_TESTS_SCENARIOS_CALL_PATHS_H

#include <stdbool.h>
#include <stddef.h>

struct path_turn {
    size_t number; /* of the allocation */
    unsigned turn; /* from 1: which one on its path it is */
};

struct call_paths {
    unsigned most;           /* as many allocations of one path are kept; set by the owner */
    struct path_turn *turns; /* those, by ascending numbers */
    size_t count;
    size_t capacity;
    void *known; /* the paths' hashes and how often each was gone, a tree of tsearch */
};

/* The allocation of this number (from 1, each more than the last) is under way. Returns false out of memory. */
bool call_paths_add(struct call_paths *paths, size_t number);

/* Gives all back; `most` stays. */
void call_paths_done(struct call_paths *paths);

#endif
