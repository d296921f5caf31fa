/* SPDX-License-Identifier: MIT */
/* Polls, and workers that go. */
#ifndef TIMELAPSE_SIM_POLL_H
#define TIMELAPSE_SIM_POLL_H

struct tl_call;

void sim_poll_workflow_task_queue(struct tl_call *call, const void *message);
void sim_poll_activity_task_queue(struct tl_call *call, const void *message);
void sim_shutdown_worker(struct tl_call *call, const void *message);
void sim_reset_sticky_task_queue(struct tl_call *call, const void *message);

#endif
