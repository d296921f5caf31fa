/* SPDX-License-Identifier: MIT */
/* Scripts: what they refuse, how far they were followed, and answers that the service's rules out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/env/mock_fixture.h"

static const struct tl_retry_policy patient;

static struct tl_env *env_of(void **state)
{
    const struct recorder *recorder = *state;

    return recorder->env;
}

/* ---- Answers that say what they cannot mean ---- */

static void assert_refused(void **state, const struct tl_mock_answer *answer, const char *why)
{
    tl_mock_answers(mock_charge(state), TL_ONCE, answer);
    assert_reported((struct recorder *)*state, why);
    assert_contains(((struct recorder *)*state)->text, "the script of ChargeCard: ");
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
}

static void a_member_of_another_kind_is_a_verdict(void **state)
{
    assert_refused(
        state,
        &(const struct tl_mock_answer){.failure_type = "Busy"},
        "failure_type means nothing for this kind of answer");
}

static void a_delay_of_what_hangs_is_a_verdict(void **state)
{
    assert_refused(
        state,
        &(const struct tl_mock_answer){.kind = TL_MOCK_HANGS, .after = TL_SECONDS(1)},
        "after means nothing for this kind of answer");
}

static void heartbeats_of_what_hears_nothing_are_a_verdict(void **state)
{
    assert_refused(
        state,
        &(const struct tl_mock_answer){.kind = TL_MOCK_HANGS, .heartbeat_every = TL_SECONDS(1)},
        "heartbeat_every means nothing for this kind of answer");
}

static void a_failure_needs_a_type(void **state)
{
    assert_refused(state, &(const struct tl_mock_answer){.kind = TL_MOCK_FAILS}, "failure_type is missing");
}

static void a_call_needs_a_function(void **state)
{
    assert_refused(state, &(const struct tl_mock_answer){.kind = TL_MOCK_CALLS}, "run is missing");
}

static void a_timeout_needs_its_kind(void **state)
{
    assert_refused(state, &(const struct tl_mock_answer){.kind = TL_MOCK_TIMES_OUT}, "timeout is missing");
}

static void two_results_are_a_verdict(void **state)
{
    const struct tl_payload payload = tl_payload_null();

    assert_refused(
        state, &(const struct tl_mock_answer){.json = "1", .payload = &payload}, "json and payload are both set");
}

static void time_does_not_go_back(void **state)
{
    assert_refused(state, &(const struct tl_mock_answer){.after = -1}, "after is out of range");
}

static void heartbeats_do_not_go_back(void **state)
{
    assert_refused(state, &(const struct tl_mock_answer){.heartbeat_every = -1}, "heartbeat_every is out of range");
}

static void details_that_are_no_json_are_a_verdict(void **state)
{
    assert_refused(state, &(const struct tl_mock_answer){.heartbeat = "{"}, "the heartbeat is not JSON: line 1");
}

static void a_kind_that_does_not_exist_is_a_verdict(void **state)
{
    assert_refused(
        state, &(const struct tl_mock_answer){.kind = (enum tl_mock_kind)99}, "there is no such kind of answer");
}

static void a_timeout_that_does_not_exist_is_a_verdict(void **state)
{
    assert_refused(
        state,
        &(const struct tl_mock_answer){.kind = TL_MOCK_TIMES_OUT, .timeout = (enum tl_timeout_type)99},
        "there is no such timeout");
}

static void a_delay_before_start_to_close_is_a_verdict(void **state)
{
    assert_refused(
        state,
        &(const struct tl_mock_answer){
            .kind = TL_MOCK_TIMES_OUT, .timeout = TL_TIMEOUT_START_TO_CLOSE, .after = TL_SECONDS(1)},
        "after goes with a heartbeat timeout only");
}

static void an_activity_that_never_starts_sends_no_heartbeat(void **state)
{
    assert_refused(
        state,
        &(const struct tl_mock_answer){
            .kind = TL_MOCK_TIMES_OUT, .timeout = TL_TIMEOUT_SCHEDULE_TO_START, .heartbeat = "1"},
        "nobody starts");
}

static void a_retry_delay_out_of_range_is_a_verdict(void **state)
{
    const struct tl_fail_options failure = {.next_retry_delay = -1};

    assert_refused(
        state,
        &(const struct tl_mock_answer){.kind = TL_MOCK_FAILS, .failure_type = "Busy", .failure = &failure},
        "failure.next_retry_delay is out of range");
}

static void details_of_a_failure_that_are_not_there_are_a_verdict(void **state)
{
    const struct tl_fail_options failure = {.details_count = 1};

    assert_refused(
        state,
        &(const struct tl_mock_answer){.kind = TL_MOCK_FAILS, .failure_type = "Busy", .failure = &failure},
        "failure.details is NULL");
}

/* ---- Timeouts that cannot be ---- */

static void assert_impossible(void **state, enum tl_timeout_type timeout, const char *why)
{
    tl_mock_times_out(mock_charge(state), TL_ONCE, timeout);
    mock_run(state, "a", "1");
    assert_reported((struct recorder *)*state, why);
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
}

static void without_a_heartbeat_timeout_there_is_none(void **state)
{
    assert_impossible(state, TL_TIMEOUT_HEARTBEAT, "cannot end by its heartbeat timeout: it has none");
}

static void without_schedule_to_close_there_is_none(void **state)
{
    assert_impossible(state, TL_TIMEOUT_SCHEDULE_TO_CLOSE, "cannot end by its schedule-to-close timeout: it has none");
}

static void without_schedule_to_start_there_is_none(void **state)
{
    assert_impossible(state, TL_TIMEOUT_SCHEDULE_TO_START, "cannot end by its schedule-to-start timeout: it has none");
}

static void schedule_to_close_may_come_before_start_to_close(void **state)
{
    mock_fixture_options.schedule_to_close = TL_SECONDS(10);
    assert_impossible(
        state,
        TL_TIMEOUT_START_TO_CLOSE,
        "cannot end by its start-to-close timeout: its schedule-to-close timeout comes first");
}

static void start_to_close_may_come_before_a_missing_heartbeat(void **state)
{
    mock_fixture_options.heartbeat = TL_SECONDS(10);
    assert_impossible(
        state, TL_TIMEOUT_HEARTBEAT, "cannot end by its heartbeat timeout: its start-to-close timeout comes first");
}

static void schedule_to_close_may_come_before_a_missing_heartbeat(void **state)
{
    mock_fixture_options.heartbeat = TL_SECONDS(8);
    mock_fixture_options.schedule_to_close = TL_SECONDS(5);
    assert_impossible(state, TL_TIMEOUT_HEARTBEAT, "cannot end by its heartbeat timeout: its ");
}

static void the_last_attempt_may_end_before_schedule_to_close(void **state)
{
    mock_fixture_options.schedule_to_close = TL_MINUTES(1);
    assert_impossible(
        state,
        TL_TIMEOUT_SCHEDULE_TO_CLOSE,
        "cannot end by its schedule-to-close timeout: its start-to-close timeout comes first");
}

static void timeouts_that_are_not_tried_again_may_too(void **state)
{
    static const char *const types[] = {"TemporalTimeout:StartToClose"};
    static const struct tl_retry_policy policy = {.non_retryable_types = types, .non_retryable_count = 1};

    mock_fixture_options.retry = &policy;
    mock_fixture_options.schedule_to_close = TL_MINUTES(1);
    assert_impossible(
        state,
        TL_TIMEOUT_SCHEDULE_TO_CLOSE,
        "cannot end by its schedule-to-close timeout: its start-to-close timeout comes first");
}

static void a_codec_hides_what_a_task_is_kept_for(void **state)
{
    mock_fixture_options.schedule_to_start = TL_SECONDS(5);
    tl_mock_times_out(tl_mock_with(mock_charge(state), NULL, "1"), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    mock_run(state, "a", "1");
    assert_reported((struct recorder *)*state, "arguments that a codec hides from the service");
}

static void without_conditions_a_codec_does_not_matter(void **state)
{
    mock_fixture_options.schedule_to_start = TL_SECONDS(5);
    tl_mock_times_out(mock_charge(state), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    mock_run(state, "a", "1");
    assert_int_equal(tl_env_elapsed(env_of(state)), TL_SECONDS(5));
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void a_task_that_was_taken_cannot_wait_any_more(void **state)
{
    struct tl_handle *run;

    mock_fixture_options.schedule_to_start = TL_SECONDS(5);
    run = mock_call(state, "a", "1");
    while (tl_driver_ready(tl_env_driver(env_of(state))) > 0 && tl_env_step(env_of(state)) &&
           strstr(tl_env_why(env_of(state)), "ChargeCard") == NULL) {
    }
    tl_mock_times_out(mock_charge(state), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    tl_env_run_until_closed(env_of(state), run);
    assert_reported((struct recorder *)*state, "a worker had taken it before the script said so");
}

/* ---- How far a script was followed ---- */

static void no_failures_at_all_are_passed_over(void **state)
{
    tl_mock_fails(mock_charge(state), TL_TIMES(0), "Busy");
    tl_mock_returns(mock_charge(state), TL_ONCE, "1");
    tl_assert_result(env_of(state), mock_call(state, "a", "1"), "1");
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void a_script_goes_on_where_it_ended(void **state)
{
    tl_mock_returns(mock_charge(state), TL_ONCE, "1");
    tl_assert_result(env_of(state), mock_call(state, "a", "1"), "1");
    tl_mock_returns(mock_charge(state), TL_ONCE, "2");
    tl_assert_result(env_of(state), mock_call(state, "b", "1"), "2");
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void what_is_left_over_is_told_with_its_places(void **state)
{
    struct tl_mock *forty = tl_mock_with(mock_charge(state), "amount", "40");

    tl_mock_times_out(forty, TL_TIMES(2), TL_TIMEOUT_HEARTBEAT);
    tl_mock_returns(mock_charge(state), TL_AT_LEAST(2), "1");
    mock_run(state, "a", "1");
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    assert_reported(
        (struct recorder *)*state,
        "  ChargeCard (amount = 40) times out by heartbeat: 0 of 2 attempts came: " __FILE__ ":");
    assert_contains(((struct recorder *)*state)->text, "  ChargeCard returns 1: 1 of 2 attempts came: " __FILE__ ":");
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
}

static void every_kind_of_answer_has_its_words(void **state)
{
    const struct tl_payload payload = tl_payload_null();
    struct tl_mock *mock = mock_charge(state);
    const struct recorder *recorder = *state;

    tl_mock_answers(mock, TL_ONCE, &(const struct tl_mock_answer){.payload = &payload});
    tl_mock_returns(mock, TL_ONCE, NULL);
    tl_mock_fails_for_good(mock, TL_ONCE, "Busy");
    tl_mock_passes_on(mock, TL_ONCE);
    tl_mock_hangs(mock, TL_ONCE);
    tl_mock_hangs_until_canceled(mock, TL_ONCE);
    tl_mock_crashes(mock, TL_ONCE);
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    static const char *const words[] = {
        "returns a payload: ",
        "returns null: ",
        "fails for good with Busy: ",
        "passes on: ",
        "hangs: ",
        "hangs until canceled: ",
        "crashes: "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_contains(recorder->text, words[i]);
    }
}

static void each_activity_has_to_reach_the_end(void **state)
{
    struct tl_mock *each = tl_mock_per_activity(mock_charge(state));

    mock_fixture_options.retry = &patient;
    tl_mock_fails(each, TL_ONCE, "Busy");
    tl_mock_returns(each, TL_ONCE, "1");
    mock_run(state, "a", "1");
    (void)mock_call(state, "b", "1");
    tl_env_run_until_idle(env_of(state));
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    assert_reported((struct recorder *)*state, "ChargeCard returns 1: 0 of 1 attempts came of activity ");
}

static void no_activity_at_all_is_not_enough(void **state)
{
    tl_mock_returns(tl_mock_per_activity(mock_charge(state)), TL_ONCE, "1");
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    assert_reported((struct recorder *)*state, "ChargeCard returns 1: 0 of 1 attempts came: ");
}

static void more_attempts_than_its_script_has_are_unexpected(void **state)
{
    mock_fixture_options.retry = &patient;
    tl_mock_fails(tl_mock_per_activity(mock_charge(state)), TL_ONCE, "Busy");
    mock_run(state, "a", "1");
    assert_reported((struct recorder *)*state, "unexpected call 2 of activity ChargeCard");
}

#define MOCK_TEST(test)  cmocka_unit_test_setup_teardown(test, mock_setup, recorder_teardown)
#define CODEC_TEST(test) cmocka_unit_test_setup_teardown(test, mock_setup_with_codec, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(a_member_of_another_kind_is_a_verdict),
        MOCK_TEST(a_delay_of_what_hangs_is_a_verdict),
        MOCK_TEST(heartbeats_of_what_hears_nothing_are_a_verdict),
        MOCK_TEST(a_failure_needs_a_type),
        MOCK_TEST(a_call_needs_a_function),
        MOCK_TEST(a_timeout_needs_its_kind),
        MOCK_TEST(two_results_are_a_verdict),
        MOCK_TEST(time_does_not_go_back),
        MOCK_TEST(heartbeats_do_not_go_back),
        MOCK_TEST(details_that_are_no_json_are_a_verdict),
        MOCK_TEST(a_kind_that_does_not_exist_is_a_verdict),
        MOCK_TEST(a_timeout_that_does_not_exist_is_a_verdict),
        MOCK_TEST(a_delay_before_start_to_close_is_a_verdict),
        MOCK_TEST(an_activity_that_never_starts_sends_no_heartbeat),
        MOCK_TEST(a_retry_delay_out_of_range_is_a_verdict),
        MOCK_TEST(details_of_a_failure_that_are_not_there_are_a_verdict),
        MOCK_TEST(without_a_heartbeat_timeout_there_is_none),
        MOCK_TEST(without_schedule_to_close_there_is_none),
        MOCK_TEST(without_schedule_to_start_there_is_none),
        MOCK_TEST(schedule_to_close_may_come_before_start_to_close),
        MOCK_TEST(start_to_close_may_come_before_a_missing_heartbeat),
        MOCK_TEST(schedule_to_close_may_come_before_a_missing_heartbeat),
        MOCK_TEST(the_last_attempt_may_end_before_schedule_to_close),
        MOCK_TEST(timeouts_that_are_not_tried_again_may_too),
        CODEC_TEST(a_codec_hides_what_a_task_is_kept_for),
        CODEC_TEST(without_conditions_a_codec_does_not_matter),
        MOCK_TEST(a_task_that_was_taken_cannot_wait_any_more),
        MOCK_TEST(no_failures_at_all_are_passed_over),
        MOCK_TEST(a_script_goes_on_where_it_ended),
        MOCK_TEST(what_is_left_over_is_told_with_its_places),
        MOCK_TEST(every_kind_of_answer_has_its_words),
        MOCK_TEST(each_activity_has_to_reach_the_end),
        MOCK_TEST(no_activity_at_all_is_not_enough),
        MOCK_TEST(more_attempts_than_its_script_has_are_unexpected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
