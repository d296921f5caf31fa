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
 * Everything runs in a scope: the workflow's own, that of its coroutine, or one that tl_scope_run or tl_shielded made.
 * Canceling a scope cancels what was started in it and in the scopes within it, shielded ones left out. What that does
 * to those that wait:
 *
 *   a timer, an activity         its future is canceled, as far as its options say, and so the wait for it
 *   a coroutine's end            goes on: the coroutine's scope is canceled, and the wait ends when it has returned
 *   several futures              each for itself
 *   the limit of a wait          TL_CANCELED: what cannot be canceled is not waited for any longer
 *   a signal, a condition        TL_CANCELED, unless it is there already
 *
 * Once canceled it stays so: what is started in the scope from then on is canceled at once.
 */
struct tl_scope;

/* How a scope differs from the one around it. Zero is the default in every member. */
struct tl_scope_options {
    int shielded;      /* 1: not canceled with the scope around it; by its limit and its handle alone */
    tl_duration limit; /* it is canceled when its body runs longer; 0 to 36,500 days; 0 and TL_NEVER: it has none */
};

/* A scope for one call of tl_scope_run; owned by the run. options: NULL for defaults. Starts nothing. */
TL_API struct tl_scope *tl_scope_new(struct tl_workflow *wf, const struct tl_scope_options *options);

/*
 * Runs `body(wf, user)` on the same coroutine, in that scope, within the current one. Returns what body returned; but
 * TL_TIMED_OUT for TL_CANCELED when the limit canceled it. The limit is a timer of the workflow, which is canceled when
 * it is not needed; events that came before the same workflow task started are all told before it cancels. Timers and
 * activities that go on when body has returned belong to the scope around it, those of a shielded scope to none. A
 * scope that ran before is misuse.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_scope_run(struct tl_scope *scope, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user);

/*
 * Cancels it, from any coroutine of the workflow, with a reason (NULL: none): before it runs, so that it runs canceled;
 * while it runs; afterwards the coroutines that were started in it and are still at work. Nothing when it is canceled.
 */
TL_API void tl_scope_cancel(struct tl_scope *scope, const char *reason);

/* 1 when it was canceled, by itself or, unshielded, with a scope around it. */
TL_API int tl_scope_is_canceled(const struct tl_scope *scope);

/* 1 when cancellation of the current scope, or of an unshielded one around it, was requested. */
TL_API int tl_is_canceled(struct tl_workflow *wf);

/*
 * Why: what was given with the request for the innermost scope that was canceled - by tl_scope_cancel, or by whoever
 * asked for the workflow's cancellation. "" when no reason was given; NULL when the current scope is not canceled.
 */
TL_API const char *tl_cancel_reason(struct tl_workflow *wf);

/*
 * Runs `body(wf, user)`, on the same coroutine, in a scope of its own that is not canceled with its
 * parent: clean-up runs there. What was started in it stays shielded when body has returned.
 * Returns what body returned.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_shielded(struct tl_workflow *wf, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user);

/* Requests cancellation of the current scope - the coroutine's own, or the innermost one that runs - and all within it.
 */
TL_API void tl_cancel_scope(struct tl_workflow *wf);

#ifdef __cplusplus
}
#endif
#endif
