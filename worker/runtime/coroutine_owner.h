/* SPDX-License-Identifier: MIT */
/*
 * Whose coroutine is running. The user pointer of every coroutine of the worker points to a struct
 * whose first member is a coroutine_owner, so that a call made anywhere can tell whether it stands
 * on a workflow, on an activity or on the test's own stack.
 */
#ifndef TIMELAPSE_WORKER_COROUTINE_OWNER_H
#define TIMELAPSE_WORKER_COROUTINE_OWNER_H

#include <stddef.h>

#include "base/coroutine.h"

struct tl_driver;

enum coroutine_kind {
    COROUTINE_WORKFLOW,
    COROUTINE_ACTIVITY
};

/* First member of what a coroutine's user pointer points to. */
struct coroutine_owner {
    enum coroutine_kind kind;
    struct tl_driver *driver; /* borrowed: the universe that the coroutine belongs to */
    const char *workflow_id;  /* borrowed, for verdicts; NULL: not known */
    const char *run_id;       /* likewise */
    const char *name;         /* borrowed: of a workflow's coroutine, or the activity's type; NULL: not known */
};

/* Reasons for coroutine_abort, beside COROUTINE_OUT_OF_MEMORY. */
#define DRIVER_ABORT_VERDICT 1 /* tl_driver_fail was called on the coroutine: it answers nothing any more */
#define DRIVER_ABORT_FAULT   2 /* it was left by a handler of signals: the resumer calls driver_fault (fault.h) */

/* The owner of the coroutine that runs on this thread, or NULL outside of coroutines. */
static inline struct coroutine_owner *coroutine_owner(void)
{
    const struct coroutine *coroutine = coroutine_current();

    return coroutine == NULL ? NULL : (struct coroutine_owner *)coroutine_user(coroutine);
}

#endif
