/* SPDX-License-Identifier: MIT */
/* Mocks that heartbeat while their answer takes time: kept alive, told to stop, their details kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static struct tl_activity_options options;

/* Runs the activity "Step"; its result, or the word for how it ended. */
static enum tl_status calls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_activity_run(wf, "Step", input, &options, result);

    return status == TL_OK ? TL_OK : tl_result_text(wf, result, "\"%s\"", tl_status_name(status));
}

/* Asks for the activity's cancellation after an hour and tells how it ended. */
static enum tl_status cancels(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *step = tl_activity_start(wf, "Step", input, &options);

    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    tl_future_cancel(step);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(tl_future_wait(step, NULL)));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Calls", calls);
    tl_register_workflow(registry, "Cancels", cancels);
}

static int setup(void **state)
{
    options = scenario_once;
    options.start_to_close = TL_DAYS(1);
    options.heartbeat = TL_MINUTES(1);
    options.cancellation = TL_WAIT_CANCELLATION_COMPLETED;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_mock *step(struct tl_env *env)
{
    return tl_mock_activity(env, "Step");
}

static void heartbeats_keep_an_attempt_alive(void **state)
{
    tl_mock_answers(
        step(*state),
        TL_ONCE,
        &(const struct tl_mock_answer){.json = "1", .after = TL_HOURS(3), .heartbeat_every = TL_SECONDS(30)});
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "1");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(3));
}

static void one_heartbeat_does_not_for_long(void **state)
{
    tl_mock_answers(
        step(*state),
        TL_ONCE,
        &(const struct tl_mock_answer){.json = "1", .after = TL_HOURS(3), .heartbeat = "{\"page\": 1}"});
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "\"failed\"");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1));
}

static void what_is_told_to_stop_answers_as_canceled(void **state)
{
    tl_mock_answers(
        step(*state),
        TL_ONCE,
        &(const struct tl_mock_answer){.json = "1", .after = TL_HOURS(3), .heartbeat_every = TL_SECONDS(50)});
    struct tl_handle *run = scenario_start(*state, "Cancels", NULL);

    tl_assert_result(*state, run, "\"canceled\"");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCanceled"), 1);
    assert_true(tl_env_elapsed(*state) <= TL_HOURS(1) + TL_MINUTES(1));
}

static void a_failure_heartbeats_before_it_fails(void **state)
{
    tl_mock_answers(
        step(*state),
        TL_ONCE,
        &(const struct tl_mock_answer){
            .kind = TL_MOCK_FAILS, .failure_type = "Busy", .after = TL_MINUTES(10), .heartbeat_every = TL_SECONDS(30)});
    tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "\"failed\"");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(10));
}

static enum tl_status
takes_over(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payloads left = tl_heartbeat_details(activity);
    int64_t page;

    (void)user;
    (void)input;
    assert_int_equal(left.count, 1);
    assert_int_equal(tl_json_get_int(&left.items[0], "page", &page, NULL), TL_OK);
    return tl_activity_result_text(activity, result, "%lld", (long long)page);
}

static void details_of_each_way_to_end_reach_the_next_attempt(void **state)
{
    static const struct tl_mock_answer answers[] = {
        {.kind = TL_MOCK_FAILS, .failure_type = "Busy", .heartbeat = "{\"page\": 7}"},
        {.kind = TL_MOCK_CRASHES, .heartbeat = "{\"page\": 7}"},
        {.kind = TL_MOCK_TIMES_OUT, .timeout = TL_TIMEOUT_HEARTBEAT, .heartbeat = "{\"page\": 7}"},
        {.kind = TL_MOCK_TIMES_OUT, .timeout = TL_TIMEOUT_START_TO_CLOSE, .heartbeat = "{\"page\": 7}"},
    };
    static const struct tl_retry_policy patient = {.maximum_attempts = 2};

    options.retry = &patient;
    options.start_to_close = TL_MINUTES(10);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        tl_mock_answers(step(*state), TL_ONCE, &answers[i]);
        tl_mock_calls(step(*state), TL_ONCE, takes_over, NULL);
        tl_assert_result(*state, scenario_start(*state, "Calls", NULL), "7");
    }
    tl_assert_called(*state, step(*state), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(heartbeats_keep_an_attempt_alive),
        SCENARIO(one_heartbeat_does_not_for_long),
        SCENARIO(what_is_told_to_stop_answers_as_canceled),
        SCENARIO(a_failure_heartbeats_before_it_fails),
        SCENARIO(details_of_each_way_to_end_reach_the_next_attempt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
