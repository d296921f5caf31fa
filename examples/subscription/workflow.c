/* SPDX-License-Identifier: MIT */
#include <timelapse/continue_as_new.h>
#include <timelapse/json.h>
#include <timelapse/json_table.h>
#include <timelapse/workflow.h>

#include "subscription.h"

struct subscription {
    const char *customer;
    int64_t price;
    int64_t periods;
};

static const struct tl_json_field fields[] = {
    TL_JSON_STRING(struct subscription, customer),
    TL_JSON_INT(struct subscription, price),
    TL_JSON_INT(struct subscription, periods, TL_JSON_OPTIONAL),
};
static const struct tl_json_table table = TL_JSON_TABLE(struct subscription, fields);

static const struct tl_activity_options charging = {
    .start_to_close = TL_MINUTES(1), .schedule_to_close = TL_DAYS(3), /* over all attempts */
};

/* It counts from the next charge on. */
static enum tl_status
set_price(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *subscription)
{
    struct tl_error error;

    if (tl_json_get_int(tl_payload_at(input, 0), NULL, &((struct subscription *)subscription)->price, &error) !=
        TL_OK) {
        tl_log(wf, "signal %s is left alone: %s", name, error.message);
    }
    return TL_OK;
}

static enum tl_status subscribe(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct subscription *subscription = tl_alloc(wf, sizeof(*subscription));

    tl_workflow_decode(wf, &table, tl_payload_at(input, 0), subscription);
    tl_signal_handle(wf, "price", "the price of periods to come, in cents", set_price, subscription);
    while (!tl_workflow_info(wf)->continue_as_new_suggested) {
        struct tl_payload due = tl_workflow_encode(wf, &table, subscription);
        if (tl_activity_run(wf, "Charge", TL_ARGS(due), &charging, NULL) != TL_OK) {
            return tl_fail(wf, "Unpaid", "period %lld", (long long)subscription->periods + 1);
        }
        subscription->periods++;
        enum tl_status ended = tl_signal_wait(wf, "cancel", SUBSCRIPTION_PERIOD, NULL);
        if (ended == TL_OK) {
            return tl_result_text(wf, result, "{\"periods\": %lld}", (long long)subscription->periods);
        }
        if (ended != TL_TIMED_OUT) {
            return ended;
        }
    }
    return tl_continue_as_new(wf, TL_ARGS(tl_workflow_encode(wf, &table, subscription)), NULL);
}

void subscription_register(struct tl_registry *registry)
{
    tl_register_workflow(registry, SUBSCRIPTION, subscribe);
}
