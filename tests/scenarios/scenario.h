/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: a workflow in, a history out. Each runs in an environment of its own, under every
 * variant (TIMELAPSE_VARIANT: evict, wire, memory), with shadow replay behind it.
 */
#ifndef TIMELAPSE_TESTS_SCENARIOS_SCENARIO_H
#define TIMELAPSE_TESTS_SCENARIOS_SCENARIO_H

#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

/*
 * Every environment and every group of tests goes through these, so that the variant "memory" (memory.h) is had by
 * each scenario without doing anything about it.
 */
int scenario_setup(void **state, const struct tl_env_options *options);
int scenario_teardown(void **state);
int scenario_run_tests(const char *name, const struct CMUnitTest *tests, size_t count);
#define tl_cmocka_setup    scenario_setup
#define tl_cmocka_teardown scenario_teardown
#undef cmocka_run_group_tests
#undef cmocka_run_group_tests_name
#define cmocka_run_group_tests(tests, group_setup, group_teardown)                                                     \
    cmocka_run_group_tests_name(#tests, (tests), (group_setup), (group_teardown))
#define cmocka_run_group_tests_name(name, tests, group_setup, group_teardown)                                          \
    scenario_run_tests((name), (tests), sizeof(tests) / sizeof((tests)[0]))

/* A setup function `name` for an environment with these workflows; its teardown is tl_cmocka_teardown. */
#define SCENARIO_SETUP(name, register_all)                                                                             \
    static int name(void **state)                                                                                      \
    {                                                                                                                  \
        return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = (register_all)});                       \
    }

/* One test of a file whose setup function is called `setup`. */
#define SCENARIO(test) cmocka_unit_test_setup_teardown(test, setup, tl_cmocka_teardown)

/* Starts workflow type `type` with id "w" and one JSON argument, or none. */
struct tl_handle *scenario_start(struct tl_env *env, const char *type, const char *input_json);

/* The options that activities of scenarios have: 10 s an attempt, the server's retry policy; and one attempt alone. */
extern const struct tl_activity_options scenario_patient;
extern const struct tl_activity_options scenario_once;

/*
 * The run's events are these, separated by white space, and no others. "T" stands for a workflow
 * task that was scheduled, started and completed; "A" for an activity that was scheduled, started
 * and completed.
 */
#define assert_events(env, run, expected) scenario_assert_events((env), (run), (expected), __FILE__, __LINE__)
void scenario_assert_events(
    struct tl_env *env, struct tl_handle *run, const char *expected, const char *file, int line);

/* How many events of `type` ("TimerFired") the run's history has. */
size_t scenario_count_events(struct tl_env *env, struct tl_handle *run, const char *type);

/* When the first event of `type` came, as virtual time since the start of the environment; -1: never. */
tl_duration scenario_time_of(struct tl_env *env, struct tl_handle *run, const char *type);

/* The run's history says these words somewhere: in a failure, say. */
#define assert_says(env, run, words) scenario_assert_says((env), (run), (words), __FILE__, __LINE__)
void scenario_assert_says(struct tl_env *env, struct tl_handle *run, const char *words, const char *file, int line);

/* Recordings are the simulator's: what a real server made of a run is compared by tests/conformance. */
void scenario_assert_recorded(struct tl_env *env, struct tl_handle *run, const char *path, const char *file, int line);
#undef tl_assert_recorded
#define tl_assert_recorded(env, run, path) scenario_assert_recorded((env), (run), (path), __FILE__, __LINE__)

/* The run completed with JSON of this form, printf-formatted. */
void scenario_assert_result(struct tl_env *env, struct tl_handle *run, const char *format, ...) TL_PRINTF(3, 4);

#endif
