/* SPDX-License-Identifier: MIT */
/*
 * A run: one workflow execution as a worker holds it - its machines, its coroutines, how far in
 * history it is. Chunks of events go in; what workflow code decided stands in wf.commands.
 */
#ifndef TIMELAPSE_WORKER_RUN_H
#define TIMELAPSE_WORKER_RUN_H

#include <stdbool.h>

#include "worker/engine/chunks.h"
#include "worker/engine/engine.h"
#include "worker/machines/workflow_task.h"
#include "worker/workflow/context.h"

struct task;

struct run {
    const struct engine_settings *settings;
    struct arena arena;
    struct tl_workflow wf;
    struct workflow_task workflow_task;
    int64_t last_event_id;      /* of those applied */
    uint32_t commands_to_match; /* number of the last command that the last completion sent */
    int64_t skipped_event_id;   /* the one behind a marker that was skipped; 0: none */
    bool cancel_requested;      /* by an event of the chunk that is applied */
    bool closed;                /* a closing event was applied */
    bool told_name;             /* history knows this SDK's name, and with it its flags */
    bool told_version;          /* and its version */

    /* The cache's. */
    struct list_node cached; /* least recently used first */
    struct task *task;       /* under way, or NULL */
    struct task *waiting;    /* came meanwhile: the newest */
    struct task *queries;    /* came meanwhile too, first in first out, and go first */
    bool evict;              /* once the task is done */
};

/* How a chunk is to be applied. */
struct run_mode {
    bool replaying; /* what workflow code does now was done before */
    bool sends;     /* its commands may be sent, or are compared in full */
};

/* Why a run cannot go on: `error.status` says what kind, `cause` what the server is told. */
struct run_fault {
    struct tl_error
        error; /* TL_NONDETERMINISM, TL_MALFORMED, TL_NOT_FOUND, TL_INVALID_ARGUMENT, TL_UNSUPPORTED, TL_VERDICT */
    int cause; /* WORKFLOW_TASK_FAILED_CAUSE_... */
};

struct run *run_new(const struct engine_settings *settings, bool borrows);

/* Drops coroutines and memory; runs deferred functions. */
void run_free(struct run *run);

/*
 * Applies events[0 .. end) chunk by chunk; `count` is how many there are to look ahead. answers: the
 * last chunk is a task's, whose commands will be sent; else all is replayed.
 */
bool run_apply_all(
    struct run *run, Pb__HistoryEvent *const *events, size_t count, size_t end, bool answers, struct run_fault *fault);

/* Applies events[chunk.begin .. chunk.end) and lets workflow code run; false with `fault` filled. */
bool run_apply(
    struct run *run, Pb__HistoryEvent *const *events, const struct chunk *chunk, struct run_mode mode,
    struct run_fault *fault);

/* Fills `fault`; returns false, so that a function can end with it. */
bool run_fault(struct run_fault *fault, enum tl_status status, int64_t event_id, const char *format, ...)
    TL_PRINTF(4, 5);

/* engine/match.c: the command event against the head of the command queue. */
bool match_command_event(struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault);

/* engine/match.c: after a completion's events, no command of that completion may be left. */
bool match_nothing_left(struct run *run, int64_t event_id, struct run_fault *fault);

#endif
