/* SPDX-License-Identifier: MIT */
/* What a handler of signals left behind, and the verdict that is made of it. */
#ifndef TIMELAPSE_WORKER_FAULT_H
#define TIMELAPSE_WORKER_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <timelapse/fault.h>

#include "base/backtrace.h"

struct pool;

/* Noted in the handler, told after it: nothing is allocated or formatted there. */
struct fault_note {
    enum tl_fault_kind kind;
    bool overflow;
    bool in_activity;
    int signal;
    const void *address;
    tl_duration spent;
    size_t stack; /* bytes, guard included */
    struct backtrace backtrace;
    const char *workflow_id; /* borrowed from the owner of the coroutine that was left */
    const char *run_id;
    const char *name;
};

/* Of a driver; zero: nothing happened. */
struct driver_fault_state {
    bool dead;
    struct fault_note note;
    char headline[320]; /* the verdict's text when there is no memory for more */
    struct pool *pool;  /* of the text; the driver's own may be half-done. NULL: there is none */
};

/*
 * The coroutine of the driver that was just resumed has been left: makes the verdict, and unwinds to
 * the innermost guard.
 */
struct tl_driver;
void driver_fault(struct tl_driver *driver);

#endif
