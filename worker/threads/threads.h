/* SPDX-License-Identifier: MIT */
/* The driver with threads: the real clock, a thread that makes its steps, and a thread for each activity that runs. */
#ifndef TIMELAPSE_WORKER_THREADS_H
#define TIMELAPSE_WORKER_THREADS_H

#include <timelapse/allocator.h>
#include <timelapse/driver.h>
#include <timelapse/status.h>

/*
 * A driver whose steps a thread of its own makes as they come due, by the wall's clock as it was at the start and the
 * monotonic one's progress since. Every public call may be made on any thread, but stepping, jumping and advancing,
 * which do nothing. `done` of tl_driver_run is asked on the driver's thread.
 * allocator: copied; called on several threads, one at a time for each driver. Identifiers are seeded by the system.
 * Returns owned, to be freed with tl_driver_free when everything made on it is freed, not on a thread of its own. NULL
 * with `error` filled: TL_INVALID_ARGUMENT for the allocator, TL_NO_MEMORY, TL_RESOURCE_EXHAUSTED when the system gives
 * no thread or no randomness.
 */
struct tl_driver *threads_driver_new(const struct tl_allocator *allocator, struct tl_error *error);

/*
 * The lock of any driver, for what lives on it and is made or looked at by other threads: a service in the process.
 * Nests; held: what threads_lock returned. Nothing for a deterministic driver.
 */
unsigned threads_lock(struct tl_driver *driver);
void threads_unlock(struct tl_driver *driver, unsigned held);

#endif
