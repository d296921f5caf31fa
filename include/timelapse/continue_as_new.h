/* SPDX-License-Identifier: MIT */
/*
 * Going on as a new run: the workflow ends, and another with its id begins, with an empty history. For workflows
 * that live long: a history may not grow for ever, and tl_workflow_info says when it is time.
 */
#ifndef TIMELAPSE_CONTINUE_AS_NEW_H
#define TIMELAPSE_CONTINUE_AS_NEW_H

#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/search_attribute.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Zero means: as this run. What is not named here is handed on by the server (the execution timeout, over the whole
 * chain) or not at all (headers). Of memo and search attributes a pointer that is not NULL gives the new run those
 * alone, with a count of 0 none.
 */
struct tl_continue_options {
    const char *workflow_type;           /* 1 to 1,000 bytes */
    const char *task_queue;              /* 1 to 1,000 bytes */
    tl_duration run_timeout;             /* >= 0 */
    tl_duration task_timeout;            /* >= 0 */
    tl_duration start_delay;             /* >= 0; before the new run's first workflow task; 0: none */
    const struct tl_retry_policy *retry; /* NULL: this run's; one attempt: no retry */
    const struct tl_field *memo;         /* NULL: this run's, as it stands when it ends */
    size_t memo_count;
    const struct tl_search_attribute *search_attributes; /* NULL: this run's, as they stand when it ends */
    size_t search_attribute_count;
    const struct tl_field *headers; /* NULL: none */
    size_t header_count;
};

/*
 * Says how the workflow goes on, and returns TL_CONTINUE_AS_NEW; when that is what the workflow's function returns,
 * the run ends so. It is no success, so that it finds its way through functions that pass on what is not TL_OK, and
 * through coroutines that are waited for. The last call counts; when the function returns anything else, none does.
 *
 *     return tl_continue_as_new(wf, TL_ARGS(state), NULL);
 *
 * What was asked for before the end is sent; coroutines that are still at work are dropped. Signals that came and were
 * not taken stay behind with this run: take them first (tl_signal_pending). One that comes while the task is under way
 * is not lost: the server refuses the task, and it is done again with the signal.
 *
 * input: of the new run; NULL for none. options: NULL for defaults; copied. A canceled scope does not keep the workflow
 * from it, and the new run is not canceled.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_continue_as_new(struct tl_workflow *wf, const struct tl_payloads *input, const struct tl_continue_options *options);

/*
 * Why it is time to go on as new: tl_workflow_info.continue_as_new_reasons, a bit mask. Values of
 * temporal.api.enums.v1.SuggestContinueAsNewReason, each as the bit of its number less one.
 */
enum tl_continue_reason {
    TL_CONTINUE_FOR_SIZE = 1,   /* the history's size */
    TL_CONTINUE_FOR_EVENTS = 2, /* how many events it has */
    TL_CONTINUE_FOR_UPDATES = 4 /* how many updates it has */
};

#ifdef __cplusplus
}
#endif
#endif
