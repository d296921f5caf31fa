/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/event.h"
#include "model/history.h"

static const struct tl_retry_policy no_retry = {.maximum_attempts = 1};

const struct tl_activity_options scenario_patient = {.start_to_close = TL_SECONDS(10)};
const struct tl_activity_options scenario_once = {.start_to_close = TL_SECONDS(10), .retry = &no_retry};

struct tl_handle *scenario_start(struct tl_env *env, const char *type, const char *input_json)
{
    return tl_env_start(env, type, "w", input_json, NULL);
}

static struct tl_history *history_of(struct tl_env *env, struct tl_handle *run)
{
    struct tl_history *history = tl_env_history(env, run);

    assert_non_null(history);
    return history;
}

/* Writes the types of a run of events, abbreviated where `names` fits; how many events it took. */
static size_t abbreviate(const struct tl_history *history, size_t at, const char *const *names, size_t count)
{
    char name[EVENT_TYPE_NAME_SIZE];

    for (size_t i = 0; i < count; i++) {
        if (at + i >= history->count ||
            strcmp(event_type_name(history->events[at + i]->event_type, name, sizeof name), names[i]) != 0) {
            return 0;
        }
    }
    return count;
}

/* "T", "A" or the type of the event at `at`; how many events that stands for. */
static size_t word_at(const struct tl_history *history, size_t at, char *word, size_t size)
{
    static const char *const task[] = {"WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"};
    static const char *const activity[] = {"ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted"};
    char name[EVENT_TYPE_NAME_SIZE];
    size_t taken = abbreviate(history, at, task, 3);

    (void)snprintf(word, size, "%s", "T");
    if (taken == 0) {
        taken = abbreviate(history, at, activity, 3);
        (void)snprintf(word, size, "%s", "A");
    }
    if (taken == 0) {
        (void)snprintf(word, size, "%s", event_type_name(history->events[at]->event_type, name, sizeof name));
        taken = 1;
    }
    return taken;
}

void scenario_assert_events(struct tl_env *env, struct tl_handle *run, const char *expected, const char *file, int line)
{
    char found[16 * 1024] = "";
    char wanted[sizeof found] = "";
    char copy[sizeof found];
    char word[EVENT_TYPE_NAME_SIZE];
    struct tl_history *history = history_of(env, run);
    size_t len = 0;

    for (size_t at = 0; at < history->count && len < sizeof found - sizeof word;) {
        at += word_at(history, at, word, sizeof word);
        len += (size_t)snprintf(found + len, sizeof found - len, "%s\n", word);
    }
    tl_history_unref(history);
    (void)snprintf(copy, sizeof copy, "%s", expected);
    len = 0;
    for (char *rest = NULL, *next = strtok_r(copy, " \n", &rest); next != NULL; next = strtok_r(NULL, " \n", &rest)) {
        len += (size_t)snprintf(wanted + len, sizeof wanted - len, "%s\n", next);
    }
    if (strcmp(found, wanted) != 0) {
        print_error("expected:\n%sfound:\n%s%s\n", wanted, found, tl_env_timeline(env, run));
        _fail(file, line);
    }
}

size_t scenario_count_events(struct tl_env *env, struct tl_handle *run, const char *type)
{
    char name[EVENT_TYPE_NAME_SIZE];
    struct tl_history *history = history_of(env, run);
    size_t count = 0;

    for (size_t i = 0; i < history->count; i++) {
        count += strcmp(event_type_name(history->events[i]->event_type, name, sizeof name), type) == 0;
    }
    tl_history_unref(history);
    return count;
}

tl_duration scenario_time_of(struct tl_env *env, struct tl_handle *run, const char *type)
{
    char name[EVENT_TYPE_NAME_SIZE];
    struct tl_history *history = history_of(env, run);
    tl_time start = tl_env_now(env) - tl_env_elapsed(env);
    tl_duration time = -1;

    for (size_t i = 0; i < history->count && time < 0; i++) {
        if (strcmp(event_type_name(history->events[i]->event_type, name, sizeof name), type) == 0) {
            time = pb_time(history->events[i]->event_time) - start;
        }
    }
    tl_history_unref(history);
    return time;
}

void scenario_assert_result(struct tl_env *env, struct tl_handle *run, const char *format, ...)
{
    char json[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(json, sizeof json, format, args);
    va_end(args);
    tl_assert_result(env, run, json);
}
