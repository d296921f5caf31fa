/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_GET_HISTORY_H
#define TIMELAPSE_SIM_GET_HISTORY_H

struct tl_call;

/* GetWorkflowExecutionHistory, GetWorkflowExecutionHistoryReverse. */
void sim_get_workflow_execution_history(struct tl_call *call, const void *message);
void sim_get_workflow_execution_history_reverse(struct tl_call *call, const void *message);

#endif
