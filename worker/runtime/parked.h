/* SPDX-License-Identifier: MIT */
/* Who is told of each parked coroutine: what it waits for, and where its stack is. */
#ifndef TIMELAPSE_WORKER_PARKED_H
#define TIMELAPSE_WORKER_PARKED_H

#include <timelapse/driver.h>

struct coroutine;

/* wait: its strings are borrowed for the call; coroutine: not started yet, or parked. */
typedef void parked_fn(void *user, const struct tl_wait *wait, struct coroutine *coroutine);

#endif
