/* SPDX-License-Identifier: MIT */
/* Mocks that take their results from cmocka's queues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/cmocka.h>

#include <cmocka.h>

#include "tests/env/mock_fixture.h"

static struct tl_env *env_of(void **state)
{
    const struct recorder *recorder = *state;

    return recorder->env;
}

static void results_come_out_of_the_queue(void **state)
{
    tl_mock_calls(mock_charge(state), TL_ANY_TIMES, tl_cmocka_returns, NULL);
    tl_will_return("ChargeCard", "\"receipt-1\"");
    tl_will_return("ChargeCard", "{\"receipt\": 2}");
    tl_assert_result(env_of(state), mock_call(state, "a", NULL), "\"receipt-1\"");
    tl_assert_result(env_of(state), mock_call(state, "b", NULL), "{\"receipt\": 2}");
    assert_quiet((struct recorder *)*state);
}

static void an_empty_queue_is_a_verdict(void **state)
{
    tl_mock_calls(mock_charge(state), TL_ANY_TIMES, tl_cmocka_returns, NULL);
    mock_run(state, "a", NULL);
    assert_reported((struct recorder *)*state, "ChargeCard");
    assert_contains(((struct recorder *)*state)->text, "o entries for symbol");
}

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, mock_setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(results_come_out_of_the_queue),
        MOCK_TEST(an_empty_queue_is_a_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
