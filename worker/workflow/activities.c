/* SPDX-License-Identifier: MIT */
/* Activities as workflow code starts them: options are checked here, before anything is made. */
#include "worker/workflow/activities.h"

#include "base/check.h"
#include "worker/machines/activity.h"
#include "worker/registry/field.h"
#include "worker/registry/option.h"
#include "worker/registry/priority.h"
#include "worker/registry/retry.h"
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

static void check_retry(struct tl_workflow *wf, const char *function, const struct tl_retry_policy *retry)
{
    struct tl_error error;

    workflow_check(wf, function, retry_check(retry, &error), &error);
}

static void check_priority(struct tl_workflow *wf, const char *function, const struct tl_priority *priority)
{
    struct tl_error error;

    workflow_check(wf, function, priority_check(priority, &error), &error);
}

static void check_headers(struct tl_workflow *wf, const char *function, const struct tl_activity_options *options)
{
    struct tl_error error;

    workflow_check(wf, function, field_check("headers", options->headers, options->header_count, &error), &error);
}

static void check_input(struct tl_workflow *wf, const char *function, const struct tl_payloads *input)
{
    if (input != NULL && input->items == NULL && input->count > 0) {
        workflow_misuse(wf, "input", "%s: input is NULL, but there are %zu payloads", function, input->count);
    }
}

static void check_timeouts(struct tl_workflow *wf, const char *function, const struct tl_activity_options *options)
{
    const struct {
        const char *field;
        tl_duration duration;
    } timeouts[] = {
        {"schedule_to_close", options->schedule_to_close},
        {"schedule_to_start", options->schedule_to_start},
        {"start_to_close", options->start_to_close},
        {"heartbeat", options->heartbeat},
    };
    struct tl_error error;

    for (size_t i = 0; i < COUNT_OF(timeouts); i++) {
        workflow_check(wf, function, option_check_duration(timeouts[i].field, timeouts[i].duration, &error), &error);
    }
}

static void check_texts(struct tl_workflow *wf, const char *function, const struct tl_activity_options *options)
{
    struct tl_error error;

    if (options->activity_id != NULL) {
        workflow_check_name(wf, function, "activity_id", options->activity_id);
    }
    if (options->task_queue != NULL) {
        workflow_check_name(wf, function, "task_queue", options->task_queue);
    }
    workflow_check(wf, function, option_check_text("summary", options->summary, &error), &error);
}

void activities_check(
    struct tl_workflow *wf, const char *function, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options)
{
    static const struct tl_activity_options none = {0};

    options = options == NULL ? &none : options;
    workflow_check_name(wf, function, "type", type);
    if (options->schedule_to_close == 0 && options->start_to_close == 0) {
        workflow_misuse(
            wf,
            "start_to_close",
            "activity %s has neither start_to_close nor schedule_to_close: one is required",
            type);
    }
    check_timeouts(wf, function, options);
    check_texts(wf, function, options);
    if ((unsigned)options->cancellation > TL_ABANDON) {
        workflow_misuse(wf, "cancellation", "%s: %d is no cancellation type", function, (int)options->cancellation);
    }
    check_retry(wf, function, options->retry);
    check_priority(wf, function, &options->priority);
    check_headers(wf, function, options);
    check_input(wf, function, input);
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
