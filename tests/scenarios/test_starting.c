/* SPDX-License-Identifier: MIT */
/* Starting workflows: ids that are taken, requests that come twice, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static enum tl_status completes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "%lld", (long long)tl_now(wf));
}

static enum tl_status fails(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_fail(wf, "Failed", "at once");
}

/* Fails twice. */
static enum tl_status tries(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int32_t attempt = tl_workflow_info(wf)->attempt;

    (void)input;
    return attempt < 3 ? tl_fail(wf, "Failed", "not yet") : tl_result_text(wf, result, "%d", (int)attempt);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Completes", completes);
    tl_register_workflow(registry, "Fails", fails);
    tl_register_workflow(registry, "Tries", tries);
}

SCENARIO_SETUP(setup, register_all)

/* Starts with id "w" by the client itself, so that a refusal is a status. */
static enum tl_status
start(struct tl_env *env, const char *type, struct tl_start_options options, struct tl_handle **out_run)
{
    struct tl_error error;

    options.task_queue = "test";
    return tl_client_start(tl_env_client(env), type, "w", NULL, &options, out_run, &error);
}

static void an_id_that_runs_is_taken(void **state)
{
    struct tl_handle *run;

    (void)scenario_start(*state, "Waits", NULL);
    assert_int_equal(start(*state, "Waits", (struct tl_start_options){0}, &run), TL_ALREADY_EXISTS);
}

static void an_existing_run_may_be_used(void **state)
{
    struct tl_handle *first = scenario_start(*state, "Waits", NULL);
    struct tl_handle *second;

    assert_int_equal(
        start(*state, "Waits", (struct tl_start_options){.id_conflict = TL_ID_CONFLICT_USE_EXISTING}, &second), TL_OK);
    assert_string_equal(tl_handle_run_id(first), tl_handle_run_id(second));
}

static void an_existing_run_may_be_terminated(void **state)
{
    struct tl_handle *first = scenario_start(*state, "Waits", NULL);
    struct tl_handle *second;

    assert_int_equal(
        start(
            *state, "Completes", (struct tl_start_options){.id_conflict = TL_ID_CONFLICT_TERMINATE_EXISTING}, &second),
        TL_OK);
    assert_string_not_equal(tl_handle_run_id(first), tl_handle_run_id(second));
    assert_int_equal(tl_env_result(*state, first, NULL), TL_FAILED);
    tl_assert_completed(*state, second);
}

static void an_id_that_is_done_may_be_used_again(void **state)
{
    struct tl_handle *first = scenario_start(*state, "Completes", NULL);
    struct tl_handle *second;

    tl_assert_completed(*state, first);
    assert_int_equal(start(*state, "Completes", (struct tl_start_options){0}, &second), TL_OK);
    tl_assert_completed(*state, second);
    assert_string_not_equal(tl_handle_run_id(first), tl_handle_run_id(second));
}

static void an_id_that_is_done_may_be_refused(void **state)
{
    struct tl_handle *run;

    tl_assert_completed(*state, scenario_start(*state, "Completes", NULL));
    assert_int_equal(
        start(*state, "Completes", (struct tl_start_options){.id_reuse = TL_ID_REUSE_REJECT_DUPLICATE}, &run),
        TL_ALREADY_EXISTS);
}

static void an_id_may_be_used_again_after_a_failure_alone(void **state)
{
    const struct tl_start_options failed_only = {.id_reuse = TL_ID_REUSE_ALLOW_DUPLICATE_FAILED_ONLY};
    struct tl_handle *run;

    tl_assert_failed(*state, scenario_start(*state, "Fails", NULL), "Failed");
    assert_int_equal(start(*state, "Completes", failed_only, &run), TL_OK);
    tl_assert_completed(*state, run);
    assert_int_equal(start(*state, "Completes", failed_only, &run), TL_ALREADY_EXISTS);
}

static void the_same_request_starts_once(void **state)
{
    const struct tl_start_options options = {.request_id = "the-request"};
    struct tl_handle *first;
    struct tl_handle *second;

    assert_int_equal(start(*state, "Waits", options, &first), TL_OK);
    assert_int_equal(start(*state, "Waits", options, &second), TL_OK);
    assert_string_equal(tl_handle_run_id(first), tl_handle_run_id(second));
    assert_true(tl_env_sim(*state) == NULL || tl_sim_open_runs(tl_env_sim(*state)) == 1);
}

static void a_failed_workflow_is_tried_again(void **state)
{
    const struct tl_start_options options = {
        .task_queue = "test",
        .retry = &(const struct tl_retry_policy){.initial_interval = TL_HOURS(1)},
    };
    struct tl_handle *run = NULL;

    assert_int_equal(start(*state, "Tries", options, &run), TL_OK);
    tl_assert_completed(*state, run);
    scenario_assert_result(*state, run, "3");
    assert_true(tl_env_elapsed(*state) >= TL_HOURS(3));
}

static void a_delayed_start_waits_in_virtual_time(void **state)
{
    const struct tl_start_options options = {.task_queue = "test", .start_delay = TL_HOURS(6)};
    struct tl_handle *run = NULL;

    assert_int_equal(start(*state, "Completes", options, &run), TL_OK);
    tl_assert_completed(*state, run);
    assert_true(tl_env_elapsed(*state) >= TL_HOURS(6));
}

static void assert_refused(void **state, struct tl_start_options options, const char *id, const char *field)
{
    struct tl_handle *run = NULL;
    struct tl_error error = {.field = ""};

    options.task_queue = options.task_queue == NULL ? "test" : options.task_queue;
    assert_int_equal(
        tl_client_start(tl_env_client(*state), "Waits", id, NULL, &options, &run, &error), TL_INVALID_ARGUMENT);
    assert_null(run);
    if (strstr(error.field, field) == NULL && strstr(error.message, field) == NULL) {
        fail_msg("neither field \"%s\" nor message \"%s\" names %s", error.field, error.message, field);
    }
}

static void bad_starts_are_refused_by_name(void **state)
{
    static const struct tl_retry_policy shrinking = {.backoff_coefficient = 0.5};

    assert_refused(state, (struct tl_start_options){.run_timeout = -1}, "w", "run_timeout");
    assert_refused(state, (struct tl_start_options){.execution_timeout = -1}, "w", "execution_timeout");
    assert_refused(state, (struct tl_start_options){.retry = &shrinking}, "w", "backoff_coefficient");
    assert_refused(state, (struct tl_start_options){0}, "", "workflow_id");
    assert_refused(state, (struct tl_start_options){.task_queue = ""}, "w", "task_queue");
    assert_true(tl_env_sim(*state) == NULL || tl_sim_open_runs(tl_env_sim(*state)) == 0);
}

/* Its first task comes by the queue, as that of any other start: a slow or crashed worker of a test has a say. */
static void no_start_of_a_test_is_eager(void **state)
{
    struct tl_env *env = *state;
    struct tl_history *history;
    char *json;
    struct tl_handle *run =
        tl_env_start(env, "Completes", "w", NULL, &(struct tl_start_options){.task_queue = "test", .eager = 1});

    tl_assert_completed(env, run);
    history = tl_env_history(env, run);
    assert_int_equal(tl_history_to_json(history, &json, NULL, NULL), TL_OK);
    assert_non_null(strstr(json, "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"));
    assert_null(strstr(json, "eagerExecutionAccepted"));
    tl_history_unref(history);
    tl_text_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(no_start_of_a_test_is_eager),
        SCENARIO(an_id_that_runs_is_taken),
        SCENARIO(an_existing_run_may_be_used),
        SCENARIO(an_existing_run_may_be_terminated),
        SCENARIO(an_id_that_is_done_may_be_used_again),
        SCENARIO(an_id_that_is_done_may_be_refused),
        SCENARIO(an_id_may_be_used_again_after_a_failure_alone),
        SCENARIO(the_same_request_starts_once),
        SCENARIO(a_failed_workflow_is_tried_again),
        SCENARIO(a_delayed_start_waits_in_virtual_time),
        SCENARIO(bad_starts_are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
