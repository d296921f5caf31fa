/* SPDX-License-Identifier: MIT */
/*
 * The simulator from the inside.
 *
 * Reading path: sim.c (assembly) -> ../frontend/frontend.c (a request's way in) -> run.h (one run
 * and its transactions) -> ../machines/run_start.c (how it begins), workflow_task.c, activity.c,
 * timer.c, run.c (what happens to it), run_chain.c (what follows it) -> ../commands/completion.c and
 * commands.c (a worker's answer) -> queue.c (matching) -> check.c (the oracles).
 *
 * Functions that cross files are prefixed sim_, as the worker has a run, a timer and an activity
 * of its own in the same process.
 */
#ifndef TIMELAPSE_SIM_SERVICE_H
#define TIMELAPSE_SIM_SERVICE_H

#include <stdbool.h>
#include <timelapse/service.h>
#include <timelapse/sim.h>

#include "base/agenda.h"
#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/random.h"

struct name_space;
struct run;
struct tl_call;

struct tl_sim {
    struct tl_service service;                                 /* first: what callers hold */
    void (*handle)(struct tl_call *call, const void *message); /* the way in: sim/frontend/frontend.c */
    struct agenda *agenda;
    struct pool *pool;
    struct random random;
    uint64_t token_key[2];          /* of the check value in task tokens */
    struct map spaces;              /* name -> struct name_space */
    struct list calls;              /* struct tl_call: under way */
    uint64_t peer;                  /* whose call comes next: struct tl_call's */
    struct list queues;             /* struct queue: all */
    struct list filled;             /* struct queue: those with tasks that polls could fetch */
    struct list workflow_tasks_out; /* struct outstanding */
    struct list activities_out;     /* struct outstanding */
    uint64_t last_outstanding;
    struct run **runs; /* by number */
    size_t run_count;
    size_t run_capacity;
    size_t open_runs;
    struct list changed; /* struct run: since the oracles last looked */
    size_t checks;       /* since they looked at everything */
    int64_t last_task_id;
    uint64_t last_query; /* number of the last one that was offered */
    struct tl_sim_limits limits;
    tl_sim_withhold_fn *withhold; /* NULL: every task goes to its queue */
    void *withhold_user;
    const struct tl_call *handled; /* the call that a handler works on, or NULL */
    const char *overrun;           /* the limit that its transaction broke, or NULL */
    bool wire;
    bool stopped; /* memory ran out */
};

static inline tl_time sim_now(const struct tl_sim *sim)
{
    return sim->agenda->now;
}

/* A fresh version 4 UUID in pool or arena memory of the caller's. */
static inline void sim_uuid(struct tl_sim *sim, char text[RANDOM_UUID_SIZE])
{
    random_uuid(&sim->random, text);
}

#endif
