/* SPDX-License-Identifier: MIT */
/*
 * The client. A call made on the test's own stack pumps the driver until its answer is there; one
 * made in an activity suspends that activity; one made in a workflow is a verdict. On a connection
 * (timelapse/connection.h) calls may be made on any thread, several at a time, and wait in real time;
 * in activities of any connection's worker, too.
 *
 * Every call may also return TL_UNAVAILABLE (the service cannot be reached, or nothing is left in
 * the driver's world that could bring the answer), TL_VERDICT, TL_NO_MEMORY, and
 * TL_FAILED_PRECONDITION from inside a step of the driver (a sink, a deferred function).
 */
#ifndef TIMELAPSE_CLIENT_H
#define TIMELAPSE_CLIENT_H

#include <timelapse/driver.h>
#include <timelapse/failure.h>
#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/service.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_client;
struct tl_handle;

/* Zero means default. Strings are copied. */
struct tl_client_options {
    const char *name_space;             /* NULL: "default" */
    const char *identity;               /* NULL: "timelapse-client" */
    int skip_time;                      /* as `skip` of tl_driver_run, while a call on the test's stack waits */
    const struct tl_registry *registry; /* its codecs pass all payloads; NULL: none. Borrowed until tl_client_free */
};

/* Returns owned, free with tl_client_free before the driver; NULL with `error` filled, naming what is required. */
TL_API struct tl_client *tl_client_new(
    struct tl_driver *driver, struct tl_service *service, const struct tl_client_options *options,
    struct tl_error *error);
TL_API void tl_client_free(struct tl_client *client);

/*
 * Starts a workflow. id: at most 1,000 bytes. input: NULL for none. options: task_queue required.
 * *out_handle: returned owned by the client, valid until tl_handle_free or the client's end.
 * TL_ALREADY_EXISTS, TL_INVALID_ARGUMENT (with the field), TL_UNAVAILABLE, ...
 */
TL_API TL_MUST_CHECK enum tl_status tl_client_start(
    struct tl_client *client, const char *workflow_type, const char *workflow_id, const struct tl_payloads *input,
    const struct tl_start_options *options, struct tl_handle **out_handle, struct tl_error *error);

/* A signal that starts its workflow where that does not run. */
struct tl_start_signal {
    const char *name; /* required; 1 to 1,000 bytes */
    const struct tl_payloads *input;
    const struct tl_payloads *start_input; /* of the workflow, when it is started; NULL: none */
};

/*
 * Sends a signal to a workflow that runs, else starts it with the signal there from its first task on. As
 * tl_client_start, but that id_conflict's default is to use the run there is; the options' headers are the signal's
 * too.
 */
TL_API TL_MUST_CHECK enum tl_status tl_client_signal_with_start(
    struct tl_client *client, const char *workflow_type, const char *workflow_id, const struct tl_start_signal *signal,
    const struct tl_start_options *options, struct tl_handle **out_handle, struct tl_error *error);

/* A handle to a run that exists (run_id NULL: the latest). Asks nothing. NULL when out of memory. */
TL_API struct tl_handle *tl_client_handle(struct tl_client *client, const char *workflow_id, const char *run_id);
TL_API void tl_handle_free(struct tl_handle *handle);

/* The workflow's ids; run_id is "" for a handle to the latest run. Borrowed from the handle. */
TL_API const char *tl_handle_workflow_id(const struct tl_handle *handle);
TL_API const char *tl_handle_run_id(const struct tl_handle *handle);

/*
 * Waits until the run is closed, following it to the runs that continue or retry it. TL_OK with
 * *result (may be NULL; borrowed from the handle); TL_FAILED, TL_CANCELED or TL_TIMED_OUT (of the
 * run) with tl_handle_failure; a terminated run gives TL_FAILED with a failure of that kind. Any
 * other status means that the outcome is not known, with `error` filled: TL_ABORTED when the
 * activity that asks is to stop.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_handle_result(struct tl_handle *handle, struct tl_payload *result, struct tl_error *error);

/* Why the run did not complete; NULL before tl_handle_result said so. Borrowed from the handle. */
TL_API const struct tl_failure *tl_handle_failure(const struct tl_handle *handle);

/*
 * Sends a signal, or requests cancellation, or terminates. A handle from a start follows its workflow: what is sent
 * goes to the run that continues or retries it now; a handle to a run that was named goes to that one alone.
 * TL_NOT_FOUND when it is closed or unknown; but a closed run counts as asked to cancel, and TL_OK says so.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_handle_signal(struct tl_handle *handle, const char *signal, const struct tl_payloads *input, struct tl_error *error);
TL_API TL_MUST_CHECK enum tl_status
tl_handle_cancel(struct tl_handle *handle, const char *reason, struct tl_error *error);
TL_API TL_MUST_CHECK enum tl_status
tl_handle_terminate(struct tl_handle *handle, const char *reason, struct tl_error *error);

/* Zero means default. */
struct tl_signal_options {
    const char *request_id;         /* at most 1,000 bytes; the same twice signals once; NULL: a fresh one */
    const struct tl_field *headers; /* no key twice */
    size_t header_count;
};

/* tl_handle_signal with options; NULL for defaults. */
TL_API TL_MUST_CHECK enum tl_status tl_handle_signal_with(
    struct tl_handle *handle, const char *signal, const struct tl_payloads *input,
    const struct tl_signal_options *options, struct tl_error *error);

/*
 * The run's history as it stands, in memory; see timelapse/history.h. Returned owned in
 * *out_history, to be given back before the service and the driver are freed.
 */
struct tl_history;
TL_API TL_MUST_CHECK enum tl_status
tl_handle_history(struct tl_handle *handle, struct tl_history **out_history, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
