/* SPDX-License-Identifier: MIT */
/* What is told beside arguments and results: attributes, headers, metadata; and what runs answer by themselves. */
#include <stdio.h>
#include <string.h>
#include <timelapse/describe.h>
#include <timelapse/query.h>

#include "tests/conformance/peer/case.h"

/* ---- Payloads that are none of ours ---- */

static void reflect_message(struct cases *cases, const char *encoding, const char *data)
{
    const struct tl_metadata metadata[] = {
        {"encoding", tl_bytes_of(encoding)},
        {"messageType", tl_bytes_of("temporal.api.common.v1.WorkflowExecution")},
        {"x-own", tl_bytes_of("\x01\xfe")}};

    case_reflect(cases, (struct tl_payload){tl_bytes_of(data), metadata, sizeof(metadata) / sizeof(metadata[0])});
}

void reflects_protobuf_json(struct cases *cases)
{
    reflect_message(cases, "json/protobuf", "{\"workflowId\":\"w\",\"runId\":\"r\"}");
}

void reflects_protobuf(struct cases *cases)
{
    reflect_message(cases, "binary/protobuf", "\x0a\x01w\x12\x01r");
}

void fails_nested(struct cases *cases)
{
    case_fails_as(cases, "nested", "false");
}

/* The activity's worker is the Go SDK's, and encodes messages of failures. */
static void fail_encoded(struct cases *cases, const char *is_told)
{
    const char *queue = cases->activity_queue;

    cases->activity_queue = "encoded";
    case_fails_as(cases, "application", is_told);
    cases->activity_queue = queue;
}

void fails_encoded(struct cases *cases)
{
    fail_encoded(cases, "false");
}

void tells_encoded(struct cases *cases)
{
    fail_encoded(cases, "true");
}

/* ---- Search attributes ---- */

void attributes(struct cases *cases)
{
    static const char *const colours[] = {"red", "blue"};
    const struct tl_search_attribute given[] = {
        tl_search_bool("CustomBoolField", 1),
        tl_search_datetime("CustomDatetimeField", TL_SECONDS(1700000000) + TL_MILLISECONDS(250)),
        tl_search_double("CustomDoubleField", 2.25),
        tl_search_int("CustomIntField", 42),
        tl_search_keyword("CustomKeywordField", "key"),
        tl_search_keywords(KEYWORD_LIST, colours, 2),
        tl_search_text("CustomTextField", "some words"),
    };
    struct tl_description seen;
    struct tl_handle *run = case_start_with(
        cases,
        "Attributes",
        NULL,
        (struct tl_start_options){
            .search_attributes = given, .search_attribute_count = sizeof(given) / sizeof(given[0])});

    case_result(cases, run);
    if (run == NULL) {
        return;
    }
    enum tl_status status = tl_handle_describe(run, &seen, &cases->error);
    case_complain(cases, "describe", status);
    tell(cases->text, "; then");
    for (size_t i = 0; status == TL_OK && i < seen.search_attribute_count; i++) {
        if (strncmp(seen.search_attributes[i].name, "Custom", 6) == 0) { /* not what the service notes */
            tell_attribute(cases->text, &seen.search_attributes[i]);
        }
    }
}

/* ---- Headers ---- */

void headers(struct cases *cases)
{
    const struct tl_field asked = {"trace", tl_payload_json("\"asked\"")};
    const struct tl_field signaled = {"trace", tl_payload_json("\"signaled\"")};
    struct tl_payload answer;
    struct tl_handle *run = case_start(cases, "Headers", NULL);

    if (run == NULL) {
        return;
    }
    enum tl_status status = tl_handle_query(
        run,
        "header",
        NULL,
        &(const struct tl_query_options){.headers = &asked, .header_count = 1},
        &answer,
        &cases->error);
    case_complain(cases, "query", status);
    if (status == TL_OK) {
        tell(cases->text, "query's ");
        tell_payload(cases->text, &answer);
        tell(cases->text, "; ");
    }
    status = tl_handle_signal_with(
        run, "Header", NULL, &(const struct tl_signal_options){.headers = &signaled, .header_count = 1}, &cases->error);
    case_complain(cases, "signal", status);
    case_result(cases, run);
}

/* ---- What every run answers by itself ---- */

/* Where the code stands, and what it is, differs between SDKs but for these words. JSON may have spaces anywhere. */
static void tell_answer(struct cases *cases, struct tl_handle *run, const char *query, const char *const *words)
{
    struct tl_payload answer;
    char text[8000];
    size_t len = 0;
    enum tl_status status = tl_handle_query(run, query, NULL, NULL, &answer, &cases->error);

    case_complain(cases, query, status);
    if (status != TL_OK) {
        return;
    }
    for (size_t i = 0; i < answer.data.len && len + 1 < sizeof(text); i++) {
        if (answer.data.data[i] != ' ') {
            text[len++] = (char)answer.data.data[i];
        }
    }
    text[len] = '\0';
    answer.data = tl_bytes_of("");
    tell(cases->text, "%s ", query);
    tell_payload(cases->text, &answer);
    for (; *words != NULL; words++) {
        tell(cases->text, " %s=%d", *words, strstr(text, *words) != NULL);
    }
    tell(cases->text, "; ");
}

void answers_by_itself(struct cases *cases)
{
    static const char *const metadata[] = {"\"type\":\"Stateful\"", "\"name\":\"total\"", "\"__stack_trace\"", NULL};
    static const char *const stack[] = {"stateful", "nowhere", NULL};
    struct tl_handle *run = case_start(cases, "Stateful", NULL);

    if (run == NULL) {
        return;
    }
    tell_answer(cases, run, "__temporal_workflow_metadata", metadata);
    tell_answer(cases, run, "__stack_trace", stack);
    case_complain(cases, "terminate", tl_handle_terminate(run, "", &cases->error));
}

/* ---- Heartbeats that go from SDK to SDK ---- */

void hands_over(struct cases *cases)
{
    case_result(cases, case_start(cases, "HandsOver", NULL));
}
