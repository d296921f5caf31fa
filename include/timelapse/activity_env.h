/* SPDX-License-Identifier: MIT */
/*
 * An activity by itself, in any test environment: one attempt of it, made from a task that the test makes up, run by
 * the code that runs all attempts. There is no workflow, no retry and no timeout but the worker's own: what the test
 * sees is what a service would have been told. Codecs, interceptors and mocks are those of the environment, as is its
 * clock: the attempt sleeps in virtual time. It may make calls with the environment's client (tl_env_client).
 *
 *     static void polls_until_it_is_there(void **state)
 *     {
 *         struct tl_attempt *attempt = tl_env_attempt(*state, "Poll", "\"job-1\"", NULL);
 *
 *         tl_assert_attempt_result(attempt, "{\"found\": true}");
 *         tl_assert_heartbeats(attempt, TL_HEARTBEATS_RAW, "[1, 2, 3]");
 *     }
 *
 * All belongs on the test's own stack; a misuse is a verdict.
 */
#ifndef TIMELAPSE_ACTIVITY_ENV_H
#define TIMELAPSE_ACTIVITY_ENV_H

#include <timelapse/env.h>
#include <timelapse/lone_worker.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_attempt;

/*
 * Starts an attempt of a registered or mocked activity, and runs what is ready until it waits or has ended; the clock
 * stands still. input_json: one JSON argument, or NULL for none. task: what tl_activity_info and tl_heartbeat_details
 * will say; NULL for defaults. Returns borrowed until tl_env_free; NULL with a verdict when the reporter returns. In
 * what follows NULL is ignored, and says nothing.
 */
TL_API struct tl_attempt *tl_env_attempt(
    struct tl_env *env, const char *activity_type, const char *input_json, const struct tl_attempt_task *task);

/* The same with any payloads; NULL for none. */
TL_API struct tl_attempt *tl_env_attempt_with(
    struct tl_env *env, const char *activity_type, const struct tl_payloads *input, const struct tl_attempt_task *task);

/* As all such functions of the environment: see tl_env_here. */
#define tl_env_attempt(env, ...)      (tl_env_attempt)(TL_ENV_HERE(env), __VA_ARGS__)
#define tl_env_attempt_with(env, ...) (tl_env_attempt_with)(TL_ENV_HERE(env), __VA_ARGS__)

/*
 * Asks it to stop, now or after `delay` (>= 0) of virtual time, as a worker does that has heard of the reason:
 * TL_ACTIVITY_CANCEL_REQUESTED, say, or TL_ACTIVITY_WORKER_SHUTDOWN. A wait that may be canceled ends. Of several calls
 * with a delay the last counts. Now: what is ready then runs.
 */
TL_API void tl_attempt_cancel(struct tl_attempt *attempt, enum tl_activity_cancel_reason reason);
TL_API void
tl_attempt_cancel_after(struct tl_attempt *attempt, tl_duration delay, enum tl_activity_cancel_reason reason);

/*
 * From now on heartbeats that are sent are answered with this, so that the attempt hears of it as it would in
 * production, and not at all without a heartbeat: TL_ACTIVITY_CANCEL_REQUESTED, RESET, PAUSED, NOT_FOUND, or none.
 */
TL_API void tl_attempt_answer_heartbeats(struct tl_attempt *attempt, enum tl_activity_cancel_reason reason);

/* ---- How it ended ---- */

/* 1 while it is not known what came of the attempt. */
TL_API int tl_attempt_runs(const struct tl_attempt *attempt);

/*
 * Runs until it ended, letting time jump: see tl_lone_attempt_status for what is returned; TL_VERDICT. result: may be
 * NULL; set on TL_OK; borrowed until tl_env_free. One that waits for ever is a verdict.
 */
TL_API enum tl_status tl_attempt_result(struct tl_attempt *attempt, struct tl_payload *result);

/* Why it failed, and what it told of its cancellation; NULL and nothing for others. Borrowed until tl_env_free. */
TL_API const struct tl_failure *tl_attempt_failure(const struct tl_attempt *attempt);
TL_API struct tl_payloads tl_attempt_details(const struct tl_attempt *attempt);

/* Its heartbeats so far: the nth, from 0 (NULL: there were not so many), and how many. Borrowed until tl_env_free. */
TL_API const struct tl_seen_heartbeat *
tl_attempt_heartbeat(const struct tl_attempt *attempt, enum tl_heartbeat_view view, size_t nth);
TL_API size_t tl_attempt_heartbeats(const struct tl_attempt *attempt, enum tl_heartbeat_view view);

/* ---- Assertions: the first five run until it ended ---- */

#define tl_assert_attempt_completed(attempt)    tl_attempt_assert((attempt), TL_OK, NULL, __FILE__, __LINE__)
/* It completed, and its result equals the JSON value, member order aside. */
#define tl_assert_attempt_result(attempt, json) tl_attempt_assert((attempt), TL_OK, (json), __FILE__, __LINE__)
/* It failed, and an application failure of `type` is in its chain. */
#define tl_assert_attempt_failed(attempt, type) tl_attempt_assert((attempt), TL_FAILED, (type), __FILE__, __LINE__)
#define tl_assert_attempt_canceled(attempt)     tl_attempt_assert((attempt), TL_CANCELED, NULL, __FILE__, __LINE__)
#define tl_assert_attempt_completes_later(attempt)                                                                     \
    tl_attempt_assert((attempt), TL_COMPLETES_LATER, NULL, __FILE__, __LINE__)
/* The heartbeats so far, each by its first detail (null: none), are the values of the JSON array. */
#define tl_assert_heartbeats(attempt, view, json)                                                                      \
    tl_attempt_assert_heartbeats((attempt), (view), (json), __FILE__, __LINE__)

/* What the macros call. what: JSON of a result, or a failure's type; NULL: any. file: static storage. */
TL_API void
tl_attempt_assert(struct tl_attempt *attempt, enum tl_status expected, const char *what, const char *file, int line);
TL_API void tl_attempt_assert_heartbeats(
    struct tl_attempt *attempt, enum tl_heartbeat_view view, const char *json, const char *file, int line);

/* ---- Where a call stands ---- */

/* As tl_env_here, for a call on an attempt; returns it. NULL is fine: nothing is noted. */
TL_API struct tl_attempt *tl_attempt_here(struct tl_attempt *attempt, const char *file, int line);

#define TL_ATTEMPT_HERE(attempt)                      tl_attempt_here((attempt), __FILE__, __LINE__)
#define tl_attempt_cancel(attempt, reason)            (tl_attempt_cancel)(TL_ATTEMPT_HERE(attempt), (reason))
#define tl_attempt_cancel_after(attempt, ...)         (tl_attempt_cancel_after)(TL_ATTEMPT_HERE(attempt), __VA_ARGS__)
#define tl_attempt_answer_heartbeats(attempt, reason) (tl_attempt_answer_heartbeats)(TL_ATTEMPT_HERE(attempt), (reason))
#define tl_attempt_result(attempt, result)            (tl_attempt_result)(TL_ATTEMPT_HERE(attempt), (result))

#ifdef __cplusplus
}
#endif
#endif
