/* SPDX-License-Identifier: MIT */
#include "worker/workflow/failures.h"

#include "worker/registry/fail.h"
#include "worker/workflow/context.h"

const Pb__Failure *failure_canceled_details(struct tl_workflow *wf, const Pb__Payloads *details)
{
    Pb__Failure *failure = fail_new(wf->arena, "canceled");
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
