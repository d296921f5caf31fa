/* SPDX-License-Identifier: MIT */
/* What a run's first event tells, beside its input: kept for the run. */
#ifndef TIMELAPSE_WORKER_STARTED_H
#define TIMELAPSE_WORKER_STARTED_H

#include <timelapse/failure.h>

#include "model/pb.h"

struct tl_workflow;

/* Each NULL where the event does not tell of it. */
struct started {
    const Pb__RetryPolicy *retry;
    const struct tl_payload *last_result;
    const Pb__Failure *last_failure;
    const struct tl_failure *last_failure_view; /* made when asked for */
};

/* Fills wf->info, and keeps memo, headers, search attributes and the above: shared when wf->borrows, else copied. */
void started_read(struct tl_workflow *wf, const Pb__HistoryEvent *event, const char *name_space);

#endif
