/* SPDX-License-Identifier: MIT */
/*
 * Queries: questions that a run's workflow code answers from its state, outside of its history: a
 * handler reads and does nothing else. It runs when all coroutines wait, after replay where there is
 * one, for closed runs too; it sees what the code had decided when its last workflow task ended.
 *
 * What a handler may call: what reads (tl_now, tl_workflow_info, tl_workflow_memo, tl_future_ready,
 * tl_future_failure, tl_signal_pending, tl_is_canceled, ...), memory (tl_alloc and what is made with
 * it: it lives until the query is answered), tl_fail, tl_result_text and tl_query_... Anything that
 * waits, starts something, draws a random number or is remembered in another way fails the query and
 * changes nothing; so do arguments out of range. The run goes on as if nobody had asked.
 *
 * What a handler changes in variables of its own is not done again in a replay: it breaks determinism, unseen.
 *
 * Every run answers three queries by itself: "__stack_trace" (text: where each coroutine waits, with
 * its functions), "__enhanced_stack_trace" (the same as data), "__temporal_workflow_metadata" (type,
 * queries and signals with their descriptions, tl_set_current_details).
 *
 * Source of the rules: sdk-go internal_workflow.go (read-only while a query is answered), sdk-core
 * worker/workflow/managed_run.rs (when queries are answered).
 */
#ifndef TIMELAPSE_QUERY_H
#define TIMELAPSE_QUERY_H

#include <timelapse/failure.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/run_status.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_handle;

/* ---- Workflow code ---- */

/*
 * Answers a query. Runs on a coroutine of its own. input: borrowed for the call. result: left alone
 * means null; memory from tl_alloc. Returns TL_OK, or TL_FAILED with the failure of tl_fail, which
 * reaches the one who asked with type and details. Any other value fails the query too.
 */
typedef enum tl_status
tl_query_fn(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user);

/*
 * From now on queries of `type` are answered by handler(wf, ..., user); the last one given counts;
 * NULL: by none any more. type: 1 to 1,000 bytes of UTF-8, not beginning with "__temporal_", nor one of
 * the others above; NULL: every type that has no handler, tl_query_type tells which. description: for
 * people, in the run's metadata; NULL: none. Register before the first wait: a query that comes
 * earlier than its handler fails, naming the types that are known.
 *
 * user: what it points to must stay as long as the run, which is asked after its function returned
 * too: memory of tl_alloc. One that points into the calling coroutine's stack is refused.
 */
TL_API void
tl_query_handle(struct tl_workflow *wf, const char *type, const char *description, tl_query_fn *handler, void *user);

/* Of the query that is answered; misuse elsewhere. The header's value under that key; NULL: none. */
TL_API const char *tl_query_type(struct tl_workflow *wf);
TL_API const struct tl_payload *tl_query_header(struct tl_workflow *wf, const char *key);

/*
 * What the run is doing, in words (Markdown in Temporal's user interface), shown in its metadata until
 * it is set again. Copied; NULL: "". Not in history: a replay sets it again. Text ends before what is no UTF-8.
 */
TL_API void tl_set_current_details(struct tl_workflow *wf, const char *text);

/* What was set last, or ""; borrowed until it is set again. */
TL_API const char *tl_current_details(struct tl_workflow *wf);

/* ---- Clients ---- */

/* Whether a closed run is asked: values of temporal.api.enums.v1.QueryRejectCondition. */
enum tl_query_reject {
    TL_QUERY_REJECT_DEFAULT = 0, /* it is */
    TL_QUERY_REJECT_NEVER = 1,   /* it is */
    TL_QUERY_REJECT_NOT_OPEN = 2,
    TL_QUERY_REJECT_NOT_COMPLETED_CLEANLY = 3 /* neither running nor completed */
};

/* Zero means default in every member. */
struct tl_query_options {
    enum tl_query_reject reject;
    tl_duration timeout;            /* >= 0; 0: the method's own, 10 s */
    const struct tl_field *headers; /* for tl_query_header; no key twice */
    size_t header_count;
};

/*
 * Asks a run. type: 1 to 1,000 bytes. input: NULL for none. options: NULL for defaults. result: may be
 * NULL; borrowed from the handle until its next query. See timelapse/client.h for where it may be called and
 * what else it returns:
 * TL_OK                   answered
 * TL_FAILED               the handler failed, or there is none: tl_handle_query_failure says why
 * TL_FAILED_PRECONDITION  rejected, with tl_handle_query_rejection; or the run has not begun yet
 * TL_NOT_FOUND            no such run
 * TL_DEADLINE_EXCEEDED    no worker answered in time
 */
TL_API TL_MUST_CHECK enum tl_status tl_handle_query(
    struct tl_handle *handle, const char *type, const struct tl_payloads *input, const struct tl_query_options *options,
    struct tl_payload *result, struct tl_error *error);

/* Of the handle's last query: why it failed, or NULL; how the run stood that rejected it, or TL_RUN_UNKNOWN. */
TL_API const struct tl_failure *tl_handle_query_failure(const struct tl_handle *handle);
TL_API enum tl_run_status tl_handle_query_rejection(const struct tl_handle *handle);

#ifdef __cplusplus
}
#endif
#endif
