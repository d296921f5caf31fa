/* SPDX-License-Identifier: MIT */
/* Handlers of queries: how they fail, what they may not do, and how they may not be registered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/json.h>
#include <timelapse/query.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

struct order {
    struct tl_future *timer;
};

/* ---- Handlers that misbehave ---- */

static const char *const misdeeds[] = {
    "sleep", "timer", "activity", "spawn", "random", "uuid", "signal", "cancel", "defer", "handle", "details", "wait"};

static void misbehave(struct tl_workflow *wf, const char *how, struct order *order)
{
    if (strcmp(how, "sleep") == 0) {
        TL_IGNORE(tl_sleep(wf, TL_SECONDS(1)));
    } else if (strcmp(how, "timer") == 0) {
        (void)tl_timer_start(wf, TL_SECONDS(1));
    } else if (strcmp(how, "activity") == 0) {
        (void)tl_activity_start(wf, "Work", NULL, &scenario_patient);
    } else if (strcmp(how, "spawn") == 0) {
        (void)tl_spawn(wf, "more", NULL, NULL);
    } else if (strcmp(how, "random") == 0) {
        (void)tl_random(wf);
    } else if (strcmp(how, "uuid") == 0) {
        (void)tl_uuid(wf);
    } else if (strcmp(how, "signal") == 0) {
        TL_IGNORE(tl_signal_wait(wf, "more", 0, NULL));
    } else if (strcmp(how, "cancel") == 0) {
        tl_cancel_scope(wf);
    } else if (strcmp(how, "defer") == 0) {
        tl_defer(wf, NULL, NULL);
    } else if (strcmp(how, "handle") == 0) {
        tl_query_handle(wf, "other", NULL, NULL, order);
    } else if (strcmp(how, "details") == 0) {
        tl_set_current_details(wf, "changed");
    } else if (strcmp(how, "wait") == 0) {
        (void)tl_wait_any(&order->timer, 1);
    }
}

/* Does what its argument says. */
static enum tl_status
misbehaving(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    char how[32] = "";

    (void)result;
    TL_IGNORE(tl_json_get_string(&input->items[0], NULL, how, sizeof how, NULL));
    if (strcmp(how, "fail") == 0) {
        struct tl_payload detail = tl_payload_json("{\"left\": 3}");
        const struct tl_fail_options options = {.details = &detail, .details_count = 1, .non_retryable = 1};
        return tl_fail_with(wf, "NotNow", "ask later", &options);
    }
    if (strcmp(how, "nonsense") == 0) {
        return TL_TIMED_OUT;
    }
    if (strcmp(how, "nothing") == 0) {
        return TL_OK;
    }
    misbehave(wf, how, user);
    return tl_fail(wf, "WentOn", "%s came back", how);
}

static enum tl_status stubborn(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct order *order = tl_alloc(wf, sizeof *order);

    (void)input;
    tl_query_handle(wf, "do", NULL, misbehaving, order);
    uint64_t before = tl_random(wf);
    order->timer = tl_timer_start(wf, TL_HOURS(1));
    if (tl_future_wait(order->timer, NULL) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(wf, result, "%d", tl_random(wf) != before);
}

/* The handler's state lies where it will not be. */
static enum tl_status careless(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct order order = {0};

    (void)input;
    (void)result;
    tl_query_handle(wf, "step", NULL, misbehaving, &order);
    return tl_sleep(wf, TL_HOURS(1));
}

static enum tl_status reserved(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    char type[64] = "";

    (void)result;
    TL_IGNORE(tl_json_get_string(&input->items[0], NULL, type, sizeof type, NULL));
    tl_query_handle(wf, type, NULL, misbehaving, NULL);
    return TL_OK;
}

static enum tl_status curious(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    (void)tl_query_type(wf);
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Stubborn", stubborn);
    tl_register_workflow(registry, "Careless", careless);
    tl_register_workflow(registry, "Reserved", reserved);
    tl_register_workflow(registry, "Curious", curious);
}

SCENARIO_SETUP(setup, register_all)

static int setup_tolerant(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all, .tolerate_failed_tasks = 1});
}

/* ---- Answers ---- */

static void a_failing_handler_tells_why(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Stubborn", NULL);
    struct tl_payload how = tl_payload_json("\"fail\"");
    struct tl_error error;

    assert_int_equal(tl_handle_query(run, "do", TL_ARGS(how), NULL, NULL, &error), TL_FAILED);
    const struct tl_failure *failure = tl_handle_query_failure(run);
    assert_non_null(failure);
    assert_string_equal(failure->type, "NotNow");
    assert_string_equal(failure->message, "ask later");
    assert_int_equal(failure->non_retryable, 1);
    assert_int_equal(failure->details_count, 1);
    assert_memory_equal(failure->details[0].data.data, "{\"left\": 3}", failure->details[0].data.len);
    tl_assert_result(env, run, "1");
    assert_events(env, run, "WorkflowExecutionStarted T TimerStarted TimerFired T WorkflowExecutionCompleted");
}

static void a_handler_may_only_read(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Stubborn", NULL);
    struct tl_error error;

    for (size_t i = 0; i < sizeof misdeeds / sizeof misdeeds[0]; i++) {
        char json[64] = "";
        (void)tl_json_quote(misdeeds[i], json, sizeof json);
        struct tl_payload how = tl_payload_json(json);
        assert_int_equal(tl_handle_query(run, "do", TL_ARGS(how), NULL, NULL, &error), TL_FAILED);
        assert_string_equal(tl_handle_query_failure(run)->type, "QueryFailed");
        assert_non_null(strstr(tl_handle_query_failure(run)->message, "a query's handler may only read"));
    }
    tl_assert_result(env, run, "1");
    assert_events(env, run, "WorkflowExecutionStarted T TimerStarted TimerFired T WorkflowExecutionCompleted");
}

static void a_handler_that_returns_nonsense_fails_the_query(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Stubborn", NULL);
    struct tl_payload how = tl_payload_json("\"nonsense\"");

    assert_int_equal(tl_handle_query(run, "do", TL_ARGS(how), NULL, NULL, NULL), TL_FAILED);
    assert_non_null(strstr(tl_handle_query_failure(run)->message, "neither TL_OK nor TL_FAILED"));
    tl_assert_result(env, run, "1");
}

static void no_result_is_null(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Stubborn", NULL);

    assert_string_equal(tl_env_query(env, run, "do", "\"nothing\""), "null");
}

/* ---- Misuse ---- */

/* text: how the failure begins; the timeline cuts it. */
static void assert_task_failed(struct tl_env *env, struct tl_handle *run, const char *text)
{
    tl_env_run_until_idle(env);
    assert_int_equal(scenario_count_events(env, run, "WorkflowTaskFailed"), 1);
    const char *timeline = tl_env_timeline(env, run);
    if (strstr(timeline, text) == NULL) {
        fail_msg("no \"%s\" in:\n%s", text, timeline);
    }
}

static void state_on_the_stack_is_refused(void **state)
{
    struct tl_env *env = *state;

    assert_task_failed(env, scenario_start(env, "Careless", NULL), "user: tl_query_handle: user lies on the stac");
}

static void reserved_types_are_refused(void **state)
{
    struct tl_env *env = *state;

    assert_task_failed(
        env, scenario_start(env, "Reserved", "\"__stack_trace\""), "type: tl_query_handle: __stack_trace is ans");
}

static void the_reserved_prefix_is_refused(void **state)
{
    struct tl_env *env = *state;

    assert_task_failed(
        env, scenario_start(env, "Reserved", "\"__temporal_mine\""), "type: tl_query_handle: __temporal_mine is");
}

static void a_type_without_a_name_is_refused(void **state)
{
    struct tl_env *env = *state;

    assert_task_failed(env, scenario_start(env, "Reserved", "\"\""), "tl_query_handle: type");
}

static void outside_of_queries_there_is_no_type(void **state)
{
    struct tl_env *env = *state;

    assert_task_failed(env, scenario_start(env, "Curious", NULL), "wf: tl_query_type: no query is being ans");
}

#define TOLERANT(test) cmocka_unit_test_setup_teardown(test, setup_tolerant, tl_cmocka_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_failing_handler_tells_why),
        SCENARIO(a_handler_may_only_read),
        SCENARIO(a_handler_that_returns_nonsense_fails_the_query),
        SCENARIO(no_result_is_null),
        TOLERANT(state_on_the_stack_is_refused),
        TOLERANT(reserved_types_are_refused),
        TOLERANT(the_reserved_prefix_is_refused),
        TOLERANT(a_type_without_a_name_is_refused),
        TOLERANT(outside_of_queries_there_is_no_type),
    };

    return cmocka_run_group_tests_name("scenarios/query_handlers", tests, NULL, NULL);
}
