/* SPDX-License-Identifier: MIT */
/*
 * The test environment: a driver, a simulator, a worker and a client in one handle, on the
 * caller's thread. Time stands still while anything can run and jumps when nothing can.
 *
 * A verdict - failed check, unexpected call, unmet expectation, non-determinism - stops the
 * environment and sticks. It reaches the test through the reporter, on the test's own stack, with
 * file, line, a timeline in virtual time and what each coroutine waits for.
 */
#ifndef TIMELAPSE_ENV_H
#define TIMELAPSE_ENV_H

#include <timelapse/client.h>
#include <timelapse/driver.h>
#include <timelapse/elsewhere.h>
#include <timelapse/env_query.h>
#include <timelapse/history.h>
#include <timelapse/options.h>
#include <timelapse/registry.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_env;

/* How a test framework hears of a failure. `fail` does not need to return. */
struct tl_reporter {
    void (*fail)(void *user, const char *file, int line, const char *text); /* required */
    void (*log)(void *user, const char *text);                              /* NULL: standard error */
    void (*skip)(void *user, const char *file, int line, const char *text); /* NULL: counts as log */
    void *user;
    /*
     * The test that runs, for the command that runs it again; may be NULL, and answer NULL. Who gives it runs that test
     * alone where TIMELAPSE_TEST names it.
     */
    const char *(*test)(void *user);
};

/*
 * What it means that a run closes while it has signals that its code has not taken, neither by a handler nor by a wait.
 * Services allow that, and drop them: a run may well close before it comes to take a signal, so that by default a test
 * does not fail for it; but a name that is a slip of the pen away from one that the workflow does take is a mistake.
 */
enum tl_signals_left {
    TL_SIGNALS_LEFT_CHECKED = 0, /* a verdict where such a name is misspelt */
    TL_SIGNALS_LEFT_FAIL = 1,    /* each of them is a verdict: nothing may be lost (and see tl_assert_signals_taken) */
    TL_SIGNALS_LEFT_ALLOWED = 2  /* none is */
};

/* Zero means default in every member. */
struct tl_env_options {
    tl_register_fn *register_all;         /* called on the environment's own registry; may be NULL */
    const struct tl_reporter *reporter;   /* copied; NULL: print and abort */
    const struct tl_allocator *allocator; /* copied */
    const struct tl_chooser *chooser;     /* copied */
    tl_time start_time;                   /* 0: 2020-01-01T00:00:00Z */
    uint64_t seed;                        /* 0: TIMELAPSE_SEED, else 1 */
    const char *task_queue;               /* NULL: "test" */
    int evict_every_task;                 /* 1, or TIMELAPSE_VARIANT=evict: every run is evicted after each task */
    int wire;                             /* 1, or TIMELAPSE_VARIANT=wire: see tl_sim_options */
    int no_shadow;                        /* 1: no shadow replay */
    int tolerate_failed_tasks;            /* 1: a failed workflow task is tried again, as in production; 0: a verdict */
    int skip_to_run_timeouts; /* 1: time jumps to run and execution timeouts too; 0: passes them on its way */
    size_t coroutine_stack;   /* of workflows and activities, shadow replay too: see tl_worker_options; 0: 256 KiB */
    uint64_t max_steps;       /* in one wait; 0: 10,000,000. More is a verdict */
    tl_duration cpu_limit;    /* processor time that workflow or activity code may take at a time; 0: 10 s; < 0: any */
    tl_duration wall_time;    /* real time that one wait may take; 0: 2 minutes; < 0: any. More is a verdict, of both */
    int no_guards;            /* 1: signals are left alone, so code that crashes ends the process; no limits of time */
    struct tl_sim_limits limits;   /* of the service: say, to see a workflow continue as new early */
    const char *const *namespaces; /* beside "default": see timelapse/env_worker.h; copied; up to a NULL. NULL: none */
    enum tl_signals_left signals_left;
    int begin_held;                                       /* 1: time is held from the start, as by tl_env_hold */
    const struct tl_search_definition *search_attributes; /* that the service knows; copied; up to one without a name */
    /*
     * Copied; NULL: a simulator. Elsewhere there is no shadow replay, tl_env_sim is NULL, and limits and namespaces
     * mean nothing; where time passes by itself start_time and begin_held mean nothing either, it does not stand still
     * between calls, and waits that cannot end do so by wall_time.
     */
    const struct tl_elsewhere *elsewhere;
};

/*
 * Code of workflows and activities that crashes (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS), aborts, overflows its stack
 * or takes more time than it may is a verdict with its backtrace: the environment is dead then, the test fails,
 * and the next one runs (timelapse/fault.h). Elsewhere signals go to whoever had them before. Not with sanitizers,
 * which report by themselves. There are no limits of time in a debugger, under valgrind, or where TEMPORAL_DEBUG is
 * set.
 */

/*
 * A new universe with a worker on the task queue. Reads TIMELAPSE_SEED, TIMELAPSE_VARIANT (evict,
 * wire), TIMELAPSE_RECORD, TIMELAPSE_FIXTURES and TEMPORAL_DEBUG from the process's environment; nothing else does.
 *
 * A failure's report ends with the seed, the histories of the test's runs as files, and the command that runs it again.
 * The files lie in TIMELAPSE_FAILURES (read then, made when it is missing; "none": none are written), else in
 * timelapse-failures-<user id> below TMPDIR or /tmp, by program, test, workflow and run: the same failure overwrites
 * its own.
 * options: NULL for defaults. Returns owned, free with tl_env_free; NULL with `error` filled.
 */
TL_API struct tl_env *tl_env_new(const struct tl_env_options *options, struct tl_error *error);

/* Frees everything the environment gave out. Does not check expectations: see tl_env_finish. NULL is fine. */
TL_API void tl_env_free(struct tl_env *env);

/*
 * Reports left-over expectations of mocks and a verdict that was not reported yet; TL_OK or
 * TL_VERDICT. The adapters call it in their teardown.
 */
TL_API enum tl_status tl_env_finish(struct tl_env *env);

/* The parts, borrowed. */
TL_API struct tl_driver *tl_env_driver(struct tl_env *env);
TL_API struct tl_sim *tl_env_sim(struct tl_env *env);
TL_API struct tl_worker *tl_env_worker(struct tl_env *env);
TL_API struct tl_client *tl_env_client(struct tl_env *env);
TL_API struct tl_registry *tl_env_registry(struct tl_env *env);

/* ---- Workflows ---- */

/*
 * Starts a workflow. input_json: one JSON argument, or NULL for none. options: NULL for defaults.
 * Returns borrowed until tl_env_free. A refusal is a verdict; NULL is returned when the reporter returns.
 */
TL_API struct tl_handle *tl_env_start(
    struct tl_env *env, const char *workflow_type, const char *workflow_id, const char *input_json,
    const struct tl_start_options *options);

/*
 * Sends a signal with one JSON argument (NULL: none) to the workflow of that id; starts it first, as tl_env_start does,
 * where it does not run. See tl_client_signal_with_start.
 */
TL_API struct tl_handle *tl_env_signal_with_start(
    struct tl_env *env, const char *workflow_type, const char *workflow_id, const char *input_json, const char *signal,
    const char *signal_json, const struct tl_start_options *options);

/* Sends a signal with one JSON argument (NULL: none), or requests cancellation. A refusal is a verdict. */
TL_API void tl_env_signal(struct tl_env *env, struct tl_handle *run, const char *signal, const char *input_json);
TL_API void tl_env_cancel(struct tl_env *env, struct tl_handle *run);

/* ---- Time ---- */

/* Virtual time now, in nanoseconds since 1970. */
TL_API tl_time tl_env_now(const struct tl_env *env);

/* Virtual time since the start of the environment. */
TL_API tl_duration tl_env_elapsed(const struct tl_env *env);

/* Lets `duration` of virtual time pass, everything due in it included, run timeouts too. */
TL_API void tl_env_advance(struct tl_env *env, tl_duration duration);

/* The same up to a time since the start of the environment (tl_env_elapsed), which is not before now. */
TL_API void tl_env_advance_to(struct tl_env *env, tl_duration elapsed);

/*
 * Manual skipping: while held, no wait of the test jumps; time moves by tl_env_advance alone. Holds add up, and each
 * takes a release. A release without a hold is a verdict and changes nothing else.
 */
TL_API void tl_env_hold(struct tl_env *env);
TL_API void tl_env_release(struct tl_env *env);

/*
 * What holds the clock, or why it does not move: one line that says it, then what is ready, the next deadlines, tasks
 * at workers or in queues, runs that nothing wakes. The same for the same seed. Borrowed until the next call on `env`.
 * Changes nothing; any time but inside a workflow or an activity. Out of memory is a verdict, and gives "".
 */
TL_API const char *tl_env_why(struct tl_env *env);

/*
 * Run the world; time jumps as it must. Blocked for ever, too many steps: verdicts.
 * until_closed: until the run is closed. until_idle: until nothing is ready, without moving the
 * clock. until: until predicate(user) is not 0. step: one ready item, or one jump; 0 when there
 * is nothing to do. until_all_closed: until no run is open, of those that other runs started too, and none was ever is
 * a verdict. until_any_closed: until one of them is closed; returns its index, `count` with a verdict.
 */
TL_API void tl_env_run_until_all_closed(struct tl_env *env);
TL_API size_t tl_env_run_until_any_closed(struct tl_env *env, struct tl_handle *const *runs, size_t count);
TL_API void tl_env_run_until_closed(struct tl_env *env, struct tl_handle *run);
TL_API void tl_env_run_until_idle(struct tl_env *env);
TL_API void tl_env_run_until(struct tl_env *env, int (*predicate)(void *user), void *user);
TL_API int tl_env_step(struct tl_env *env);

/* ---- Outcomes ---- */

/* Runs until closed; TL_OK, TL_FAILED, TL_CANCELED or TL_TIMED_OUT. result: may be NULL; borrowed from `run`. */
TL_API enum tl_status tl_env_result(struct tl_env *env, struct tl_handle *run, struct tl_payload *result);

/* The run's history as it stands; returns owned, give back with tl_history_unref; NULL with a verdict. */
TL_API struct tl_history *tl_env_history(struct tl_env *env, struct tl_handle *run);

/* ---- Where a call stands ---- */

/*
 * Functions of the environment that may fail a test by their arguments, or by what comes of them, are macros as well:
 * the verdict then names the line of the test. (tl_env_start)(env, ...) calls the function alone, and its address is
 * that of any function. Notes the place for the call on `env` whose argument this is, and returns `env`; file: static
 * storage.
 */
TL_API struct tl_env *tl_env_here(struct tl_env *env, const char *file, int line);

#define TL_ENV_HERE(env)                       tl_env_here((env), __FILE__, __LINE__)
#define tl_env_start(env, ...)                 (tl_env_start)(TL_ENV_HERE(env), __VA_ARGS__)
#define tl_env_signal_with_start(env, ...)     (tl_env_signal_with_start)(TL_ENV_HERE(env), __VA_ARGS__)
#define tl_env_signal(env, ...)                (tl_env_signal)(TL_ENV_HERE(env), __VA_ARGS__)
#define tl_env_cancel(env, run)                (tl_env_cancel)(TL_ENV_HERE(env), (run))
#define tl_env_advance(env, duration)          (tl_env_advance)(TL_ENV_HERE(env), (duration))
#define tl_env_advance_to(env, elapsed)        (tl_env_advance_to)(TL_ENV_HERE(env), (elapsed))
#define tl_env_release(env)                    (tl_env_release)(TL_ENV_HERE(env))
#define tl_env_run_until_all_closed(env)       (tl_env_run_until_all_closed)(TL_ENV_HERE(env))
#define tl_env_run_until_any_closed(env, ...)  (tl_env_run_until_any_closed)(TL_ENV_HERE(env), __VA_ARGS__)
#define tl_env_run_until_closed(env, run)      (tl_env_run_until_closed)(TL_ENV_HERE(env), (run))
#define tl_env_run_until_idle(env)             (tl_env_run_until_idle)(TL_ENV_HERE(env))
#define tl_env_run_until(env, predicate, user) (tl_env_run_until)(TL_ENV_HERE(env), (predicate), (user))
#define tl_env_step(env)                       (tl_env_step)(TL_ENV_HERE(env))
#define tl_env_result(env, run, result)        (tl_env_result)(TL_ENV_HERE(env), (run), (result))
#define tl_env_history(env, run)               (tl_env_history)(TL_ENV_HERE(env), (run))
#define tl_env_query(env, ...)                 (tl_env_query)(TL_ENV_HERE(env), __VA_ARGS__)

/* ---- Verdicts ---- */

/* The verdict that stands, with its timeline, or NULL. Borrowed until tl_env_free. */
TL_API const char *tl_env_verdict(struct tl_env *env);

/*
 * The run's timeline in virtual time so far, one line an event. Borrowed until the next call on `env`. Out of memory is
 * a verdict, and gives "".
 */
TL_API const char *tl_env_timeline(struct tl_env *env, struct tl_handle *run);

/* What every parked coroutine waits for, one line each; otherwise as tl_env_timeline. */
TL_API const char *tl_env_waits(struct tl_env *env);

/* Receives `len` bytes of text, with a NUL behind them. Called on the driver's thread; may not call back. */
typedef void tl_write_fn(void *user, const char *text, size_t len);

/*
 * Writes every trace event (timelapse/trace.h) from now on as one line of text: virtual time since the start, kind,
 * workflow, run, event id, name, detail, separated by tabs. The same seed gives the same bytes. Ids are made by the
 * simulator from the seed. One writer at a time; NULL ends it.
 */
TL_API void tl_env_trace_to(struct tl_env *env, tl_write_fn *write, void *user);

/*
 * Makes a verdict from anywhere: test, workflow, activity, mock. In a coroutine it does not return; on the test's
 * stack it reports at once.
 */
TL_API void tl_env_fail(struct tl_env *env, const char *file, int line, const char *format, ...) TL_PRINTF(4, 5);

/* ---- Assertions: each runs until the run is closed, and fails with a timeline ---- */

#define tl_assert_completed(env, run)      tl_env_assert_completed((env), (run), __FILE__, __LINE__)
/* The result equals the JSON value, member order aside. */
#define tl_assert_result(env, run, json)   tl_env_assert_result((env), (run), (json), __FILE__, __LINE__)
/* The run failed, and an application failure of `type` is in its chain. */
#define tl_assert_failed(env, run, type)   tl_env_assert_failed((env), (run), (type), __FILE__, __LINE__)
#define tl_assert_canceled(env, run)       tl_env_assert_canceled((env), (run), __FILE__, __LINE__)
#define tl_assert_timed_out(env, run)      tl_env_assert_timed_out((env), (run), __FILE__, __LINE__)
/*
 * The run's code has taken every signal that came, by a handler or a wait, and one came at least. Looks at the run as
 * it stands once what is ready has run, and lets no time pass.
 */
#define tl_assert_signals_taken(env, run)  tl_env_assert_signals_taken((env), (run), __FILE__, __LINE__)
/*
 * The stored history replays against today's code, and the one just recorded equals it, scrubbed
 * (tl_history_compare). path: relative to TIMELAPSE_FIXTURES where that is set, else to the current
 * directory. A missing file fails. Only TIMELAPSE_RECORD=1 writes: the history, and beside it
 * <name>.meta.json with source, version, seed and what a comparison leaves out.
 */
#define tl_assert_recorded(env, run, path) tl_env_assert_recorded((env), (run), (path), __FILE__, __LINE__)

/* What the macros call. A failure is a verdict, reported at file and line; both are static storage. */
TL_API void tl_env_assert_completed(struct tl_env *env, struct tl_handle *run, const char *file, int line);
TL_API void
tl_env_assert_result(struct tl_env *env, struct tl_handle *run, const char *json, const char *file, int line);
TL_API void
tl_env_assert_failed(struct tl_env *env, struct tl_handle *run, const char *type, const char *file, int line);
TL_API void tl_env_assert_canceled(struct tl_env *env, struct tl_handle *run, const char *file, int line);
TL_API void tl_env_assert_timed_out(struct tl_env *env, struct tl_handle *run, const char *file, int line);
TL_API void tl_env_assert_signals_taken(struct tl_env *env, struct tl_handle *run, const char *file, int line);
TL_API void
tl_env_assert_recorded(struct tl_env *env, struct tl_handle *run, const char *path, const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
