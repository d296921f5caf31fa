/* SPDX-License-Identifier: MIT */
#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include "order_saga.h"

#define ORDER          "{\"amount\": 40, \"card\": \"4242\", \"address\": \"1 Main Street\"}"
#define RECORDED(name) "fixtures/histories/order_saga/" name ".json"

static int setup(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = order_saga_register_workflow});
}

/* The activities that every order needs, all of them working. */
static void mock_charge_and_ship(struct tl_env *env)
{
    tl_mock_returns(tl_mock_activity(env, "ChargeCard"), TL_ONCE, "\"receipt-1\"");
    tl_mock_returns(tl_mock_activity(env, "ShipOrder"), TL_ONCE, "\"parcel-1\"");
}

static void mock_undoing(struct tl_env *env)
{
    tl_mock_returns(tl_mock_activity(env, "RecallParcel"), TL_ONCE, NULL);
    tl_mock_returns(tl_mock_activity(env, "RefundPayment"), TL_ONCE, NULL);
}

static void completes_when_delivered(void **state)
{
    struct tl_env *env = *state;

    mock_charge_and_ship(env);
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);
    tl_env_advance(env, TL_DAYS(3));
    tl_env_signal(env, run, ORDER_SIGNAL, NULL);
    tl_assert_result(env, run, "{\"parcel\": \"parcel-1\", \"receipt\": \"receipt-1\"}");
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(3));
    tl_assert_recorded(env, run, RECORDED("delivered"));
}

static void charges_again_when_the_gateway_is_busy(void **state)
{
    struct tl_env *env = *state;
    struct tl_mock *charge = tl_mock_activity(env, "ChargeCard");

    tl_mock_fails(charge, TL_TIMES(2), "GatewayBusy");
    mock_charge_and_ship(env);
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);
    tl_env_advance(env, TL_SECONDS(3)); /* retried after one second, then after two */
    assert_int_equal(tl_mock_calls_made(charge), 3);
    tl_env_signal(env, run, ORDER_SIGNAL, NULL);
    tl_assert_completed(env, run);
}

static void refunds_a_failed_charge_and_ships_nothing(void **state)
{
    struct tl_env *env = *state;

    tl_mock_fails_for_good(tl_mock_activity(env, "ChargeCard"), TL_ONCE, "CardDeclined");
    tl_mock_returns(tl_mock_activity(env, "ShipOrder"), TL_TIMES(0), NULL);
    tl_mock_returns(tl_mock_activity(env, "RefundPayment"), TL_ONCE, NULL);
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);
    tl_assert_failed(env, run, "CardDeclined");
    tl_assert_recorded(env, run, RECORDED("card_declined"));
}

static void undoes_everything_when_never_delivered(void **state)
{
    struct tl_env *env = *state;

    mock_charge_and_ship(env);
    mock_undoing(env);
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);
    tl_assert_failed(env, run, "NotDelivered");
    assert_int_equal(tl_env_elapsed(env), ORDER_DELIVERY_LIMIT);
    tl_assert_recorded(env, run, RECORDED("never_delivered"));
}

static void a_late_delivery_comes_to_a_closed_order(void **state)
{
    struct tl_env *env = *state;
    struct tl_error error;

    mock_charge_and_ship(env);
    mock_undoing(env);
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);
    tl_env_advance(env, ORDER_DELIVERY_LIMIT + TL_SECONDS(1));
    assert_int_equal(tl_handle_signal(run, ORDER_SIGNAL, NULL, &error), TL_NOT_FOUND);
    tl_assert_failed(env, run, "NotDelivered");
}

/* While the parcel is being recalled; counted, so that the recall goes on after the cancellation. */
static enum tl_status
recall_slowly(void *user, struct tl_activity *activity, const struct tl_payloads *order, struct tl_payload *result)
{
    (void)user;
    (void)order;
    assert_int_equal(tl_activity_sleep(activity, TL_SECONDS(10)), TL_OK);
    return tl_activity_result_text(activity, result, "null");
}

static void cancellation_does_not_stop_the_undoing(void **state)
{
    struct tl_env *env = *state;

    mock_charge_and_ship(env);
    tl_mock_calls(tl_mock_activity(env, "RecallParcel"), TL_ONCE, recall_slowly, NULL);
    tl_mock_returns(tl_mock_activity(env, "RefundPayment"), TL_ONCE, NULL);
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);
    tl_env_advance(env, ORDER_DELIVERY_LIMIT + TL_SECONDS(5));
    tl_env_cancel(env, run);
    tl_assert_failed(env, run, "NotDelivered");
    tl_assert_recorded(env, run, RECORDED("canceled_while_undoing"));
}

static void a_canceled_order_is_undone(void **state)
{
    struct tl_env *env = *state;

    mock_charge_and_ship(env);
    mock_undoing(env);
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);
    tl_env_advance(env, TL_DAYS(1));
    tl_env_cancel(env, run);
    tl_assert_canceled(env, run);
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(1));
    tl_assert_recorded(env, run, RECORDED("canceled"));
}

static void refuses_an_order_without_an_amount(void **state)
{
    struct tl_env *env = *state;

    tl_assert_failed(env, tl_env_start(env, ORDER_SAGA, "order-1", "{}", NULL), "BadOrder");
    tl_assert_failed(env, tl_env_start(env, ORDER_SAGA, "order-2", "{\"amount\": 0}", NULL), "BadOrder");
    tl_assert_failed(env, tl_env_start(env, ORDER_SAGA, "order-3", NULL, NULL), "BadOrder");
}

#define ENV_TEST(test) cmocka_unit_test_setup_teardown(test, setup, tl_cmocka_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(completes_when_delivered),
        ENV_TEST(charges_again_when_the_gateway_is_busy),
        ENV_TEST(refunds_a_failed_charge_and_ships_nothing),
        ENV_TEST(undoes_everything_when_never_delivered),
        ENV_TEST(a_late_delivery_comes_to_a_closed_order),
        ENV_TEST(cancellation_does_not_stop_the_undoing),
        ENV_TEST(a_canceled_order_is_undone),
        ENV_TEST(refuses_an_order_without_an_amount),
    };

    return cmocka_run_group_tests_name("order saga", tests, NULL, NULL);
}
