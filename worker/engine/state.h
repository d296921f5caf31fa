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
#include "worker/workflow/query.h"

struct engine {
    struct engine_settings settings;
    struct map runs;    /* struct run by run id */
    struct list cached; /* struct run, least recently used first */
    struct list tasks;  /* struct task under way, in order of their coming */
    size_t task_count;
    bool leaves;             /* engine_leave was called */
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
/* "event 7: what is wrong", in the arena. */
const char *completion_fault_text(struct arena *arena, const struct tl_error *error);

/* engine/eager.c */
/* Asks for activities of the completion's commands, as far as there are slots. */
void eager_ask(struct task *task, Pb__RespondWorkflowTaskCompletedRequest *request);
/* What came: activities are handed over, and slots that none came for are given back. reply: NULL when none is. */
void eager_settle(struct task *task, struct tl_reply *reply);

/* engine/query_task.c */
/*
 * Answers a task that only asks a query from the cached run, or NULL. False when that has not seen what is
 * asked of: then the run is to be made from history, and query_task_process goes on.
 */
bool query_task_begin(struct task *task, struct run *run);
void query_task_process(struct task *task);
/* It cannot be answered; the run is evicted. */
void query_task_fail(struct task *task, const struct run_fault *fault);
/* Asks what came along with a workflow task, whose commands are made; false after a verdict. */
bool query_task_ask_all(struct task *task, struct run_fault *fault);
/* Each gets its answer, or the server asks again. */
void query_task_add_results(struct task *task, Pb__RespondWorkflowTaskCompletedRequest *request);

/* engine/engine.c: the task is over; keep says whether its run may stay in the cache. */
void engine_end_task(struct task *task, bool keep);
/* engine/engine.c: the task's events through the codecs. */
bool engine_decode(struct task *task, struct run_fault *fault);
/* engine/engine.c: takes the queries that wait for their turn out of the run, and begins with them, in their order. */
struct task *engine_take_line(struct run *run);
void engine_begin_line(struct task *first);
/* engine/engine.c: a task that came with the reply to a completion takes its place. */
void engine_begin(struct task *task);

/* engine/cause.c: the choice of evicting the run before the task; the run is cached, the task's events follow on. */
size_t cause_choose_eviction(const struct task *task, const struct run *run);

/* Tells the sinks of something that concerns the task. */
void engine_trace(
    const struct task *task, enum tl_trace_kind kind, const char *name, const char *detail, const void *data);

#endif
