/* SPDX-License-Identifier: MIT */
/*
 * The service's machines: one <entity>.def and <entity>.c each. What stands here is what the rest
 * of the service does to an entity; which event it then writes stands in the .def.
 */
#ifndef TIMELAPSE_SIM_MACHINES_H
#define TIMELAPSE_SIM_MACHINES_H

#include "base/machine.h"
#include "sim/machines/activity.h"
#include "sim/machines/query.h"
#include "sim/machines/run.h"
#include "sim/machines/run_buffer.h"
#include "sim/machines/timer.h"
#include "sim/machines/transaction.h"
#include "sim/machines/workflow_task.h"

extern const struct machine_table sim_activity_machine;
extern const struct machine_table sim_query_machine;
extern const struct machine_table sim_run_machine;
extern const struct machine_table sim_timer_machine;
extern const struct machine_table sim_workflow_task_machine;

/* All of them; ends with NULL. For diagrams, laws and coverage. */
extern const struct machine_table *const sim_machine_tables[];

#endif
