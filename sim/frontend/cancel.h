/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_CANCEL_H
#define TIMELAPSE_SIM_CANCEL_H

struct tl_call;

/* Ending a run from outside: RequestCancelWorkflowExecution, TerminateWorkflowExecution. */
void sim_request_cancel_workflow_execution(struct tl_call *call, const void *message);
void sim_terminate_workflow_execution(struct tl_call *call, const void *message);

#endif
