/* SPDX-License-Identifier: MIT */
/*
 * Queries in tests (timelapse/env.h includes this). Asking lets run what is ready, so that the answer
 * is of the code as it then stands, and moves time only where no worker answers at once. Closed runs answer too. On the
 * test's own stack only; with options, or where a refusal is expected, tl_handle_query does.
 */
#ifndef TIMELAPSE_ENV_QUERY_H
#define TIMELAPSE_ENV_QUERY_H

#include <timelapse/query.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_env;
struct tl_handle;

/*
 * Asks the run; input_json: one JSON argument, or NULL for none. Returns the answer's JSON text ("null" for
 * none), borrowed until the next call on `env`. A query that fails, or whose answer is no JSON, is a verdict;
 * NULL is returned when the reporter returns.
 */
TL_API const char *tl_env_query(struct tl_env *env, struct tl_handle *run, const char *type, const char *input_json);

/* The answer equals the JSON value, member order aside. */
#define tl_assert_query(env, run, type, input_json, json)                                                              \
    tl_env_assert_query(                                                                                               \
        (env), (run), &(const struct tl_query_expected){(type), (input_json), (json)}, __FILE__, __LINE__)
/* The query fails, and an application failure of `failure_type` is in its chain. */
#define tl_assert_query_failed(env, run, type, input_json, failure_type)                                               \
    tl_env_assert_query_failed(                                                                                        \
        (env), (run), &(const struct tl_query_expected){(type), (input_json), (failure_type)}, __FILE__, __LINE__)

/* What is asked, and what is expected: a JSON value, or a failure's type. */
struct tl_query_expected {
    const char *type;
    const char *input_json;
    const char *expected;
};

/* What the macros call. A failure is a verdict, reported at file and line; both are static storage. */
TL_API void tl_env_assert_query(
    struct tl_env *env, struct tl_handle *run, const struct tl_query_expected *expected, const char *file, int line);
TL_API void tl_env_assert_query_failed(
    struct tl_env *env, struct tl_handle *run, const struct tl_query_expected *expected, const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
