/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_SIGNAL_H
#define TIMELAPSE_SIM_SIGNAL_H

struct tl_call;

/* SignalWorkflowExecution. */
void sim_signal_workflow_execution(struct tl_call *call, const void *message);

#endif
