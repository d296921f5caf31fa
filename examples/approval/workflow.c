/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <timelapse/json.h>
#include <timelapse/json_table.h>
#include <timelapse/query.h>
#include <timelapse/workflow.h>

#include "approval.h"

static const struct tl_retry_policy few = {.maximum_attempts = 3};
static const struct tl_activity_options reminding = {.start_to_close = TL_SECONDS(10), .retry = &few};

static bool is_decision(struct tl_workflow *wf, const struct tl_payloads *signal)
{
    int approved;
    struct tl_error error;

    if (tl_json_get_bool(tl_payload_at(signal, 0), "approved", &approved, &error) == TL_OK) {
        return true;
    }
    tl_log(wf, "no decision: %s", error.message);
    return false;
}

/* Until `when`, however many signals come that decide nothing. */
static enum tl_status wait_for_decision(struct tl_workflow *wf, tl_time when, struct tl_payloads *decision)
{
    while (tl_now(wf) < when) {
        enum tl_status status = tl_signal_wait(wf, "decide", when - tl_now(wf), decision);
        if (status != TL_OK || is_decision(wf, decision)) {
            return status;
        }
    }
    return TL_TIMED_OUT;
}

static enum tl_status
tell_state(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *state)
{
    (void)input;
    return tl_result_text(wf, result, "\"%s\"", *(const char **)state);
}

static enum tl_status approve(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_time begun = tl_now(wf);
    struct tl_payloads decision;
    const char **state = tl_alloc(wf, sizeof(*state));

    *state = "waiting";
    tl_query_handle(wf, "state", "waiting, decided or expired", tell_state, state);
    for (int day = 1; day <= APPROVAL_DAYS; day++) {
        enum tl_status status = wait_for_decision(wf, begun + TL_DAYS(day), &decision);
        if (status == TL_OK) {
            *state = "decided";
            *result = decision.items[0];
        }
        if (status != TL_TIMED_OUT) {
            return status;
        }
        if (day < APPROVAL_DAYS && tl_activity_run(wf, "Remind", input, &reminding, NULL) != TL_OK) {
            tl_log(wf, "a reminder that does not arrive is no reason to stop");
        }
    }
    *state = "expired";
    return tl_fail(wf, "Expired", "nobody decided within %d days", APPROVAL_DAYS);
}

void approval_register(struct tl_registry *registry)
{
    tl_register_workflow(registry, APPROVAL, approve);
}
