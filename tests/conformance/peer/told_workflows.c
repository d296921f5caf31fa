/* SPDX-License-Identifier: MIT */
/* Workflows of told_cases.c. */
#include <inttypes.h>
#include <string.h>
#include <timelapse/query.h>
#include <timelapse/search_attribute.h>
#include <timelapse/workflow.h>

#include "tests/conformance/peer/peer.h"

void tell_attribute(char *text, const struct tl_search_attribute *attribute)
{
    tell(text, " %s=", attribute->name);
    switch (attribute->type) {
    case TL_SEARCH_TEXT:
    case TL_SEARCH_KEYWORD:
        tell(text, "%s", attribute->text);
        break;
    case TL_SEARCH_INT:
        tell(text, "%" PRId64, attribute->integer);
        break;
    case TL_SEARCH_DOUBLE:
        tell(text, "%.2f", attribute->number);
        break;
    case TL_SEARCH_BOOL:
        tell(text, "%d", attribute->truth);
        break;
    case TL_SEARCH_DATETIME:
        tell(text, "%" PRId64 "ms", attribute->time / TL_MILLISECONDS(1));
        break;
    case TL_SEARCH_KEYWORD_LIST:
        for (size_t i = 0; i < attribute->count; i++) {
            tell(text, "%s%s", i == 0 ? "" : ",", attribute->items[i]);
        }
        break;
    case TL_SEARCH_UNSET:
        break;
    }
}

/* What it was started with, of each type; then all of them are others, and one is gone. */
static enum tl_status attributes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const char *const names[] = {
        "CustomBoolField",
        "CustomDatetimeField",
        "CustomDoubleField",
        "CustomIntField",
        "CustomKeywordField",
        KEYWORD_LIST,
        "CustomTextField"};
    static const char *const items[] = {"one", "two", "three"};
    const struct tl_search_attribute changed[] = {
        tl_search_bool("CustomBoolField", 0),
        tl_search_datetime("CustomDatetimeField", TL_SECONDS(1800000000)),
        tl_search_double("CustomDoubleField", -0.5),
        tl_search_unset("CustomIntField"),
        tl_search_keyword("CustomKeywordField", has_fault("attribute") ? "the fault" : "another"),
        tl_search_keywords(KEYWORD_LIST, items, 3),
        tl_search_text("CustomTextField", "other words"),
    };
    char *text = tl_alloc(wf, MOST_TEXT);

    (void)input;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct tl_search_attribute *attribute = tl_workflow_search_attribute(wf, names[i]);

        if (attribute == NULL) {
            tell(text, " %s is missing", names[i]);
        } else {
            tell_attribute(text, attribute);
        }
    }
    tl_upsert_search_attributes(wf, changed, sizeof(changed) / sizeof(changed[0]));
    *result = tl_payload_binary(tl_bytes_of(text));
    return TL_OK;
}

static enum tl_status
answer_header(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct tl_payload *header = tl_query_header(wf, "trace");

    (void)input;
    (void)user;
    *result = header == NULL ? tl_payload_json("\"none\"") : *header;
    return TL_OK;
}

/* The header of the signal that ends it; a query answers its own. */
static enum tl_status headers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    tl_query_handle(wf, "header", NULL, answer_header, NULL);
    enum tl_status status = tl_signal_wait(wf, "Header", TL_NEVER, NULL);
    const struct tl_payload *header = status == TL_OK ? tl_signal_header(wf, "trace") : NULL;
    *result = header == NULL ? tl_payload_json("\"none\"") : *header;
    return status;
}

/* An activity whose attempts go from one SDK to the other: on the queue that both poll. */
static enum tl_status hands_over(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_retry_policy retry = {
        .initial_interval = TL_MILLISECONDS(1), .backoff_coefficient = 1, .maximum_attempts = 60};
    const struct tl_activity_options options = {
        .activity_id = "only",
        .task_queue = "both",
        .start_to_close = TL_SECONDS(5),
        .heartbeat = TL_SECONDS(5),
        .retry = &retry};

    (void)input;
    return tl_activity_run(wf, "Hand", NULL, &options, result);
}

void peer_register_told(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Attributes", attributes);
    tl_register_workflow(registry, "Headers", headers);
    tl_register_workflow(registry, "HandsOver", hands_over);
}
