/* SPDX-License-Identifier: MIT */
#include <timelapse/cmocka.h>
#include <timelapse/env_query.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include "approval.h"

#define REQUEST        "{\"request\": \"a new laptop\", \"approver\": \"grace\"}"
#define YES            "{\"approved\": true, \"comment\": \"enjoy\"}"
#define RECORDED(name) "fixtures/histories/approval/" name ".json"

static int setup(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = approval_register});
}

static void a_decision_on_the_third_day_counts(void **state)
{
    struct tl_env *env = *state;

    tl_mock_returns(tl_mock_activity(env, "Remind"), TL_TIMES(2), NULL);
    struct tl_handle *run = tl_env_start(env, APPROVAL, "laptop", REQUEST, NULL);
    tl_env_advance(env, TL_HOURS(60));
    tl_assert_query(env, run, "state", NULL, "\"waiting\"");
    tl_env_signal(env, run, "decide", YES);
    tl_assert_result(env, run, YES);
    tl_assert_query(env, run, "state", NULL, "\"decided\"");
    assert_int_equal(tl_env_elapsed(env), TL_HOURS(60));
    tl_assert_recorded(env, run, RECORDED("approved"));
}

static void what_is_no_decision_changes_nothing(void **state)
{
    struct tl_env *env = *state;

    tl_mock_returns(tl_mock_activity(env, "Remind"), TL_TIMES(0), NULL);
    struct tl_handle *run = tl_env_start(env, APPROVAL, "laptop", REQUEST, NULL);
    tl_env_signal(env, run, "decide", NULL);
    tl_env_signal(env, run, "decide", "{\"approved\": \"perhaps\"}");
    tl_env_advance(env, TL_HOURS(1));
    tl_env_signal(env, run, "decide", "{\"approved\": false}");
    tl_assert_result(env, run, "{\"approved\": false}");
    assert_int_equal(tl_env_elapsed(env), TL_HOURS(1));
}

static void without_a_decision_it_expires_after_five_days_of_reminders(void **state)
{
    struct tl_env *env = *state;
    struct tl_mock *remind = tl_mock_activity(env, "Remind");

    tl_mock_returns(remind, TL_TIMES(3), NULL);
    tl_mock_fails(remind, TL_TIMES(3), "MailIsDown"); /* the fourth, tried three times */
    struct tl_handle *run = tl_env_start(env, APPROVAL, "laptop", REQUEST, NULL);
    tl_assert_failed(env, run, "Expired");
    tl_assert_query(env, run, "state", NULL, "\"expired\"");
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(APPROVAL_DAYS));
    tl_assert_recorded(env, run, RECORDED("expired"));
}

static void a_request_can_be_taken_back(void **state)
{
    struct tl_env *env = *state;

    tl_mock_returns(tl_mock_activity(env, "Remind"), TL_ONCE, NULL);
    struct tl_handle *run = tl_env_start(env, APPROVAL, "laptop", REQUEST, NULL);
    tl_env_advance(env, TL_HOURS(30));
    tl_env_cancel(env, run);
    tl_assert_canceled(env, run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_decision_on_the_third_day_counts, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_decision_changes_nothing, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(
            without_a_decision_it_expires_after_five_days_of_reminders, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(a_request_can_be_taken_back, setup, tl_cmocka_teardown),
    };
    return cmocka_run_group_tests_name("examples/approval", tests, NULL, NULL);
}
