/* SPDX-License-Identifier: MIT */
/* Queries as workflow code answers them: on a coroutine that is no strand of the workflow's. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_QUERY_H
#define TIMELAPSE_WORKER_WORKFLOW_QUERY_H

#include <stdbool.h>
#include <timelapse/query.h>

#include "base/text.h"
#include "model/pb.h"
#include "worker/registry/field.h"

struct arena;

/* A handler that workflow code gave. */
struct query_handler {
    struct query_handler *next; /* in order of their first registration */
    const char *type;           /* NULL: of all types without a handler */
    const char *description;
    tl_query_fn *answer; /* NULL: taken away */
    void *user;
};

/* The query that is being answered. */
struct query {
    struct arena *arena; /* its memory */
    const char *type;
    struct field_view headers;
    struct tl_error misuse; /* of the handler; status TL_OK: none */
};

/* One of both. They live in the arena given to query_ask, and share what was asked. */
struct query_answer {
    Pb__Payloads *result;
    Pb__Failure *failure;
};

/*
 * Answers a query; all strands wait, or the workflow has ended. False: a verdict was made, and nothing
 * is to be answered. Out of memory unwinds.
 */
bool query_ask(
    struct tl_workflow *wf, const Pb__WorkflowQuery *asked, struct arena *arena, struct query_answer *answer);

/* A failed query's answer, of the worker's own making. */
Pb__Failure *query_failure(struct arena *arena, const char *message);

/* ---- builtin_query.c: what every run answers by itself ---- */

bool query_is_builtin(const char *type);
struct query_answer query_answer_builtin(struct tl_workflow *wf, const char *type, struct arena *arena);

/* "__stack_trace, status": the types that the run answers. */
void query_describe_types(const struct tl_workflow *wf, struct text *text);

#endif
