/* SPDX-License-Identifier: MIT */
#include <timelapse/workflow.h>

#include "polling.h"

static enum tl_status export(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result) {
    const struct tl_activity_options options =
        {
            .start_to_close = TL_HOURS(24),
            .heartbeat = TL_MINUTES(1), /* a worker that is silent for longer is taken for dead */
            .cancellation = TL_WAIT_CANCELLATION_COMPLETED,
        };

        return tl_activity_run(wf, "Follow", input, &options, result);
}

void polling_register_workflow(struct tl_registry *registry)
{
    tl_register_workflow(registry, EXPORT, export);
}
