/* SPDX-License-Identifier: MIT */
/* Commands that change what a run says of itself: its search attributes, its memo. */
#ifndef TIMELAPSE_SIM_UPSERT_H
#define TIMELAPSE_SIM_UPSERT_H

#include "sim/service/run.h"

/* Each writes its event. completed_id: of the WorkflowTaskCompleted. */
void sim_upsert_search_attributes(struct run *run, const Pb__Command *command, int64_t completed_id);
void sim_modify_properties(struct run *run, const Pb__Command *command, int64_t completed_id);

#endif
