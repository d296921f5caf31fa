/* SPDX-License-Identifier: MIT */
/*
 * The engine: workflow tasks in, completions out. One shard holds the cached runs whose run ids
 * fall to it; everything that concerns a run happens on its shard's thread. Pure: time, memory,
 * the service and the code to run are given, nothing else is touched.
 *
 * Reading path: engine.c (a task's way) -> chunks.c (events to chunks) -> run.c (a chunk's way)
 * -> match.c (commands against events) -> completion.c (the answer) -> cache.c.
 */
#ifndef TIMELAPSE_WORKER_ENGINE_H
#define TIMELAPSE_WORKER_ENGINE_H

#include <stdbool.h>
#include <timelapse/driver.h>
#include <timelapse/registry.h>
#include <timelapse/service.h>
#include <timelapse/time.h>

#include "model/pb.h"
#include "worker/runtime/parked.h"

struct agenda;
struct engine;
struct pool;

/* What an engine works with; all pointers borrowed for its life. */
struct engine_settings {
    struct tl_driver *driver; /* for verdicts and logs */
    struct agenda *agenda;
    struct pool *pool;
    struct tl_service *service; /* NULL in a replayer */
    const struct tl_registry *registry;
    const char *name_space;
    const char *identity;
    const char *task_queue;
    const char *sticky_queue; /* NULL: no cache, runs are evicted after each task */
    tl_duration sticky_timeout;
    size_t cached_workflows;
    size_t coroutine_stack;
    bool strict;  /* compare all attributes when matching */
    bool counted; /* count machine rows; false in shadow runs */
    /* A task taken with engine_take_task is done with: answered, handed back or dropped. */
    void (*on_task_done)(void *user);
    const struct engine_eager *eager; /* NULL: no activity is asked for with a completion */
    void *user;
};

/* Where activities run that come back with a completion's answer; with the `user` of the settings. */
struct engine_eager {
    /* Reserves a slot for one, if there is one. */
    bool (*reserve)(void *user);
    /* Gives a slot back that no activity came for. */
    void (*release)(void *user);
    /* Takes an activity's task for a reserved slot; it lives in `reply` (its reference too). */
    void (*take)(void *user, struct tl_reply *reply, const Pb__PollActivityTaskQueueResponse *task);
};

/* Out of memory unwinds (base/pool.h), here and in all that follows. */
struct engine *engine_new(const struct engine_settings *settings);

/* Drops all runs; answers nothing. NULL is fine. */
void engine_free(struct engine *engine);

/* Takes a reply to PollWorkflowTaskQueue that holds a task (its reference too). */
void engine_take_task(struct engine *engine, struct tl_reply *poll);

/* The same for a task that lives elsewhere in a reply. */
void engine_take(struct engine *engine, struct tl_reply *reply, const Pb__PollWorkflowTaskQueueResponse *task);

/* The worker goes: completions name no sticky queue any more and bring no next task along. */
void engine_leave(struct engine *engine);

/* Evicts the run (NULL: all) now, or after the task under way; how many. */
size_t engine_evict(struct engine *engine, const char *run_id);
size_t engine_cached(const struct engine *engine);

/* How many tasks are under way. */
size_t engine_tasks(const struct engine *engine);

/* Calls `each` for every parked coroutine, runs in order of their caching. */
void engine_waits(const struct engine *engine, parked_fn *each, void *user);

#endif
