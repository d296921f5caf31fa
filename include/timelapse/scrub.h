/* SPDX-License-Identifier: MIT */
/* Recorded histories whose values are not the same each time: dates, random ids, what a partner answered. */
#ifndef TIMELAPSE_SCRUB_H
#define TIMELAPSE_SCRUB_H

#include <timelapse/expect.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A value that is left out of a comparison, on both sides: what came with each fact of that kind and name (see
 * tl_assert_value), or its member at path. What a server makes - times, ids, identities - is left out anyway.
 */
struct tl_scrub {
    struct tl_fact fact; /* of a kind that a value comes with; nth and in_chain mean nothing here */
    const char *path;    /* see timelapse/json.h; NULL: the whole value */
};

/*
 * As tl_assert_recorded, with these values left out; rules are borrowed for the call. A rule that finds nothing in the
 * stored history is a verdict. A difference is told with both events as JSON.
 */
#define tl_assert_recorded_scrubbed(env, run, path, rules, count)                                                      \
    tl_env_assert_recorded_scrubbed(                                                                                   \
        (env), (run), (path), &(const struct tl_scrubs){(rules), (count)}, __FILE__, __LINE__)

struct tl_scrubs {
    const struct tl_scrub *rules;
    size_t count;
};

/* What the macro calls; for C++, which has no compound literals. file: static storage. */
TL_API void tl_env_assert_recorded_scrubbed(
    struct tl_env *env, struct tl_handle *run, const char *path, const struct tl_scrubs *scrubs, const char *file,
    int line);

#ifdef __cplusplus
}
#endif
#endif
