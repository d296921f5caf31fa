/* SPDX-License-Identifier: MIT */
/*
 * A reporter that keeps what it is told and returns, so that tests can see how the environment
 * fails without failing themselves.
 */
#ifndef TIMELAPSE_TESTS_ENV_RECORDER_H
#define TIMELAPSE_TESTS_ENV_RECORDER_H

#include <timelapse/env.h>

struct recorder {
    struct tl_reporter reporter;
    struct tl_env *env;
    int failures;
    const char *file;
    int line;
    char text[32 * 1024]; /* of the first failure */
    int logs;
    char log[1024]; /* the last line */
};

/*
 * A cmocka setup: *state becomes a recorder with an environment that reports to it, the other
 * options as given (NULL: defaults). And its teardown.
 */
int recorder_setup(void **state, const struct tl_env_options *options);
int recorder_setup_cached(void **state, const struct tl_env_options *options); /* whatever TIMELAPSE_VARIANT says */
int recorder_teardown(void **state);

/* Fails the test unless exactly one failure was reported and its text contains `part`. */
#define assert_reported(recorder, part) recorder_assert_reported((recorder), (part), __FILE__, __LINE__)
void recorder_assert_reported(const struct recorder *recorder, const char *part, const char *file, int line);

/* Fails the test when anything was reported. */
#define assert_quiet(recorder) recorder_assert_quiet((recorder), __FILE__, __LINE__)
void recorder_assert_quiet(const struct recorder *recorder, const char *file, int line);

#define assert_contains(text, part) recorder_assert_contains((text), (part), __FILE__, __LINE__)
void recorder_assert_contains(const char *text, const char *part, const char *file, int line);

#endif
