/* SPDX-License-Identifier: MIT */
/*
 * The simulator behind gRPC on the loopback interface: what connections are tested against that need more of a service
 * than answers written beforehand. It lives on a driver with threads of its own.
 */
#ifndef TIMELAPSE_TESTS_THREADS_FRONT_H
#define TIMELAPSE_TESTS_THREADS_FRONT_H

#include <stddef.h>
#include <timelapse/driver.h>
#include <timelapse/sim.h>

struct front;

struct front *front_new(void);

/* Ends all connections and calls. NULL is fine. */
void front_free(struct front *front);

const char *front_address(const struct front *front); /* "127.0.0.1:port" */

/* For clients of the process itself, which need no wire. */
struct tl_driver *front_driver(struct front *front);
struct tl_service *front_service(struct front *front);

/* The history of the latest run; to be given back before front_free. Any thread. */
struct tl_history *front_history(struct front *front, const char *workflow_id);

/* How many calls of the method ("PollWorkflowTaskQueue") came in. Any thread. */
size_t front_calls(struct front *front, const char *method);

#endif
