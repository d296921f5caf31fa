/* SPDX-License-Identifier: MIT */
/* The oracles by what they look at. Each returns NULL, or what is wrong. */
#ifndef TIMELAPSE_SIM_CHECK_PARTS_H
#define TIMELAPSE_SIM_CHECK_PARTS_H

#include "sim/service/queue.h"
#include "sim/service/run.h"

/* The events that came since the last look, and what the history must say of what is pending. */
const char *sim_check_events(const struct run *run);

/* A run against itself, its namespace and the runs it continues or is continued by. */
const char *sim_check_run(const struct run *run);

const char *sim_check_queue(const struct queue *queue);

#endif
