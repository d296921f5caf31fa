/* SPDX-License-Identifier: MIT */
/*
 * The deterministic driver: one thread, one clock that moves only when it is told to, and one
 * queue of ready items in the order (time, sequence). Services, workers and clients are made on
 * a driver; the test environment is built on it.
 *
 * The driver of a connection (timelapse/connection.h) has threads and the real clock. There these may be called on any
 * thread, also where "driver's thread" is said, for each takes the driver's lock and is its thread while it lasts:
 *
 *   - all of this header but tl_driver_free, tl_driver_forget_coroutine and what is reached by the last three; of
 *     stepping, jumping, advancing, following and holding nothing comes, tl_driver_run waits in real time and never
 *     tells TL_UNAVAILABLE;
 *   - of alarm.h, backtrace.h, worker.h, worker_run.h all; freeing is for the last one who uses the object;
 *   - of client.h, describe.h, list.h, query.h, async_activity.h all. One object - a handle, a list, a history - serves
 *     one thread at a time, and tl_history_ and tl_payload_ functions know no driver;
 *   - of activity.h what the attempt's own code calls, on the thread where it runs.
 *
 * Not so services (service.h), which are called in a driver's step: tl_driver_post is the way there. Sinks, choosers
 * and codecs are called on several threads, one at a time.
 */
#ifndef TIMELAPSE_DRIVER_H
#define TIMELAPSE_DRIVER_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/allocator.h>
#include <timelapse/choice.h>
#include <timelapse/status.h>
#include <timelapse/time.h>
#include <timelapse/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_driver;
struct agenda; /* base/agenda.h: for services that live in the same process */
struct pool;   /* base/pool.h: likewise */

/* Zero means default in every member. */
struct tl_driver_options {
    const struct tl_allocator *allocator; /* copied; NULL: malloc and mmap */
    tl_time start_time;                   /* 0: 2020-01-01T00:00:00Z */
    uint64_t seed;                        /* of every identifier and random number of the universe */
    const struct tl_chooser *chooser;     /* copied; NULL: always option 0 */
};

/*
 * A new driver; returns owned, free with tl_driver_free. NULL with `error` filled when out of
 * memory or an option is out of range. Everything made on it must be freed before it.
 */
TL_API struct tl_driver *tl_driver_new(const struct tl_driver_options *options, struct tl_error *error);
TL_API void tl_driver_free(struct tl_driver *driver);

/* Adds a sink (copied). TL_NO_MEMORY. Sinks are told in the order in which they were added. */
TL_API TL_MUST_CHECK enum tl_status tl_driver_add_sink(struct tl_driver *driver, const struct tl_sink *sink);

/* ---- Stepping ---- */

/* Kinds of deadlines; a bit mask. */
enum tl_deadline_kind {
    TL_DEADLINE_WAKING = 1, /* time may jump there by itself */
    TL_DEADLINE_IDLE = 2,   /* long polls, worker heartbeats: never a target */
    TL_DEADLINE_RUN = 4     /* run and execution timeouts: a target only on request */
};

enum tl_step {
    TL_STEP_RAN,    /* one item ran */
    TL_STEP_IDLE,   /* nothing is ready */
    TL_STEP_STOPPED /* a verdict stands, memory ran out, or the call was made from inside a step */
};

/* Runs the next ready item. */
TL_API enum tl_step tl_driver_step(struct tl_driver *driver);

/* How many items are ready. */
TL_API size_t tl_driver_ready(const struct tl_driver *driver);

/* Whether nothing is ready, nor under way in a world outside that was asked (tl_driver_follow). */
TL_API int tl_driver_rests(const struct tl_driver *driver);

/* How many items have run. */
TL_API uint64_t tl_driver_steps(const struct tl_driver *driver);

/* The earliest deadline of the kinds in `mask`, or TL_NEVER. */
TL_API tl_time tl_driver_next_deadline(const struct tl_driver *driver, unsigned mask);

/* The clock. It moves by tl_driver_run, tl_driver_jump and tl_driver_advance_to alone; but see tl_driver_follow. */
TL_API tl_time tl_driver_now(const struct tl_driver *driver);

/*
 * One leg of a jump: moves the clock to the next stop on the way to `to`, or to `to` itself, and makes ready what
 * is due there. Run that, look at tl_driver_now and call again with the same `to` until it is reached. Every
 * deadline of any kind that stands is a stop; of idle ones that are armed while the jump is under way (a long poll
 * sent again) the jump takes no notice: they end where it stops next. Nothing when `to` is not after now and from
 * inside a step.
 */
TL_API void tl_driver_jump(struct tl_driver *driver, tl_time to);

/*
 * The same past idle deadlines, which come later by as much as time goes on: for universes whose callers live in real
 * time, such as a server's, where a long poll ends by its caller's clock. Nothing under a clock that is followed.
 */
TL_API void tl_driver_skip(struct tl_driver *driver, tl_time to);

/*
 * Lets time pass up to `to` (not before now). At each stop on the way whatever is ready runs before time goes on;
 * what is due at `to` is left ready. On a stopped driver nothing runs, and time passes all the same. Nothing
 * from inside a step.
 */
TL_API void tl_driver_advance_to(struct tl_driver *driver, tl_time to);

/*
 * While held, no wait jumps: time moves only when it is told to. Holds add up, and each takes a release. They are
 * the caller's alone: what runs or waits in the world never takes or gives one back. A release without a hold is
 * TL_FAILED_PRECONDITION and changes nothing.
 */
TL_API void tl_driver_hold(struct tl_driver *driver);
TL_API TL_MUST_CHECK enum tl_status tl_driver_release(struct tl_driver *driver);
TL_API size_t tl_driver_holds(const struct tl_driver *driver);

/* Where a wait with those targets jumps next, a mask of deadline kinds; TL_NEVER when nowhere or while held. */
TL_API tl_time tl_driver_next_target(const struct tl_driver *driver, unsigned targets);

/*
 * What the world does while a call made on the test's own stack waits: steps until
 * `done(user)` is not 0. skip: 0, or a mask of the deadlines that time may jump to when nothing is ready, of
 * TL_DEADLINE_WAKING (1) and TL_DEADLINE_RUN; it stops at the others on its way. TL_OK; TL_UNAVAILABLE when
 * nothing is left that could make it true; TL_VERDICT; TL_NO_MEMORY; TL_FAILED_PRECONDITION when called from a
 * coroutine or from inside a step.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_driver_run(struct tl_driver *driver, int (*done)(void *user), void *user, int skip);

/*
 * Who watches the test's waits, to bound them: the environment. Called on the thread's own stack and from outside
 * of steps; may stop the driver by tl_driver_fail, but not step it. Members may be NULL.
 */
struct tl_pacer {
    void (*begin_wait)(
        void *user);              /* tl_driver_run begins, or a client's call on the test's stack, with all its runs */
    void (*end_wait)(void *user); /* and ends */
    void (*after_step)(void *user); /* a step is over, in a wait or not; or a sleep (tl_driver_follow) */
    void *user;
};

/* Copied; there is one at a time. */
TL_API void tl_driver_set_pacer(struct tl_driver *driver, const struct tl_pacer *pacer);

/* ---- Time that is another's ---- */

/* How far the time of a world outside may go. */
struct tl_leg {
    tl_time to;     /* TL_NEVER: to the next deadline there, if there is one; not after now: nowhere */
    tl_time stop;   /* it passes no deadline here; TL_NEVER: there is none */
    unsigned kinds; /* of the deadlines there that it may go to: a mask */
};

/* What came of it. */
enum tl_world {
    TL_WORLD_BUSY,  /* something is under way there, and time stands */
    TL_WORLD_RESTS, /* nothing is, and time stands: there is nowhere to go */
    TL_WORLD_MOVED  /* nothing was, and time has moved */
};

/*
 * A clock outside, for a driver whose services are elsewhere. `now`, `wake`, and one of `wait` and `go_on` are
 * required.
 */
struct tl_clock {
    tl_time (*now)(void *user); /* never goes back; driver's thread */
    /*
     * For a world whose time stands until it is moved. When nothing is under way there, moves its time to its own next
     * deadline of the leg's kinds or to `to`, whichever comes first, but past no deadline of any kind. Lasts a moment
     * when there is, less after a wake. Driver's thread, from outside of steps.
     */
    enum tl_world (*go_on)(void *user, const struct tl_leg *leg);
    /*
     * For one whose time passes by itself. Returns when now() has come to `until` (TL_NEVER: no such time), soon after
     * a wake, or earlier as it likes: then conditions of waits are looked at again, and pacers told. Driver's thread,
     * from outside of steps.
     */
    void (*wait)(void *user, tl_time until);
    /* Ends the wait that is under way, else the next one at once. Any thread. */
    void (*wake)(void *user);
    void *user;
};

/*
 * From now on the driver's clock is that one (copied), for as long as it lives. It moves at the head of each step to
 * where the clock is, and what is due becomes ready, in order. A driver with threads of its own is not asked. Nothing
 * from inside a step.
 *
 * Where time passes by itself a wait with nothing ready sleeps until something is due or another thread posts. Jumps
 * and holds do nothing; tl_driver_advance_to waits, unless the driver has stopped; tl_driver_run never tells
 * TL_UNAVAILABLE.
 *
 * Where it stands all is as without such a clock, but for what happens there meanwhile: a wait with nothing ready goes
 * on when the world outside rests as well, and tl_driver_next_target knows nothing of that world's deadlines.
 */
TL_API void tl_driver_follow(struct tl_driver *driver, const struct tl_clock *clock);

/* Whether the driver's time passes by itself, whatever it is told: it follows a clock that does, or has threads. */
TL_API int tl_driver_time_passes(const struct tl_driver *driver);

/* ---- From other threads ---- */

/* Something to be run on the driver's thread. Embedded in what it belongs to; only `run` is the poster's. */
struct tl_post {
    struct tl_post *next;
    void (*run)(struct tl_post *post); /* `post` is its owner's again, who may free it or post it anew */
};

/*
 * Runs post->run(post) once on the driver's thread, in a step of its own: what one thread posts comes in the order of
 * its posting. Allocates nothing and never waits for a step. `post` is the driver's until it runs: a driver that has
 * stopped never runs it, and it stays its owner's once the driver is freed. Any thread, as long as the driver lives.
 */
TL_API void tl_driver_post(struct tl_driver *driver, struct tl_post *post);

/* ---- Verdicts ---- */

/* A failed check, unexpected call, unmet expectation or non-determinism. Sticks to the driver. */
struct tl_verdict {
    enum tl_status status; /* TL_VERDICT, TL_NONDETERMINISM or TL_NO_MEMORY */
    const char *file;      /* where the check stands in user code; "" when nowhere */
    int line;
    const char *text;        /* what was expected and what was found; several lines are possible */
    const char *workflow_id; /* "" when none is concerned */
    const char *run_id;
    tl_time at; /* virtual time */
    int dead;   /* 1: user code was left by a signal, only freeing is left to do (timelapse/fault.h) */
};

/* The first verdict, borrowed until the driver is freed, or NULL. */
TL_API const struct tl_verdict *tl_driver_verdict(const struct tl_driver *driver);

/*
 * Records a verdict (the first one sticks) and stops the driver. Called inside a coroutine it
 * does not return: the coroutine is abandoned and the driver's caller sees TL_STEP_STOPPED.
 * Called elsewhere it returns. file: static storage; text: copied.
 */
TL_API void
tl_driver_fail(struct tl_driver *driver, enum tl_status status, const char *file, int line, const char *text);

/* The driver whose coroutine is running on this thread, or NULL outside of coroutines. */
TL_API struct tl_driver *tl_driver_of_coroutine(void);

/*
 * For adapters of test frameworks whose handler of a signal jumps out of workflow or activity code (cmocka's of
 * SIGSEGV): tells, on the thread's own stack, that the coroutine is left. Its driver stops with a verdict and cannot be
 * freed any more, nor what was made with it; others work. Returns 1, or 0 when no coroutine was left. Not for
 * sanitizers, which take the thread's stack for the coroutine's after such a jump.
 */
TL_API int tl_driver_forget_coroutine(void);

/* ---- Looking ---- */

/* What one parked coroutine waits for. Strings borrowed for the call. */
struct tl_wait {
    const char *workflow_id;
    const char *run_id;
    const char *coroutine; /* "main", or the name given to tl_spawn; for an activity its type */
    const char *waits_for; /* "signal delivered, until 2020-01-31T00:00:00Z" */
};

/* Calls `each` for every parked coroutine of the driver's workers, runs in order of their start. */
TL_API void
tl_driver_waits(const struct tl_driver *driver, void (*each)(void *user, const struct tl_wait *wait), void *user);

/* Something that is ready, or that waits for its time. Strings borrowed for the call. */
struct tl_pending {
    unsigned kind;    /* 0: ready; else its enum tl_deadline_kind */
    tl_time at;       /* when it is due; now, for what is ready */
    const char *name; /* "order-1: timer 3 fires"; "" for what has none */
};

/*
 * Calls `each` for the first `most` things of those kinds (a mask of enum tl_deadline_kind; 0: what is ready) in the
 * order in which they are due.
 */
TL_API void tl_driver_pending(
    const struct tl_driver *driver, unsigned kinds, size_t most,
    void (*each)(void *user, const struct tl_pending *pending), void *user);

/* For services that live in the same process: the driver's queue, clock and memory. */
TL_API struct agenda *tl_driver_agenda(struct tl_driver *driver);
TL_API struct pool *tl_driver_pool(struct tl_driver *driver);
TL_API uint64_t tl_driver_seed(const struct tl_driver *driver);

#ifdef __cplusplus
}
#endif
#endif
