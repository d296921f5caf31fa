/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_GET_HISTORY_H
#define TIMELAPSE_SIM_GET_HISTORY_H

struct tl_call;

/* GetWorkflowExecutionHistory. */
void sim_get_workflow_execution_history(struct tl_call *call, const void *message);

#endif
