/* SPDX-License-Identifier: MIT */
/* What the environment remembers of each run, found by run id. */
#ifndef TIMELAPSE_SIM_ENV_RUN_TABLE_H
#define TIMELAPSE_SIM_ENV_RUN_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/env/memory.h"

struct env_signal;

struct env_run {
    const char *workflow_id;
    const char *run_id;
    uint64_t hash;
    uint32_t tasks;         /* completed so far */
    int closed;             /* no more shadow replays are due than the one now linked */
    int is_due;             /* linked below */
    size_t replayed_length; /* events, at the last shadow replay */
    struct env_run *next_due;
    struct env_signal *signals;    /* names of which signals were left at a task's end; see sim/env/signals.c */
    int64_t signal_task;           /* the last one that began, by the event of its start, once there are such names */
    struct env_run *next_signaled; /* of the runs that have those, in the order in which they came up */
    struct tl_env_worker *worker;  /* of those that were added, the one that ran it last; else NULL */
};

struct run_table {
    struct env_memory *memory; /* borrowed: keeps the runs */
    struct env_run **slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

void run_table_init(struct run_table *table, struct env_memory *memory);
void run_table_done(struct run_table *table);

/* The run; run_table_get makes it when it is new. NULL: not there; out of memory. */
struct env_run *run_table_find(const struct run_table *table, const char *run_id);
struct env_run *run_table_get(struct run_table *table, const char *workflow_id, const char *run_id);

#endif
