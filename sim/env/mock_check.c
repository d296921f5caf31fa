/* SPDX-License-Identifier: MIT */
/* Answers that say what they cannot mean are refused where the test adds them, with the member that is at fault. */
#include <limits.h>
#include <timelapse/json.h>

#include "sim/env/mock.h"

#define LONGEST_DELAY TL_DAYS(36500) /* what a server keeps: timelapse/options.h */

#define BIT(kind) (1U << (kind))

#define THAT_HEARTBEAT                                                                                                 \
    (BIT(TL_MOCK_RETURNS) | BIT(TL_MOCK_FAILS) | BIT(TL_MOCK_HANGS_UNTIL_CANCELED) | BIT(TL_MOCK_TIMES_OUT) |          \
     BIT(TL_MOCK_CRASHES) | BIT(TL_MOCK_COMPLETES_LATER))

/* A member that is set although it is none of the kind's, or NULL. */
static const char *misplaced(const struct tl_mock_answer *answer)
{
    const struct {
        const char *name;
        int is_set;
        unsigned kinds;
    } members[] = {
        {"after", answer->after != 0, ~(BIT(TL_MOCK_HANGS) | BIT(TL_MOCK_HANGS_UNTIL_CANCELED))},
        {"json", answer->json != NULL, BIT(TL_MOCK_RETURNS)},
        {"payload", answer->payload != NULL, BIT(TL_MOCK_RETURNS)},
        {"failure_type", answer->failure_type != NULL, BIT(TL_MOCK_FAILS)},
        {"message", answer->message != NULL, BIT(TL_MOCK_FAILS)},
        {"failure", answer->failure != NULL, BIT(TL_MOCK_FAILS)},
        {"run", answer->run != NULL, BIT(TL_MOCK_CALLS)},
        {"user", answer->user != NULL, BIT(TL_MOCK_CALLS)},
        {"timeout", answer->timeout != TL_TIMEOUT_UNSPECIFIED, BIT(TL_MOCK_TIMES_OUT)},
        {"heartbeat", answer->heartbeat != NULL, THAT_HEARTBEAT},
        {"heartbeat_every", answer->heartbeat_every != 0, THAT_HEARTBEAT},
    };

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].is_set && (members[i].kinds & BIT(answer->kind)) == 0) {
            return members[i].name;
        }
    }
    return NULL;
}

/* A member that the kind needs and that is not set, or NULL. */
static const char *missing(const struct tl_mock_answer *answer)
{
    if (answer->kind == TL_MOCK_FAILS && answer->failure_type == NULL) {
        return "failure_type";
    }
    if (answer->kind == TL_MOCK_CALLS && answer->run == NULL) {
        return "run";
    }
    if (answer->kind == TL_MOCK_TIMES_OUT && answer->timeout == TL_TIMEOUT_UNSPECIFIED) {
        return "timeout";
    }
    return NULL;
}

static int is_delay(tl_duration delay)
{
    return delay >= 0 && delay <= LONGEST_DELAY;
}

static const char *failure_fault(const struct tl_fail_options *failure)
{
    if (failure == NULL) {
        return NULL;
    }
    if (failure->details == NULL && failure->details_count > 0) {
        return "failure.details is NULL, but its count is not 0";
    }
    if (failure->category != TL_CATEGORY_DEFAULT && failure->category != TL_CATEGORY_BENIGN) {
        return "there is no such failure.category";
    }
    return is_delay(failure->next_retry_delay) ? NULL : "failure.next_retry_delay is out of range";
}

/* Schedule-to-start is over before anything could heartbeat or take time; the others take what they take. */
static const char *timeout_fault(const struct tl_mock_answer *answer)
{
    if (answer->kind != TL_MOCK_TIMES_OUT) {
        return NULL;
    }
    if ((unsigned)answer->timeout > TL_TIMEOUT_HEARTBEAT) {
        return "there is no such timeout";
    }
    if (answer->timeout != TL_TIMEOUT_HEARTBEAT && answer->after != 0) {
        return "after goes with a heartbeat timeout only";
    }
    if (answer->timeout == TL_TIMEOUT_SCHEDULE_TO_START &&
        (answer->heartbeat != NULL || answer->heartbeat_every != 0)) {
        return "an activity that nobody starts sends no heartbeat";
    }
    return NULL;
}

/* What is wrong with the values of an answer whose members are those of its kind, or NULL. */
static const char *value_fault(const struct tl_mock_answer *answer)
{
    if (answer->json != NULL && answer->payload != NULL) {
        return "json and payload are both set";
    }
    if (!is_delay(answer->after)) {
        return "after is out of range";
    }
    if (!is_delay(answer->heartbeat_every)) {
        return "heartbeat_every is out of range";
    }
    const char *fault = failure_fault(answer->failure);
    return fault == NULL ? timeout_fault(answer) : fault;
}

/* What is wrong with adding an answer of this count, or NULL. */
static const char *count_fault(const struct tl_mock *mock, struct tl_count count)
{
    for (const struct mock_entry *entry = mock->script; entry != NULL; entry = entry->next) {
        if (entry->count.maximum == UINT_MAX) {
            return "an answer after one without limit is never reached";
        }
    }
    return count.minimum > count.maximum ? "the count's minimum is above its maximum" : NULL;
}

int mock_check_json(const struct tl_mock *mock, const char *what, const char *json, struct mock_place place)
{
    struct tl_error error;

    if (json == NULL || tl_json_check(tl_bytes_of(json), &error) == TL_OK) {
        return 1;
    }
    mock_refuse(
        mock->type->env,
        place,
        "the script of %s: %s is not JSON: line %d, column %d: %s",
        mock->type->name,
        what,
        error.line,
        error.column,
        error.message);
    return 0;
}

int mock_check_answer(
    const struct tl_mock *mock, struct tl_count count, const struct tl_mock_answer *answer, struct mock_place place)
{
    const char *member;
    const char *fault = count_fault(mock, count);

    if (fault == NULL && (unsigned)answer->kind > TL_MOCK_COMPLETES_LATER) {
        fault = "there is no such kind of answer";
    }
    if (fault == NULL && (member = misplaced(answer)) != NULL) {
        mock_refuse(
            mock->type->env,
            place,
            "the script of %s: %s means nothing for this kind of answer",
            mock->type->name,
            member);
        return 0;
    }
    if (fault == NULL && (member = missing(answer)) != NULL) {
        mock_refuse(mock->type->env, place, "the script of %s: %s is missing", mock->type->name, member);
        return 0;
    }
    fault = fault == NULL ? value_fault(answer) : fault;
    if (fault != NULL) {
        mock_refuse(mock->type->env, place, "the script of %s: %s", mock->type->name, fault);
        return 0;
    }
    return mock_check_json(mock, "the result", answer->json, place) &&
           mock_check_json(mock, "the heartbeat", answer->heartbeat, place);
}
