/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/scenarios/judged.h"
#include "tests/scenarios/memory.h"

#define LONGEST_WAIT TL_MINUTES(2) /* for a real server, whose time is skipped as well */

static int is_elsewhere; /* the environment stands on a real server */

static const struct tl_retry_policy no_retry = {.maximum_attempts = 1};

const struct tl_activity_options scenario_patient = {.start_to_close = TL_SECONDS(10)};
const struct tl_activity_options scenario_once = {.start_to_close = TL_SECONDS(10), .retry = &no_retry};

/* The real ones, here alone. */
#undef tl_cmocka_setup
#undef tl_cmocka_teardown

/* ---- The test that runs: each is given its name as its first state ---- */

static const struct CMUnitTest *group;
static size_t group_count;

static void tell_test(const void *state)
{
    for (size_t i = 0; i < group_count; i++) {
        if (group[i].name == state) {
            judged_test(group[i].name);
        }
    }
}

static int run_named(const char *name, const struct CMUnitTest *tests, size_t count)
{
    struct CMUnitTest *named = calloc(count, sizeof *named);
    size_t kept = 0;

    if (named == NULL) {
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        const union {
            const char *text;
            void *state;
        } first = {tests[i].name};

        if (!judged_skips(tests[i].name)) {
            named[kept] = tests[i];
            if (tests[i].setup_func != NULL && tests[i].initial_state == NULL) {
                named[kept].initial_state = first.state;
            }
            kept++;
        }
    }
    group = named;
    group_count = kept;
    int failed = (_cmocka_run_group_tests)(name, named, kept, NULL, NULL);
    group_count = 0;
    free(named);
    return failed;
}

/* ---- Life ---- */

int scenario_setup(void **state, const struct tl_env_options *options)
{
    if (!memory_variant()) {
        struct tl_env_options judged = *options;

        tell_test(*state);
        judged.elsewhere = judged_elsewhere();
        is_elsewhere = judged.elsewhere != NULL;
        judged.wall_time = is_elsewhere && judged.wall_time == 0 ? LONGEST_WAIT : judged.wall_time;
        int result = tl_cmocka_setup(state, &judged);
        if (result == 0) {
            judged_begin(*state);
        }
        return result;
    }
    const struct tl_env_options changed = memory_options(options);
    int result = tl_cmocka_setup(state, &changed);
    memory_made(result == 0 ? *state : NULL);
    return result;
}

int scenario_teardown(void **state)
{
    if (memory_variant()) {
        memory_look_at(*state);
    } else {
        judged_end(*state);
    }
    return tl_cmocka_teardown(state);
}

int scenario_run_tests(const char *name, const struct CMUnitTest *tests, size_t count)
{
    return memory_variant() ? memory_run_tests(tests, count) : run_named(name, tests, count);
}

struct tl_handle *scenario_start(struct tl_env *env, const char *type, const char *input_json)
{
    return tl_env_start(env, type, "w", input_json, NULL);
}

/* ---- Events, read out of the exported history ---- */

#define TYPE_KEY     "\"eventType\": \"EVENT_TYPE_"
#define TIME_SKIPPED "WorkflowExecutionTimeSkippingTransitioned" /* no part of what is expected */
#define TIME_KEY     "\"eventTime\": \""
#define NAME_SIZE    64
#define MOST_EVENTS  10000

struct event {
    char type[NAME_SIZE]; /* "TimerFired" */
    tl_duration at;       /* since the start of the environment */
};

static struct event events[MOST_EVENTS];

/* "TIMER_FIRED" gives "TimerFired". */
static void read_type(const char *from, char *to)
{
    char previous = '_';

    while (*from != '"') {
        if (previous == '_') {
            *to++ = *from;
        } else if (*from != '_') {
            *to++ = (char)(*from | 0x20); /* a small letter; digits stay */
        }
        previous = *from++;
    }
    *to = '\0';
}

/* The number at *text, which one more character follows. */
static long take_number(const char **text)
{
    char *end;
    long number = strtol(*text, &end, 10);

    assert_ptr_not_equal(end, *text);
    *text = end + 1;
    return number;
}

/* "2020-01-01T00:00:01.5Z", to the nanosecond. */
static tl_time read_time(const char *text)
{
    struct tm date = {0};
    char *end;

    date.tm_year = (int)take_number(&text) - 1900;
    date.tm_mon = (int)take_number(&text) - 1;
    date.tm_mday = (int)take_number(&text);
    date.tm_hour = (int)take_number(&text);
    date.tm_min = (int)take_number(&text);
    double seconds = strtod(text, &end);
    assert_int_equal(*end, 'Z');
    return TL_SECONDS(timegm(&date)) + (tl_duration)(seconds * 1e9 + 0.5);
}

/* Fills `events`; how many there are. */
static size_t read_events(struct tl_env *env, struct tl_handle *run)
{
    struct tl_history *history = tl_env_history(env, run);
    tl_time start = tl_env_now(env) - tl_env_elapsed(env);
    size_t count = 0;
    size_t len;
    char *json;

    assert_non_null(history);
    assert_int_equal(tl_history_to_json(history, &json, &len, NULL), TL_OK);
    tl_history_unref(history);
    for (const char *at = strstr(json, TIME_KEY); at != NULL; at = strstr(at + 1, TIME_KEY)) {
        const char *type = strstr(at, TYPE_KEY);

        assert_non_null(type);
        assert_true(count < MOST_EVENTS);
        events[count].at = read_time(at + strlen(TIME_KEY)) - start;
        read_type(type + strlen(TYPE_KEY), events[count].type);
        count += strcmp(events[count].type, TIME_SKIPPED) != 0;
    }
    tl_text_free(json);
    return count;
}

/* How many events `names` abbreviates, beginning with the one at `at`; 0: it does not fit. */
static size_t abbreviate(size_t at, size_t event_count, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (at + i >= event_count || strcmp(events[at + i].type, names[i]) != 0) {
            return 0;
        }
    }
    return count;
}

/* "T", "A" or the type of the event at `at`; how many events that stands for. */
static size_t word_at(size_t at, size_t count, char *word, size_t size)
{
    static const char *const task[] = {"WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"};
    static const char *const activity[] = {"ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted"};
    size_t taken = abbreviate(at, count, task, 3);

    (void)snprintf(word, size, "%s", "T");
    if (taken == 0) {
        taken = abbreviate(at, count, activity, 3);
        (void)snprintf(word, size, "%s", "A");
    }
    if (taken == 0) {
        (void)snprintf(word, size, "%s", events[at].type);
        taken = 1;
    }
    return taken;
}

void scenario_assert_events(struct tl_env *env, struct tl_handle *run, const char *expected, const char *file, int line)
{
    char found[16 * 1024] = "";
    char wanted[sizeof found] = "";
    char copy[sizeof found];
    char word[NAME_SIZE];
    size_t count = read_events(env, run);
    size_t len = 0;

    for (size_t at = 0; at < count && len < sizeof found - sizeof word;) {
        at += word_at(at, count, word, sizeof word);
        len += (size_t)snprintf(found + len, sizeof found - len, "%s\n", word);
    }
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
    size_t event_count = read_events(env, run);
    size_t count = 0;

    for (size_t i = 0; i < event_count; i++) {
        count += strcmp(events[i].type, type) == 0;
    }
    return count;
}

tl_duration scenario_time_of(struct tl_env *env, struct tl_handle *run, const char *type)
{
    size_t count = read_events(env, run);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(events[i].type, type) == 0) {
            return events[i].at;
        }
    }
    return -1;
}

void scenario_assert_says(struct tl_env *env, struct tl_handle *run, const char *words, const char *file, int line)
{
    struct tl_history *history = tl_env_history(env, run);
    char *json;

    assert_non_null(history);
    assert_int_equal(tl_history_to_json(history, &json, NULL, NULL), TL_OK);
    tl_history_unref(history);
    int says = strstr(json, words) != NULL;

    if (!says) {
        print_error("\"%s\" is not in\n%s\n", words, json);
    }
    tl_text_free(json);
    if (!says) {
        _fail(file, line);
    }
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

void scenario_assert_recorded(struct tl_env *env, struct tl_handle *run, const char *path, const char *file, int line)
{
    if (is_elsewhere) {
        (tl_env_run_until_closed)(env, run); /* histories are compared with the simulator's own, not with recordings */
    } else {
        tl_env_assert_recorded(env, run, path, file, line);
    }
}
