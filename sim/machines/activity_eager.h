/* SPDX-License-Identifier: MIT */
/* Activities that the worker which schedules them wants to execute itself, without a poll. */
#ifndef TIMELAPSE_SIM_ACTIVITY_EAGER_H
#define TIMELAPSE_SIM_ACTIVITY_EAGER_H

#include "sim/machines/activity.h"

struct tl_call;

/*
 * Starts those that a completion's commands scheduled so, when all commands are applied, and puts
 * their tasks into its answer. One that a later command canceled is not there; nor is any when the
 * run is closed.
 */
void sim_activity_start_eager(
    struct tl_call *call, struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request,
    Pb__RespondWorkflowTaskCompletedResponse *response);

#endif
