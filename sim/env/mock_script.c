/* SPDX-License-Identifier: MIT */
/* Scripts: adding answers, and how far they have been given. */
#include <string.h>

#include "sim/env/mock.h"

#define DEFAULT_MESSAGE "as the mock's script says"

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

    if (mock != NULL && mock_check_answer(mock, count, answer, place)) {
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
