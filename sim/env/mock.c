/* SPDX-License-Identifier: MIT */
/*
 * Mocks. The innermost interceptor of the environment's registry runs a mock's script in place of
 * the registered function, so that the user's own interceptors, the service's retries and its
 * timeouts are all there; the registry's fallback does it for types that nobody registered.
 */
#include <limits.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/interceptor.h>
#include <timelapse/json.h>

#include "sim/env/environment.h"

enum entry_kind {
    ENTRY_RETURNS,
    ENTRY_FAILS,
    ENTRY_FAILS_FOR_GOOD,
    ENTRY_CALLS,
    ENTRY_HANGS
};

/* One line of a script. */
struct entry {
    enum entry_kind kind;
    struct tl_count count;
    unsigned served;
    const char *text; /* JSON, or the failure's type; "" for the others */
    tl_mock_fn *run;
    void *user;
    struct entry *next;
};

/* What the environment knows of an activity type. */
struct tl_mock {
    struct tl_env *env;
    struct tl_mock *next;
    const char *type;
    unsigned calls;
    int is_mock; /* else: a registered activity of the type has run */
    struct entry *script;
    struct entry **script_tail;
    struct entry *current; /* the first entry that may serve */
};

/* ---- Finding ---- */

static struct tl_mock *find(const struct tl_env *env, const char *type)
{
    for (struct tl_mock *mock = env->mocks; mock != NULL; mock = mock->next) {
        if (strcmp(mock->type, type) == 0) {
            return mock;
        }
    }
    return NULL;
}

static struct tl_mock *add(struct tl_env *env, const char *type)
{
    struct tl_mock *mock = env_alloc(&env->memory, sizeof *mock);
    char *copy = env_strdup(&env->memory, type);

    if (mock == NULL || copy == NULL) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
        return NULL;
    }
    mock->env = env;
    mock->type = copy;
    mock->script_tail = &mock->script;
    *env->mocks_tail = mock;
    env->mocks_tail = &mock->next;
    return mock;
}

struct tl_mock *tl_mock_activity(struct tl_env *env, const char *type)
{
    struct tl_mock *mock = find(env, type);

    if (mock == NULL) {
        mock = add(env, type);
    }
    if (mock != NULL && !mock->is_mock) {
        if (mock->calls != 0) {
            env_fail(env, TL_VERDICT, "the mock of %s comes too late: the registered activity has run already", type);
        }
        mock->is_mock = 1;
    }
    return mock;
}

unsigned tl_mock_calls_made(const struct tl_mock *mock)
{
    return mock == NULL ? 0 : mock->calls;
}

/* ---- Scripts ---- */

/* What is wrong with adding an entry of this count, or NULL. */
static const char *entry_fault(const struct tl_mock *mock, struct tl_count count)
{
    for (const struct entry *entry = mock->script; entry != NULL; entry = entry->next) {
        if (entry->count.maximum == UINT_MAX) {
            return "an entry after one without limit is never reached";
        }
    }
    return count.minimum > count.maximum ? "the count's minimum is above its maximum" : NULL;
}

static void append(struct tl_mock *mock, struct entry entry)
{
    if (mock == NULL) {
        return; /* tl_mock_activity has told why */
    }
    const char *fault = entry_fault(mock, entry.count);
    struct entry *copy = env_alloc(&mock->env->memory, sizeof *copy);
    const char *text = env_strdup(&mock->env->memory, entry.text);
    if (fault != NULL) {
        env_fail(mock->env, TL_VERDICT, "the script of %s: %s", mock->type, fault);
        return;
    }
    if (copy == NULL || text == NULL) {
        env_fail(mock->env, TL_NO_MEMORY, "out of memory");
        return;
    }
    *copy = entry;
    copy->text = text;
    *mock->script_tail = copy;
    mock->script_tail = &copy->next;
    if (mock->current == NULL) {
        mock->current = copy;
    }
}

void tl_mock_returns(struct tl_mock *mock, struct tl_count count, const char *json)
{
    const char *value = json == NULL ? "null" : json;
    struct tl_error error;

    if (mock != NULL && tl_json_check(tl_bytes_of(value), &error) != TL_OK) {
        env_fail(
            mock->env,
            TL_VERDICT,
            "the script of %s: the result is not JSON: line %d, column %d: %s",
            mock->type,
            error.line,
            error.column,
            error.message);
        return;
    }
    append(mock, (struct entry){.kind = ENTRY_RETURNS, .count = count, .text = value});
}

void tl_mock_fails(struct tl_mock *mock, struct tl_count count, const char *failure_type)
{
    append(mock, (struct entry){.kind = ENTRY_FAILS, .count = count, .text = failure_type});
}

void tl_mock_fails_for_good(struct tl_mock *mock, struct tl_count count, const char *failure_type)
{
    append(mock, (struct entry){.kind = ENTRY_FAILS_FOR_GOOD, .count = count, .text = failure_type});
}

void tl_mock_calls(struct tl_mock *mock, struct tl_count count, tl_mock_fn *run, void *user)
{
    append(mock, (struct entry){.kind = ENTRY_CALLS, .count = count, .text = "", .run = run, .user = user});
}

void tl_mock_hangs(struct tl_mock *mock, struct tl_count count)
{
    append(mock, (struct entry){.kind = ENTRY_HANGS, .count = count, .text = ""});
}

/* ---- Serving attempts ---- */

/* The entry that serves the next attempt, counted; NULL beyond the script. */
static struct entry *take_entry(struct tl_mock *mock)
{
    while (mock->current != NULL && mock->current->served >= mock->current->count.maximum) {
        mock->current = mock->current->next;
    }
    if (mock->current != NULL) {
        mock->current->served += 1;
    }
    return mock->current;
}

static enum tl_status fail_attempt(struct tl_activity *activity, const struct entry *entry)
{
    const struct tl_fail_options options = {.non_retryable = entry->kind == ENTRY_FAILS_FOR_GOOD};

    return tl_activity_fail_with(activity, entry->text, "as the mock's script says", &options);
}

/* Never answers. Only a worker that is shut down tells the attempt to stop. */
static enum tl_status hang(struct tl_activity *activity)
{
    while (tl_activity_sleep(activity, TL_NEVER) == TL_OK) {
    }
    return TL_CANCELED;
}

static enum tl_status
attempt(struct tl_mock *mock, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct entry *entry = take_entry(mock);

    mock->calls += 1;
    if (entry == NULL) {
        env_fail(
            mock->env,
            TL_VERDICT,
            "unexpected call %u of activity %s: the script of its mock has ended",
            mock->calls,
            mock->type);
        return TL_FAILED;
    }
    switch (entry->kind) {
    case ENTRY_RETURNS:
        return tl_activity_result_text(activity, result, "%s", entry->text);
    case ENTRY_CALLS:
        return entry->run(entry->user, activity, input, result);
    case ENTRY_HANGS:
        return hang(activity);
    case ENTRY_FAILS:
    case ENTRY_FAILS_FOR_GOOD:
    default:
        return fail_attempt(activity, entry);
    }
}

/* ---- Nobody knows it ---- */

#define LONGEST_COMPARED ((size_t)63)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many characters must be put in, left out or changed (Levenshtein), of the first 63. */
static size_t edit_distance(const char *left, const char *right)
{
    size_t row[LONGEST_COMPARED + 1];
    size_t left_len = strnlen(left, LONGEST_COMPARED);
    size_t right_len = strnlen(right, LONGEST_COMPARED);

    for (size_t j = 0; j <= right_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= left_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= right_len; j++) {
            size_t above = row[j];

            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (left[i - 1] != right[j - 1]));
            diagonal = above;
        }
    }
    return row[right_len];
}

/* The known type that `type` was probably meant to be, or NULL. */
static const struct tl_mock *nearest(const struct tl_env *env, const char *type)
{
    const struct tl_mock *best = NULL;
    size_t best_distance = strlen(type) / 2;

    for (const struct tl_mock *mock = env->mocks; mock != NULL; mock = mock->next) {
        size_t distance = edit_distance(type, mock->type);

        if (mock->is_mock && distance > 0 && distance <= best_distance) {
            best = mock;
            best_distance = distance - 1;
        }
    }
    return best;
}

/* "; did you mean ChargeCard? mocked: ChargeCard, RefundPayment". */
static void add_known(const struct tl_env *env, const char *type, struct report_text *text)
{
    const struct tl_mock *meant = nearest(env, type);
    const char *separator = "; mocked: ";

    if (meant != NULL) {
        report_text_format(text, "; did you mean %s?", meant->type);
        separator = " mocked: ";
    }
    for (const struct tl_mock *mock = env->mocks; mock != NULL; mock = mock->next) {
        if (mock->is_mock) {
            report_text_format(text, "%s%s", separator, mock->type);
            separator = ", ";
        }
    }
}

/* ---- The way in ---- */

/* Remembers that the registered activity ran: a mock would come too late. */
static void note_real(struct tl_env *env, struct tl_mock *known, const char *type)
{
    struct tl_mock *real = known == NULL ? add(env, type) : known;

    if (real != NULL) {
        real->calls += 1;
    }
}

static enum tl_status around_activity(
    void *user, struct tl_next *next, struct tl_activity *activity, const struct tl_payloads *input,
    struct tl_payload *result)
{
    struct tl_env *env = user;
    const char *type = tl_activity_info(activity)->activity_type;
    struct tl_mock *mock = find(env, type);

    if (mock != NULL && mock->is_mock) {
        return attempt(mock, activity, input, result);
    }
    note_real(env, mock, type);
    return tl_next_run_activity(next, activity, input, result);
}

/* The fallback of types that are neither registered nor mocked. */
static enum tl_status
refuse_activity(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_env *env = tl_activity_user(activity);

    (void)input;
    (void)result;
    report_text_reset(&env->answer);
    add_known(env, tl_activity_info(activity)->activity_type, &env->answer);
    env_fail(
        env,
        TL_VERDICT,
        "unexpected call of activity %s, which is neither registered nor mocked%s",
        tl_activity_info(activity)->activity_type,
        report_text_get(&env->answer));
    return TL_FAILED;
}

void env_mocks_install(struct tl_env *env)
{
    const struct tl_interceptor interceptor = {.name = "mocks", .user = env, .run_activity = around_activity};

    tl_register_interceptor(env->registry, &interceptor);
    tl_register_fallback_activity(env->registry, refuse_activity, env);
}

/* ---- Expectations ---- */

static const char *words_of(enum entry_kind kind)
{
    static const char *const words[] = {
        [ENTRY_RETURNS] = "returns",
        [ENTRY_FAILS] = "fails with",
        [ENTRY_FAILS_FOR_GOOD] = "fails for good with",
        [ENTRY_CALLS] = "calls a function",
        [ENTRY_HANGS] = "hangs"};

    return words[kind];
}

size_t env_mocks_unmet(const struct tl_env *env, struct report_text *text)
{
    size_t unmet = 0;

    for (const struct tl_mock *mock = env->mocks; mock != NULL; mock = mock->next) {
        for (const struct entry *entry = mock->script; entry != NULL; entry = entry->next) {
            if (entry->served < entry->count.minimum) {
                unmet += 1;
                report_text_format(
                    text,
                    "  %s %s%s%s: %u of %u attempts came\n",
                    mock->type,
                    words_of(entry->kind),
                    entry->text[0] == '\0' ? "" : " ",
                    entry->text,
                    entry->served,
                    entry->count.minimum);
            }
        }
    }
    return unmet;
}
