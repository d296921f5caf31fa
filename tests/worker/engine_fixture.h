/* SPDX-License-Identifier: MIT */
/*
 * Workflow tasks into an engine, completions out, over a service whose replies are written down.
 * Histories come from a builder; the run is "workflow-1" of type "TwoTimers", which sleeps one day
 * and then two, and more types may be registered.
 */
#ifndef TIMELAPSE_TESTS_ENGINE_FIXTURE_H
#define TIMELAPSE_TESTS_ENGINE_FIXTURE_H

#include <timelapse/timelapse.h>

#include "tests/lib/history_builder.h"
#include "tests/lib/scripted_service.h"
#include "worker/engine/engine.h"

#define ENGINE_FIXTURE_RUN_ID "7d9f4c6a-8b5e-4d3c-9f2a-1b6e8c7d5a40"

struct engine_fixture {
    struct tl_driver *driver;
    struct scripted_service *service;
    struct tl_registry *registry;
    struct engine *engine;
    struct history_builder builder; /* WorkflowExecutionStarted of TwoTimers is there */
    int done;                       /* tasks that the engine is done with */
};

/* An engine that caches ten runs. Teardown fails when a reply was never given back. */
int engine_fixture_setup(void **state);
int engine_fixture_teardown(void **state);

/* The same over memory that may fail; false when the universe could not be made. Close it in any case. */
bool engine_fixture_open(struct engine_fixture *fixture, const struct tl_allocator *allocator);
size_t engine_fixture_close(struct engine_fixture *fixture);

/* Another engine instead; sticky_queue NULL: without a cache. */
void engine_fixture_reopen(struct engine_fixture *fixture, const char *sticky_queue, size_t cached);
void engine_fixture_open_engine(struct engine_fixture *fixture, const char *sticky_queue, size_t cached);

/* Runs what is ready; and lets time pass. No verdict may come of it. */
void engine_fixture_run(struct engine_fixture *fixture);
void engine_fixture_pass(struct engine_fixture *fixture, tl_duration duration);

/* Events [begin, end) of what was built. */
Pb__History *engine_fixture_slice(struct engine_fixture *fixture, size_t begin, size_t end);

/* A task of the run with the events from index `begin` to what was built so far. */
Pb__PollWorkflowTaskQueueResponse *engine_fixture_task(struct engine_fixture *fixture, size_t begin);

/* Hands the task over the boundary, as a poller would, and runs what is ready. */
void engine_fixture_give(struct engine_fixture *fixture, const Pb__PollWorkflowTaskQueueResponse *task);

/* Replies. */
Pb__RespondWorkflowTaskCompletedResponse *engine_fixture_accepted(struct engine_fixture *fixture);
void engine_fixture_accept_completions(struct engine_fixture *fixture);
void engine_fixture_accept_failures(struct engine_fixture *fixture);
/* A page with events [begin, end); next_token NULL: the last. */
void engine_fixture_page(struct engine_fixture *fixture, size_t begin, size_t end, const char *next_token);

/* What came of it. */
const Pb__RespondWorkflowTaskCompletedRequest *
engine_fixture_completion(const struct engine_fixture *fixture, size_t nth);
size_t engine_fixture_completions(const struct engine_fixture *fixture);
/* The only failed task's failure. */
const Pb__RespondWorkflowTaskFailedRequest *engine_fixture_failure(const struct engine_fixture *fixture);

/* The first task, completed: the run is cached and waits for its first timer. */
void engine_fixture_first_task(struct engine_fixture *fixture);

/* What the server adds when the first timer fires, up to the next task's start; the index of its first event. */
size_t engine_fixture_timer_fires(struct engine_fixture *fixture);

#endif
