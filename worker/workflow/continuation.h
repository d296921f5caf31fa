/* SPDX-License-Identifier: MIT */
/* How a workflow goes on as a new run. */
#ifndef TIMELAPSE_WORKER_CONTINUATION_H
#define TIMELAPSE_WORKER_CONTINUATION_H

#include <timelapse/continue_as_new.h>

#include "base/text.h"
#include "model/pb.h"

struct continuation {
    Pb__ContinueAsNewWorkflowExecutionCommandAttributes *message; /* without what is this run's, until its end */
    bool own_memo;                                                /* what the message has is not this run's */
    bool own_search_attributes;
};

/* The run ends: its memo and search attributes are as the next one is to have them. */
void continuation_close(struct tl_workflow *wf);

/* Whether the event tells of the same: by the workflow's type, or by all that a server writes as it was asked for. */
bool continuation_matches(
    const struct tl_workflow *wf, const Pb__HistoryEvent *event, bool all, struct text *difference);

#endif
