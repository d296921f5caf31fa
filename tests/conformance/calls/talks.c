/* SPDX-License-Identifier: MIT */
/* Signals and queries. */
#include <string.h>
#include <timelapse/query.h>

#include "tests/conformance/calls/calls.h"

static void add(struct caller *caller, struct tl_handle *run, const char *number)
{
    expect_status(
        caller, tl_handle_signal(run, "add", TL_ARGS(tl_payload_json(number)), &caller->error), TL_OK, "a signal");
}

/* Queries wait for the signals that came before them: their answer is no matter of time. */
static void expect_answer(
    struct caller *caller, struct tl_handle *run, const char *factor, const struct tl_query_options *options,
    const char *wanted)
{
    struct tl_payload answer = {0};
    enum tl_status status =
        tl_handle_query(run, "total", TL_ARGS(tl_payload_json(factor)), options, &answer, &caller->error);

    expect_status(caller, status, TL_OK, "a query");
    if (status == TL_OK) {
        expect_json(caller, &answer, wanted, "its answer");
        expect(caller, tl_handle_query_failure(run) == NULL, "it did not fail");
        expect(caller, tl_handle_query_rejection(run) == TL_RUN_UNKNOWN, "it was not rejected");
    }
}

static void is_signaled(struct caller *caller)
{
    const struct tl_field header = {"signaler", tl_payload_json("\"me\"")};
    const struct tl_signal_options once = {.request_id = "once", .headers = &header, .header_count = 1};
    struct tl_handle *run = start(caller, "Gather", NULL);

    add(caller, run, "5");
    for (int i = 0; i < 2; i++) { /* the second is the first one again */
        enum tl_status status = tl_handle_signal_with(run, "add", TL_ARGS(tl_payload_json("7")), &once, &caller->error);
        expect_status(caller, status, TL_OK, "a signal with a request id");
    }
    expect_answer(caller, run, "1", NULL, "{\"total\":12,\"signaler\":\"me\",\"asker\":null}");
    add(caller, run, "0");
    expect_result(caller, run, "12");
    expect_status(caller, tl_handle_signal(run, "add", NULL, &caller->error), TL_NOT_FOUND, "a signal too late");
    tl_handle_free(run);
    struct tl_handle *nobody = tl_client_handle(caller->client, "calls-nobody", NULL);
    expect_status(caller, tl_handle_signal(nobody, "add", NULL, &caller->error), TL_NOT_FOUND, "a signal to nobody");
    tl_handle_free(nobody);
}

static void is_started_by_a_signal(struct caller *caller)
{
    const struct tl_payload seven = tl_payload_json("7");
    const struct tl_payload hundred = tl_payload_json("100");
    const struct tl_payloads value = {&seven, 1};
    const struct tl_payloads input = {&hundred, 1};
    const struct tl_field header = {"signaler", tl_payload_json("\"starter\"")};
    const struct tl_start_options options = {
        .task_queue = CALLS_QUEUE, .execution_timeout = TL_MINUTES(3), .headers = &header, .header_count = 1};
    const struct tl_start_signal signal = {"add", &value, &input};
    struct tl_handle *runs[2] = {NULL, NULL};
    char id[MOST_ID];

    name_run(caller, "", id);
    for (int i = 0; i < 2; i++) { /* the second finds what the first one started */
        enum tl_status status =
            tl_client_signal_with_start(caller->client, "Gather", id, &signal, &options, &runs[i], &caller->error);
        expect_status(caller, status, TL_OK, "a signal with a start");
        if (status != TL_OK) {
            return;
        }
    }
    expect(caller, strcmp(tl_handle_run_id(runs[0]), tl_handle_run_id(runs[1])) == 0, "one run");
    expect_answer(caller, runs[1], "1", NULL, "{\"total\":114,\"signaler\":\"starter\",\"asker\":null}");
    add(caller, runs[0], "0");
    expect_result(caller, runs[1], "114");
    tl_handle_free(runs[0]);
    tl_handle_free(runs[1]);
}

static void is_asked(struct caller *caller)
{
    const struct tl_field header = {"asker", tl_payload_json("\"I\"")};
    const struct tl_query_options options = {.timeout = LONG, .headers = &header, .header_count = 1};
    const struct tl_query_options open_alone = {.reject = TL_QUERY_REJECT_NOT_OPEN};
    struct tl_handle *run = start(caller, "Gather", TL_ARGS(tl_payload_json("3")));

    expect_answer(caller, run, "2", &options, "{\"total\":6,\"signaler\":null,\"asker\":\"I\"}");
    expect_answer(caller, run, "1", &open_alone, "{\"total\":3,\"signaler\":null,\"asker\":null}");
    enum tl_status status =
        tl_handle_query(run, "total", TL_ARGS(tl_payload_json("\"x\"")), NULL, NULL, &caller->error);
    expect_status(caller, status, TL_FAILED, "a query whose handler fails");
    const struct tl_failure *failure = tl_handle_query_failure(run);
    expect(caller, failure != NULL && strcmp(failure->type, "NoFactor") == 0, "why it failed");
    expect(caller, failure != NULL && failure->details_count == 1, "with its detail");
    status = tl_handle_query(run, "nothing", NULL, NULL, NULL, &caller->error);
    expect_status(caller, status, TL_FAILED, "a query without a handler");
    expect(caller, tl_handle_query_failure(run) != NULL, "why there is no answer");
    add(caller, run, "0");
    expect_result(caller, run, "3");
    expect_answer(caller, run, "10", NULL, "{\"total\":30,\"signaler\":null,\"asker\":null}");
    status = tl_handle_query(run, "total", NULL, &open_alone, NULL, &caller->error);
    expect_status(caller, status, TL_FAILED_PRECONDITION, "a query to open runs alone");
    expect(caller, tl_handle_query_rejection(run) == TL_RUN_COMPLETED, "how the run stood that rejected it");
    tl_handle_free(run);
    struct tl_handle *nobody = tl_client_handle(caller->client, "calls-nobody", NULL);
    status = tl_handle_query(nobody, "total", NULL, NULL, NULL, &caller->error);
    expect_status(caller, status, TL_NOT_FOUND, "a query to nobody");
    tl_handle_free(nobody);
}

const struct test_case talk_cases[] = {
    {"signaled", is_signaled},
    {"started-by-signal", is_started_by_a_signal},
    {"asked", is_asked},
    {NULL, NULL},
};
