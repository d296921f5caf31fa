/* SPDX-License-Identifier: MIT */
/* Signals: a channel for each name, in which they wait in their order until someone takes them. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_SIGNAL_H
#define TIMELAPSE_WORKER_WORKFLOW_SIGNAL_H

#include <timelapse/workflow.h>

#include "base/list.h"
#include "model/pb.h"
#include "worker/registry/field.h"

/* A signal that arrived. */
struct signal {
    struct list_node node; /* until it is taken */
    struct tl_payloads input;
    struct field_view headers;
};

struct signal_channel {
    struct list_node node;
    const char *name;
    struct list pending; /* struct signal */
    struct list waiting; /* struct waiter, in order of their waits: the first gets the next signal */
    size_t count;
};

/* Hands a signal to the channel of its name and wakes the first strand that waits there. What it holds is kept. */
void signal_deliver(struct tl_workflow *wf, const Pb__WorkflowExecutionSignaledEventAttributes *signaled);

#endif
