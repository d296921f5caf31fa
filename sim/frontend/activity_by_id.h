/* SPDX-License-Identifier: MIT */
/*
 * The reports of whoever has no task token, and names the activity by its ids: from outside the
 * worker that took the task, or on its behalf.
 */
#ifndef TIMELAPSE_SIM_ACTIVITY_BY_ID_H
#define TIMELAPSE_SIM_ACTIVITY_BY_ID_H

struct tl_call;

void sim_respond_activity_task_completed_by_id(struct tl_call *call, const void *message);
void sim_respond_activity_task_failed_by_id(struct tl_call *call, const void *message);
void sim_respond_activity_task_canceled_by_id(struct tl_call *call, const void *message);
void sim_record_activity_task_heartbeat_by_id(struct tl_call *call, const void *message);

#endif
