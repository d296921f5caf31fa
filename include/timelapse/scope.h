/* SPDX-License-Identifier: MIT */
/*
 * Cancellation of a workflow and of parts of it. Rules, memory and threads: see timelapse/workflow.h, which includes
 * this.
 */
#ifndef TIMELAPSE_SCOPE_H
#define TIMELAPSE_SCOPE_H

#include <timelapse/future.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * 1 when cancellation of the current scope, or of an unshielded one around it, was requested. Once
 * requested it stays so: what is started in the scope from then on is canceled at once.
 */
TL_API int tl_is_canceled(struct tl_workflow *wf);

/*
 * Runs `body(wf, user)`, on the same coroutine, in a scope of its own that is not canceled with its
 * parent: clean-up runs there. What was started in it stays shielded when body has returned.
 * Returns what body returned.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_shielded(struct tl_workflow *wf, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user);

/* Requests cancellation of the current scope - the coroutine's own, or the innermost shield's - and all within it. */
TL_API void tl_cancel_scope(struct tl_workflow *wf);

#ifdef __cplusplus
}
#endif
#endif
