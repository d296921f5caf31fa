/* SPDX-License-Identifier: MIT */
/* Activities as workflow code starts them: options are checked here, before anything is made. */
#include <string.h>

#include "worker/machines/activity.h"
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

/* The server's limit for ids and names. */
#define MAX_ID_BYTES 1000

static void check_duration(struct tl_workflow *wf, const char *field, tl_duration duration)
{
    if (duration < 0) {
        workflow_misuse(wf, field, "an activity's %s is negative: %lld ns", field, (long long)duration);
    }
}

static void check_name(struct tl_workflow *wf, const char *field, const char *name)
{
    size_t len = name == NULL ? 0 : strlen(name);

    if (len == 0 || len > MAX_ID_BYTES) {
        workflow_misuse(
            wf, field, "an activity's %s has %zu bytes; from 1 to %d are possible", field, len, MAX_ID_BYTES);
    }
}

static void check_retry(struct tl_workflow *wf, const struct tl_retry_policy *retry)
{
    check_duration(wf, "retry.initial_interval", retry->initial_interval);
    check_duration(wf, "retry.maximum_interval", retry->maximum_interval);
    if (retry->backoff_coefficient != 0 && !(retry->backoff_coefficient >= 1)) {
        workflow_misuse(
            wf,
            "retry.backoff_coefficient",
            "an activity's retry.backoff_coefficient is %g; at least 1 is possible",
            retry->backoff_coefficient);
    }
    if (retry->maximum_attempts < 0) {
        workflow_misuse(
            wf,
            "retry.maximum_attempts",
            "an activity's retry.maximum_attempts is negative: %d",
            retry->maximum_attempts);
    }
    if (retry->maximum_interval != 0 && retry->maximum_interval < retry->initial_interval) {
        workflow_misuse(
            wf, "retry.maximum_interval", "an activity's retry.maximum_interval is less than its initial_interval");
    }
}

static void check_options(struct tl_workflow *wf, const char *type, const struct tl_activity_options *options)
{
    check_name(wf, "type", type);
    if (options == NULL || (options->schedule_to_close == 0 && options->start_to_close == 0)) {
        workflow_misuse(
            wf,
            "start_to_close",
            "activity %s has neither start_to_close nor schedule_to_close: one is required",
            type);
    }
    if (options->activity_id != NULL) {
        check_name(wf, "activity_id", options->activity_id);
    }
    if (options->task_queue != NULL) {
        check_name(wf, "task_queue", options->task_queue);
    }
    check_duration(wf, "schedule_to_close", options->schedule_to_close);
    check_duration(wf, "schedule_to_start", options->schedule_to_start);
    check_duration(wf, "start_to_close", options->start_to_close);
    check_duration(wf, "heartbeat", options->heartbeat);
    if (options->retry != NULL) {
        check_retry(wf, options->retry);
    }
}

struct tl_future *tl_activity_start(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options)
{
    (void)workflow_strand(wf, __func__);
    check_options(wf, type, options);
    return activity_start(wf, type, input, options);
}

enum tl_status tl_activity_run(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options, struct tl_payload *result)
{
    return tl_future_wait(tl_activity_start(wf, type, input, options), result);
}
