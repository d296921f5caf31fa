/* SPDX-License-Identifier: MIT */
/* Heartbeats and what comes back with them: throttled, coalesced, flushed; cancellation of each kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/converter.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/worker/worker_fixture.h"

#define HEARTBEAT(nth) SCRIPTED_REQUEST(universe.scripted, RecordActivityTaskHeartbeat, nth)

static int set_up(void **state)
{
    int result = universe_setup(state);

    universe_answer_activities();
    return result;
}

static size_t heartbeats(void)
{
    return scripted_count(universe.scripted, RPC_RecordActivityTaskHeartbeat);
}

static size_t completions(void)
{
    return scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted);
}

static size_t failures(void)
{
    return scripted_count(universe.scripted, RPC_RespondActivityTaskFailed);
}

static size_t cancellations(void)
{
    return scripted_count(universe.scripted, RPC_RespondActivityTaskCanceled);
}

static tl_duration at(size_t nth)
{
    return scripted_call(universe.scripted, RPC_RecordActivityTaskHeartbeat, nth)->at -
           scripted_call(universe.scripted, RPC_RecordActivityTaskHeartbeat, 0)->at;
}

static void run_activity(tl_activity_fn *run, const struct activity_task *task)
{
    tl_register_activity(universe.registry, "Charge", run);
    universe_work(NULL);
    universe_give_activity(task);
}

static enum tl_status beat(struct tl_activity *activity, int number)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%d", number);
    const struct tl_payload details = tl_payload_json(text);
    return tl_heartbeat(activity, TL_ARGS(details));
}

/* ---- Sending ---- */

/* Ten heartbeats, one second apart. */
static enum tl_status beat_ten(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 1; i <= 10; i++) {
        if (beat(activity, i) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static void the_first_heartbeat_goes_at_once_the_latest_after_a_pause(void **state)
{
    (void)state;
    run_activity(beat_ten, &(struct activity_task){.heartbeat = TL_SECONDS(5)});
    assert_int_equal(heartbeats(), 1);
    assert_string_equal(universe_text(HEARTBEAT(0)->details), "1");
    assert_string_equal(HEARTBEAT(0)->identity, "timelapse@orders");
    assert_string_equal(HEARTBEAT(0)->namespace_, "default");
    assert_memory_equal(HEARTBEAT(0)->task_token.data, "token-1", 7);
    universe_pass(TL_SECONDS(20));
    /* 80 % of 5 s */
    assert_int_equal(heartbeats(), 3);
    assert_int_equal(at(1), TL_SECONDS(4));
    assert_string_equal(universe_text(HEARTBEAT(1)->details), "4");
    assert_int_equal(at(2), TL_SECONDS(8));
    assert_string_equal(universe_text(HEARTBEAT(2)->details), "8");
    assert_int_equal(completions(), 1);
}

static enum tl_status
beat_for_days(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 0; i < 1000; i++) {
        if (beat(activity, i) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(7)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static void the_pause_has_a_default_and_a_limit(void **state)
{
    const struct {
        tl_duration heartbeat;
        tl_duration pause;
    } cases[] = {
        {0, TL_SECONDS(30)},
        {TL_SECONDS(20), TL_SECONDS(16)},
        {TL_HOURS(1), TL_SECONDS(60)},
    };

    (void)state;
    tl_register_activity(universe.registry, "Charge", beat_for_days);
    universe_work(NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t before = heartbeats();

        universe_give_activity(&(struct activity_task){.heartbeat = cases[i].heartbeat});
        universe_pass(cases[i].pause);
        tl_duration pause = at(before + 1) - at(before);
        assert_int_equal(pause, cases[i].pause);
        tl_worker_free(universe.worker);
        universe_work(NULL);
    }
}

static enum tl_status
beat_once(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    assert_int_equal(tl_heartbeat(activity, NULL), TL_OK);
    return tl_activity_sleep(activity, TL_DAYS(1));
}

static void without_news_no_heartbeat_and_no_deadline(void **state)
{
    (void)state;
    run_activity(beat_once, &(struct activity_task){0});
    assert_null(HEARTBEAT(0)->details);
    assert_int_equal(
        tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), tl_driver_now(universe.driver) + TL_DAYS(1));
    universe_pass(TL_HOURS(1));
    assert_int_equal(heartbeats(), 1);
}

static void a_heartbeat_is_tried_again(void **state)
{
    (void)state;
    scripted_fail(universe.scripted, RPC_RecordActivityTaskHeartbeat, TL_UNAVAILABLE, "down");
    run_activity(beat_once, &(struct activity_task){0});
    universe_pass(TL_SECONDS(1));
    assert_int_equal(heartbeats(), 2);
}

static enum tl_status
read_details(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads details = tl_heartbeat_details(activity);

    (void)input;
    if (details.count == 0) {
        return tl_activity_result_text(activity, result, "%s", "\"none\"");
    }
    *result = details.items[0];
    return TL_OK;
}

static void the_details_of_an_earlier_attempt_are_there(void **state)
{
    (void)state;
    run_activity(read_details, &(struct activity_task){.details = "{\"done\": 7}"});
    universe_give_activity(&(struct activity_task){0});
    assert_string_equal(
        universe_text(SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCompleted, 0)->result), "{\"done\": 7}");
    assert_string_equal(
        universe_text(SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCompleted, 1)->result), "\"none\"");
}

static void a_heartbeat_keeps_the_attempt_from_being_left(void **state)
{
    (void)state;
    run_activity(beat_ten, &(struct activity_task){.heartbeat = TL_SECONDS(2), .start_to_close = TL_MINUTES(1)});
    universe_pass(TL_SECONDS(20));
    assert_int_equal(completions(), 1);
}

/* ---- The end ---- */

static enum tl_status
beat_three_and_fail(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(beat(activity, i), TL_OK);
        assert_int_equal(tl_activity_sleep(activity, TL_SECONDS(1)), TL_OK);
    }
    return tl_activity_fail(activity, "Broken", "%s", "after three");
}

static void a_failure_flushes_the_latest_details_first(void **state)
{
    (void)state;
    run_activity(beat_three_and_fail, &(struct activity_task){0});
    universe_pass(TL_SECONDS(3));
    assert_int_equal(heartbeats(), 2);
    assert_string_equal(universe_text(HEARTBEAT(1)->details), "3");
    assert_int_equal(at(1), TL_SECONDS(3));
    assert_int_equal(failures(), 1);
}

static enum tl_status
beat_three(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    return beat_three_and_fail(activity, input, result) == TL_FAILED ? TL_OK : TL_FAILED;
}

static void a_success_flushes_nothing(void **state)
{
    (void)state;
    run_activity(beat_three, &(struct activity_task){0});
    universe_pass(TL_SECONDS(3));
    assert_int_equal(heartbeats(), 1);
    assert_int_equal(completions(), 1);
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
}

static enum tl_status
beat_and_fail(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    assert_int_equal(beat(activity, 1), TL_OK);
    return tl_activity_fail(activity, "Broken", "%s", "at once");
}

/* The service must know the heartbeat before the failure that makes the next attempt. */
static void an_answer_waits_for_the_heartbeat_under_way(void **state)
{
    (void)state;
    scripted_fail(universe.scripted, RPC_RecordActivityTaskHeartbeat, TL_UNAVAILABLE, "down");
    run_activity(beat_and_fail, &(struct activity_task){0});
    assert_int_equal(heartbeats(), 1);
    assert_int_equal(failures(), 0);
    universe_pass(TL_SECONDS(1));
    assert_int_equal(heartbeats(), 2);
    assert_int_equal(failures(), 1);
}

static enum tl_status refuse_to_encode(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    (void)user;
    (void)memory;
    (void)in;
    (void)out;
    return tl_error_set(error, TL_FAILED, NULL, "no key");
}

static void details_that_cannot_be_encoded_fail_the_attempt(void **state)
{
    (void)state;
    tl_register_codec(
        universe.registry, &(struct tl_codec){.name = "vault", .encode = refuse_to_encode, .decode = refuse_to_encode});
    run_activity(beat_three, &(struct activity_task){0});
    universe_pass(TL_SECONDS(3));
    assert_int_equal(heartbeats(), 0);
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure;
    assert_string_equal(failure->application_failure_info->type, "PayloadCodecError");
    assert_non_null(strstr(failure->message, "codec vault could not encode: no key"));
}

/* ---- Being asked to stop ---- */

static void answer_heartbeat(bool cancel, bool paused, bool reset)
{
    Pb__RecordActivityTaskHeartbeatResponse *response = SCRIPTED_NEW(
        universe.scripted, Pb__RecordActivityTaskHeartbeatResponse, pb__record_activity_task_heartbeat_response);

    response->cancel_requested = cancel;
    response->activity_paused = paused;
    response->activity_reset = reset;
    scripted_reply(universe.scripted, RPC_RecordActivityTaskHeartbeat, response);
}

static int was_canceled;

/* Sleeps long after one heartbeat; the cancellation ends the sleep. */
static enum tl_status
beat_and_sleep(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    assert_int_equal(beat(activity, 1), TL_OK);
    enum tl_status status = tl_activity_sleep(activity, TL_DAYS(1));
    was_canceled = tl_activity_is_canceled(activity);
    if (status == TL_CANCELED) {
        assert_int_equal(tl_activity_sleep(activity, TL_SECONDS(1)), TL_CANCELED);
        assert_int_equal(beat(activity, 2), TL_CANCELED);
    }
    return status;
}

static void a_cancellation_ends_a_sleep(void **state)
{
    (void)state;
    was_canceled = 0;
    answer_heartbeat(true, false, false);
    run_activity(beat_and_sleep, &(struct activity_task){0});
    assert_int_equal(was_canceled, 1);
    assert_int_equal(cancellations(), 1);
    const Pb__RespondActivityTaskCanceledRequest *request =
        SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCanceled, 0);
    assert_memory_equal(request->task_token.data, "token-1", 7);
    assert_string_equal(request->identity, "timelapse@orders");
}

static void a_cancellation_flushes_the_latest_details_first(void **state)
{
    (void)state;
    answer_heartbeat(true, false, false);
    run_activity(beat_and_sleep, &(struct activity_task){0});
    assert_int_equal(heartbeats(), 2);
    assert_string_equal(universe_text(HEARTBEAT(1)->details), "2");
}

static void a_pause_or_reset_lets_the_service_retry(void **state)
{
    static const char *const types[] = {"ActivityPause", "ActivityReset"};

    (void)state;
    tl_register_activity(universe.registry, "Charge", beat_and_sleep);
    universe_work(NULL);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        answer_heartbeat(false, i == 0, i == 1);
        universe_give_activity(&(struct activity_task){0});
        const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, i)->failure;
        assert_string_equal(failure->application_failure_info->type, types[i]);
        assert_false(failure->application_failure_info->non_retryable);
    }
}

static void a_cancellation_goes_before_pause_and_reset(void **state)
{
    (void)state;
    answer_heartbeat(true, true, true);
    run_activity(beat_and_sleep, &(struct activity_task){0});
    assert_int_equal(cancellations(), 1);
    assert_int_equal(failures(), 0);
}

static void a_forgotten_attempt_answers_nothing(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.activity_slots = 1;
    options.activity_pollers = 1;
    scripted_fail(universe.scripted, RPC_RecordActivityTaskHeartbeat, TL_NOT_FOUND, "no such activity");
    tl_register_activity(universe.registry, "Charge", beat_and_sleep);
    universe_work(&options);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(was_canceled, 1);
    assert_int_equal(completions() + failures() + cancellations(), 0);
    assert_int_equal(heartbeats(), 1);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL), 1);
}

static enum tl_status
ignore_cancellation(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    return beat_and_sleep(activity, input, result) == TL_CANCELED ? TL_OK : TL_FAILED;
}

static void an_activity_may_complete_in_spite_of_a_cancellation(void **state)
{
    (void)state;
    answer_heartbeat(true, false, false);
    run_activity(ignore_cancellation, &(struct activity_task){0});
    assert_int_equal(completions(), 1);
    assert_int_equal(cancellations(), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_heartbeat_goes_at_once_the_latest_after_a_pause),
        TEST(the_pause_has_a_default_and_a_limit),
        TEST(without_news_no_heartbeat_and_no_deadline),
        TEST(a_heartbeat_is_tried_again),
        TEST(the_details_of_an_earlier_attempt_are_there),
        TEST(a_heartbeat_keeps_the_attempt_from_being_left),
        TEST(a_failure_flushes_the_latest_details_first),
        TEST(a_success_flushes_nothing),
        TEST(an_answer_waits_for_the_heartbeat_under_way),
        TEST(details_that_cannot_be_encoded_fail_the_attempt),
        TEST(a_cancellation_ends_a_sleep),
        TEST(a_cancellation_flushes_the_latest_details_first),
        TEST(a_pause_or_reset_lets_the_service_retry),
        TEST(a_cancellation_goes_before_pause_and_reset),
        TEST(a_forgotten_attempt_answers_nothing),
        TEST(an_activity_may_complete_in_spite_of_a_cancellation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
