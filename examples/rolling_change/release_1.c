/* SPDX-License-Identifier: MIT */
#include <timelapse/workflow.h>

#include "rolling.h"

static const struct tl_activity_options step = {.start_to_close = TL_MINUTES(1)};

static enum tl_status parcel(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (tl_activity_run(wf, "Pack", input, &step, NULL) != TL_OK || tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_FAILED;
    }
    return tl_activity_run(wf, "ShipByRoad", input, &step, result);
}

void rolling_register_1(struct tl_registry *registry)
{
    tl_register_workflow(registry, PARCEL, parcel);
}
