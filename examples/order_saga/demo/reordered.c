/* SPDX-License-Identifier: MIT */
/*
 * A change that looks harmless: ship first, then charge. New orders would do well. Orders that are
 * under way have charged already; replayed by this code, their histories no longer fit.
 */
#include "reordered.h"

#include <timelapse/workflow.h>

#include "order_saga.h"

static const struct tl_retry_policy patient = {.maximum_attempts = 5};
static const struct tl_activity_options step = {.start_to_close = TL_SECONDS(30), .retry = &patient};

static enum tl_status
order_saga_shipping_first(struct tl_workflow *wf, const struct tl_payloads *order, struct tl_payload *result)
{
    struct tl_saga *saga = tl_saga_new(wf);

    (void)result;
    tl_saga_add(saga, "RecallParcel", order, NULL);
    if (tl_activity_run(wf, "ShipOrder", order, &step, NULL) != TL_OK) {
        return tl_saga_compensate(saga);
    }
    tl_saga_add(saga, "RefundPayment", order, NULL);
    if (tl_activity_run(wf, "ChargeCard", order, &step, NULL) != TL_OK) {
        return tl_saga_compensate(saga);
    }
    return tl_signal_wait(wf, ORDER_SIGNAL, ORDER_DELIVERY_LIMIT, NULL) == TL_OK ? TL_OK : tl_saga_compensate(saga);
}

void order_saga_register_reordered(struct tl_registry *registry)
{
    tl_register_workflow(registry, ORDER_SAGA, order_saga_shipping_first);
}
