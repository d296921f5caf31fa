/* SPDX-License-Identifier: MIT */
/*
 * What the judge needs of each scenario: where TIMELAPSE_SERVER names a server, environments stand on it; where
 * TIMELAPSE_JUDGED names a directory, each environment's histories are written there, as
 * <program>/<test>-<workflow id>-<number of the run>.json; "<test>.2" is its second environment.
 */
#ifndef TIMELAPSE_TESTS_SCENARIOS_JUDGED_H
#define TIMELAPSE_TESTS_SCENARIOS_JUDGED_H

#include <timelapse/env.h>

/* The server that environments are to stand on, or NULL. */
const struct tl_elsewhere *judged_elsewhere(void);

/* Whether TIMELAPSE_SKIP, a list of tests with a space before and behind each, as files are named, has this one. */
int judged_skips(const char *name);

/* Before each test. */
void judged_test(const char *name);

/* A run whose history is kept, too: those that a worker of the environment works on are kept anyway. */
void judged_run(const char *workflow_id, const char *run_id);

/* After an environment was made, and before it is freed. */
void judged_begin(struct tl_env *env);
void judged_end(struct tl_env *env);

/* Of programs that are linked with a connection, others have none (tests/conformance). */
const struct tl_elsewhere *elsewhere_at(const char *address) __attribute__((weak));

#endif
