/* SPDX-License-Identifier: MIT */
#include <timelapse/activity.h>
#include <timelapse/json_table.h>

#include "charge.h"

struct order {
    const char *card;
    int64_t cents;
};

static const struct tl_json_field fields[] = {
    TL_JSON_STRING(struct order, card),
    TL_JSON_INT(struct order, cents),
};
static const struct tl_json_table table = TL_JSON_TABLE(struct order, fields);

enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct ledger *ledger = tl_activity_user(activity);
    const char *key = tl_activity_info(activity)->idempotency_key;
    struct order order;
    int64_t receipt;
    enum tl_status status = tl_activity_decode(activity, &table, tl_payload_at(input, 0), &order);

    if (status != TL_OK) {
        return status; /* not tried again: the next attempt would read the same */
    }
    if (!ledger_find(ledger, key, &receipt) && !ledger_charge(ledger, key, order.card, order.cents, &receipt)) {
        return tl_activity_fail(activity, "LedgerBusy", "the ledger cannot be written");
    }
    return tl_activity_result_text(activity, result, "{\"receipt\": %lld}", (long long)receipt);
}

void charge_register_activity(struct tl_registry *registry, struct ledger *ledger)
{
    tl_register_activity_with(
        registry, &(const struct tl_activity_definition){.type = "Charge", .run = charge, .user = ledger});
}
