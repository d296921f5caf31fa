/* SPDX-License-Identifier: MIT */
/*
 * struct tl_env from the inside. The environment is a user of the installed headers like any
 * other: it sees the driver, the simulator and the worker through them alone.
 *
 * Reading path: env.c (making it) -> place.c (where calls stand) -> pace.c (around each call and step) -> wait.c
 * (stepping and time) -> guard.c (what bounds it) -> verdict.c (what stops it) -> report.c (what is told) -> failures.c
 * (what is kept) -> shadow.c (what is replayed behind it) -> mock.h (mocks) -> assert.c -> record.c.
 */
#ifndef TIMELAPSE_SIM_ENV_ENVIRONMENT_H
#define TIMELAPSE_SIM_ENV_ENVIRONMENT_H

#include <timelapse/env.h>
#include <timelapse/lone_worker.h>
#include <timelapse/replayer.h>

#include "sim/env/guard.h"
#include "sim/env/memory.h"
#include "sim/env/report_text.h"
#include "sim/env/run_table.h"
#include "sim/env/world.h"

struct mock_type; /* sim/env/mock.h */
struct mock_order;

/* Where a test made an expectation. */
struct mock_place {
    const char *file;
    int line;
};

/* Where calls of the environment stand, as far as their macros told (tl_env_here). */
#define ENV_PLACES 4
struct env_places {
    struct mock_place noted[ENV_PLACES]; /* of calls that are about to be made */
    size_t count;
    struct mock_place test;      /* of the test's last call, which may wait; file NULL: not told */
    struct mock_place coroutine; /* of the call that an activity makes now, likewise */
};

/* The one namespace of a simulator (timelapse/sim.h). */
#define ENV_NAMESPACE "default"

/* What the process's environment asked for; read once, in tl_env_new. */
struct env_settings {
    const char *variant;  /* "", "evict" or "wire", for reports */
    const char *fixtures; /* directory that recordings are relative to, or NULL */
    int record;           /* recordings are written */
};

struct tl_env {
    struct env_memory memory;
    struct env_settings settings;
    struct tl_reporter reporter;
    tl_time start_time;
    uint64_t seed;
    struct env_guard guard;
    unsigned targets; /* kinds of deadlines that a wait jumps to */
    const char *task_queue;
    size_t coroutine_stack;
    int evict_every_task;
    int no_shadow;
    int tolerate_failed_tasks;

    struct tl_driver *driver;
    struct tl_sim *sim;         /* NULL: the service is elsewhere */
    struct tl_service *service; /* the simulator's, or that */
    struct tl_elsewhere elsewhere;
    int time_passes;       /* elsewhere, by itself */
    tl_time looked_at;     /* when runs elsewhere were asked about */
    uint64_t looked_steps; /* of the driver, by then */
    struct tl_registry *registry;
    struct tl_env_worker own;      /* the worker that is there from the start */
    struct tl_env_worker *workers; /* those that were added, in that order */
    const char *const *namespaces; /* beside "default", up to a NULL; or NULL */
    struct env_client *clients;    /* of those */
    struct tl_client *client;
    struct tl_lone_worker *lone;  /* of attempts by themselves; made with the first */
    struct tl_replayer *replayer; /* of shadow runs; made when the first is due */

    struct env_places places;
    const char *file; /* of the assertion that looks, for verdicts that come without a place; NULL: none does */
    int line;
    struct tl_handle *awaited; /* the run that the test waits for, or NULL */

    /* told by the sink, acted on after the step */
    enum tl_signals_left signals_left;
    struct env_run *signaled; /* runs with signals that were left at a task's end */
    struct env_run **signaled_tail;
    struct run_table runs;         /* runs that completed a workflow task here */
    struct env_run *due;           /* runs to be replayed, first in first out */
    struct env_run **due_tail;     /* where the next one is linked */
    uint64_t closed_runs;          /* grows with each run that closes */
    struct report_text task_fault; /* a failed workflow task's words, until they are a verdict */
    enum tl_status fault_status;
    const struct env_run *blamed; /* the run that a verdict of the environment's own is about, or NULL */
    int out_of_memory;            /* in the sink, which cannot stop the driver */

    struct mock_type *mocks; /* in the order in which they came up */
    struct mock_type **mocks_tail;
    struct mock_order *orders;
    int in_service; /* the service asks the mocks: nothing can be told now */

    struct env_hooks hooks;
    int waiting;     /* how deep waits stand in each other: a callback's call in the test's wait */
    size_t marks[2]; /* events of the timeline that a report marks, by id; 0: none */

    tl_write_fn *write_trace; /* NULL: nobody listens */
    void *write_user;
    int trace_sink_added;

    int reported;               /* the verdict that stands has been told */
    struct report_text verdict; /* as told */
    struct report_text scratch; /* of the function that runs now */
    struct report_text answer;  /* lent out until the next call */
    struct report_text log;     /* what workflows logged, for reports */

    uint64_t failed_attempts;      /* of activities */
    tl_time failed_attempt_at;     /* the last of them */
    char failed_attempt_text[256]; /* workflow, type, and why */
};

/* ---- place.c ---- */

/* A call of the test, or of an activity, has begun: from now on verdicts without a place are about where it stands. */
void env_arrive(struct tl_env *env);

/* The call that an activity made is over; nothing elsewhere. */
void env_depart(struct tl_env *env);

/* ---- pace.c ---- */

/*
 * Whether `function`, called by the test, may go on: not on a coroutine, no verdict. One that
 * stands is reported first, if it was not yet.
 */
int env_enter(struct tl_env *env, const char *function);

/* The same for a function that lets the world go on: not in a callback either. */
int env_enter_wait(struct tl_env *env, const char *function);

/* What follows from what the sink told since: shadow replays, verdicts. Never on a coroutine. */
void env_settle(struct tl_env *env);

/* Watches the driver's waits and steps, its own and those of client calls. */
void env_pace(struct tl_env *env);

/* ---- why.c ---- */

/* Appends what holds the clock, or why it does not move, line by line. */
void env_add_why(struct tl_env *env, struct report_text *text);

/*
 * Appends "nobody polls task queue tset, where order-1: workflow task 2 waits since +0s; did you mean test?" of the
 * awaited run, else of the first task in such a queue; 0: there is none.
 */
int env_add_unpolled(struct tl_env *env, struct report_text *text);

/* ---- watch.c ---- */

/* Listens to the driver's events. */
enum tl_status env_watch(struct tl_env *env, struct tl_error *error);

/* ---- signals.c ---- */

/* From the sink: a task begins; signals it has left; a run has closed, which may make them env->task_fault. */
void env_signals_begin_task(struct tl_env *env, const struct tl_trace_event *event);
void env_signals_note(struct tl_env *env, const struct tl_trace_event *event);
void env_signals_check(struct tl_env *env, const char *run_id);

/*
 * Appends "signal delivred was sent to order-1, and nothing takes it; did you mean delivered? ..." of the awaited run,
 * else of the first open one; 0: no open run has such a signal.
 */
int env_add_signal_left(struct tl_env *env, struct report_text *text);

/* ---- query.c ---- */

/*
 * Whether the code of the run, by what it says of itself, takes signals of that name; offers those that it takes. Lets
 * no time pass.
 */
int env_takes_signal(struct tl_env *env, struct tl_handle *run, const char *name, struct nearest *nearest);

/* ---- verdict.c ---- */

/*
 * Makes a verdict and leaves the telling to whoever called, so that nothing leaks when the
 * reporter jumps away. On a coroutine it does not return.
 */
void env_stop(struct tl_env *env, enum tl_status status, const char *format, ...) TL_PRINTF(3, 4);

/* The same, about that place in a test; file: static storage. */
void env_stop_at(struct tl_env *env, const char *file, int line, const char *format, ...) TL_PRINTF(4, 5);

/* Makes a verdict; on the test's stack tells it too, on a coroutine does not return. */
void env_fail(struct tl_env *env, enum tl_status status, const char *format, ...) TL_PRINTF(3, 4);

/* Reports the verdict that stands unless it was; 1 when one stands. Never on a coroutine. */
int env_report(struct tl_env *env);

/* "+30d" since the start of the environment. */
void env_add_moment(const struct tl_env *env, struct report_text *text, tl_time at);

/* ---- report.c ---- */

/* env->answer as it is lent to the test; "", with the verdict TL_NO_MEMORY, when some of it is missing. */
const char *env_lend(struct tl_env *env);

/* Writes the verdict's report to env->verdict. */
void env_write_report(struct tl_env *env, const struct tl_verdict *verdict);

/* How many coroutines wait for something. */
size_t env_count_waits(const struct tl_env *env);

/* The run that the verdict is about: its own, else the one that the test waits for; "" when there is none. */
const char *env_concerned_run(const struct tl_env *env, const struct tl_verdict *verdict, const char **run_id);

/* ---- failures.c ---- */

/* Writes the histories of the runs of a failed test to files, and appends their names to env->verdict. */
void env_add_histories(struct tl_env *env, const struct tl_verdict *verdict);

/* Appends the command that runs the test again. */
void env_add_command(struct tl_env *env);

/* ---- env.c ---- */

/* Where TIMELAPSE_FAILURES says that histories of failed tests go; "": nowhere; NULL: it says nothing. */
const char *env_failures_directory(void);

/* The directory of temporary files. */
const char *env_temporary_directory(void);

/* The test that TIMELAPSE_TEST asks for, with wildcards, or NULL. */
const char *env_wanted_test(void);

/* ---- assert.c ---- */

/* Between the two a verdict without a place of its own is reported at file and line. env_begin as env_enter. */
int env_begin_assertion(struct tl_env *env, const char *file, int line);

/* Whether what an assertion expects is JSON; whether what it, or a call, has to name is named. A verdict when not. */
int env_check_expected(struct tl_env *env, const char *json);
int env_check_named(struct tl_env *env, const char *what, const char *name);
void env_end_assertion(struct tl_env *env);

/* ---- failure_words.c ---- */

/* "failed: activity ChargeCard: retry attempts used up\n    caused by GatewayBusy: ...", or "completed with {...}". */
void env_add_outcome(
    struct report_text *text, enum tl_status status, const struct tl_payload *result, const struct tl_failure *failure);

/* ---- elsewhere.c: what follows is asked of a service that is no simulator ---- */

static inline int env_is_elsewhere(const struct tl_env *env)
{
    return env->elsewhere.begin != NULL;
}

enum tl_status
env_elsewhere_begin(struct tl_env *env, const struct tl_search_definition *attributes, struct tl_error *error);
void env_elsewhere_end(struct tl_env *env);

/* As env_history and env_is_closed, by calls: they wait, and fail on a stopped driver. */
enum tl_status
env_elsewhere_history(struct tl_env *env, const char *workflow_id, const char *run_id, struct tl_history **out_history);
int env_elsewhere_is_closed(const struct tl_env *env, const char *workflow_id, const char *run_id);

/* What `look` says, which makes calls; 0 as long as it is not worth them: waits ask before every step. */
int env_elsewhere_look(struct tl_env *env, int (*look)(void *user), void *user);

/* Of the runs that had a task here; all of none are not. */
int env_elsewhere_are_all_closed(const struct tl_env *env);
size_t env_elsewhere_open_runs(const struct tl_env *env);

/* Whether nothing was ready for a while; *busy_at is the wait's own, at first 0. */
int env_elsewhere_is_quiet(struct tl_env *env, tl_time *busy_at);

/* ---- shadow.c ---- */

/* Notes an accepted completion or a closed run (from the sink); replays what is due, without telling. */
void env_shadow_note(struct tl_env *env, const struct tl_trace_event *event);
void env_shadow_run(struct tl_env *env);

/* The replayer of the environment's registry; NULL, with a verdict that is not told yet. */
struct tl_replayer *env_replayer(struct tl_env *env);

/* ---- mock_serve.c ---- */

/* Puts the mocks behind the user's interceptors. */
void env_mocks_install(struct tl_env *env);

/* ---- mock_unmet.c ---- */

/* Writes the expectations that are not met, one line each; how many, and where the first was made. */
size_t env_mocks_unmet(const struct tl_env *env, struct report_text *text, struct mock_place *first);

#endif
