/* SPDX-License-Identifier: MIT */
/*
 * Timeouts as answers. The service's own timeouts end the attempt; here it only waits, and it is made sure that the
 * one which is to come comes first. Of two that are due together the service takes the one with the lower number
 * (service/history/workflow/timer_sequence.go).
 */
#include "sim/env/mock.h"

#include <stdio.h>
#include <string.h>
#include <timelapse/json.h>
#include <timelapse/sim.h>

const char *mock_timeout_words(enum tl_timeout_type timeout)
{
    static const char *const words[] = {
        [TL_TIMEOUT_UNSPECIFIED] = "unknown",
        [TL_TIMEOUT_START_TO_CLOSE] = "start-to-close",
        [TL_TIMEOUT_SCHEDULE_TO_START] = "schedule-to-start",
        [TL_TIMEOUT_SCHEDULE_TO_CLOSE] = "schedule-to-close",
        [TL_TIMEOUT_HEARTBEAT] = "heartbeat",
    };

    return (unsigned)timeout <= TL_TIMEOUT_HEARTBEAT ? words[timeout] : words[TL_TIMEOUT_UNSPECIFIED];
}

/* ---- Which comes first ---- */

/* When each timeout would end the attempt; TL_NEVER: it has no such timeout. */
struct ends {
    tl_time at[TL_TIMEOUT_HEARTBEAT + 1];
};

static tl_time end_of(tl_time from, tl_duration timeout)
{
    return timeout <= 0 || timeout > TL_NEVER - from ? TL_NEVER : from + timeout;
}

static void refuse_missing(const struct mock_entry *entry, enum tl_timeout_type timeout)
{
    mock_refuse(
        entry->mock->type->env,
        entry->place,
        "the script of %s: the activity cannot end by its %s timeout: it has none",
        entry->mock->type->name,
        mock_timeout_words(timeout));
}

static void refuse_late(const struct mock_entry *entry, enum tl_timeout_type timeout, enum tl_timeout_type earlier)
{
    mock_refuse(
        entry->mock->type->env,
        entry->place,
        "the script of %s: the activity cannot end by its %s timeout: its %s timeout comes first",
        entry->mock->type->name,
        mock_timeout_words(timeout),
        mock_timeout_words(earlier));
}

/* Whether `timeout` is there and comes before `other`; a verdict when not. */
static int comes_first(
    const struct mock_entry *entry, const struct ends *ends, enum tl_timeout_type timeout, enum tl_timeout_type other)
{
    /* start-to-close with no time left to try again is told as schedule-to-close */
    int wins_ties = timeout == other || timeout == TL_TIMEOUT_SCHEDULE_TO_START;

    if (ends->at[timeout] == TL_NEVER) {
        refuse_missing(entry, timeout);
        return 0;
    }
    if (ends->at[other] < ends->at[timeout] || (ends->at[other] == ends->at[timeout] && !wins_ties)) {
        refuse_late(entry, timeout, other);
        return 0;
    }
    return 1;
}

/* ---- Attempts that wait ---- */

/* Whether the policy tries an attempt that timed out no more (common/retrypolicy, TimeoutFailureTypePrefix). */
static int excludes_start_to_close(const struct tl_retry_policy *policy)
{
    for (size_t i = 0; i < policy->non_retryable_count; i++) {
        if (strcmp(policy->non_retryable_types[i], "TemporalTimeout:StartToClose") == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether the attempt is not tried again when its start-to-close timeout ends it. */
static int is_last(const struct tl_activity_info *info)
{
    const struct tl_retry_policy *policy = info->retry;

    return policy == NULL || (policy->maximum_attempts > 0 && info->attempt >= policy->maximum_attempts) ||
           excludes_start_to_close(policy);
}

static int can_time_out(const struct mock_entry *entry, const struct tl_activity_info *info, tl_time falls_silent)
{
    const struct ends ends = {
        .at = {
            [TL_TIMEOUT_UNSPECIFIED] = TL_NEVER,
            [TL_TIMEOUT_START_TO_CLOSE] = end_of(info->started_at, info->start_to_close),
            [TL_TIMEOUT_SCHEDULE_TO_START] = TL_NEVER,
            [TL_TIMEOUT_SCHEDULE_TO_CLOSE] = end_of(info->scheduled_at, info->schedule_to_close),
            [TL_TIMEOUT_HEARTBEAT] = end_of(falls_silent, info->heartbeat),
        }};

    switch (entry->answer.timeout) {
    case TL_TIMEOUT_START_TO_CLOSE:
        return comes_first(entry, &ends, TL_TIMEOUT_START_TO_CLOSE, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    case TL_TIMEOUT_HEARTBEAT:
        return comes_first(entry, &ends, TL_TIMEOUT_HEARTBEAT, TL_TIMEOUT_START_TO_CLOSE) &&
               comes_first(entry, &ends, TL_TIMEOUT_HEARTBEAT, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    case TL_TIMEOUT_SCHEDULE_TO_CLOSE: /* attempts that are tried again may time out before: it serves those, too */
        return comes_first(
            entry,
            &ends,
            TL_TIMEOUT_SCHEDULE_TO_CLOSE,
            is_last(info) && ends.at[TL_TIMEOUT_START_TO_CLOSE] < ends.at[TL_TIMEOUT_SCHEDULE_TO_CLOSE]
                ? TL_TIMEOUT_START_TO_CLOSE
                : TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    default:
        mock_refuse(
            entry->mock->type->env,
            entry->place,
            "the script of %s: the activity cannot end by its schedule-to-start timeout: a worker had taken it before "
            "the script said so",
            entry->mock->type->name);
        return 0;
    }
}

/* Heartbeats for as long as the answer says, then never again. */
static enum tl_status fall_silent(const struct mock_entry *entry, struct tl_activity *activity)
{
    const struct tl_mock_answer *answer = &entry->answer;
    tl_duration every = answer->heartbeat_every;
    static const struct tl_mock_answer silent;

    if (every == 0 && answer->after > 0) {
        every = mock_beat(tl_activity_info(activity));
    }
    enum tl_status status = mock_pass_time(activity, answer, answer->after, every);
    return status == TL_OK ? mock_pass_time(activity, &silent, TL_NEVER, 0) : status;
}

enum tl_status mock_time_out(const struct mock_entry *entry, struct tl_activity *activity)
{
    const struct tl_activity_info *info = tl_activity_info(activity);
    const struct tl_mock_answer *answer = &entry->answer;
    tl_duration every = answer->heartbeat_every;

    if (!can_time_out(entry, info, tl_activity_now(activity) + answer->after)) {
        return TL_FAILED;
    }
    if (answer->timeout == TL_TIMEOUT_HEARTBEAT) {
        TL_IGNORE(fall_silent(entry, activity));
    } else {
        every = every == 0 && info->heartbeat > 0 ? mock_beat(info) : every;
        TL_IGNORE(mock_pass_time(activity, answer, TL_NEVER, every));
    }
    return TL_COMPLETES_LATER; /* told to stop, or known no more: nothing is answered */
}

/* ---- Tasks that no worker gets ---- */

/* A type whose scripts have to be asked when its tasks are scheduled. */
static int is_asked(const struct mock_type *type)
{
    for (const struct tl_mock *mock = type->mocks; mock != NULL; mock = mock->next) {
        for (const struct mock_entry *entry = mock->script; entry != NULL; entry = entry->next) {
            if (entry->answer.kind == TL_MOCK_TIMES_OUT && entry->answer.timeout == TL_TIMEOUT_SCHEDULE_TO_START) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether arguments that conditions look at are as the activity would see them: no codec stands between. */
static int is_readable(const struct mock_type *type, const struct tl_payloads *input)
{
    int reads = 0;

    for (const struct tl_mock *mock = type->mocks; mock != NULL; mock = mock->next) {
        reads |= mock_reads_input(mock);
    }
    for (size_t i = 0; reads && i < input->count; i++) {
        if (!tl_payload_is(&input->items[i], "json/plain") && !tl_payload_is(&input->items[i], "binary/null") &&
            !tl_payload_is(&input->items[i], "binary/plain")) {
            return 0;
        }
    }
    return 1;
}

static int can_wait(const struct mock_entry *entry, const struct tl_sim_activity *task)
{
    const struct ends ends = {
        .at = {
            [TL_TIMEOUT_UNSPECIFIED] = TL_NEVER,
            [TL_TIMEOUT_START_TO_CLOSE] = TL_NEVER,
            [TL_TIMEOUT_SCHEDULE_TO_START] = end_of(task->at, task->schedule_to_start),
            [TL_TIMEOUT_SCHEDULE_TO_CLOSE] = end_of(task->scheduled_at, task->schedule_to_close),
            [TL_TIMEOUT_HEARTBEAT] = TL_NEVER,
        }};

    return comes_first(entry, &ends, TL_TIMEOUT_SCHEDULE_TO_START, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
}

/*
 * The answer is taken when the task is scheduled, and kept for the attempt if that is to come: two tasks may be
 * scheduled before the first of them reaches the worker.
 */
static int withhold(struct mock_type *type, const struct tl_sim_activity *task)
{
    const struct tl_mock_call call = {
        .input = task->input,
        .workflow_id = task->workflow_id,
        .run_id = task->run_id,
        .activity_id = task->activity_id,
        .attempt = task->attempt,
        .at = task->at};
    char key[1200];

    (void)snprintf(key, sizeof key, "%s/%s", task->run_id, task->activity_id);
    if (mock_is_held(type, key)) {
        return 0; /* an earlier attempt's answer is for this one as well */
    }
    struct mock_entry *entry = mock_take_early(type, key, &call);
    if (entry == NULL) {
        return 0; /* the attempt will tell */
    }
    if (entry->answer.kind != TL_MOCK_TIMES_OUT || entry->answer.timeout != TL_TIMEOUT_SCHEDULE_TO_START) {
        mock_hold(type, key, task->attempt, entry);
        return 0;
    }
    type->was_withheld = 1;
    return can_wait(entry, task);
}

static int ask(void *user, const struct tl_sim_activity *task)
{
    struct tl_env *env = user;
    struct mock_type *type = mock_type_find(env, task->type);

    if (type == NULL || !is_asked(type) || tl_driver_verdict(env->driver) != NULL) {
        return 0;
    }
    if (!is_readable(type, &task->input)) {
        env_stop(
            env,
            TL_VERDICT,
            "the mock of %s tells calls apart by arguments that a codec hides from the service: it cannot let some of "
            "them end by their schedule-to-start timeout",
            type->name);
        return 0;
    }
    env->in_service = 1;
    int is_withheld = withhold(type, task);
    env->in_service = 0;
    return is_withheld;
}

void mock_withhold(struct tl_env *env)
{
    if (env->sim != NULL) { /* elsewhere a worker that has it lets the attempt wait */
        tl_sim_withhold(env->sim, ask, env);
    }
}
