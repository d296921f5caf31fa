/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_START_H
#define TIMELAPSE_SIM_START_H

struct tl_call;

/* StartWorkflowExecution. */
void sim_start_workflow_execution(struct tl_call *call, const void *message);

#endif
