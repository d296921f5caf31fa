/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_SIGNAL_WITH_START_H
#define TIMELAPSE_SIM_SIGNAL_WITH_START_H

struct tl_call;

void sim_signal_with_start_workflow_execution(struct tl_call *call, const void *message);

#endif
