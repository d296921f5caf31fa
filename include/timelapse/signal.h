/* SPDX-License-Identifier: MIT */
/* Signals as workflow code takes them. Rules, memory and threads: see timelapse/workflow.h, which includes this. */
#ifndef TIMELAPSE_SIGNAL_H
#define TIMELAPSE_SIGNAL_H

#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Takes the next signal `name`, waiting for it at most `limit`. Signals are kept in their order until
 * someone takes them; of several coroutines that wait the first gets the first. A signal that is there
 * is taken in a canceled scope too. input: may be NULL; set on TL_OK only. name: 1 to 1,000 bytes.
 * TL_OK, TL_TIMED_OUT, TL_CANCELED.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_signal_wait(struct tl_workflow *wf, const char *name, tl_duration limit, struct tl_payloads *input);

/* How many signals `name` have arrived and were not taken. */
TL_API size_t tl_signal_pending(struct tl_workflow *wf, const char *name);

/* What the sender of the signal that this coroutine took last gave as a header under that key; NULL: nothing. */
TL_API const struct tl_payload *tl_signal_header(struct tl_workflow *wf, const char *key);

/* ---- Handlers ---- */

/*
 * What is done with a signal. Runs on a coroutine of its own, in a scope within the workflow's: it may wait, and others
 * run beside it. name, input: borrowed from the run; tl_signal_header reads the signal's headers. Returns TL_OK;
 * TL_CANCELED, which ends it alone; or TL_FAILED, which fails the workflow with tl_failure. Any other value fails the
 * workflow task.
 */
typedef enum tl_status
tl_signal_handler_fn(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user);

/*
 * From now on signals `name` are handled instead of kept: each begins before other code that its workflow task wakes,
 * in the order of their arrival (as sdk-core orders the jobs of an activation). Those that are there already begin at
 * once, before this returns. name: 1 to 1,000 bytes; NULL for all names that have no handler and that no coroutine has
 * waited for. description: for people, in __temporal_workflow_metadata; NULL: none. handler: takes the place of the one
 * before; NULL: there is none any longer, and signals are kept again. A name that a coroutine has waited for, or waits
 * for later, is misuse.
 */
TL_API void tl_signal_handle(
    struct tl_workflow *wf, const char *name, const char *description, tl_signal_handler_fn *handler, void *user);

/*
 * 1 when no handler is at work, the calling one left out. A workflow that closes while one is drops it where it stands,
 * with a warning in its log (TMPRL1102).
 */
TL_API int tl_all_handlers_finished(struct tl_workflow *wf);

/*
 * Waits until that is so, at most `limit`. TL_OK, TL_TIMED_OUT, TL_CANCELED. Cancellation of the workflow cancels the
 * handlers too: who wants to see them end waits behind a shield (tl_shielded).
 */
TL_API TL_MUST_CHECK enum tl_status tl_handlers_wait(struct tl_workflow *wf, tl_duration limit);

#ifdef __cplusplus
}
#endif
#endif
