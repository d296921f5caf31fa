/* SPDX-License-Identifier: MIT */
/* An activity by itself: its task made up, its heartbeats seen, its end known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity_env.h>
#include <timelapse/converter.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static int pool = 7;

/* ---- Activities ---- */

static enum tl_status greet(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    if (input->count == 0) {
        return tl_activity_fail(activity, "NoName", "nobody to greet");
    }
    *result = input->items[0];
    return TL_OK;
}

/* Ten steps of a second, resumed where the attempt before stopped. */
static enum tl_status works(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads left = tl_heartbeat_details(activity);
    int64_t done = 0;

    (void)input;
    if (left.count > 0 && tl_json_get_int(&left.items[0], NULL, &done, NULL) != TL_OK) {
        return tl_activity_fail(activity, "BadDetails", "no number");
    }
    while (done < 10) {
        char text[16];

        (void)snprintf(text, sizeof text, "%d", (int)++done);
        const struct tl_payload step = tl_payload_json(text);
        if (tl_heartbeat(activity, TL_ARGS(step)) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(1)) != TL_OK) {
            return tl_activity_canceled(activity, TL_ARGS(step));
        }
    }
    return tl_activity_result_text(activity, result, "%d", (int)done);
}

/* Sleeps long and tells why it was woken. */
static enum tl_status
tells_why(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    if (tl_activity_sleep(activity, TL_DAYS(1)) == TL_OK) {
        return tl_activity_result_text(activity, result, "\"not canceled\"");
    }
    return tl_activity_result_text(
        activity, result, "\"%s\"", tl_activity_cancel_reason_name(tl_activity_cancel_reason(activity)));
}

static enum tl_status gives_in(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, TL_DAYS(1));
}

static enum tl_status
looks_around(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);
    const struct tl_payload *header = tl_activity_header(activity, "trace");

    (void)input;
    assert_int_equal(*(int *)tl_activity_user(activity), 7);
    assert_string_equal(info->task_queue, "test");
    assert_string_equal(info->name_space, "default");
    assert_non_null(header);
    assert_memory_equal(header->data.data, "\"t1\"", 4);
    return tl_activity_result_text(
        activity,
        result,
        "[\"%s\", \"%s\", \"%s\", \"%s\", \"%s\", \"%s\", %d, %lld, %d, %d, \"%s\"]",
        info->activity_type,
        info->activity_id,
        info->workflow_id,
        info->run_id,
        info->workflow_type,
        info->idempotency_key,
        (int)info->attempt,
        (long long)((info->deadline - tl_activity_now(activity)) / TL_SECONDS(1)),
        (int)info->retry->maximum_attempts,
        (int)info->priority.key,
        info->priority.fairness_key);
}

static enum tl_status
leaves_it(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_COMPLETES_LATER;
}

static enum tl_status asserts(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    assert_int_equal(tl_activity_info(activity)->attempt, 4);
    return TL_OK;
}

/* Asks whether a workflow runs, with the client that its user pointer is. */
static enum tl_status asks(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_env *env = *(struct tl_env **)tl_activity_user(activity);
    struct tl_error error;
    struct tl_handle *handle = tl_client_handle(tl_env_client(env), "nobody", NULL);
    enum tl_status status = tl_handle_signal(handle, "hello", NULL, &error);

    (void)input;
    return tl_activity_result_text(activity, result, "\"%s\"", tl_status_name(status));
}

static struct tl_env *asked;

static void register_all(struct tl_registry *registry)
{
    tl_register_activity(registry, "Greet", greet);
    tl_register_activity(registry, "Works", works);
    tl_register_activity(registry, "TellsWhy", tells_why);
    tl_register_activity(registry, "GivesIn", gives_in);
    tl_register_activity(registry, "LeavesIt", leaves_it);
    tl_register_activity(registry, "Asserts", asserts);
    tl_register_activity_with(
        registry, &(struct tl_activity_definition){.type = "LooksAround", .run = looks_around, .user = &pool});
    tl_register_activity_with(registry, &(struct tl_activity_definition){.type = "Asks", .run = asks, .user = &asked});
}

static int setup(void **state)
{
    int result = recorder_setup(state, &(struct tl_env_options){.register_all = register_all});

    asked = ((struct recorder *)*state)->env;
    return result;
}

static struct tl_env *env_of(void **state)
{
    return ((struct recorder *)*state)->env;
}

/* ---- Its way ---- */

static void an_attempt_takes_input_and_gives_a_result(void **state)
{
    struct tl_attempt *attempt = tl_env_attempt(env_of(state), "Greet", "{\"name\": \"Ada\"}", NULL);
    struct tl_payload result;

    assert_false(tl_attempt_runs(attempt));
    tl_assert_attempt_result(attempt, "{\"name\":\"Ada\"}");
    tl_assert_attempt_completed(attempt);
    assert_int_equal(tl_attempt_result(attempt, &result), TL_OK);
    assert_true(tl_payload_is(&result, "json/plain"));
    assert_quiet((struct recorder *)*state);
}

static void an_attempt_may_fail(void **state)
{
    struct tl_attempt *attempt = tl_env_attempt(env_of(state), "Greet", NULL, NULL);

    tl_assert_attempt_failed(attempt, "NoName");
    assert_string_equal(tl_attempt_failure(attempt)->message, "nobody to greet");
    assert_quiet((struct recorder *)*state);
}

static void the_task_is_what_the_test_says(void **state)
{
    const struct tl_retry_policy retry = {.maximum_attempts = 9};
    const struct tl_field header = {"trace", tl_payload_json("\"t1\"")};
    const struct tl_attempt_task task = {
        .activity_id = "a",
        .workflow_id = "w",
        .run_id = "r",
        .workflow_type = "W",
        .attempt = 3,
        .start_to_close = TL_SECONDS(10),
        .schedule_to_close = TL_MINUTES(1),
        .retry = &retry,
        .priority = {.key = 2, .fairness_key = "gold"},
        .headers = &header,
        .header_count = 1,
    };

    tl_assert_attempt_result(
        tl_env_attempt(env_of(state), "LooksAround", NULL, &task),
        "[\"LooksAround\", \"a\", \"w\", \"r\", \"W\", \"r/a\", 3, 10, 9, 2, \"gold\"]");
    assert_quiet((struct recorder *)*state);
}

static void heartbeats_are_seen_raw_and_throttled(void **state)
{
    const struct tl_attempt_task task = {.heartbeat = TL_SECONDS(5)};
    struct tl_attempt *attempt = tl_env_attempt(env_of(state), "Works", NULL, &task);

    tl_assert_heartbeats(attempt, TL_HEARTBEATS_RAW, "[1]");
    tl_assert_attempt_result(attempt, "10");
    tl_assert_heartbeats(attempt, TL_HEARTBEATS_RAW, "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]");
    tl_assert_heartbeats(attempt, TL_HEARTBEATS_SENT, "[1, 4, 8]");
    assert_int_equal(tl_attempt_heartbeats(attempt, TL_HEARTBEATS_RAW), 10);
    assert_int_equal(
        tl_attempt_heartbeat(attempt, TL_HEARTBEATS_SENT, 1)->at -
            tl_attempt_heartbeat(attempt, TL_HEARTBEATS_RAW, 0)->at,
        TL_SECONDS(4));
    assert_null(tl_attempt_heartbeat(attempt, TL_HEARTBEATS_SENT, 3));
    assert_int_equal(tl_env_elapsed(env_of(state)), TL_SECONDS(10));
    assert_quiet((struct recorder *)*state);
}

static void details_of_an_attempt_before_are_there(void **state)
{
    const struct tl_payload seven = tl_payload_json("7");
    const struct tl_attempt_task task = {.attempt = 2, .heartbeat_details = TL_ARGS(seven)};
    struct tl_attempt *attempt = tl_env_attempt(env_of(state), "Works", NULL, &task);

    tl_assert_attempt_result(attempt, "10");
    tl_assert_heartbeats(attempt, TL_HEARTBEATS_RAW, "[8, 9, 10]");
    assert_quiet((struct recorder *)*state);
}

/* ---- Being asked to stop ---- */

static void each_reason_arrives(void **state)
{
    static const struct {
        enum tl_activity_cancel_reason reason;
        const char *json;
    } cases[] = {
        {TL_ACTIVITY_CANCEL_REQUESTED, "\"cancel requested\""},
        {TL_ACTIVITY_RESET, "\"reset\""},
        {TL_ACTIVITY_PAUSED, "\"paused\""},
        {TL_ACTIVITY_WORKER_SHUTDOWN, "\"worker shutdown\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tl_attempt *attempt = tl_env_attempt(env_of(state), "TellsWhy", NULL, NULL);

        assert_true(tl_attempt_runs(attempt));
        tl_attempt_cancel(attempt, cases[i].reason);
        assert_false(tl_attempt_runs(attempt));
        tl_assert_attempt_result(attempt, cases[i].json);
    }
    assert_int_equal(tl_env_elapsed(env_of(state)), 0);
    assert_quiet((struct recorder *)*state);
}

static void who_gives_in_ends_as_the_reason_wants(void **state)
{
    struct tl_attempt *canceled = tl_env_attempt(env_of(state), "GivesIn", NULL, NULL);
    struct tl_attempt *stopped = tl_env_attempt(env_of(state), "GivesIn", NULL, NULL);
    struct tl_attempt *lost = tl_env_attempt(env_of(state), "GivesIn", NULL, NULL);

    tl_attempt_cancel(canceled, TL_ACTIVITY_CANCEL_REQUESTED);
    tl_attempt_cancel(stopped, TL_ACTIVITY_WORKER_SHUTDOWN);
    tl_attempt_cancel(lost, TL_ACTIVITY_NOT_FOUND);
    tl_assert_attempt_canceled(canceled);
    tl_assert_attempt_failed(stopped, "WorkerShutdown");
    assert_false(tl_attempt_failure(stopped)->non_retryable);
    assert_int_equal(tl_attempt_result(lost, NULL), TL_NOT_FOUND);
    assert_quiet((struct recorder *)*state);
}

static void a_cancellation_may_come_at_a_virtual_time(void **state)
{
    struct tl_attempt *attempt = tl_env_attempt(env_of(state), "Works", NULL, NULL);

    tl_attempt_cancel_after(attempt, TL_MILLISECONDS(4500), TL_ACTIVITY_CANCEL_REQUESTED);
    tl_assert_attempt_canceled(attempt);
    assert_int_equal(tl_env_elapsed(env_of(state)), TL_MILLISECONDS(4500));
    assert_int_equal(tl_attempt_details(attempt).count, 1);
    assert_memory_equal(tl_attempt_details(attempt).items[0].data.data, "5", 1);
    tl_assert_heartbeats(attempt, TL_HEARTBEATS_SENT, "[1, 5]");
    assert_quiet((struct recorder *)*state);
}

static void a_heartbeat_may_bring_the_news(void **state)
{
    const struct tl_attempt_task task = {.heartbeat = TL_SECONDS(5)};
    struct tl_attempt *attempt = tl_env_attempt(env_of(state), "Works", NULL, &task);
    struct tl_attempt *deaf = tl_env_attempt(env_of(state), "TellsWhy", NULL, NULL);

    tl_attempt_answer_heartbeats(attempt, TL_ACTIVITY_CANCEL_REQUESTED);
    tl_attempt_answer_heartbeats(deaf, TL_ACTIVITY_CANCEL_REQUESTED);
    tl_assert_attempt_canceled(attempt);
    assert_int_equal(tl_env_elapsed(env_of(state)), TL_SECONDS(4)); /* with the second that is sent */
    tl_assert_attempt_result(deaf, "\"not canceled\"");
    assert_quiet((struct recorder *)*state);
}

static void who_hangs_is_given_up_after_its_timeout(void **state)
{
    const struct tl_attempt_task task = {.start_to_close = TL_SECONDS(10)};
    struct tl_attempt *attempt = tl_env_attempt(env_of(state), "TellsWhy", NULL, &task);

    assert_int_equal(tl_attempt_result(attempt, NULL), TL_TIMED_OUT);
    assert_int_equal(tl_env_elapsed(env_of(state)), TL_SECONDS(15));
    tl_env_run_until_idle(env_of(state)); /* what it returns now is dropped */
    assert_int_equal(tl_attempt_result(attempt, NULL), TL_TIMED_OUT);
    assert_quiet((struct recorder *)*state);
}

static void an_attempt_may_leave_its_completion_to_others(void **state)
{
    tl_assert_attempt_completes_later(tl_env_attempt(env_of(state), "LeavesIt", NULL, NULL));
    assert_quiet((struct recorder *)*state);
}

/* ---- In its environment ---- */

static void an_attempt_may_use_the_environments_client(void **state)
{
    tl_assert_attempt_result(tl_env_attempt(env_of(state), "Asks", NULL, NULL), "\"not found\"");
    assert_quiet((struct recorder *)*state);
}

/* Its clock and its steps are others: the attempt would wait for what never comes. */
static void another_environments_client_is_refused(void **state)
{
    struct tl_error error;
    struct tl_env *other = tl_env_new(NULL, &error);

    assert_non_null(other);
    asked = other;
    tl_assert_attempt_result(tl_env_attempt(env_of(state), "Asks", NULL, NULL), "\"failed precondition\"");
    tl_env_free(other);
    assert_quiet((struct recorder *)*state);
}

static void mocks_stand_in_here_too(void **state)
{
    tl_mock_returns(tl_mock_activity(env_of(state), "Greet"), TL_ONCE, "\"mocked\"");
    tl_assert_attempt_result(tl_env_attempt(env_of(state), "Greet", "1", NULL), "\"mocked\"");
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void a_check_in_the_activity_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;

    tl_env_attempt(recorder->env, "Asserts", NULL, &(struct tl_attempt_task){.attempt = 4});
    assert_quiet(recorder);
    tl_env_attempt(recorder->env, "Asserts", NULL, NULL);
    assert_reported(recorder, "0x1 != 0x4");
}

/* What is still at work when the test ends is dropped; asan tells what leaks. */
static void an_attempt_may_be_left_behind(void **state)
{
    assert_true(tl_attempt_runs(tl_env_attempt(env_of(state), "TellsWhy", NULL, NULL)));
    tl_attempt_cancel_after(tl_env_attempt(env_of(state), "Works", NULL, NULL), TL_DAYS(1), TL_ACTIVITY_RESET);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_attempt_takes_input_and_gives_a_result),
        TEST(an_attempt_may_fail),
        TEST(the_task_is_what_the_test_says),
        TEST(heartbeats_are_seen_raw_and_throttled),
        TEST(details_of_an_attempt_before_are_there),
        TEST(each_reason_arrives),
        TEST(who_gives_in_ends_as_the_reason_wants),
        TEST(a_cancellation_may_come_at_a_virtual_time),
        TEST(a_heartbeat_may_bring_the_news),
        TEST(who_hangs_is_given_up_after_its_timeout),
        TEST(an_attempt_may_leave_its_completion_to_others),
        TEST(an_attempt_may_use_the_environments_client),
        TEST(another_environments_client_is_refused),
        TEST(mocks_stand_in_here_too),
        TEST(a_check_in_the_activity_is_a_verdict),
        TEST(an_attempt_may_be_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
