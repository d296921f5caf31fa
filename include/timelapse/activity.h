/* SPDX-License-Identifier: MIT */
/*
 * What activity code calls. Under the deterministic driver an activity is a coroutine on the
 * driver's thread: it may sleep in virtual time, heartbeat, be canceled, and make client calls.
 * On a connection it has a thread of its own from its beginning to its end, on which it may block
 * as it likes; the functions here are called on that thread alone. Its stack is the coroutine's:
 * tl_worker_options.coroutine_stack.
 */
#ifndef TIMELAPSE_ACTIVITY_H
#define TIMELAPSE_ACTIVITY_H

#include <timelapse/failure.h>
#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Facts about the attempt. Strings are never NULL; valid until the activity returns. */
struct tl_activity_info {
    const char *activity_id;
    const char *activity_type;
    const char *workflow_id;
    const char *run_id;
    const char *workflow_type;
    const char *name_space;
    const char *task_queue;
    const char *idempotency_key;  /* "<run id>/<activity id>": the same for every attempt */
    int32_t attempt;              /* from 1 */
    tl_time scheduled_at;         /* of the first attempt */
    tl_time attempt_scheduled_at; /* of this attempt */
    tl_time started_at;           /* of this attempt */
    tl_duration start_to_close;   /* 0: none */
    tl_duration schedule_to_close;
    tl_duration heartbeat;
    tl_time deadline;                    /* the earlier of both timeouts; TL_NEVER: none */
    const struct tl_retry_policy *retry; /* as the service follows it; NULL: the attempt is the only one */
    struct tl_priority priority;         /* fairness_key is never NULL */
    struct tl_bytes task_token;          /* for completion from elsewhere: timelapse/async_activity.h */
};

/* The facts about the attempt; borrowed until the activity returns. */
TL_API const struct tl_activity_info *tl_activity_info(struct tl_activity *activity);

/* The definition's user pointer. */
TL_API void *tl_activity_user(struct tl_activity *activity);

/* What tl_activity_options.headers said under that key, borrowed until the activity returns; NULL: nothing. */
TL_API const struct tl_payload *tl_activity_header(struct tl_activity *activity, const char *key);

/* `size` zeroed bytes, valid until the activity returns. Never NULL. */
TL_API void *tl_activity_alloc(struct tl_activity *activity, size_t size);

/* The driver's clock. */
TL_API tl_time tl_activity_now(struct tl_activity *activity);

/* Sleeps: TL_OK, or TL_CANCELED when the attempt is canceled meanwhile. */
TL_API TL_MUST_CHECK enum tl_status tl_activity_sleep(struct tl_activity *activity, tl_duration duration);

/*
 * Tells the server that the attempt is alive, with details for the next attempt (copied; NULL:
 * none). Sent at once the first time, later at most every 80 % of the heartbeat timeout; the
 * latest details are what counts. TL_OK, or TL_CANCELED once the attempt is to stop. Details that are none (a count
 * without items) fail the attempt as "InvalidDetails", whatever it returns, here and in tl_activity_canceled.
 */
TL_API TL_MUST_CHECK enum tl_status tl_heartbeat(struct tl_activity *activity, const struct tl_payloads *details);

/* The last details that an earlier attempt's heartbeat left; count 0 when there are none. */
TL_API struct tl_payloads tl_heartbeat_details(struct tl_activity *activity);

/* Why an attempt is to stop. */
enum tl_activity_cancel_reason {
    TL_ACTIVITY_NOT_CANCELED = 0,
    TL_ACTIVITY_CANCEL_REQUESTED, /* its workflow asked for it: TL_CANCELED ends it so */
    TL_ACTIVITY_RESET,            /* an operator starts it anew: TL_CANCELED ends the attempt, another one comes */
    TL_ACTIVITY_PAUSED,           /* an operator paused it: likewise, once it is unpaused */
    TL_ACTIVITY_NOT_FOUND,        /* the service does not know the attempt any more: what it returns is dropped */
    TL_ACTIVITY_TIMED_OUT,        /* by the worker's own clock, 5 s after the service must have: likewise */
    TL_ACTIVITY_WORKER_SHUTDOWN   /* tl_worker_options.stop_grace is over: TL_CANCELED is a failure to be retried */
};

/* 1 when the attempt is to stop, for whatever reason. */
TL_API int tl_activity_is_canceled(struct tl_activity *activity);

/* Why the attempt is to stop. The first reason stays; of one heartbeat's, a cancellation goes first, then a reset. */
TL_API enum tl_activity_cancel_reason tl_activity_cancel_reason(struct tl_activity *activity);

/* "cancel requested" and so on; never NULL. Any thread. */
TL_API const char *tl_activity_cancel_reason_name(enum tl_activity_cancel_reason reason);

/*
 * Sets the failure of this attempt and returns TL_FAILED. options: NULL for none; those that are out
 * of their range make it one of type "InvalidFailOptions", which names the field, caused by the
 * failure without them.
 */
TL_API enum tl_status tl_activity_fail(struct tl_activity *activity, const char *type, const char *format, ...)
    TL_PRINTF(3, 4);
TL_API enum tl_status tl_activity_fail_with(
    struct tl_activity *activity, const char *type, const char *message, const struct tl_fail_options *options);

/*
 * Sets the failure of this attempt to this chain (copied, 20 links deep) and returns TL_FAILED: to pass on what a
 * client call failed with, say. Servers take application failures alone, so that one of another kind becomes the cause
 * of one whose type is "TimeoutFailure", "CanceledFailure", "ActivityFailure" and so on: a type that a retry policy may
 * name. Of a link that the caller makes NULL strings are "". NULL: the failure of an activity that says nothing.
 */
TL_API enum tl_status tl_activity_fail_as(struct tl_activity *activity, const struct tl_failure *failure);

/*
 * Sets what a canceled activity tells of how far it came (copied; NULL: nothing) and returns TL_CANCELED. It stands in
 * the ActivityTaskCanceled event, as the details of the failure that its workflow sees. An attempt that was not asked
 * to stop fails, saying so, and one that was for another reason than TL_ACTIVITY_CANCEL_REQUESTED with that reason.
 */
TL_API enum tl_status tl_activity_canceled(struct tl_activity *activity, const struct tl_payloads *details);

/* Sets a json/plain result from printf-formatted JSON text; returns TL_OK. */
TL_API enum tl_status
tl_activity_result_text(struct tl_activity *activity, struct tl_payload *result, const char *format, ...)
    TL_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
