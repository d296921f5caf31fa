/* SPDX-License-Identifier: MIT */
/* Temporal's failures: why a workflow, an activity or a timer did not succeed, with its causes. */
#ifndef TIMELAPSE_FAILURE_H
#define TIMELAPSE_FAILURE_H

#include <stdint.h>
#include <timelapse/payload.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which info of temporal.api.failure.v1.Failure is set. */
enum tl_failure_kind {
    TL_FAILURE_UNKNOWN = 0, /* none, or one that this version does not know */
    TL_FAILURE_APPLICATION,
    TL_FAILURE_TIMEOUT,
    TL_FAILURE_CANCELED,
    TL_FAILURE_TERMINATED,
    TL_FAILURE_SERVER,
    TL_FAILURE_RESET_WORKFLOW,
    TL_FAILURE_ACTIVITY,
    TL_FAILURE_CHILD_WORKFLOW,
    TL_FAILURE_NEXUS_OPERATION,
    TL_FAILURE_NEXUS_HANDLER
};

/* Values of temporal.api.enums.v1.TimeoutType. */
enum tl_timeout_type {
    TL_TIMEOUT_UNSPECIFIED = 0,
    TL_TIMEOUT_START_TO_CLOSE = 1,
    TL_TIMEOUT_SCHEDULE_TO_START = 2,
    TL_TIMEOUT_SCHEDULE_TO_CLOSE = 3,
    TL_TIMEOUT_HEARTBEAT = 4
};

/* Values of temporal.api.enums.v1.RetryState. */
enum tl_retry_state {
    TL_RETRY_STATE_UNSPECIFIED = 0,
    TL_RETRY_STATE_IN_PROGRESS = 1,
    TL_RETRY_STATE_NON_RETRYABLE_FAILURE = 2,
    TL_RETRY_STATE_TIMEOUT = 3,
    TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED = 4,
    TL_RETRY_STATE_RETRY_POLICY_NOT_SET = 5,
    TL_RETRY_STATE_INTERNAL_SERVER_ERROR = 6,
    TL_RETRY_STATE_CANCEL_REQUESTED = 7
};

/* Values of temporal.api.enums.v1.ApplicationErrorCategory. */
enum tl_failure_category {
    TL_CATEGORY_DEFAULT = 0,
    TL_CATEGORY_BENIGN = 1 /* expected in the course of things: no alarm, neither in logs nor in metrics */
};

/*
 * One link of a failure chain, read-only. Strings are never NULL. Pointers are borrowed from
 * whatever holds the chain (a workflow: until it is evicted or closed; a handle: until it is freed).
 */
struct tl_failure {
    enum tl_failure_kind kind;
    const char *message; /* also where the SDK that made it has encoded it; passed on, it is encoded as it came */
    const char *source;  /* the SDK that made it, or "Server" */
    const char *stack_trace;
    const struct tl_failure *cause; /* or NULL */

    /* application */
    const char *type; /* "GatewayBusy"; for activity and child failures: the type that ran */
    int non_retryable;
    tl_duration next_retry_delay; /* 0: the policy decides */
    enum tl_failure_category category;
    /* application, canceled: details; timeout: last heartbeat details */
    const struct tl_payload *details;
    size_t details_count;

    /* timeout */
    enum tl_timeout_type timeout_type;

    /* activity, child workflow */
    const char *activity_id;
    enum tl_retry_state retry_state;
    const char *identity;       /* activity: of the worker whose attempt was the last; "": no worker's doing */
    int64_t scheduled_event_id; /* activity: of its ActivityTaskScheduled; 0: not scheduled yet */
    int64_t started_event_id;   /* 0: no attempt was started */

    /* The library's: what it read the link from, so that a link passed on keeps what is not told here; else NULL. */
    const void *origin;
};

/* What tl_fail_with and tl_activity_fail_with make. Zero means default; everything is copied. */
struct tl_fail_options {
    int non_retryable;
    tl_duration next_retry_delay; /* 0 to 36,500 days; 0: the retry policy decides */
    enum tl_failure_category category;
    const struct tl_payload *details;
    size_t details_count;
    const struct tl_failure *cause; /* passed on with all it holds, 20 links deep */
};

/*
 * The innermost link of the chain that is an application failure, else the innermost link.
 * Borrows and returns borrowed from the same chain; NULL gives NULL. Any thread.
 */
TL_API const struct tl_failure *tl_failure_root(const struct tl_failure *failure);

/* 1 when any link of the chain is an application failure of `type`, else 0. Any thread. */
TL_API int tl_failure_has_type(const struct tl_failure *failure, const char *type);

/* 1 when any link of the chain is of `kind`, else 0. Any thread. */
TL_API int tl_failure_has_kind(const struct tl_failure *failure, enum tl_failure_kind kind);

#ifdef __cplusplus
}
#endif
#endif
