/* SPDX-License-Identifier: MIT */
/* Failures that are too large to be kept whole: common/failure/failure.go. */
#ifndef TIMELAPSE_SIM_FAILURE_H
#define TIMELAPSE_SIM_FAILURE_H

#include <stdbool.h>

#include "model/pb.h"

/* The server's own failure in place of one that is too large, which becomes its truncated cause. */
Pb__Failure *sim_failure_replace(struct arena *arena, const Pb__Failure *failure, size_t size, bool non_retryable);

#endif
