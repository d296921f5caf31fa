/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/continue_as_new.h>
#include <timelapse/json.h>
#include <timelapse/query.h>
#include <timelapse/search_attribute.h>
#include <timelapse/workflow.h>

#include "tests/conformance/peer/peer.h"

#define MOST_QUEUE 64
#define ONLY       "only" /* each SDK numbers activities in its own way: a run that goes on with the other names them */

static const struct tl_retry_policy twice = {.initial_interval = TL_MILLISECONDS(10), .maximum_attempts = 2};
static const struct tl_retry_policy four_times = {.initial_interval = TL_MILLISECONDS(10), .maximum_attempts = 4};

static const char *text_of(struct tl_workflow *wf, const struct tl_payloads *input, size_t index)
{
    char *text = tl_alloc(wf, MOST_QUEUE);

    TL_IGNORE(tl_json_get_string(&input->items[index], NULL, text, MOST_QUEUE, NULL));
    return text;
}

static struct tl_payload text_payload(struct tl_workflow *wf, const char *text)
{
    return tl_payload_binary(tl_bytes_of(tl_strdup(wf, text)));
}

/* (queue, value): the value, there and back. */
static enum tl_status reflect(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {
        .activity_id = ONLY, .task_queue = text_of(wf, input, 0), .start_to_close = TL_SECONDS(10)};

    return tl_activity_run(wf, "Mirror", TL_ARGS(input->items[1]), &options, result);
}

/* (queue, mode, whether to tell): the failure of an activity, told or passed on. */
static enum tl_status fails(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const char *mode = text_of(wf, input, 1);
    const struct tl_activity_options options = {
        .activity_id = ONLY,
        .task_queue = text_of(wf, input, 0),
        .start_to_close = strcmp(mode, "silent") == 0 ? TL_SECONDS(5) : TL_SECONDS(1),
        .heartbeat = strcmp(mode, "silent") == 0 ? TL_SECONDS(1) : 0,
        .retry = &twice,
    };
    enum tl_status status = tl_activity_run(wf, "Fail", TL_ARGS(input->items[1]), &options, result);
    int is_told = 0;

    TL_IGNORE(tl_json_get_bool(&input->items[2], NULL, &is_told, NULL));
    if (status == TL_OK || !is_told) {
        return status;
    }
    char *text = tl_alloc(wf, MOST_TEXT);
    tell_failure(text, tl_failure(wf));
    *result = text_payload(wf, text);
    return TL_OK;
}

static enum tl_status own(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload details[] = {tl_payload_json("{\"code\":7}")};

    (void)input;
    (void)result;
    return tl_fail_with(
        wf,
        "Own",
        "of my own",
        &(const struct tl_fail_options){
            .non_retryable = 1, .category = TL_CATEGORY_BENIGN, .details = details, .details_count = 1});
}

static void tell_attributes(struct tl_workflow *wf, char *text)
{
    const struct tl_search_attribute *keyword = tl_workflow_search_attribute(wf, "CustomKeywordField");
    const struct tl_search_attribute *words = tl_workflow_search_attribute(wf, "CustomTextField");
    const struct tl_search_attribute *number = tl_workflow_search_attribute(wf, "CustomIntField");
    const struct tl_search_attribute *real = tl_workflow_search_attribute(wf, "CustomDoubleField");
    const struct tl_search_attribute *truth = tl_workflow_search_attribute(wf, "CustomBoolField");
    const struct tl_search_attribute *when = tl_workflow_search_attribute(wf, "CustomDatetimeField");

    if (keyword == NULL || words == NULL || number == NULL || real == NULL || truth == NULL || when == NULL) {
        tell(text, " attributes are missing");
        return;
    }
    tell(text, " keyword=%s text=%s int=%" PRId64, keyword->text, words->text, number->integer);
    tell(text, " double=%.2f bool=%d datetime=%" PRId64 "s", real->number, truth->truth, when->time / TL_SECONDS(1));
}

/* (queue): what it was started with, and what its activity's header was. */
static enum tl_status facts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload *note = tl_workflow_memo(wf, "note");
    const struct tl_payload *trace = tl_workflow_header(wf, "trace");
    struct tl_payload echoed;
    char *text = tl_alloc(wf, MOST_TEXT);

    tell(text, "memo ");
    tell_payload(text, note == NULL ? &(const struct tl_payload){0} : note);
    tell(text, " header ");
    tell_payload(text, trace == NULL ? &(const struct tl_payload){0} : trace);
    tell_attributes(wf, text);
    tl_upsert_memo(wf, &(const struct tl_field){"seen", tl_payload_json("\"yes\"")}, 1);
    tl_upsert_search_attributes(
        wf, (const struct tl_search_attribute[]){tl_search_keyword("CustomKeywordField", "changed")}, 1);
    const struct tl_field passed = {"trace", trace == NULL ? tl_payload_null() : *trace};
    const struct tl_activity_options options = {
        .activity_id = ONLY,
        .task_queue = text_of(wf, input, 0),
        .start_to_close = TL_SECONDS(10),
        .headers = &passed,
        .header_count = has_fault("header") ? 0 : 1};
    enum tl_status status = tl_activity_run(wf, "Header", NULL, &options, &echoed);
    if (status == TL_OK) {
        tell(text, " activity's ");
        tell_payload(text, &echoed);
        *result = text_payload(wf, text);
    }
    return status;
}

static enum tl_status
answer_total(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    int64_t factor = 1;

    TL_IGNORE(tl_json_get_int(&input->items[0], NULL, &factor, NULL));
    *result = tl_payload_json(tl_format(wf, "%" PRId64, *(int64_t *)user * factor + has_fault("answer")));
    return TL_OK;
}

/* Adds what signals bring until one brings 0; a query multiplies. */
static enum tl_status stateful(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t *total = tl_alloc(wf, sizeof(*total));
    struct tl_payloads signal;
    enum tl_status status = TL_OK;
    int64_t value = 0;

    (void)input;
    tl_query_handle(wf, "total", NULL, answer_total, total);
    do {
        *total += value;
        status = tl_signal_wait(wf, "Add", TL_NEVER, &signal);
        value = 0;
        if (status == TL_OK && tl_json_get_int(&signal.items[0], NULL, &value, NULL) != TL_OK) {
            return tl_fail(wf, "BadSignal", "no number");
        }
    } while (status == TL_OK && value != 0);
    *result = tl_payload_json(tl_format(wf, "%" PRId64, *total));
    return status;
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "Never", TL_NEVER, NULL); /* no timer: it would be numbered, too */
}

/* (queue): an activity whose attempts hand on a number. */
static enum tl_status relays(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {
        .activity_id = ONLY,
        .task_queue = text_of(wf, input, 0),
        .start_to_close = TL_SECONDS(5),
        .heartbeat = TL_SECONDS(5),
        .retry = &four_times,
    };

    return tl_activity_run(wf, "Relay", NULL, &options, result);
}

/* (queue): what came of an activity that somebody else completes. */
static enum tl_status later(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {
        .activity_id = "later",
        .task_queue = text_of(wf, input, 0),
        .start_to_close = TL_SECONDS(20),
        .heartbeat = TL_SECONDS(20),
        .retry = &(const struct tl_retry_policy){.maximum_attempts = 1},
        .cancellation = TL_WAIT_CANCELLATION_COMPLETED,
    };

    enum tl_status status = tl_activity_run(wf, "Later", NULL, &options, result);
    if (status == TL_OK) {
        return status;
    }
    char *text = tl_alloc(wf, MOST_TEXT);
    tell_failure(text, tl_failure(wf));
    *result = text_payload(wf, text);
    return TL_OK;
}

/* (how many runs are still to come). */
static enum tl_status chain(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t left = 0;

    TL_IGNORE(tl_json_get_int(&input->items[0], NULL, &left, NULL));
    if (left > 0) {
        return tl_continue_as_new(wf, TL_ARGS(tl_payload_json(tl_format(wf, "%" PRId64, left - 1))), NULL);
    }
    const struct tl_payload *note = tl_workflow_memo(wf, "note");
    *result = note == NULL ? tl_payload_null() : *note;
    return TL_OK;
}

/* (queue): steps under ids of their own, which either SDK goes on with where the other one left off. */
static enum tl_status shared(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    char *text = tl_alloc(wf, MOST_TEXT);

    for (int i = 1; i <= 8; i++) {
        struct tl_payload step;
        const struct tl_activity_options options = {
            .activity_id = tl_format(wf, has_fault("order") ? "stage-%d" : "step-%d", i),
            .task_queue = text_of(wf, input, 0),
            .start_to_close = TL_SECONDS(10)};
        enum tl_status status = i % 3 == 0 ? tl_signal_wait(wf, "Go", TL_NEVER, NULL) : TL_OK;
        if (status == TL_OK) {
            status = tl_activity_run(wf, "Mirror", TL_ARGS(tl_payload_json(tl_format(wf, "%d", i))), &options, &step);
        }
        if (status != TL_OK) {
            return status;
        }
        tell_payload(text, &step);
    }
    *result = text_payload(wf, text);
    return TL_OK;
}

void peer_register(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Reflect", reflect);
    tl_register_workflow(registry, "Fails", fails);
    tl_register_workflow(registry, "Own", own);
    tl_register_workflow(registry, "Facts", facts);
    tl_register_workflow(registry, "Stateful", stateful);
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Relays", relays);
    tl_register_workflow(registry, "Later", later);
    tl_register_workflow(registry, "Chain", chain);
    tl_register_workflow(registry, "Shared", shared);
    peer_register_told(registry);
    peer_register_activities(registry);
}
