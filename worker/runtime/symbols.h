/* SPDX-License-Identifier: MIT */
/*
 * Addresses to functions, files and lines: elfutils' libdw over what this process has mapped. Files
 * are read, and nothing outside of this machine is asked.
 */
#ifndef TIMELAPSE_WORKER_SYMBOLS_H
#define TIMELAPSE_WORKER_SYMBOLS_H

#include <stdbool.h>
#include <timelapse/backtrace.h>

#include "base/backtrace.h"

struct arena;
struct symbols;

/* What a backtrace's addresses are, as users are shown it: see timelapse/backtrace.h. Lives in the arena. */
struct frames {
    struct tl_frame *items;
    size_t count;
};

/* Makes frames of the addresses. Only within symbols_use. */
struct frames symbols_frames(const struct symbols *symbols, struct arena *arena, const struct backtrace *backtrace);

/* Calls body(user, symbols) with the mapped files at hand. Out of memory unwinds, with all files let go. */
struct pool;
void symbols_use(struct pool *pool, void (*body)(void *user, const struct symbols *symbols), void *user);

#endif
