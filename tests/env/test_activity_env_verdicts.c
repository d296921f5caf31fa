/* SPDX-License-Identifier: MIT */
/* What a test of an activity by itself may get wrong: each is told once, with what was expected and what was found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/activity_env.h>
#include <timelapse/converter.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static enum tl_status echo(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    *result = input->count == 0 ? (struct tl_payload){0} : input->items[0];
    return TL_OK;
}

static enum tl_status fails(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_fail(activity, "Busy", "no %s", "time");
}

static enum tl_status sleeps(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, TL_NEVER);
}

static enum tl_status beats(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload bytes = tl_payload_binary((struct tl_bytes){(const uint8_t *)"abc", 3});
    const struct tl_payload one = tl_payload_json("1");

    (void)input;
    (void)result;
    TL_IGNORE(tl_heartbeat(activity, NULL));
    TL_IGNORE(tl_heartbeat(activity, TL_ARGS(one)));
    TL_IGNORE(tl_heartbeat(activity, TL_ARGS(bytes)));
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_activity(registry, "Echo", echo);
    tl_register_activity(registry, "Fails", fails);
    tl_register_activity(registry, "Sleeps", sleeps);
    tl_register_activity(registry, "Beats", beats);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_attempt *attempt_of(struct recorder *recorder, const char *type, const char *json)
{
    return tl_env_attempt(recorder->env, type, json, NULL);
}

/* ---- Starting ---- */

static void an_unknown_type_is_named_with_the_nearest(void **state)
{
    struct recorder *recorder = *state;

    attempt_of(recorder, "Ecko", "1");
    assert_reported(recorder, "Ecko");
    assert_contains(recorder->text, "Echo");
}

static void input_that_is_no_json_is_told(void **state)
{
    assert_null(attempt_of(*state, "Echo", "{1"));
    assert_reported((struct recorder *)*state, "the input of the attempt is not JSON: line 1");
}

static void a_field_out_of_range_is_named(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_attempt(recorder->env, "Echo", NULL, &(struct tl_attempt_task){.heartbeat = -1}));
    assert_reported(recorder, "the attempt of Echo cannot be started: heartbeat is negative");
}

static void every_field_is_checked(void **state)
{
    static const struct tl_retry_policy retry = {.maximum_attempts = -1};
    static const struct tl_field twice[] = {{.key = "k"}, {.key = "k"}};
    static const struct {
        struct tl_attempt_task task;
        const char *field;
    } cases[] = {
        {{.activity_id = ""}, "activity_id"},
        {{.workflow_id = "\xff"}, "workflow_id"},
        {{.run_id = ""}, "run_id"},
        {{.workflow_type = ""}, "workflow_type"},
        {{.attempt = -1}, "attempt"},
        {{.scheduled_at = -1}, "scheduled_at"},
        {{.attempt_scheduled_at = -1}, "attempt_scheduled_at"},
        {{.started_at = -1}, "started_at"},
        {{.start_to_close = -1}, "start_to_close"},
        {{.schedule_to_close = TL_DAYS(40000)}, "schedule_to_close"},
        {{.retry = &retry}, "retry.maximum_attempts"},
        {{.priority = {.key = -1}}, "priority.key"},
        {{.headers = twice, .header_count = 2}, "headers"},
    };
    struct recorder *recorder = *state;
    const struct tl_lone_worker_options options = {.registry = tl_env_registry(recorder->env)};
    struct tl_lone_worker *worker = tl_lone_worker_new(tl_env_driver(recorder->env), &options, NULL);

    assert_non_null(worker);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tl_error error = {.status = TL_OK};
        struct tl_lone_attempt *attempt = NULL;

        assert_int_equal(
            tl_lone_worker_start(worker, "Echo", NULL, &cases[i].task, &attempt, &error), TL_INVALID_ARGUMENT);
        assert_null(attempt);
        assert_memory_equal(error.field, cases[i].field, strlen(cases[i].field));
    }
    tl_lone_worker_free(worker);
}

static void options_of_a_lone_worker_are_checked(void **state)
{
    struct recorder *recorder = *state;
    struct tl_registry *registry = tl_env_registry(recorder->env);
    const struct {
        struct tl_lone_worker_options options;
        const char *field;
    } cases[] = {
        {{0}, "registry"},
        {{.registry = registry, .name_space = ""}, "name_space"},
        {{.registry = registry, .task_queue = ""}, "task_queue"},
        {{.registry = registry, .coroutine_stack = 1}, "coroutine_stack"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tl_error error = {.status = TL_OK};

        assert_null(tl_lone_worker_new(tl_env_driver(recorder->env), &cases[i].options, &error));
        assert_string_equal(error.field, cases[i].field);
    }
}

/* ---- Asking it to stop ---- */

static void no_reason_is_none(void **state)
{
    tl_attempt_cancel(attempt_of(*state, "Sleeps", NULL), TL_ACTIVITY_NOT_CANCELED);
    assert_reported((struct recorder *)*state, "an attempt cannot be asked to stop for no reason");
}

static void a_negative_delay_is_told(void **state)
{
    tl_attempt_cancel_after(attempt_of(*state, "Sleeps", NULL), -1, TL_ACTIVITY_RESET);
    assert_reported((struct recorder *)*state, "tl_attempt_cancel_after: the delay is negative");
}

static void heartbeats_bring_no_shutdown(void **state)
{
    tl_attempt_answer_heartbeats(attempt_of(*state, "Sleeps", NULL), TL_ACTIVITY_WORKER_SHUTDOWN);
    assert_reported((struct recorder *)*state, "no answer to a heartbeat says \"worker shutdown\"");
}

/* ---- Assertions ---- */

static void another_result_is_shown(void **state)
{
    tl_assert_attempt_result(attempt_of(*state, "Echo", "{\"a\": 1}"), "{\"a\": 2}");
    assert_reported(
        (struct recorder *)*state, "expected: completed with {\"a\": 2}\n   found: completed with {\"a\": 1}");
}

static void a_failure_is_shown_where_a_result_was_expected(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_attempt_completed(attempt_of(recorder, "Fails", NULL));
    assert_reported(recorder, "the attempt of Fails did not end as expected\nexpected: completed\n   found: failed");
    assert_contains(recorder->text, "Busy: no time");
    assert_string_equal(recorder->file, __FILE__);
}

static void another_type_of_failure_is_shown(void **state)
{
    tl_assert_attempt_failed(attempt_of(*state, "Fails", NULL), "Lazy");
    assert_reported((struct recorder *)*state, "expected: failed with Lazy\n   found: failed: Busy");
}

static void an_end_of_another_kind_is_shown(void **state)
{
    tl_assert_attempt_canceled(attempt_of(*state, "Echo", NULL));
    assert_reported((struct recorder *)*state, "expected: canceled\n   found: completed");
}

static void what_completes_is_not_left_to_others(void **state)
{
    tl_assert_attempt_completes_later(attempt_of(*state, "Fails", NULL));
    assert_reported((struct recorder *)*state, "expected: completes later\n   found: failed: Busy");
}

static void a_result_left_alone_is_null(void **state)
{
    tl_assert_attempt_result(attempt_of(*state, "Echo", NULL), "null");
    assert_quiet((struct recorder *)*state);
}

static void an_expectation_that_is_no_json_is_told(void **state)
{
    tl_assert_attempt_result(attempt_of(*state, "Echo", "1"), "{");
    assert_reported((struct recorder *)*state, "what is expected cannot be compared");
}

static void heartbeats_that_differ_are_shown(void **state)
{
    struct tl_attempt *attempt = attempt_of(*state, "Beats", NULL);

    tl_assert_heartbeats(attempt, TL_HEARTBEATS_RAW, "[null, 1, \"(3 bytes that are no JSON)\"]");
    assert_quiet((struct recorder *)*state);
    tl_assert_heartbeats(attempt, TL_HEARTBEATS_SENT, "[null, 1]");
    assert_reported((struct recorder *)*state, "expected: [null, 1]\n   found: [null]");
}

static void an_attempt_that_never_ends_is_told_with_what_it_waits_for(void **state)
{
    struct recorder *recorder = *state;

    assert_int_equal(tl_attempt_result(attempt_of(recorder, "Sleeps", NULL), NULL), TL_VERDICT);
    assert_reported(recorder, "blocked for ever");
    assert_contains(recorder->text, "workflow Sleeps: sleep");
}

static void nothing_says_nothing(void **state)
{
    (void)state;
    tl_attempt_cancel(NULL, TL_ACTIVITY_RESET);
    tl_attempt_cancel_after(NULL, 1, TL_ACTIVITY_RESET);
    tl_attempt_answer_heartbeats(NULL, TL_ACTIVITY_RESET);
    tl_assert_attempt_completed(NULL);
    tl_assert_heartbeats(NULL, TL_HEARTBEATS_RAW, "[]");
    assert_int_equal(tl_attempt_runs(NULL), 0);
    assert_int_equal(tl_attempt_result(NULL, NULL), TL_VERDICT);
    assert_null(tl_attempt_failure(NULL));
    assert_int_equal(tl_attempt_details(NULL).count, 0);
    assert_int_equal(tl_attempt_heartbeats(NULL, TL_HEARTBEATS_SENT), 0);
    assert_null(tl_attempt_heartbeat(NULL, TL_HEARTBEATS_RAW, 0));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_type_is_named_with_the_nearest),
        TEST(input_that_is_no_json_is_told),
        TEST(a_field_out_of_range_is_named),
        TEST(every_field_is_checked),
        TEST(options_of_a_lone_worker_are_checked),
        TEST(no_reason_is_none),
        TEST(a_negative_delay_is_told),
        TEST(heartbeats_bring_no_shutdown),
        TEST(another_result_is_shown),
        TEST(a_failure_is_shown_where_a_result_was_expected),
        TEST(another_type_of_failure_is_shown),
        TEST(an_end_of_another_kind_is_shown),
        TEST(what_completes_is_not_left_to_others),
        TEST(a_result_left_alone_is_null),
        TEST(an_expectation_that_is_no_json_is_told),
        TEST(heartbeats_that_differ_are_shown),
        TEST(an_attempt_that_never_ends_is_told_with_what_it_waits_for),
        TEST(nothing_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
