/* SPDX-License-Identifier: MIT */
/* The activity types of an environment, and the mocks of each. */
#include "sim/env/mock.h"

#include <string.h>

#include <timelapse/json.h>

#include "sim/env/nearest.h"

/* ---- Types ---- */

struct mock_type *mock_type_find(const struct tl_env *env, const char *name)
{
    for (struct mock_type *type = env->mocks; type != NULL; type = type->next) {
        if (strcmp(type->name, name) == 0) {
            return type;
        }
    }
    return NULL;
}

/* Tells of the verdict, unless the service's work is under way: whoever steps the world tells of it then. */
static void tell(struct tl_env *env)
{
    if (!env->in_service) {
        env_report(env);
    }
}

int mock_has(struct tl_env *env, const void *memory)
{
    if (memory == NULL) {
        env_stop(env, TL_NO_MEMORY, "out of memory");
        tell(env);
    }
    return memory != NULL;
}

static struct mock_type *add_type(struct tl_env *env, const char *name)
{
    struct mock_type *type = env_alloc(&env->memory, sizeof *type);
    const char *copy = type == NULL ? NULL : env_strdup(&env->memory, name);

    if (!mock_has(env, copy)) {
        return NULL;
    }
    type->env = env;
    type->name = copy;
    type->records_tail = &type->records;
    *env->mocks_tail = type;
    env->mocks_tail = &type->next;
    return type;
}

struct mock_type *mock_type_get(struct tl_env *env, const char *name)
{
    struct mock_type *type = mock_type_find(env, name);

    return type == NULL ? add_type(env, name) : type;
}

/* ---- Places ---- */

void mock_add_place(struct report_text *text, struct mock_place place)
{
    report_text_format(text, "%s:%d", place.file, place.line);
}

void mock_refuse(struct tl_env *env, struct mock_place place, const char *format, ...)
{
    va_list args;

    report_text_reset(&env->answer);
    va_start(args, format);
    report_text_vformat(&env->answer, format, args);
    va_end(args);
    env_stop_at(env, place.file, place.line, "%s", report_text_get(&env->answer));
    tell(env);
}

void mock_fail_call(struct tl_env *env, struct mock_place place, const char *text)
{
    if (env->file == NULL) {
        env_stop_at(env, place.file, place.line, "%s", text);
    } else {
        env_stop(env, TL_VERDICT, "%s", text);
    }
}

/* ---- Mocks ---- */

static struct tl_mock *new_mock(struct mock_type *type, struct tl_mock *wider, struct mock_place place)
{
    struct tl_mock *mock = env_alloc(&type->env->memory, sizeof *mock);

    if (!mock_has(type->env, mock)) {
        return NULL;
    }
    mock->type = type;
    mock->wider = wider;
    mock->depth = wider == NULL ? 0 : wider->depth + 1;
    mock->place = place;
    mock->script_tail = &mock->script;
    if (wider != NULL) {
        wider->is_used = 1;
    }
    struct tl_mock **link = &type->mocks;
    while (*link != NULL && (*link)->depth >= mock->depth) {
        link = &(*link)->next;
    }
    mock->next = *link;
    *link = mock;
    return mock;
}

int mock_is_within(const struct tl_mock *mock, const struct tl_mock *wider)
{
    while (mock != NULL && mock != wider) {
        mock = mock->wider;
    }
    return mock != NULL;
}

/* What the registry knows, as seen from a name. */
struct registered {
    const char *name;
    int is_there;
    const char *slip; /* a registered name that differs by a slip of the pen, or NULL */
};

static void look_at(void *user, const char *type)
{
    struct registered *registered = user;

    registered->is_there |= strcmp(registered->name, type) == 0;
    if (registered->slip == NULL && nearest_is_slip(registered->name, type)) {
        registered->slip = type;
    }
}

/* A verdict for a name that the registry shows to be misspelt. */
static void check_name(struct tl_env *env, const char *name, struct mock_place place)
{
    struct registered registered = {.name = name};

    tl_registry_activity_types(env->registry, look_at, &registered);
    if (!registered.is_there && registered.slip != NULL) {
        mock_refuse(
            env,
            place,
            "there is no activity %s to be mocked; did you mean %s, which is registered? (if both exist, register "
            "both)",
            name,
            registered.slip);
    }
}

/* The first time that the type is mocked. */
static struct tl_mock *start_mocking(struct mock_type *type, struct mock_place place)
{
    if (type->registered_calls != 0) {
        mock_refuse(
            type->env, place, "the mock of %s comes too late: the registered activity has run already", type->name);
    }
    check_name(type->env, type->name, place);
    type->whole = new_mock(type, NULL, place);
    type->is_mock = 1;
    return type->whole;
}

struct tl_mock *tl_mock_activity_at(struct tl_env *env, const char *type, const char *file, int line)
{
    const struct mock_place place = {file, line};
    struct mock_type *mocked;

    if (type == NULL || type[0] == '\0') {
        mock_refuse(env, place, "a mock has to name an activity type");
        return NULL;
    }
    mocked = mock_type_get(env, type);
    if (mocked == NULL || mocked->whole != NULL) {
        return mocked == NULL ? NULL : mocked->whole;
    }
    return start_mocking(mocked, place);
}

/* ---- Narrowing ---- */

struct tl_mock *tl_mock_per_activity_at(struct tl_mock *mock, const char *file, int line)
{
    const struct mock_place place = {file, line};
    struct mock_tracks *tracks;

    if (mock == NULL) {
        return NULL;
    }
    tracks = env_alloc(&mock->type->env->memory, sizeof *tracks);
    struct tl_mock *narrowed = mock_has(mock->type->env, tracks) ? new_mock(mock->type, mock, place) : NULL;
    if (narrowed != NULL) {
        narrowed->tracks = tracks;
        tracks->tail = &tracks->first;
    }
    return narrowed;
}

/* What is wrong with the match, or NULL. */
static const char *match_fault(const struct tl_match *match, struct tl_error *error)
{
    if (match->equals == NULL && match->matches == NULL && match->attempt == 0 && match->workflow_id == NULL) {
        return "it says nothing: set equals, matches, attempt or workflow_id";
    }
    if (match->equals == NULL && (match->path != NULL || match->argument != 0)) {
        return "path and argument say where a value is; what it equals is missing";
    }
    if (match->attempt < 0) {
        return "attempts are counted from 1";
    }
    if (match->equals != NULL && tl_json_check(tl_bytes_of(match->equals), error) != TL_OK) {
        return error->message;
    }
    return NULL;
}

/* A copy of what may be NULL; *has is 0 when there was no memory for it. */
static const char *copy_text(struct env_memory *memory, const char *text, int *has)
{
    const char *copy = env_strdup(memory, text);

    *has &= copy != NULL || text == NULL;
    return copy;
}

static int copy_match(struct env_memory *memory, const struct tl_match *from, struct tl_match *to)
{
    int has = 1;

    *to = *from;
    to->path = copy_text(memory, from->path, &has);
    to->equals = copy_text(memory, from->equals, &has);
    to->says = copy_text(memory, from->says == NULL ? "a condition" : from->says, &has);
    to->workflow_id = copy_text(memory, from->workflow_id, &has);
    return has;
}

struct tl_mock *tl_mock_when_at(struct tl_mock *mock, const struct tl_match *match, const char *file, int line)
{
    const struct mock_place place = {file, line};
    struct tl_error error;
    struct tl_match copy;

    if (mock == NULL) {
        return NULL;
    }
    struct tl_env *env = mock->type->env;
    const char *fault = match_fault(match, &error);
    if (fault != NULL) {
        mock_refuse(env, place, "a match for %s: %s", mock->type->name, fault);
        return NULL;
    }
    if (!mock_has(env, copy_match(&env->memory, match, &copy) ? mock : NULL)) {
        return NULL;
    }
    struct tl_mock *narrowed = new_mock(mock->type, mock, place);
    if (narrowed != NULL) {
        narrowed->match = copy;
    }
    return narrowed;
}

struct tl_mock *tl_mock_with_at(struct tl_mock *mock, const char *path, const char *json, const char *file, int line)
{
    return tl_mock_when_at(
        mock, &(const struct tl_match){.path = path, .equals = json == NULL ? "null" : json}, file, line);
}
