/* SPDX-License-Identifier: MIT */
/* One call of the service: tried again, given up, outliving whoever asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/random.h"
#include "tests/lib/scripted_service.h"
#include "worker/runtime/call.h"

static struct tl_driver *driver;
static struct scripted_service *scripted;
static struct random random_numbers;
static struct call_party party;

static unsigned replies;
static enum tl_status last_status;
static tl_time last_at;

static void on_reply(struct call *call, struct tl_reply *reply)
{
    (void)call;
    replies++;
    last_status = reply->status;
    last_at = tl_driver_now(driver);
}

static int set_up(void **state)
{
    (void)state;
    replies = 0;
    last_status = TL_INTERNAL;
    driver = tl_driver_new(NULL, NULL);
    scripted = scripted_service_new(driver);
    random_seed(&random_numbers, 1);
    call_party_init(&party, tl_driver_agenda(driver), scripted_service(scripted), &random_numbers);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    call_party_done(&party);
    while (tl_driver_step(driver) == TL_STEP_RAN) {
    }
    size_t kept = scripted_service_free(scripted);
    tl_driver_free(driver);
    return kept == 0 ? 0 : -1;
}

static struct call *ask(enum call_patience patience, tl_duration timeout)
{
    static Pb__GetSystemInfoRequest request = PB__GET_SYSTEM_INFO_REQUEST__INIT;
    struct call *call = call_new(&party, on_reply, NULL);

    call_send(
        call,
        &(struct call_question){
            .rpc = RPC_GetSystemInfo, .message = &request, .timeout = timeout, .patience = patience});
    return call;
}

static int is_answered(void *user)
{
    (void)user;
    return replies > 0;
}

static void run_until_answered(void)
{
    assert_int_equal(tl_driver_run(driver, is_answered, NULL, 1), TL_OK);
}

static void reply_well(void)
{
    scripted_reply(
        scripted, RPC_GetSystemInfo, SCRIPTED_NEW(scripted, Pb__GetSystemInfoResponse, pb__get_system_info_response));
}

static void a_reply_comes_once_and_later(void **state)
{
    (void)state;
    reply_well();
    struct call *call = ask(CALL_RETRY, 0);
    assert_int_equal(replies, 0);
    assert_true(call_is_pending(call));
    run_until_answered();
    assert_int_equal(last_status, TL_OK);
    assert_false(call_is_pending(call));
    assert_int_equal(scripted_count(scripted, RPC_GetSystemInfo), 1);
}

static void a_call_may_be_sent_again(void **state)
{
    static Pb__GetSystemInfoRequest request = PB__GET_SYSTEM_INFO_REQUEST__INIT;

    (void)state;
    reply_well();
    struct call *call = ask(CALL_ONCE, 0);
    run_until_answered();
    replies = 0;
    reply_well();
    call_send(call, &(struct call_question){.rpc = RPC_GetSystemInfo, .message = &request});
    run_until_answered();
    assert_int_equal(last_status, TL_OK);
}

static void errors_that_may_mend_are_tried_again(void **state)
{
    tl_time start = tl_driver_now(driver);

    (void)state;
    scripted_fail(scripted, RPC_GetSystemInfo, TL_UNAVAILABLE, "down");
    scripted_fail(scripted, RPC_GetSystemInfo, TL_INTERNAL, "oops");
    reply_well();
    ask(CALL_RETRY, 0);
    run_until_answered();
    assert_int_equal(last_status, TL_OK);
    assert_int_equal(scripted_count(scripted, RPC_GetSystemInfo), 3);
    /* 100 ms and 170 ms, each +-20 % */
    assert_in_range(last_at - start, TL_MILLISECONDS(216), TL_MILLISECONDS(324));
}

static void a_limit_reached_waits_longer(void **state)
{
    tl_time start = tl_driver_now(driver);

    (void)state;
    scripted_fail(scripted, RPC_GetSystemInfo, TL_RESOURCE_EXHAUSTED, "slow down");
    reply_well();
    ask(CALL_RETRY, 0);
    run_until_answered();
    assert_in_range(last_at - start, TL_MILLISECONDS(800), TL_MILLISECONDS(1200));
}

static void errors_that_do_not_mend_are_told_at_once(void **state)
{
    const struct {
        enum tl_status status;
        const char *text;
    } cases[] = {
        {TL_NOT_FOUND, "no such namespace"},
        {TL_INVALID_ARGUMENT, "bad"},
        {TL_DEADLINE_EXCEEDED, "too late"},
        {TL_RESOURCE_EXHAUSTED, "grpc: received message larger than max (5 vs. 4)"},
        {TL_TOO_LARGE, "too large"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        replies = 0;
        scripted_fail(scripted, RPC_GetSystemInfo, cases[i].status, cases[i].text);
        ask(CALL_RETRY, 0);
        run_until_answered();
        assert_int_equal(last_status, cases[i].status);
        assert_int_equal(scripted_count(scripted, RPC_GetSystemInfo), i + 1);
    }
}

static void one_try_is_one_try(void **state)
{
    (void)state;
    scripted_fail(scripted, RPC_GetSystemInfo, TL_UNAVAILABLE, "down");
    ask(CALL_ONCE, 0);
    run_until_answered();
    assert_int_equal(last_status, TL_UNAVAILABLE);
}

static void trying_ends_after_ten_seconds(void **state)
{
    tl_time start = tl_driver_now(driver);

    (void)state;
    for (int i = 0; i < 20; i++) {
        scripted_fail(scripted, RPC_GetSystemInfo, TL_UNAVAILABLE, "down");
    }
    ask(CALL_RETRY, 0);
    run_until_answered();
    assert_int_equal(last_status, TL_UNAVAILABLE);
    assert_in_range(scripted_count(scripted, RPC_GetSystemInfo), 4, 10);
    assert_true(last_at - start <= TL_SECONDS(10));
}

static void each_try_has_the_timeout(void **state)
{
    (void)state;
    ask(CALL_ONCE, TL_SECONDS(70));
    assert_int_equal(scripted_call(scripted, RPC_GetSystemInfo, 0)->deadline, tl_driver_now(driver) + TL_SECONDS(70));
    tl_driver_advance_to(driver, tl_driver_now(driver) + TL_SECONDS(70));
    run_until_answered();
    assert_int_equal(last_status, TL_DEADLINE_EXCEEDED);
}

static void a_call_that_is_freed_is_not_answered(void **state)
{
    (void)state;
    struct call *call = ask(CALL_RETRY, 0);
    call_free(call);
    assert_true(scripted_call(scripted, RPC_GetSystemInfo, 0)->canceled);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_int_equal(replies, 0);
}

static void a_call_that_is_freed_between_tries_is_gone(void **state)
{
    (void)state;
    scripted_fail(scripted, RPC_GetSystemInfo, TL_UNAVAILABLE, "down");
    struct call *call = ask(CALL_RETRY, 0);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_true(call_is_pending(call));
    call_free(call);
    assert_int_equal(tl_driver_next_deadline(driver, TL_DEADLINE_WAKING), TL_NEVER);
}

static void the_holder_of_a_freed_call_knows(void **state)
{
    (void)state;
    struct call *call = ask(CALL_RETRY, 0);
    call->holder = &call;
    call_party_done(&party);
    assert_null(call);
}

static void a_canceled_call_is_answered(void **state)
{
    (void)state;
    call_cancel(ask(CALL_RETRY, 0));
    run_until_answered();
    assert_int_equal(last_status, TL_CANCELED);
}

static void a_call_canceled_between_tries_is_answered(void **state)
{
    (void)state;
    scripted_fail(scripted, RPC_GetSystemInfo, TL_UNAVAILABLE, "down");
    struct call *call = ask(CALL_RETRY, 0);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    call_cancel(call);
    run_until_answered();
    assert_int_equal(last_status, TL_CANCELED);
    assert_int_equal(scripted_count(scripted, RPC_GetSystemInfo), 1);
}

static void a_service_that_is_gone_is_told_later(void **state)
{
    (void)state;
    scripted_refuse(scripted, TL_STOPPED);
    ask(CALL_RETRY, 0);
    assert_int_equal(replies, 0);
    run_until_answered();
    assert_int_equal(last_status, TL_STOPPED);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_comes_once_and_later),
        TEST(a_call_may_be_sent_again),
        TEST(errors_that_may_mend_are_tried_again),
        TEST(a_limit_reached_waits_longer),
        TEST(errors_that_do_not_mend_are_told_at_once),
        TEST(one_try_is_one_try),
        TEST(trying_ends_after_ten_seconds),
        TEST(each_try_has_the_timeout),
        TEST(a_call_that_is_freed_is_not_answered),
        TEST(a_call_that_is_freed_between_tries_is_gone),
        TEST(the_holder_of_a_freed_call_knows),
        TEST(a_canceled_call_is_answered),
        TEST(a_call_canceled_between_tries_is_answered),
        TEST(a_service_that_is_gone_is_told_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
