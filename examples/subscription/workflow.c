/* SPDX-License-Identifier: MIT */
#include <timelapse/continue_as_new.h>
#include <timelapse/json.h>
#include <timelapse/workflow.h>

#include "subscription.h"

struct subscription {
    char customer[64];
    int64_t price;
    int64_t periods;
};

static const struct tl_activity_options charging = {
    .start_to_close = TL_MINUTES(1), .schedule_to_close = TL_DAYS(3), /* over all attempts */
};

static enum tl_status read_input(struct tl_workflow *wf, const struct tl_payloads *input, struct subscription *out)
{
    const struct tl_payload *given = input->count == 0 ? NULL : &input->items[0];
    struct tl_error error;

    if (tl_json_get_string(given, "customer", out->customer, sizeof(out->customer), &error) != TL_OK ||
        tl_json_get_int(given, "price", &out->price, &error) != TL_OK ||
        tl_json_get_int(given, "periods", &out->periods, &error) != TL_OK) {
        return tl_fail(wf, "BadSubscription", "%s", error.message);
    }
    return TL_OK;
}

static struct tl_payload as_json(struct tl_workflow *wf, const struct subscription *subscription)
{
    char customer[3 * sizeof(subscription->customer)];

    (void)tl_json_quote(subscription->customer, customer, sizeof(customer));
    return tl_payload_json(tl_format(
        wf,
        "{\"customer\": %s, \"price\": %lld, \"periods\": %lld}",
        customer,
        (long long)subscription->price,
        (long long)subscription->periods));
}

/* Signals that were not taken stay behind with a run: the last price that came counts. */
static enum tl_status take_prices(struct tl_workflow *wf, struct subscription *subscription)
{
    while (tl_signal_pending(wf, "price") > 0) {
        struct tl_payloads news;
        struct tl_error error;
        if (tl_signal_wait(wf, "price", TL_NEVER, &news) != TL_OK) {
            return TL_CANCELED;
        }
        if (news.count == 0 || tl_json_get_int(&news.items[0], NULL, &subscription->price, &error) != TL_OK) {
            tl_log(wf, "a price that is none is left alone");
        }
    }
    return TL_OK;
}

static enum tl_status subscribe(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct subscription subscription = {0};
    enum tl_status status = read_input(wf, input, &subscription);

    while (status == TL_OK) {
        struct tl_payload due = as_json(wf, &subscription);
        if (tl_activity_run(wf, "Charge", TL_ARGS(due), &charging, NULL) != TL_OK) {
            return tl_fail(wf, "Unpaid", "period %lld", (long long)subscription.periods + 1);
        }
        subscription.periods++;
        if (tl_signal_wait(wf, "cancel", SUBSCRIPTION_PERIOD, NULL) == TL_OK) {
            return tl_result_text(wf, result, "{\"periods\": %lld}", (long long)subscription.periods);
        }
        status = take_prices(wf, &subscription);
        if (status == TL_OK && tl_workflow_info(wf)->continue_as_new_suggested) {
            struct tl_payload state = as_json(wf, &subscription);
            return tl_continue_as_new(wf, TL_ARGS(state), NULL);
        }
    }
    return status;
}

void subscription_register(struct tl_registry *registry)
{
    tl_register_workflow(registry, SUBSCRIPTION, subscribe);
}
