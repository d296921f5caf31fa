/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <timelapse/activity.h>
#include <timelapse/json.h>
#include <timelapse/json_table.h>

#include "tests/conformance/killing/ledger.h"
#include "tests/conformance/killing/load.h"

/* Every third first attempt fails, so that there are back-offs to be interrupted, too. */
static bool is_unlucky(const struct tl_activity_info *info, const char *step)
{
    return info->attempt == 1 && ((unsigned char)info->run_id[0] + (unsigned char)step[0]) % 3 == 0;
}

static enum tl_status note(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);
    char step[64];
    struct tl_error error;

    if (tl_json_get_string(tl_payload_at(input, 0), NULL, step, sizeof(step), &error) != TL_OK) {
        return tl_activity_fail(activity, "BadStep", "%s", error.message);
    }
    if (tl_activity_sleep(activity, TL_MILLISECONDS(50)) != TL_OK) {
        return TL_CANCELED;
    }
    if (!ledger_note(tl_activity_user(activity), info->idempotency_key, info->workflow_id, step)) {
        return tl_activity_fail(activity, "LedgerBusy", "the ledger cannot be written");
    }
    if (is_unlucky(info, step)) {
        return tl_activity_fail(activity, "Unlucky", "after the effect, before it was told");
    }
    return tl_activity_result_text(activity, result, "\"%s\"", step);
}

/* A row at a time from where the last heartbeat was; a row that was told of is not noted again. */
static enum tl_status follow(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);
    struct tl_payloads details = tl_heartbeat_details(activity);
    int64_t row = 0;
    char text[32];
    char key[256];

    (void)input;
    if (details.count > 0 && tl_json_get_int(&details.items[0], NULL, &row, NULL) != TL_OK) {
        return tl_activity_fail(activity, "BadDetails", "these are no details of ours");
    }
    while (row < ROWS) {
        (void)snprintf(text, sizeof(text), "%d", (int)row);
        (void)snprintf(key, sizeof(key), "%s/%s", info->idempotency_key, text);
        if (!ledger_note(tl_activity_user(activity), key, info->workflow_id, text)) {
            return tl_activity_fail(activity, "LedgerBusy", "the ledger cannot be written");
        }
        row++;
        (void)snprintf(text, sizeof(text), "%d", (int)row);
        if (tl_heartbeat(activity, TL_ARGS(tl_payload_json(text))) != TL_OK ||
            tl_activity_sleep(activity, TL_MILLISECONDS(50)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return tl_activity_result_text(activity, result, "%d", (int)row);
}

void load_register_activities(struct tl_registry *registry, struct ledger *ledger)
{
    tl_register_activity_with(
        registry, &(const struct tl_activity_definition){.type = "Note", .run = note, .user = ledger});
    tl_register_activity_with(
        registry, &(const struct tl_activity_definition){.type = "Follow", .run = follow, .user = ledger});
}
