/* SPDX-License-Identifier: MIT */
/* Looking at the calls that were made, and counting them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/env/mock_fixture.h"

static struct tl_env *env_of(void **state)
{
    const struct recorder *recorder = *state;

    return recorder->env;
}

/* Three calls: 1, 2 and 1 again an hour later, the last one tried twice. */
static struct tl_mock *call_three_times(void **state)
{
    static const struct tl_retry_policy patient = {.initial_interval = TL_SECONDS(5)};
    struct tl_mock *charge = mock_charge(state);

    mock_fixture_options.retry = &patient;
    tl_mock_returns(charge, TL_TIMES(2), NULL);
    tl_mock_fails(charge, TL_ONCE, "Busy");
    tl_mock_returns(charge, TL_ONCE, NULL);
    mock_run(state, "a", "{\"n\": 1}");
    mock_run(state, "b", "{\"n\": 2}");
    tl_env_advance(env_of(state), TL_HOURS(1));
    mock_run(state, "c", "{\"n\": 1}");
    return charge;
}

static void calls_are_there_to_be_looked_at(void **state)
{
    struct tl_mock *charge = call_three_times(state);
    const struct tl_mock_call *second = tl_mock_nth_call(charge, 2);
    const struct tl_mock_call *last = tl_mock_nth_call(charge, 4);
    int64_t n;

    assert_int_equal(second->input.count, 1);
    assert_int_equal(tl_json_get_int(&second->input.items[0], "n", &n, NULL), TL_OK);
    assert_int_equal(n, 2);
    assert_string_equal(second->workflow_id, "b");
    assert_int_equal(second->attempt, 1);
    assert_int_equal(strlen(second->run_id), 36);
    assert_true(second->task_token.len > 0);
    assert_string_equal(last->workflow_id, "c");
    assert_string_equal(last->activity_id, tl_mock_nth_call(charge, 3)->activity_id);
    assert_int_equal(last->attempt, 2);
    assert_int_equal(last->at, tl_env_now(env_of(state)));
    assert_int_equal(last->at - tl_mock_nth_call(charge, 3)->at, TL_SECONDS(5));
    assert_quiet((struct recorder *)*state);
}

static void narrowed_mocks_count_what_came_before_them_too(void **state)
{
    struct tl_mock *charge = call_three_times(state);

    tl_assert_called(env_of(state), charge, 4);
    tl_assert_called(env_of(state), tl_mock_with(charge, "n", "1"), 3);
    tl_assert_called(env_of(state), tl_mock_with(charge, "n", "3"), 0);
    tl_assert_called(env_of(state), tl_mock_when(charge, &(const struct tl_match){.attempt = 2}), 1);
    assert_string_equal(tl_mock_nth_call(tl_mock_with(charge, "n", "2"), 1)->workflow_id, "b");
    assert_int_equal(tl_mock_calls_made(tl_mock_per_activity(charge)), 4);
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void too_few_calls_are_a_verdict_that_shows_them(void **state)
{
    struct tl_mock *charge = call_three_times(state);
    int line = __LINE__ + 1;
    tl_assert_called(env_of(state), tl_mock_with(charge, "n", "2"), 2);

    assert_reported((struct recorder *)*state, "calls of ChargeCard (n = 2)\nexpected: 2\n   found: 1\n");
    assert_contains(
        ((struct recorder *)*state)->text,
        "calls of ChargeCard: \n  1. {\"n\": 1} at +0s, attempt 1 of a\n  2. {\"n\": 2} at +0s, attempt 1 of b\n"
        "  3. {\"n\": 1} at +1h, attempt 1 of c\n  4. {\"n\": 1} at +1h5s, attempt 2 of c\n");
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
    assert_int_equal(((struct recorder *)*state)->line, line);
}

static void too_many_calls_are_a_verdict(void **state)
{
    struct tl_mock *charge = call_three_times(state);

    tl_assert_called(env_of(state), charge, 3);
    assert_reported((struct recorder *)*state, "calls of ChargeCard\nexpected: 3\n   found: 4\n");
}

static void no_calls_are_told_as_none(void **state)
{
    tl_assert_called(env_of(state), mock_charge(state), 1);
    assert_reported((struct recorder *)*state, "calls of ChargeCard: none");
}

static void the_calls_of_no_mock_are_a_verdict(void **state)
{
    tl_assert_called(env_of(state), NULL, 0);
    assert_reported((struct recorder *)*state, "an assertion about the calls of no mock");
}

static void a_call_that_was_not_made_is_a_verdict(void **state)
{
    struct tl_mock *charge = call_three_times(state);

    assert_null(tl_mock_nth_call(tl_mock_with(charge, "n", "2"), 2));
    assert_reported((struct recorder *)*state, "there is no call 2 of ChargeCard (n = 2)");
}

static void calls_are_counted_from_one(void **state)
{
    struct tl_mock *charge = call_three_times(state);

    assert_null(tl_mock_nth_call(charge, 0));
    assert_reported((struct recorder *)*state, "there is no call 0 of ChargeCard");
}

static void many_calls_are_cut(void **state)
{
    tl_mock_returns(mock_charge(state), TL_ANY_TIMES, NULL);
    for (int i = 0; i < 25; i++) {
        mock_run(state, "a", "1");
    }
    tl_assert_called(env_of(state), mock_charge(state), 1);
    assert_reported((struct recorder *)*state, "  20. 1 at +0s");
    assert_contains(((struct recorder *)*state)->text, "\n  and 5 more\n");
}

static void inputs_that_are_no_json_are_told_by_their_size(void **state)
{
    const struct recorder *recorder = *state;
    const struct tl_payload binary = tl_payload_binary(tl_bytes_of("123"));
    struct tl_handle *run;
    struct tl_error error;

    tl_mock_returns(mock_charge(state), TL_ONCE, NULL);
    assert_int_equal(
        tl_client_start(
            tl_env_client(recorder->env),
            "Calls",
            "a",
            TL_ARGS(binary, tl_payload_null()),
            &(struct tl_start_options){.task_queue = "test"},
            &run,
            &error),
        TL_OK);
    tl_env_run_until_closed(recorder->env, run);
    tl_assert_called(env_of(state), mock_charge(state), 2);
    assert_reported((struct recorder *)*state, "1. 3 bytes of binary/plain, null at +0s");
}

/* ---- The same again ---- */

struct trace {
    size_t len;
    uint64_t hash;
};

static void add_to_hash(void *user, const char *text, size_t len)
{
    struct trace *trace = user;

    trace->len += len;
    for (size_t i = 0; i < len; i++) {
        trace->hash = (trace->hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
}

static struct trace trace_once(void)
{
    struct trace trace = {0, UINT64_C(14695981039346656037)};
    void *state;

    assert_int_equal(mock_setup(&state), 0);
    tl_env_trace_to(env_of(&state), add_to_hash, &trace);
    (void)call_three_times(&state);
    assert_int_equal(recorder_teardown(&state), 0);
    return trace;
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    (void)state;
    struct trace first = trace_once();
    struct trace second = trace_once();

    assert_true(first.len > 1000);
    assert_int_equal(first.len, second.len);
    assert_int_equal(first.hash, second.hash);
}

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, mock_setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(calls_are_there_to_be_looked_at),
        MOCK_TEST(narrowed_mocks_count_what_came_before_them_too),
        MOCK_TEST(too_few_calls_are_a_verdict_that_shows_them),
        MOCK_TEST(too_many_calls_are_a_verdict),
        MOCK_TEST(no_calls_are_told_as_none),
        MOCK_TEST(the_calls_of_no_mock_are_a_verdict),
        MOCK_TEST(a_call_that_was_not_made_is_a_verdict),
        MOCK_TEST(calls_are_counted_from_one),
        MOCK_TEST(many_calls_are_cut),
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
        MOCK_TEST(inputs_that_are_no_json_are_told_by_their_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
