/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_GET_HISTORY_H
#define TIMELAPSE_SIM_GET_HISTORY_H

struct run;
struct tl_call;

/* GetWorkflowExecutionHistory. */
void sim_get_workflow_execution_history(struct tl_call *call, const void *message);

/* A transaction ended: answers whoever waited for what is there now. */
void sim_get_history_wake(struct run *run);

#endif
