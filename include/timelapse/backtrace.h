/* SPDX-License-Identifier: MIT */
/*
 * Where parked coroutines stand: what each waits for, and the C functions that led there. For
 * reports, for a test's own hands, and what the query `__stack_trace` answers.
 *
 * A backtrace shows the user's functions, innermost first, under the public call that waits: what
 * lies within the library, and below the workflow's or activity's own function, is left out.
 * Functions, files and lines are read from the debug information of the program (-g) and its
 * libraries when someone asks, never before; without it a frame has the name of its symbol, or
 * only the module and the offset in it, as addr2line takes them.
 */
#ifndef TIMELAPSE_BACKTRACE_H
#define TIMELAPSE_BACKTRACE_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/driver.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One function under way. Strings are never NULL. */
struct tl_frame {
    const char *text;     /* "ship at src/shipping.c:41", "ship (/usr/bin/shop+0x1f40)", "/usr/bin/shop+0x1f40" */
    const char *function; /* "": not known */
    const char *file;     /* relative to the working directory when it lies below it; "": not known, or a tl_ call */
    int line;             /* from 1; 0: not known */
    const char *module;   /* path of the program or shared object; "": none is loaded there */
    uint64_t offset;      /* in the module, or the address itself where there is none */
};

/* One parked coroutine. Everything is borrowed for the call. */
struct tl_backtrace {
    const struct tl_wait *wait;
    const struct tl_frame *frames; /* innermost first; none when the coroutine has not begun */
    size_t count;
    int cut; /* 1: there were more than 64, the outermost are left out */
};

/*
 * Calls `each` for every parked coroutine of the driver's workers, in the order of tl_driver_waits.
 * May be called from anywhere on the driver's thread; takes milliseconds, for it reads the debug
 * information. Nothing is told when memory runs out.
 */
TL_API void tl_driver_backtraces(
    const struct tl_driver *driver, void (*each)(void *user, const struct tl_backtrace *backtrace), void *user);

/*
 * As tl_driver_backtraces, for those for which wanted(user, wait) is not 0. It is asked for all first, so that it can
 * count them; what is not wanted costs no backtrace.
 */
TL_API void tl_driver_backtraces_of(
    const struct tl_driver *driver, int (*wanted)(void *user, const struct tl_wait *wait),
    void (*each)(void *user, const struct tl_backtrace *backtrace), void *user);

#ifdef __cplusplus
}
#endif
#endif
