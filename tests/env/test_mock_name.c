/* SPDX-License-Identifier: MIT */
/* Names of activities that nobody knows, and mocks beside registered activities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/env/mock_fixture.h"

static struct tl_env *env_of(void **state)
{
    const struct recorder *recorder = *state;

    return recorder->env;
}

/* ---- Where activities are registered ---- */

static void a_slip_of_the_pen_is_told_at_once(void **state)
{
    int line = __LINE__ + 1;
    (void)tl_mock_activity(env_of(state), "charge_card");

    assert_reported(
        (struct recorder *)*state,
        "there is no activity charge_card to be mocked; did you mean ChargeCard, which is registered?");
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
    assert_int_equal(((struct recorder *)*state)->line, line);
}

static void a_name_that_nobody_knows_is_told_at_the_end(void **state)
{
    tl_mock_never(tl_mock_activity(env_of(state), "ChargeTheCard"));
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    assert_reported(
        (struct recorder *)*state,
        "ChargeTheCard is mocked, but is neither registered nor was it called; did you mean ChargeCard?");
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
}

static void however_often_it_may_come(void **state)
{
    tl_mock_returns(tl_mock_activity(env_of(state), "Nobody"), TL_ANY_TIMES, NULL);
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    assert_reported((struct recorder *)*state, "Nobody is mocked, but is neither registered nor was it called: ");
}

static void a_registered_name_need_not_be_called(void **state)
{
    tl_mock_never(tl_mock_activity(env_of(state), "ChargeCard"));
    tl_mock_returns(tl_mock_activity(env_of(state), "Registered"), TL_ANY_TIMES, NULL);
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void a_mock_passes_on_to_what_is_registered(void **state)
{
    tl_mock_returns(mock_charge(state), TL_ONCE, "\"mocked\"");
    tl_mock_passes_on(mock_charge(state), TL_ONCE);
    tl_assert_result(env_of(state), mock_call(state, "a", "1"), "\"mocked\"");
    assert_int_equal(mock_fixture_ran, 0);
    tl_assert_result(env_of(state), mock_call(state, "b", "1"), "\"registered\"");
    assert_int_equal(mock_fixture_ran, 1);
    tl_assert_called(env_of(state), mock_charge(state), 2);
    assert_quiet((struct recorder *)*state);
}

static void it_does_so_after_a_while(void **state)
{
    tl_mock_answers(
        mock_charge(state), TL_ONCE, &(const struct tl_mock_answer){.kind = TL_MOCK_PASSES_ON, .after = TL_SECONDS(7)});
    tl_assert_result(env_of(state), mock_call(state, "a", "1"), "\"registered\"");
    assert_int_equal(tl_env_elapsed(env_of(state)), TL_SECONDS(7));
}

/* ---- Where none is ---- */

static void what_could_not_be_meant_otherwise_is_fine(void **state)
{
    tl_mock_never(tl_mock_activity(env_of(state), "RefundPayment"));
    tl_mock_returns(mock_charge(state), TL_ONCE, NULL);
    mock_run(state, "a", "1");
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void what_another_mock_was_called_by_is_told(void **state)
{
    tl_mock_never(tl_mock_activity(env_of(state), "ChargCard"));
    tl_mock_returns(mock_charge(state), TL_ONCE, NULL);
    mock_run(state, "a", "1");
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    assert_reported(
        (struct recorder *)*state,
        "ChargCard is mocked, but is neither registered nor was it called; did you mean ChargeCard?");
}

static void passing_on_to_nobody_is_a_verdict(void **state)
{
    tl_mock_passes_on(mock_charge(state), TL_ONCE);
    mock_run(state, "a", "1");
    assert_reported(
        (struct recorder *)*state,
        "unexpected call of activity ChargeCard with 1, which its mock passes on: it is not registered");
}

static void a_mock_without_a_name_is_a_verdict(void **state)
{
    assert_null(tl_mock_activity(env_of(state), ""));
    assert_reported((struct recorder *)*state, "a mock has to name an activity type");
}

static void a_call_that_nobody_knows_is_told_with_its_input(void **state)
{
    const struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Names", "n", "\"x\"", NULL));
    assert_reported(recorder, "unexpected call of activity X with no input, which is neither registered nor mocked");
}

#define MOCK_TEST(test)       cmocka_unit_test_setup_teardown(test, mock_setup, recorder_teardown)
#define REGISTERED_TEST(test) cmocka_unit_test_setup_teardown(test, mock_setup_registered, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REGISTERED_TEST(a_slip_of_the_pen_is_told_at_once),
        REGISTERED_TEST(a_name_that_nobody_knows_is_told_at_the_end),
        REGISTERED_TEST(however_often_it_may_come),
        REGISTERED_TEST(a_registered_name_need_not_be_called),
        REGISTERED_TEST(a_mock_passes_on_to_what_is_registered),
        REGISTERED_TEST(it_does_so_after_a_while),
        MOCK_TEST(what_could_not_be_meant_otherwise_is_fine),
        MOCK_TEST(what_another_mock_was_called_by_is_told),
        MOCK_TEST(passing_on_to_nobody_is_a_verdict),
        MOCK_TEST(a_mock_without_a_name_is_a_verdict),
        REGISTERED_TEST(a_call_that_nobody_knows_is_told_with_its_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
