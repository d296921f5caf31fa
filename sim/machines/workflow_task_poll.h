/* SPDX-License-Identifier: MIT */
/* A workflow task as whoever takes it sees it. */
#ifndef TIMELAPSE_SIM_WORKFLOW_TASK_POLL_H
#define TIMELAPSE_SIM_WORKFLOW_TASK_POLL_H

#include "sim/service/run.h"

struct tl_call;

/* struct queue_task's `give`: the task starts and the poll is answered. */
bool sim_workflow_task_give(struct queue_task *task, struct tl_call *poll);

/*
 * A poll's answer for the run's started task, in the call's arena; the call shares the history.
 * partial: only the events after the last completed task's start, for a worker with a cache.
 */
Pb__PollWorkflowTaskQueueResponse *
sim_workflow_task_answer(struct tl_call *call, struct run *run, bool partial, const char *identity);

/* The first page of its history from event `first` on, sharing the run's; the transient task's events end the last. */
void sim_workflow_task_set_history(
    Pb__PollWorkflowTaskQueueResponse *response, struct arena *arena, const struct run *run, int64_t first,
    const char *identity);

/*
 * Adds the transient task's events, which are in no history yet, where a history ends before them: Scheduled, and
 * Started once it is.
 */
void sim_workflow_task_append_transient(
    const struct run *run, struct arena *arena, const char *identity, Pb__History *history);

#endif
