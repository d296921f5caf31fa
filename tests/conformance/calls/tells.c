/* SPDX-License-Identifier: MIT */
/* What is told of a run: description and history. */
#include <string.h>
#include <timelapse/describe.h>
#include <timelapse/history.h>

#include "tests/conformance/calls/calls.h"

#define STARTED_AT TL_SECONDS(1700000000)

static const char *const checksums[] = {"one", "two"};

static struct tl_handle *start_teller(struct caller *caller)
{
    const struct tl_field memo[] = {
        {"note", tl_payload_json("\"kept\"")}, {"stage", tl_payload_json("1")}, {"old", tl_payload_json("true")}};
    const struct tl_search_attribute attributes[] = {
        tl_search_keyword("TemporalScheduledById", caller->tag),
        tl_search_datetime("TemporalScheduledStartTime", STARTED_AT),
        tl_search_keywords("BinaryChecksums", checksums, 2),
        tl_search_bool("TemporalSchedulePaused", 0),
    };

    return start_with(
        caller,
        "Tells",
        NULL,
        (struct tl_start_options){
            .memo = memo,
            .memo_count = 3,
            .search_attributes = attributes,
            .search_attribute_count = sizeof(attributes) / sizeof(attributes[0]),
            .priority = {.key = 2, .fairness_key = "fair", .fairness_weight = 1.5},
            .summary = "in short",
            .details = "at length"});
}

static const struct tl_payload *memo_of(const struct tl_description *seen, const char *key)
{
    for (size_t i = 0; i < seen->memo_count; i++) {
        if (strcmp(seen->memo[i].key, key) == 0) {
            return &seen->memo[i].value;
        }
    }
    return NULL;
}

static void expect_memo(struct caller *caller, const struct tl_description *seen)
{
    const struct tl_payload *note = memo_of(seen, "note");
    const struct tl_payload *stage = memo_of(seen, "stage");

    expect(caller, note != NULL && stage != NULL, "what the memo holds");
    expect(caller, memo_of(seen, "old") == NULL, "what was taken from the memo");
    if (note != NULL && stage != NULL) {
        expect_json(caller, note, "\"kept\"", "what stayed in the memo");
        expect_json(caller, stage, "2", "what the memo was changed to");
    }
}

static const struct tl_search_attribute *attribute_of(const struct tl_description *seen, const char *name)
{
    static const struct tl_search_attribute none = {.type = TL_SEARCH_UNSET};

    for (size_t i = 0; i < seen->search_attribute_count; i++) {
        if (strcmp(seen->search_attributes[i].name, name) == 0) {
            return &seen->search_attributes[i];
        }
    }
    return &none;
}

static void expect_attributes(struct caller *caller, const struct tl_description *seen)
{
    const struct tl_search_attribute *keyword = attribute_of(seen, "TemporalScheduledById");
    const struct tl_search_attribute *time = attribute_of(seen, "TemporalScheduledStartTime");
    const struct tl_search_attribute *list = attribute_of(seen, "BinaryChecksums");
    const struct tl_search_attribute *truth = attribute_of(seen, "TemporalSchedulePaused");

    expect(caller, keyword->type == TL_SEARCH_KEYWORD && strcmp(keyword->text, caller->tag) == 0, "a keyword");
    expect(caller, time->type == TL_SEARCH_DATETIME && time->time == STARTED_AT, "a time");
    expect(caller, list->type == TL_SEARCH_KEYWORD_LIST && list->count == 2, "a list of keywords");
    if (list->count == 2) {
        expect(caller, strcmp(list->items[0], "one") == 0 && strcmp(list->items[1], "two") == 0, "its items");
    }
    expect(caller, truth->type == TL_SEARCH_BOOL && truth->truth, "a truth that was changed");
}

static void expect_facts(struct caller *caller, struct tl_handle *run, const struct tl_description *seen)
{
    expect(caller, strcmp(seen->workflow_id, tl_handle_workflow_id(run)) == 0, "workflow_id");
    expect(caller, strcmp(seen->run_id, tl_handle_run_id(run)) == 0, "run_id");
    expect(caller, strcmp(seen->first_run_id, seen->run_id) == 0, "first_run_id");
    expect(caller, strcmp(seen->workflow_type, "Tells") == 0, "workflow_type");
    expect(caller, strcmp(seen->task_queue, CALLS_QUEUE) == 0, "task_queue");
    expect(caller, seen->started_at > STARTED_AT && seen->executed_at >= seen->started_at, "started_at, executed_at");
    expect(caller, seen->priority.key == 2, "priority.key");
    expect(caller, strcmp(seen->priority.fairness_key, "fair") == 0, "priority.fairness_key");
    expect(caller, strcmp(seen->summary, "in short") == 0, "summary");
    expect(caller, strcmp(seen->details, "at length") == 0, "details");
}

static void is_described(struct caller *caller)
{
    struct tl_handle *run = start_teller(caller);
    struct tl_description seen = {0};

    expect_status(caller, tl_handle_describe(run, &seen, &caller->error), TL_OK, "describing it");
    expect(caller, seen.status == TL_RUN_RUNNING && seen.closed_at == TL_NEVER, "it runs");
    expect_facts(caller, run, &seen);
    expect_status(caller, tl_handle_signal(run, "go", NULL, &caller->error), TL_OK, "letting it go");
    expect_status(caller, tl_handle_result(run, NULL, &caller->error), TL_OK, "the run's result");
    expect_status(caller, tl_handle_describe(run, &seen, &caller->error), TL_OK, "describing it once closed");
    expect(caller, seen.status == TL_RUN_COMPLETED && seen.closed_at >= seen.started_at, "it is completed");
    struct tl_history *history = NULL;
    expect_status(caller, tl_handle_history(run, &history, &caller->error), TL_OK, "its history");
    expect(caller, history != NULL && seen.history_length == (int64_t)tl_history_length(history), "how long that is");
    expect(caller, seen.history_size > 0, "and how large");
    tl_history_unref(history);
    expect_facts(caller, run, &seen);
    expect_memo(caller, &seen);
    expect_attributes(caller, &seen);
    tl_handle_free(run);
    struct tl_handle *nobody = tl_client_handle(caller->client, "calls-nobody", NULL);
    expect_status(caller, tl_handle_describe(nobody, &seen, &caller->error), TL_NOT_FOUND, "describing nobody");
    tl_handle_free(nobody);
}

static void is_delayed(struct caller *caller)
{
    struct tl_handle *run = start_with(caller, "Waits", NULL, (struct tl_start_options){.start_delay = TL_MINUTES(1)});
    struct tl_description seen = {0};

    expect_status(caller, tl_handle_describe(run, &seen, &caller->error), TL_OK, "describing it");
    expect(caller, seen.executed_at - seen.started_at == TL_MINUTES(1), "it begins a minute after its start");
    expect_status(caller, tl_handle_terminate(run, "enough", &caller->error), TL_OK, "terminating it");
    tl_handle_free(run);
}

static void has_a_history(struct caller *caller)
{
    struct tl_handle *run = start(caller, "Echo", TL_ARGS(tl_payload_json("\"kept\"")));
    struct tl_history *history = NULL;
    struct tl_history *again = NULL;
    char *text = NULL;
    size_t length = 0;

    expect_result(caller, run, "\"kept\"");
    enum tl_status status = tl_handle_history(run, &history, &caller->error);
    expect_status(caller, status, TL_OK, "asking for it");
    if (status != TL_OK) {
        return;
    }
    expect(caller, tl_history_length(history) == 5, "five events");
    expect(caller, strcmp(tl_history_workflow_type(history), "Echo") == 0, "its workflow's type");
    expect_status(caller, tl_history_check(history, &caller->error), TL_OK, "whether it is one");
    expect_status(caller, tl_history_to_json(history, &text, &length, &caller->error), TL_OK, "writing it");
    status = tl_history_from_json((struct tl_bytes){(const uint8_t *)text, length}, NULL, &again, &caller->error);
    expect_status(caller, status, TL_OK, "reading it");
    if (status == TL_OK) {
        expect_status(caller, tl_history_compare(history, again, &caller->error), TL_OK, "it is the same");
    }
    tl_text_free(text);
    tl_history_unref(again);
    tl_history_unref(history);
    tl_handle_free(run);
}

const struct test_case tell_cases[] = {
    {"described", is_described},
    {"delayed", is_delayed},
    {"history", has_a_history},
    {NULL, NULL},
};
