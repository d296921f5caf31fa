/* SPDX-License-Identifier: MIT */
/* Activities as workflow code starts them: options are checked here, before anything is made. */
#include "worker/workflow/activities.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "worker/machines/activity.h"
#include "worker/registry/retry.h"
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

static void check_duration(struct tl_workflow *wf, const char *field, tl_duration duration)
{
    if (duration < 0) {
        workflow_misuse(wf, field, "an activity's %s is negative: %lld ns", field, (long long)duration);
    }
}

static bool is_utf8(const char *text)
{
    return text_utf8_valid_prefix(text, strlen(text)) == strlen(text);
}

static void check_retry(struct tl_workflow *wf, const struct tl_retry_policy *retry)
{
    struct tl_error error;

    if (retry_check(retry, &error) != TL_OK) {
        workflow_misuse(wf, error.field, "an activity's %s %s", error.field, error.message);
    }
}

static void check_headers(struct tl_workflow *wf, const struct tl_activity_options *options)
{
    for (size_t i = 0; i < options->header_count; i++) {
        const char *key = options->headers == NULL ? NULL : options->headers[i].key;

        if (key == NULL || !is_utf8(key)) {
            workflow_misuse(wf, "headers", "the key of an activity's headers[%zu] is missing or not UTF-8", i);
        }
    }
}

static void check_input(struct tl_workflow *wf, const struct tl_payloads *input)
{
    if (input != NULL && input->items == NULL && input->count > 0) {
        workflow_misuse(wf, "input", "an activity's input has %zu payloads at NULL", input->count);
    }
}

static void check_timeouts(struct tl_workflow *wf, const char *type, const struct tl_activity_options *options)
{
    if (options->schedule_to_close == 0 && options->start_to_close == 0) {
        workflow_misuse(
            wf,
            "start_to_close",
            "activity %s has neither start_to_close nor schedule_to_close: one is required",
            type);
    }
    check_duration(wf, "schedule_to_close", options->schedule_to_close);
    check_duration(wf, "schedule_to_start", options->schedule_to_start);
    check_duration(wf, "start_to_close", options->start_to_close);
    check_duration(wf, "heartbeat", options->heartbeat);
}

void activities_check(
    struct tl_workflow *wf, const char *function, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options)
{
    static const struct tl_activity_options none = {0};

    options = options == NULL ? &none : options;
    workflow_check_name(wf, function, "type", type);
    check_timeouts(wf, type, options);
    if (options->activity_id != NULL) {
        workflow_check_name(wf, function, "activity_id", options->activity_id);
    }
    if (options->task_queue != NULL) {
        workflow_check_name(wf, function, "task_queue", options->task_queue);
    }
    if (options->summary != NULL && !is_utf8(options->summary)) {
        workflow_misuse(wf, "summary", "an activity's summary is not UTF-8");
    }
    if ((unsigned)options->cancellation > TL_ABANDON) {
        workflow_misuse(
            wf, "cancellation", "an activity's cancellation is %d, which is no type", (int)options->cancellation);
    }
    check_retry(wf, options->retry);
    check_headers(wf, options);
    check_input(wf, input);
}

struct tl_future *tl_activity_start(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options)
{
    (void)workflow_strand(wf, __func__);
    activities_check(wf, __func__, type, input, options);
    return activity_start(wf, type, input, options);
}

enum tl_status tl_activity_run(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options, struct tl_payload *result)
{
    (void)workflow_strand(wf, __func__);
    activities_check(wf, __func__, type, input, options);
    return tl_future_wait(activity_start(wf, type, input, options), result);
}
