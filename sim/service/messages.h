/* SPDX-License-Identifier: MIT */
/* Small pieces of messages that several files build or read. */
#ifndef TIMELAPSE_SIM_MESSAGES_H
#define TIMELAPSE_SIM_MESSAGES_H

#include <stdbool.h>
#include <timelapse/status.h>

#include "model/pb.h"

/* Unlike pb_duration, a message for zero too: the server writes "0s" where it normalised a field. */
Pb__Duration *sim_duration(struct arena *arena, tl_duration duration);

Pb__WorkflowExecution *sim_execution(struct arena *arena, const char *workflow_id, const char *run_id);
Pb__TaskQueue *sim_task_queue(struct arena *arena, const char *name, int kind, const char *normal_name);

/* One json/plain payload holding `text` as a JSON string; text needs no escapes. */
Pb__Payloads *sim_text_payloads(struct arena *arena, const char *text);

/* A failure of the server itself: common/failure/failure.go. */
Pb__Failure *sim_server_failure(struct arena *arena, const char *message, bool non_retryable);

/* "UnhandledCommand", as Go prints the enum; "WorkflowTaskFailedCause(99)" has no name here: "Unspecified". */
const char *sim_cause_name(int cause);

/* at + duration, TL_NEVER when out of range. */
tl_time sim_later(tl_time at, tl_duration duration);

static inline tl_duration sim_shorter(tl_duration left, tl_duration right)
{
    return left < right ? left : right;
}

/* No longer than `limit`; 0 is no limit. */
static inline tl_duration sim_at_most(tl_duration duration, tl_duration limit)
{
    return limit > 0 ? sim_shorter(duration, limit) : duration;
}

/* ---- Checks: TL_OK, or an error that names the field ---- */

/* At most LIMIT_ID_BYTES bytes; not empty when `required`. */
TL_MUST_CHECK enum tl_status sim_check_id(struct tl_error *error, const char *field, const char *value, bool required);

/* Not negative, signs not mixed; *out (may be NULL) is capped at a hundred years. Absent is 0. */
TL_MUST_CHECK enum tl_status
sim_check_duration(struct tl_error *error, const char *field, const Pb__Duration *duration, tl_duration *out);

/* The same duration of a message that was checked. */
tl_duration sim_read_duration(const Pb__Duration *duration);

/* A task queue with a name of acceptable length (required) and a known kind. */
TL_MUST_CHECK enum tl_status
sim_check_task_queue(struct tl_error *error, const char *field, const Pb__TaskQueue *task_queue);

/* The same of one that work is meant for: the service's own only out of the service's own. parent: or "". */
TL_MUST_CHECK enum tl_status
sim_check_user_queue(struct tl_error *error, const char *field, const Pb__TaskQueue *task_queue, const char *parent);

/* common/retrypolicy/retry_policy.go Validate. NULL is fine. */
TL_MUST_CHECK enum tl_status sim_check_retry_policy(struct tl_error *error, const Pb__RetryPolicy *policy);

/* Whether the encoded message is larger than a blob may be; cheap for small ones. NULL is not. */
bool sim_payloads_too_large(const Pb__Payloads *payloads);
bool sim_message_too_large(const void *message);

#endif
