/* SPDX-License-Identifier: MIT */
/* A cmocka fixture: an arena over a pool of its own. *state is the arena. */
#ifndef TIMELAPSE_TESTS_LIB_ARENA_FIXTURE_H
#define TIMELAPSE_TESTS_LIB_ARENA_FIXTURE_H

#include "base/arena.h"

int arena_fixture_setup(void **state);
int arena_fixture_teardown(void **state);

/* One test with a fresh arena. */
#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, arena_fixture_setup, arena_fixture_teardown)

#endif
