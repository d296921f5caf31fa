/* SPDX-License-Identifier: MIT */
/*
 * The driver with threads from the inside. Reading path: threads.c (life) -> lock.c (who may touch the driver) ->
 * engine_thread.c (steps, waits, the clock) -> job_thread.c (activities).
 *
 * Two locks. The driver's lock may be held for as long as a step takes; it is a flag, so that a coroutine may take what
 * its thread gives away. The mutex guards that flag and who waits for what, and is held for a moment only.
 */
#ifndef TIMELAPSE_WORKER_THREADS_HOST_H
#define TIMELAPSE_WORKER_THREADS_HOST_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <timelapse/time.h>

#include "base/list.h"
#include "worker/runtime/driver_private.h"

struct pool_guard;
struct watch;

/* Somebody who sleeps until another holds the lock no longer: one that was woken before would only wait for that. */
struct sleeper {
    struct list_node node; /* of threads.awoken */
    sem_t posted;
};

/* A thread that runs one job after the other. In the driver's pool. */
struct host_thread {
    struct list_node node; /* of threads.all */
    struct list_node idle; /* of threads.idle */
    struct threads *threads;
    pthread_t id;
    struct sleeper sleeper; /* until it is called, or is to end */
    bool called;            /* mutex */
    struct driver_job *job; /* driver's lock; NULL: idle */
};

/* A wait of tl_driver_run; on the stack of who waits. */
struct threads_wait {
    struct list_node node; /* of threads.waits; driver's lock */
    int (*done)(void *user);
    void *user;
    enum tl_status status;  /* driver's lock */
    struct sleeper sleeper; /* until `status` was set */
};

struct threads {
    struct driver_host host; /* first */
    struct tl_driver *driver;
    tl_time started_at; /* by the wall's clock */
    tl_time started;    /* by the monotonic one */

    /* Guarded by the mutex. */
    pthread_mutex_t mutex;
    bool taken;            /* the driver's lock */
    struct list askers;    /* struct asker, who wait for the lock, in the order of asking */
    bool ending;           /* all threads end */
    bool called;           /* the engine's thread has something to do */
    bool asleep;           /* it waits to be called, */
    tl_time asleep_until;  /* until then at most */
    unsigned jobs_settled; /* ever: that are not busy any more */
    pthread_cond_t settled;

    sem_t call; /* posted when it was asleep and is called */

    /* Of the driver's lock. */
    const void *owner; /* atomic: what is the thread's alone */
    unsigned depth;
    struct list awoken; /* struct sleeper, posted when the lock is given away */
    struct list waits;
    struct list all;  /* struct host_thread */
    struct list idle; /* likewise, that have no job */
    pthread_t engine;
    tl_time step_began;  /* atomic: by the monotonic clock, different for each; 0: between steps */
    tl_time last_step;   /* the engine's thread */
    struct watch *watch; /* NULL: none; driver's lock */
};

static inline struct threads *threads_of(struct driver_host *host)
{
    return (struct threads *)(void *)host; /* the first member */
}

/* The monotonic clock. */
tl_time threads_monotonic(void);

/* Waits for a post, whatever signals come. */
void threads_sleep(sem_t *posted);

/* A condition on the monotonic clock. */
void threads_init_condition(pthread_cond_t *condition);

/* ---- lock.c ---- */

unsigned lock_take(struct driver_host *host);
void lock_give(struct driver_host *host, unsigned held);

/* For waits: the lock as it is held goes away, and comes back. */
struct lock_kept {
    unsigned depth;
    bool stepping;
    struct pool_guard *guard;
};
struct lock_kept lock_suspend(struct threads *threads);
void lock_resume(struct threads *threads, const struct lock_kept *kept);

/* ---- engine_thread.c ---- */

/* The driver's clock goes on, and what is due becomes ready. With the driver's lock. */
void engine_thread_tick(struct threads *threads);

/* There is something to do. Any thread; the mutex is not held. */
void engine_thread_call(void *user); /* the struct threads */

/* When the engine's thread would have to wake for what the driver has before it; TL_NEVER: not by itself. */
tl_time engine_thread_due(const struct threads *threads);

void *engine_thread_main(void *user); /* likewise */

enum tl_status engine_thread_wait(struct driver_host *host, int (*done)(void *user), void *user);

/* ---- job_thread.c ---- */

bool job_thread_resume(struct driver_host *host, struct driver_job *job);
void job_thread_settle(struct driver_host *host, struct driver_job *job);
void job_thread_release(struct driver_host *host, struct driver_job *job);

#endif
