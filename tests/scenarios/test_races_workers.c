/* SPDX-License-Identifier: MIT */
/* Workers that are lost, slow or wrong at a bad moment: before a report, in the middle of a replay, between attempts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/env_hook.h>
#include <timelapse/env_worker.h>
#include <timelapse/query.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static const struct tl_activity_options beating = {.start_to_close = TL_HOURS(1), .heartbeat = TL_MINUTES(1)};

/* What the test's activity saw, and whether the code of "Breaks" is mended. */
static int ran;
static int had_details;
static char keys[2][128];
static int mended;

/* ---- Code ---- */

static enum tl_status charges(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Charge", input, &beating, result);
}

/* Beats and has charged at once: its report waits for the answer to the heartbeat. */
static enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    (void)input;
    had_details = (int)tl_heartbeat_details(activity).count;
    (void)strncpy(keys[ran % 2], info->idempotency_key, sizeof keys[0] - 1);
    ran += 1;
    TL_IGNORE(tl_heartbeat(activity, TL_ARGS(tl_payload_json("\"charged\""))));
    return tl_activity_result_text(activity, result, "%d", info->attempt);
}

struct tale {
    char letters[64];
    size_t count;
};

static enum tl_status hears(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    struct tale *tale = user;

    (void)wf;
    (void)input;
    tale->letters[tale->count++] = name[0];
    return TL_OK;
}

static enum tl_status
tells(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct tale *tale = user;

    (void)input;
    return tl_result_text(wf, result, "\"%s\"", tale->letters);
}

/* Listens from the start, and answers queries after an hour only; a day of work goes before. */
static enum tl_status listens(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tale *tale = tl_alloc(wf, sizeof *tale);

    (void)input;
    tl_signal_handle(wf, NULL, NULL, hears, tale);
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    tl_query_handle(wf, "tale", NULL, tells, tale);
    for (int i = 0; i < 12; i++) {
        TL_IGNORE(tl_sleep(wf, TL_HOURS(2)));
    }
    return tells(wf, NULL, result, tale);
}

/* Fails its task as soon as a signal has come, until it is mended. */
static enum tl_status breaks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tale *tale = tl_alloc(wf, sizeof *tale);

    (void)input;
    tl_signal_handle(wf, NULL, NULL, hears, tale);
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    if (!mended) {
        return TL_INTERNAL;
    }
    return tells(wf, NULL, result, tale);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Charges", charges);
    tl_register_workflow(registry, "Listens", listens);
    tl_register_workflow(registry, "Breaks", breaks);
    tl_register_activity(registry, "Charge", charge);
}

static int setup(void **state)
{
    ran = 0;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_tolerant(void **state)
{
    mended = 0;
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .tolerate_failed_tasks = 1, .no_shadow = 1});
}

static void lose(struct tl_env *env, void *user)
{
    (void)user;
    tl_env_worker_restart(tl_env_own_worker(env));
    tl_env_worker_slow(tl_env_own_worker(env), 0);
}

/* ---- A report that never leaves ---- */

/*
 * What an attempt did and could not tell is done again by the next, which is known by the same key and told of the last
 * heartbeat (sdk-core, worker/activities.rs; timer_queue_active_task_executor.go, executeActivityTimeoutTask).
 */
static void a_worker_is_lost_between_an_activitys_end_and_its_report(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Charges", NULL);

    tl_env_worker_slow(tl_env_own_worker(*state), TL_SECONDS(2));
    tl_env_advance(*state, TL_SECONDS(3));
    if (ran == 0) {
        tl_env_advance(*state, TL_SECONDS(2));
    }
    assert_int_equal(ran, 1);
    assert_int_equal(had_details, 0);
    lose(*state, NULL);
    scenario_assert_result(*state, run, "2");
    assert_int_equal(ran, 2);
    assert_int_equal(had_details, 1);
    assert_string_equal(keys[0], keys[1]);
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCompleted"), 1);
    assert_says(*state, run, "TIMEOUT_TYPE_HEARTBEAT");
}

/* ---- Questions ---- */

static void send_signal(struct tl_env *env, void *run)
{
    tl_env_signal(env, run, "b", NULL);
}

/*
 * A query asks a run whose worker has to replay it, slowly; a signal comes meanwhile, whose task waits for its turn.
 * The query sees what was there when it was asked, the task what has come since (api/queryworkflow/api.go).
 */
static void a_signal_comes_while_a_query_replays(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Listens", NULL);

    tl_env_advance(env, TL_MINUTES(30));
    tl_env_signal(env, run, "a", NULL);
    tl_env_advance(env, TL_HOURS(6));
    (void)tl_env_worker_evict(tl_env_own_worker(env), NULL);
    tl_env_worker_slow(tl_env_own_worker(env), TL_MILLISECONDS(800));
    (void)tl_env_at(env, tl_env_elapsed(env) + TL_SECONDS(1), send_signal, run);
    tl_assert_query(env, run, "tale", NULL, "\"a\"");
    tl_env_worker_slow(tl_env_own_worker(env), 0);
    tl_env_advance(env, TL_MINUTES(1));
    tl_assert_query(env, run, "tale", NULL, "\"ab\"");
    tl_assert_result(env, run, "\"ab\"");
}

/* Before its handler a query fails, cached or replayed, and changes nothing; afterwards it is answered, by both. */
static void a_handler_that_comes_late(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Listens", NULL);

    tl_env_signal(env, run, "a", NULL);
    tl_env_advance(env, TL_MINUTES(59));
    for (int i = 0; i < 2; i++) {
        struct tl_payload answer;
        struct tl_error error;
        assert_int_equal(tl_handle_query(run, "tale", NULL, NULL, &answer, &error), TL_FAILED);
        (void)tl_env_worker_evict(tl_env_own_worker(env), NULL);
    }
    tl_env_advance(env, TL_MINUTES(2));
    for (int i = 0; i < 2; i++) {
        tl_assert_query(env, run, "tale", NULL, "\"a\"");
        (void)tl_env_worker_evict(tl_env_own_worker(env), NULL);
    }
    tl_assert_result(env, run, "\"a\"");
}

/* ---- Attempts of a task ---- */

/*
 * Signals come between failing attempts and under them: those are buffered until the attempt is over, and each is told
 * once, in its order, to the attempt that succeeds (workflow_task_state_machine.go: transient attempts).
 */
static void signals_between_failing_attempts_are_told_once(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Breaks", NULL);

    tl_env_signal(env, run, "a", NULL);
    tl_env_advance(env, TL_MINUTES(1) + TL_SECONDS(5)); /* fails, and its second attempt hangs */
    tl_env_signal(env, run, "b", NULL);
    tl_env_advance(env, TL_SECONDS(3));
    tl_env_signal(env, run, "c", NULL);
    tl_env_advance(env, TL_MINUTES(2));
    tl_env_signal(env, run, "d", NULL);
    (void)tl_env_worker_evict(tl_env_own_worker(env), NULL);
    tl_env_advance(env, TL_MINUTES(5));
    assert_true(scenario_count_events(env, run, "WorkflowTaskFailed") >= 1);
    mended = 1;
    tl_assert_result(env, run, "\"abcd\"");
    assert_int_equal(scenario_count_events(env, run, "WorkflowExecutionSignaled"), 4);
}

#define TOLERANT(test) cmocka_unit_test_setup_teardown(test, setup_tolerant, tl_cmocka_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_worker_is_lost_between_an_activitys_end_and_its_report),
        SCENARIO(a_signal_comes_while_a_query_replays),
        SCENARIO(a_handler_that_comes_late),
        TOLERANT(signals_between_failing_attempts_are_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
