/* SPDX-License-Identifier: MIT */
/* What a start does that finds its id taken, or is to begin later. */
#include <inttypes.h>
#include <string.h>
#include <timelapse/describe.h>

#include "tests/conformance/peer/case.h"

void starts_later(struct cases *cases)
{
    char queue[80];
    struct tl_description seen;
    struct tl_handle *run = case_start_with(
        cases,
        "Reflect",
        TL_ARGS(case_json(cases->activity_queue, queue, sizeof(queue)), tl_payload_json("1")),
        (struct tl_start_options){.start_delay = TL_SECONDS(1)});

    case_result(cases, run);
    if (run == NULL) {
        return;
    }
    enum tl_status status = tl_handle_describe(run, &seen, &cases->error);
    case_complain(cases, "describe", status);
    if (status == TL_OK) {
        tell(cases->text, "; after %" PRId64 "ms", (seen.executed_at - seen.started_at) / 1000000);
    }
}

static void terminate(struct cases *cases, struct tl_handle *run)
{
    if (run != NULL) {
        case_complain(cases, "terminate", tl_handle_terminate(run, "", &cases->error));
    }
}

static void tell_whether_same(struct cases *cases, const struct tl_handle *first, const struct tl_handle *second)
{
    if (first != NULL && second != NULL) {
        bool same = strcmp(tl_handle_run_id(first), tl_handle_run_id(second)) == 0;

        tell(cases->text, same ? "the same run; " : "another run; ");
    }
}

void uses_existing(struct cases *cases)
{
    struct tl_handle *first = case_start(cases, "Waits", NULL);
    struct tl_handle *second =
        case_start_with(cases, "Waits", NULL, (struct tl_start_options){.id_conflict = TL_ID_CONFLICT_USE_EXISTING});

    tell_whether_same(cases, first, second);
    terminate(cases, second);
    case_result(cases, first);
}

void replaces(struct cases *cases)
{
    struct tl_handle *first = case_start(cases, "Waits", NULL);
    struct tl_handle *second = case_start_with(
        cases, "Waits", NULL, (struct tl_start_options){.id_conflict = TL_ID_CONFLICT_TERMINATE_EXISTING});

    tell_whether_same(cases, first, second);
    case_result(cases, first);
    terminate(cases, second);
}

/* "Own" fails, "Chain" completes. */
static void start_again(struct cases *cases, const char *type, const char *input, enum tl_id_reuse_policy reuse)
{
    const struct tl_field memo = {"note", tl_payload_json("1")};
    const struct tl_start_options options = {
        .task_queue = cases->queue, .id_reuse = reuse, .memo = &memo, .memo_count = 1};
    struct tl_handle *run = NULL;
    char id[128];

    case_id(cases, id, sizeof(id));
    enum tl_status status =
        tl_client_start(cases->client, type, id, TL_ARGS(tl_payload_json(input)), &options, &run, &cases->error);
    if (status == TL_ALREADY_EXISTS) {
        tell(cases->text, "refused; ");
        return;
    }
    case_complain(cases, "start", status);
    if (status == TL_OK) {
        case_result(cases, run);
        tell(cases->text, "; ");
    }
}

void reuses_ids(struct cases *cases)
{
    start_again(cases, "Own", "0", TL_ID_REUSE_REJECT_DUPLICATE);
    start_again(cases, "Chain", "0", TL_ID_REUSE_REJECT_DUPLICATE);
    start_again(cases, "Chain", "0", TL_ID_REUSE_ALLOW_DUPLICATE_FAILED_ONLY);
    start_again(cases, "Chain", "0", TL_ID_REUSE_ALLOW_DUPLICATE_FAILED_ONLY);
    start_again(cases, "Chain", "0", TL_ID_REUSE_ALLOW_DUPLICATE);
}
