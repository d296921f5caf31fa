/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_POLL_TIME_SKIPPING_H
#define TIMELAPSE_SIM_POLL_TIME_SKIPPING_H

struct tl_call;

/* PollWorkflowExecutionTimeSkipping: waits for the end of a fast-forward, over the whole chain of runs. */
void sim_poll_workflow_execution_time_skipping(struct tl_call *call, const void *message);

#endif
