/* SPDX-License-Identifier: MIT */
/* What one request, deadline or completion does to a run is one transaction: all of it or nothing. */
#ifndef TIMELAPSE_SIM_TRANSACTION_H
#define TIMELAPSE_SIM_TRANSACTION_H

#include "sim/service/run.h"

/*
 * Ends a transaction: takes it back when it made the run too large, flushes unless a task is started, lets
 * the run's clock skip, tells whoever waits for history.
 */
void sim_run_commit(struct run *run);

#endif
