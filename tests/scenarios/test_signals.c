/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* Takes three signals "add" and returns their values as digits of one number, in the order of arrival. */
static enum tl_status adds_up(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t sum = 0;

    (void)input;
    for (int i = 0; i < 3; i++) {
        struct tl_payloads value;
        int64_t digit;

        if (tl_signal_wait(wf, "add", 0, &value) != TL_OK ||
            tl_json_get_int(&value.items[0], NULL, &digit, NULL) != TL_OK) {
            return tl_fail(wf, "BadSignal", "no number came");
        }
        sum = sum * 10 + digit;
    }
    return tl_result_text(wf, result, "%lld", (long long)sum);
}

/* Sleeps first: whatever comes meanwhile waits for it. */
static enum tl_status sleeps_first(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    size_t waiting = tl_signal_pending(wf, "add");
    size_t taken = 0;
    while (tl_signal_pending(wf, "add") > 0) {
        taken += tl_signal_wait(wf, "add", 0, NULL) == TL_OK;
    }
    return tl_result_text(
        wf, result, "{\"waiting\": %zu, \"taken\": %zu, \"others\": %zu}", waiting, taken, tl_signal_pending(wf, "x"));
}

static enum tl_status waits_a_while(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enum tl_status status = tl_signal_wait(wf, "add", TL_DAYS(1), NULL);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(status));
}

static enum tl_status take_one(struct tl_workflow *wf, void *user)
{
    struct tl_payloads value;
    enum tl_status status = tl_signal_wait(wf, "add", 0, &value);

    return status == TL_OK ? tl_json_get_int(&value.items[0], NULL, user, NULL) : status;
}

/* Two coroutines wait for the same name: first come, first served. */
static enum tl_status shares(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t *taken = tl_alloc(wf, 2 * sizeof *taken);
    struct tl_future *futures[] = {
        tl_spawn(wf, "first", take_one, &taken[0]), tl_spawn(wf, "second", take_one, &taken[1])};

    (void)input;
    if (tl_wait_all(futures, 2) != TL_OK) {
        return TL_FAILED;
    }
    return tl_result_text(wf, result, "[%lld, %lld]", (long long)taken[0], (long long)taken[1]);
}

/* Waits for a signal while an activity runs. */
static enum tl_status beside_work(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *work = tl_activity_start(wf, "Work", NULL, &scenario_patient);

    (void)input;
    enum tl_status signalled = tl_signal_wait(wf, "add", TL_HOURS(1), NULL);
    enum tl_status worked = tl_future_wait(work, NULL);
    return tl_result_text(wf, result, "[\"%s\", \"%s\"]", tl_status_name(signalled), tl_status_name(worked));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "AddsUp", adds_up);
    tl_register_workflow(registry, "SleepsFirst", sleeps_first);
    tl_register_workflow(registry, "WaitsAWhile", waits_a_while);
    tl_register_workflow(registry, "Shares", shares);
    tl_register_workflow(registry, "BesideWork", beside_work);
}

SCENARIO_SETUP(setup, register_all)

static void signals_are_taken_in_their_order(void **state)
{
    struct tl_handle *run = scenario_start(*state, "AddsUp", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "add", "1");
    tl_env_advance(*state, TL_MINUTES(1));
    tl_env_signal(*state, run, "add", "2");
    tl_env_signal(*state, run, "add", "3");
    tl_assert_result(*state, run, "123");
    assert_int_equal(scenario_count_events(*state, run, "WorkflowExecutionSignaled"), 3);
}

static void signals_before_the_first_task_are_kept(void **state)
{
    struct tl_handle *run = scenario_start(*state, "AddsUp", NULL);

    tl_env_signal(*state, run, "add", "4");
    tl_env_signal(*state, run, "add", "5");
    tl_env_signal(*state, run, "add", "6");
    tl_assert_result(*state, run, "456");
}

static void a_signal_wakes_the_workflow(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsAWhile", NULL);

    tl_env_advance(*state, TL_HOURS(2));
    tl_env_signal(*state, run, "add", NULL);
    tl_assert_result(*state, run, "\"ok\"");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T TimerStarted WorkflowExecutionSignaled T TimerCanceled "
        "WorkflowExecutionCompleted");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/signal_taken.json");
}

static void a_wait_for_a_signal_ends_at_its_limit(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsAWhile", NULL);

    tl_assert_result(*state, run, "\"timed out\"");
    assert_int_equal(tl_env_elapsed(*state), TL_DAYS(1));
}

static void another_name_wakes_nobody(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsAWhile", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "subtract", NULL);
    tl_assert_result(*state, run, "\"timed out\"");
}

static void signals_that_nobody_waits_for_are_kept_and_counted(void **state)
{
    struct tl_handle *run = scenario_start(*state, "SleepsFirst", NULL);

    tl_env_advance(*state, TL_MINUTES(1));
    tl_env_signal(*state, run, "add", "1");
    tl_env_signal(*state, run, "add", "1");
    tl_env_signal(*state, run, "x", NULL);
    tl_assert_result(*state, run, "{\"waiting\": 2, \"taken\": 2, \"others\": 1}");
}

static void who_waits_longest_is_served_first(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Shares", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "add", "8");
    tl_env_signal(*state, run, "add", "9");
    tl_assert_result(*state, run, "[8, 9]");
}

static enum tl_status
works_slowly(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)user;
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, TL_SECONDS(5));
}

static void a_signal_may_come_while_an_activity_runs(void **state)
{
    tl_mock_calls(tl_mock_activity(*state, "Work"), TL_ONCE, works_slowly, NULL);
    struct tl_handle *run = scenario_start(*state, "BesideWork", NULL);

    tl_env_advance(*state, TL_SECONDS(2));
    tl_env_signal(*state, run, "add", NULL);
    tl_assert_result(*state, run, "[\"ok\", \"ok\"]");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(5));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/signal_beside_activity.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(signals_are_taken_in_their_order),
        SCENARIO(signals_before_the_first_task_are_kept),
        SCENARIO(a_signal_wakes_the_workflow),
        SCENARIO(a_wait_for_a_signal_ends_at_its_limit),
        SCENARIO(another_name_wakes_nobody),
        SCENARIO(signals_that_nobody_waits_for_are_kept_and_counted),
        SCENARIO(who_waits_longest_is_served_first),
        SCENARIO(a_signal_may_come_while_an_activity_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
