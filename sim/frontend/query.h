/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_QUERY_RPCS_H
#define TIMELAPSE_SIM_QUERY_RPCS_H

struct tl_call;

/* QueryWorkflow, RespondQueryTaskCompleted. */
void sim_query_workflow(struct tl_call *call, const void *message);
void sim_respond_query_task_completed(struct tl_call *call, const void *message);

#endif
