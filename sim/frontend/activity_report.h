/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_ACTIVITY_REPORT_H
#define TIMELAPSE_SIM_ACTIVITY_REPORT_H

struct tl_call;

/* A worker's reports on an activity that it runs, by task token. */
void sim_record_activity_task_heartbeat(struct tl_call *call, const void *message);
void sim_respond_activity_task_completed(struct tl_call *call, const void *message);
void sim_respond_activity_task_failed(struct tl_call *call, const void *message);
void sim_respond_activity_task_canceled(struct tl_call *call, const void *message);

#endif
