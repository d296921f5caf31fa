/* SPDX-License-Identifier: MIT */
/*
 * What workflow code waits for: futures, coroutines, timers, conditions. Rules, memory and threads: see
 * timelapse/workflow.h, which includes this.
 */
#ifndef TIMELAPSE_FUTURE_H
#define TIMELAPSE_FUTURE_H

#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Waiting ---- */

/*
 * Something that will be known later: an activity's result, a timer, a coroutine's end. Owned by
 * the run; any of its coroutines may wait for it, as often as they like. Waiting returns TL_OK,
 * TL_FAILED or TL_CANCELED (why: tl_failure), for a coroutine's end whatever its function returned,
 * and, with a limit, TL_TIMED_OUT, in which case the future stays pending.
 *
 * Limits of waits, here and of signals: 0 to 36,500 days, the longest that a server keeps, by a timer of
 * the workflow, which is canceled when it is not needed; 0 and TL_NEVER wait for ever, without one.
 *
 * Those that wait go on in the order in which what they wait for came; of events that came before
 * the same workflow task started, signals come first and a request for cancellation last.
 */
struct tl_future;

/* 1 when waiting would not block, else 0. */
TL_API int tl_future_ready(const struct tl_future *future);

/* Waits for it. result: may be NULL; set on TL_OK only, and empty when there is none. */
TL_API TL_MUST_CHECK enum tl_status tl_future_wait(struct tl_future *future, struct tl_payload *result);

/* Waits at most `limit` of virtual time. */
TL_API TL_MUST_CHECK enum tl_status
tl_future_wait_for(struct tl_future *future, tl_duration limit, struct tl_payload *result);

/*
 * Waits until one of them is ready and returns its index, the lowest when several are. count > 0;
 * one may be there twice. Futures that cannot be canceled keep it waiting in a canceled scope.
 */
TL_API size_t tl_wait_any(struct tl_future *const *futures, size_t count);

/*
 * Waits until all are ready. TL_OK when all succeeded (or count is 0), else the status of the first,
 * by index, that did not; tl_failure is that one's.
 */
TL_API TL_MUST_CHECK enum tl_status tl_wait_all(struct tl_future *const *futures, size_t count);

/*
 * The same, for at most `limit` of virtual time: TL_TIMED_OUT when it is over before, TL_CANCELED when the scope is
 * canceled before; what was waited for stays pending. index: set on TL_OK only.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_wait_any_for(struct tl_future *const *futures, size_t count, tl_duration limit, size_t *index);
TL_API TL_MUST_CHECK enum tl_status tl_wait_all_for(struct tl_future *const *futures, size_t count, tl_duration limit);

/*
 * Waits until `condition(user)` is not 0; it is asked at once, and whenever all coroutines wait after
 * one of them went on. It must neither change anything nor wait. TL_OK, TL_TIMED_OUT, TL_CANCELED.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_wait_until(struct tl_workflow *wf, int (*condition)(void *user), void *user, tl_duration limit);

/*
 * Asks for cancellation of what the future stands for; nothing when it is done, or was asked
 * already. What was not sent to the server yet is withdrawn. An activity's future is canceled at
 * once or with the activity's end, as its options say; a coroutine's scope is canceled, and its
 * future is ready when it returns.
 */
TL_API void tl_future_cancel(struct tl_future *future);

/* The failure of a future that ended in TL_FAILED or TL_CANCELED; NULL for others, pending ones too. */
TL_API const struct tl_failure *tl_future_failure(const struct tl_future *future);

/* ---- Coroutines ---- */

/*
 * Starts `body(wf, user)` beside the caller, in a cancellation scope of its own within the
 * caller's; tl_future_cancel on the future cancels that scope. It first runs when the caller next
 * waits. The future becomes ready when it returns, with its status, which is one of those that workflow code sees; any
 * other is misuse. name: for diagnostics. When the
 * workflow's function returns, coroutines that are still at work are dropped where they stand; what
 * they asked for until then is sent.
 */
TL_API struct tl_future *tl_spawn(
    struct tl_workflow *wf, const char *name, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user);

/* ---- Timers ---- */

/*
 * Starts a timer, in the current scope: when that is canceled already, the future is. duration: > 0, at
 * most 36,500 days; 0 and less are taken as 1 ms, as the server would refuse them.
 */
TL_API struct tl_future *tl_timer_start(struct tl_workflow *wf, tl_duration duration);

/*
 * Sleeps, at most 36,500 days: TL_OK, or TL_CANCELED when the scope is canceled meanwhile. 0 and less
 * return at once.
 */
TL_API TL_MUST_CHECK enum tl_status tl_sleep(struct tl_workflow *wf, tl_duration duration);

#ifdef __cplusplus
}
#endif
#endif
