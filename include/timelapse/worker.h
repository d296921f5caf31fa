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

/* What a worker works on. */
enum tl_worker_tasks {
    TL_WORKER_ALL = 0,
    TL_WORKER_WORKFLOWS = 1, /* polls for workflow tasks alone */
    TL_WORKER_ACTIVITIES = 2 /* polls for activities alone */
};

/*
 * Activities that a workflow of this worker schedules on this worker's own queue may come back with the answer to its
 * task, without a poll: for each of three a task at most, and where a slot is free. Servers may decline. Off wherever
 * the queue has a rate of its own (queue_activities_per_second).
 */
enum tl_eager_activities {
    TL_EAGER_ACTIVITIES_DEFAULT = 0, /* on; off in a test environment */
    TL_EAGER_ACTIVITIES_ON = 1,
    TL_EAGER_ACTIVITIES_OFF = 2
};

/*
 * As many polls at a time as the service suggests, between two limits; for each queue by itself. Zero means default.
 * A namespace may want this of all workers (poller_autoscaling_auto_enroll): those have it whose options say nothing of
 * these pollers, with the defaults. Suggestions to poll less are followed at once, those to poll more while that brings
 * more tasks. Empty polls and errors count as suggestions to poll less, where the service makes any.
 */
struct tl_poller_scaling {
    size_t minimum; /* 0: 1 */
    size_t maximum; /* at most 1,000; 0: 100 */
    size_t initial; /* 0: 5, or the limit next to it */
};

enum tl_slot_kind {
    TL_SLOT_WORKFLOW_TASK = 1,
    TL_SLOT_ACTIVITY = 2
};

/* What a slot is asked for. Borrowed for the call. */
struct tl_slot_request {
    enum tl_slot_kind kind;
    const char *task_queue; /* the worker's, also for its sticky queue */
    int sticky;             /* 1: for a poll of the sticky queue */
    int eager;              /* 1: not for a poll, but for a task that may come with the answer to another request */
    size_t used;            /* slots of the kind that the worker holds already */
};

/*
 * Decides how many tasks a worker works on at a time, instead of numbers: by memory, by load. Both members are
 * required. Driver's thread; they call nothing of the worker but tl_worker_slots_changed.
 */
struct tl_slot_supplier {
    /*
     * 1: the slot is given, until `release`; a poll holds it already. 0: not now; asked again when the worker has
     * another reason to look, and at tl_worker_slots_changed.
     */
    int (*reserve)(void *user, const struct tl_slot_request *request);
    void (*release)(void *user, enum tl_slot_kind kind);
    void *user;
};

/*
 * A worker of tl_worker_start may have several engine threads, which run workflows side by side. Each has a driver, a
 * cache and a sticky queue of its own and shares nothing: the service spreads runs over them, and a run stays on the
 * thread that has it cached. To its user they are one worker:
 * - slots, pollers, cached workflows and activities_per_second are those of all threads and are dealt out to them, so
 *   that a number that is given must be enough for each: 2 workflow_task_slots and workflow_task_pollers a thread (1
 *   without a cache), 1 of the others. Defaults grow where they are not. A slot supplier is asked for all, by one
 *   thread at a time, with all threads' slots as `used`.
 * - Code of workflows, codecs and interceptors is called by several threads at once, for different runs; so are the
 *   sinks that the connection's driver has when the worker starts. Activities of all threads may use the connection's
 *   clients. Eager starts go to the first thread.
 * - They stop together. A thread whose driver stops, out of memory or by a verdict, makes the others stop gracefully.
 */
#define TL_ENGINE_THREADS_MOST 64

/*
 * Zero means default in every member but the required ones. Strings are copied. A value out of
 * range is refused with the member's name.
 */
struct tl_worker_options {
    const char *task_queue; /* required; at most 1,000 bytes */
    const char *name_space; /* NULL: "default" */
    const char *identity;   /* NULL: the driver's ("<pid>@<host>" where it has one), or "timelapse@<task queue>" */
    const struct tl_registry *registry; /* required; borrowed until the worker is freed */
    enum tl_worker_tasks tasks;         /* 0: workflow tasks and activities */
    size_t cached_workflows;            /* 0: 10,000 */
    int evict_every_task;               /* 1: every run is evicted after each of its tasks, no sticky queue */
    size_t workflow_task_slots;         /* 0: 100; at least 2 with a cache; no more of use than cached_workflows */
    size_t activity_slots;              /* 0: 100 */
    const struct tl_slot_supplier *slot_supplier;          /* copied; instead of the two numbers. NULL: those */
    size_t workflow_task_pollers;                          /* 0: 5; at least 2 with a cache; at most 1,000 */
    size_t activity_pollers;                               /* 0: 5; at most 1,000 */
    const struct tl_poller_scaling *workflow_task_scaling; /* copied; instead of workflow_task_pollers. NULL: that */
    const struct tl_poller_scaling *activity_scaling;      /* copied; instead of activity_pollers. NULL: that */
    double activities_per_second;                          /* >= 0; that this worker asks for; 0: no limit */
    double queue_activities_per_second; /* >= 0; that the service gives to all workers of the queue: the last one that
                                           says so counts; 0: says nothing */
    enum tl_eager_activities eager_activities;
    size_t coroutine_stack;     /* bytes; 0: 256 KiB; at least 32 KiB, at most 1 GiB; SIGSEGV at its end */
    size_t shards;              /* 0: 1; at most 256; runs are spread over them by run id */
    size_t engine_threads;      /* 0: 1; at most 64, of TL_ENGINE_THREADS_MOST; more than one: tl_worker_start alone */
    tl_duration sticky_timeout; /* >= 0; schedule-to-start of the sticky queue; 0: 10 s */
    tl_duration stop_grace;     /* >= 0; how long activities go on after tl_worker_stop; 0: until they end */
    tl_duration deadlock_limit; /* >= 0; how long workflow code may run without waiting before a driver with threads
                                   takes it for stuck (timelapse/worker_run.h); TL_NEVER: for ever; 0: 1 s */
    int strict;                 /* 1: all attributes of a command are compared with its event, not only identity */
};

/*
 * A worker on `driver` that polls `service`; it starts polling with the driver's next step, and asks what the service
 * and the namespace can do (GetSystemInfo, DescribeNamespace).
 * Several workers may poll one queue, on one driver too: each has its share of the tasks, and a sticky queue of its
 * own. Returns owned, free with tl_worker_free; NULL with `error` naming the argument or option. Driver's thread.
 */
TL_API struct tl_worker *tl_worker_new(
    struct tl_driver *driver, struct tl_service *service, const struct tl_worker_options *options,
    struct tl_error *error);

/* Frees at once: abandons whatever runs, answers nothing (see tl_worker_stop). NULL is fine. */
TL_API void tl_worker_free(struct tl_worker *worker);

/*
 * Begins a graceful stop: no new polls; the service is told (ShutdownWorker), gives the sticky queue's tasks to others
 * and ends the polls under way, or they are given up; tasks under way are answered. After stop_grace the activities are
 * asked to stop (TL_ACTIVITY_WORKER_SHUTDOWN), and what they leave is tried again elsewhere. tl_worker_stopped says
 * when it is done. Once more, or with NULL, it does nothing. A worker that was stopped does not begin again: make
 * another. Driver's thread.
 */
TL_API void tl_worker_stop(struct tl_worker *worker);
TL_API int tl_worker_stopped(const struct tl_worker *worker); /* NULL: 1 */

/*
 * TL_OK, or why the worker stopped by itself: the service refused its polls for 60 s with the same
 * kind of error that no retry mends (unknown namespace, no permission, not supported). Of a worker with several engine
 * threads also TL_NO_MEMORY or TL_VERDICT, as the first says whose driver has stopped. NULL is refused.
 */
TL_API TL_MUST_CHECK enum tl_status tl_worker_check(const struct tl_worker *worker, struct tl_error *error);

/*
 * Evicts the run (NULL: all runs) from the cache once it has no task under way; returns how many were evicted or will
 * be. Of this and what follows: a worker that is NULL has nothing, and nothing is done.
 */
TL_API size_t tl_worker_evict(struct tl_worker *worker, const char *run_id);

/* The slot supplier would answer otherwise now: it is asked again with the driver's next step. Driver's thread. */
TL_API void tl_worker_slots_changed(struct tl_worker *worker);

/* How many runs are cached. */
TL_API size_t tl_worker_cached(const struct tl_worker *worker);

#ifdef __cplusplus
}
#endif
#endif
