/* SPDX-License-Identifier: MIT */
/* What a start asks for, checked, with what it leaves out filled in. */
#ifndef TIMELAPSE_SIM_START_CHECK_H
#define TIMELAPSE_SIM_START_CHECK_H

#include <timelapse/status.h>

#include "sim/machines/run_start.h"

/* A request that passed its checks. */
struct start {
    const Pb__StartWorkflowExecutionRequest *request;
    struct name_space *space;
    struct run_plan plan; /* all but the run's id */
    int reuse_policy;
    int conflict_policy;
};

/*
 * Fills in *start, whose request and space are set; what must be built for that lives in `arena`.
 * conflict_policy: the one that stands for none. TL_OK, or an error that names the field.
 */
TL_MUST_CHECK enum tl_status
sim_start_check(struct tl_error *error, struct arena *arena, struct start *start, int conflict_policy);

#endif
