/* SPDX-License-Identifier: MIT */
/* Completing what cannot be completed. */
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

static void assert_here(void **state, int line)
{
    const struct recorder *recorder = *state;

    assert_string_equal(recorder->file, __FILE__);
    assert_int_equal(recorder->line, line);
}

static void what_no_attempt_waits_for_is_a_verdict(void **state)
{
    tl_mock_completes_later(mock_charge(state), TL_ONCE);
    int line = __LINE__ + 1;
    tl_mock_complete(mock_charge(state), "1");

    assert_reported((struct recorder *)*state, "no attempt of ChargeCard waits to be completed");
    assert_here(state, line);
}

static void twice_is_once_too_often(void **state)
{
    tl_mock_completes_later(mock_charge(state), TL_ONCE);
    (void)mock_call(state, "a", "1");
    tl_env_run_until_idle(env_of(state));
    tl_mock_complete(mock_charge(state), "1");
    assert_quiet((struct recorder *)*state);
    tl_mock_complete(mock_charge(state), "1");
    assert_reported((struct recorder *)*state, "no attempt of ChargeCard waits to be completed");
}

static void after_its_timeout_the_service_refuses_it(void **state)
{
    tl_mock_completes_later(mock_charge(state), TL_ONCE);
    mock_run(state, "a", "1");
    assert_int_equal(tl_mock_pending(mock_charge(state)), 1);
    int line = __LINE__ + 1;
    tl_mock_complete_failed(mock_charge(state), "Late", "much too late");

    assert_reported((struct recorder *)*state, "completing ChargeCard was refused: ");
    assert_here(state, line);
}

static void what_nobody_canceled_does_not_end_so(void **state)
{
    tl_mock_completes_later(mock_charge(state), TL_ONCE);
    (void)mock_call(state, "a", "1");
    tl_env_run_until_idle(env_of(state));
    tl_mock_complete_canceled(mock_charge(state));
    assert_reported((struct recorder *)*state, "completing ChargeCard was refused: ");
}

static void a_result_that_is_no_json_is_a_verdict(void **state)
{
    tl_mock_completes_later(mock_charge(state), TL_ONCE);
    (void)mock_call(state, "a", "1");
    tl_env_run_until_idle(env_of(state));
    tl_mock_complete(mock_charge(state), "receipt");
    assert_reported((struct recorder *)*state, "the result is not JSON");
    assert_int_equal(tl_mock_pending(mock_charge(state)), 1);
}

static void a_narrowed_mock_completes_its_own(void **state)
{
    struct tl_mock *two = tl_mock_with(mock_charge(state), NULL, "2");
    struct tl_handle *run;

    tl_mock_completes_later(mock_charge(state), TL_ONCE);
    tl_mock_completes_later(two, TL_ONCE);
    (void)mock_call(state, "a", "1");
    run = mock_call(state, "b", "2");
    tl_env_run_until_idle(env_of(state));
    assert_int_equal(tl_mock_pending(mock_charge(state)), 2);
    assert_int_equal(tl_mock_pending(two), 1);
    tl_mock_complete(two, "\"two\"");
    tl_assert_result(env_of(state), run, "\"two\"");
    assert_int_equal(tl_mock_pending(two), 0);
    assert_int_equal(tl_mock_pending(mock_charge(state)), 1);
    assert_quiet((struct recorder *)*state);
}

static void no_mock_is_ignored(void **state)
{
    tl_mock_complete(NULL, "1");
    tl_mock_complete_failed(NULL, "Busy", NULL);
    tl_mock_complete_canceled(NULL);
    assert_int_equal(tl_mock_pending(NULL), 0);
    assert_quiet((struct recorder *)*state);
}

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, mock_setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(what_no_attempt_waits_for_is_a_verdict),
        MOCK_TEST(twice_is_once_too_often),
        MOCK_TEST(after_its_timeout_the_service_refuses_it),
        MOCK_TEST(what_nobody_canceled_does_not_end_so),
        MOCK_TEST(a_result_that_is_no_json_is_a_verdict),
        MOCK_TEST(a_narrowed_mock_completes_its_own),
        MOCK_TEST(no_mock_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
