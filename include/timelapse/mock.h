/* SPDX-License-Identifier: MIT */
/*
 * Mocks: ordinary activity handlers that the service really schedules, retries and times out. A
 * mock follows its script, one entry after another; a call beyond the script, a call of an
 * activity that is neither mocked nor registered, and an entry left over are verdicts.
 */
#ifndef TIMELAPSE_MOCK_H
#define TIMELAPSE_MOCK_H

#include <timelapse/env.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_mock;

/* How often an entry of the script serves. */
struct tl_count {
    unsigned minimum;
    unsigned maximum; /* UINT_MAX: without limit */
};

#define TL_TIMES(n)    ((struct tl_count){(n), (n)})
#define TL_ONCE        TL_TIMES(1u)
#define TL_ALWAYS      ((struct tl_count){1u, ~0u}) /* at least once */
#define TL_AT_LEAST(n) ((struct tl_count){(n), ~0u})
#define TL_ANY_TIMES   ((struct tl_count){0u, ~0u})

/*
 * The mock of activity type `type` in `env`, made on first use; it takes the place of a registered
 * activity. Returns borrowed until tl_env_free. Making one after its activity ran is a verdict.
 */
TL_API struct tl_mock *tl_mock_activity(struct tl_env *env, const char *type);

/*
 * Append to the script: attempts that return one JSON value (NULL: null; checked at once), or fail
 * with an application failure. A count of TL_TIMES(0) allows nothing: a mock without a script, or
 * with only that, says that the activity is never called. mock: NULL is ignored.
 */
TL_API void tl_mock_returns(struct tl_mock *mock, struct tl_count count, const char *json);
TL_API void tl_mock_fails(struct tl_mock *mock, struct tl_count count, const char *failure_type);
TL_API void
tl_mock_fails_for_good(struct tl_mock *mock, struct tl_count count, const char *failure_type); /* non-retryable */

/* An activity's code as tl_activity_fn has it, with the pointer that was given to tl_mock_calls. */
typedef enum tl_status
tl_mock_fn(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result);

/* Attempts that call `run(user, ...)`, on the attempt's coroutine. */
TL_API void tl_mock_calls(struct tl_mock *mock, struct tl_count count, tl_mock_fn *run, void *user);

/* Attempts that never answer, whatever they are told: the service's timeouts end them. */
TL_API void tl_mock_hangs(struct tl_mock *mock, struct tl_count count);

/* How many attempts have reached the mock; NULL: 0. */
TL_API unsigned tl_mock_calls_made(const struct tl_mock *mock);

#ifdef __cplusplus
}
#endif
#endif
