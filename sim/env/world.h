/* SPDX-License-Identifier: MIT */
/*
 * What an environment may have more than one of: workers, each on a line to the service that can be made slow, and
 * namespaces with their clients; and the callbacks of the test.
 */
#ifndef TIMELAPSE_SIM_ENV_WORLD_H
#define TIMELAPSE_SIM_ENV_WORLD_H

#include <timelapse/alarm.h>
#include <timelapse/env_hook.h>
#include <timelapse/env_worker.h>
#include <timelapse/expect.h>

struct env_run;
struct nearest;
struct line_call;
struct report_text;

/* ---- line.c ---- */

/* The way between one worker and the service. */
struct line {
    struct tl_service service; /* what the worker sees; first */
    struct tl_service *inner;
    struct tl_env *env;
    tl_duration delay;       /* of every reply; 0: none */
    struct line_call *calls; /* whose replies will be late */
    struct line_call *unused;
};

void line_init(struct line *line, struct tl_env *env);

/* Before the driver is freed: late replies are given back unseen. */
void line_done(struct line *line);

/* ---- worker.c ---- */

struct tl_env_worker {
    struct tl_env *env;
    struct tl_env_worker *next;
    struct tl_worker_options options; /* strings and registry as kept here */
    struct tl_registry *registry;     /* owned, or NULL: options.registry is somebody else's */
    struct tl_replayer *replayer;     /* of shadow runs; made when the first is due */
    struct line line;
    struct tl_worker *worker; /* NULL: crashed */
};

/* Makes the worker by its options; NULL with `error`. */
enum tl_status env_worker_begin(struct tl_env_worker *worker, struct tl_error *error);

/* Ends all workers; then, once service and driver are gone, frees their registries. */
void env_workers_end(struct tl_env *env);
void env_lines_done(struct tl_env *env); /* between the two, unless the environment is dead */
void env_workers_free(struct tl_env *env);

/* Notes which worker runs what (from the sink). */
void env_workers_note(struct tl_env *env, const struct tl_trace_event *event);

/*
 * The replayer of the worker that ran it last, which may have a registry of its own; run NULL: of the environment's.
 * NULL, with a verdict that is not told yet.
 */
struct tl_replayer *env_replayer_of(struct tl_env *env, const struct env_run *run);

/* Adds the types that workers of their own registries know; whether `name` is one of them. */
int env_worlds_know(const struct tl_env *env, enum tl_fact_kind kind, const char *name, struct nearest *nearest);

/* Appends "; did you mean ...?" when a polled queue's name is near. */
void env_add_nearest_queue(const struct tl_env *env, const char *queue, struct report_text *text);

/* ---- namespace.c ---- */

struct env_client {
    struct env_client *next;
    const char *name_space;
    struct tl_client *client;
};

/* Keeps the options' namespaces. TL_NO_MEMORY. */
enum tl_status env_take_namespaces(struct tl_env *env, const char *const *namespaces, struct tl_error *error);
void env_clients_free(struct tl_env *env);

/* tl_sim_history and tl_sim_is_closed of the namespace that has the run; run_id "" or NULL: the latest, in any. */
enum tl_status
env_history(struct tl_env *env, const char *workflow_id, const char *run_id, struct tl_history **out_history);
int env_is_closed(const struct tl_env *env, const char *workflow_id, const char *run_id);

/* ---- hook.c ---- */

struct env_hooks {
    struct tl_env_hook *all; /* in the order of their making */
    struct tl_env_hook **tail;
    struct tl_env_hook *due; /* to be called, first in first out */
    struct tl_env_hook **due_tail;
    int listening; /* a sink is there */
    int calling;   /* a callback runs */
};

void env_hooks_init(struct env_hooks *hooks);

/* Calls those that are due. Never inside a step. */
void env_hooks_run(struct tl_env *env);

/* Writes those that were never called though they should have been, one line each; how many. */
size_t env_hooks_unmet(struct tl_env *env, struct report_text *text);

/* Before the driver is freed. */
void env_hooks_done(struct tl_env *env);

#endif
