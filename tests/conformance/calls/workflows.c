/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/async_activity.h>
#include <timelapse/continue_as_new.h>
#include <timelapse/json.h>
#include <timelapse/json_table.h>
#include <timelapse/query.h>
#include <timelapse/workflow.h>

#include "tests/conformance/calls/calls.h"

static enum tl_status echo(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    if (input->count > 0) {
        *result = input->items[0];
    }
    return TL_OK;
}

static enum tl_status breaks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload detail = tl_payload_json("{\"part\":7}");

    (void)input;
    (void)result;
    return tl_fail_with(
        wf, "Broken", "it broke", &(const struct tl_fail_options){.details = &detail, .details_count = 1});
}

/* The second attempt has more luck. */
static enum tl_status tries(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    if (tl_workflow_info(wf)->attempt == 1) {
        return tl_fail(wf, "Unlucky", "once more");
    }
    return tl_result_text(wf, result, "%d", (int)tl_workflow_info(wf)->attempt);
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_MINUTES(10));
}

/* ---- Signals and queries ---- */

struct sums {
    int64_t total;
    char header[32]; /* of the last signal, JSON */
};

static enum tl_status
answer_total(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct sums *sums = user;
    const struct tl_payload *asker = tl_query_header(wf, "asker");
    int64_t factor = 1;

    if (input->count > 0 && tl_json_get_int(&input->items[0], NULL, &factor, NULL) != TL_OK) {
        const struct tl_payload detail = input->items[0];
        return tl_fail_with(
            wf,
            "NoFactor",
            "that is no number",
            &(const struct tl_fail_options){.details = &detail, .details_count = 1});
    }
    *result = tl_payload_json(tl_format(
        wf,
        "{\"total\":%" PRId64 ",\"signaler\":%s,\"asker\":%.*s}",
        sums->total * factor,
        sums->header,
        asker == NULL ? 4 : (int)asker->data.len,
        asker == NULL ? "null" : (const char *)asker->data.data));
    return TL_OK;
}

/* From its input, adds what signals bring until one brings 0. */
static enum tl_status gather(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct sums *sums = tl_alloc(wf, sizeof(*sums));
    struct tl_payloads signal;
    int64_t value = 0;
    enum tl_status status = TL_OK;

    (void)snprintf(sums->header, sizeof(sums->header), "null");
    tl_query_handle(wf, "total", "what was gathered", answer_total, sums);
    if (input->count > 0 && tl_json_get_int(&input->items[0], NULL, &value, NULL) != TL_OK) {
        return tl_fail(wf, "BadInput", "no number");
    }
    do {
        sums->total += value;
        status = tl_signal_wait(wf, "add", TL_MINUTES(2), &signal);
        value = 0;
        if (status == TL_OK && tl_json_get_int(tl_payload_at(&signal, 0), NULL, &value, NULL) != TL_OK) {
            return tl_fail(wf, "BadSignal", "no number");
        }
        const struct tl_payload *header = status == TL_OK ? tl_signal_header(wf, "signaler") : NULL;
        if (header != NULL) {
            (void)snprintf(
                sums->header, sizeof(sums->header), "%.*s", (int)header->data.len, (const char *)header->data.data);
        }
    } while (status == TL_OK && value != 0);
    return status == TL_OK ? tl_result_text(wf, result, "%" PRId64, sums->total) : status;
}

/* Goes on as new, as often as it is told; then waits to be let go. */
static enum tl_status hops(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t left = 0;

    if (input->count > 0 && tl_json_get_int(&input->items[0], NULL, &left, NULL) != TL_OK) {
        return tl_fail(wf, "BadInput", "no number");
    }
    if (left > 0) {
        return tl_continue_as_new(wf, TL_ARGS(tl_payload_json(tl_format(wf, "%" PRId64, left - 1))), NULL);
    }
    enum tl_status status = tl_signal_wait(wf, "go", TL_MINUTES(2), NULL);
    return status == TL_OK ? tl_result_text(wf, result, "\"landed\"") : status;
}

/* Changes what is told of it, then waits to be let go. */
static enum tl_status tells(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_upsert_memo(wf, (const struct tl_field[]){{"stage", tl_payload_json("2")}, {"old", tl_payload_null()}}, 2);
    tl_upsert_search_attributes(
        wf, (const struct tl_search_attribute[]){tl_search_bool("TemporalSchedulePaused", 1)}, 1);
    return tl_signal_wait(wf, "go", TL_MINUTES(2), NULL);
}

/* ---- Activities ---- */

static enum tl_status later(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_retry_policy soon = {.initial_interval = TL_MILLISECONDS(10), .maximum_attempts = 3};
    const struct tl_activity_options options = {
        .activity_id = "later",
        .start_to_close = TL_MINUTES(2),
        .heartbeat = TL_MINUTES(1),
        .retry = &soon,
        .cancellation = TL_WAIT_CANCELLATION_COMPLETED,
    };

    return tl_activity_run(wf, "Later", input, &options, result);
}

static enum tl_status post(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);
    struct tl_payloads details = tl_heartbeat_details(activity);
    struct posting posting = {.attempt = info->attempt, .token_length = info->task_token.len};

    (void)input;
    (void)result;
    if (info->task_token.len > sizeof(posting.token)) {
        return tl_activity_fail(activity, "LongToken", "a token of %zu bytes", info->task_token.len);
    }
    (void)snprintf(posting.run_id, sizeof(posting.run_id), "%s", info->run_id);
    memcpy(posting.token, info->task_token.data, info->task_token.len);
    if (details.count > 0) {
        const struct tl_bytes text = details.items[0].data;
        (void)snprintf(posting.details, sizeof(posting.details), "%.*s", (int)text.len, (const char *)text.data);
    }
    board_post(tl_activity_user(activity), &posting);
    return TL_COMPLETES_LATER;
}

void calls_register(struct tl_registry *registry, struct board *board)
{
    tl_register_workflow(registry, "Echo", echo);
    tl_register_workflow(registry, "Breaks", breaks);
    tl_register_workflow(registry, "Tries", tries);
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Gather", gather);
    tl_register_workflow(registry, "Hops", hops);
    tl_register_workflow(registry, "Tells", tells);
    tl_register_workflow(registry, "Later", later);
    tl_register_activity_with(
        registry, &(const struct tl_activity_definition){.type = "Later", .run = post, .user = board});
}
