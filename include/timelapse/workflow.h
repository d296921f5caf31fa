/* SPDX-License-Identifier: MIT */
/*
 * What workflow code calls. Every function here runs on one of the workflow's own coroutines, on
 * its thread, and is deterministic. Called on any other coroutine - an activity's, another
 * workflow's - it is a verdict; called on no coroutine at all it ends the process, saying so. Out of
 * memory, eviction, non-determinism and verdicts never return into workflow code: the coroutine is
 * simply not resumed. Arguments out of their range fail the workflow task, naming the field, and do
 * not return either.
 *
 * Memory. Everything handed out is borrowed from the run: it stays valid until the run closes or
 * is evicted, and must not be freed. Arguments are copied unless a comment says otherwise; user
 * pointers are passed on as they are.
 *
 * Times and durations are nanoseconds (timelapse/time.h). Where nothing else is said, rules are
 * those of the official SDKs (sdk-core, crates/sdk-core/src/worker/workflow).
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

/* What made a run that goes on for another: values of temporal.api.enums.v1.ContinueAsNewInitiator. */
enum tl_initiator {
    TL_INITIATOR_NONE = 0, /* it goes on for no other */
    TL_INITIATOR_WORKFLOW = 1,
    TL_INITIATOR_RETRY = 2,
    TL_INITIATOR_CRON = 3
};

/* Facts about the run, from its WorkflowExecutionStarted event. Strings are never NULL. */
struct tl_workflow_info {
    const char *workflow_id;
    const char *run_id;
    const char *first_run_id;    /* of the chain */
    const char *original_run_id; /* unchanged by reset: seeds random numbers */
    const char *workflow_type;
    const char *task_queue;
    const char *name_space;
    int32_t attempt;               /* from 1 */
    tl_duration execution_timeout; /* 0: none */
    tl_duration run_timeout;       /* 0: none */
    tl_duration task_timeout;
    tl_time started_at;
    const char *continued_run_id; /* of the run that this one goes on for; "": none */
    enum tl_initiator initiator;
    const struct tl_retry_policy *retry; /* NULL: the workflow is not retried */
    const char *cron_schedule;           /* "": none */
    tl_duration start_delay;             /* before its first workflow task; 0: none */
    tl_time run_deadline;                /* when the run times out, as its start planned it; TL_NEVER: it does not */
    tl_time execution_deadline;          /* when the whole chain does */
    struct tl_priority priority;         /* fairness_key is never NULL */
    const char *identity;                /* of who started it */
    /* As of the current workflow task, from its WorkflowTaskStarted event: */
    int64_t history_length; /* events */
    int64_t history_size;   /* bytes */
    int continue_as_new_suggested;
    unsigned continue_as_new_reasons; /* enum tl_continue_reason; 0 unless suggested, and where servers do not tell */
};

/* The facts about this run, as of its current workflow task; borrowed from the run. */
TL_API const struct tl_workflow_info *tl_workflow_info(struct tl_workflow *wf);

/*
 * What tl_start_options.headers said under that key, as the run started with them; borrowed from the
 * run; NULL: nothing. A run that goes on for another has what that one gave it.
 */
TL_API const struct tl_payload *tl_workflow_header(struct tl_workflow *wf, const char *key);

/*
 * The run's memo under that key as it stands: what it started with, and what tl_upsert_memo changed.
 * Borrowed from the run, and stays as it is when the memo changes; NULL: nothing.
 */
TL_API const struct tl_payload *tl_workflow_memo(struct tl_workflow *wf, const char *key);

/*
 * Changes the memo: sets these fields, takes those away whose value is nothing (tl_payload_null, or an
 * empty list); the others stay. Written to history with the task. count > 0; no key twice.
 */
TL_API void tl_upsert_memo(struct tl_workflow *wf, const struct tl_field *fields, size_t count);

/*
 * How the chain of runs went before: the result of the last run that completed, for workflows that are started again
 * by a schedule, and the failure of the one before, when that is what this one goes on for (tl_workflow_info.attempt).
 * Borrowed from the run; NULL: none.
 */
TL_API const struct tl_payload *tl_last_result(struct tl_workflow *wf);
TL_API const struct tl_failure *tl_last_failure(struct tl_workflow *wf);

/* The definition's user pointer, or NULL. What it points to must not steer the workflow. */
TL_API void *tl_workflow_user(struct tl_workflow *wf);

/* 1 while history is being replayed: for logs and metrics only, never to decide anything. */
TL_API int tl_is_replaying(struct tl_workflow *wf);

/* ---- Memory ---- */

/* `size` zeroed bytes aligned to 16, valid until the run closes or is evicted. Never NULL, also for 0. */
TL_API void *tl_alloc(struct tl_workflow *wf, size_t size);

/* A copy of a NUL-terminated string (NULL: ""); printf into run memory. Never NULL. */
TL_API char *tl_strdup(struct tl_workflow *wf, const char *text);
TL_API char *tl_format(struct tl_workflow *wf, const char *format, ...) TL_PRINTF(2, 3);

/* A deep copy of a payload into run memory. */
TL_API struct tl_payload tl_payload_dup(struct tl_workflow *wf, const struct tl_payload *payload);

/*
 * Calls `release(user)` once: when the run closes or is evicted, also after a verdict or out of
 * memory; last registered first, on the engine's stack, before the run's memory goes. It may call
 * nothing of tl_ but free functions.
 */
TL_API void tl_defer(struct tl_workflow *wf, void (*release)(void *user), void *user);

/* ---- Time, randomness, logs ---- */

/*
 * The workflow's clock: when its current workflow task started, never less than before. It stands
 * still while code runs.
 */
TL_API tl_time tl_now(struct tl_workflow *wf);

/*
 * The next number of the run's generator, all 64 bits: xoshiro256++, its state filled by splitmix64
 * from SipHash-1-3 (key zero) of the original run id. The same on every replay; a reset seeds it
 * anew from the id of the run that the reset made. Frozen since the first release.
 */
TL_API uint64_t tl_random(struct tl_workflow *wf);

/* Below `bound` (> 0), without bias; and in [0, 1), with 53 bits. One or more numbers of tl_random's each. */
TL_API uint64_t tl_random_below(struct tl_workflow *wf, uint64_t bound);
TL_API double tl_random_unit(struct tl_workflow *wf);

/* A random version 4 UUID in its 36-character form. */
TL_API const char *tl_uuid(struct tl_workflow *wf);

/* Logs one line to the driver's sinks, cut after 1,023 bytes; says nothing while replaying. */
TL_API void tl_log(struct tl_workflow *wf, const char *format, ...) TL_PRINTF(2, 3);

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
 * waits. The future becomes ready when it returns, with its status. name: for diagnostics. When the
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

/* ---- Activities ---- */

/*
 * Schedules an activity, in the current scope: when that is canceled already, the future is, and
 * nothing is scheduled. type: 1 to 1,000 bytes of UTF-8. input: NULL for none. options: see
 * timelapse/options.h for their ranges. An id in use by a pending activity is refused by the server,
 * which fails the workflow task.
 */
TL_API struct tl_future *tl_activity_start(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

/* Schedules an activity and waits for it: tl_activity_start, then tl_future_wait. */
TL_API TL_MUST_CHECK enum tl_status tl_activity_run(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options, struct tl_payload *result);

/* ---- Signals ---- */

/*
 * Takes the next signal `name`, waiting for it at most `limit`. Signals are kept in their order until
 * someone takes them; of several coroutines that wait the first gets the first. A signal that is there
 * is taken in a canceled scope too. input: may be NULL; set on TL_OK only. name: 1 to 1,000 bytes.
 * TL_OK, TL_TIMED_OUT, TL_CANCELED.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_signal_wait(struct tl_workflow *wf, const char *name, tl_duration limit, struct tl_payloads *input);

/* How many signals `name` have arrived and were not taken. */
TL_API size_t tl_signal_pending(struct tl_workflow *wf, const char *name);

/* ---- Cancellation ---- */

/*
 * 1 when cancellation of the current scope, or of an unshielded one around it, was requested. Once
 * requested it stays so: what is started in the scope from then on is canceled at once.
 */
TL_API int tl_is_canceled(struct tl_workflow *wf);

/*
 * Runs `body(wf, user)`, on the same coroutine, in a scope of its own that is not canceled with its
 * parent: clean-up runs there. What was started in it stays shielded when body has returned.
 * Returns what body returned.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_shielded(struct tl_workflow *wf, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user);

/* Requests cancellation of the current scope - the coroutine's own, or the innermost shield's - and all within it. */
TL_API void tl_cancel_scope(struct tl_workflow *wf);

/* ---- Failing ---- */

/*
 * The failure of this coroutine's last operation that did not succeed, or what tl_fail set after it;
 * NULL when there was none, or when it only timed out waiting.
 */
TL_API const struct tl_failure *tl_failure(struct tl_workflow *wf);

/*
 * Makes an application failure of `type`, remembers it for tl_failure, and returns TL_FAILED, so
 * that a workflow can end with `return tl_fail(wf, "NotDelivered", "...")`. Texts are cut where they
 * are no UTF-8. options: NULL for none.
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
 * Arguments as for tl_activity_start; options NULL: start_to_close 60 s.
 */
TL_API void tl_saga_add(
    struct tl_saga *saga, const char *activity_type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

/*
 * Runs the compensations in reverse order, one after the other, shielded from cancellation; one that
 * fails does not keep the others from running; none is left afterwards. Returns TL_FAILED (or
 * TL_CANCELED, when that was the cause) with tl_failure as it was at the call, so that the first
 * cause is what the workflow reports; tl_fail before it gives another.
 */
TL_API TL_MUST_CHECK enum tl_status tl_saga_compensate(struct tl_saga *saga);

/* ---- Results ---- */

/* Sets a json/plain result from printf-formatted JSON text, which is not checked; returns TL_OK. */
TL_API enum tl_status tl_result_text(struct tl_workflow *wf, struct tl_payload *result, const char *format, ...)
    TL_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
