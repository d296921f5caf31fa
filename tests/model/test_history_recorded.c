/* SPDX-License-Identifier: MIT */
/*
 * Histories that real servers wrote, recorded for the replay tests of the Go SDK. They are not part of the
 * project: TIMELAPSE_HISTORIES names their folder, and without it these tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/history.h"
#include "model/message.h"

#define FILES 64

static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Calls `visit` with every file, in the order of their names. */
static void each_file(void (*visit)(const char *path, void *user), void *user)
{
    const char *folder = getenv("TIMELAPSE_HISTORIES");
    char pattern[4096];
    glob_t files;

    if (folder == NULL || folder[0] == '\0') {
        skip();
    }
    snprintf(pattern, sizeof(pattern), "%s/*.json", folder);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    assert_int_equal(files.gl_pathc, FILES);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        visit(files.gl_pathv[i], user);
    }
    globfree(&files);
}

static struct tl_history *read_file(const char *path)
{
    struct tl_history *history = NULL;
    struct tl_error error;

    if (tl_history_from_file(path, NULL, &history, &error) != TL_OK) {
        fail_msg("%s:%d:%d: %s: %s", path, error.line, error.column, error.field, error.message);
    }
    return history;
}

/* Two of them hold an event of a type that nobody knows. */
static bool has_unknown_event(const char *path)
{
    return strcmp(name_of(path), "workflow_with_unknown_event.json") == 0 ||
           strcmp(name_of(path), "workflow_with_bad_unknown_event.json") == 0;
}

static bool may_not_be_ignored(const char *path)
{
    return strcmp(name_of(path), "workflow_with_bad_unknown_event.json") == 0;
}

static void write_and_read_again(const char *path, void *user)
{
    if (has_unknown_event(path)) {
        return;
    }
    struct tl_history *history = read_file(path);
    const struct tl_history_options strict = {.refuse_unknown_fields = 1};
    struct tl_history *again = NULL;
    char *text = NULL;
    size_t len = 0;
    char difference[256];

    assert_int_equal(tl_history_to_json(history, &text, &len, NULL), TL_OK);
    assert_int_equal(tl_history_from_json((struct tl_bytes){(uint8_t *)text, len}, &strict, &again, NULL), TL_OK);
    assert_int_equal(again->count, history->count);
    for (size_t i = 0; i < history->count; i++) {
        if (!message_equal(history->events[i], again->events[i], difference, sizeof(difference))) {
            fail_msg("%s: events[%zu].%s", path, i, difference);
        }
    }
    (*(int *)user)++;
    tl_text_free(text);
    tl_history_unref(again);
    tl_history_unref(history);
}

static void sixty_two_come_back_equal(void **state)
{
    int count = 0;

    (void)state;
    each_file(write_and_read_again, &count);
    assert_int_equal(count, 62);
}

static void read_unknown(const char *path, void *user)
{
    struct tl_history *history = NULL;
    struct tl_error error = {0};

    if (!has_unknown_event(path)) {
        return;
    }
    if (may_not_be_ignored(path)) {
        assert_int_equal(tl_history_from_file(path, NULL, &history, &error), TL_MALFORMED);
        assert_non_null(strstr(error.message, "event 23 is of the unknown type \"UnknownEvent\""));
    } else {
        history = read_file(path);
        assert_int_equal(history->events[22]->event_id, 23);
        assert_int_equal(history->events[22]->event_type, EVENT_TYPE_UNSPECIFIED);
        tl_history_unref(history);
    }
    (*(int *)user)++;
}

static void two_hold_an_unknown_event(void **state)
{
    int count = 0;

    (void)state;
    each_file(read_unknown, &count);
    assert_int_equal(count, 2);
}

/* Those that were altered by hand after a server had written them, so that no server could have. */
static const char *const altered[][2] = {
    {"child-workflow-cancel-with-update.json",
     "event 12 (ActivityTaskScheduled): workflow_task_completed_event_id is 17"},
    {"replay-tests-cancel-order-timer-resolved.json",
     "event 11 (ActivityTaskScheduled): workflow_task_completed_event_id is 9"},
    {"unhandled_cmd_timer_cancel.json", "event 12 (WorkflowTaskTimedOut): its time lies before"},
};

static const char *alteration_of(const char *path)
{
    for (size_t i = 0; i < COUNT_OF(altered); i++) {
        if (strcmp(name_of(path), altered[i][0]) == 0) {
            return altered[i][1];
        }
    }
    return NULL;
}

static void check_file(const char *path, void *user)
{
    const char *alteration = alteration_of(path);
    struct tl_error error = {0};

    if (may_not_be_ignored(path)) {
        return;
    }
    struct tl_history *history = read_file(path);
    enum tl_status status = tl_history_check(history, &error);

    if (alteration == NULL && status != TL_OK) {
        fail_msg("%s: %s", path, error.message);
    }
    if (alteration != NULL) {
        assert_int_equal(status, TL_MALFORMED);
        assert_memory_equal(error.message, alteration, strlen(alteration));
    }
    *(int *)user += status == TL_OK;
    tl_history_unref(history);
}

static void all_but_three_altered_ones_are_well_formed(void **state)
{
    int count = 0;

    (void)state;
    each_file(check_file, &count);
    assert_int_equal(count, 60);
}

/* Without one of its events, each is refused; the last may be missing, as in a run that goes on. */
static void check_without_an_event(const char *path, void *user)
{
    if (may_not_be_ignored(path) || alteration_of(path) != NULL) {
        return;
    }
    struct tl_history *history = read_file(path);

    for (size_t left_out = 0; left_out + 1 < history->count && left_out < 40; left_out++) {
        struct tl_history rest = *history;
        Pb__HistoryEvent **events = calloc(history->count, sizeof(*events));

        for (size_t i = 0; i + 1 < history->count; i++) {
            events[i] = history->events[i < left_out ? i : i + 1];
        }
        rest.events = events;
        rest.count--;
        assert_int_equal(tl_history_check(&rest, NULL), TL_MALFORMED);
        free(events);
        (*(int *)user)++;
    }
    tl_history_unref(history);
}

static void none_is_well_formed_without_one_of_its_events(void **state)
{
    int count = 0;

    (void)state;
    each_file(check_without_an_event, &count);
    assert_true(count > 500);
}

static void show_and_compare(const char *path, void *user)
{
    if (may_not_be_ignored(path)) {
        return;
    }
    struct tl_history *history = read_file(path);
    struct tl_history *again = read_file(path);
    char *text = NULL;
    size_t lines = 0;

    assert_int_equal(tl_history_show(history, &text, NULL), TL_OK);
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, history->count);
    assert_int_equal(tl_history_compare(history, again, NULL), TL_OK);
    (*(int *)user)++;
    tl_text_free(text);
    tl_history_unref(again);
    tl_history_unref(history);
}

static void all_can_be_shown_and_equal_themselves(void **state)
{
    int count = 0;

    (void)state;
    each_file(show_and_compare, &count);
    assert_int_equal(count, 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixty_two_come_back_equal),
        cmocka_unit_test(two_hold_an_unknown_event),
        cmocka_unit_test(all_but_three_altered_ones_are_well_formed),
        cmocka_unit_test(none_is_well_formed_without_one_of_its_events),
        cmocka_unit_test(all_can_be_shown_and_equal_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
