/* SPDX-License-Identifier: MIT */
#include <timelapse/activity.h>
#include <timelapse/json.h>

#include "charge.h"

/* What is wrong with the input will be wrong at each attempt. */
static enum tl_status refuse(struct tl_activity *activity, const struct tl_error *error)
{
    return tl_activity_fail_with(
        activity, "BadCharge", error->message, &(const struct tl_fail_options){.non_retryable = 1});
}

enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct ledger *ledger = tl_activity_user(activity);
    const char *key = tl_activity_info(activity)->idempotency_key;
    const struct tl_payload *order = input->count == 0 ? NULL : &input->items[0];
    char card[32];
    int64_t cents;
    int64_t receipt;
    struct tl_error error;

    if (tl_json_get_string(order, "card", card, sizeof(card), &error) != TL_OK ||
        tl_json_get_int(order, "cents", &cents, &error) != TL_OK) {
        return refuse(activity, &error);
    }
    if (!ledger_find(ledger, key, &receipt) && !ledger_charge(ledger, key, card, cents, &receipt)) {
        return tl_activity_fail(activity, "LedgerBusy", "the ledger cannot be written");
    }
    return tl_activity_result_text(activity, result, "{\"receipt\": %lld}", (long long)receipt);
}

void charge_register_activity(struct tl_registry *registry, struct ledger *ledger)
{
    tl_register_activity_with(
        registry, &(const struct tl_activity_definition){.type = "Charge", .run = charge, .user = ledger});
}
