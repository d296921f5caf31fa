/* SPDX-License-Identifier: MIT */
/*
 * Compensations of steps that were taken, when a later one fails. Rules, memory and threads: see timelapse/workflow.h,
 * which includes this.
 */
#ifndef TIMELAPSE_SAGA_H
#define TIMELAPSE_SAGA_H

#include <stddef.h>
#include <timelapse/failure.h>
#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_saga;

/* Zero is the default in every member. */
struct tl_saga_options {
    int parallel; /* 1: the compensations run beside each other; 0: one after the other */
};

/* A list of compensations, empty at first; owned by the run. options: NULL for defaults. */
TL_API struct tl_saga *tl_saga_new(struct tl_workflow *wf);
TL_API struct tl_saga *tl_saga_new_with(struct tl_workflow *wf, const struct tl_saga_options *options);

/*
 * Adds an activity to run when the saga is compensated. Add it before the step that it undoes: a
 * step may have happened although its reply was lost, so a compensation must be idempotent.
 * Arguments as for tl_activity_start; options NULL: start_to_close 60 s.
 */
TL_API void tl_saga_add(
    struct tl_saga *saga, const char *activity_type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

/*
 * Runs the compensations in reverse order, one after the other - parallel ones are all started in that order - shielded
 * from cancellation; one that fails does not keep the others from running (tl_saga_failures); none is left afterwards,
 * of those either that other coroutines add meanwhile. One that is called while another coroutine compensates the same
 * saga waits until that is done: no step is undone twice, and both calls have one list of failures.
 * Returns TL_FAILED (or TL_CANCELED, when that was the cause) with tl_failure as it was at the call, so that the first
 * cause is what the workflow reports; tl_fail before it gives another.
 */
TL_API TL_MUST_CHECK enum tl_status tl_saga_compensate(struct tl_saga *saga);

/* A compensation that did not succeed: what is left to be put right by hand. */
struct tl_saga_failure {
    const char *activity_type;
    const struct tl_failure *failure;
};

/*
 * Those of this saga's last tl_saga_compensate, in the order in which they were started; *count (required) of
 * them. Borrowed from the run; NULL and 0: all succeeded, or it was not compensated.
 */
TL_API const struct tl_saga_failure *tl_saga_failures(const struct tl_saga *saga, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
