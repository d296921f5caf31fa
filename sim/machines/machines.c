/* SPDX-License-Identifier: MIT */
#include "sim/machines/machines.h"

const struct machine_table *const sim_machine_tables[] = {
    &sim_run_machine,
    &sim_workflow_task_machine,
    &sim_activity_machine,
    &sim_timer_machine,
    &sim_query_machine,
    NULL,
};
