/* SPDX-License-Identifier: MIT */
#include <timelapse/workflow.h>

#include "cleanup.h"

static const struct tl_retry_policy once = {.maximum_attempts = 1};
static const struct tl_activity_options renting = {.start_to_close = TL_MINUTES(5)};
static const struct tl_activity_options returning = {.start_to_close = TL_MINUTES(5)}; /* tried until it works */
static const struct tl_activity_options working = {
    .start_to_close = TL_HOURS(8),
    .heartbeat = TL_MINUTES(1), /* by which the job hears of its cancellation */
    .retry = &once,
    .cancellation = TL_WAIT_CANCELLATION_COMPLETED,
};

/* Shielded: a request for cancellation, before it or while it runs, does not keep the machine. */
static enum tl_status give_back(struct tl_workflow *wf, void *machine)
{
    return tl_activity_run(wf, "ReturnMachine", TL_ARGS(*(struct tl_payload *)machine), &returning, NULL);
}

static enum tl_status rented_job(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload machine;
    enum tl_status status = tl_activity_run(wf, "RentMachine", input, &renting, &machine);

    if (status != TL_OK) {
        return status;
    }
    status = tl_activity_run(wf, "RunJob", TL_ARGS(machine, input->items[0]), &working, result);
    enum tl_status returned = tl_shielded(wf, give_back, &machine);
    return status == TL_OK ? returned : status;
}

void cleanup_register(struct tl_registry *registry)
{
    tl_register_workflow(registry, RENTED_JOB, rented_job);
}
