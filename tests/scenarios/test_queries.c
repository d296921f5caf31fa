/* SPDX-License-Identifier: MIT */
/* Queries: what workflow code answers, when, and what it may not do meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/json.h>
#include <timelapse/query.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* ---- An order whose state can be asked for ---- */

struct order {
    int64_t step;
    int answers; /* given by coroutines of the workflow, so that it may count */
    struct tl_future *timer;
};

static enum tl_status
tell_step(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct order *order = user;

    (void)input;
    return tl_result_text(wf, result, "%lld", (long long)order->step);
}

/* Adds its argument to the step. */
static enum tl_status
add_step(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct order *order = user;
    int64_t more = 0;

    if (input->count != 1 || tl_json_get_int(&input->items[0], NULL, &more, NULL) != TL_OK) {
        return tl_fail(wf, "BadArgument", "one number is wanted, not %zu arguments", input->count);
    }
    return tl_result_text(wf, result, "{\"sum\": %lld}", (long long)order->step + more);
}

/* What may be read. */
static enum tl_status
tell_all(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct order *order = user;

    (void)input;
    return tl_result_text(
        wf,
        result,
        "{\"id\": \"%s\", \"type\": \"%s\", \"query\": \"%s\", \"now\": %lld, \"replaying\": %d, \"fired\": %d, "
        "\"canceled\": %d, \"signals\": %zu, \"failure\": %d}",
        tl_workflow_info(wf)->workflow_id,
        tl_workflow_info(wf)->workflow_type,
        tl_query_type(wf),
        (long long)(tl_now(wf) - tl_workflow_info(wf)->started_at),
        tl_is_replaying(wf),
        order->timer != NULL && tl_future_ready(order->timer),
        tl_is_canceled(wf),
        tl_signal_pending(wf, "more"),
        tl_failure(wf) != NULL);
}

static enum tl_status order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct order *order = tl_alloc(wf, sizeof *order);

    (void)input;
    tl_query_handle(wf, "step", "How far the order is", tell_step, order);
    tl_query_handle(wf, "add", NULL, add_step, order);
    tl_query_handle(wf, "all", "", tell_all, order);
    for (order->step = 1; order->step < 4; order->step++) {
        order->timer = tl_timer_start(wf, TL_HOURS(1));
        if (tl_future_wait(order->timer, NULL) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return tl_result_text(wf, result, "\"done\"");
}

/* ---- Handlers that come, go and stand for others ---- */

static enum tl_status
tell_type(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct tl_payload *header = tl_query_header(wf, "tenant");

    (void)user;
    (void)input;
    return tl_result_text(
        wf,
        result,
        "[\"%s\", %.*s]",
        tl_query_type(wf),
        header == NULL ? 4 : (int)header->data.len,
        header == NULL ? "null" : (const char *)header->data.data);
}

static enum tl_status changing(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct order *order = tl_alloc(wf, sizeof *order);

    (void)input;
    (void)result;
    tl_query_handle(wf, "step", "first", tell_step, order);
    tl_query_handle(wf, NULL, NULL, tell_type, NULL);
    tl_set_current_details(wf, "waiting for the **first** hour");
    if (tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    tl_query_handle(wf, "step", "second", tell_type, NULL);
    tl_set_current_details(wf, "waiting for the second hour, which is the last but one of all there are");
    if (tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    tl_query_handle(wf, "step", NULL, NULL, NULL);
    tl_query_handle(wf, NULL, NULL, NULL, NULL);
    tl_set_current_details(wf, NULL);
    return tl_sleep(wf, TL_HOURS(1));
}

static enum tl_status listener(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_query_handle(wf, "b", "the second", tell_type, NULL);
    tl_query_handle(wf, "a", "the first", tell_type, NULL);
    return tl_signal_wait(wf, "go", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Order", order);
    tl_register_workflow(registry, "Changing", changing);
    tl_register_workflow(registry, "Listener", listener);
}

SCENARIO_SETUP(setup, register_all)

/* ---- When ---- */

static void a_query_sees_the_state_as_it_stands(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);

    tl_assert_query(env, run, "step", NULL, "1");
    tl_env_advance(env, TL_MINUTES(61));
    tl_assert_query(env, run, "step", NULL, "2");
    tl_assert_query(env, run, "step", NULL, "2");
    assert_int_equal(tl_env_elapsed(env), TL_MINUTES(61));
    tl_assert_result(env, run, "\"done\"");
}

/* Started, but no task of it is done yet: the answer comes with the first. */
static void a_query_before_the_first_task_waits_for_it(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);

    tl_assert_query(env, run, "add", "41", "{\"sum\": 42}");
    assert_events(env, run, "WorkflowExecutionStarted T TimerStarted");
}

static void a_query_leaves_no_trace_in_history(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);

    tl_env_run_until_idle(env);
    for (int i = 0; i < 5; i++) {
        tl_assert_query(env, run, "step", NULL, "1");
    }
    tl_assert_completed(env, run);
    assert_events(
        env,
        run,
        "WorkflowExecutionStarted T TimerStarted TimerFired T TimerStarted TimerFired T TimerStarted TimerFired T "
        "WorkflowExecutionCompleted");
}

static void a_closed_run_answers(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);

    tl_assert_completed(env, run);
    tl_assert_query(env, run, "step", NULL, "4");
    tl_assert_query(env, run, "step", NULL, "4");
}

static void a_terminated_run_answers_from_where_it_was(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);

    tl_env_advance(env, TL_MINUTES(61));
    assert_int_equal(tl_handle_terminate(run, "enough", NULL), TL_OK);
    tl_env_run_until_idle(env);
    tl_assert_query(env, run, "step", NULL, "2");
}

/* A signal that no task has told the code of yet is not seen; it comes along with the task. */
static void what_the_code_has_not_heard_of_is_not_seen(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);
    const char *expected = "{\"id\": \"w\", \"type\": \"Order\", \"query\": \"all\", \"now\": 0, \"replaying\": 1, "
                           "\"fired\": 0, \"canceled\": 0, \"signals\": 0, \"failure\": 0}";

    tl_assert_query(env, run, "all", NULL, expected);
    tl_env_signal(env, run, "more", NULL);
    tl_env_run_until_idle(env);
    expected = "{\"id\": \"w\", \"type\": \"Order\", \"query\": \"all\", \"now\": 0, \"replaying\": 1, "
               "\"fired\": 0, \"canceled\": 0, \"signals\": 1, \"failure\": 0}";
    tl_assert_query(env, run, "all", NULL, expected);
}

/* ---- Whom ---- */

static void a_bad_argument_is_the_handlers_matter(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);

    tl_assert_query_failed(env, run, "add", NULL, "BadArgument");
    tl_assert_query_failed(env, run, "add", "\"x\"", "BadArgument");
}

static void an_unknown_type_names_those_that_are_known(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);

    assert_int_equal(tl_handle_query(run, "setp", NULL, NULL, NULL, NULL), TL_FAILED);
    assert_string_equal(
        tl_handle_query_failure(run)->message,
        "no handler for queries of type setp; did you mean step? known: __enhanced_stack_trace, __stack_trace, "
        "__temporal_workflow_metadata, step, add, all");
}

static void a_handler_is_replaced_and_taken_away(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Changing", NULL);

    tl_assert_query(env, run, "step", NULL, "0");
    tl_env_advance(env, TL_MINUTES(61));
    tl_assert_query(env, run, "step", NULL, "[\"step\", null]");
    tl_env_advance(env, TL_MINUTES(61));
    tl_assert_query_failed(env, run, "step", NULL, "QueryFailed");
    tl_assert_query_failed(env, run, "any", NULL, "QueryFailed");
}

static void the_default_handler_is_told_the_type_and_the_headers(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Changing", NULL);
    const struct tl_field tenant = {"tenant", tl_payload_json("\"north\"")};
    const struct tl_query_options options = {.headers = &tenant, .header_count = 1};
    struct tl_payload result;

    assert_int_equal(tl_handle_query(run, "whatever", NULL, &options, &result, NULL), TL_OK);
    assert_memory_equal(result.data.data, "[\"whatever\", \"north\"]", result.data.len);
    tl_assert_query(env, run, "other", NULL, "[\"other\", null]");
    tl_assert_query_failed(env, run, "__temporal_unheard_of", NULL, "QueryFailed");
}

/* ---- Rejections ---- */

static void a_closed_run_is_not_asked_by_those_who_say_so(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Order", NULL);
    const struct tl_query_options open_only = {.reject = TL_QUERY_REJECT_NOT_OPEN};
    const struct tl_query_options clean_only = {.reject = TL_QUERY_REJECT_NOT_COMPLETED_CLEANLY};
    struct tl_payload result;
    struct tl_error error;

    assert_int_equal(tl_handle_query(run, "step", NULL, &open_only, &result, NULL), TL_OK);
    assert_int_equal(tl_handle_query_rejection(run), TL_RUN_UNKNOWN);
    tl_assert_completed(env, run);
    assert_int_equal(tl_handle_query(run, "step", NULL, &open_only, &result, &error), TL_FAILED_PRECONDITION);
    assert_string_equal(error.message, "the query was rejected: the run is completed");
    assert_int_equal(tl_handle_query_rejection(run), TL_RUN_COMPLETED);
    assert_null(tl_handle_query_failure(run));
    assert_int_equal(tl_handle_query(run, "step", NULL, &clean_only, &result, NULL), TL_OK);
}

/* ---- What every run answers ---- */

static void metadata_lists_what_can_be_asked_and_told(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Listener", NULL);

    tl_assert_query(
        env,
        run,
        "__temporal_workflow_metadata",
        NULL,
        "{\"definition\": {\"type\": \"Listener\", \"queryDefinitions\": ["
        "{\"name\": \"__enhanced_stack_trace\", \"description\": \"Current stack trace, as data\"}, "
        "{\"name\": \"__stack_trace\", \"description\": \"Current stack trace\"}, "
        "{\"name\": \"__temporal_workflow_metadata\", \"description\": \"Metadata about the workflow\"}, "
        "{\"name\": \"a\", \"description\": \"the first\"}, {\"name\": \"b\", \"description\": \"the second\"}], "
        "\"signalDefinitions\": [{\"name\": \"go\"}]}}");
}

static void details_are_those_set_last(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Changing", NULL);

    assert_non_null(strstr(
        tl_env_query(env, run, "__temporal_workflow_metadata", NULL),
        "\"currentDetails\":\"waiting for the **first** hour\""));
    tl_env_advance(env, TL_MINUTES(61));
    assert_non_null(
        strstr(tl_env_query(env, run, "__temporal_workflow_metadata", NULL), "hour, which is the last but one of all"));
    tl_env_advance(env, TL_MINUTES(61));
    assert_null(strstr(tl_env_query(env, run, "__temporal_workflow_metadata", NULL), "currentDetails"));
}

static void a_stack_trace_shows_where_the_code_waits(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Listener", NULL);
    const char *trace = tl_env_query(env, run, "__stack_trace", NULL);

    assert_non_null(trace);
    assert_non_null(strstr(trace, "coroutine main [waits for signal go]:\\n    tl_signal_wait"));
    trace = tl_env_query(env, run, "__enhanced_stack_trace", NULL);
    assert_non_null(strstr(trace, "\"sdk\":{\"name\":\"timelapse-c\""));
    assert_non_null(strstr(trace, "\"functionName\":\"tl_signal_wait\""));
    tl_env_signal(env, run, "go", NULL);
    tl_assert_completed(env, run);
    tl_assert_query(env, run, "__stack_trace", NULL, "\"\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_query_sees_the_state_as_it_stands),
        SCENARIO(a_query_before_the_first_task_waits_for_it),
        SCENARIO(a_query_leaves_no_trace_in_history),
        SCENARIO(a_closed_run_answers),
        SCENARIO(a_terminated_run_answers_from_where_it_was),
        SCENARIO(what_the_code_has_not_heard_of_is_not_seen),
        SCENARIO(a_bad_argument_is_the_handlers_matter),
        SCENARIO(an_unknown_type_names_those_that_are_known),
        SCENARIO(a_handler_is_replaced_and_taken_away),
        SCENARIO(the_default_handler_is_told_the_type_and_the_headers),
        SCENARIO(a_closed_run_is_not_asked_by_those_who_say_so),
        SCENARIO(metadata_lists_what_can_be_asked_and_told),
        SCENARIO(details_are_those_set_last),
        SCENARIO(a_stack_trace_shows_where_the_code_waits),
    };

    return cmocka_run_group_tests_name("scenarios/queries", tests, NULL, NULL);
}
