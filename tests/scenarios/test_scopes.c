/* SPDX-License-Identifier: MIT */
/* Scopes: nested, shielded, with a limit, canceled from outside; and what that does to each kind of wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* ---- What the bodies of scopes wait for ---- */

static int never(void *user)
{
    (void)user;
    return 0;
}

static enum tl_status sleeps(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_sleep(wf, TL_DAYS(1));
}

static enum tl_status works(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_activity_run(wf, "Work", NULL, &scenario_patient, NULL);
}

static enum tl_status waits_for_a_signal(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static enum tl_status waits_for_a_condition(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_wait_until(wf, never, NULL, 0);
}

static enum tl_status waits_for_a_coroutine(struct tl_workflow *wf, void *user)
{
    return tl_future_wait(tl_spawn(wf, "sleeper", sleeps, user), NULL);
}

static enum tl_status waits_for_a_coroutine_a_while(struct tl_workflow *wf, void *user)
{
    return tl_future_wait_for(tl_spawn(wf, "sleeper", sleeps, user), TL_DAYS(2), NULL);
}

static enum tl_status waits_for_any(struct tl_workflow *wf, void *user)
{
    struct tl_future *futures[] = {
        tl_timer_start(wf, TL_DAYS(1)), tl_spawn(wf, "sleeper", sleeps, user), tl_timer_start(wf, TL_DAYS(2))};

    return tl_future_wait(futures[tl_wait_any(futures, 3)], NULL);
}

static enum tl_status waits_for_all(struct tl_workflow *wf, void *user)
{
    struct tl_future *futures[] = {tl_timer_start(wf, TL_DAYS(1)), tl_spawn(wf, "sleeper", sleeps, user)};

    return tl_wait_all(futures, 2);
}

static enum tl_status waits_behind_a_shield(struct tl_workflow *wf, void *user)
{
    return tl_shielded(wf, sleeps, user);
}

static const struct body {
    const char *name;
    enum tl_status (*body)(struct tl_workflow *wf, void *user);
    enum tl_status canceled; /* what the scope returns that is canceled after a minute */
    tl_duration after;       /* and when */
} bodies[] = {
    {"Timer", sleeps, TL_CANCELED, TL_MINUTES(1)},
    {"Activity", works, TL_CANCELED, TL_MINUTES(1)},
    {"Signal", waits_for_a_signal, TL_CANCELED, TL_MINUTES(1)},
    {"Condition", waits_for_a_condition, TL_CANCELED, TL_MINUTES(1)},
    {"Coroutine", waits_for_a_coroutine, TL_CANCELED, TL_MINUTES(1)},
    {"CoroutineAWhile", waits_for_a_coroutine_a_while, TL_CANCELED, TL_MINUTES(1)},
    {"Any", waits_for_any, TL_CANCELED, TL_MINUTES(1)},
    {"All", waits_for_all, TL_CANCELED, TL_MINUTES(1)},
    {"Shielded", waits_behind_a_shield, TL_OK, TL_DAYS(1)},
};

#define BODY_COUNT (sizeof bodies / sizeof bodies[0])

/* ---- Workflows ---- */

struct case_of {
    const struct body *body;
    struct tl_scope *scope;
};

static enum tl_status runs_it(struct tl_workflow *wf, void *user)
{
    const struct case_of *given = user;

    (void)wf;
    return tl_scope_run(given->scope, given->body->body, NULL);
}

static enum tl_status tell(struct tl_workflow *wf, enum tl_status status, tl_time began, struct tl_payload *result)
{
    return tl_result_text(
        wf, result, "[\"%s\", %lld]", tl_status_name(status), (long long)((tl_now(wf) - began) / TL_SECONDS(1)));
}

/* Cancels, after a minute, a scope that another coroutine runs. */
static enum tl_status
cancels_a_scope(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct case_of given = {.body = tl_workflow_user(wf), .scope = tl_scope_new(wf, NULL)};
    tl_time began = tl_now(wf);
    struct tl_future *runner = tl_spawn(wf, "runner", runs_it, &given);

    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    tl_scope_cancel(given.scope, "no longer wanted");
    enum tl_status status = tl_future_wait(runner, NULL);
    if (tl_is_canceled(wf) || !tl_scope_is_canceled(given.scope)) {
        return tl_fail(wf, "WrongScope", "another scope was canceled");
    }
    return tell(wf, status, began, result);
}

/* The same by the scope's limit. */
static enum tl_status limits_a_scope(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct body *body = tl_workflow_user(wf);
    const struct tl_scope_options options = {.limit = TL_MINUTES(1)};
    tl_time began = tl_now(wf);

    (void)input;
    enum tl_status status = tl_scope_run(tl_scope_new(wf, &options), body->body, NULL);
    if (status == TL_TIMED_OUT && tl_failure(wf) != NULL) {
        return tl_fail(wf, "WrongFailure", "a wait that only timed out has failed");
    }
    return tell(wf, status, began, result);
}

static enum tl_status asks_why(struct tl_workflow *wf, void *user)
{
    const char **why = user;

    why[0] = tl_cancel_reason(wf);
    TL_IGNORE(tl_sleep(wf, TL_DAYS(1)));
    why[1] = tl_cancel_reason(wf);
    return TL_OK;
}

/* Tells the reason of its own cancellation, as the code sees it in scopes around which it is shielded and not. */
static enum tl_status is_told_why(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const char *inner[2];
    const char *shielded[2];
    struct tl_scope *scope = tl_scope_new(wf, NULL);

    (void)input;
    TL_IGNORE(tl_scope_run(scope, asks_why, inner));
    TL_IGNORE(tl_shielded(wf, asks_why, shielded));
    return tl_result_text(
        wf,
        result,
        "[\"%s\", \"%s\", \"%s\", \"%s\"]",
        inner[0] == NULL ? "-" : inner[0],
        inner[1] == NULL ? "-" : inner[1],
        shielded[0] == NULL ? "-" : shielded[0],
        tl_cancel_reason(wf));
}

/* A scope that was canceled before it runs, and the reason that was given first. */
static enum tl_status runs_canceled(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const char *why[2];
    struct tl_scope *scope = tl_scope_new(wf, NULL);

    (void)input;
    tl_scope_cancel(scope, "too late");
    tl_scope_cancel(scope, "later still");
    TL_IGNORE(tl_scope_run(scope, asks_why, why));
    return tl_result_text(wf, result, "[\"%s\", \"%s\", %d]", why[0], why[1], tl_is_canceled(wf));
}

/* Does its work in time: the limit leaves no trace but its timer's. */
static enum tl_status is_in_time(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_scope_options options = {.limit = TL_HOURS(1)};

    (void)input;
    enum tl_status status = tl_scope_run(tl_scope_new(wf, &options), works, NULL);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(status));
}

/* A clean-up that may last a minute, whatever happens to the workflow. */
static enum tl_status
cleans_up_a_while(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_scope_options options = {.shielded = 1, .limit = TL_MINUTES(1)};

    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_DAYS(1)));
    tl_time began = tl_now(wf);
    enum tl_status status = tl_scope_run(tl_scope_new(wf, &options), sleeps, NULL);
    return tell(wf, status, began, result);
}

static enum tl_status limits_inside(struct tl_workflow *wf, void *user)
{
    const struct tl_scope_options longer = {.limit = TL_HOURS(1)};
    enum tl_status status = tl_scope_run(tl_scope_new(wf, &longer), sleeps, NULL);

    *(enum tl_status *)user = status;
    return status;
}

/* The shorter limit, around the longer one, counts; the inner scope was only canceled. */
static enum tl_status nests(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_scope_options shorter = {.limit = TL_MINUTES(1)};
    enum tl_status inside = TL_OK;

    (void)input;
    enum tl_status status = tl_scope_run(tl_scope_new(wf, &shorter), limits_inside, &inside);
    return tl_result_text(wf, result, "[\"%s\", \"%s\"]", tl_status_name(inside), tl_status_name(status));
}

static enum tl_status leaves_a_coroutine(struct tl_workflow *wf, void *user)
{
    *(struct tl_future **)user = tl_spawn(wf, "left", sleeps, NULL);
    return TL_OK;
}

/* The body is over, its coroutine is not: the handle still reaches it. */
static enum tl_status
cancels_what_is_left(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_scope *scope = tl_scope_new(wf, NULL);
    struct tl_future *left = NULL;

    (void)input;
    TL_IGNORE(tl_scope_run(scope, leaves_a_coroutine, &left));
    tl_scope_cancel(scope, NULL);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(tl_future_wait(left, NULL)));
}

static enum tl_status leaves_a_timer(struct tl_workflow *wf, void *user)
{
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    *(struct tl_future **)user = tl_timer_start(wf, TL_DAYS(1));
    return TL_OK;
}

static enum tl_status leaves_one_that_leaves(struct tl_workflow *wf, void *user)
{
    (void)tl_spawn(wf, "left", leaves_a_timer, user);
    return TL_OK;
}

/* What a coroutine leaves that was left itself belongs to the scope that is still there: the workflow's. */
static enum tl_status
waits_for_what_is_left(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future **left = tl_alloc(wf, sizeof *left);

    (void)input;
    TL_IGNORE(tl_scope_run(tl_scope_new(wf, NULL), leaves_one_that_leaves, left));
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(2)));
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(tl_future_wait(*left, NULL)));
}

static void register_all(struct tl_registry *registry)
{
    static char names[2][BODY_COUNT][32];

    for (size_t i = 0; i < BODY_COUNT; i++) {
        struct tl_workflow_definition definition = {.user = (void *)(uintptr_t)&bodies[i]};
        (void)snprintf(names[0][i], sizeof names[0][i], "Cancels%s", bodies[i].name);
        (void)snprintf(names[1][i], sizeof names[1][i], "Limits%s", bodies[i].name);
        definition.type = names[0][i];
        definition.run = cancels_a_scope;
        tl_register_workflow_with(registry, &definition);
        definition.type = names[1][i];
        definition.run = limits_a_scope;
        tl_register_workflow_with(registry, &definition);
    }
    tl_register_workflow(registry, "IsToldWhy", is_told_why);
    tl_register_workflow(registry, "RunsCanceled", runs_canceled);
    tl_register_workflow(registry, "IsInTime", is_in_time);
    tl_register_workflow(registry, "CleansUpAWhile", cleans_up_a_while);
    tl_register_workflow(registry, "Nests", nests);
    tl_register_workflow(registry, "CancelsWhatIsLeft", cancels_what_is_left);
    tl_register_workflow(registry, "WaitsForWhatIsLeft", waits_for_what_is_left);
}

SCENARIO_SETUP(setup, register_all)

static void each(struct tl_env *env, const char *prefix, enum tl_status canceled)
{
    tl_mock_hangs(tl_mock_activity(env, "Work"), TL_ALWAYS);
    for (size_t i = 0; i < BODY_COUNT; i++) {
        char type[64];
        (void)snprintf(type, sizeof type, "%s%s", prefix, bodies[i].name);
        struct tl_handle *run = tl_env_start(env, type, type, NULL, NULL);
        enum tl_status expected = bodies[i].canceled == TL_CANCELED ? canceled : bodies[i].canceled;
        scenario_assert_result(
            env, run, "[\"%s\", %lld]", tl_status_name(expected), (long long)(bodies[i].after / TL_SECONDS(1)));
    }
}

static void a_scope_canceled_from_outside_ends_each_kind_of_wait(void **state)
{
    each(*state, "Cancels", TL_CANCELED);
}

static void a_limit_ends_each_kind_of_wait(void **state)
{
    each(*state, "Limits", TL_TIMED_OUT);
}

static void code_is_told_why_it_is_canceled(void **state)
{
    struct tl_handle *run = scenario_start(*state, "IsToldWhy", NULL);

    tl_env_run_until_idle(*state);
    assert_int_equal(tl_handle_cancel(run, "the order was withdrawn", NULL), TL_OK);
    tl_assert_result(*state, run, "[\"-\", \"the order was withdrawn\", \"-\", \"the order was withdrawn\"]");
}

static void who_gives_no_reason_tells_none(void **state)
{
    struct tl_handle *run = scenario_start(*state, "IsToldWhy", NULL);

    tl_env_run_until_idle(*state);
    assert_int_equal(tl_handle_cancel(run, NULL, NULL), TL_OK);
    tl_assert_result(*state, run, "[\"-\", \"\", \"-\", \"\"]");
}

static void a_scope_may_be_canceled_before_it_runs(void **state)
{
    struct tl_handle *run = scenario_start(*state, "RunsCanceled", NULL);

    tl_assert_result(*state, run, "[\"too late\", \"too late\", 0]");
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionCompleted");
}

static void a_body_within_its_limit_takes_the_timer_back(void **state)
{
    tl_mock_returns(tl_mock_activity(*state, "Work"), TL_ONCE, NULL);
    struct tl_handle *run = scenario_start(*state, "IsInTime", NULL);

    tl_assert_result(*state, run, "\"ok\"");
    assert_events(*state, run, "WorkflowExecutionStarted T TimerStarted A T TimerCanceled WorkflowExecutionCompleted");
}

static void a_shielded_scope_has_its_own_limit(void **state)
{
    struct tl_handle *run = scenario_start(*state, "CleansUpAWhile", NULL);

    tl_env_run_until_idle(*state);
    tl_env_cancel(*state, run);
    tl_assert_result(*state, run, "[\"timed out\", 60]");
}

static void the_shorter_of_two_limits_counts(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Nests", NULL);

    tl_assert_result(*state, run, "[\"canceled\", \"timed out\"]");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1));
}

static void what_a_body_left_is_canceled_by_the_handle(void **state)
{
    struct tl_handle *run = scenario_start(*state, "CancelsWhatIsLeft", NULL);

    tl_assert_result(*state, run, "\"canceled\"");
    assert_int_equal(tl_env_elapsed(*state), 0);
}

static void cancellation_reaches_what_outlived_its_scope(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsForWhatIsLeft", NULL);

    tl_env_advance(*state, TL_MINUTES(3));
    tl_env_cancel(*state, run);
    tl_assert_result(*state, run, "\"canceled\"");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_scope_canceled_from_outside_ends_each_kind_of_wait),
        SCENARIO(a_limit_ends_each_kind_of_wait),
        SCENARIO(code_is_told_why_it_is_canceled),
        SCENARIO(who_gives_no_reason_tells_none),
        SCENARIO(a_scope_may_be_canceled_before_it_runs),
        SCENARIO(a_body_within_its_limit_takes_the_timer_back),
        SCENARIO(a_shielded_scope_has_its_own_limit),
        SCENARIO(the_shorter_of_two_limits_counts),
        SCENARIO(what_a_body_left_is_canceled_by_the_handle),
        SCENARIO(cancellation_reaches_what_outlived_its_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
