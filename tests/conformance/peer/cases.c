/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/client.h>
#include <timelapse/describe.h>
#include <timelapse/list.h>
#include <timelapse/query.h>
#include <timelapse/search_attribute.h>

#include "tests/conformance/peer/case.h"

struct tl_payload case_json(const char *name, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "\"%s\"", name);
    return tl_payload_json(buffer);
}

void case_complain(struct cases *cases, const char *what, enum tl_status status)
{
    if (status != TL_OK) {
        tell(cases->text, "[%s: %s: %s]", what, tl_status_name(status), cases->error.message);
    }
}

void case_id(const struct cases *cases, char *id, size_t size)
{
    (void)snprintf(id, size, "%s-%s", cases->tag, cases->name);
}

struct tl_handle *
case_start_with(struct cases *cases, const char *type, const struct tl_payloads *input, struct tl_start_options options)
{
    struct tl_handle *run = NULL;
    char id[128];

    case_id(cases, id, sizeof(id));
    options.task_queue = cases->queue;
    case_complain(cases, "start", tl_client_start(cases->client, type, id, input, &options, &run, &cases->error));
    return run; /* NULL when it was not started */
}

struct tl_handle *case_start(struct cases *cases, const char *type, const struct tl_payloads *input)
{
    return case_start_with(cases, type, input, (struct tl_start_options){0});
}

void case_result(struct cases *cases, struct tl_handle *run)
{
    struct tl_payload result;

    if (run == NULL) {
        return; /* it was not started, which is told */
    }
    enum tl_status status = tl_handle_result(run, &result, &cases->error);
    switch (status) {
    case TL_OK:
        tell(cases->text, "result ");
        tell_payload(cases->text, &result);
        break;
    case TL_FAILED:
    case TL_CANCELED:
    case TL_TIMED_OUT:
        tell(cases->text, "failure ");
        tell_failure(cases->text, tl_handle_failure(run));
        break;
    default:
        case_complain(cases, "result", status);
    }
}

/* ---- Values ---- */

static const char *const values[] = {
    "null",
    "true",
    "-12345678901",
    "1.5",
    "\"gr\\u00fc\\u00df\"",
    "[1,\"two\",null]",
    "{\"a\":{\"b\":[]},\"c\":\"d\"}"};

void case_reflect(struct cases *cases, struct tl_payload value)
{
    char queue[80];

    case_result(
        cases, case_start(cases, "Reflect", TL_ARGS(case_json(cases->activity_queue, queue, sizeof(queue)), value)));
}

static void reflects_json(struct cases *cases)
{
    const char *name = cases->name;
    char numbered[32];

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        (void)snprintf(numbered, sizeof(numbered), "%s-%zu", name, i);
        cases->name = numbered;
        case_reflect(cases, tl_payload_json(values[i]));
        tell(cases->text, "; ");
    }
    cases->name = name;
}

static void reflects_bytes(struct cases *cases)
{
    case_reflect(cases, tl_payload_binary(tl_bytes_of("\x01\xfe bytes")));
}

static void reflects_nothing(struct cases *cases)
{
    case_reflect(cases, tl_payload_null());
}

static void reflects_much(struct cases *cases)
{
    static unsigned char much[100000];

    case_reflect(cases, tl_payload_binary((struct tl_bytes){much, sizeof(much)}));
}

static void facts(struct cases *cases)
{
    const struct tl_field memo = {"note", tl_payload_json(has_fault("memo") ? "\"forget\"" : "\"remember\"")};
    const struct tl_field header = {"trace", tl_payload_json("\"t-1\"")};
    const struct tl_search_attribute attributes[] = {
        tl_search_bool("CustomBoolField", 1),
        tl_search_datetime("CustomDatetimeField", TL_SECONDS(1700000000)),
        tl_search_double("CustomDoubleField", 2.25),
        tl_search_int("CustomIntField", 42),
        tl_search_keyword("CustomKeywordField", "key"),
        tl_search_text("CustomTextField", "some words"),
    };
    char queue[80];
    struct tl_description seen;
    struct tl_handle *run = case_start_with(
        cases,
        "Facts",
        TL_ARGS(case_json(cases->activity_queue, queue, sizeof(queue))),
        (struct tl_start_options){
            .memo = &memo,
            .memo_count = 1,
            .headers = &header,
            .header_count = 1,
            .search_attributes = attributes,
            .search_attribute_count = sizeof(attributes) / sizeof(attributes[0])});

    case_result(cases, run);
    if (run == NULL) {
        return;
    }
    case_complain(cases, "describe", tl_handle_describe(run, &seen, &cases->error));
    tell(cases->text, "; %s %s", seen.workflow_type, tl_run_status_name(seen.status));
    for (size_t i = 0; i < seen.memo_count; i++) {
        tell(cases->text, " %s=", seen.memo[i].key);
        tell_payload(cases->text, &seen.memo[i].value);
    }
    for (size_t i = 0; i < seen.search_attribute_count; i++) {
        if (strcmp(seen.search_attributes[i].name, "CustomKeywordField") == 0) {
            tell(cases->text, " keyword=%s", seen.search_attributes[i].text);
        }
    }
}

/* ---- Failures ---- */

void case_fails_as(struct cases *cases, const char *mode, const char *is_told)
{
    char queue[80];
    char quoted[32];

    case_result(
        cases,
        case_start(
            cases,
            "Fails",
            TL_ARGS(
                case_json(cases->activity_queue, queue, sizeof(queue)),
                case_json(mode, quoted, sizeof(quoted)),
                tl_payload_json(is_told))));
}

static void fails_whole(struct cases *cases)
{
    case_fails_as(cases, "application", "false");
}

static void tells_whole(struct cases *cases)
{
    case_fails_as(cases, "application", "true");
}

static void fails_benignly(struct cases *cases)
{
    case_fails_as(cases, "benign", "false");
}

static void fails_again(struct cases *cases)
{
    case_fails_as(cases, "again", "true");
}

static void times_out(struct cases *cases)
{
    case_fails_as(cases, "timeout", "true");
}

static void falls_silent(struct cases *cases)
{
    case_fails_as(cases, "silent", "true");
}

static void fails_on_its_own(struct cases *cases)
{
    case_result(cases, case_start(cases, "Own", NULL));
}

/* ---- Signals, queries, ends ---- */

static void tell_total(struct cases *cases, struct tl_handle *run, const char *factor)
{
    struct tl_payload total;
    enum tl_status status =
        tl_handle_query(run, "total", TL_ARGS(tl_payload_json(factor)), NULL, &total, &cases->error);

    case_complain(cases, "query", status);
    if (status == TL_OK) {
        tell(cases->text, "total ");
        tell_payload(cases->text, &total);
        tell(cases->text, "; ");
    }
}

static void add(struct cases *cases, struct tl_handle *run, const char *number)
{
    case_complain(cases, "signal", tl_handle_signal(run, "Add", TL_ARGS(tl_payload_json(number)), &cases->error));
}

static void signals_and_queries(struct cases *cases)
{
    struct tl_handle *run = NULL;
    const struct tl_start_options options = {.task_queue = cases->queue};
    const struct tl_payload five = tl_payload_json("5");
    const struct tl_start_signal first = {"Add", &(const struct tl_payloads){&five, 1}, NULL};
    char id[128];

    case_id(cases, id, sizeof(id));
    for (int i = 0; i < 2; i++) { /* the second finds what the first one started */
        case_complain(
            cases,
            "signal with start",
            tl_client_signal_with_start(cases->client, "Stateful", id, &first, &options, &run, &cases->error));
    }
    tell_total(cases, run, "1");
    add(cases, run, "7");
    tell_total(cases, run, "10");
    struct tl_payload none;
    if (tl_handle_query(run, "nobody", NULL, NULL, &none, &cases->error) == TL_OK) {
        tell(cases->text, "somebody; ");
    }
    add(cases, run, "0");
    case_result(cases, run);
    tell_total(cases, run, "100");
}

static void is_canceled(struct cases *cases)
{
    struct tl_handle *run = case_start(cases, "Waits", NULL);

    case_complain(cases, "cancel", tl_handle_cancel(run, "enough", &cases->error));
    case_result(cases, run);
}

static void is_terminated(struct cases *cases)
{
    struct tl_handle *run = case_start(cases, "Waits", NULL);

    case_complain(cases, "terminate", tl_handle_terminate(run, "at once", &cases->error));
    case_result(cases, run);
    enum tl_status status = tl_handle_signal(run, "Add", NULL, &cases->error);
    tell(cases->text, "; then %s", status == TL_NOT_FOUND ? "not found" : "something else");
}

static void runs_out_of_time(struct cases *cases)
{
    case_result(cases, case_start_with(cases, "Waits", NULL, (struct tl_start_options){.run_timeout = TL_SECONDS(1)}));
}

static void starts_twice(struct cases *cases)
{
    struct tl_handle *run = case_start(cases, "Waits", NULL);
    struct tl_handle *other = NULL;
    const struct tl_start_options options = {.task_queue = cases->queue};
    char id[128];

    case_id(cases, id, sizeof(id));
    enum tl_status status = tl_client_start(cases->client, "Waits", id, NULL, &options, &other, &cases->error);
    tell(cases->text, "%s; ", status == TL_ALREADY_EXISTS ? "already there" : "started twice");
    case_complain(cases, "terminate", tl_handle_terminate(run, "", &cases->error));
}

static void goes_on_as_new(struct cases *cases)
{
    const struct tl_field memo = {"note", tl_payload_json("\"kept\"")};

    case_result(
        cases,
        case_start_with(
            cases, "Chain", TL_ARGS(tl_payload_json("3")), (struct tl_start_options){.memo = &memo, .memo_count = 1}));
}

/* ---- All ---- */

static const struct {
    const char *name;
    void (*run)(struct cases *cases);
} all[] = {
    {"reflects-json", reflects_json},
    {"reflects-bytes", reflects_bytes},
    {"reflects-nothing", reflects_nothing},
    {"reflects-much", reflects_much},
    {"facts", facts},
    {"fails-whole", fails_whole},
    {"tells-whole", tells_whole},
    {"fails-benignly", fails_benignly},
    {"fails-again", fails_again},
    {"times-out", times_out},
    {"falls-silent", falls_silent},
    {"fails-on-its-own", fails_on_its_own},
    {"signals-and-queries", signals_and_queries},
    {"is-canceled", is_canceled},
    {"is-terminated", is_terminated},
    {"runs-out-of-time", runs_out_of_time},
    {"starts-twice", starts_twice},
    {"goes-on-as-new", goes_on_as_new},
    {"relays", relays},
    {"completes-elsewhere", completes_elsewhere},
    {"fails-elsewhere", fails_elsewhere},
    {"cancels-elsewhere", cancels_elsewhere},
    {"shares", shares},
    {"reflects-protobuf-json", reflects_protobuf_json},
    {"reflects-protobuf", reflects_protobuf},
    {"fails-nested", fails_nested},
    {"fails-encoded", fails_encoded},
    {"tells-encoded", tells_encoded},
    {"attributes", attributes},
    {"headers", headers},
    {"answers-by-itself", answers_by_itself},
    {"hands-over", hands_over},
    {"starts-later", starts_later},
    {"uses-existing", uses_existing},
    {"replaces", replaces},
    {"reuses-ids", reuses_ids},
};

void peer_cases(
    struct tl_client *client, const char *queue, const char *activity_queue, const char *tag, const char *only)
{
    struct cases cases = {.client = client, .queue = queue, .activity_queue = activity_queue, .tag = tag};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (only != NULL && strcmp(only, all[i].name) != 0) {
            continue;
        }
        cases.name = all[i].name;
        cases.text[0] = '\0';
        all[i].run(&cases);
        (void)printf("%s\t%s\n", cases.name, cases.text);
        (void)fflush(stdout);
    }
}
