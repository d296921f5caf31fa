/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(30));
}

static enum tl_status sleeps_not(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    enum tl_status status = tl_sleep(wf, 0);
    return status == TL_OK ? tl_sleep(wf, -TL_SECONDS(1)) : status;
}

/* Five timers at once, the longest first. */
static enum tl_status starts_many(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timers[5];

    (void)input;
    for (int i = 0; i < 5; i++) {
        timers[i] = tl_timer_start(wf, TL_MINUTES(5 - i));
    }
    size_t first = tl_wait_any(timers, 5);
    tl_time woken = tl_now(wf);
    enum tl_status status = tl_wait_all(timers, 5);
    return status != TL_OK ? status
                           : tl_result_text(
                                 wf,
                                 result,
                                 "{\"first\": %zu, \"rest\": %lld}",
                                 first,
                                 (long long)((tl_now(wf) - woken) / TL_MINUTES(1)));
}

static enum tl_status cancels_one(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timer = tl_timer_start(wf, TL_DAYS(1));

    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    tl_future_cancel(timer);
    enum tl_status status = tl_future_wait(timer, NULL);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(status));
}

/* A timer that is canceled in the task that started it: nobody ever hears of it. */
static enum tl_status takes_one_back(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timer = tl_timer_start(wf, TL_DAYS(1));

    (void)input;
    (void)result;
    tl_future_cancel(timer);
    return tl_future_wait(timer, NULL) == TL_CANCELED ? TL_OK : tl_fail(wf, "NotCanceled", "it went on");
}

static enum tl_status
gives_up_waiting(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *slow = tl_timer_start(wf, TL_HOURS(1));

    (void)input;
    enum tl_status first = tl_future_wait_for(slow, TL_MINUTES(1), NULL);
    enum tl_status second = tl_future_wait_for(slow, TL_DAYS(1), NULL);
    return tl_result_text(wf, result, "[\"%s\", \"%s\"]", tl_status_name(first), tl_status_name(second));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "SleepsNot", sleeps_not);
    tl_register_workflow(registry, "StartsMany", starts_many);
    tl_register_workflow(registry, "CancelsOne", cancels_one);
    tl_register_workflow(registry, "TakesOneBack", takes_one_back);
    tl_register_workflow(registry, "GivesUpWaiting", gives_up_waiting);
}

SCENARIO_SETUP(setup, register_all)

static void thirty_days_pass_at_once(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Sleeps", NULL);

    tl_assert_completed(*state, run);
    assert_int_equal(tl_env_elapsed(*state), TL_DAYS(30));
    assert_events(*state, run, "WorkflowExecutionStarted T TimerStarted TimerFired T WorkflowExecutionCompleted");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/thirty_days.json");
}

static void no_time_at_all_starts_no_timer(void **state)
{
    struct tl_handle *run = scenario_start(*state, "SleepsNot", NULL);

    tl_assert_completed(*state, run);
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionCompleted");
}

static void timers_fire_in_the_order_of_their_times(void **state)
{
    struct tl_handle *run = scenario_start(*state, "StartsMany", NULL);

    tl_assert_result(*state, run, "{\"first\": 4, \"rest\": 4}");
    assert_int_equal(scenario_count_events(*state, run, "TimerFired"), 5);
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(5));
}

static void a_canceled_timer_does_not_fire(void **state)
{
    struct tl_handle *run = scenario_start(*state, "CancelsOne", NULL);

    tl_assert_result(*state, run, "\"canceled\"");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T TimerStarted TimerStarted TimerFired T TimerCanceled WorkflowExecutionCompleted");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/timer_canceled.json");
}

static void a_timer_taken_back_at_once_leaves_no_event(void **state)
{
    struct tl_handle *run = scenario_start(*state, "TakesOneBack", NULL);

    tl_assert_completed(*state, run);
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionCompleted");
}

static void a_wait_with_a_limit_leaves_the_future_pending(void **state)
{
    struct tl_handle *run = scenario_start(*state, "GivesUpWaiting", NULL);

    tl_assert_result(*state, run, "[\"timed out\", \"ok\"]");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(thirty_days_pass_at_once),
        SCENARIO(no_time_at_all_starts_no_timer),
        SCENARIO(timers_fire_in_the_order_of_their_times),
        SCENARIO(a_canceled_timer_does_not_fire),
        SCENARIO(a_timer_taken_back_at_once_leaves_no_event),
        SCENARIO(a_wait_with_a_limit_leaves_the_future_pending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
