/* SPDX-License-Identifier: MIT */
/* Priorities of tasks: common/priorities/priority_util.go. */
#ifndef TIMELAPSE_SIM_PRIORITY_H
#define TIMELAPSE_SIM_PRIORITY_H

#include <timelapse/status.h>

#include "model/pb.h"

/*
 * What `own` leaves open it has from `inherited`: an activity's task from its run. Either may be
 * NULL; the result is NULL when both are, shares their texts, and may be one of them.
 */
Pb__Priority *sim_priority_merge(struct arena *arena, Pb__Priority *inherited, Pb__Priority *own);

/* Not negative, a fairness key that is not too long, a weight that is not negative. NULL is fine. */
TL_MUST_CHECK enum tl_status sim_check_priority(struct tl_error *error, const Pb__Priority *priority);

#endif
