/* SPDX-License-Identifier: MIT */
/* Worker options checked and completed with their defaults. */
#ifndef TIMELAPSE_WORKER_WORKER_OPTIONS_H
#define TIMELAPSE_WORKER_WORKER_OPTIONS_H

#include <timelapse/worker.h>

#include "worker/polling/poller.h"

/*
 * *out_options: `options` with its defaults in place (but for identity, which may stay NULL).
 * TL_INVALID_ARGUMENT naming the member, or the registry's own error.
 */
TL_MUST_CHECK enum tl_status worker_options_complete(
    const struct tl_worker_options *options, struct tl_worker_options *out_options, struct tl_error *error);

/* scaling: of completed options, or NULL: as many as `pollers`. */
struct poller_range worker_options_pollers(const struct tl_poller_scaling *scaling, size_t pollers);

/* What becomes of numbers of pollers where the namespace wants them scaled. maximum 0: it stays as it is. */
struct worker_enrolment {
    struct poller_range workflow_tasks; /* of the normal queue, and of the sticky one */
    struct poller_range activities;
};

/* options: as they were given. Pollers of which nothing is said there have scaling's defaults. */
struct worker_enrolment worker_options_enrolment(const struct tl_worker_options *options);

#endif
