/* SPDX-License-Identifier: MIT */
#include "worker/machines/machines.h"

const struct machine_table *const worker_machine_tables[] = {
    &workflow_task_machine,
    &timer_machine,
    &activity_machine,
    &upsert_machine,
    &marker_machine,
    &close_machine,
    NULL,
};
