/* SPDX-License-Identifier: MIT */
/*
 * The activities. They stand for calls to a payment gateway and a carrier. Each may run more than
 * once, so each hands on the idempotency key, by which the other side knows a repetition.
 */
#include <timelapse/activity.h>

#include "order_saga.h"

/* The gateway is busy when it is first asked. */
static enum tl_status
charge_card(struct tl_activity *activity, const struct tl_payloads *order, struct tl_payload *receipt)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    (void)order;
    if (info->attempt == 1) {
        return tl_activity_fail(activity, "GatewayBusy", "the payment gateway asks to try again later");
    }
    return tl_activity_result_text(activity, receipt, "\"receipt of %s\"", info->workflow_id);
}

/* Packing takes a while: an activity may sleep, in virtual time too. */
static enum tl_status
ship_order(struct tl_activity *activity, const struct tl_payloads *order, struct tl_payload *parcel)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    (void)order;
    enum tl_status status = tl_activity_sleep(activity, TL_SECONDS(20));
    if (status != TL_OK) {
        return status;
    }
    return tl_activity_result_text(activity, parcel, "\"parcel of %s\"", info->workflow_id);
}

static enum tl_status undo(struct tl_activity *activity, const struct tl_payloads *order, struct tl_payload *result)
{
    (void)order;
    return tl_activity_result_text(activity, result, "null");
}

void order_saga_register(struct tl_registry *registry)
{
    order_saga_register_workflow(registry);
    tl_register_activity(registry, "ChargeCard", charge_card);
    tl_register_activity(registry, "ShipOrder", ship_order);
    tl_register_activity(registry, "RecallParcel", undo);
    tl_register_activity(registry, "RefundPayment", undo);
}
