/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_DESCRIBE_H
#define TIMELAPSE_SIM_DESCRIBE_H

struct tl_call;

/* DescribeWorkflowExecution. */
void sim_describe_workflow_execution(struct tl_call *call, const void *message);

#endif
