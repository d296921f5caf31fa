/* SPDX-License-Identifier: MIT */
/* A universe for tests: a driver, a scripted service, a registry, and a worker and a client when asked for. */
#ifndef TIMELAPSE_TESTS_WORKER_FIXTURE_H
#define TIMELAPSE_TESTS_WORKER_FIXTURE_H

#include <timelapse/client.h>
#include <timelapse/worker.h>

#include "tests/lib/scripted_service.h"

struct universe {
    struct tl_driver *driver;
    struct scripted_service *scripted;
    struct tl_registry *registry;
    struct tl_worker *worker;
    struct tl_client *client;
};

/* The test's own; made by universe_setup. */
extern struct universe universe;

int universe_setup(void **state);

/* The same with an activity "Charge" that goes on for a day; what activities tell is answered. */
int universe_setup_endless(void **state);

/* Fails when a reply was never given back. */
int universe_teardown(void **state);

/* The same over a given allocator; false when memory ran out: then nothing is left. */
bool universe_open(const struct tl_allocator *allocator);
size_t universe_close(void);

/* Options of the fixture's worker: queue "orders". They may be changed before universe_work. */
struct tl_worker_options universe_options(void);

/* Makes the worker (NULL: as universe_options says) and lets it poll. */
void universe_work(const struct tl_worker_options *options);

/* Runs what is ready, without moving the clock. */
void universe_run(void);

/* Lets `duration` of virtual time pass, everything due in it included. */
void universe_pass(tl_duration duration);

/* A task for an activity: what a test cares about; zero means a plain value. */
struct activity_task {
    const char *type;    /* NULL: "Charge" */
    const char *input;   /* JSON; NULL: none */
    const char *details; /* JSON of the last heartbeat; NULL: none */
    int32_t attempt;     /* 0: 1 */
    tl_duration start_to_close;
    tl_duration schedule_to_close;
    tl_duration heartbeat;
};

/* Answers a poll with it and runs what is ready. Its workflow is "order-1", run "run-1", its token "token-1". */
void universe_give_activity(const struct activity_task *task);

/* As universe_give_activity, without running anything. */
void universe_post_activity(const struct activity_task *task);

/* Answers a poll for activities with nothing and runs what is ready. suggestion: how many more polls, or 0: none. */
void universe_give_empty_activity_poll(int32_t suggestion);

/* Answers the worker's question what its namespace can do (copied), without running anything. */
void universe_describe_namespace(Pb__NamespaceInfo__Capabilities capabilities);

/* The text of the first payload's data, or NULL. Borrowed until the next call. */
const char *universe_text(const Pb__Payloads *payloads);

/* Answers calls that need no thought: activity completions, failures, cancellations, heartbeats. */
void universe_answer_activities(void);

#endif
