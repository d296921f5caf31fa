/* SPDX-License-Identifier: MIT */
/*
 * CHECK: invariants of our own code, on in release builds too. Nothing that comes from a server,
 * a history or a user may ever reach one: that is answered with a status.
 */
#ifndef TIMELAPSE_BASE_CHECK_H
#define TIMELAPSE_BASE_CHECK_H

#include <stddef.h>
#include <timelapse/status.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (__builtin_expect(!(condition), 0)) {                                                                       \
            check_failed(#condition, __FILE__, __LINE__);                                                              \
        }                                                                                                              \
    } while (0)

/* Prints the broken invariant with a backtrace to standard error and aborts. */
TL_NORETURN void check_failed(const char *condition, const char *file, int line);

/* Number of elements of an array; the struct around an embedded member, also where it is const. */
#define COUNT_OF(array)                     (sizeof(array) / sizeof((array)[0]))
#define CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define CONST_CONTAINER_OF(pointer, type, member)                                                                      \
    ((const type *)(const void *)((const char *)(pointer)-offsetof(type, member)))

#endif
