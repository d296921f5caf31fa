/* SPDX-License-Identifier: MIT */
/*
 * The commands of a completion: all are checked, each against what those before it will have done,
 * before the first is applied. So applying cannot fail, and a refused one leaves nothing behind.
 */
#ifndef TIMELAPSE_SIM_COMMANDS_H
#define TIMELAPSE_SIM_COMMANDS_H

#include "sim/service/run.h"

/* What becomes of a completion whose commands are refused. */
enum verdict {
    COMMANDS_ACCEPTED,
    COMMANDS_REFUSED,   /* the call is refused, nothing happens: the sequence is not one a worker can mean */
    COMMANDS_FAIL_TASK, /* WorkflowTaskFailed, and the run goes on */
    COMMANDS_TERMINATE, /* the same, and the run is terminated: something is too large */
    COMMANDS_END_RUN    /* the run is terminated: all of them together are too large to be stored */
};

struct command_fault {
    int cause; /* enum WorkflowTaskFailedCause; with COMMANDS_REFUSED and COMMANDS_END_RUN none */
    struct tl_error error;
};

/* completed_id: what the WorkflowTaskCompleted will have. */
enum verdict sim_commands_check(
    const struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, int64_t completed_id,
    struct command_fault *out_fault);

/* Applies them. Returns whether the workflow must see another task for what happened by it. */
bool sim_commands_apply(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, int64_t completed_id);

#endif
