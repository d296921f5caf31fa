/* SPDX-License-Identifier: MIT */
/* What is each thread's of the options of a worker with several engine threads. */
#ifndef TIMELAPSE_WORKER_WORKER_SHARE_H
#define TIMELAPSE_WORKER_WORKER_SHARE_H

#include <timelapse/worker.h>

#include "worker/engine/worker_options.h"

/* The options of one thread's worker. It is not to be moved: they point into it. */
struct worker_share {
    struct tl_worker_options options;
    struct tl_poller_scaling workflow_task_scaling;
    struct tl_poller_scaling activity_scaling;
    struct worker_enrolment enrolment;
};

/*
 * Whether the options can be shared by their engine_threads: TL_OK; else as worker_options_complete, and
 * TL_INVALID_ARGUMENT for a number that leaves a thread without what it needs.
 */
TL_MUST_CHECK enum tl_status worker_share_check(const struct tl_worker_options *options, struct tl_error *error);

/*
 * The share of thread `index` of options that were found good, without a slot supplier: one thread's worker each, whose
 * slots, pollers, cached workflows and activities a second add up to what was asked for, exactly. What is 0 is the
 * default, or as much as all threads need where that is more. A rate of the queue is the same for all.
 */
void worker_share_make(const struct tl_worker_options *options, size_t index, struct worker_share *out_share);

#endif
