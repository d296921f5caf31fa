/* SPDX-License-Identifier: MIT */
/* A worker with several engine threads: a driver with threads for each, all on one connection, sharing nothing else. */
#ifndef TIMELAPSE_WORKER_FAMILY_START_H
#define TIMELAPSE_WORKER_FAMILY_START_H

#include <timelapse/worker_run.h>

/* Prepares each member beside its making, as a watch. With its driver's lock. */
typedef enum tl_status family_member_fn(void *user, struct tl_worker *worker, struct tl_error *error);

/*
 * The first of the workers, which stands for all; freed with tl_worker_free. options: engine_threads > 1, names given.
 * NULL with `error` filled: as tl_worker_new, TL_RESOURCE_EXHAUSTED when the system gives no thread.
 */
struct tl_worker *family_start(
    struct tl_connection *connection, const struct tl_worker_options *options, family_member_fn *on_member, void *user,
    struct tl_error *error);

#endif
