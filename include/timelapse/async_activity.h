/* SPDX-License-Identifier: MIT */
/*
 * Activities that are completed from elsewhere: the activity returns TL_COMPLETES_LATER, its worker forgets it, and
 * somebody with a client - a test, another activity, the handler of a web hook - says how it went. Its timeouts go on,
 * so that one that takes long is kept alive with tl_client_heartbeat.
 *
 * As all client calls: on the test's own stack these pump the driver, in an activity they suspend it, in a workflow
 * they are a verdict. Beside what every client call may return: TL_NOT_FOUND when there is nothing of that
 * name to be told about (the activity is over, timed out, its workflow is closed, another attempt runs),
 * TL_INVALID_ARGUMENT with the field. Between two attempts an activity may be completed by its ids, and no more.
 */
#ifndef TIMELAPSE_ASYNC_ACTIVITY_H
#define TIMELAPSE_ASYNC_ACTIVITY_H

#include <timelapse/activity.h>
#include <timelapse/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Which activity: one attempt by its token, or whatever attempt runs by its ids. All borrowed for the call; a token
 * that is to outlive its activity has to be copied.
 */
struct tl_activity_target {
    struct tl_bytes task_token; /* of tl_activity_info; with one the ids must be NULL */
    const char *workflow_id;
    const char *run_id; /* NULL: the latest run */
    const char *activity_id;
};

/* Completes it with one result; NULL: null. The client's codecs encode it. */
TL_API TL_MUST_CHECK enum tl_status tl_client_complete_activity(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_payload *result,
    struct tl_error *error);

/*
 * Fails the attempt with an application failure, as tl_activity_fail_with; its retry policy decides how it goes on.
 * type, message: NULL for "". options: NULL for none.
 */
TL_API TL_MUST_CHECK enum tl_status tl_client_fail_activity(
    struct tl_client *client, const struct tl_activity_target *target, const char *type, const char *message,
    const struct tl_fail_options *options, struct tl_error *error);

/*
 * Fails the attempt with this chain: by token as tl_activity_fail_as, by ids as it is, of whatever kind. failure:
 * required. The server tries none again that failed as canceled or terminated, nor as timed out but by
 * TL_TIMEOUT_START_TO_CLOSE and TL_TIMEOUT_HEARTBEAT (temporal, service/history/workflow/retry.go).
 */
TL_API TL_MUST_CHECK enum tl_status tl_client_fail_activity_as(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_failure *failure,
    struct tl_error *error);

/*
 * Ends it as canceled. details: NULL for none. The service refuses it with TL_INVALID_ARGUMENT where the workflow did
 * not ask for the cancellation.
 */
TL_API TL_MUST_CHECK enum tl_status tl_client_cancel_activity(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_payloads *details,
    struct tl_error *error);

/*
 * Says that the attempt is alive, with details for the next one (NULL: none). Sent at once, each time. *out_reason (may
 * be NULL): whether the attempt is to stop, and why - TL_ACTIVITY_NOT_CANCELED, CANCEL_REQUESTED, RESET or PAUSED.
 */
TL_API TL_MUST_CHECK enum tl_status tl_client_heartbeat(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_payloads *details,
    enum tl_activity_cancel_reason *out_reason, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
