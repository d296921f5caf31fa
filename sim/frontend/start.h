/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_START_H
#define TIMELAPSE_SIM_START_H

#include <stdbool.h>

struct run;
struct start;
struct tl_call;

void sim_start_workflow_execution(struct tl_call *call, const void *message);

/* Terminates the run that a start with that run id takes the workflow id from. */
void sim_start_replace(struct run *run, const char *new_run_id);

/* Whether the closed run lets a new one of its id be started; false after refusing the call. */
bool sim_start_may_follow(struct tl_call *call, const struct start *start, const struct run *closed);

#endif
