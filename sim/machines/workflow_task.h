/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_WORKFLOW_TASK_H
#define TIMELAPSE_SIM_WORKFLOW_TASK_H

#include "sim/service/run.h"

struct tl_call;

/* How a task is scheduled. */
struct task_schedule {
    bool returned;                 /* a completion or a start takes it along: it goes to no queue */
    tl_time original_scheduled_at; /* 0: now */
};

/* Who starts it. */
struct task_start {
    const char *identity;
    const char *request_id; /* outlives the task; NULL: a fresh one */
    const Pb__WorkerVersionStamp *worker_version;
    const struct queue *queue; /* where it was polled; NULL: a completion or a start takes it along */
    uint64_t peer;             /* struct tl_call's */
};

/* Why it failed. */
struct task_failure {
    int cause;
    const Pb__Failure *failure; /* copied; or NULL */
    const char *identity;
    const char *binary_checksum;
};

bool sim_workflow_task_is_pending(const struct run *run);
bool sim_workflow_task_is_started(const struct run *run);
bool sim_workflow_task_is_transient(const struct run *run);

/* Schedules one; none is pending. Flushes the buffer before. */
void sim_workflow_task_schedule(struct run *run, const struct task_schedule *how);

/* Schedules one unless one is pending. */
void sim_workflow_task_ensure(struct run *run);

/* Starts the scheduled one. */
void sim_workflow_task_start(struct run *run, const struct task_start *how);

/* Ends the started one. complete returns the id of its WorkflowTaskCompleted. */
int64_t sim_workflow_task_complete(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request);
void sim_workflow_task_fail(struct run *run, const struct task_failure *failure);
void sim_workflow_task_time_out(struct run *run);

/* The buffer is full: fails the started one and schedules another, as the server does to keep it small. */
void sim_workflow_task_shed(struct run *run);

/* The run closes: what is pending goes; a started one fails first, and the buffer is flushed. */
void sim_workflow_task_abort(struct run *run);
void sim_workflow_task_close(struct run *run);

/* The two events of a started transient task, which only polls show. */
void sim_workflow_task_transient_events(
    const struct run *run, struct arena *arena, const char *identity, Pb__HistoryEvent *out[2]);

/* For the oracles: NULL, or what is wrong. */
const char *sim_workflow_task_check(const struct run *run);

#endif
