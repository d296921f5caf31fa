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

#endif
