/* SPDX-License-Identifier: MIT */
/* The workflow task's events, made but not appended. */
#ifndef TIMELAPSE_SIM_WORKFLOW_TASK_EVENTS_H
#define TIMELAPSE_SIM_WORKFLOW_TASK_EVENTS_H

#include "sim/machines/workflow_task.h"

/* arena: the history's for those that are appended; a reply's for those that a poll alone shows. */
Pb__HistoryEvent *sim_task_scheduled_event(const struct run *run, struct arena *arena, tl_time at);
Pb__HistoryEvent *sim_task_started_event(
    const struct run *run, struct arena *arena, const char *identity, const Pb__WorkerVersionStamp *worker_version);

/* What a started event that a completion writes says of its worker: nothing of one that uses the old versioning. */
const Pb__WorkerVersionStamp *sim_task_stamp(const Pb__RespondWorkflowTaskCompletedRequest *request);

Pb__HistoryEvent *sim_task_completed_event(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request);
Pb__HistoryEvent *sim_task_failed_event(struct run *run, const struct task_failure *failure);
Pb__HistoryEvent *sim_task_timed_out_event(struct run *run, int timeout_type);

#endif
