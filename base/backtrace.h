/* SPDX-License-Identifier: MIT */
/*
 * Which calls are under way on a stack, as addresses: by the unwind tables that every function has,
 * so that no frame pointers are needed. Nothing is allocated and no file is read; names are made of
 * the addresses elsewhere (worker/runtime/symbols.h).
 */
#ifndef TIMELAPSE_BASE_BACKTRACE_H
#define TIMELAPSE_BASE_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coroutine;

#define BACKTRACE_MOST 64U

/* Innermost first; each address lies within the instruction that called, or where a signal came. */
struct backtrace {
    size_t count;
    bool cut; /* there were more */
    uintptr_t addresses[BACKTRACE_MOST];
};

/* Of the stack that it is called on, from its caller on. May be called in a handler of signals. */
void backtrace_take(struct backtrace *backtrace);

/* Of a parked coroutine; empty when it is not parked. */
void backtrace_of(struct coroutine *coroutine, struct backtrace *backtrace);

#endif
