/* SPDX-License-Identifier: MIT */
/* Priorities of tasks: common/priorities/priority_util.go. */
#ifndef TIMELAPSE_SIM_PRIORITY_H
#define TIMELAPSE_SIM_PRIORITY_H

#include "model/pb.h"

/*
 * What `own` leaves open it has from `inherited`: an activity's task from its run. Either may be
 * NULL; the result is NULL when both are, shares their texts, and may be one of them.
 */
Pb__Priority *sim_priority_merge(struct arena *arena, Pb__Priority *inherited, Pb__Priority *own);

#endif
