/* SPDX-License-Identifier: MIT */
#include "worker/workflow/failures.h"

#include <string.h>

#include "base/text.h"
#include "model/failure.h"
#include "worker/workflow/context.h"

/* The wire takes UTF-8 alone; a failure that cannot be told would hide what happened. */
static char *cut(struct tl_workflow *wf, const char *text)
{
    return text == NULL ? arena_strdup(wf->arena, NULL)
                        : arena_strndup(wf->arena, text, text_utf8_valid_prefix(text, strlen(text)));
}

static Pb__Failure *failure_new(struct tl_workflow *wf, const char *message)
{
    Pb__Failure *failure = PB_NEW(wf->arena, Pb__Failure, pb__failure);

    failure->message = cut(wf, message);
    failure->source = arena_strdup(wf->arena, FAILURE_SOURCE);
    return failure;
}

const Pb__Failure *failure_canceled_details(struct tl_workflow *wf, const Pb__Payloads *details)
{
    Pb__Failure *failure = failure_new(wf, "canceled");
    struct tl_payloads kept = workflow_keep_payloads(wf, details);

    failure->canceled_failure_info = PB_NEW(wf->arena, Pb__CanceledFailureInfo, pb__canceled_failure_info);
    failure->canceled_failure_info->details = pb_payloads(wf->arena, &kept);
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO;
    return failure;
}

const Pb__Failure *failure_canceled(struct tl_workflow *wf)
{
    return failure_canceled_details(wf, NULL);
}

const Pb__Failure *failure_application(
    struct tl_workflow *wf, const char *type, const char *message, const struct tl_fail_options *options)
{
    static const struct tl_fail_options none = {0};
    const struct tl_fail_options *given = options == NULL ? &none : options;
    const struct tl_payloads details = {given->details, given->details_count};
    Pb__Failure *failure = failure_new(wf, message);
    Pb__ApplicationFailureInfo *info = PB_NEW(wf->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);

    info->type = cut(wf, type);
    info->non_retryable = given->non_retryable != 0;
    info->details = pb_payloads(wf->arena, &details);
    info->next_retry_delay = pb_duration(wf->arena, given->next_retry_delay);
    failure->application_failure_info = info;
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    failure->cause = failure_message(wf->arena, given->cause);
    return failure;
}
