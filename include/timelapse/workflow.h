/* SPDX-License-Identifier: MIT */
/*
 * What workflow code calls. Every function here runs on the workflow's own coroutine and thread,
 * is deterministic, and may not be called from anywhere else: activities, tests and other threads
 * get a verdict. Out of memory, eviction, non-determinism and verdicts never return into workflow
 * code: the coroutine is simply not resumed.
 *
 * Memory. Everything handed out is borrowed from the run: it stays valid until the run closes or
 * is evicted, and must not be freed.
 */
#ifndef TIMELAPSE_WORKFLOW_H
#define TIMELAPSE_WORKFLOW_H

#include <timelapse/failure.h>
#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Who and where ---- */

/* Facts about the run. Strings are never NULL. */
struct tl_workflow_info {
    const char *workflow_id;
    const char *run_id;
    const char *first_run_id;    /* of the chain */
    const char *original_run_id; /* unchanged by reset: seeds random numbers */
    const char *workflow_type;
    const char *task_queue;
    const char *workflow_namespace;
    int32_t attempt;               /* from 1 */
    tl_duration execution_timeout; /* 0: none */
    tl_duration run_timeout;       /* 0: none */
    tl_duration task_timeout;
    tl_time started_at;
    int64_t history_length; /* events, as of this workflow task */
    int64_t history_size;   /* bytes, as of this workflow task */
    int continue_as_new_suggested;
};

/* The facts about this run, as of its current workflow task; borrowed from the run. */
TL_API const struct tl_workflow_info *tl_workflow_info(struct tl_workflow *wf);

/* The definition's user pointer. What it points to must not steer the workflow. */
TL_API void *tl_workflow_user(struct tl_workflow *wf);

/* 1 while history is being replayed: for logs and metrics only, never to decide anything. */
TL_API int tl_is_replaying(struct tl_workflow *wf);

/* ---- Memory ---- */

/* `size` zeroed bytes aligned to 16, valid until the run closes or is evicted. Never NULL. */
TL_API void *tl_alloc(struct tl_workflow *wf, size_t size);

/* A copy of a NUL-terminated string; printf into run memory. Never NULL. */
TL_API char *tl_strdup(struct tl_workflow *wf, const char *text);
TL_API char *tl_format(struct tl_workflow *wf, const char *format, ...) TL_PRINTF(2, 3);

/* A deep copy of a payload into run memory. */
TL_API struct tl_payload tl_payload_dup(struct tl_workflow *wf, const struct tl_payload *payload);

/*
 * Calls `release(user)` when the run closes or is evicted, last registered first, on the engine's
 * stack. It may call nothing of tl_ but free functions.
 */
TL_API void tl_defer(struct tl_workflow *wf, void (*release)(void *user), void *user);

/* ---- Time, randomness, logs ---- */

/* The workflow's clock: the time at which its current workflow task started. */
TL_API tl_time tl_now(struct tl_workflow *wf);

/*
 * The next number of the run's generator: PCG64-like stream keyed by SipHash-1-3 of the original run id, the
 * same on every replay, reseeded by a reset. Frozen since the first release.
 */
TL_API uint64_t tl_random(struct tl_workflow *wf);

/* Below `bound` (> 0), without bias; and in [0, 1). */
TL_API uint64_t tl_random_below(struct tl_workflow *wf, uint64_t bound);
TL_API double tl_random_unit(struct tl_workflow *wf);

/* A random version 4 UUID in its 36-character form. */
TL_API const char *tl_uuid(struct tl_workflow *wf);

/* Logs one line to the driver's sink; says nothing while replaying. */
TL_API void tl_log(struct tl_workflow *wf, const char *format, ...) TL_PRINTF(2, 3);

/* ---- Waiting ---- */

/*
 * Something that will be known later: an activity's result, a timer, a coroutine's end. Owned by
 * the run. `tl_future_wait` returns TL_OK, TL_FAILED (tl_failure), TL_CANCELED or, with a limit,
 * TL_TIMED_OUT, in which case the future stays pending.
 */
struct tl_future;

/* 1 when waiting would not block. */
TL_API int tl_future_ready(const struct tl_future *future);

/* Waits for it. result: may be NULL; set on TL_OK only. */
TL_API enum tl_status tl_future_wait(struct tl_future *future, struct tl_payload *result);

/* Waits at most `limit` (> 0) of virtual time, by a timer of the workflow. */
TL_API enum tl_status tl_future_wait_for(struct tl_future *future, tl_duration limit, struct tl_payload *result);

/* Waits until one of them is ready and returns its index, the lowest when several are. count > 0. */
TL_API size_t tl_wait_any(struct tl_future *const *futures, size_t count);

/* Waits until all are ready. TL_OK when all succeeded, else the status of the first, by index, that did not. */
TL_API enum tl_status tl_wait_all(struct tl_future *const *futures, size_t count);

/*
 * Waits until `condition(user)` is not 0; it is asked after every change of the workflow's state
 * and must not change any. limit: 0 waits for ever. TL_OK, TL_TIMED_OUT, TL_CANCELED.
 */
TL_API enum tl_status
tl_wait_until(struct tl_workflow *wf, int (*condition)(void *user), void *user, tl_duration limit);

/* Asks for cancellation of what the future stands for; nothing when it is done already. */
TL_API void tl_future_cancel(struct tl_future *future);

/* The failure of a future that ended in TL_FAILED or TL_CANCELED, else NULL. */
TL_API const struct tl_failure *tl_future_failure(const struct tl_future *future);

/* ---- Coroutines ---- */

/*
 * Starts `body(wf, user)` beside the caller, in a cancellation scope of its own within the
 * caller's; tl_future_cancel on the future cancels that scope. It first runs when the caller next
 * waits. The future becomes ready when it returns, with its status.
 */
TL_API struct tl_future *tl_spawn(
    struct tl_workflow *wf, const char *name, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user);

/* ---- Timers ---- */

/* Starts a timer; duration > 0 (0 and less are taken as 1 ms, as the server would refuse them). */
TL_API struct tl_future *tl_timer_start(struct tl_workflow *wf, tl_duration duration);

/* Sleeps: TL_OK, or TL_CANCELED when the scope is canceled meanwhile. 0 and less return at once. */
TL_API enum tl_status tl_sleep(struct tl_workflow *wf, tl_duration duration);

/* ---- Activities ---- */

/*
 * Schedules an activity. input: copied; NULL for none. options: copied. Invalid options fail the
 * workflow task with the field's name, not the workflow.
 */
TL_API struct tl_future *tl_activity_start(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

/* Schedules an activity and waits for it. result: may be NULL; set on TL_OK only. */
TL_API enum tl_status tl_activity_run(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options, struct tl_payload *result);

/* ---- Signals ---- */

/*
 * Takes the next signal `name`, waiting for it at most `limit` (0: for ever). Signals are kept in
 * their order until someone takes them. input: may be NULL; set on TL_OK only; borrowed from the
 * run. TL_OK, TL_TIMED_OUT, TL_CANCELED.
 */
TL_API enum tl_status
tl_signal_wait(struct tl_workflow *wf, const char *name, tl_duration limit, struct tl_payloads *input);

/* How many signals `name` have arrived and were not taken. */
TL_API size_t tl_signal_pending(struct tl_workflow *wf, const char *name);

/* ---- Cancellation ---- */

/* 1 when the cancellation of the current scope was requested. */
TL_API int tl_is_canceled(struct tl_workflow *wf);

/*
 * Runs `body(wf, user)` in a scope of its own. A shielded scope is not canceled with its parent:
 * clean-up runs there. Returns what body returned.
 */
TL_API enum tl_status
tl_shielded(struct tl_workflow *wf, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user);

/* Requests cancellation of the current scope and all within it. */
TL_API void tl_cancel_scope(struct tl_workflow *wf);

/* ---- Failing ---- */

/*
 * The failure of this coroutine's last operation that ended in TL_FAILED or TL_CANCELED, or what
 * tl_fail set, or NULL.
 */
TL_API const struct tl_failure *tl_failure(struct tl_workflow *wf);

/* What tl_fail makes. Zero means default; everything is copied. */
struct tl_fail_options {
    int non_retryable;
    tl_duration next_retry_delay;
    const struct tl_payload *details;
    size_t details_count;
    const struct tl_failure *cause; /* of this run */
};

/*
 * Makes an application failure of `type`, remembers it for tl_failure, and returns TL_FAILED, so
 * that a workflow can end with `return tl_fail(wf, "NotDelivered", "...")`.
 */
TL_API enum tl_status tl_fail(struct tl_workflow *wf, const char *type, const char *format, ...) TL_PRINTF(3, 4);
TL_API enum tl_status
tl_fail_with(struct tl_workflow *wf, const char *type, const char *message, const struct tl_fail_options *options);

/* ---- Saga ---- */

struct tl_saga;

/* A list of compensations, empty at first; owned by the run. */
TL_API struct tl_saga *tl_saga_new(struct tl_workflow *wf);

/*
 * Adds an activity to run when the saga is compensated. Add it before the step that it undoes: a
 * step may have happened although its reply was lost, so a compensation must be idempotent.
 * options: copied; NULL: those of the step, start_to_close 60 s.
 */
TL_API void tl_saga_add(
    struct tl_saga *saga, const char *activity_type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

/*
 * Runs the compensations in reverse order, shielded from cancellation; one that fails does not
 * keep the others from running. Returns TL_FAILED (or TL_CANCELED, when that was the cause) with
 * tl_failure as it was at the call, so that the first cause is what the workflow reports.
 */
TL_API enum tl_status tl_saga_compensate(struct tl_saga *saga);

/* ---- Results ---- */

/* Sets a json/plain result from printf-formatted JSON text; returns TL_OK. */
TL_API enum tl_status tl_result_text(struct tl_workflow *wf, struct tl_payload *result, const char *format, ...)
    TL_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
