/* SPDX-License-Identifier: MIT */
/*
 * A process and its service: the simulator behind gRPC, a connection to it, a registry, a client that is a process of
 * its own as the service sees it, and a worker with several engine threads for the queue "orders".
 */
#ifndef TIMELAPSE_TESTS_THREADS_STATION_H
#define TIMELAPSE_TESTS_THREADS_STATION_H

#include <timelapse/client.h>
#include <timelapse/connection.h>
#include <timelapse/registry.h>
#include <timelapse/worker_run.h>

#include "tests/threads/front.h"

struct station {
    struct front *front;
    struct tl_connection *connection;
    struct tl_registry *registry;
    struct tl_client *client; /* of the front's driver */
    struct tl_worker *worker; /* NULL until station_work */
};

/* The test's own; made by station_open. */
extern struct station station;

/* Set-up and tear-down of a cmocka test. */
int station_open(void **state);
int station_close(void **state);

/*
 * Starts a worker with so many engine threads and waits until each polls both its queues. options: NULL, or what
 * differs from queue, registry and threads.
 */
void station_work(size_t threads, const struct tl_worker_options *options);

/* Asks the worker to stop, waits until it has and frees it. What tl_worker_join said. */
enum tl_status station_stop(struct tl_error *error);

/* Starts a workflow with a JSON input (NULL: null). Fails the test when it cannot. Any thread. */
struct tl_handle *station_start(const char *type, const char *id, const char *input);

/* The handle's result as text, or the failure's; the handle is freed. Returned until the next call on this thread. */
const char *station_result(struct tl_handle *handle);

#endif
