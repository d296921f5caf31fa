/* SPDX-License-Identifier: MIT */
#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include "charge.h"

#define ORDER          "{\"card\": \"4242\", \"cents\": 900}"
#define RECORDED(name) "fixtures/histories/idempotent_charge/" name ".json"

static struct ledger *ledger;

static int setup(void **state)
{
    ledger = ledger_open(":memory:");
    if (ledger == NULL || tl_cmocka_setup(state, &(struct tl_env_options){.register_all = charge_register_workflow})) {
        return -1;
    }
    charge_register_activity(tl_env_registry(*state), ledger);
    return 0;
}

static int teardown(void **state)
{
    int failed = tl_cmocka_teardown(state);

    ledger_close(ledger);
    return failed;
}

static void charges(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = tl_env_start(env, CHARGE_ONCE, "order-1", ORDER, NULL);

    tl_assert_result(env, run, "{\"receipt\": 1}");
    assert_int_equal(ledger_count(ledger, "4242"), 1);
    tl_assert_recorded(env, run, RECORDED("charged"));
}

/* The worker dies with the work done and nobody told: the attempt times out, and there is another. */
static enum tl_status
charge_and_vanish(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t receipt;

    (void)input;
    (void)result;
    assert_true(ledger_charge(user, tl_activity_info(activity)->idempotency_key, "4242", 900, &receipt));
    return tl_activity_sleep(activity, TL_HOURS(1));
}

static void a_charge_whose_answer_was_lost_is_not_made_again(void **state)
{
    struct tl_env *env = *state;
    struct tl_mock *activity = tl_mock_activity(env, "Charge");

    tl_mock_calls(activity, TL_ONCE, charge_and_vanish, ledger);
    tl_mock_passes_on(activity, TL_ONCE);
    struct tl_handle *run = tl_env_start(env, CHARGE_ONCE, "order-1", ORDER, NULL);
    tl_assert_result(env, run, "{\"receipt\": 1}");
    assert_int_equal(ledger_count(ledger, "4242"), 1);
}

static void two_orders_are_two_charges(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *first = tl_env_start(env, CHARGE_ONCE, "order-1", ORDER, NULL);
    struct tl_handle *second = tl_env_start(env, CHARGE_ONCE, "order-2", ORDER, NULL);

    tl_assert_completed(env, first);
    tl_assert_completed(env, second);
    assert_int_equal(ledger_count(ledger, "4242"), 2);
}

static void a_charge_without_a_card_is_tried_once(void **state)
{
    struct tl_env *env = *state;

    tl_assert_failed(env, tl_env_start(env, CHARGE_ONCE, "order-1", "{\"cents\": 900}", NULL), "DecodingError");
    assert_int_equal(tl_env_elapsed(env), 0);
}

#define CHARGE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHARGE_TEST(charges),
        CHARGE_TEST(a_charge_whose_answer_was_lost_is_not_made_again),
        CHARGE_TEST(two_orders_are_two_charges),
        CHARGE_TEST(a_charge_without_a_card_is_tried_once),
    };
    return cmocka_run_group_tests_name("examples/idempotent_charge", tests, NULL, NULL);
}
