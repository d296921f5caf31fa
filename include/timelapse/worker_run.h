/* SPDX-License-Identifier: MIT */
/*
 * Workers as processes run them, of libtimelapse-grpc: on a connection, until a signal asks them to stop.
 *
 *     return tl_worker_run(connection, &options, &error) == TL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
 *
 * A worker of a connection works on threads of the connection's driver: workflows on one of them, or on as many as
 * engine_threads says; an activity attempt on one of its own, where it may block as it likes. Code of activities must
 * be fit for several threads.
 */
#ifndef TIMELAPSE_WORKER_RUN_H
#define TIMELAPSE_WORKER_RUN_H

#include <stddef.h>
#include <timelapse/connection.h>
#include <timelapse/status.h>
#include <timelapse/worker.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A worker that works from now on. Its workflow code is watched: a task that runs longer than deadlock_limit without
 * waiting is failed with "DeadlockDetected", standard error is told where it stands, and a process where it has not
 * come back 10 s later ends with status 70, for nothing else of the connection works meanwhile. None of it when
 * TEMPORAL_DEBUG is set, and no task is failed when the program has a handler of its own for SIGURG, by which the code
 * is found. The least limit of a connection's workers counts for all. options: as for tl_worker_new, but that a
 * namespace and an identity that are NULL are the connection's. Returns owned: free with tl_worker_free before the
 * connection, which waits for the code of activities that runs; tl_worker_stop and tl_worker_join before it lose
 * nothing. NULL with `error` naming the argument or option. Any thread.
 */
TL_API struct tl_worker *
tl_worker_start(struct tl_connection *connection, const struct tl_worker_options *options, struct tl_error *error);

/*
 * Waits until the worker has stopped, which somebody asked it for, or by itself. TL_OK, what tl_worker_check says, or
 * the status of its driver's verdict; the same again when it is asked again. TL_INVALID_ARGUMENT: `worker` is NULL. Any
 * thread but those of the worker: TL_FAILED_PRECONDITION there.
 */
TL_API TL_MUST_CHECK enum tl_status tl_worker_join(struct tl_worker *worker, struct tl_error *error);

/* How many workers tl_workers_run takes at most. */
#define TL_WORKERS_MOST 64

/*
 * Waits until all of the workers have stopped. SIGTERM and SIGINT ask them all to, so that they answer what is under
 * way; the second signal does at once what it does by itself: it ends the process. A worker that stops unasked takes
 * the others with it. The signals' handlers are as before once it returns. TL_OK, or what the first of them that did
 * not stop well says to tl_worker_join; at once where all had stopped before. TL_INVALID_ARGUMENT: `count`, or
 * "workers[n]" that is NULL or there twice; TL_FAILED_PRECONDITION: another thread is in this function;
 * TL_RESOURCE_EXHAUSTED: no thread or pipe to be had. In the first two cases nothing was stopped.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_workers_run(struct tl_worker *const workers[], size_t count, struct tl_error *error);

/* Starts a worker, runs it until it has stopped, as tl_workers_run, and frees it. */
TL_API TL_MUST_CHECK enum tl_status
tl_worker_run(struct tl_connection *connection, const struct tl_worker_options *options, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
