/* SPDX-License-Identifier: MIT */
/* Polls, and the tasks they are given. */
#ifndef TIMELAPSE_SIM_POLL_H
#define TIMELAPSE_SIM_POLL_H

#include "sim/service/call.h"
#include "sim/service/queue.h"
#include "sim/service/run.h"

/* Rpcs. */
void sim_poll_workflow_task_queue(struct tl_call *call, const void *message);
void sim_poll_activity_task_queue(struct tl_call *call, const void *message);
void sim_shutdown_worker(struct tl_call *call, const void *message);
void sim_reset_sticky_task_queue(struct tl_call *call, const void *message);

/* struct queue_task's `give`: the task starts and the poll is answered. */
void sim_poll_give_workflow_task(struct queue_task *task, struct tl_call *poll);
void sim_poll_give_activity_task(struct queue_task *task, struct tl_call *poll);

/* Answers a poll for which there is nothing. */
void sim_poll_answer_empty(struct tl_call *poll);

/*
 * A poll's answer for the run's started task, in the call's arena; the call shares the history.
 * partial: only the events after the last completed task's start, for a worker with a cache.
 */
Pb__PollWorkflowTaskQueueResponse *
sim_poll_workflow_response(struct tl_call *call, struct run *run, bool partial, const char *identity);

#endif
