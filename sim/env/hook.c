/* SPDX-License-Identifier: MIT */
/* Callbacks of the test: when they are due, and calling them between two steps. */
#include <stdio.h>
#include <string.h>

#include "sim/env/environment.h"
#include "sim/env/nearest.h"
#include "sim/env/view.h"

struct tl_env_hook {
    struct tl_env *env;
    struct tl_env_hook *next;
    struct tl_env_hook *next_due;
    int is_due;
    int optional;
    size_t calls;
    tl_env_hook_fn *callback;
    void *user;
    struct tl_alarm *alarm; /* of one at a time; else NULL */
    tl_duration at;
    struct tl_event_filter filter;
    size_t seen; /* events that matched */
};

void env_hooks_init(struct env_hooks *hooks)
{
    hooks->tail = &hooks->all;
    hooks->due_tail = &hooks->due;
}

static void make_due(struct tl_env_hook *hook)
{
    struct env_hooks *hooks = &hook->env->hooks;

    if (!hook->is_due) {
        hook->is_due = 1;
        hook->next_due = NULL;
        *hooks->due_tail = hook;
        hooks->due_tail = &hook->next_due;
    }
}

/* Its calls stand elsewhere than the wait of the test, which goes on behind it. */
static void call(struct tl_env *env, struct tl_env_hook *hook)
{
    const struct mock_place place = env->places.test;
    const char *file = env->file;
    int line = env->line;

    env->hooks.calling = 1;
    hook->callback(env, hook->user);
    env->hooks.calling = 0;
    env->places.test = place;
    env->file = file;
    env->line = line;
}

void env_hooks_run(struct tl_env *env)
{
    struct env_hooks *hooks = &env->hooks;

    while (hooks->due != NULL && !hooks->calling && tl_driver_verdict(env->driver) == NULL) {
        struct tl_env_hook *hook = hooks->due;

        hooks->due = hook->next_due;
        if (hooks->due == NULL) {
            hooks->due_tail = &hooks->due;
        }
        hook->is_due = 0;
        hook->calls++;
        call(env, hook);
    }
}

/* ---- Making ---- */

static struct tl_env_hook *make_hook(struct tl_env *env, tl_env_hook_fn *callback, void *user)
{
    struct tl_env_hook *hook = env_alloc(&env->memory, sizeof *hook);

    if (hook == NULL) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
        return NULL;
    }
    hook->env = env;
    hook->callback = callback;
    hook->user = user;
    return hook;
}

static int is_callback(struct tl_env *env, const char *function, tl_env_hook_fn *callback)
{
    if (callback == NULL) {
        env_fail(env, TL_VERDICT, "%s: there is no function to be called back", function);
    }
    return callback != NULL;
}

static void append(struct tl_env_hook *hook)
{
    *hook->env->hooks.tail = hook;
    hook->env->hooks.tail = &hook->next;
}

static void ring(void *user)
{
    make_due(user);
}

struct tl_env_hook *(tl_env_at)(struct tl_env *env, tl_duration at, tl_env_hook_fn *callback, void *user)
{
    tl_time time;

    if (!env_enter(env, __func__)) {
        return NULL;
    }
    if (!is_callback(env, __func__, callback)) {
        return NULL;
    }
    if (__builtin_add_overflow(env->start_time, at, &time) || time < tl_driver_now(env->driver)) {
        report_text_reset(&env->answer);
        report_text_add(&env->answer, "tl_env_at: +");
        report_text_add_duration(&env->answer, at);
        report_text_add(&env->answer, " has passed, or never comes; it is ");
        env_add_moment(env, &env->answer, tl_driver_now(env->driver));
        env_fail(env, TL_VERDICT, "%s", report_text_get(&env->answer));
        return NULL;
    }
    struct tl_env_hook *hook = make_hook(env, callback, user);
    if (hook == NULL) {
        return NULL;
    }
    hook->at = at;
    hook->alarm = tl_alarm_new(env->driver, "the test is called back", ring, hook);
    if (hook->alarm == NULL || tl_alarm_set(hook->alarm, time) != TL_OK) {
        tl_alarm_free(hook->alarm);
        env_fail(env, TL_NO_MEMORY, "out of memory");
        return NULL;
    }
    append(hook);
    return hook;
}

/* ---- On events ---- */

static int matches(const struct tl_event_filter *filter, const struct tl_trace_event *event)
{
    return event->kind == filter->kind &&
           (filter->workflow_id == NULL || strcmp(filter->workflow_id, event->workflow_id) == 0) &&
           (filter->name == NULL || strcmp(filter->name, event->name) == 0);
}

static void on_event(void *user, const struct tl_trace_event *event)
{
    struct tl_env *env = user;

    for (struct tl_env_hook *hook = env->hooks.all; hook != NULL; hook = hook->next) {
        if (hook->alarm != NULL || !matches(&hook->filter, event)) {
            continue;
        }
        size_t nth = hook->filter.nth == 0 ? 1 : hook->filter.nth;
        hook->seen++;
        if (hook->seen == nth || (hook->filter.every && hook->seen > nth)) {
            make_due(hook);
        }
    }
}

static int listen(struct tl_env *env)
{
    const struct tl_sink sink = {.on_event = on_event, .user = env, .mask = TL_TRACE_ALL};

    if (!env->hooks.listening) {
        env->hooks.listening = tl_driver_add_sink(env->driver, &sink) == TL_OK;
    }
    if (!env->hooks.listening) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
    }
    return env->hooks.listening;
}

static int is_sound(struct tl_env *env, const struct tl_event_filter *filter)
{
    struct nearest nearest;

    if (filter == NULL) {
        env_fail(env, TL_VERDICT, "tl_env_on_event: there is no filter that says which event");
        return 0;
    }
    if ((unsigned)filter->kind >= TL_TRACE_KINDS) {
        env_fail(env, TL_VERDICT, "tl_env_on_event: there is no such kind of event");
        return 0;
    }
    if (filter->kind != TL_TRACE_SERVICE_EVENT_ADDED || filter->name == NULL) {
        return 1;
    }
    nearest_init(&nearest, filter->name);
    if (event_type_is_known(filter->name, &nearest)) {
        return 1;
    }
    env_fail(
        env,
        TL_VERDICT,
        "tl_env_on_event: no event is a %s%s%s%s",
        filter->name,
        nearest.name == NULL ? "" : "; did you mean ",
        nearest.name == NULL ? "" : nearest.name,
        nearest.name == NULL ? "" : "?");
    return 0;
}

struct tl_env_hook *(
    tl_env_on_event)(struct tl_env *env, const struct tl_event_filter *filter, tl_env_hook_fn *callback, void *user)
{
    if (!env_enter(env, __func__) || !is_callback(env, __func__, callback) || !is_sound(env, filter) || !listen(env)) {
        return NULL;
    }
    struct tl_env_hook *hook = make_hook(env, callback, user);
    if (hook == NULL) {
        return NULL;
    }
    hook->filter = *filter;
    hook->filter.workflow_id = env_strdup(&env->memory, filter->workflow_id);
    hook->filter.name = env_strdup(&env->memory, filter->name);
    if ((filter->workflow_id != NULL && hook->filter.workflow_id == NULL) ||
        (filter->name != NULL && hook->filter.name == NULL)) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
        return NULL;
    }
    append(hook);
    return hook;
}

void tl_env_watch(struct tl_env *env, uint64_t mask, tl_env_watch_fn *watch, void *user)
{
    const struct tl_sink sink = {.on_event = watch, .user = user, .mask = mask};

    if (env_enter(env, __func__) && tl_driver_add_sink(env->driver, &sink) != TL_OK) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
    }
}

/* ---- Those that were not called ---- */

void tl_env_hook_optional(struct tl_env_hook *hook)
{
    if (hook != NULL) {
        hook->optional = 1;
    }
}

size_t tl_env_hook_calls(const struct tl_env_hook *hook)
{
    return hook->calls;
}

static void add_unmet(const struct tl_env_hook *hook, struct report_text *text)
{
    if (hook->alarm != NULL) {
        report_text_add(text, "  at +");
        report_text_add_duration(text, hook->at);
        report_text_add(text, ": time did not come there\n");
        return;
    }
    report_text_format(
        text,
        "  on %s%s%s: %zu came\n",
        tl_trace_kind_text(hook->filter.kind),
        hook->filter.name == NULL ? "" : " ",
        hook->filter.name == NULL ? "" : hook->filter.name,
        hook->seen);
}

size_t env_hooks_unmet(struct tl_env *env, struct report_text *text)
{
    size_t count = 0;

    for (struct tl_env_hook *hook = env->hooks.all; hook != NULL; hook = hook->next) {
        if (hook->calls == 0 && !hook->optional) {
            add_unmet(hook, text);
            count++;
        }
    }
    return count;
}

void env_hooks_done(struct tl_env *env)
{
    for (struct tl_env_hook *hook = env->hooks.all; hook != NULL; hook = hook->next) {
        tl_alarm_free(hook->alarm);
    }
}
