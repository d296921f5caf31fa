/* SPDX-License-Identifier: MIT */
/* When an activity's next deadline is, of all that its state and its options make. */
#ifndef TIMELAPSE_SIM_ACTIVITY_DEADLINE_H
#define TIMELAPSE_SIM_ACTIVITY_DEADLINE_H

#include "sim/machines/activity.h"

/* Arms the deadline that comes first, instead of the one that stood; none when nothing can come due. */
void sim_activity_arm(struct activity *activity);
void sim_activity_disarm(struct activity *activity);

/* struct agenda_item's names, of the deadline and of the delivery: they last over replays of a schedule. */
void sim_activity_name_deadline(const struct agenda_item *item, char *text, size_t size);
void sim_activity_name_delivery(const struct agenda_item *item, char *text, size_t size);

#endif
