/* SPDX-License-Identifier: MIT */
#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include "cleanup.h"

#define JOB            "{\"job\": \"render\"}"
#define RECORDED(name) "fixtures/histories/cleanup/" name ".json"

static int setup(void **state)
{
    int failed = tl_cmocka_setup(state, &(struct tl_env_options){.register_all = cleanup_register});

    if (!failed) {
        tl_mock_returns(tl_mock_activity(*state, "RentMachine"), TL_ONCE, "\"machine-7\"");
        tl_mock_returns(tl_mock_activity(*state, "ReturnMachine"), TL_ONCE, NULL); /* once, whatever happens */
    }
    return failed;
}

/* Works for two hours with a heart that beats; says when it stopped. */
static enum tl_status
work(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_time *stopped_at = user;

    (void)input;
    for (int i = 0; i < 2 * 60 * 3; i++) { /* well within the heartbeat timeout */
        if (tl_heartbeat(activity, NULL) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(20)) != TL_OK) {
            *stopped_at = tl_activity_now(activity);
            return TL_CANCELED;
        }
    }
    return tl_activity_result_text(activity, result, "\"rendered\"");
}

static void the_machine_goes_back_when_the_job_is_done(void **state)
{
    struct tl_env *env = *state;
    tl_time stopped_at = 0;

    tl_mock_calls(tl_mock_activity(env, "RunJob"), TL_ONCE, work, &stopped_at);
    struct tl_handle *run = tl_env_start(env, RENTED_JOB, "job", JOB, NULL);
    tl_assert_result(env, run, "\"rendered\"");
    tl_assert_recorded(env, run, RECORDED("done"));
}

static void the_machine_goes_back_when_the_job_fails(void **state)
{
    struct tl_env *env = *state;

    tl_mock_fails(tl_mock_activity(env, "RunJob"), TL_ONCE, "OutOfDisk");
    struct tl_handle *run = tl_env_start(env, RENTED_JOB, "job", JOB, NULL);
    tl_assert_failed(env, run, "OutOfDisk");
    tl_assert_recorded(env, run, RECORDED("failed"));
}

static void a_canceled_job_stops_before_its_machine_goes_back(void **state)
{
    struct tl_env *env = *state;
    tl_time stopped_at = 0;

    tl_mock_calls(tl_mock_activity(env, "RunJob"), TL_ONCE, work, &stopped_at);
    struct tl_handle *run = tl_env_start(env, RENTED_JOB, "job", JOB, NULL);
    tl_env_advance(env, TL_HOURS(1));
    tl_env_cancel(env, run);
    tl_assert_canceled(env, run);
    assert_true(stopped_at > 0);
    assert_true(tl_env_elapsed(env) <= TL_HOURS(1) + TL_MINUTES(1)); /* the next heartbeat tells the job */
    tl_assert_recorded(env, run, RECORDED("canceled"));
}

static void canceled_before_there_is_a_machine_nothing_goes_back(void **state)
{
    struct tl_env *env;
    void *own;

    (void)state;
    assert_int_equal(tl_cmocka_setup(&own, &(struct tl_env_options){.register_all = cleanup_register}), 0);
    env = own;
    tl_mock_returns(tl_mock_activity(env, "RentMachine"), TL_TIMES(0), NULL);
    struct tl_handle *run =
        tl_env_start(env, RENTED_JOB, "job", JOB, &(const struct tl_start_options){.start_delay = TL_MINUTES(5)});
    tl_env_cancel(env, run);
    tl_assert_canceled(env, run);
    assert_int_equal(tl_cmocka_teardown(&own), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_machine_goes_back_when_the_job_is_done, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(the_machine_goes_back_when_the_job_fails, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(a_canceled_job_stops_before_its_machine_goes_back, setup, tl_cmocka_teardown),
        cmocka_unit_test(canceled_before_there_is_a_machine_nothing_goes_back),
    };
    return cmocka_run_group_tests_name("examples/cleanup", tests, NULL, NULL);
}
