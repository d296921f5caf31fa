/* SPDX-License-Identifier: MIT */
/*
 * Cancellation scopes. An operation belongs to the scope in which it was started; canceling a
 * scope cancels its operations and those of the scopes within it that are not shielded.
 */
#ifndef TIMELAPSE_WORKER_WORKFLOW_SCOPE_H
#define TIMELAPSE_WORKER_WORKFLOW_SCOPE_H

#include <stdbool.h>

#include "base/list.h"

struct tl_workflow;

struct scope {
    struct list_node node; /* in the workflow's list of open scopes */
    struct scope *parent;  /* NULL for the root */
    struct list futures;   /* pending ones that can be canceled, in order of their start */
    bool shielded;
    bool requested;     /* cancellation was requested of this very scope */
    bool told;          /* its futures and waiters have been told */
    const char *reason; /* given with the request; NULL: none was */
};

void scope_init(struct scope *scope, struct tl_workflow *wf, struct scope *parent, bool shielded);

/* Takes it off the list. Its pending futures go to its parent; those of a shielded one are canceled with none. */
void scope_done(struct scope *scope);

/* Whether cancellation was requested of it or, unshielded, of a scope around it. */
bool scope_is_canceled(const struct scope *scope);

/* Requests cancellation: tells every open scope that is canceled by it, in order of their making. */
void scope_cancel(struct tl_workflow *wf, struct scope *scope);

/* Cancels the scopes of tl_scope_run whose limit is over. */
void scopes_expire(struct tl_workflow *wf);

#endif
