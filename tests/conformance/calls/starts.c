/* SPDX-License-Identifier: MIT */
/* Starting, and what comes of it. */
#include <string.h>
#include <timelapse/describe.h>

#include "tests/conformance/calls/calls.h"

static void values_come_back(struct caller *caller)
{
    const struct tl_payload values[] = {
        tl_payload_json("{\"a\":[1,null,\"gr\xc3\xbc\xc3\x9f\"]}"),
        tl_payload_binary((struct tl_bytes){(const uint8_t *)"\0\x01\xff", 3}),
        tl_payload_null(),
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct tl_handle *run = start(caller, "Echo", TL_ARGS(values[i]));
        struct tl_payload result = {0};
        expect_status(caller, tl_handle_result(run, &result, &caller->error), TL_OK, "the run's result");
        expect(caller, tl_payload_equal(&result, &values[i]), "it comes back as it went");
        expect(caller, tl_handle_failure(run) == NULL, "there is no failure");
        tl_handle_free(run);
    }
}

static void refuses(struct caller *caller)
{
    struct tl_handle *run = NULL;
    char id[MOST_ID];
    const struct tl_start_options nowhere = {0};
    const struct tl_start_options backwards = {.task_queue = CALLS_QUEUE, .run_timeout = -1};

    name_run(caller, "", id);
    enum tl_status status = tl_client_start(caller->client, "Echo", id, NULL, &nowhere, &run, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "no queue");
    expect_field(caller, "task_queue");
    status = tl_client_start(caller->client, "Echo", id, NULL, &backwards, &run, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "a negative timeout");
    expect_field(caller, "run_timeout");
    expect(caller, run == NULL, "no handle");
}

/* The same id once more, with these options: what the answer is, and whether it is the same run. */
static void
start_again(struct caller *caller, struct tl_handle *first, struct tl_start_options options, enum tl_status wanted)
{
    struct tl_handle *run = NULL;
    char id[MOST_ID];

    name_run(caller, "", id);
    options.task_queue = CALLS_QUEUE;
    enum tl_status status = tl_client_start(caller->client, "Waits", id, NULL, &options, &run, &caller->error);
    expect_status(caller, status, wanted, "the second start");
    if (status == TL_OK) {
        bool is_same = strcmp(tl_handle_run_id(run), tl_handle_run_id(first)) == 0;
        bool is_kept = options.id_conflict == TL_ID_CONFLICT_USE_EXISTING || options.request_id != NULL;
        expect(caller, is_same == is_kept, "the run that there was, or another");
        expect(caller, strcmp(tl_handle_workflow_id(run), id) == 0, "the workflow's id");
        tl_handle_free(run);
    }
}

static void id_is_taken(struct caller *caller)
{
    char request[MOST_ID];

    name_run(caller, "-request", request);
    struct tl_handle *run = start_with(caller, "Waits", NULL, (struct tl_start_options){.request_id = request});
    start_again(caller, run, (struct tl_start_options){0}, TL_ALREADY_EXISTS);
    start_again(caller, run, (struct tl_start_options){.id_conflict = TL_ID_CONFLICT_FAIL}, TL_ALREADY_EXISTS);
    start_again(caller, run, (struct tl_start_options){.request_id = request}, TL_OK);
    start_again(caller, run, (struct tl_start_options){.id_conflict = TL_ID_CONFLICT_USE_EXISTING}, TL_OK);
    start_again(caller, run, (struct tl_start_options){.id_conflict = TL_ID_CONFLICT_TERMINATE_EXISTING}, TL_OK);
    expect_status(caller, tl_handle_result(run, NULL, &caller->error), TL_FAILED, "the run in whose place one came");
    const struct tl_failure *failure = tl_handle_failure(run);
    expect(caller, failure != NULL && failure->kind == TL_FAILURE_TERMINATED, "it was terminated");
    char id[MOST_ID];
    name_run(caller, "", id);
    struct tl_handle *latest = tl_client_handle(caller->client, id, NULL);
    expect(caller, strcmp(tl_handle_run_id(latest), "") == 0, "a handle to whatever is the latest run");
    expect_status(caller, tl_handle_terminate(latest, "enough", &caller->error), TL_OK, "terminating the other one");
    tl_handle_free(latest);
    start_again(caller, run, (struct tl_start_options){.id_reuse = TL_ID_REUSE_REJECT_DUPLICATE}, TL_ALREADY_EXISTS);
    start_again(caller, run, (struct tl_start_options){.id_reuse = TL_ID_REUSE_ALLOW_DUPLICATE_FAILED_ONLY}, TL_OK);
    tl_handle_free(run);
}

static void fails(struct caller *caller)
{
    struct tl_handle *run = start(caller, "Breaks", NULL);

    expect_status(caller, tl_handle_result(run, NULL, &caller->error), TL_FAILED, "the run's result");
    const struct tl_failure *failure = tl_handle_failure(run);
    expect(caller, failure != NULL && failure->kind == TL_FAILURE_APPLICATION, "an application failure");
    expect(caller, failure != NULL && strcmp(failure->type, "Broken") == 0, "its type");
    expect(caller, failure != NULL && strcmp(failure->message, "it broke") == 0, "its message");
    expect(caller, failure != NULL && failure->details_count == 1, "its detail");
    if (failure != NULL && failure->details_count == 1) {
        expect_json(caller, &failure->details[0], "{\"part\":7}", "its detail");
    }
    tl_handle_free(run);
}

static void is_retried(struct caller *caller)
{
    const struct tl_retry_policy policy = {.initial_interval = TL_MILLISECONDS(10), .maximum_attempts = 2};
    struct tl_handle *run = start_with(caller, "Tries", NULL, (struct tl_start_options){.retry = &policy});

    expect_result(caller, run, "2");
    tl_handle_free(run);
}

static void is_canceled(struct caller *caller)
{
    struct tl_handle *run = start(caller, "Waits", NULL);

    expect_status(caller, tl_handle_cancel(run, "no longer", &caller->error), TL_OK, "asking for it");
    expect_status(caller, tl_handle_result(run, NULL, &caller->error), TL_CANCELED, "the run's result");
    expect_status(caller, tl_handle_cancel(run, "twice", &caller->error), TL_OK, "asking too late");
    tl_handle_free(run);
}

static void is_terminated(struct caller *caller)
{
    struct tl_handle *run = start(caller, "Waits", NULL);

    expect_status(caller, tl_handle_terminate(run, "at once", &caller->error), TL_OK, "doing it");
    expect_status(caller, tl_handle_result(run, NULL, &caller->error), TL_FAILED, "the run's result");
    const struct tl_failure *failure = tl_handle_failure(run);
    expect(caller, failure != NULL && failure->kind == TL_FAILURE_TERMINATED, "a failure of that kind");
    expect_status(caller, tl_handle_terminate(run, "twice", &caller->error), TL_NOT_FOUND, "doing it once more");
    tl_handle_free(run);
}

static void runs_out_of_time(struct caller *caller)
{
    struct tl_handle *run = start_with(caller, "Waits", NULL, (struct tl_start_options){.run_timeout = TL_SECONDS(1)});

    expect_status(caller, tl_handle_result(run, NULL, &caller->error), TL_TIMED_OUT, "the run's result");
    tl_handle_free(run);
}

/* One handle follows the chain, one is to its first run alone. */
static void goes_on_as_new(struct caller *caller)
{
    struct tl_handle *run = start(caller, "Hops", TL_ARGS(tl_payload_json("1")));
    struct tl_handle *first = tl_client_handle(caller->client, tl_handle_workflow_id(run), tl_handle_run_id(run));
    struct tl_description seen = {0};

    do { /* of the handle from the start: the run that goes on now */
        if (tl_handle_describe(first, &seen, &caller->error) != TL_OK) {
            break;
        }
    } while (seen.status == TL_RUN_RUNNING);
    expect(caller, seen.status == TL_RUN_CONTINUED_AS_NEW, "the first run goes on as another");
    expect_status(caller, tl_handle_signal(first, "go", NULL, &caller->error), TL_NOT_FOUND, "to the first run alone");
    expect_status(caller, tl_handle_signal(run, "go", NULL, &caller->error), TL_OK, "to the run there is");
    expect_result(caller, run, "\"landed\"");
    expect_result(caller, first, "\"landed\"");
    tl_handle_free(first);
    tl_handle_free(run);
}

/* Straight to the worker of the same connection, where the server agrees; no other outcome where it does not. */
static void is_eager(struct caller *caller)
{
    struct tl_handle *run =
        start_with(caller, "Echo", TL_ARGS(tl_payload_json("1")), (struct tl_start_options){.eager = 1});

    expect_result(caller, run, "1");
    tl_handle_free(run);
}

const struct test_case start_cases[] = {
    {"values", values_come_back},
    {"refuses", refuses},
    {"taken", id_is_taken},
    {"fails", fails},
    {"retried", is_retried},
    {"canceled", is_canceled},
    {"terminated", is_terminated},
    {"timed-out", runs_out_of_time},
    {"as-new", goes_on_as_new},
    {"eager", is_eager},
    {NULL, NULL},
};
