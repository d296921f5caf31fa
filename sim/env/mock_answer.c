/* SPDX-License-Identifier: MIT */
/* What an attempt does once its answer is known: on its own coroutine, as any activity. */
#include <timelapse/json.h>

#include "sim/env/mock.h"

/* ---- Time and heartbeats ---- */

tl_duration mock_beat(const struct tl_activity_info *info)
{
    return info->heartbeat > 0 ? info->heartbeat / 5 * 4 : TL_SECONDS(30);
}

static enum tl_status beat(struct tl_activity *activity, const struct tl_mock_answer *answer)
{
    const struct tl_payload details = tl_payload_json(answer->heartbeat == NULL ? "null" : answer->heartbeat);

    return tl_heartbeat(activity, answer->heartbeat == NULL ? NULL : TL_ARGS(details));
}

static tl_time later(tl_time now, tl_duration duration)
{
    return duration > TL_NEVER - now ? TL_NEVER : now + duration;
}

enum tl_status mock_pass_time(
    struct tl_activity *activity, const struct tl_mock_answer *answer, tl_duration duration, tl_duration every)
{
    tl_time until = later(tl_activity_now(activity), duration);
    enum tl_status status = every > 0 || answer->heartbeat != NULL ? beat(activity, answer) : TL_OK;

    while (status == TL_OK && tl_activity_now(activity) < until) {
        tl_duration left = until == TL_NEVER ? TL_NEVER : until - tl_activity_now(activity);

        status = tl_activity_sleep(activity, every > 0 && every < left ? every : left);
        if (status == TL_OK && every > 0 && tl_activity_now(activity) < until) {
            status = beat(activity, answer);
        }
    }
    return status;
}

/* ---- Answers ---- */

static enum tl_status give_result(const struct tl_mock_answer *answer, const struct mock_attempt *attempt)
{
    if (answer->payload == NULL) {
        return tl_activity_result_text(
            attempt->activity, attempt->result, "%s", answer->json == NULL ? "null" : answer->json);
    }
    *attempt->result = *answer->payload; /* lives as long as the environment */
    return TL_OK;
}

/* Whatever it is told it says nothing: the service's timeouts end it. */
static enum tl_status hang(struct tl_activity *activity)
{
    while (tl_activity_sleep(activity, TL_NEVER) == TL_OK) {
    }
    return TL_COMPLETES_LATER; /* and nobody completes it */
}

static enum tl_status hang_until_canceled(const struct tl_mock_answer *answer, struct tl_activity *activity)
{
    tl_duration every = answer->heartbeat_every > 0 ? answer->heartbeat_every : mock_beat(tl_activity_info(activity));

    return mock_pass_time(activity, answer, TL_NEVER, every);
}

/* The attempt has taken the time that it takes. */
static enum tl_status conclude(const struct mock_entry *entry, const struct mock_attempt *attempt)
{
    const struct tl_mock_answer *answer = &entry->answer;

    switch (answer->kind) {
    case TL_MOCK_FAILS:
        return tl_activity_fail_with(attempt->activity, answer->failure_type, answer->message, answer->failure);
    case TL_MOCK_CALLS:
        return answer->run(answer->user, attempt->activity, attempt->input, attempt->result);
    case TL_MOCK_PASSES_ON:
        return tl_next_run_activity(attempt->next, attempt->activity, attempt->input, attempt->result);
    case TL_MOCK_COMPLETES_LATER:
        mock_leave(attempt->record, entry->mock);
        return TL_COMPLETES_LATER;
    case TL_MOCK_CRASHES:
        return TL_COMPLETES_LATER; /* and nobody completes it */
    case TL_MOCK_RETURNS:
    default:
        return give_result(answer, attempt);
    }
}

enum tl_status mock_answer(const struct mock_entry *entry, const struct mock_attempt *attempt)
{
    const struct tl_mock_answer *answer = &entry->answer;

    switch (answer->kind) {
    case TL_MOCK_HANGS:
        return hang(attempt->activity);
    case TL_MOCK_HANGS_UNTIL_CANCELED:
        return hang_until_canceled(answer, attempt->activity);
    case TL_MOCK_TIMES_OUT:
        return mock_time_out(entry, attempt->activity);
    default:
        break;
    }
    if (mock_pass_time(attempt->activity, answer, answer->after, answer->heartbeat_every) != TL_OK) {
        return TL_CANCELED;
    }
    return conclude(entry, attempt);
}
