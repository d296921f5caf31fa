/* SPDX-License-Identifier: MIT */
/* Histories without payloads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/strip.h>

#include "tests/lib/failing_allocator.h"
#include "tests/lib/sample_history.h"

static struct tl_history *sample(const struct tl_history_options *options)
{
    char *text = sample_text(NULL);
    struct tl_history *history = NULL;

    if (tl_history_from_json(tl_bytes_of(text), options, &history, NULL) != TL_OK) {
        history = NULL;
    }
    free(text);
    return history;
}

static void payloads_go_and_the_rest_stays(void **state)
{
    struct tl_history *history = sample(NULL);
    struct tl_history *stripped = NULL;
    char *before = NULL;
    char *after = NULL;

    (void)state;
    assert_int_equal(tl_history_strip(history, &stripped, NULL), TL_OK);
    assert_int_equal(tl_history_to_json(history, &before, NULL, NULL), TL_OK);
    tl_history_unref(history);
    assert_int_equal(tl_history_to_json(stripped, &after, NULL, NULL), TL_OK);
    assert_non_null(strstr(before, "anNvbi9wbGFpbg==")); /* json/plain */
    assert_null(strstr(after, "anNvbi9wbGFpbg=="));
    assert_non_null(strstr(after, "YmluYXJ5L251bGw=")); /* binary/null */
    assert_int_equal(tl_history_length(stripped), 19);
    assert_string_equal(tl_history_workflow_type(stripped), "OrderSaga");
    assert_int_equal(tl_history_check(stripped, NULL), TL_OK);
    tl_text_free(before);
    tl_text_free(after);
    tl_history_unref(stripped);
}

#define MARKER(name, key, data)                                                                                        \
    "{\"events\":[{\"eventId\":\"1\",\"eventType\":\"EVENT_TYPE_MARKER_RECORDED\","                                    \
    "\"markerRecordedEventAttributes\":{\"markerName\":\"" name "\",\"details\":{\"" key                               \
    "\":{\"payloads\":[{\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"},\"data\":\"" data "\"}]}}}}]}"

/* Whether the marker's payload is there after stripping. */
static int survives(const char *text)
{
    struct tl_history *history = NULL;
    struct tl_history *stripped = NULL;
    char *json = NULL;

    assert_int_equal(tl_history_from_json(tl_bytes_of(text), NULL, &history, NULL), TL_OK);
    assert_int_equal(tl_history_strip(history, &stripped, NULL), TL_OK);
    assert_int_equal(tl_history_to_json(stripped, &json, NULL, NULL), TL_OK);
    int there = strstr(json, "anNvbi9wbGFpbg==") != NULL;

    tl_text_free(json);
    tl_history_unref(stripped);
    tl_history_unref(history);
    return there;
}

static void markers_that_replay_needs_are_kept(void **state)
{
    (void)state;
    assert_true(survives(MARKER("core_patch", "patch-data", "eyJpZCI6ImEiLCJkZXByZWNhdGVkIjpmYWxzZX0=")));
    assert_false(survives(MARKER("note", "note", "InNlY3JldCI=")));
}

static void each_allocation_may_fail(void **state)
{
    struct failing_allocator memory;
    size_t nth = 0;

    (void)state;
    do {
        failing_allocator_init(&memory);
        struct tl_history *history = sample(&(struct tl_history_options){.allocator = &memory.allocator});
        struct tl_history *stripped = NULL;

        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        enum tl_status status = tl_history_strip(history, &stripped, NULL);

        assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        tl_history_unref(stripped);
        tl_history_unref(history);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_go_and_the_rest_stays),
        cmocka_unit_test(markers_that_replay_needs_are_kept),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
