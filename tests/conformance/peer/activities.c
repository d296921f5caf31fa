/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/async_activity.h>
#include <timelapse/json.h>

#include "tests/conformance/peer/peer.h"

static enum tl_status mirror(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    *result = has_fault("payload") ? tl_payload_json("\"another\"") : input->items[0];
    return TL_OK;
}

static enum tl_status fail_whole(struct tl_activity *activity)
{
    const struct tl_failure cause = {.kind = TL_FAILURE_APPLICATION, .message = "inner", .type = "Inner"};
    const struct tl_payload details[] = {tl_payload_json("\"one\""), tl_payload_json("2")};

    return tl_activity_fail_with(
        activity,
        "Broken",
        "no luck",
        &(const struct tl_fail_options){
            .non_retryable = 1, .details = details, .details_count = has_fault("failure") ? 0 : 2, .cause = &cause});
}

/* Four deep, each with what it has of its own. */
static enum tl_status fail_nested(struct tl_activity *activity)
{
    const struct tl_payload details = tl_payload_json("{\"depth\":4}");
    const struct tl_failure fourth = {
        .kind = TL_FAILURE_APPLICATION, .message = "4th", .type = "Fourth", .details = &details, .details_count = 1};
    const struct tl_failure third = {
        .kind = TL_FAILURE_APPLICATION, .message = "3rd", .type = "Third", .non_retryable = 1, .cause = &fourth};
    const struct tl_failure second = {
        .kind = TL_FAILURE_APPLICATION,
        .message = "2nd",
        .type = "Second",
        .next_retry_delay = TL_SECONDS(2),
        .category = TL_CATEGORY_BENIGN,
        .cause = &third};

    return tl_activity_fail_with(
        activity, "First", "1st", &(const struct tl_fail_options){.non_retryable = 1, .cause = &second});
}

static enum tl_status fail_benignly(struct tl_activity *activity, struct tl_payload *result)
{
    if (tl_activity_info(activity)->attempt > 1) {
        return tl_activity_result_text(activity, result, "%d", (int)tl_activity_info(activity)->attempt);
    }
    return tl_activity_fail_with(
        activity,
        "Benign",
        "once more",
        &(const struct tl_fail_options){.category = TL_CATEGORY_BENIGN, .next_retry_delay = TL_MILLISECONDS(10)});
}

/* Until it is over for the service. */
static enum tl_status sleep_long(struct tl_activity *activity)
{
    TL_IGNORE(tl_activity_sleep(activity, TL_SECONDS(3)));
    return TL_CANCELED;
}

static enum tl_status fail(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    char mode[32] = "";

    TL_IGNORE(tl_json_get_string(&input->items[0], NULL, mode, sizeof(mode), NULL));
    if (strcmp(mode, "application") == 0) {
        return fail_whole(activity);
    }
    if (strcmp(mode, "nested") == 0) {
        return fail_nested(activity);
    }
    if (strcmp(mode, "benign") == 0) {
        return fail_benignly(activity, result);
    }
    if (strcmp(mode, "silent") == 0) {
        TL_IGNORE(tl_heartbeat(activity, TL_ARGS(tl_payload_json("\"halfway\""), tl_payload_json("50"))));
        return sleep_long(activity);
    }
    return strcmp(mode, "timeout") == 0 ? sleep_long(activity) : tl_activity_fail(activity, "Again", "each time");
}

/* What the last attempt left, one more; the fourth tells. */
static enum tl_status relay(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads details = tl_heartbeat_details(activity);
    int64_t baton = 0;
    char text[16];

    (void)input;
    if (details.count > 0 && tl_json_get_int(&details.items[0], NULL, &baton, NULL) != TL_OK) {
        return tl_activity_fail(activity, "BadBaton", "no number");
    }
    (void)snprintf(text, sizeof(text), "%d", (int)baton + 1);
    if (baton == 3) {
        return tl_activity_result_text(activity, result, "%s", text);
    }
    TL_IGNORE(tl_heartbeat(activity, has_fault("heartbeat") ? NULL : TL_ARGS(tl_payload_json(text))));
    return tl_activity_fail(activity, "Next", "the next one");
}

/* Adds a "c" to what the attempts before left; the Go SDK's adds a "g". Until it was handed over both ways. */
static enum tl_status hand(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads details = tl_heartbeat_details(activity);
    char hands[80] = "";
    char text[90];

    (void)input;
    if (details.count > 0 && tl_json_get_string(&details.items[0], NULL, hands, sizeof(hands), NULL) != TL_OK) {
        return tl_activity_fail(activity, "BadHands", "no text");
    }
    if (strlen(hands) + 1 != (size_t)tl_activity_info(activity)->attempt) {
        return tl_activity_fail_with(activity, "Lost", hands, &(const struct tl_fail_options){.non_retryable = 1});
    }
    if (strstr(hands, "cg") != NULL && strstr(hands, "gc") != NULL) {
        return tl_activity_result_text(activity, result, "\"both ways\"");
    }
    (void)snprintf(text, sizeof(text), "\"%sc\"", hands);
    TL_IGNORE(tl_heartbeat(activity, TL_ARGS(tl_payload_json(text))));
    return tl_activity_fail(activity, "Next", "the next one");
}

static enum tl_status later(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_COMPLETES_LATER;
}

static enum tl_status header(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload *trace = tl_activity_header(activity, "trace");

    (void)input;
    *result = trace == NULL ? tl_payload_json("\"none\"") : *trace;
    return TL_OK;
}

void peer_register_activities(struct tl_registry *registry)
{
    tl_register_activity(registry, "Mirror", mirror);
    tl_register_activity(registry, "Fail", fail);
    tl_register_activity(registry, "Relay", relay);
    tl_register_activity(registry, "Hand", hand);
    tl_register_activity(registry, "Later", later);
    tl_register_activity(registry, "Header", header);
}
