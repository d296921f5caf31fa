/* SPDX-License-Identifier: MIT */
/*
 * Tests without a framework: functions that are given an environment each, and a main() that runs them.
 *
 *     static void ships_once(struct tl_env *env)
 *     {
 *         tl_assert_completed(env, tl_env_start(env, "Order", "order-1", "{}", NULL));
 *         tl_assert_true(env, shipments == 1);
 *     }
 *
 *     int main(int argc, char **argv)
 *     {
 *         static const struct tl_test tests[] = {TL_TEST(ships_once)};
 *         return tl_test_main(argc, argv, tests, sizeof tests / sizeof tests[0], &options);
 *     }
 */
#ifndef TIMELAPSE_TEST_MAIN_H
#define TIMELAPSE_TEST_MAIN_H

#include <stddef.h>
#include <timelapse/env.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_test {
    const char *name;
    void (*run)(struct tl_env *env);
    const struct tl_env_options *options; /* NULL: those of tl_test_main */
};

/* clang-format off */
#define TL_TEST(function) {#function, (function), NULL}
/* clang-format on */

/* A verdict when the condition does not hold: in the test, in workflows, activities and mocks. */
#define tl_assert_true(env, condition)                                                                                 \
    ((condition) ? (void)0 : tl_env_fail((env), __FILE__, __LINE__, "%s does not hold", #condition))

/*
 * Runs the tests, each with a new environment made of its options, or else of `options` (NULL: defaults); their
 * reporter is replaced. A test ends at its first failure, also on its own stack and by a signal, and the next one
 * runs. Left-over expectations of mocks fail it (tl_env_finish).
 *
 * Arguments: --format tap (the default) or junit, --list, and names of tests to run, in which * and ? stand for any
 * characters; TIMELAPSE_TEST is one more. Writes to standard output. Returns the exit code: 0, or 1 when a test
 * failed or none was run, 2 for arguments that are no good.
 */
TL_API int
tl_test_main(int argc, char **argv, const struct tl_test *tests, size_t count, const struct tl_env_options *options);

#ifdef __cplusplus
}
#endif
#endif
