/* SPDX-License-Identifier: MIT */
/* Backtraces of whatever has parked coroutines: a driver, or one run. */
#ifndef TIMELAPSE_WORKER_BACKTRACES_H
#define TIMELAPSE_WORKER_BACKTRACES_H

#include <timelapse/backtrace.h>

#include "worker/runtime/parked.h"

struct arena;

struct backtraces_listener {
    int (*wanted)(void *user, const struct tl_wait *wait); /* NULL: all are */
    void (*each)(void *user, const struct tl_backtrace *backtrace);
    void *user;
};

/*
 * Calls parked(whose, ...) for the coroutines, then listener->each for every one that is wanted with its
 * backtrace, which lives in the arena. Out of memory unwinds.
 */
void backtraces_tell_to(
    struct arena *arena, void (*parked)(const void *whose, parked_fn *each, void *user), const void *whose,
    const struct backtraces_listener *listener);

/* To everybody. */
void backtraces_tell(
    struct arena *arena, void (*parked)(const void *whose, parked_fn *each, void *user), const void *whose,
    void (*each)(void *user, const struct tl_backtrace *backtrace), void *user);

#endif
