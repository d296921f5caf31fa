/* SPDX-License-Identifier: MIT */
/* struct engine from the inside, and what its files ask of each other. */
#ifndef TIMELAPSE_WORKER_ENGINE_STATE_H
#define TIMELAPSE_WORKER_ENGINE_STATE_H

#include "base/agenda.h"
#include "base/list.h"
#include "base/map.h"
#include "base/random.h"
#include "worker/engine/engine.h"
#include "worker/engine/task.h"

struct engine {
    struct engine_settings settings;
    struct map runs;    /* struct run by run id */
    struct list cached; /* struct run, least recently used first */
    struct list tasks;  /* struct task under way, in order of their coming */
    size_t task_count;
    struct call_party party; /* for the calls of tasks */
    struct random random;    /* of their jitter */
};

/* engine/cache.c */
struct run *cache_find(const struct engine *engine, const char *run_id);
/* Adds a run (its ids are set) and evicts the least recently used ones that are too many. */
void cache_add(struct engine *engine, struct run *run);
void cache_touch(struct engine *engine, struct run *run);
/* The same after a task, which may have kept one too many. */
void cache_trim(struct engine *engine);
/* Takes it out and frees it. */
void cache_evict(struct engine *engine, struct run *run);

/* engine/completion.c: sends what the run decided, or that its task failed. */
void completion_send(struct task *task);
void completion_send_failure(struct task *task, const struct run_fault *fault);
/* Answers a task that only asks a query. */
void completion_refuse_query(struct task *task);

/* engine/engine.c: the task is over; keep says whether its run may stay in the cache. */
void engine_end_task(struct task *task, bool keep);
/* engine/engine.c: a task that came with the reply to a completion takes its place. */
void engine_begin(struct task *task);

/* engine/cause.c: the choice of evicting the run before the task; the run is cached, the task's events follow on. */
size_t cause_choose_eviction(const struct task *task, const struct run *run);

/* Tells the sinks of something that concerns the task. */
void engine_trace(
    const struct task *task, enum tl_trace_kind kind, const char *name, const char *detail, const void *data);

#endif
