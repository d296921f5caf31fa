/* SPDX-License-Identifier: MIT */
/*
 * What workflow code calls. Every function here, and in the headers by noun that this one includes, runs on one of the
 * workflow's own coroutines, on its thread, and is deterministic. Called on any other coroutine - an activity's,
 * another workflow's - it is a verdict; called on no coroutine at all it ends the process, saying so. Out of memory,
 * eviction, non-determinism and verdicts never return into workflow code: the coroutine is simply not resumed.
 * Arguments out of their range fail the workflow task, naming the field, and do not return either.
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
#include <timelapse/future.h>
#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/saga.h>
#include <timelapse/scope.h>
#include <timelapse/signal.h>
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
 * How the chain of runs went before. tl_last_result: what the last run that completed returned, where a schedule starts
 * runs again and again; servers hand it on to the retry of a run that timed out, and not to that of one that failed.
 * tl_last_failure: why the run before did not complete, when this one is its retry. Borrowed from the run; NULL: none.
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

/* ---- Results ---- */

/* Sets a json/plain result from printf-formatted JSON text, which is not checked; returns TL_OK. */
TL_API enum tl_status tl_result_text(struct tl_workflow *wf, struct tl_payload *result, const char *format, ...)
    TL_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
