/* SPDX-License-Identifier: MIT */
/*
 * Each kind of wait, disturbed in its middle: evicted, lost with its worker, with its task timed out, asked meanwhile.
 * Each ends as if nothing had been: an evicted run is replayed from its history, and what history tells is all it knows
 * (sdk-core, worker/workflow/managed_run.rs; sdk-go, internal_task_handlers.go, resetStateIfDestroyed).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/async_activity.h>
#include <timelapse/env_worker.h>
#include <timelapse/query.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static const struct tl_activity_options beating = {
    .start_to_close = TL_HOURS(1), .heartbeat = TL_MINUTES(1), .cancellation = TL_WAIT_CANCELLATION_COMPLETED};
static const struct tl_activity_options later = {.activity_id = "later", .start_to_close = TL_HOURS(1)};

/* ---- Waits: each begins at the start and ends ten minutes later ---- */

struct state {
    struct tl_workflow *wf;
    int stage; /* for queries: 1 while it waits, 2 when it has gone on */
    int flag;
};

static int flag_is_set(void *user)
{
    return ((const struct state *)user)->flag;
}

static enum tl_status set_flag(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)wf;
    (void)name;
    (void)input;
    ((struct state *)user)->flag = 1;
    return TL_OK;
}

static enum tl_status waits_timer(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_sleep(wf, TL_MINUTES(10));
}

static enum tl_status waits_activity(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_activity_run(wf, "Beats", NULL, &beating, NULL);
}

static enum tl_status waits_async(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_activity_run(wf, "Later", NULL, &later, NULL);
}

static enum tl_status waits_condition(struct tl_workflow *wf, void *user)
{
    return tl_wait_until(wf, flag_is_set, user, TL_HOURS(1));
}

static enum tl_status waits_signal(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_signal_wait(wf, "kept", TL_HOURS(1), NULL);
}

static enum tl_status waits_any(struct tl_workflow *wf, void *user)
{
    struct tl_future *futures[] = {
        tl_timer_start(wf, TL_HOURS(2)),
        tl_activity_start(wf, "Beats", NULL, &beating),
        tl_timer_start(wf, TL_HOURS(3))};
    size_t index = 9;
    enum tl_status status = tl_wait_any_for(futures, 3, TL_HOURS(1), &index);

    (void)user;
    return status == TL_OK && index == 1 ? TL_OK : TL_FAILED;
}

static enum tl_status waits_any_too_long(struct tl_workflow *wf, void *user)
{
    struct tl_future *futures[] = {tl_timer_start(wf, TL_HOURS(2)), tl_timer_start(wf, TL_HOURS(3))};
    size_t index = 9;

    (void)user;
    return tl_wait_any_for(futures, 2, TL_MINUTES(10), &index) == TL_TIMED_OUT && index == 9 ? TL_OK : TL_FAILED;
}

static enum tl_status waits_all(struct tl_workflow *wf, void *user)
{
    struct tl_future *futures[] = {tl_timer_start(wf, TL_MINUTES(1)), tl_activity_start(wf, "Beats", NULL, &beating)};

    (void)user;
    return tl_wait_all_for(futures, 2, TL_HOURS(1));
}

static enum tl_status sleeps_long(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_sleep(wf, TL_HOURS(5));
}

static enum tl_status waits_scope(struct tl_workflow *wf, void *user)
{
    struct tl_scope *scope = tl_scope_new(wf, &(const struct tl_scope_options){.limit = TL_MINUTES(10)});

    return tl_scope_run(scope, sleeps_long, user) == TL_TIMED_OUT ? TL_OK : TL_FAILED;
}

static enum tl_status waits_saga(struct tl_workflow *wf, void *user)
{
    struct tl_saga *saga = tl_saga_new(wf);
    size_t failed = 9;

    (void)user;
    tl_saga_add(saga, "Undo", NULL, NULL);
    tl_saga_add(saga, "Beats", NULL, &beating);
    TL_IGNORE(tl_fail(wf, "Undone", "on purpose"));
    return tl_saga_compensate(saga) == TL_FAILED && tl_saga_failures(saga, &failed) == NULL && failed == 0
               ? TL_OK
               : TL_CANCELED;
}

static const struct wait {
    const char *type;
    enum tl_status (*body)(struct tl_workflow *wf, void *user);
    const char *signal; /* that ends it, sent by the test; NULL: nothing is */
    int completes;      /* 1: the test completes its activity */
} waits[] = {
    {"Timer", waits_timer, NULL, 0},
    {"Activity", waits_activity, NULL, 0},
    {"Async", waits_async, NULL, 1},
    {"Condition", waits_condition, "flag", 0},
    {"Signal", waits_signal, "kept", 0},
    {"Any", waits_any, NULL, 0},
    {"AnyTooLong", waits_any_too_long, NULL, 0},
    {"All", waits_all, NULL, 0},
    {"Scope", waits_scope, NULL, 0},
    {"Saga", waits_saga, NULL, 0},
};

#define WAITS    (sizeof waits / sizeof waits[0])
#define TIMER    0
#define ACTIVITY 1

static struct tl_handle *handles[WAITS];

static enum tl_status
tell_stage(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)input;
    return tl_result_text(wf, result, "%d", ((const struct state *)user)->stage);
}

/* One wait, known by the workflow's type; then a little more, so that what it left behind would show. */
static enum tl_status runs(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct wait *wait = tl_workflow_user(wf);
    struct state *state = tl_alloc(wf, sizeof *state);
    tl_time begun = tl_now(wf);
    uint64_t drawn = tl_random_below(wf, 1000);

    (void)input;
    state->wf = wf;
    tl_query_handle(wf, "stage", NULL, tell_stage, state);
    tl_signal_handle(wf, "flag", NULL, set_flag, state);
    state->stage = 1;
    enum tl_status status = wait->body(wf, state);
    state->stage = 2;
    tl_duration took = tl_now(wf) - begun;
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    return tl_result_text(
        wf,
        result,
        "[\"%s\", %d, %d]",
        tl_status_name(status),
        took >= TL_MINUTES(10),
        drawn < 1000 && tl_random_below(wf, 1000) < 1000);
}

/* ---- Activities ---- */

static enum tl_status beats(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 0; i < 20; i++) {
        if (tl_heartbeat(activity, NULL) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(30)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static enum tl_status leaves(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_COMPLETES_LATER;
}

static enum tl_status undoes(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    for (size_t i = 0; i < WAITS; i++) {
        tl_register_workflow_with(
            registry,
            &(const struct tl_workflow_definition){
                .type = waits[i].type, .run = runs, .user = (void *)(uintptr_t)&waits[i]});
    }
    tl_register_activity(registry, "Beats", beats);
    tl_register_activity(registry, "Later", leaves);
    tl_register_activity(registry, "Undo", undoes);
}

SCENARIO_SETUP(setup, register_all)

/* ---- Disturbances: what happens to the worker, and when ---- */

static void assert_stage(struct tl_env *env, struct tl_handle *run, const char *stage)
{
    tl_assert_query(env, run, "stage", NULL, stage);
}

static void nothing(struct tl_env *env, struct tl_handle *run)
{
    (void)env;
    (void)run;
}

static void evict(struct tl_env *env, struct tl_handle *run)
{
    (void)tl_env_worker_evict(tl_env_own_worker(env), run);
}

/* Its cache and its attempts are gone; timeouts of the service tell of them. */
static void lose(struct tl_env *env, struct tl_handle *run)
{
    (void)run;
    tl_env_worker_restart(tl_env_own_worker(env));
}

/* Replayed for the question's sake, and asked again while it is cached. */
static void ask(struct tl_env *env, struct tl_handle *run)
{
    assert_stage(env, run, "1");
    (void)tl_env_worker_evict(tl_env_own_worker(env), run);
    assert_stage(env, run, "1");
    assert_stage(env, run, "1");
}

/* For longer than a workflow task may take: those that come meanwhile time out, and are made again. */
static void slow_down(struct tl_env *env, struct tl_handle *run)
{
    (void)run;
    tl_env_worker_slow(tl_env_own_worker(env), TL_SECONDS(12));
}

static void end(struct tl_env *env, struct tl_handle *run, const struct wait *wait)
{
    if (wait->signal != NULL) {
        tl_env_signal(env, run, wait->signal, NULL);
    }
    if (wait->completes) {
        const struct tl_activity_target target = {.workflow_id = tl_handle_workflow_id(run), .activity_id = "later"};
        assert_int_equal(tl_client_complete_activity(tl_env_client(env), &target, NULL, NULL), TL_OK);
    }
}

/* All waits at once, each in a run of its own. */
static void each(struct tl_env *env, void (*disturb)(struct tl_env *env, struct tl_handle *run))
{
    tl_duration start = tl_env_elapsed(env);

    for (size_t i = 0; i < WAITS; i++) {
        handles[i] = tl_env_start(env, waits[i].type, waits[i].type, NULL, NULL);
    }
    tl_env_run_until_idle(env);
    for (int minute = 2; minute <= 8; minute += 3) {
        tl_env_advance_to(env, start + minute * TL_MINUTES(1) + TL_SECONDS(7));
        for (size_t i = 0; i < WAITS; i++) {
            disturb(env, handles[i]);
        }
    }
    tl_env_advance_to(env, start + TL_MINUTES(10) + TL_SECONDS(10));
    for (size_t i = 0; i < WAITS; i++) {
        end(env, handles[i], &waits[i]);
    }
    tl_env_advance_to(env, start + TL_MINUTES(11));
    tl_env_worker_slow(tl_env_own_worker(env), 0);
    for (size_t i = 0; i < WAITS; i++) {
        tl_assert_result(env, handles[i], "[\"ok\", 1, 1]");
        assert_stage(env, handles[i], "2"); /* closed, and replayed to its end where it is not cached */
    }
}

static void undisturbed(void **state)
{
    each(*state, nothing);
}

static void evicted(void **state)
{
    each(*state, evict);
}

static void lost(void **state)
{
    each(*state, lose);
    assert_says(*state, handles[ACTIVITY], "\"attempt\": 4"); /* its heartbeats stopped three times */
}

static void asked(void **state)
{
    each(*state, ask);
}

static void too_slow(void **state)
{
    each(*state, slow_down);
    assert_true(scenario_count_events(*state, handles[TIMER], "WorkflowTaskTimedOut") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(undisturbed),
        SCENARIO(evicted),
        SCENARIO(lost),
        SCENARIO(asked),
        SCENARIO(too_slow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
