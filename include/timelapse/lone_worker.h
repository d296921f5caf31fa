/* SPDX-License-Identifier: MIT */
/*
 * A worker that polls nothing: it runs the attempts of activities that it is given, by the code that runs all
 * attempts - codecs, throttled heartbeats, the worker's own timeouts, answers - against a service that only writes
 * down what it is told. Test environments are built on it (timelapse/activity_env.h); there is no workflow, and nobody
 * retries or times out an attempt but the worker itself. Driver's thread.
 */
#ifndef TIMELAPSE_LONE_WORKER_H
#define TIMELAPSE_LONE_WORKER_H

#include <timelapse/activity.h>
#include <timelapse/driver.h>
#include <timelapse/registry.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_lone_worker;
struct tl_lone_attempt;

/* Zero means default in every member but the required one. Strings are copied. */
struct tl_lone_worker_options {
    const struct tl_registry *registry; /* required; borrowed until the worker is freed */
    const char *name_space;             /* NULL: "default" */
    const char *task_queue;             /* NULL: "test" */
    size_t coroutine_stack;             /* bytes; 0: 256 KiB; at least 32 KiB, at most 1 GiB */
};

/* Returns owned, free with tl_lone_worker_free before the driver; NULL with `error` naming the option. */
TL_API struct tl_lone_worker *
tl_lone_worker_new(struct tl_driver *driver, const struct tl_lone_worker_options *options, struct tl_error *error);

/* Drops its attempts where they stand. NULL is fine. */
TL_API void tl_lone_worker_free(struct tl_lone_worker *worker);

/*
 * The task that an attempt is made from, as tl_activity_info will show it. Zero means default in every member;
 * everything is copied.
 */
struct tl_attempt_task {
    const char *activity_id;   /* NULL: "1" */
    const char *workflow_id;   /* NULL: "workflow" */
    const char *run_id;        /* NULL: "run" */
    const char *workflow_type; /* NULL: "Workflow" */
    int32_t attempt;           /* >= 0; 0: 1 */
    tl_time scheduled_at;      /* 0: when the attempt starts; as are the next two */
    tl_time attempt_scheduled_at;
    tl_time started_at;
    tl_duration start_to_close; /* >= 0; 0: none */
    tl_duration schedule_to_close;
    tl_duration heartbeat;
    const struct tl_retry_policy *retry; /* NULL: none */
    struct tl_priority priority;
    const struct tl_field *headers; /* no key twice */
    size_t header_count;
    const struct tl_payloads *heartbeat_details; /* what an attempt before left; NULL: nothing */
};

/*
 * Hands the worker the task of one attempt, which starts with the driver's next step. input: NULL for none. task: NULL
 * for defaults. Codecs encode input, headers and details, and the attempt decodes them. *out_attempt: borrowed until
 * the worker is freed. TL_INVALID_ARGUMENT with the field; a codec's status; TL_VERDICT, TL_NO_MEMORY.
 */
TL_API TL_MUST_CHECK enum tl_status tl_lone_worker_start(
    struct tl_lone_worker *worker, const char *activity_type, const struct tl_payloads *input,
    const struct tl_attempt_task *task, struct tl_lone_attempt **out_attempt, struct tl_error *error);

/* ---- Asking it to stop ---- */

/*
 * Asks the attempt to stop at `at` on the driver's clock (not after now: with the next step) for this reason; the last
 * call counts, and one about an attempt that has ended does nothing. TL_INVALID_ARGUMENT: no reason.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_lone_attempt_cancel(struct tl_lone_attempt *attempt, enum tl_activity_cancel_reason reason, tl_time at);

/*
 * From now on heartbeats are answered with this: TL_ACTIVITY_NOT_CANCELED, CANCEL_REQUESTED, RESET, PAUSED or
 * NOT_FOUND; so that an attempt learns it as it would from a service, and not without a heartbeat. TL_INVALID_ARGUMENT:
 * another.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_lone_attempt_answer_heartbeats(struct tl_lone_attempt *attempt, enum tl_activity_cancel_reason reason);

/* ---- What came of it ---- */

/* 1 once it is known what came of the attempt; then the rest may be asked, else it is as of one that failed. */
TL_API int tl_lone_attempt_ended(const struct tl_lone_attempt *attempt);

/*
 * TL_OK, TL_FAILED or TL_CANCELED, as the service was told; TL_COMPLETES_LATER; TL_TIMED_OUT: the worker gave it up 5 s
 * after its start-to-close or heartbeat timeout, and dropped what it returned, if it ever did; TL_NOT_FOUND: the
 * service did not know it any more.
 */
TL_API enum tl_status tl_lone_attempt_status(const struct tl_lone_attempt *attempt);

/* What TL_OK's result was, TL_FAILED's failure (else NULL), TL_CANCELED's details. Borrowed from the attempt. */
TL_API struct tl_payload tl_lone_attempt_result(const struct tl_lone_attempt *attempt);
TL_API const struct tl_failure *tl_lone_attempt_failure(const struct tl_lone_attempt *attempt);
TL_API struct tl_payloads tl_lone_attempt_details(const struct tl_lone_attempt *attempt);

/* Which heartbeats: all calls of tl_heartbeat, or those that were sent, throttled, through the codecs and back. */
enum tl_heartbeat_view {
    TL_HEARTBEATS_RAW,
    TL_HEARTBEATS_SENT
};

/* One of them. Borrowed from the attempt. */
struct tl_seen_heartbeat {
    tl_time at;
    struct tl_payloads details;
};

/* The nth, from 0; NULL: there were not so many. And how many there were. */
TL_API const struct tl_seen_heartbeat *
tl_lone_attempt_heartbeat(const struct tl_lone_attempt *attempt, enum tl_heartbeat_view view, size_t nth);
TL_API size_t tl_lone_attempt_heartbeats(const struct tl_lone_attempt *attempt, enum tl_heartbeat_view view);

#ifdef __cplusplus
}
#endif
#endif
