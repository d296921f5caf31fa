/* SPDX-License-Identifier: MIT */
/* Several scripts of one type, where some answers are taken before their attempts come to a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/env/mock_fixture.h"

static const struct tl_retry_policy twice = {.maximum_attempts = 2};
static const struct tl_retry_policy patient;

static int setup(void **state)
{
    int failed = mock_setup(state);

    mock_fixture_options = (struct tl_activity_options){
        .start_to_close = TL_SECONDS(10),
        .schedule_to_close = TL_MINUTES(5),
        .schedule_to_start = TL_SECONDS(5),
        .retry = &twice,
    };
    return failed;
}

static struct tl_mock *charge_of(void **state, const char *amount)
{
    return tl_mock_with(mock_charge(state), "amount", amount);
}

/* Two attempts of 10 s are used up long before 5 minutes are. */
static void an_impossible_script_beside_a_withheld_one_says_why(void **state)
{
    const struct recorder *recorder = *state;

    int line = __LINE__ + 1;
    tl_mock_times_out(charge_of(state, "1"), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    tl_mock_times_out(charge_of(state, "2"), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    mock_run(state, "w", "{\"amount\": 1}");
    assert_reported(
        recorder,
        "the script of ChargeCard: the activity cannot end by its schedule-to-close timeout: its start-to-close "
        "timeout comes first\n");
    assert_int_equal(recorder->line, line);
}

static void an_impossible_answer_does_not_give_way_to_the_next(void **state)
{
    struct tl_mock *one = charge_of(state, "1");

    tl_mock_times_out(one, TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    tl_mock_returns(one, TL_ONCE, "2");
    tl_mock_times_out(charge_of(state, "2"), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    mock_run(state, "w", "{\"amount\": 1}");
    assert_reported((struct recorder *)*state, "cannot end by its schedule-to-close timeout");
}

static void scripts_beside_each_other_are_followed(void **state)
{
    const struct recorder *recorder = *state;
    struct tl_mock *one = charge_of(state, "1");

    mock_fixture_options.retry = &patient;
    tl_mock_times_out(one, TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_CLOSE);
    tl_mock_returns(one, TL_ONCE, "2");
    tl_mock_times_out(charge_of(state, "2"), TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    mock_run(state, "first", "{\"amount\": 1}");
    tl_duration elapsed = tl_env_elapsed(recorder->env);
    assert_true(elapsed > TL_MINUTES(3)); /* several attempts, until there is no time for another one */
    mock_run(state, "second", "{\"amount\": 1}");
    assert_int_equal(tl_env_elapsed(recorder->env), elapsed);
    mock_run(state, "third", "{\"amount\": 2}");
    assert_int_equal(tl_env_elapsed(recorder->env), elapsed + TL_SECONDS(5));
    assert_int_equal(tl_env_finish(recorder->env), TL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_impossible_script_beside_a_withheld_one_says_why, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(an_impossible_answer_does_not_give_way_to_the_next, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(scripts_beside_each_other_are_followed, setup, recorder_teardown),
    };

    return cmocka_run_group_tests_name("env/mock_several", tests, NULL, NULL);
}
