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

#ifdef __cplusplus
}
#endif
#endif
