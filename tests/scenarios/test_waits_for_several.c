/* SPDX-License-Identifier: MIT */
/* Waits for any and for all of several futures, with a limit and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

#define COUNT 4

static void start_timers(struct tl_workflow *wf, struct tl_future **timers)
{
    for (int i = 0; i < COUNT; i++) {
        timers[i] = tl_timer_start(wf, TL_HOURS(COUNT - i));
    }
}

static enum tl_status tell(struct tl_workflow *wf, enum tl_status status, size_t index, struct tl_payload *result)
{
    return tl_result_text(wf, result, "[\"%s\", %zu]", tl_status_name(status), index);
}

static enum tl_status any_in_time(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timers[COUNT];
    size_t index = 9;

    (void)input;
    start_timers(wf, timers);
    enum tl_status status = tl_wait_any_for(timers, COUNT, TL_HOURS(2), &index);
    return tell(wf, status, index, result);
}

static enum tl_status any_too_late(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timers[COUNT];
    size_t index = 9;

    (void)input;
    start_timers(wf, timers);
    enum tl_status status = tl_wait_any_for(timers, 2, TL_MINUTES(1), &index);
    if (status != TL_TIMED_OUT || index != 9) {
        return tell(wf, status, index, result);
    }
    status = tl_wait_any_for(timers, COUNT, TL_NEVER, &index);
    return tell(wf, status, index, result);
}

static enum tl_status all_in_time(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timers[COUNT];

    (void)input;
    start_timers(wf, timers);
    enum tl_status status = tl_wait_all_for(timers, COUNT, TL_DAYS(1));
    return tell(wf, status, (size_t)tl_future_ready(timers[0]), result);
}

static enum tl_status all_too_late(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timers[COUNT];
    size_t ready = 0;

    (void)input;
    start_timers(wf, timers);
    enum tl_status status = tl_wait_all_for(timers, COUNT, TL_MINUTES(150));
    for (int i = 0; i < COUNT; i++) {
        ready += (size_t)tl_future_ready(timers[i]);
    }
    return tell(wf, status, ready, result);
}

/* The first by index that failed counts, and only when all are over. */
static enum tl_status all_but_one(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *futures[] = {
        tl_timer_start(wf, TL_HOURS(1)), tl_activity_start(wf, "Work", NULL, &scenario_once)};

    (void)input;
    enum tl_status status = tl_wait_all_for(futures, 2, TL_DAYS(1));
    int hours = (int)((tl_now(wf) - tl_workflow_info(wf)->started_at) / TL_HOURS(1));
    return tl_result_text(
        wf, result, "[\"%s\", \"%s\", %d]", tl_status_name(status), tl_failure(wf)->cause->type, hours);
}

/* Nothing to wait for: no timer, and in a canceled scope neither. */
static enum tl_status nothing(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enum tl_status before = tl_wait_all_for(NULL, 0, TL_DAYS(1));
    tl_cancel_scope(wf);
    enum tl_status after = tl_wait_all(NULL, 0);
    return tl_result_text(wf, result, "[\"%s\", \"%s\"]", tl_status_name(before), tl_status_name(after));
}

static enum tl_status pauses(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_sleep(wf, TL_DAYS(1));
}

static enum tl_status holds_on(struct tl_workflow *wf, void *user)
{
    return tl_shielded(wf, pauses, user);
}

/* A coroutine that shields itself: without a limit the canceled wait goes on, with one it ends. */
static enum tl_status ends_its_wait(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *holders[] = {tl_spawn(wf, "one", holds_on, NULL), tl_spawn(wf, "two", holds_on, NULL)};
    size_t index = 9;

    (void)input;
    enum tl_status any = tl_wait_any_for(holders, 2, TL_DAYS(2), &index);
    enum tl_status all = tl_wait_all_for(holders, 2, TL_DAYS(2));
    index = tl_wait_any(holders, 2);
    return tl_result_text(wf, result, "[\"%s\", \"%s\", %zu]", tl_status_name(any), tl_status_name(all), index);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "AnyInTime", any_in_time);
    tl_register_workflow(registry, "AnyTooLate", any_too_late);
    tl_register_workflow(registry, "AllInTime", all_in_time);
    tl_register_workflow(registry, "AllTooLate", all_too_late);
    tl_register_workflow(registry, "AllButOne", all_but_one);
    tl_register_workflow(registry, "Nothing", nothing);
    tl_register_workflow(registry, "EndsItsWait", ends_its_wait);
}

SCENARIO_SETUP(setup, register_all)

static void the_first_in_time_is_told(void **state)
{
    struct tl_handle *run = scenario_start(*state, "AnyInTime", NULL);

    tl_assert_result(*state, run, "[\"ok\", 3]");
    assert_int_equal(scenario_count_events(*state, run, "TimerCanceled"), 1);
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(1));
}

static void any_has_a_limit_and_what_was_waited_for_stays_pending(void **state)
{
    struct tl_handle *run = scenario_start(*state, "AnyTooLate", NULL);

    tl_assert_result(*state, run, "[\"ok\", 3]");
}

static void all_in_time_are_told(void **state)
{
    struct tl_handle *run = scenario_start(*state, "AllInTime", NULL);

    tl_assert_result(*state, run, "[\"ok\", 1]");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(COUNT));
}

static void all_have_a_limit(void **state)
{
    struct tl_handle *run = scenario_start(*state, "AllTooLate", NULL);

    tl_assert_result(*state, run, "[\"timed out\", 2]");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(150));
}

static void one_that_failed_is_told_when_all_are_over(void **state)
{
    tl_mock_fails(tl_mock_activity(*state, "Work"), TL_ONCE, "Broken");
    struct tl_handle *run = scenario_start(*state, "AllButOne", NULL);

    tl_assert_result(*state, run, "[\"failed\", \"Broken\", 1]");
}

static void waiting_for_nothing_is_no_wait(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Nothing", NULL);

    tl_assert_result(*state, run, "[\"ok\", \"ok\"]");
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionCompleted");
}

static void a_limit_ends_with_its_scope(void **state)
{
    struct tl_handle *run = scenario_start(*state, "EndsItsWait", NULL);

    tl_env_advance(*state, TL_HOURS(1));
    tl_env_cancel(*state, run);
    tl_assert_result(*state, run, "[\"canceled\", \"canceled\", 0]");
    assert_int_equal(tl_env_elapsed(*state), TL_DAYS(1));
}

static void a_report_names_what_is_waited_for(void **state)
{
    (void)scenario_start(*state, "AnyInTime", NULL);
    tl_env_run_until_idle(*state);
    const char *waits = tl_env_waits(*state);

    if (waits[0] != '\0') { /* without a cache nobody is there to wait */
        assert_non_null(strstr(waits, "the first of timer 1 (4h), timer 2 (3h), timer 3 (2h), timer 4 (1h), until"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(the_first_in_time_is_told),
        SCENARIO(any_has_a_limit_and_what_was_waited_for_stays_pending),
        SCENARIO(all_in_time_are_told),
        SCENARIO(all_have_a_limit),
        SCENARIO(one_that_failed_is_told_when_all_are_over),
        SCENARIO(waiting_for_nothing_is_no_wait),
        SCENARIO(a_limit_ends_with_its_scope),
        SCENARIO(a_report_names_what_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
