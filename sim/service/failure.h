/* SPDX-License-Identifier: MIT */
/* Failures that are too large to be kept whole: common/failure/failure.go. */
#ifndef TIMELAPSE_SIM_FAILURE_H
#define TIMELAPSE_SIM_FAILURE_H

#include <stdbool.h>

#include "model/pb.h"

/*
 * What is left of a failure when it must take no more than about `size` bytes: whether it may be
 * retried, then its type, source, message and stack trace, then its causes, as far as there is
 * room. In `arena`; shares nothing with `failure`, which is not NULL.
 */
Pb__Failure *sim_failure_truncate(struct arena *arena, const Pb__Failure *failure, size_t size);

/* The server's own failure in place of one that is too large, which becomes its truncated cause. */
Pb__Failure *sim_failure_replace(struct arena *arena, const Pb__Failure *failure, size_t size, bool non_retryable);

#endif
