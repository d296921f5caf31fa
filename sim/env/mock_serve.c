/* SPDX-License-Identifier: MIT */
/*
 * A call's way to its answer. The innermost interceptor of the environment's registry answers in place of the
 * registered function, so that the user's own interceptors, the service's retries and its timeouts are all there; the
 * registry's fallback does it for types that nobody registered.
 */
#include <string.h>

#include "sim/env/mock.h"

/* ---- Holding ---- */

int mock_hold(struct mock_type *type, const char *key, int32_t attempt, struct mock_entry *entry)
{
    struct env_memory *memory = &type->env->memory;
    struct mock_hold *hold = env_alloc(memory, sizeof *hold);
    const char *copy = hold == NULL ? NULL : env_strdup(memory, key);

    if (hold == NULL || copy == NULL) {
        return mock_has(type->env, NULL);
    }
    *hold = (struct mock_hold){.next = type->holds, .key = copy, .attempt = attempt, .entry = entry};
    type->holds = hold;
    return 1;
}

/* The answer that the attempt was kept for, or NULL; what was kept for this attempt alone is used up. */
static struct mock_entry *held(struct mock_type *type, const char *key, int32_t attempt)
{
    struct mock_hold **link = &type->holds;

    while (*link != NULL &&
           (((*link)->attempt != 0 && (*link)->attempt != attempt) || strcmp((*link)->key, key) != 0)) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        return NULL;
    }
    struct mock_entry *entry = (*link)->entry;
    if ((*link)->attempt != 0) {
        *link = (*link)->next;
    }
    return entry;
}

int mock_is_held(const struct mock_type *type, const char *key)
{
    const struct mock_hold *hold = type->holds;

    while (hold != NULL && (hold->attempt != 0 || strcmp(hold->key, key) != 0)) {
        hold = hold->next;
    }
    return hold != NULL;
}

/* ---- What nothing was said about ---- */

/* The mock whose conditions the call misses by the least, or NULL. */
static const struct tl_mock *nearest_mock(const struct mock_type *type, const struct tl_mock_call *call)
{
    const struct tl_mock *nearest = NULL;
    size_t least = SIZE_MAX;

    for (const struct tl_mock *mock = type->mocks; mock != NULL; mock = mock->next) {
        size_t mismatch = mock->script == NULL ? 0 : mock_mismatch(mock, call);

        if (mismatch > 0 && mismatch < least) {
            nearest = mock;
            least = mismatch;
        }
    }
    return nearest;
}

/* The last answer of a script that would have been the call's, had it not ended; or NULL. */
static const struct mock_entry *ended_script(const struct mock_type *type, const struct tl_mock_call *call)
{
    for (const struct tl_mock *mock = type->mocks; mock != NULL; mock = mock->next) {
        const struct mock_entry *entry = mock->script;

        while (entry != NULL && entry->next != NULL) {
            entry = entry->next;
        }
        if (entry != NULL && mock_matches(mock, call)) {
            return entry;
        }
    }
    return NULL;
}

static void add_call(struct report_text *text, const struct mock_type *type, const struct tl_mock_call *call)
{
    report_text_reset(text);
    report_text_format(text, "unexpected call %u of activity %s with ", type->calls, type->name);
    mock_add_input(text, &call->input);
}

static struct mock_place
place_of(const struct mock_type *type, const struct tl_mock *nearest, const struct mock_entry *ended)
{
    return ended != NULL ? ended->place : nearest != NULL ? nearest->place : type->whole->place;
}

static void fail_unexpected(struct mock_type *type, const struct tl_mock_call *call)
{
    struct report_text *text = &type->env->answer;
    const struct tl_mock *nearest = nearest_mock(type, call);
    const struct mock_entry *ended = ended_script(type, call);

    add_call(text, type, call);
    if (ended != NULL) {
        report_text_add(text, ": the script of its mock has ended; its last answer: ");
        mock_add_place(text, ended->place);
    } else if (nearest == NULL) {
        report_text_add(text, ": its mock has no answer for it, and says by that that it is not called: ");
        mock_add_place(text, type->whole->place);
    }
    if (nearest != NULL) {
        report_text_add(text, "\nnearest expectation: ");
        mock_add_match(text, nearest, call);
        report_text_add(text, ": ");
        mock_add_place(text, nearest->place);
    }
    mock_fail_call(type->env, place_of(type, nearest, ended), report_text_get(text));
}

static void fail_never(struct mock_type *type, const struct tl_mock_call *call, const struct mock_entry *never)
{
    struct report_text *text = &type->env->answer;

    add_call(text, type, call);
    report_text_add(text, ": it is never to come");
    if (never->mock->wider != NULL) {
        report_text_add(text, " (");
        mock_add_match(text, never->mock, NULL);
        report_text_add(text, ")");
    }
    report_text_add(text, ": ");
    mock_add_place(text, never->place);
    mock_fail_call(type->env, never->place, report_text_get(text));
}

/* ---- Choosing ---- */

/* The answer that is due to the call, where it may be one that is never to come; NULL: there is none. */
static struct mock_entry *
due_entry(struct mock_type *type, const char *key, const struct tl_mock_call *call, struct mock_position **position)
{
    for (struct tl_mock *mock = type->mocks; mock != NULL; mock = mock->next) {
        if (mock->script == NULL || !mock_matches(mock, call)) {
            continue;
        }
        *position = mock_position_of(mock, key);
        struct mock_entry *entry = mock_has(type->env, *position) ? mock_due(mock, *position) : NULL;
        if (entry != NULL || *position == NULL) {
            return entry;
        }
    }
    return NULL;
}

/* Counts the answer as given; NULL, with a verdict, when another mock had to come first. */
static struct mock_entry *give(struct mock_position *position, struct mock_entry *entry)
{
    mock_give(position, entry);
    return mock_order_allows(entry->mock) ? entry : NULL;
}

struct mock_entry *mock_take_early(struct mock_type *type, const char *key, const struct tl_mock_call *call)
{
    struct mock_position *position = NULL;
    struct mock_entry *entry = due_entry(type, key, call, &position);

    return entry == NULL || entry->count.maximum == 0 ? NULL : give(position, entry);
}

static struct mock_entry *take(struct mock_type *type, const char *key, const struct tl_mock_call *call)
{
    struct mock_position *position = NULL;
    struct mock_entry *entry = due_entry(type, key, call, &position);

    if (entry == NULL) {
        fail_unexpected(type, call);
        return NULL;
    }
    if (entry->count.maximum == 0) {
        fail_never(type, call, entry);
        return NULL;
    }
    return give(position, entry);
}

static int serves_whole_activity(const struct mock_entry *entry)
{
    return entry->answer.kind == TL_MOCK_TIMES_OUT && entry->answer.timeout == TL_TIMEOUT_SCHEDULE_TO_CLOSE;
}

/* The answer for an attempt that reached the mocks. */
static struct mock_entry *entry_of(struct mock_type *type, const char *key, const struct tl_mock_call *call)
{
    struct mock_entry *entry = held(type, key, call->attempt);

    entry = entry == NULL ? take(type, key, call) : entry;
    if (entry != NULL && serves_whole_activity(entry) && !mock_is_held(type, key) && !mock_hold(type, key, 0, entry)) {
        return NULL;
    }
    return entry;
}

/* ---- The way in ---- */

static enum tl_status serve(struct mock_type *type, struct mock_attempt *attempt)
{
    attempt->record = mock_record(type, attempt->activity, attempt->input);
    if (attempt->record == NULL) {
        return TL_FAILED;
    }
    const char *key = tl_activity_info(attempt->activity)->idempotency_key;
    const struct mock_entry *entry = entry_of(type, key, &attempt->record->call);
    return entry == NULL ? TL_FAILED : mock_answer(entry, attempt);
}

/* Remembers that the registered activity ran: a mock would come too late. */
static void note_registered(struct tl_env *env, const char *name)
{
    struct mock_type *type = mock_type_get(env, name);

    if (type != NULL) {
        type->registered_calls += 1;
    }
}

static enum tl_status around_activity(
    void *user, struct tl_next *next, struct tl_activity *activity, const struct tl_payloads *input,
    struct tl_payload *result)
{
    struct tl_env *env = user;
    const char *name = tl_activity_info(activity)->activity_type;
    struct mock_type *type = mock_type_find(env, name);

    if (type != NULL && type->is_mock) {
        return serve(
            type, &(struct mock_attempt){.next = next, .activity = activity, .input = input, .result = result});
    }
    note_registered(env, name);
    return tl_next_run_activity(next, activity, input, result);
}

/* The fallback of types that are neither registered nor mocked. */
static enum tl_status
refuse_activity(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_env *env = tl_activity_user(activity);
    const char *name = tl_activity_info(activity)->activity_type;
    const struct mock_type *type = mock_type_find(env, name);
    int is_mock = type != NULL && type->is_mock;

    (void)result;
    report_text_reset(&env->answer);
    report_text_format(&env->answer, "unexpected call of activity %s with ", name);
    mock_add_input(&env->answer, input);
    report_text_add(
        &env->answer,
        is_mock ? ", which its mock passes on: it is not registered"
                : ", which is neither registered nor mocked: say what it does by tl_mock_activity, or register it");
    mock_add_known(env, name, &env->answer);
    env_fail(env, TL_VERDICT, "%s", report_text_get(&env->answer));
    return TL_FAILED;
}

void env_mocks_install(struct tl_env *env)
{
    const struct tl_interceptor interceptor = {.name = "mocks", .user = env, .run_activity = around_activity};

    tl_register_interceptor(env->registry, &interceptor);
    tl_register_fallback_activity(env->registry, refuse_activity, env);
}
