/* SPDX-License-Identifier: MIT */
/*
 * struct tl_workflow: one run's workflow code as the engine drives it. Strands (coroutines) run
 * one at a time, in the order in which they became ready; everything they own lives in the run's
 * arena. Reading path: strand.h -> future.h -> scope.h -> signal.h, then the files named after
 * what they offer to users.
 */
#ifndef TIMELAPSE_WORKER_WORKFLOW_CONTEXT_H
#define TIMELAPSE_WORKER_WORKFLOW_CONTEXT_H

#include <stdbool.h>
#include <timelapse/workflow.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/map.h"
#include "base/random.h"
#include "model/pb.h"
#include "worker/registry/field.h"
#include "worker/workflow/ahead.h"
#include "worker/workflow/scope.h"
#include "worker/workflow/search_set.h"
#include "worker/workflow/started.h"

struct close;
struct continuation;
struct effects;
struct query;
struct query_handler;
struct strand;

/* A function to call when the run's memory goes; see tl_defer. */
struct deferred {
    struct deferred *next;
    void (*release)(void *user);
    void *user;
};

/* How the workflow's function ended. */
struct outcome {
    bool known;
    enum tl_status status;
    struct tl_payload result;
    const Pb__Failure *failure; /* with TL_FAILED */
};

struct tl_workflow {
    struct tl_driver *driver;
    struct pool *pool;
    struct arena *arena;
    const struct tl_registry *registry;
    const struct tl_workflow_definition *definition;
    size_t stack_size;
    struct tl_workflow_info info;
    struct tl_payloads input;
    struct field_view memo;
    struct field_view headers;
    struct search_set search_attributes;
    struct started started;

    tl_time now;
    bool replaying;
    bool borrows; /* history outlives the run: payloads are shared with it instead of copied */
    bool counted; /* machine steps count as coverage; not in shadow runs */
    bool sends;   /* commands made now may be sent or compared in full: what they carry is copied */
    struct random random;

    struct list strands;    /* all that have not ended, in order of their start */
    struct list ready;      /* those that can go on, in order */
    struct list conditions; /* those that wait for a condition, in order of their waits */
    struct strand *current;
    struct strand *watching; /* instead of current: code runs on it that may look, and change nothing */
    const char *watches;     /* for which function */

    struct scope root;
    struct list scopes;    /* all open ones, in order of their making */
    struct list expired;   /* struct tl_scope whose limit is over, until workflow code goes on */
    struct list signals;   /* channels by name */
    uint64_t signal_count; /* of those that arrived */
    size_t signals_left;   /* of those: that wait in channels */
    struct list handlers;  /* struct signal_handler */
    struct list handlings; /* of signals: those at work, in order of their beginning */
    struct deferred *deferred;

    struct list commands;   /* struct command: made and not yet recorded in history, in order */
    uint32_t command_count; /* made so far */
    struct map entities;    /* struct entity by the id of the event that recorded its start */
    uint32_t next_activity;
    uint32_t next_timer;

    struct ahead ahead;
    struct effects *effects; /* or NULL: no marker yet */

    struct outcome outcome;
    struct continuation *continuation; /* of the last tl_continue_as_new, or NULL */
    struct close *close;

    struct query_handler *query_handlers; /* NULL: none yet */
    struct query *query;                  /* the one that is being answered, its handler watched, or NULL */
    char *details;                        /* of tl_set_current_details; NULL: "" */
    size_t details_capacity;

    /* A misuse that fails the workflow task; the first one stays. */
    struct tl_error misuse;
};

/* Where the run's memory, code and identity come from; all borrowed for the life of the context. */
struct workflow_setup {
    struct tl_driver *driver;
    struct pool *pool;
    struct arena *arena;
    const struct tl_registry *registry;
    size_t stack_size;
    bool borrows;
    bool counted;
};

void workflow_init(struct tl_workflow *wf, const struct workflow_setup *setup);

/* Runs the deferred functions and drops all strands; the arena is the caller's. */
void workflow_done(struct tl_workflow *wf);

/* Makes the main strand, ready to run. definition, input: set before. */
void workflow_start(struct tl_workflow *wf);

/* How workflow_run_ready came back. */
enum workflow_progress {
    WORKFLOW_PARKED,  /* all strands wait */
    WORKFLOW_ENDED,   /* the main strand returned: see outcome */
    WORKFLOW_STOPPED, /* a verdict: nothing of this run may be answered any more */
    WORKFLOW_MISUSED  /* see misuse: the task fails */
};

/* The workflow ends as failed, with the strand's last failure, unless it has ended already. */
void workflow_fail(struct strand *strand);

/* One line of the workflow's log. */
void workflow_log(struct tl_workflow *wf, const char *line);

/* Lets strands run until all wait or the workflow ended. Out of memory unwinds. */
enum workflow_progress workflow_run_ready(struct tl_workflow *wf);

/*
 * Remembers a misuse of the API (first one stays) and abandons the calling strand for good: the
 * task, or the query that is being answered, fails with `text`, naming `field`.
 */
_Noreturn void workflow_misuse(struct tl_workflow *wf, const char *field, const char *format, ...) TL_PRINTF(3, 4);

/* The same for code that is not what history was made by: the task fails as non-determinism. */
_Noreturn void workflow_differs(struct tl_workflow *wf, const char *field, const char *format, ...) TL_PRINTF(3, 4);

/*
 * The context's calls are made from its own strands only; anything else is a verdict, which does
 * not return when it is made on a coroutine. wf: NULL for the workflow that runs, whichever it is.
 */
struct strand *workflow_strand(struct tl_workflow *wf, const char *function);

/*
 * The same for calls that change nothing, which code may make as well that only looks: between workflow_watch and
 * workflow_act, on the calling strand, in the name of `function`. There workflow_strand is a misuse.
 */
struct strand *workflow_look(struct tl_workflow *wf, const char *function);
void workflow_watch(struct tl_workflow *wf, const char *function);
void workflow_act(struct tl_workflow *wf);

/* Where what user code asks memory for lies: the run's, or that of the query which is being answered. */
struct arena *workflow_memory(const struct tl_workflow *wf);

/* Misuse unless TL_OK: what a check of worker/registry/option.h found. */
void workflow_check(struct tl_workflow *wf, const char *function, enum tl_status status, const struct tl_error *error);

/* Misuse when a name is missing, too long or no UTF-8. */
void workflow_check_name(struct tl_workflow *wf, const char *function, const char *field, const char *name);

/* Payloads and failures of a history event, kept for the run: shared when wf->borrows, else copied. */
struct tl_payloads workflow_keep_payloads(struct tl_workflow *wf, const Pb__Payloads *payloads);
const Pb__Failure *workflow_keep_failure(struct tl_workflow *wf, const Pb__Failure *failure);
const void *workflow_keep_message(struct tl_workflow *wf, const void *message); /* any other; NULL gives NULL */

/* A deep copy in the run's memory. */
struct tl_payload workflow_copy_payload(struct tl_workflow *wf, const struct tl_payload *payload);

/* Reseeds the random numbers: SipHash-1-3 of the run id, key zero. */
void workflow_seed(struct tl_workflow *wf, const char *run_id);

#endif
