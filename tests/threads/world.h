/* SPDX-License-Identifier: MIT */
/*
 * A world in real time: a driver with threads, the simulator on it as the service, a registry, a client and, when
 * asked for, a worker of the queue "orders".
 */
#ifndef TIMELAPSE_TESTS_THREADS_WORLD_H
#define TIMELAPSE_TESTS_THREADS_WORLD_H

#include <timelapse/client.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>

struct world {
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct tl_registry *registry;
    struct tl_client *client;
    struct tl_worker *worker; /* NULL until world_work */
};

/* The test's own; made by world_open. */
extern struct world world;

/* Set-up and tear-down of a cmocka test. */
int world_open(void **state);
int world_close(void **state);

/* Adds an activity, or a workflow of that type. Before world_work. */
void world_add_activity(const char *type, tl_activity_fn *run);
void world_add_workflow(const char *type, tl_workflow_fn *run);

/* Makes the worker. options: NULL, or what differs from queue and registry. */
void world_work(const struct tl_worker_options *options);

/* Starts a workflow with a JSON input (NULL: null). Fails the test when it cannot. Any thread. */
struct tl_handle *world_start(const char *type, const char *id, const char *input);

/* The result of a run as text; fails the test unless it completes. Returned until the next call on this thread. */
const char *world_result(struct tl_handle *handle);

/* Asks the worker to stop and waits until it did. */
void world_stop(void);

/* A workflow type "Runs" whose input is the type of an activity, run once, with a timeout of 10 s; its result. */
void world_add_runner(void);

/* Nanoseconds on the monotonic clock. */
tl_time world_clock(void);

/* Sleeps for real. */
void world_pause(tl_duration duration);

#endif
