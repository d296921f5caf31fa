/* SPDX-License-Identifier: MIT */
/*
 * Runs found by a query over their search attributes, in the language of List Filters ("WorkflowType = 'Order' AND
 * ExecutionStatus = 'Running'"). A service knows of a run here a little later than by its ids. The simulator keeps no
 * such index: both calls give TL_UNSUPPORTED there.
 *
 *     struct tl_list *list;
 *     const struct tl_description *run;
 *     enum tl_status status = tl_client_list(client, &(struct tl_list_options){.query = query}, &list, &error);
 *
 *     while (status == TL_OK && (status = tl_list_next(list, &run, &error)) == TL_OK && run != NULL) {
 *         puts(run->workflow_id);
 *     }
 *     tl_list_free(list);
 */
#ifndef TIMELAPSE_LIST_H
#define TIMELAPSE_LIST_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/client.h>
#include <timelapse/describe.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero means default. Strings are copied. */
struct tl_list_options {
    const char *query; /* NULL, "": all runs of the namespace */
    int page_size;     /* how many runs are asked for at once; 0: the service decides; it may send fewer */
};

/* Runs that are being read, page by page. */
struct tl_list;

/*
 * Asks for the first page. options: NULL for defaults. *out_list: returned owned, give back with tl_list_free before
 * the client; NULL on errors. TL_INVALID_ARGUMENT: page_size, or the service does not understand the query, and says
 * why; TL_UNSUPPORTED; and what tl_client_start says of every call.
 */
TL_API TL_MUST_CHECK enum tl_status tl_client_list(
    struct tl_client *client, const struct tl_list_options *options, struct tl_list **out_list, struct tl_error *error);

/*
 * The next run, asking for a page where there is none left: TL_OK with *out_run, borrowed until the next call with
 * this list, or NULL behind the last one. What only tl_handle_describe tells is 0 or "": cancel_requested,
 * pending_activities, summary, details. On an error the same page is asked for by the next call. As tl_client_list.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_list_next(struct tl_list *list, const struct tl_description **out_run, struct tl_error *error);

/* NULL is fine. */
TL_API void tl_list_free(struct tl_list *list);

/*
 * How many runs match (query: as above; with GROUP BY, the sum of the groups), about. *out_count is left alone on
 * errors, which are tl_client_list's.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_client_count(struct tl_client *client, const char *query, int64_t *out_count, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
