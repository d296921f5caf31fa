/* SPDX-License-Identifier: MIT */
/* A worker: polls a task queue of a service, runs workflows and activities of a registry. */
#ifndef TIMELAPSE_WORKER_H
#define TIMELAPSE_WORKER_H

#include <timelapse/driver.h>
#include <timelapse/registry.h>
#include <timelapse/service.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_worker;

/*
 * Zero means default in every member but the required ones. Strings are copied. A value out of
 * range is refused with the member's name.
 */
struct tl_worker_options {
    const char *task_queue;             /* required; at most 1,000 bytes */
    const char *name_space;             /* NULL: "default" */
    const char *identity;               /* NULL: "timelapse@<task queue>" */
    const struct tl_registry *registry; /* required; borrowed until the worker is freed */
    size_t cached_workflows;            /* 0: 10,000 */
    int evict_every_task;               /* 1: every run is evicted after each of its tasks, no sticky queue */
    size_t workflow_task_slots;         /* 0: 100; at least 2 with a cache; no more of use than cached_workflows */
    size_t activity_slots;              /* 0: 100 */
    size_t workflow_task_pollers;       /* 0: 5; at least 2 with a cache; at most 1,000 */
    size_t activity_pollers;            /* 0: 5; at most 1,000 */
    size_t coroutine_stack;             /* bytes; 0: 256 KiB; at least 32 KiB, at most 1 GiB; SIGSEGV at its end */
    size_t shards;                      /* 0: 1; at most 256; runs are spread over them by run id */
    tl_duration sticky_timeout;         /* >= 0; schedule-to-start of the sticky queue; 0: 10 s */
    tl_duration stop_grace;             /* >= 0; how long activities go on after tl_worker_stop; 0: until they end */
    int strict; /* 1: all attributes of a command are compared with its event, not only identity */
};

/*
 * A worker on `driver` that polls `service`; it starts polling with the driver's next step.
 * Returns owned, free with tl_worker_free; NULL with `error` naming the option. Driver's thread.
 */
TL_API struct tl_worker *tl_worker_new(
    struct tl_driver *driver, struct tl_service *service, const struct tl_worker_options *options,
    struct tl_error *error);

/* Frees at once: abandons whatever runs, answers nothing (see tl_worker_stop). NULL is fine. */
TL_API void tl_worker_free(struct tl_worker *worker);

/*
 * Begins a graceful stop: no new polls, tasks under way are answered, then the sticky queue is
 * given back. tl_worker_stopped says when it is done. Driver's thread.
 */
TL_API void tl_worker_stop(struct tl_worker *worker);
TL_API int tl_worker_stopped(const struct tl_worker *worker);

/*
 * TL_OK, or why the worker stopped by itself: the service refused its polls for 60 s with the same
 * kind of error that no retry mends (unknown namespace, no permission, not supported).
 */
TL_API TL_MUST_CHECK enum tl_status tl_worker_check(const struct tl_worker *worker, struct tl_error *error);

/* Evicts the run (NULL: all runs) from the cache once it has no task under way; returns how many were evicted or will
 * be. */
TL_API size_t tl_worker_evict(struct tl_worker *worker, const char *run_id);

/* How many runs are cached. */
TL_API size_t tl_worker_cached(const struct tl_worker *worker);

#ifdef __cplusplus
}
#endif
#endif
