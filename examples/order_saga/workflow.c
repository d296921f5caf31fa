/* SPDX-License-Identifier: MIT */
#include <timelapse/json.h>
#include <timelapse/workflow.h>

#include "order_saga.h"

static const struct tl_retry_policy patient = {.maximum_attempts = 5};
static const struct tl_activity_options step = {.start_to_close = TL_SECONDS(30), .retry = &patient};
static const struct tl_activity_options undoing = {.start_to_close = TL_SECONDS(30)}; /* tried until it works */

/* An order that nobody can charge is the customer's mistake: it fails the workflow, not its task. */
static enum tl_status check_order(struct tl_workflow *wf, const struct tl_payloads *input)
{
    int64_t amount;
    struct tl_error error;

    if (tl_json_get_int(input->count == 0 ? NULL : &input->items[0], "amount", &amount, &error) != TL_OK) {
        return tl_fail(wf, "BadOrder", "%s", error.message);
    }
    return amount > 0 ? TL_OK : tl_fail(wf, "BadOrder", "the amount must be positive");
}

static enum tl_status order_saga(struct tl_workflow *wf, const struct tl_payloads *order, struct tl_payload *result)
{
    struct tl_saga *saga = tl_saga_new(wf);
    struct tl_payload receipt;
    struct tl_payload parcel;

    if (check_order(wf, order) != TL_OK) {
        return TL_FAILED;
    }
    tl_saga_add(saga, "RefundPayment", order, &undoing); /* before charging: a lost reply may hide a charge */
    if (tl_activity_run(wf, "ChargeCard", order, &step, &receipt) != TL_OK) {
        return tl_saga_compensate(saga);
    }
    tl_saga_add(saga, "RecallParcel", order, &undoing);
    if (tl_activity_run(wf, "ShipOrder", order, &step, &parcel) != TL_OK) {
        return tl_saga_compensate(saga);
    }
    tl_log(wf, "shipped, waiting for the delivery");

    enum tl_status delivered = tl_signal_wait(wf, ORDER_SIGNAL, ORDER_DELIVERY_LIMIT, NULL);
    if (delivered == TL_TIMED_OUT) {
        (void)tl_fail(wf, "NotDelivered", "no delivery within thirty days");
    }
    if (delivered != TL_OK) {
        return tl_saga_compensate(saga);
    }
    return tl_result_text(
        wf,
        result,
        "{\"receipt\": %.*s, \"parcel\": %.*s}",
        (int)receipt.data.len,
        (const char *)receipt.data.data,
        (int)parcel.data.len,
        (const char *)parcel.data.data);
}

void order_saga_register_workflow(struct tl_registry *registry)
{
    tl_register_workflow(registry, ORDER_SAGA, order_saga);
}
