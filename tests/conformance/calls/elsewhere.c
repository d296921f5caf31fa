/* SPDX-License-Identifier: MIT */
/* Activities that are completed by a client: by their token, and by their ids. */
#include <string.h>
#include <timelapse/async_activity.h>

#include "tests/conformance/calls/calls.h"

/* An attempt that has been started. */
struct attempt {
    struct tl_handle *run;
    struct posting posting;
    struct tl_activity_target by_token;
    struct tl_activity_target by_ids;
};

static void wait_for(struct caller *caller, struct attempt *attempt, int number)
{
    const char *run_id = tl_handle_run_id(attempt->run);

    expect(caller, board_wait(caller->board, run_id, number, &attempt->posting), "an attempt is started");
    attempt->by_token =
        (struct tl_activity_target){.task_token = {attempt->posting.token, attempt->posting.token_length}};
    attempt->by_ids = (struct tl_activity_target){
        .workflow_id = tl_handle_workflow_id(attempt->run), .run_id = run_id, .activity_id = "later"};
}

static void begin(struct caller *caller, struct attempt *attempt)
{
    attempt->run = start(caller, "Later", NULL);
    wait_for(caller, attempt, 1);
}

/* Why the workflow's activity failed: what is behind the failure that names it. */
static const struct tl_failure *reason_of(struct caller *caller, struct attempt *attempt, enum tl_status wanted)
{
    expect_status(caller, tl_handle_result(attempt->run, NULL, &caller->error), wanted, "the run's result");
    const struct tl_failure *failure = tl_handle_failure(attempt->run);
    expect(caller, failure != NULL, "a failure");
    if (wanted == TL_CANCELED || failure == NULL) {
        return failure;
    }
    expect(caller, failure->kind == TL_FAILURE_ACTIVITY && strcmp(failure->type, "Later") == 0, "of the activity");
    return failure->cause;
}

static void completes(struct caller *caller)
{
    struct attempt attempt;
    const struct tl_payload result = tl_payload_json("{\"by\":\"token\"}");

    begin(caller, &attempt);
    enum tl_status status = tl_client_complete_activity(caller->client, &attempt.by_token, &result, &caller->error);
    expect_status(caller, status, TL_OK, "completing it");
    expect_result(caller, attempt.run, "{\"by\":\"token\"}");
    status = tl_client_complete_activity(caller->client, &attempt.by_token, &result, &caller->error);
    expect_status(caller, status, TL_NOT_FOUND, "completing it twice");
    status = tl_client_heartbeat(caller->client, &attempt.by_token, NULL, NULL, &caller->error);
    expect_status(caller, status, TL_NOT_FOUND, "a heartbeat of one that is over");
    tl_handle_free(attempt.run);
}

static void completes_by_ids(struct caller *caller)
{
    struct attempt attempt;
    struct tl_payload result = {0};

    begin(caller, &attempt);
    attempt.by_ids.run_id = NULL;
    enum tl_status status = tl_client_complete_activity(caller->client, &attempt.by_ids, NULL, &caller->error);
    expect_status(caller, status, TL_OK, "completing it");
    expect_status(caller, tl_handle_result(attempt.run, &result, &caller->error), TL_OK, "the run's result");
    expect(caller, tl_payload_is(&result, "binary/null"), "it is null");
    status = tl_client_complete_activity(caller->client, &attempt.by_ids, NULL, &caller->error);
    expect_status(caller, status, TL_NOT_FOUND, "completing it twice");
    tl_handle_free(attempt.run);
}

/* Each attempt leaves details for the next one. */
static void fails_and_goes_on(struct caller *caller)
{
    struct attempt attempt;
    enum tl_activity_cancel_reason reason = TL_ACTIVITY_RESET;
    const struct tl_payload result = tl_payload_json("3");

    begin(caller, &attempt);
    expect(caller, strcmp(attempt.posting.details, "") == 0, "nothing is left by an attempt before the first");
    enum tl_status status = tl_client_heartbeat(
        caller->client, &attempt.by_token, TL_ARGS(tl_payload_json("\"half\"")), &reason, &caller->error);
    expect_status(caller, status, TL_OK, "a heartbeat by token");
    expect(caller, reason == TL_ACTIVITY_NOT_CANCELED, "it is not to stop");
    status = tl_client_fail_activity(
        caller->client,
        &attempt.by_token,
        "Again",
        "not yet",
        &(const struct tl_fail_options){.next_retry_delay = TL_MILLISECONDS(20)},
        &caller->error);
    expect_status(caller, status, TL_OK, "failing the first attempt by token");
    wait_for(caller, &attempt, 2);
    expect(caller, strcmp(attempt.posting.details, "\"half\"") == 0, "what the first attempt left");
    status = tl_client_heartbeat(
        caller->client, &attempt.by_ids, TL_ARGS(tl_payload_json("\"whole\"")), &reason, &caller->error);
    expect_status(caller, status, TL_OK, "a heartbeat by ids");
    status = tl_client_fail_activity(caller->client, &attempt.by_ids, "Again", "not yet", NULL, &caller->error);
    expect_status(caller, status, TL_OK, "failing the second attempt by ids");
    wait_for(caller, &attempt, 3);
    expect(caller, strcmp(attempt.posting.details, "\"whole\"") == 0, "what the second attempt left");
    status = tl_client_complete_activity(caller->client, &attempt.by_token, &result, &caller->error);
    expect_status(caller, status, TL_OK, "completing the third attempt");
    expect_result(caller, attempt.run, "3");
    tl_handle_free(attempt.run);
}

static void fails_for_good(struct caller *caller)
{
    struct attempt attempt;
    const struct tl_payload details[] = {tl_payload_json("1"), tl_payload_json("\"two\"")};
    const struct tl_failure cause = {.kind = TL_FAILURE_APPLICATION, .type = "Deeper", .message = "below"};

    begin(caller, &attempt);
    enum tl_status status = tl_client_fail_activity(
        caller->client,
        &attempt.by_token,
        "Gone",
        "for good",
        &(const struct tl_fail_options){
            .non_retryable = 1,
            .category = TL_CATEGORY_BENIGN,
            .details = details,
            .details_count = 2,
            .cause = &cause},
        &caller->error);
    expect_status(caller, status, TL_OK, "failing it");
    const struct tl_failure *reason = reason_of(caller, &attempt, TL_FAILED);
    expect(caller, reason != NULL && strcmp(reason->type, "Gone") == 0, "its type");
    expect(caller, reason != NULL && reason->non_retryable && reason->category == TL_CATEGORY_BENIGN, "what kind");
    expect(caller, reason != NULL && reason->details_count == 2, "its details");
    expect(
        caller,
        reason != NULL && reason->cause != NULL && strcmp(reason->cause->type, "Deeper") == 0 &&
            strcmp(reason->cause->message, "below") == 0,
        "its cause");
    tl_handle_free(attempt.run);
}

static const struct tl_failure ended = {.kind = TL_FAILURE_TERMINATED, .message = "ended elsewhere"};

static void expect_ended(struct caller *caller, const struct tl_failure *reason)
{
    expect(caller, reason != NULL && reason->kind == TL_FAILURE_TERMINATED, "its kind");
    expect(caller, reason != NULL && strcmp(reason->message, "ended elsewhere") == 0, "its message");
}

/* Becomes the cause of an application failure, which is tried again. */
static void fails_as(struct caller *caller)
{
    struct attempt attempt;

    begin(caller, &attempt);
    for (int number = 1; number <= 3; number++) {
        wait_for(caller, &attempt, number);
        enum tl_status status = tl_client_fail_activity_as(caller->client, &attempt.by_token, &ended, &caller->error);
        expect_status(caller, status, TL_OK, "failing it");
    }
    const struct tl_failure *reason = reason_of(caller, &attempt, TL_FAILED);
    expect(caller, reason != NULL && strcmp(reason->type, "TerminatedFailure") == 0, "the application failure's type");
    expect_ended(caller, reason == NULL ? NULL : reason->cause);
    tl_handle_free(attempt.run);
}

/* Stays of its kind, which is not tried again. */
static void fails_as_by_ids(struct caller *caller)
{
    struct attempt attempt;

    begin(caller, &attempt);
    enum tl_status status = tl_client_fail_activity_as(caller->client, &attempt.by_ids, &ended, &caller->error);
    expect_status(caller, status, TL_OK, "failing it");
    expect_ended(caller, reason_of(caller, &attempt, TL_FAILED));
    tl_handle_free(attempt.run);
}

static void is_canceled(struct caller *caller)
{
    struct attempt attempt;
    enum tl_activity_cancel_reason reason = TL_ACTIVITY_NOT_CANCELED;
    enum tl_status status = TL_OK;
    const struct tl_payloads *details = TL_ARGS(tl_payload_json("\"so far\""));

    begin(caller, &attempt);
    status = tl_client_cancel_activity(caller->client, &attempt.by_token, details, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "canceling it when nobody wants that");
    expect_status(caller, tl_handle_cancel(attempt.run, "stop", &caller->error), TL_OK, "asking the workflow");
    while (status != TL_NOT_FOUND && reason == TL_ACTIVITY_NOT_CANCELED) { /* until its workflow asks the activity */
        status = tl_client_heartbeat(caller->client, &attempt.by_ids, NULL, &reason, &caller->error);
    }
    expect(caller, reason == TL_ACTIVITY_CANCEL_REQUESTED, "it is to stop, by ids");
    status = tl_client_heartbeat(caller->client, &attempt.by_token, NULL, &reason, &caller->error);
    expect_status(caller, status, TL_OK, "a heartbeat by token");
    expect(caller, reason == TL_ACTIVITY_CANCEL_REQUESTED, "it is to stop, by token");
    status = tl_client_cancel_activity(caller->client, &attempt.by_token, details, &caller->error);
    expect_status(caller, status, TL_OK, "canceling it");
    expect(caller, reason_of(caller, &attempt, TL_CANCELED) != NULL, "why the run ended");
    tl_handle_free(attempt.run);
}

static void is_unknown(struct caller *caller)
{
    static const unsigned char nonsense[] = "no token at all";
    const struct tl_activity_target nothing = {.task_token = {nonsense, sizeof(nonsense)}};
    const struct tl_activity_target nobody = {.workflow_id = "calls-nobody", .activity_id = "later"};
    const struct tl_activity_target both = {
        .task_token = {nonsense, sizeof(nonsense)}, .workflow_id = "calls-nobody", .activity_id = "later"};

    enum tl_status status = tl_client_complete_activity(caller->client, &nobody, NULL, &caller->error);
    expect_status(caller, status, TL_NOT_FOUND, "an activity of nobody");
    status = tl_client_complete_activity(caller->client, &both, NULL, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "token and ids");
    status = tl_client_complete_activity(caller->client, &nothing, NULL, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "what is no token");
}

const struct test_case elsewhere_cases[] = {
    {"completes", completes},
    {"completes-by-ids", completes_by_ids},
    {"goes-on", fails_and_goes_on},
    {"fails-for-good", fails_for_good},
    {"fails-as", fails_as},
    {"fails-as-by-ids", fails_as_by_ids},
    {"canceled-activity", is_canceled},
    {"unknown", is_unknown},
    {NULL, NULL},
};
