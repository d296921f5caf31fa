/* SPDX-License-Identifier: MIT */
/* Activities that are completed from elsewhere: by token and by ids, from the test and from other activities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/async_activity.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static const struct tl_retry_policy slow = {.initial_interval = TL_MINUTES(1)};
static const struct tl_activity_options options = {
    .activity_id = "ask", .start_to_close = TL_HOURS(1), .heartbeat = TL_MINUTES(10), .retry = &slow};
static const struct tl_activity_target by_id = {.workflow_id = "w", .activity_id = "ask"};

/* The token of the last attempt that left its completion to others. */
static uint8_t token[1024];
static size_t token_len;

static struct tl_activity_target by_token(void)
{
    return (struct tl_activity_target){.task_token = {token, token_len}};
}

/* The same, of the attempt that left now, when others follow. */
static struct tl_activity_target by_first_token(void)
{
    static uint8_t first[sizeof token];

    memcpy(first, token, token_len);
    return (struct tl_activity_target){.task_token = {first, token_len}};
}

/* ---- Workflows ---- */

/* Asks a person and tells how that ended. */
static enum tl_status asks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_activity_run(wf, "Ask", input, &options, result);
    const struct tl_failure *root = tl_failure_root(tl_failure(wf));

    if (status == TL_OK) {
        return TL_OK;
    }
    return tl_result_text(
        wf,
        result,
        "[\"%s\", %d, \"%s\", \"%s\", %d]",
        tl_status_name(status),
        (int)root->kind,
        root->type,
        root->message,
        (int)root->details_count);
}

/* Asks, and takes the question back after five minutes. */
static enum tl_status takes_back(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_activity_options waiting = options;

    waiting.cancellation = TL_WAIT_CANCELLATION_COMPLETED;
    struct tl_future *asked = tl_activity_start(wf, "Ask", input, &waiting);
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(5)));
    tl_future_cancel(asked);
    enum tl_status status = tl_future_wait(asked, NULL);
    const struct tl_failure *root = tl_failure_root(tl_failure(wf));
    return tl_result_text(
        wf,
        result,
        "[\"%s\", %d, %.*s]",
        tl_status_name(status),
        (int)root->kind,
        (int)root->details[0].data.len,
        (const char *)root->details[0].data.data);
}

/* Asks, and has another activity answer. */
static enum tl_status asks_a_machine(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *asked = tl_activity_start(wf, "Ask", input, &options);

    if (tl_activity_run(wf, "Answer", NULL, &scenario_once, NULL) != TL_OK) {
        return TL_FAILED;
    }
    return tl_future_wait(asked, result);
}

/* ---- Activities ---- */

static int attempts;
static int left_details;

static enum tl_status ask(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    (void)input;
    (void)result;
    assert_true(info->task_token.len > 0 && info->task_token.len <= sizeof token);
    memcpy(token, info->task_token.data, info->task_token.len);
    token_len = info->task_token.len;
    attempts = info->attempt;
    left_details = (int)tl_heartbeat_details(activity).count;
    return TL_COMPLETES_LATER;
}

static struct tl_env *machine_env;

static enum tl_status answer(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload yes = tl_payload_json("\"yes, by a machine\"");
    struct tl_env *env = *(struct tl_env **)tl_activity_user(activity);
    struct tl_error error;

    (void)input;
    (void)result;
    if (tl_activity_sleep(activity, TL_SECONDS(2)) != TL_OK) {
        return TL_CANCELED;
    }
    if (tl_client_complete_activity(tl_env_client(env), &by_id, &yes, &error) != TL_OK) {
        return tl_activity_fail(activity, "NotTaken", "%s", error.message);
    }
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Asks", asks);
    tl_register_workflow(registry, "TakesBack", takes_back);
    tl_register_workflow(registry, "AsksAMachine", asks_a_machine);
    tl_register_activity(registry, "Ask", ask);
    tl_register_activity_with(
        registry, &(struct tl_activity_definition){.type = "Answer", .run = answer, .user = &machine_env});
}

static int setup(void **state)
{
    int result = tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});

    machine_env = *state;
    attempts = 0;
    return result;
}

static struct tl_handle *start(void **state, const char *type)
{
    struct tl_handle *run = scenario_start(*state, type, NULL);

    tl_env_run_until_idle(*state);
    assert_int_equal(attempts, 1);
    return run;
}

static struct tl_client *client_of(void **state)
{
    return tl_env_client(*state);
}

/* ---- Completed ---- */

static void a_token_completes_it(void **state)
{
    const struct tl_payload yes = tl_payload_json("\"yes\"");
    struct tl_handle *run = start(state, "Asks");
    const struct tl_activity_target target = by_token();

    tl_env_advance(*state, TL_MINUTES(9));
    assert_int_equal(tl_client_complete_activity(client_of(state), &target, &yes, NULL), TL_OK);
    tl_assert_result(*state, run, "\"yes\"");
    assert_events(*state, run, "WorkflowExecutionStarted T A T WorkflowExecutionCompleted");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/completed_elsewhere.json");
}

static void ids_complete_it(void **state)
{
    struct tl_handle *run = start(state, "Asks");
    struct tl_activity_target target = by_id;

    target.run_id = tl_handle_run_id(run);
    assert_int_equal(tl_client_complete_activity(client_of(state), &target, NULL, NULL), TL_OK);
    tl_assert_result(*state, run, "null");
}

static void another_activity_completes_it(void **state)
{
    struct tl_handle *run = start(state, "AsksAMachine");

    tl_assert_result(*state, run, "\"yes, by a machine\"");
}

static void it_is_completed_once(void **state)
{
    struct tl_handle *run = start(state, "Asks");
    const struct tl_activity_target target = by_token();
    struct tl_error error;

    assert_int_equal(tl_client_complete_activity(client_of(state), &target, NULL, NULL), TL_OK);
    assert_int_equal(tl_client_complete_activity(client_of(state), &target, NULL, &error), TL_NOT_FOUND);
    assert_int_equal(tl_client_complete_activity(client_of(state), &by_id, NULL, &error), TL_NOT_FOUND);
    tl_assert_completed(*state, run);
    assert_int_equal(tl_client_complete_activity(client_of(state), &by_id, NULL, &error), TL_NOT_FOUND);
}

/* ---- Failed ---- */

static void a_failed_attempt_is_tried_again(void **state)
{
    struct tl_handle *run = start(state, "Asks");
    const struct tl_activity_target first = by_first_token();
    struct tl_error error;

    assert_int_equal(tl_client_fail_activity(client_of(state), &by_id, "Busy", "on the phone", NULL, NULL), TL_OK);
    assert_int_equal(tl_client_complete_activity(client_of(state), &first, NULL, &error), TL_NOT_FOUND);
    assert_int_equal(tl_client_fail_activity(client_of(state), &by_id, "", "", NULL, &error), TL_NOT_FOUND);
    assert_int_equal(tl_client_heartbeat(client_of(state), &by_id, NULL, NULL, &error), TL_NOT_FOUND);
    tl_env_advance(*state, TL_MINUTES(1));
    tl_env_run_until_idle(*state);
    assert_int_equal(attempts, 2);
    assert_int_equal(tl_client_complete_activity(client_of(state), &by_id, NULL, NULL), TL_OK);
    tl_assert_result(*state, run, "null");
}

static void ids_complete_it_between_two_attempts_too(void **state)
{
    const struct tl_payload yes = tl_payload_json("\"yes\"");
    struct tl_handle *run = start(state, "Asks");

    assert_int_equal(tl_client_fail_activity(client_of(state), &by_id, "Busy", "", NULL, NULL), TL_OK);
    assert_int_equal(tl_client_complete_activity(client_of(state), &by_id, &yes, NULL), TL_OK);
    tl_assert_result(*state, run, "\"yes\"");
    assert_int_equal(attempts, 1);
}

static void a_failure_for_good_ends_it(void **state)
{
    const struct tl_payload detail = tl_payload_json("1");
    const struct tl_fail_options for_good = {.non_retryable = 1, .details = &detail, .details_count = 1};
    struct tl_handle *run = start(state, "Asks");

    assert_int_equal(tl_client_fail_activity(client_of(state), &by_id, "No", "never", &for_good, NULL), TL_OK);
    tl_assert_result(*state, run, "[\"failed\", 1, \"No\", \"never\", 1]");
}

static void a_failure_may_be_of_any_kind(void **state)
{
    const struct tl_failure cause = {
        .kind = TL_FAILURE_APPLICATION, .type = "Gone", .message = "left", .non_retryable = 1};
    const struct tl_failure failure = {
        .kind = TL_FAILURE_TIMEOUT,
        .timeout_type = TL_TIMEOUT_SCHEDULE_TO_CLOSE,
        .message = "nobody answers",
        .cause = &cause};
    struct tl_handle *run = start(state, "Asks");

    assert_int_equal(tl_client_fail_activity_as(client_of(state), &by_id, &failure, NULL), TL_OK);
    tl_assert_result(*state, run, "[\"failed\", 1, \"Gone\", \"left\", 0]");
    assert_says(*state, run, "nobody answers");
}

/* ---- Alive ---- */

static void heartbeats_keep_it_alive_and_leave_details(void **state)
{
    const struct tl_payload page = tl_payload_json("3");
    enum tl_activity_cancel_reason reason = TL_ACTIVITY_PAUSED;
    struct tl_handle *run = start(state, "Asks");

    for (int i = 0; i < 5; i++) {
        const struct tl_activity_target target = by_token();

        tl_env_advance(*state, TL_MINUTES(9));
        assert_int_equal(
            tl_client_heartbeat(client_of(state), i % 2 ? &by_id : &target, TL_ARGS(page), &reason, NULL), TL_OK);
        assert_int_equal(reason, TL_ACTIVITY_NOT_CANCELED);
    }
    assert_int_equal(attempts, 1);
    tl_env_advance(*state, TL_MINUTES(12)); /* the heartbeat timeout, and a minute until the next attempt */
    assert_int_equal(attempts, 2);
    assert_int_equal(left_details, 1);
    assert_int_equal(tl_client_complete_activity(client_of(state), &by_id, NULL, NULL), TL_OK);
    tl_assert_result(*state, run, "null");
}

static void a_late_answer_is_of_no_attempt(void **state)
{
    struct tl_handle *run = start(state, "Asks");
    const struct tl_activity_target first = by_first_token();
    struct tl_error error;

    tl_env_advance(*state, TL_MINUTES(12));
    assert_int_equal(attempts, 2);
    assert_int_equal(tl_client_complete_activity(client_of(state), &first, NULL, &error), TL_NOT_FOUND);
    assert_int_equal(tl_client_heartbeat(client_of(state), &first, NULL, NULL, &error), TL_NOT_FOUND);
    assert_int_equal(tl_client_complete_activity(client_of(state), &by_id, NULL, NULL), TL_OK);
    tl_assert_completed(*state, run);
}

/* ---- Canceled ---- */

static void a_cancellation_nobody_asked_for_is_refused(void **state)
{
    struct tl_handle *run = start(state, "Asks");
    struct tl_error error;

    assert_int_equal(tl_client_cancel_activity(client_of(state), &by_id, NULL, &error), TL_INVALID_ARGUMENT);
    assert_int_equal(tl_client_complete_activity(client_of(state), &by_id, NULL, NULL), TL_OK);
    tl_assert_completed(*state, run);
}

static void a_heartbeat_tells_of_the_request_and_it_ends_with_details(void **state)
{
    const struct tl_payload half = tl_payload_json("\"half done\"");
    enum tl_activity_cancel_reason reason;
    struct tl_handle *run = start(state, "TakesBack");
    const struct tl_activity_target target = by_token();

    tl_env_advance(*state, TL_MINUTES(6));
    assert_int_equal(tl_client_heartbeat(client_of(state), &target, NULL, &reason, NULL), TL_OK);
    assert_int_equal(reason, TL_ACTIVITY_CANCEL_REQUESTED);
    assert_int_equal(tl_client_heartbeat(client_of(state), &by_id, NULL, &reason, NULL), TL_OK);
    assert_int_equal(reason, TL_ACTIVITY_CANCEL_REQUESTED);
    assert_int_equal(tl_client_cancel_activity(client_of(state), &target, TL_ARGS(half), NULL), TL_OK);
    scenario_assert_result(*state, run, "[\"canceled\", %d, \"half done\"]", TL_FAILURE_CANCELED);
}

static void a_canceled_one_may_be_named_by_ids(void **state)
{
    const struct tl_payload half = tl_payload_json("1");
    struct tl_handle *run = start(state, "TakesBack");

    tl_env_advance(*state, TL_MINUTES(6));
    assert_int_equal(tl_client_cancel_activity(client_of(state), &by_id, TL_ARGS(half), NULL), TL_OK);
    scenario_assert_result(*state, run, "[\"canceled\", %d, 1]", TL_FAILURE_CANCELED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_token_completes_it),
        SCENARIO(ids_complete_it),
        SCENARIO(another_activity_completes_it),
        SCENARIO(it_is_completed_once),
        SCENARIO(a_failed_attempt_is_tried_again),
        SCENARIO(ids_complete_it_between_two_attempts_too),
        SCENARIO(a_failure_for_good_ends_it),
        SCENARIO(a_failure_may_be_of_any_kind),
        SCENARIO(heartbeats_keep_it_alive_and_leave_details),
        SCENARIO(a_late_answer_is_of_no_attempt),
        SCENARIO(a_cancellation_nobody_asked_for_is_refused),
        SCENARIO(a_heartbeat_tells_of_the_request_and_it_ends_with_details),
        SCENARIO(a_canceled_one_may_be_named_by_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
