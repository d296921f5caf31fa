/* SPDX-License-Identifier: MIT */
/* Which calls a mock is for, and what is said about a call that none is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/env/mock_fixture.h"

#define FORTY     "{\"amount\": 40, \"card\": {\"number\": \"4242\"}}"
#define FORTY_ONE "{\"amount\": 41, \"card\": {\"number\": \"4242\"}}"

static struct tl_env *env_of(void **state)
{
    const struct recorder *recorder = *state;

    return recorder->env;
}

/* ---- Matching ---- */

static void a_value_at_a_path_is_compared(void **state)
{
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "40"), TL_ONCE, "\"forty\"");
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "41"), TL_ONCE, "\"forty-one\"");
    tl_assert_result(env_of(state), mock_call(state, "b", FORTY_ONE), "\"forty-one\"");
    tl_assert_result(env_of(state), mock_call(state, "a", FORTY), "\"forty\"");
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void the_whole_argument_is_compared_by_value(void **state)
{
    tl_mock_returns(
        tl_mock_with(mock_charge(state), NULL, "{\"card\":{\"number\":\"4242\"},\"amount\":4e1}"), TL_ONCE, "1");
    tl_assert_result(env_of(state), mock_call(state, "a", FORTY), "1");
    assert_quiet((struct recorder *)*state);
}

static void no_argument_is_no_match_and_null_is_one(void **state)
{
    tl_mock_returns(tl_mock_with(mock_charge(state), NULL, NULL), TL_ONCE, "\"null\"");
    tl_mock_returns(mock_charge(state), TL_ONCE, "\"none\"");
    tl_assert_result(env_of(state), mock_call(state, "a", NULL), "\"none\"");
    tl_assert_result(env_of(state), mock_call(state, "b", "null"), "\"null\"");
    assert_quiet((struct recorder *)*state);
}

static void narrowing_adds_up(void **state)
{
    struct tl_mock *forty = tl_mock_with(mock_charge(state), "amount", "40");

    tl_mock_returns(tl_mock_with(forty, "card.number", "\"1111\""), TL_ONCE, "\"1111\"");
    tl_mock_returns(forty, TL_ONCE, "\"another card\"");
    tl_assert_result(env_of(state), mock_call(state, "a", FORTY), "\"another card\"");
    tl_assert_result(
        env_of(state), mock_call(state, "b", "{\"amount\": 40, \"card\": {\"number\": \"1111\"}}"), "\"1111\"");
    assert_quiet((struct recorder *)*state);
}

static int is_large(void *user, const struct tl_payloads *input)
{
    int64_t amount;

    return tl_json_get_int(&input->items[0], "amount", &amount, NULL) == TL_OK && amount > *(const int64_t *)user;
}

static void a_condition_of_the_tests_own_decides(void **state)
{
    int64_t limit = 40;
    const struct tl_match large = {.matches = is_large, .user = &limit, .says = "more than 40"};

    tl_mock_fails(tl_mock_when(mock_charge(state), &large), TL_ONCE, "TooMuch");
    tl_mock_returns(mock_charge(state), TL_ONCE, "\"fine\"");
    tl_assert_result(env_of(state), mock_call(state, "a", FORTY), "\"fine\"");
    mock_run(state, "b", FORTY_ONE);
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void workflows_are_told_apart(void **state)
{
    tl_mock_returns(tl_mock_when(mock_charge(state), &(const struct tl_match){.workflow_id = "b"}), TL_ONCE, "\"b\"");
    tl_mock_returns(mock_charge(state), TL_ONCE, "\"another\"");
    tl_assert_result(env_of(state), mock_call(state, "a", FORTY), "\"another\"");
    tl_assert_result(env_of(state), mock_call(state, "b", FORTY), "\"b\"");
    assert_quiet((struct recorder *)*state);
}

static void a_script_that_has_ended_gives_way_to_the_next(void **state)
{
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "40"), TL_ONCE, "1");
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "40"), TL_ONCE, "2");
    tl_mock_returns(mock_charge(state), TL_ONCE, "3");
    tl_assert_result(env_of(state), mock_call(state, "a", FORTY), "1");
    tl_assert_result(env_of(state), mock_call(state, "b", FORTY), "2");
    tl_assert_result(env_of(state), mock_call(state, "c", FORTY), "3");
    assert_quiet((struct recorder *)*state);
}

/* ---- No match ---- */

static void the_nearest_expectation_is_told(void **state)
{
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "1000"), TL_ONCE, NULL);
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "40"), TL_ONCE, NULL);
    mock_run(state, "a", FORTY_ONE);
    assert_reported((struct recorder *)*state, "unexpected call 1 of activity ChargeCard with " FORTY_ONE);
    assert_contains(((struct recorder *)*state)->text, "nearest expectation: amount = 40, got 41: " __FILE__ ":");
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
}

static void fewer_failing_conditions_are_nearer(void **state)
{
    struct tl_mock *card = tl_mock_with(mock_charge(state), "card.number", "\"4242\"");

    tl_mock_returns(
        tl_mock_with(tl_mock_with(mock_charge(state), "card.number", "\"1\""), "amount", "40"), TL_ONCE, NULL);
    tl_mock_returns(tl_mock_with(card, "amount", "999"), TL_ONCE, NULL);
    mock_run(state, "a", FORTY_ONE);
    assert_reported((struct recorder *)*state, "amount = 999, got 41 and card.number = \"4242\": ");
}

static void what_is_missing_is_told(void **state)
{
    tl_mock_returns(tl_mock_with(mock_charge(state), "amout", "40"), TL_ONCE, NULL);
    mock_run(state, "a", FORTY);
    assert_reported((struct recorder *)*state, "nearest expectation: amout = 40, got none");
}

static void other_conditions_are_told_in_words(void **state)
{
    int64_t limit = 99;
    const struct tl_match match = {
        .matches = is_large, .user = &limit, .says = "more than 99", .attempt = 2, .workflow_id = "b"};

    tl_mock_returns(tl_mock_when(mock_charge(state), &match), TL_ONCE, NULL);
    mock_run(state, "a", FORTY);
    assert_reported(
        (struct recorder *)*state,
        "more than 99, which does not hold and attempt 2, got attempt 1 and workflow b, got a");
}

static void an_ended_script_and_the_nearest_are_both_told(void **state)
{
    tl_mock_returns(tl_mock_with(mock_charge(state), "amount", "41"), TL_ONCE, NULL);
    tl_mock_returns(mock_charge(state), TL_ONCE, NULL);
    mock_run(state, "a", FORTY);
    mock_run(state, "b", FORTY);
    assert_reported((struct recorder *)*state, "unexpected call 2 of activity ChargeCard");
    assert_contains(((struct recorder *)*state)->text, "the script of its mock has ended; its last answer: " __FILE__);
    assert_contains(((struct recorder *)*state)->text, "nearest expectation: amount = 41, got 40: ");
}

static void a_mock_without_a_script_is_never_called(void **state)
{
    (void)mock_charge(state);
    mock_run(state, "a", FORTY);
    assert_reported((struct recorder *)*state, "says by that that it is not called: tests/env/mock_fixture.c:");
}

static void never_is_stronger_than_a_wider_mock(void **state)
{
    tl_mock_never(tl_mock_with(mock_charge(state), "amount", "40"));
    tl_mock_returns(mock_charge(state), TL_ANY_TIMES, "1");
    tl_assert_result(env_of(state), mock_call(state, "a", FORTY_ONE), "1");
    assert_quiet((struct recorder *)*state);
    mock_run(state, "b", FORTY);
    assert_reported((struct recorder *)*state, "it is never to come (amount = 40): " __FILE__ ":");
}

static void never_may_come_after_answers(void **state)
{
    tl_mock_returns(mock_charge(state), TL_ONCE, "1");
    tl_mock_never(mock_charge(state));
    mock_run(state, "a", FORTY);
    assert_quiet((struct recorder *)*state);
    mock_run(state, "b", FORTY);
    assert_reported((struct recorder *)*state, "unexpected call 2 of activity ChargeCard");
    assert_contains(((struct recorder *)*state)->text, "it is never to come: ");
}

/* ---- Matches that say nothing ---- */

static void assert_match_refused(void **state, const struct tl_match *match, const char *why)
{
    assert_null(tl_mock_when(mock_charge(state), match));
    assert_reported((struct recorder *)*state, why);
    assert_string_equal(((struct recorder *)*state)->file, __FILE__);
}

static void a_match_without_a_condition_is_a_verdict(void **state)
{
    assert_match_refused(state, &(const struct tl_match){.says = "words"}, "a match for ChargeCard: it says nothing");
}

static void a_path_without_a_value_is_a_verdict(void **state)
{
    assert_match_refused(state, &(const struct tl_match){.path = "amount", .attempt = 1}, "what it equals is missing");
}

static void a_negative_attempt_is_a_verdict(void **state)
{
    assert_match_refused(state, &(const struct tl_match){.attempt = -1}, "attempts are counted from 1");
}

static void an_expected_value_that_is_no_json_is_a_verdict(void **state)
{
    assert_null(tl_mock_with(mock_charge(state), "amount", "forty"));
    assert_reported((struct recorder *)*state, "a match for ChargeCard: ");
}

static void a_narrowed_mock_that_says_nothing_is_a_verdict_at_the_end(void **state)
{
    tl_mock_returns(mock_charge(state), TL_ANY_TIMES, NULL);
    (void)tl_mock_with(mock_charge(state), "amount", "40");
    mock_run(state, "a", FORTY);
    assert_int_equal(tl_env_finish(env_of(state)), TL_VERDICT);
    assert_reported(
        (struct recorder *)*state, "ChargeCard was narrowed, and then nothing was said or asked about that");
}

static void a_narrowed_mock_may_only_be_there_to_be_narrowed(void **state)
{
    struct tl_mock *forty = tl_mock_with(mock_charge(state), "amount", "40");

    tl_mock_returns(tl_mock_with(forty, "card.number", "\"4242\""), TL_ONCE, NULL);
    mock_run(state, "a", FORTY);
    assert_int_equal(tl_env_finish(env_of(state)), TL_OK);
    assert_quiet((struct recorder *)*state);
}

static void no_mock_is_ignored(void **state)
{
    assert_null(tl_mock_with(NULL, "amount", "40"));
    assert_null(tl_mock_when(NULL, NULL));
    assert_null(tl_mock_per_activity(NULL));
    tl_mock_never(NULL);
    assert_int_equal(tl_mock_calls_made(NULL), 0);
    assert_quiet((struct recorder *)*state);
}

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, mock_setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(a_value_at_a_path_is_compared),
        MOCK_TEST(the_whole_argument_is_compared_by_value),
        MOCK_TEST(no_argument_is_no_match_and_null_is_one),
        MOCK_TEST(narrowing_adds_up),
        MOCK_TEST(a_condition_of_the_tests_own_decides),
        MOCK_TEST(workflows_are_told_apart),
        MOCK_TEST(a_script_that_has_ended_gives_way_to_the_next),
        MOCK_TEST(the_nearest_expectation_is_told),
        MOCK_TEST(fewer_failing_conditions_are_nearer),
        MOCK_TEST(what_is_missing_is_told),
        MOCK_TEST(other_conditions_are_told_in_words),
        MOCK_TEST(an_ended_script_and_the_nearest_are_both_told),
        MOCK_TEST(a_mock_without_a_script_is_never_called),
        MOCK_TEST(never_is_stronger_than_a_wider_mock),
        MOCK_TEST(never_may_come_after_answers),
        MOCK_TEST(a_match_without_a_condition_is_a_verdict),
        MOCK_TEST(a_path_without_a_value_is_a_verdict),
        MOCK_TEST(a_negative_attempt_is_a_verdict),
        MOCK_TEST(an_expected_value_that_is_no_json_is_a_verdict),
        MOCK_TEST(a_narrowed_mock_that_says_nothing_is_a_verdict_at_the_end),
        MOCK_TEST(a_narrowed_mock_may_only_be_there_to_be_narrowed),
        MOCK_TEST(no_mock_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
