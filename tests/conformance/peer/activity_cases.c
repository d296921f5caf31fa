/* SPDX-License-Identifier: MIT */
/* Activities that go from attempt to attempt, are completed from elsewhere, or come one after the other. */
#include <timelapse/async_activity.h>
#include <timelapse/describe.h>

#include "tests/conformance/peer/case.h"

void relays(struct cases *cases)
{
    char queue[80];

    case_result(cases, case_start(cases, "Relays", TL_ARGS(case_json(cases->activity_queue, queue, sizeof(queue)))));
}

static struct tl_handle *start_later(struct cases *cases, struct tl_activity_target *target, char *id, size_t size)
{
    char queue[80];
    struct tl_handle *run = case_start(cases, "Later", TL_ARGS(case_json(cases->activity_queue, queue, sizeof(queue))));
    struct tl_description seen = {0};

    case_id(cases, id, size);
    *target = (struct tl_activity_target){.workflow_id = id, .activity_id = "later"};
    /* The service says that it is alive once an attempt has been started. */
    for (int i = 0; i < 500; i++) {
        enum tl_activity_cancel_reason reason;
        if (tl_client_heartbeat(cases->client, target, TL_ARGS(tl_payload_json("1")), &reason, &cases->error) ==
            TL_OK) {
            break;
        }
        case_complain(cases, "describe", tl_handle_describe(run, &seen, &cases->error));
    }
    return run;
}

void completes_elsewhere(struct cases *cases)
{
    struct tl_activity_target target;
    char id[128];
    struct tl_handle *run = start_later(cases, &target, id, sizeof(id));
    const struct tl_payload result = tl_payload_json("{\"by\":\"another\"}");

    case_complain(cases, "complete", tl_client_complete_activity(cases->client, &target, &result, &cases->error));
    case_result(cases, run);
}

void fails_elsewhere(struct cases *cases)
{
    struct tl_activity_target target;
    char id[128];
    struct tl_handle *run = start_later(cases, &target, id, sizeof(id));

    case_complain(
        cases,
        "fail",
        tl_client_fail_activity(
            cases->client,
            &target,
            "Elsewhere",
            "it did not work",
            &(const struct tl_fail_options){.non_retryable = 1},
            &cases->error));
    case_result(cases, run);
}

void cancels_elsewhere(struct cases *cases)
{
    struct tl_activity_target target;
    char id[128];
    struct tl_handle *run = start_later(cases, &target, id, sizeof(id));
    enum tl_activity_cancel_reason reason = TL_ACTIVITY_NOT_CANCELED;

    case_complain(cases, "cancel", tl_handle_cancel(run, "", &cases->error));
    for (int i = 0; i < 500 && reason == TL_ACTIVITY_NOT_CANCELED; i++) {
        case_complain(cases, "heartbeat", tl_client_heartbeat(cases->client, &target, NULL, &reason, &cases->error));
    }
    case_complain(
        cases,
        "cancel",
        tl_client_cancel_activity(cases->client, &target, TL_ARGS(tl_payload_json("\"so far\"")), &cases->error));
    case_result(cases, run);
}

void shares(struct cases *cases)
{
    char queue[80];
    struct tl_handle *run =
        case_start(cases, "Shared", TL_ARGS(case_json(cases->activity_queue, queue, sizeof(queue))));

    for (int i = 0; i < 2; i++) {
        case_complain(cases, "signal", tl_handle_signal(run, "Go", NULL, &cases->error));
    }
    case_result(cases, run);
}
