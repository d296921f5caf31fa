/* SPDX-License-Identifier: MIT */
/* Handlers of signals: each signal that one takes runs on a strand of its own. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_HANDLER_H
#define TIMELAPSE_WORKER_WORKFLOW_HANDLER_H

#include <stdbool.h>
#include <timelapse/workflow.h>

#include "base/list.h"

struct signal;

/* In the workflow's list of handlers, in order of their names' first use. */
struct signal_handler {
    struct list_node node;
    const char *name;               /* NULL: of all names that nobody else wants */
    const char *description;        /* "": none */
    tl_signal_handler_fn *function; /* NULL: it was taken away */
    void *user;
};

/* Begins to handle a signal that nobody has taken; false when there is no handler for it. */
bool handler_take(struct tl_workflow *wf, struct signal *signal);

/* Whether there is one. */
bool handler_wants(const struct tl_workflow *wf, const struct signal *signal);

/* Whether there is a handler for that very name. */
bool handler_exists(const struct tl_workflow *wf, const char *name);

/* The workflow closes: warns of those that are still at work. */
void handlers_warn(struct tl_workflow *wf);

#endif
