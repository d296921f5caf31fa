/* SPDX-License-Identifier: MIT */
/* What a query's worker and its caller are told. */
#ifndef TIMELAPSE_SIM_QUERY_ANSWER_H
#define TIMELAPSE_SIM_QUERY_ANSWER_H

#include "sim/machines/query.h"

/* The answer of the poll that is given it. */
Pb__PollWorkflowTaskQueueResponse *sim_query_task(const struct query *query, struct tl_call *poll);

/* Ends it with the result that came with a workflow task; false, and nothing done, when that is none. */
bool sim_query_take_result(struct query *query, const Pb__WorkflowQueryResult *result);

/* Ends it: rejected for its run's status; refused, as its run cannot be queried now; refused, as too many wait. */
void sim_query_reject(struct query *query);
void sim_query_refuse_not_ready(struct query *query, const char *why);
void sim_query_refuse_full(struct query *query);

#endif
