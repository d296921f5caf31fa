/* SPDX-License-Identifier: MIT */
/* The worker's machines: one <entity>.def and <entity>.c each. */
#ifndef TIMELAPSE_WORKER_MACHINES_H
#define TIMELAPSE_WORKER_MACHINES_H

#include "base/machine.h"

extern const struct machine_table timer_machine;
extern const struct machine_table activity_machine;
extern const struct machine_table upsert_machine;
extern const struct machine_table marker_machine;
extern const struct machine_table close_machine;
extern const struct machine_table workflow_task_machine;

/* All of them; ends with NULL. For diagrams, laws and coverage. */
extern const struct machine_table *const worker_machine_tables[];

#endif
