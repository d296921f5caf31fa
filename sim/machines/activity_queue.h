/* SPDX-License-Identifier: MIT */
/* Where an attempt waits for a worker. */
#ifndef TIMELAPSE_SIM_ACTIVITY_QUEUE_H
#define TIMELAPSE_SIM_ACTIVITY_QUEUE_H

#include "sim/machines/activity.h"

/*
 * Puts the attempt that is scheduled into its queue, or where no worker comes (tl_sim_withhold). One that is to be
 * executed eagerly goes to no queue, unless it is withheld.
 */
void sim_activity_enqueue(struct activity *activity, bool eagerly);

#endif
