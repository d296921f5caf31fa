/* SPDX-License-Identifier: MIT */
/* Activities completed from elsewhere, while a timeout or a cancellation ends them: who comes first counts, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/async_activity.h>
#include <timelapse/env_worker.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static const struct tl_activity_target by_id = {.workflow_id = "w", .activity_id = "ask"};

/* What the activity of the test has, and when its workflow takes it back; 0: never. */
static struct tl_activity_options options;
static tl_duration takes_back_after;

static uint8_t token[1024];
static size_t token_len;
static int attempts;

static struct tl_activity_target by_token(void)
{
    return (struct tl_activity_target){.task_token = {token, token_len}};
}

/* ---- The workflow: how the activity ended, and what kind of failure lies at the root ---- */

static enum tl_status tells(struct tl_workflow *wf, struct tl_payload *result, enum tl_status status)
{
    const struct tl_failure *root = status == TL_OK ? NULL : tl_failure_root(tl_failure(wf));

    return tl_result_text(
        wf,
        result,
        "[\"%s\", \"%s\", %d]",
        tl_status_name(status),
        root == NULL ? "" : root->message,
        root == NULL ? 0 : (int)root->details_count);
}

/* Sleeps on when all is known: what comes late must not disturb it. */
static enum tl_status asks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *asked = tl_activity_start(wf, "Ask", input, &options);

    if (takes_back_after > 0) {
        TL_IGNORE(tl_sleep(wf, takes_back_after));
        tl_future_cancel(asked);
    }
    TL_IGNORE(tells(wf, result, tl_future_wait(asked, NULL)));
    return tl_sleep(wf, TL_HOURS(1));
}

static enum tl_status ask(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_info *info = tl_activity_info(activity);

    (void)input;
    (void)result;
    memcpy(token, info->task_token.data, info->task_token.len);
    token_len = info->task_token.len;
    attempts = info->attempt;
    return TL_COMPLETES_LATER;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Asks", asks);
    tl_register_activity(registry, "Ask", ask);
}

static int setup(void **state)
{
    static const struct tl_retry_policy once = {.maximum_attempts = 1};

    options = (struct tl_activity_options){.activity_id = "ask", .start_to_close = TL_MINUTES(10), .retry = &once};
    takes_back_after = 0;
    attempts = 0;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_handle *start(struct tl_env *env)
{
    struct tl_handle *run = scenario_start(env, "Asks", NULL);

    tl_env_run_until_idle(env);
    assert_int_equal(attempts, 1);
    return run;
}

static enum tl_status complete(struct tl_env *env, const struct tl_activity_target *target)
{
    struct tl_error error;

    return tl_client_complete_activity(tl_env_client(env), target, NULL, &error);
}

/* ---- Timeouts ---- */

/*
 * A timeout that is due at the very time of the answer has come first: timers of a time fire before it passes
 * (service/history/timer_queue_active_task_executor.go, executeActivityTimeoutTask); then the activity is not there
 * (respondactivitytaskcompleted/api.go, ErrActivityTaskNotFound), whoever names it.
 */
static void assert_late(struct tl_env *env, struct tl_handle *run, tl_duration due, const char *type)
{
    const struct tl_activity_target target = by_token();

    tl_env_advance_to(env, due);
    assert_int_equal(complete(env, &target), TL_NOT_FOUND);
    assert_int_equal(complete(env, &by_id), TL_NOT_FOUND);
    tl_env_run_until_idle(env);
    assert_int_equal(scenario_count_events(env, run, "ActivityTaskCompleted"), 0);
    assert_int_equal(scenario_time_of(env, run, "ActivityTaskTimedOut"), due);
    assert_says(env, run, type);
}

static void assert_in_time(struct tl_env *env, struct tl_handle *run, tl_duration due)
{
    const struct tl_activity_target target = by_token();

    tl_env_advance_to(env, due - 1);
    assert_int_equal(complete(env, &target), TL_OK);
    tl_env_advance_to(env, due + TL_MINUTES(1));
    tl_assert_result(env, run, "[\"ok\", \"\", 0]");
    assert_int_equal(scenario_count_events(env, run, "ActivityTaskTimedOut"), 0);
    assert_int_equal(scenario_count_events(env, run, "ActivityTaskCompleted"), 1);
}

static void start_to_close(void **state)
{
    assert_late(*state, start(*state), TL_MINUTES(10), "TIMEOUT_TYPE_START_TO_CLOSE");
}

static void before_start_to_close(void **state)
{
    assert_in_time(*state, start(*state), TL_MINUTES(10));
}

static void schedule_to_close(void **state)
{
    options.schedule_to_close = TL_MINUTES(7);
    assert_late(*state, start(*state), TL_MINUTES(7), "TIMEOUT_TYPE_START_TO_CLOSE"); /* the shorter bounds it */
}

static void before_schedule_to_close(void **state)
{
    options.schedule_to_close = TL_MINUTES(7);
    assert_in_time(*state, start(*state), TL_MINUTES(7));
}

/* From the last beat, not from the start: workflow/timer_sequence.go, getActivityHeartbeatTimeout. */
static void heartbeat(void **state)
{
    const struct tl_payload page = tl_payload_json("3");

    options.heartbeat = TL_MINUTES(2);
    struct tl_handle *run = start(*state);
    tl_env_advance(*state, TL_MINUTES(2) - 1);
    assert_int_equal(tl_client_heartbeat(tl_env_client(*state), &by_id, TL_ARGS(page), NULL, NULL), TL_OK);
    assert_late(*state, run, TL_MINUTES(4) - 1, "TIMEOUT_TYPE_HEARTBEAT");
    assert_says(*state, run, "lastHeartbeatDetails");
    tl_assert_result(*state, run, "[\"failed\", \"activity Heartbeat timeout\", 1]");
}

static void before_heartbeat(void **state)
{
    options.heartbeat = TL_MINUTES(2);
    assert_in_time(*state, start(*state), TL_MINUTES(2));
}

/*
 * Between two attempts a token is of none, and ids complete it; when no further attempt fits before the
 * schedule-to-close timeout it has timed out as that (workflow/retry.go; timer_queue_active_task_executor.go,
 * processSingleActivityTimeoutTask).
 */
static void back_off_that_does_not_fit(void **state)
{
    static const struct tl_retry_policy slow = {.initial_interval = TL_MINUTES(5)};

    options.retry = &slow;
    options.schedule_to_close = TL_MINUTES(12);
    struct tl_handle *run = start(*state);
    assert_late(*state, run, TL_MINUTES(10), "TIMEOUT_TYPE_SCHEDULE_TO_CLOSE");
    assert_int_equal(attempts, 1);
    assert_says(*state, run, "RETRY_STATE_TIMEOUT");
}

static void back_off_that_fits(void **state)
{
    static const struct tl_retry_policy slow = {.initial_interval = TL_MINUTES(5)};

    options.retry = &slow;
    struct tl_handle *run = start(*state);
    const struct tl_activity_target target = by_token();
    tl_env_advance_to(*state, TL_MINUTES(10));
    assert_int_equal(complete(*state, &target), TL_NOT_FOUND);
    assert_int_equal(complete(*state, &by_id), TL_OK);
    tl_env_advance(*state, TL_MINUTES(10)); /* the next attempt is not made */
    assert_int_equal(attempts, 1);
    tl_assert_result(*state, run, "[\"ok\", \"\", 0]");
    assert_events(*state, run, "WorkflowExecutionStarted T A T TimerStarted TimerFired T WorkflowExecutionCompleted");
}

/* ---- Cancellation ---- */

#define TAKEN_BACK "WorkflowExecutionStarted T ActivityTaskScheduled TimerStarted TimerFired T "

static struct tl_handle *take_back(struct tl_env *env, enum tl_cancellation_type type)
{
    options.cancellation = type;
    takes_back_after = TL_MINUTES(1);
    struct tl_handle *run = start(env);
    tl_env_advance_to(env, TL_MINUTES(2));
    return run;
}

/* It has completed all the same; who did not wait hears nothing of it (sdk-core, activity_state_machine.rs). */
static void a_completion_in_spite_of_the_request(void **state)
{
    struct tl_handle *run = take_back(*state, TL_WAIT_CANCELLATION_COMPLETED);

    assert_int_equal(complete(*state, &by_id), TL_OK);
    tl_assert_result(*state, run, "[\"ok\", \"\", 0]");
    assert_events(
        *state,
        run,
        TAKEN_BACK "ActivityTaskCancelRequested ActivityTaskStarted ActivityTaskCompleted T "
                   "TimerStarted TimerFired T WorkflowExecutionCompleted");
}

static void a_completion_that_nobody_waits_for(void **state)
{
    struct tl_handle *run = take_back(*state, TL_TRY_CANCEL);

    assert_int_equal(complete(*state, &by_id), TL_OK);
    tl_assert_result(*state, run, "[\"canceled\", \"canceled\", 0]");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCompleted"), 1);
}

/* None is tried again once its cancellation is requested: mutable_state_impl.go, RetryActivity. */
static void a_timeout_in_spite_of_the_request(void **state)
{
    static const struct tl_retry_policy often = {.maximum_attempts = 5};

    options.retry = &often;
    struct tl_handle *run = take_back(*state, TL_WAIT_CANCELLATION_COMPLETED);
    tl_assert_result(*state, run, "[\"failed\", \"activity StartToClose timeout\", 0]");
    assert_says(*state, run, "RETRY_STATE_CANCEL_REQUESTED");
    assert_int_equal(attempts, 1);
}

static void a_failure_in_spite_of_the_request(void **state)
{
    static const struct tl_retry_policy often = {.maximum_attempts = 5};

    options.retry = &often;
    struct tl_handle *run = take_back(*state, TL_WAIT_CANCELLATION_COMPLETED);
    assert_int_equal(tl_client_fail_activity(tl_env_client(*state), &by_id, "Busy", "later", NULL, NULL), TL_OK);
    tl_assert_result(*state, run, "[\"failed\", \"later\", 0]");
    assert_says(*state, run, "RETRY_STATE_CANCEL_REQUESTED");
    assert_int_equal(attempts, 1);
}

/*
 * The answer comes while the task that takes the activity back is under way: it is buffered, the request is written
 * although the activity has ended (mutable_state_impl.go, AddActivityTaskCancelRequestedEvent, HasActivityFinishEvent),
 * and the end behind it (historybuilder/event_store.go).
 */
static struct tl_handle *complete_meanwhile(struct tl_env *env, enum tl_cancellation_type type)
{
    options.cancellation = type;
    takes_back_after = TL_MINUTES(1);
    struct tl_handle *run = start(env);
    const struct tl_activity_target target = by_token();
    tl_env_worker_slow(tl_env_own_worker(env), TL_SECONDS(2));
    tl_env_advance_to(env, TL_MINUTES(1) + TL_SECONDS(1));
    assert_int_equal(scenario_count_events(env, run, "WorkflowTaskStarted"), 2);
    assert_int_equal(scenario_count_events(env, run, "WorkflowTaskCompleted"), 1);
    assert_int_equal(complete(env, &target), TL_OK);
    assert_int_equal(scenario_count_events(env, run, "ActivityTaskCompleted"), 0); /* buffered */
    tl_env_worker_slow(tl_env_own_worker(env), 0);
    tl_assert_completed(env, run);
    assert_events(
        env,
        run,
        type == TL_TRY_CANCEL ? TAKEN_BACK
            "ActivityTaskCancelRequested TimerStarted ActivityTaskStarted ActivityTaskCompleted T "
            "TimerFired T WorkflowExecutionCompleted"
                              : TAKEN_BACK "ActivityTaskCancelRequested ActivityTaskStarted ActivityTaskCompleted T "
                                           "TimerStarted TimerFired T WorkflowExecutionCompleted");
    return run;
}

static void a_completion_while_the_request_is_made(void **state)
{
    struct tl_handle *run = complete_meanwhile(*state, TL_WAIT_CANCELLATION_COMPLETED);

    tl_assert_result(*state, run, "[\"ok\", \"\", 0]");
}

static void a_completion_while_it_is_tried_to_cancel(void **state)
{
    struct tl_handle *run = complete_meanwhile(*state, TL_TRY_CANCEL);

    tl_assert_result(*state, run, "[\"canceled\", \"canceled\", 0]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(start_to_close),
        SCENARIO(before_start_to_close),
        SCENARIO(schedule_to_close),
        SCENARIO(before_schedule_to_close),
        SCENARIO(heartbeat),
        SCENARIO(before_heartbeat),
        SCENARIO(back_off_that_does_not_fit),
        SCENARIO(back_off_that_fits),
        SCENARIO(a_completion_in_spite_of_the_request),
        SCENARIO(a_completion_that_nobody_waits_for),
        SCENARIO(a_timeout_in_spite_of_the_request),
        SCENARIO(a_failure_in_spite_of_the_request),
        SCENARIO(a_completion_while_the_request_is_made),
        SCENARIO(a_completion_while_it_is_tried_to_cancel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
