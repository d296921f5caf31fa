/* SPDX-License-Identifier: MIT */
/* Worker options checked and completed with their defaults. */
#ifndef TIMELAPSE_WORKER_WORKER_OPTIONS_H
#define TIMELAPSE_WORKER_WORKER_OPTIONS_H

#include <timelapse/worker.h>

/*
 * *out_options: `options` with its defaults in place (but for identity, which may stay NULL).
 * TL_INVALID_ARGUMENT naming the member, or the registry's own error.
 */
TL_MUST_CHECK enum tl_status worker_options_complete(
    const struct tl_worker_options *options, struct tl_worker_options *out_options, struct tl_error *error);

/* How many pollers of a queue poll. */
struct poller_range {
    size_t minimum; /* 0: `maximum`, always */
    size_t maximum;
    size_t initial;
};

/* scaling: of completed options, or NULL: as many as `pollers`. */
struct poller_range worker_options_pollers(const struct tl_poller_scaling *scaling, size_t pollers);

#endif
