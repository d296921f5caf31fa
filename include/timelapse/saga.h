/* SPDX-License-Identifier: MIT */
/*
 * Compensations of steps that were taken, when a later one fails. Rules, memory and threads: see timelapse/workflow.h,
 * which includes this.
 */
#ifndef TIMELAPSE_SAGA_H
#define TIMELAPSE_SAGA_H

#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_saga;

/* A list of compensations, empty at first; owned by the run. */
TL_API struct tl_saga *tl_saga_new(struct tl_workflow *wf);

/*
 * Adds an activity to run when the saga is compensated. Add it before the step that it undoes: a
 * step may have happened although its reply was lost, so a compensation must be idempotent.
 * Arguments as for tl_activity_start; options NULL: start_to_close 60 s.
 */
TL_API void tl_saga_add(
    struct tl_saga *saga, const char *activity_type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

/*
 * Runs the compensations in reverse order, one after the other, shielded from cancellation; one that
 * fails does not keep the others from running; none is left afterwards. Returns TL_FAILED (or
 * TL_CANCELED, when that was the cause) with tl_failure as it was at the call, so that the first
 * cause is what the workflow reports; tl_fail before it gives another.
 */
TL_API TL_MUST_CHECK enum tl_status tl_saga_compensate(struct tl_saga *saga);

#ifdef __cplusplus
}
#endif
#endif
