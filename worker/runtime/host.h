/* SPDX-License-Identifier: MIT */
/*
 * What a driver with threads adds to the deterministic one, which has no host and pays one test for it.
 *
 * One lock covers a driver and all that lives on it. Whoever holds it is the driver's thread, as the headers call it:
 * the thread that makes steps, a thread that runs an activity while that is in a call of ours, and every other thread
 * in a public call. Code of activities runs without the lock, on a thread of its own for each attempt.
 */
#ifndef TIMELAPSE_WORKER_HOST_H
#define TIMELAPSE_WORKER_HOST_H

#include <stdbool.h>
#include <timelapse/status.h>

struct driver_host;
struct host_thread;

/* Work that has a thread of its own from its first resume until its release. Zero-initialised but for `run`. */
struct driver_job {
    void (*run)(struct driver_job *job); /* with the lock held; gives it away while user code runs */
    struct host_thread *thread;          /* NULL: none yet, or none any more */
    bool busy;                           /* resumed, and `run` has not returned since */
};

struct driver_host_methods {
    /* Takes the lock; nests. Returns how often the caller held it already, for unlock. */
    unsigned (*lock)(struct driver_host *host);
    /* Gives it back so far that the caller holds it `held` times. */
    void (*unlock)(struct driver_host *host, unsigned held);
    /* Waits, without the lock, until done(user), which is asked on the thread that makes steps; or the driver stops. */
    enum tl_status (*wait)(struct driver_host *host, int (*done)(void *user), void *user);
    /* Has job->run called on the job's thread; nothing when it is busy. False when there is no thread to be had. */
    bool (*resume)(struct driver_host *host, struct driver_job *job);
    /* Waits, without the lock, until the job is not busy. Not on its own thread. */
    void (*settle)(struct driver_host *host, struct driver_job *job);
    /* The job needs no thread any more; on any thread, its own too. */
    void (*release)(struct driver_host *host, struct driver_job *job);
    /* Ends all threads and frees the host; the lock is not held. */
    void (*free)(struct driver_host *host);
};

struct driver_host {
    const struct driver_host_methods *methods;
};

#endif
