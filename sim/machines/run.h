/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_RUN_MACHINE_H
#define TIMELAPSE_SIM_RUN_MACHINE_H

#include "sim/service/run.h"

/* Why a run is terminated; texts and details are copied. */
struct termination {
    const char *reason;
    const Pb__Payloads *details; /* or NULL */
    const char *identity;
    size_t link_count;
    Pb__Link *const *links;
};

bool sim_run_is_cancel_requested(const struct run *run);

/* Asks it to cancel itself; false when it was asked before. */
bool sim_run_request_cancel(struct run *run, const Pb__RequestCancelWorkflowExecutionRequest *request);

/* Closes it as its command says, and opens the run that follows. completed_id: of the WorkflowTaskCompleted. */
void sim_run_close_by_command(struct run *run, const Pb__Command *command, int64_t completed_id);

/* Closes it from outside: a started workflow task fails first. */
void sim_run_terminate(struct run *run, const struct termination *why);

/* Arms the run's own timeout, when it has one. */
void sim_run_arm_expiry(struct run *run);

/* Drops whatever is pending, deadlines and all, without an event. */
void sim_run_drop_pending(struct run *run);

/* Copies of a request's links for an event. */
void sim_event_set_links(struct history *history, Pb__HistoryEvent *event, size_t count, Pb__Link *const *links);

#endif
