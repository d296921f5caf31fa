/* SPDX-License-Identifier: MIT */
/*
 * Options shared by workflows and clients. Zero means "default" in every member. Durations: at most
 * 36,500 days, the longest that a server keeps.
 */
#ifndef TIMELAPSE_OPTIONS_H
#define TIMELAPSE_OPTIONS_H

#include <timelapse/payload.h>
#include <timelapse/search_attribute.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How a failed attempt is tried again. Defaults are the server's: 1 s, doubled each time, at most
 * 100 times the initial interval, without limit of attempts.
 */
struct tl_retry_policy {
    tl_duration initial_interval;           /* >= 0; 0: 1 s */
    double backoff_coefficient;             /* >= 1; 0: 2.0 */
    tl_duration maximum_interval;           /* >= initial_interval; 0: 100 x initial_interval */
    int32_t maximum_attempts;               /* >= 0; 0: unlimited, 1: no retry */
    const char *const *non_retryable_types; /* application failure types, borrowed for the call */
    size_t non_retryable_count;
};

/* Who is served first where a queue has more than its workers can take. Zero means default in every member. */
struct tl_priority {
    int32_t key;              /* >= 0; 1 is served first, servers tell 5 levels apart; 0: 3 */
    const char *fairness_key; /* those of one priority share by key; at most 64 bytes; NULL: none */
    double fairness_weight;   /* >= 0; of the key, kept between 0.001 and 1000 by servers; 0: 1 */
};

/* What happens to a scheduled activity when its cancellation is requested. */
enum tl_cancellation_type {
    TL_TRY_CANCEL = 0,                  /* ask for it and go on as canceled at once */
    TL_WAIT_CANCELLATION_COMPLETED = 1, /* ask for it and wait for how the activity ends */
    TL_ABANDON = 2                      /* ask for nothing and go on as canceled at once */
};

/* Options of one activity. At least one of schedule_to_close and start_to_close is required. */
struct tl_activity_options {
    const char *activity_id;             /* at most 1,000 bytes; NULL: the next number */
    const char *task_queue;              /* NULL: the workflow's */
    tl_duration schedule_to_close;       /* >= 0; over all attempts */
    tl_duration schedule_to_start;       /* >= 0 */
    tl_duration start_to_close;          /* >= 0; of one attempt */
    tl_duration heartbeat;               /* >= 0; 0: none */
    const struct tl_retry_policy *retry; /* NULL: the server's defaults */
    enum tl_cancellation_type cancellation;
    const struct tl_field *headers; /* for tl_activity_header; no key twice */
    size_t header_count;
    const char *summary;         /* user metadata, shown by the UI */
    struct tl_priority priority; /* what is unset is the workflow's */
};

/* What a start finds when the workflow id is taken by a running run: values of the API's enum. */
enum tl_id_conflict_policy {
    TL_ID_CONFLICT_DEFAULT = 0, /* fail */
    TL_ID_CONFLICT_FAIL = 1,
    TL_ID_CONFLICT_USE_EXISTING = 2,
    TL_ID_CONFLICT_TERMINATE_EXISTING = 3
};

/* What a start finds when the id's last run is closed: values of the API's enum. */
enum tl_id_reuse_policy {
    TL_ID_REUSE_DEFAULT = 0, /* allow duplicate */
    TL_ID_REUSE_ALLOW_DUPLICATE = 1,
    TL_ID_REUSE_ALLOW_DUPLICATE_FAILED_ONLY = 2,
    TL_ID_REUSE_REJECT_DUPLICATE = 3
};

/* Options of a workflow start. */
struct tl_start_options {
    const char *task_queue;        /* required for a client; an environment has a default */
    tl_duration execution_timeout; /* >= 0; over the whole chain of runs; 0: none */
    tl_duration run_timeout;       /* >= 0; of one run; 0: none */
    tl_duration task_timeout;      /* >= 0; of one workflow task; 0: 10 s */
    tl_duration start_delay;       /* >= 0 */
    enum tl_id_conflict_policy id_conflict;
    enum tl_id_reuse_policy id_reuse;
    const struct tl_retry_policy *retry; /* NULL: the workflow is not retried */
    const char *request_id;              /* NULL: a fresh one; the same twice starts once */
    const struct tl_field *memo;         /* for people and tl_workflow_memo; no key twice */
    size_t memo_count;
    const struct tl_search_attribute *search_attributes; /* no name twice; those that are unset are left out */
    size_t search_attribute_count;
    const struct tl_field *headers; /* for tl_workflow_header; no key twice */
    size_t header_count;
    struct tl_priority priority; /* of its tasks, and of its activities where they have none of their own */
    const char *summary;         /* user metadata, shown by the UI: one line; NULL: none */
    const char *details;         /* the same, any text */
    /*
     * 1: the first task goes straight to a worker of the client's own driver and service, where one polls the queue and
     * has a slot; the service may decline. Nothing but latency is at stake. Starts in activities, those with a signal
     * and those in a test environment never ask for it.
     */
    int eager;
};

#ifdef __cplusplus
}
#endif
#endif
