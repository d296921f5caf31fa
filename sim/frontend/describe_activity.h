/* SPDX-License-Identifier: MIT */
/* What DescribeWorkflowExecution tells of a pending activity. */
#ifndef TIMELAPSE_SIM_DESCRIBE_ACTIVITY_H
#define TIMELAPSE_SIM_DESCRIBE_ACTIVITY_H

#include "sim/machines/activity.h"

/* In `arena`, sharing what stands in the history. */
Pb__Workflow__PendingActivityInfo *sim_describe_activity(const struct activity *activity, struct arena *arena);

#endif
