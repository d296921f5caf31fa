/* SPDX-License-Identifier: MIT */
/* How a chain of runs goes on: by a retry, or by a run that continues as a new one. */
#ifndef TIMELAPSE_SIM_RUN_CHAIN_H
#define TIMELAPSE_SIM_RUN_CHAIN_H

#include "sim/service/run.h"

/* What follows a run that closes. */
struct succession {
    int retry_state;               /* enum RetryState: why there is no retry, or IN_PROGRESS */
    tl_duration delay;             /* of the retry */
    char run_id[RANDOM_UUID_SIZE]; /* of the next run; empty: the chain ends here */
};

/* Asks the run's retry policy what follows a failure; the run is still open. */
void sim_chain_ask(struct run *run, const Pb__Failure *failure, struct succession *out);

/* Opens the next attempt of a run that has closed. The failure is copied. */
void sim_chain_retry(
    const struct run *closed, const struct succession *next, const Pb__Failure *failure,
    const Pb__Payloads *last_completion_result);

/* WorkflowExecutionContinuedAsNew, with what the command left out filled in. */
void sim_chain_add_continued(
    struct run *run, const Pb__Command *command, int64_t completed_id, const char *next_run_id);

/* Opens the run that continues the closed one. */
void sim_chain_continue(const struct run *closed, const Pb__Command *command, const char *next_run_id);

#endif
