/* SPDX-License-Identifier: MIT */
/* Where workflow code stands that does not come back, noted by a handler of signals on its thread. */
#ifndef TIMELAPSE_WORKER_STUCK_H
#define TIMELAPSE_WORKER_STUCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <timelapse/time.h>

#include "base/backtrace.h"

#define STUCK_NAME  1001 /* bytes, the NUL included: as long as Temporal's names may be */
#define STUCK_TOKEN 4096

/* Copies: what they are of may go away once the code comes back. Empty where nothing is known. */
struct stuck {
    bool in_workflow; /* else nothing more is known but the backtrace */
    bool has_task;    /* the last four; else a replay, or one whose token is too long */
    struct backtrace backtrace;
    char workflow_id[STUCK_NAME];
    char run_id[STUCK_NAME];
    char coroutine[STUCK_NAME];
    char name_space[STUCK_NAME];
    char identity[STUCK_NAME];
    size_t token_len;
    unsigned char token[STUCK_TOKEN];
};

/* Lets this process find out; false when the signal has a handler already. */
bool stuck_install(void);

/*
 * Asks where `thread` stands in the step that began at *began, which is 0 between steps and atomic. False when that is
 * over, or the thread does not answer within a second. One at a time in the process; the others wait.
 */
bool stuck_find(pthread_t thread, const tl_time *began, struct stuck *out_stuck);

#endif
