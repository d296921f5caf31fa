/* SPDX-License-Identifier: MIT */
/* An activity task as whoever takes it sees it. */
#ifndef TIMELAPSE_SIM_ACTIVITY_POLL_H
#define TIMELAPSE_SIM_ACTIVITY_POLL_H

#include "sim/machines/activity.h"

struct tl_call;

/* The started attempt's task, in the call's answer, which shares the run's history from then on. */
Pb__PollActivityTaskQueueResponse *sim_activity_task(struct tl_call *call, const struct activity *activity);

/* struct queue_task's `give`: the attempt starts and the poll is answered. */
bool sim_activity_give(struct queue_task *task, struct tl_call *poll);

#endif
