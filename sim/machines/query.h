/* SPDX-License-Identifier: MIT */
/*
 * Queries. Each is a call of QueryWorkflow that waits in its run's list; it lives in the call's
 * answer and ends with its wait, however that ends.
 */
#ifndef TIMELAPSE_SIM_QUERY_H
#define TIMELAPSE_SIM_QUERY_H

#include "sim/service/run.h"

struct tl_call;

struct query {
    struct tl_call *call;
    struct run *run;
    const Pb__WorkflowQuery *asked; /* in the call's answer */
    int reject_condition;           /* enum QueryRejectCondition */
    uint8_t state;
    bool looked;               /* whether anyone polls at all was asked */
    uint64_t number;           /* of its last offer: what a worker's token bears */
    char id[RANDOM_UUID_SIZE]; /* its key in a workflow task */
    tl_time until;             /* its caller waits no longer */
    tl_time offer_ends; /* until then the queue that it is in may answer; never after `until` but for a sticky one */
    struct queue_task queued;
};

/* Asks the run; the call waits, or has its answer. The request is copied. */
void sim_query_ask(struct tl_call *call, struct run *run, const Pb__QueryWorkflowRequest *request);

/* The one that a worker has under that number, or NULL: it was answered, or its time was up. */
struct query *sim_query_find(const struct run *run, uint64_t number);

/* A worker's answer to it. */
void sim_query_respond(struct query *query, const Pb__RespondQueryTaskCompletedRequest *request);

/* Those that wait for a workflow task, into the answer of the poll that is given it. */
void sim_query_add_to_task(const struct run *run, struct arena *arena, Pb__PollWorkflowTaskQueueResponse *response);

/*
 * A completion was accepted: answers those that it has results for. The others wait for the next
 * task where there is one, and go to a worker directly where there is none.
 */
void sim_query_settle(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, bool has_next_task);

/* A completion was refused: what waited for it is asked again. */
void sim_query_clear(struct run *run);

/* For the oracles: NULL, or what is wrong. */
const char *sim_query_check(const struct run *run);

#endif
