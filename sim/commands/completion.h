/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_COMPLETION_H
#define TIMELAPSE_SIM_COMPLETION_H

struct tl_call;

/* A worker's answer to a workflow task: RespondWorkflowTaskCompleted, RespondWorkflowTaskFailed. */
void sim_respond_workflow_task_completed(struct tl_call *call, const void *message);
void sim_respond_workflow_task_failed(struct tl_call *call, const void *message);

#endif
