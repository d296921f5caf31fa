/* SPDX-License-Identifier: MIT */
/*
 * A run's own clock: the universe's and an offset, which grows when a run under TimeSkippingConfig
 * skips. It skips at the end of a transaction that leaves nothing under way, to whatever it waits
 * for next, and says so by WorkflowExecutionTimeSkippingTransitioned. So one mechanism serves the
 * universe's jumps and the run's own: deadlines stand in the run's time, and are armed anew when
 * its clock has moved.
 */
#ifndef TIMELAPSE_SIM_CLOCK_H
#define TIMELAPSE_SIM_CLOCK_H

#include "sim/service/run.h"

/* What a run knows of skipping; in its history. */
struct run_clock {
    struct run *run;
    const Pb__TimeSkippingConfig *config; /* as it was set, completed; NULL: only the offset was handed on */
    bool enabled;                         /* config's, until something ends the skipping */
    int32_t skips;                        /* of this session */
    tl_time forward_to;                   /* where the fast-forward ends, in the run's time; 0: there is none */
    bool forward_reached;
    struct agenda_item forward; /* ends it, when work that is under way keeps the run from skipping there */
};

/* frontend/workflow_handler.go, validateAndPopulateTimeSkippingConfig. NULL is fine. */
TL_MUST_CHECK enum tl_status sim_clock_check(struct tl_error *error, const Pb__TimeSkippingConfig *config);

/*
 * Gives a new run its clock, before anything in it has a time: the one of the run before it in the
 * chain, or what its start asks for. Sets the run's started_at. config, previous: may be NULL; with
 * a run before it config plays no part.
 */
void sim_clock_begin(struct run *run, const Pb__TimeSkippingConfig *config, const struct run *previous);

/* What WorkflowExecutionStarted says of it. */
void sim_clock_tell_start(const struct run *run, Pb__WorkflowExecutionStartedEventAttributes *started);

/* Arms the end of the new run's fast-forward, if it has one, once the run's own timeout is known. */
void sim_clock_arm(struct run *run);

/* The end of a transaction: skips when nothing is under way and there is something to skip to. */
void sim_clock_settle(struct run *run);

/* The run closes: the fast-forward ends with it. */
void sim_clock_drop(struct run *run);

/* For DescribeWorkflowExecution and PollWorkflowExecutionTimeSkipping; NULL when there is none. */
Pb__TimeSkippingInfo *sim_clock_info(const struct run *run, struct arena *arena);
Pb__TimeSkippingFastForwardInfo *sim_clock_forward_info(const struct run *run, struct arena *arena);

#endif
