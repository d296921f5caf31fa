/* SPDX-License-Identifier: MIT */
#include <timelapse/cmocka.h>
#include <timelapse/json.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include "subscription.h"

#define RECORDED(name) "fixtures/histories/subscription/" name ".json"
#define START          "{\"customer\": \"ada\", \"price\": 900}"

/* A history of 100 events is long here, so that years are a matter of a few runs. */
static int setup(void **state)
{
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = subscription_register, .limits = {.suggest_events = 100}});
}

/* The price that the n-th charge was asked for. */
static enum tl_status
note_price(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t *price = user;

    (void)activity;
    (void)result;
    assert_int_equal(tl_json_get_int(&input->items[0], "price", price, NULL), TL_OK);
    return TL_OK;
}

static void years_are_one_subscription(void **state)
{
    struct tl_env *env = *state;

    tl_mock_returns(tl_mock_activity(env, "Charge"), TL_TIMES(61), NULL);
    struct tl_handle *run = tl_env_start(env, SUBSCRIPTION, "ada", START, NULL);
    tl_env_advance(env, 60 * SUBSCRIPTION_PERIOD + TL_DAYS(1));
    tl_env_signal(env, run, "cancel", NULL);
    tl_assert_result(env, run, "{\"periods\": 61}");
    tl_assert_recorded(env, run, RECORDED("first_of_many"));
}

static void a_new_price_counts_from_the_next_period_on(void **state)
{
    struct tl_env *env = *state;
    int64_t price = 0;

    tl_mock_calls(tl_mock_activity(env, "Charge"), TL_ALWAYS, note_price, &price);
    struct tl_handle *run = tl_env_start(env, SUBSCRIPTION, "ada", START, NULL);
    tl_env_advance(env, TL_DAYS(20));
    tl_env_signal(env, run, "price", "1000");
    tl_env_signal(env, run, "price", "\"twelve\"");
    assert_int_equal(price, 900);
    tl_env_advance(env, TL_DAYS(20));
    assert_int_equal(price, 1000);
    tl_env_advance(env, 50 * SUBSCRIPTION_PERIOD); /* the price goes along, from run to run */
    assert_int_equal(price, 1000);
    tl_env_signal(env, run, "cancel", NULL);
    tl_assert_completed(env, run);
}

static void a_charge_that_does_not_come_through_ends_it(void **state)
{
    struct tl_env *env = *state;

    tl_mock_fails(tl_mock_activity(env, "Charge"), TL_ALWAYS, "CardDeclined");
    struct tl_handle *run = tl_env_start(env, SUBSCRIPTION, "ada", START, NULL);
    tl_assert_failed(env, run, "Unpaid");
    assert_true(tl_env_elapsed(env) <= TL_DAYS(3));
    tl_assert_recorded(env, run, RECORDED("unpaid"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(years_are_one_subscription, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(a_new_price_counts_from_the_next_period_on, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(a_charge_that_does_not_come_through_ends_it, setup, tl_cmocka_teardown),
    };
    return cmocka_run_group_tests_name("examples/subscription", tests, NULL, NULL);
}
