/* SPDX-License-Identifier: MIT */
/* Workflow code against a history written by hand. */
#ifndef TIMELAPSE_TESTS_REPLAY_FIXTURE_H
#define TIMELAPSE_TESTS_REPLAY_FIXTURE_H

#include <timelapse/replayer.h>
#include <timelapse/timelapse.h>

#include "tests/lib/history_builder.h"

struct replay_fixture {
    struct history_builder builder;
    struct tl_registry *registry;
    struct tl_error error; /* of the last replay */
};

/* For setup and teardown functions; *state becomes the struct. */
int replay_fixture_open(void **state, tl_register_fn *register_all);
int replay_fixture_close(void **state);

/* A history that begins with a run of this type and its first task, completed. Returns the fixture's builder. */
struct history_builder *replay_fixture_begin(struct replay_fixture *fixture, const char *type);

/* Timer 1 is started and fires after so long; the run completes in the task that follows. */
void replay_fixture_sleep_and_end(struct history_builder *builder, tl_duration duration);

/* Replays what was built so far; options.registry is filled in. */
enum tl_status replay_fixture_replay_with(struct replay_fixture *fixture, struct tl_replayer_options options);

/* Replays plain, strict, and with an eviction at every task: the verdict is the same. */
enum tl_status replay_fixture_replay(struct replay_fixture *fixture);

/* The last replay's error says these words. */
void replay_fixture_says(const struct replay_fixture *fixture, const char *words);

/* Replays, finds that the code asks for something else than the history, and says these words. */
void replay_fixture_differs(struct replay_fixture *fixture, const char *words);

#endif
