/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <timelapse/activity.h>
#include <timelapse/json.h>
#include <timelapse/json_table.h>

#include "polling.h"

/* Where an earlier attempt's last heartbeat was; 0 at first. */
static int64_t resume_at(struct tl_activity *activity)
{
    struct tl_payloads details = tl_heartbeat_details(activity);
    int64_t row = 0;

    return details.count > 0 && tl_json_get_int(&details.items[0], "row", &row, NULL) == TL_OK ? row : 0;
}

static enum tl_status follow(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct exporter *exporter = tl_activity_user(activity);
    char name[64];
    char text[32];
    bool done = false;
    struct tl_error error;

    if (tl_json_get_string(tl_payload_at(input, 0), NULL, name, sizeof(name), &error) != TL_OK) {
        return tl_activity_fail_with(
            activity, "BadExport", error.message, &(const struct tl_fail_options){.non_retryable = 1});
    }
    for (int64_t row = resume_at(activity);;) {
        row = exporter->fetch(exporter, name, row, &done);
        if (done) {
            return tl_activity_result_text(activity, result, "{\"rows\": %lld}", (long long)row);
        }
        (void)snprintf(text, sizeof(text), "{\"row\": %lld}", (long long)row);
        if (tl_heartbeat(activity, TL_ARGS(tl_payload_json(text))) != TL_OK ||
            tl_activity_sleep(activity, POLL_INTERVAL) != TL_OK) {
            return TL_CANCELED;
        }
    }
}

void polling_register_activity(struct tl_registry *registry, struct exporter *exporter)
{
    tl_register_activity_with(
        registry, &(const struct tl_activity_definition){.type = "Follow", .run = follow, .user = exporter});
}
