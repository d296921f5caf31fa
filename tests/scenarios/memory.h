/* SPDX-License-Identifier: MIT */
/*
 * The variant "memory" of every scenario: it is run once as it is, and then again and again with an allocation that
 * fails, that one alone or it and all that follow. It may fail then, as one that ran out of memory; it may not crash,
 * leak, or leave a history that holds some of a completion's commands.
 *
 * Which allocations: on each path of calls that leads to one (call_paths.h), the first, once and for good. With
 * TIMELAPSE_EXHAUSTIVE in the environment, as in ./dev ci, the first eight on each path fail once besides, one a
 * process: every single one but those of paths that are gone more often than that. TIMELAPSE_EXHAUSTIVE=all takes
 * those too, which lasts an hour rather than a minute.
 */
#ifndef TIMELAPSE_TESTS_SCENARIOS_MEMORY_H
#define TIMELAPSE_TESTS_SCENARIOS_MEMORY_H

#include <timelapse/cmocka.h>

/* Whether TIMELAPSE_VARIANT asks for it; from then on the process's environment does not. */
int memory_variant(void);

/* The environment's options with memory that fails as the run under way wants; `options` outlives the call. */
struct tl_env_options memory_options(const struct tl_env_options *options);

/* The environment that the run under way made; and when it is about to be freed: it is looked at. NULL is fine. */
void memory_made(struct tl_env *env);
void memory_look_at(struct tl_env *env);

/* All tests, each with all its allocations; how many of them failed. */
int memory_run_tests(const struct CMUnitTest *tests, size_t count);

#endif
