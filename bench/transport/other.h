/* SPDX-License-Identifier: MIT */
/*
 * The other end in a process of its own, so that what this process takes is the worker's alone: the simulator behind
 * gRPC, and a peer that echoes.
 */
#ifndef TIMELAPSE_BENCH_OTHER_H
#define TIMELAPSE_BENCH_OTHER_H

#include <stddef.h>

struct other;

/* Before this process uses gRPC, of which nothing survives a fork. */
struct other *other_new(void);

/* Ends the process and waits for it. */
void other_free(struct other *other);

/* "127.0.0.1:port" */
const char *other_service(const struct other *other);
const char *other_echo(const struct other *other); /* of RequestCancelWorkflowExecution */

/* Starts so many workflows of the type on the task queue "bench", with ids of their own. */
void other_start(struct other *other, const char *type, size_t count);

#endif
