/* SPDX-License-Identifier: MIT */
/*
 * The points that a run could be reset to because its workers changed: the first workflow task that
 * each build completed (mutable_state_impl.go, addResetPointFromCompletion). History says all of
 * them, so nothing is kept beside it.
 */
#ifndef TIMELAPSE_SIM_RESET_POINTS_H
#define TIMELAPSE_SIM_RESET_POINTS_H

#include "sim/service/run.h"

/*
 * Those of the run and, before them, what it had from the runs before it in its chain; the newest
 * twenty. In `arena`, sharing the history's texts. NULL: no workflow task was ever completed.
 */
Pb__Workflow__ResetPoints *sim_reset_points(const struct run *run, struct arena *arena);

/* What the next run of its chain, begun at `begun`, has from it: a copy in that run's `arena`, or NULL. */
Pb__Workflow__ResetPoints *sim_reset_points_hand_on(const struct run *previous, struct arena *arena, tl_time begun);

/* The last completed workflow task's event, or NULL. */
const Pb__WorkflowTaskCompletedEventAttributes *sim_last_completion(const struct run *run);

#endif
