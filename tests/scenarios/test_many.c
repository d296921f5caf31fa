/* SPDX-License-Identifier: MIT */
/* Large numbers: of activities, of tasks, of runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

#define FAN_OUT   1000
#define TICKS     500
#define WORKFLOWS 500
#define SIGNALS   300

static enum tl_status fans_out(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future **futures = tl_alloc(wf, FAN_OUT * sizeof(struct tl_future *));
    int64_t sum = 0;

    (void)input;
    for (int i = 0; i < FAN_OUT; i++) {
        struct tl_payload number = tl_payload_json(tl_format(wf, "%d", i));

        futures[i] = tl_activity_start(wf, "Double", TL_ARGS(number), &scenario_patient);
    }
    for (int i = 0; i < FAN_OUT; i++) {
        struct tl_payload doubled;
        int64_t value;

        if (tl_future_wait(futures[i], &doubled) != TL_OK || tl_json_get_int(&doubled, "", &value, NULL) != TL_OK) {
            return TL_FAILED;
        }
        sum += value;
    }
    return tl_result_text(wf, result, "%lld", (long long)sum);
}

static enum tl_status ticks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 0; i < TICKS; i++) {
        if (tl_sleep(wf, TL_SECONDS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t minutes;

    (void)result;
    assert_int_equal(tl_json_get_int(&input->items[0], "", &minutes, NULL), TL_OK);
    return tl_sleep(wf, TL_DAYS(1) + TL_MINUTES(minutes));
}

static enum tl_status counts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (int i = 0; i < SIGNALS; i++) {
        if (tl_signal_wait(wf, "one", 0, NULL) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return tl_result_text(wf, result, "%d", SIGNALS);
}

static enum tl_status twice(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t value;

    if (tl_json_get_int(&input->items[0], "", &value, NULL) != TL_OK ||
        tl_activity_sleep(activity, TL_SECONDS(1)) != TL_OK) {
        return TL_FAILED;
    }
    return tl_activity_result_text(activity, result, "%lld", 2 * (long long)value);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "FansOut", fans_out);
    tl_register_workflow(registry, "Ticks", ticks);
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "Counts", counts);
    tl_register_activity(registry, "Double", twice);
}

SCENARIO_SETUP(setup, register_all)

static void a_thousand_activities_run_beside_each_other(void **state)
{
    struct tl_handle *run = scenario_start(*state, "FansOut", NULL);

    scenario_assert_result(*state, run, "%d", FAN_OUT * (FAN_OUT - 1));
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(1));
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCompleted"), FAN_OUT);
}

static void a_long_history_is_read_in_pages(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Ticks", NULL);

    tl_env_advance(*state, TL_SECONDS(TICKS - 1) + TL_MILLISECONDS(500));
    (void)tl_worker_evict(tl_env_worker(*state), NULL);
    tl_assert_completed(*state, run);
    struct tl_history *history = tl_env_history(*state, run);
    assert_int_equal(tl_history_length(history), 1 + TICKS * 5 + 3 + 1);
    tl_history_unref(history);
}

static void many_workflows_sleep_at_once(void **state)
{
    char id[32];
    char minutes[8];

    for (int i = 0; i < WORKFLOWS; i++) {
        (void)snprintf(id, sizeof id, "w-%d", i);
        (void)snprintf(minutes, sizeof minutes, "%d", i * 7 % 60);
        (void)tl_env_start(*state, "Sleeps", id, minutes, NULL);
    }
    tl_env_run_until_idle(*state);
    assert_int_equal(tl_env_elapsed(*state), 0);
    tl_env_run_until_all_closed(*state);
    assert_int_equal(tl_env_elapsed(*state), TL_DAYS(1) + TL_MINUTES(59));
}

static void many_signals_are_all_taken(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Counts", NULL);

    for (int i = 0; i < SIGNALS; i++) {
        tl_env_signal(*state, run, "one", NULL);
    }
    scenario_assert_result(*state, run, "%d", SIGNALS);
}

static void the_invariants_of_the_service_hold(void **state)
{
    struct tl_error error = {.message = ""};

    (void)scenario_start(*state, "FansOut", NULL);
    for (int i = 0; i < 2000 && tl_env_step(*state); i++) {
        if (i % 100 == 0 && tl_env_sim(*state) != NULL && tl_sim_check(tl_env_sim(*state), &error) != TL_OK) {
            fail_msg("after %d steps: %s", i, error.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_thousand_activities_run_beside_each_other),
        SCENARIO(a_long_history_is_read_in_pages),
        SCENARIO(many_workflows_sleep_at_once),
        SCENARIO(many_signals_are_all_taken),
        SCENARIO(the_invariants_of_the_service_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
