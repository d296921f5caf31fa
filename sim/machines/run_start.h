/* SPDX-License-Identifier: MIT */
/* How a run begins: asked for by a start, or as the next of its chain. */
#ifndef TIMELAPSE_SIM_RUN_START_H
#define TIMELAPSE_SIM_RUN_START_H

#include "sim/service/run.h"

/* A duration that events leave out; 0 is written, and counts the same. */
#define RUN_UNSET INT64_C(-1)

/* A run lasts no longer than its chain, a workflow task no longer than two minutes or its run. 0: none is set. */
tl_duration sim_run_timeout(tl_duration wanted, tl_duration execution_timeout);
tl_duration sim_run_task_timeout(tl_duration wanted, tl_duration run_timeout);

/* What a run begins with. Everything is copied. */
struct run_plan {
    const char *workflow_id;
    const char *run_id;
    const char *request_id; /* empty: a fresh one */
    const char *workflow_type;
    const char *task_queue;
    const char *identity;
    const Pb__Payloads *input;
    const Pb__Header *header;
    const Pb__Memo *memo;
    const Pb__SearchAttributes *search_attributes;
    const Pb__RetryPolicy *retry_policy; /* complete: see sim_retry_policy_fill */
    const Pb__Priority *priority;
    const Pb__UserMetadata *user_metadata;
    size_t link_count;
    Pb__Link *const *links;
    tl_duration execution_timeout; /* or RUN_UNSET, as the next; the execution is the whole chain */
    tl_duration run_timeout;
    tl_duration task_timeout;
    tl_duration backoff;                         /* before its first workflow task, or RUN_UNSET */
    tl_time execution_expires_at;                /* 0: never */
    bool eager;                                  /* its first workflow task goes with the answer to the start */
    const Pb__TimeSkippingConfig *time_skipping; /* of a chain's first run; or NULL */
    const struct run *previous;                  /* in the chain; NULL: it is the first */
    int initiator;                               /* enum ContinueAsNewInitiator */
    int32_t attempt;                             /* from 1 */
    const Pb__Failure *continued_failure;
    const Pb__Payloads *last_completion_result;
};

/* A new run with its WorkflowExecutionStarted, its timeout armed. sim_run_begin follows. */
struct run *sim_run_open(struct name_space *space, const struct run_plan *plan);

/* Schedules its first workflow task, or waits for the back-off's end to do so. The caller commits. */
void sim_run_begin(struct run *run, const struct run_plan *plan);

/* Whether its first workflow task is still to come, after a back-off. */
bool sim_run_is_backing_off(const struct run *run);

/* Schedules a workflow task unless one is pending, the first one even in the back-off, which then is over. */
void sim_run_wake(struct run *run);

/* The same, but not in the back-off: what came then waits for its end. */
void sim_run_tell(struct run *run);

#endif
