/* SPDX-License-Identifier: MIT */
/*
 * Out of memory, everywhere: each allocation of a whole test of a user fails in turn, once or for good. Nothing
 * crashes, nothing leaks, and a test that could not run to its end says that memory was the reason, once.
 */
#ifndef TIMELAPSE_TESTS_ENV_EXHAUST_H
#define TIMELAPSE_TESTS_ENV_EXHAUST_H

#include <timelapse/env.h>

struct exhaust {
    struct tl_env_options options;  /* reporter and allocator are replaced */
    int (*use)(struct tl_env *env); /* from the first call to the last; 1 when it came to its end */
};

/* Tests of cmocka whose *state is the struct exhaust, which is only read; the first fails no allocation. */
void a_test_without_failures_gives_everything_back(void **state);
void each_allocation_may_fail_once(void **state);
void memory_may_run_out_for_good_at_any_moment(void **state);

/* All three, as rows of a group's table. */
#define EXHAUST_TESTS(exhaust)                                                                                         \
    cmocka_unit_test_prestate(a_test_without_failures_gives_everything_back, (exhaust)),                               \
        cmocka_unit_test_prestate(each_allocation_may_fail_once, (exhaust)),                                           \
        cmocka_unit_test_prestate(memory_may_run_out_for_good_at_any_moment, (exhaust))

#endif
