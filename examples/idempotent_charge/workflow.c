/* SPDX-License-Identifier: MIT */
#include <timelapse/workflow.h>

#include "charge.h"

static enum tl_status charge_once(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    return tl_activity_run(wf, "Charge", input, &options, result);
}

void charge_register_workflow(struct tl_registry *registry)
{
    tl_register_workflow(registry, CHARGE_ONCE, charge_once);
}
