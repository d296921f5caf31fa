/* SPDX-License-Identifier: MIT */
/* Scripts: adding answers, and how far they have been given. */
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <timelapse/json.h>

#include "sim/env/mock.h"

#define DEFAULT_MESSAGE "as the mock's script says"

#define LONGEST_DELAY TL_DAYS(36500) /* what a server keeps: timelapse/options.h */

/* ---- Positions ---- */

/* FNV-1a. Keys come from the simulator: nobody can choose them to collide. */
static size_t bucket_of(const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    }
    return (size_t)(hash % MOCK_BUCKETS);
}

static struct mock_track *add_track(struct tl_mock *mock, struct mock_track **bucket, const char *key)
{
    struct env_memory *memory = &mock->type->env->memory;
    struct mock_track *track = env_alloc(memory, sizeof *track);
    const char *copy = track == NULL ? NULL : env_strdup(memory, key);

    if (copy == NULL) {
        return NULL;
    }
    track->key = copy;
    track->next_in_bucket = *bucket;
    *bucket = track;
    *mock->tracks->tail = track;
    mock->tracks->tail = &track->next;
    return track;
}

struct mock_position *mock_position_of(struct tl_mock *mock, const char *key)
{
    if (mock->tracks == NULL) {
        return &mock->position;
    }
    struct mock_track **bucket = &mock->tracks->buckets[bucket_of(key)];
    struct mock_track *track = *bucket;
    while (track != NULL && strcmp(track->key, key) != 0) {
        track = track->next_in_bucket;
    }
    track = track == NULL ? add_track(mock, bucket, key) : track;
    return track == NULL ? NULL : &track->position;
}

struct mock_entry *mock_due(const struct tl_mock *mock, const struct mock_position *position)
{
    struct mock_entry *entry = position->current;

    if (entry != NULL && position->served < entry->count.maximum) {
        return entry;
    }
    entry = entry == NULL ? mock->script : entry->next;
    while (entry != NULL && entry->count.maximum == 0 && entry->next != NULL) {
        entry = entry->next;
    }
    return entry;
}

void mock_give(struct mock_position *position, struct mock_entry *entry)
{
    if (position->current != entry) {
        *position = (struct mock_position){.current = entry};
    }
    position->served += 1;
}

/* Whether `entry` stands before the current one: then it was given as often as it may be. */
static int is_past(const struct mock_position *position, const struct mock_entry *entry)
{
    while (entry != NULL && entry != position->current) {
        entry = entry->next;
    }
    return position->current != NULL && entry == position->current;
}

unsigned mock_served(const struct mock_position *position, const struct mock_entry *entry)
{
    if (position->current == entry) {
        return position->served;
    }
    return is_past(position, entry) ? entry->count.maximum : 0;
}

static int position_is_met(const struct tl_mock *mock, const struct mock_position *position)
{
    for (const struct mock_entry *entry = mock->script; entry != NULL; entry = entry->next) {
        if (mock_served(position, entry) < entry->count.minimum) {
            return 0;
        }
    }
    return 1;
}

/* Without any activity a script for each of them is as little followed as one that was not begun. */
static int script_is_met(const struct tl_mock *mock)
{
    if (mock->tracks == NULL || mock->tracks->first == NULL) {
        return position_is_met(mock, &mock->position);
    }
    for (const struct mock_track *track = mock->tracks->first; track != NULL; track = track->next) {
        if (!position_is_met(mock, &track->position)) {
            return 0;
        }
    }
    return 1;
}

int mock_is_met(const struct tl_mock *mock)
{
    for (const struct tl_mock *each = mock->type->mocks; each != NULL; each = each->next) {
        if (mock_is_within(each, mock) && !script_is_met(each)) {
            return 0;
        }
    }
    return 1;
}

/* ---- Faults ---- */

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

/* Whether the answer may be added; a verdict when not. */
static int
check_answer(struct tl_mock *mock, struct tl_count count, const struct tl_mock_answer *answer, struct mock_place place)
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

/* ---- Adding ---- */

/* *has is 0 when there was no memory for it. */
static const char *copy_text(struct env_memory *memory, const char *text, int *has)
{
    const char *copy = env_strdup(memory, text);

    *has &= copy != NULL || text == NULL;
    return copy;
}

static int copy_result(struct env_memory *memory, const struct tl_payload *from, const struct tl_payload **to)
{
    struct tl_payload *copy = env_alloc(memory, sizeof *copy);

    *to = copy;
    return copy != NULL && mock_copy_payload(memory, from, copy);
}

static int copy_answer(struct env_memory *memory, const struct tl_mock_answer *from, struct tl_mock_answer *to)
{
    int has = 1;

    *to = *from;
    to->json = copy_text(memory, from->json, &has);
    to->failure_type = copy_text(memory, from->failure_type, &has);
    to->message = copy_text(memory, from->message == NULL ? DEFAULT_MESSAGE : from->message, &has);
    to->heartbeat = copy_text(memory, from->heartbeat, &has);
    if (from->failure != NULL) {
        to->failure = mock_copy_failure(memory, from->failure);
        has &= to->failure != NULL;
    }
    return has && (from->payload == NULL || copy_result(memory, from->payload, &to->payload));
}

static int is_schedule_to_start(const struct tl_mock_answer *answer)
{
    return answer->kind == TL_MOCK_TIMES_OUT && answer->timeout == TL_TIMEOUT_SCHEDULE_TO_START;
}

static void
append(struct tl_mock *mock, struct tl_count count, const struct tl_mock_answer *answer, struct mock_place place)
{
    struct tl_env *env = mock->type->env;
    struct mock_entry *entry = env_alloc(&env->memory, sizeof *entry);

    if (!mock_has(env, entry) || !mock_has(env, copy_answer(&env->memory, answer, &entry->answer) ? entry : NULL)) {
        return;
    }
    entry->mock = mock;
    entry->count = count;
    entry->place = place;
    *mock->script_tail = entry;
    mock->script_tail = &entry->next;
    mock->is_used = 1;
    if (is_schedule_to_start(answer)) {
        mock_withhold(env);
    }
}

void tl_mock_answers_at(
    struct tl_mock *mock, struct tl_count count, const struct tl_mock_answer *answer, const char *file, int line)
{
    const struct mock_place place = {file, line};

    if (mock != NULL && check_answer(mock, count, answer, place)) {
        append(mock, count, answer, place);
    }
}

void tl_mock_returns_at(struct tl_mock *mock, struct tl_count count, const char *json, const char *file, int line)
{
    tl_mock_answers_at(mock, count, &(const struct tl_mock_answer){.json = json}, file, line);
}

void tl_mock_fails_at(
    struct tl_mock *mock, struct tl_count count, const char *failure_type, int non_retryable, const char *file,
    int line)
{
    const struct tl_fail_options failure = {.non_retryable = non_retryable};
    const struct tl_mock_answer answer = {
        .kind = TL_MOCK_FAILS, .failure_type = failure_type, .failure = non_retryable ? &failure : NULL};

    tl_mock_answers_at(mock, count, &answer, file, line);
}

void tl_mock_calls_at(
    struct tl_mock *mock, struct tl_count count, tl_mock_fn *run, void *user, const char *file, int line)
{
    const struct tl_mock_answer answer = {.kind = TL_MOCK_CALLS, .run = run, .user = user};

    tl_mock_answers_at(mock, count, &answer, file, line);
}

void tl_mock_times_out_at(
    struct tl_mock *mock, struct tl_count count, enum tl_timeout_type timeout, const char *file, int line)
{
    const struct tl_mock_answer answer = {.kind = TL_MOCK_TIMES_OUT, .timeout = timeout};

    tl_mock_answers_at(mock, count, &answer, file, line);
}

void tl_mock_simply_at(struct tl_mock *mock, struct tl_count count, enum tl_mock_kind kind, const char *file, int line)
{
    tl_mock_answers_at(mock, count, &(const struct tl_mock_answer){.kind = kind}, file, line);
}

void tl_mock_never_at(struct tl_mock *mock, const char *file, int line)
{
    tl_mock_answers_at(mock, TL_TIMES(0), &(const struct tl_mock_answer){.kind = TL_MOCK_HANGS}, file, line);
}
