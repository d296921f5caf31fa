/* SPDX-License-Identifier: MIT */
/* Why something that failed, or took too long, is not tried again: each reason that histories have a word for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/by_hand.h"
#include "tests/scenarios/scenario.h"

static int setup(void **state)
{
    int result = tl_cmocka_setup(state, &(struct tl_env_options){.skip_to_run_timeouts = 1});

    if (result == 0) {
        hand_open(*state);
    }
    return result;
}

#define FAILURE "\"failure\": {\"message\": \"no\", \"applicationFailureInfo\": {\"type\": \"Mine\"}}"

/* ---- Runs ---- */

static void run_fails(struct tl_env *env, const char *members, const char *retry_state)
{
    struct tl_handle *run = hand_start(members);

    hand_complete(hand_workflow_task(), HAND_COMMAND("FAIL_WORKFLOW_EXECUTION", "failWorkflowExecution", FAILURE));
    assert_says(env, run, retry_state);
    assert_events(env, run, "WorkflowExecutionStarted T WorkflowExecutionFailed");
}

static void a_run_that_may_be_tried_once(void **state)
{
    run_fails(*state, "\"retryPolicy\": {\"maximumAttempts\": 1}, ", "\"RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED\"");
}

static void a_run_that_fails_for_good(void **state)
{
    run_fails(
        *state, "\"retryPolicy\": {\"nonRetryableErrorTypes\": [\"Mine\"]}, ", "\"RETRY_STATE_NON_RETRYABLE_FAILURE\"");
}

static void a_run_that_has_no_time_for_another(void **state)
{
    run_fails(
        *state,
        "\"retryPolicy\": {\"initialInterval\": \"7200s\"}, \"workflowExecutionTimeout\": \"3600s\", ",
        "\"RETRY_STATE_TIMEOUT\"");
}

/* ---- Activities ---- */

#define ACTIVITY(members)                                                                                              \
    HAND_COMMAND(                                                                                                      \
        "SCHEDULE_ACTIVITY_TASK",                                                                                      \
        "scheduleActivityTask",                                                                                        \
        "\"activityId\": \"1\", \"activityType\": {\"name\": \"Step\"}, " HAND_QUEUE ", " members)
#define REQUEST HAND_COMMAND("REQUEST_CANCEL_ACTIVITY_TASK", "requestCancelActivityTask", "\"scheduledEventId\": \"5\"")

/* Schedules an activity and takes its task; then asks for its cancellation. Gives its token. */
static const char *asked_to_stop(struct tl_env *env, struct tl_handle *run, const char *activity)
{
    hand_complete(hand_workflow_task(), activity);
    const char *token = hand_activity_task();

    tl_env_signal(env, run, "stop", NULL);
    hand_complete(hand_workflow_task(), REQUEST);
    return token;
}

#define ASKED                                                                                                          \
    "WorkflowExecutionStarted T ActivityTaskScheduled WorkflowExecutionSignaled T ActivityTaskCancelRequested "        \
    "ActivityTaskStarted "

static void an_attempt_fails_though_it_was_asked_to_stop(void **state)
{
    struct tl_handle *run = hand_start("");
    const char *token = asked_to_stop(*state, run, ACTIVITY("\"startToCloseTimeout\": \"3600s\""));

    (void)hand_ask(RPC_RespondActivityTaskFailed, "\"taskToken\": \"%s\", " FAILURE ", \"identity\": \"hand\"", token);
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_says(*state, run, "\"RETRY_STATE_CANCEL_REQUESTED\"");
    assert_events(*state, run, ASKED "ActivityTaskFailed T WorkflowExecutionCompleted");
}

static void an_attempt_stops_when_asked_to(void **state)
{
    struct tl_handle *run = hand_start("");
    const char *token = asked_to_stop(*state, run, ACTIVITY("\"startToCloseTimeout\": \"3600s\""));

    (void)hand_ask(RPC_RespondActivityTaskCanceled, "\"taskToken\": \"%s\", \"identity\": \"hand\"", token);
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_events(*state, run, ASKED "ActivityTaskCanceled T WorkflowExecutionCompleted");
}

/* A second, which is the world's own where the service is. */
#define SHORT "\"startToCloseTimeout\": \"1s\""

static void an_attempt_takes_too_long_to_stop(void **state)
{
    struct tl_handle *run = hand_start("");

    (void)asked_to_stop(*state, run, ACTIVITY(SHORT));
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_says(*state, run, "\"RETRY_STATE_CANCEL_REQUESTED\"");
    assert_events(*state, run, ASKED "ActivityTaskTimedOut T WorkflowExecutionCompleted");
}

static void an_attempt_that_takes_too_long_may_be_the_last(void **state)
{
    struct tl_handle *run = hand_start("");

    hand_complete(
        hand_workflow_task(),
        ACTIVITY(SHORT ", \"retryPolicy\": {\"nonRetryableErrorTypes\": [\"TemporalTimeout:StartToClose\"]}"));
    (void)hand_activity_task();
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_says(*state, run, "\"RETRY_STATE_NON_RETRYABLE_FAILURE\"");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T ActivityTaskScheduled ActivityTaskStarted ActivityTaskTimedOut T "
        "WorkflowExecutionCompleted");
}

/* ---- Workflow tasks and runs that take too long ---- */

static void a_workflow_task_that_is_not_answered(void **state)
{
    struct tl_handle *run = hand_start("\"workflowTaskTimeout\": \"1s\", ");

    (void)hand_workflow_task();
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted WorkflowTaskScheduled WorkflowTaskStarted WorkflowTaskTimedOut T "
        "WorkflowExecutionCompleted");
}

#define MY_QUEUE "{\"name\": \"by-hand-sticky\", \"kind\": \"TASK_QUEUE_KIND_STICKY\", \"normalName\": \"by-hand\"}"

/* Had the worker not been there lately, the task would be the others' at once. */
static void a_workflow_task_that_its_worker_does_not_take(void **state)
{
    struct tl_handle *run = hand_start("");

    hand_show_up(MY_QUEUE);
    (void)hand_ask(
        RPC_RespondWorkflowTaskCompleted,
        "\"taskToken\": \"%s\", \"identity\": \"hand\", \"stickyAttributes\": {\"workerTaskQueue\": " MY_QUEUE
        ", \"scheduleToStartTimeout\": \"1s\"}",
        hand_workflow_task());
    tl_env_signal(*state, run, "go", NULL);
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_says(*state, run, "\"TIMEOUT_TYPE_SCHEDULE_TO_START\"");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T WorkflowExecutionSignaled WorkflowTaskScheduled WorkflowTaskTimedOut T "
        "WorkflowExecutionCompleted");
}

/* A second, which is the world's own where the service is. */
static void run_times_out(struct tl_env *env, const char *members, const char *retry_state)
{
    struct tl_handle *run = hand_start(members);

    hand_complete(hand_workflow_task(), "");
    tl_env_run_until_closed(env, run);
    assert_says(env, run, retry_state);
    assert_events(env, run, "WorkflowExecutionStarted T WorkflowExecutionTimedOut");
}

#define SHORT_RUN(policy) "\"workflowRunTimeout\": \"1s\", \"retryPolicy\": {" policy "}, "

static void a_run_that_took_too_long_may_be_tried_again(void **state)
{
    run_times_out(*state, SHORT_RUN("\"initialInterval\": \"3600s\""), "\"RETRY_STATE_IN_PROGRESS\"");
}

static void a_run_that_took_too_long_may_be_tried_once(void **state)
{
    run_times_out(*state, SHORT_RUN("\"maximumAttempts\": 1"), "\"RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED\"");
}

static void a_run_that_took_too_long_may_be_the_last(void **state)
{
    run_times_out(
        *state,
        SHORT_RUN("\"nonRetryableErrorTypes\": [\"TemporalTimeout:StartToClose\"]"),
        "\"RETRY_STATE_NON_RETRYABLE_FAILURE\"");
}

static void a_chain_that_took_too_long(void **state)
{
    run_times_out(*state, "\"workflowExecutionTimeout\": \"1s\", ", "\"RETRY_STATE_TIMEOUT\"");
}

static void a_run_whose_task_nobody_answers(void **state)
{
    struct tl_handle *run = hand_start("\"workflowRunTimeout\": \"1s\", ");

    (void)hand_workflow_task();
    tl_env_run_until_closed(*state, run);
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted WorkflowTaskScheduled WorkflowTaskStarted WorkflowTaskFailed "
        "WorkflowExecutionTimedOut");
}

/* ---- A history that has grown long ---- */

static void a_run_with_a_long_history(void **state)
{
    enum {
        MARKERS = 4093
    }; /* 4096 events and more: it is time to go on as a new run */
    static char commands[MARKERS * 128];
    static const char marker[] = HAND_COMMAND("RECORD_MARKER", "recordMarker", "\"markerName\": \"m\"") ",";
    size_t len = sizeof marker - 1;
    struct tl_handle *run = hand_start("");

    for (size_t i = 0; i < MARKERS; i++) {
        memcpy(commands + i * len, marker, len);
    }
    commands[MARKERS * len - 1] = '\0'; /* none behind the last */
    hand_complete(hand_workflow_task(), commands);
    tl_env_signal(*state, run, "go", NULL);
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_says(*state, run, "\"suggestContinueAsNew\": true");
    assert_int_equal(scenario_count_events(*state, run, "MarkerRecorded"), MARKERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_run_that_may_be_tried_once),
        SCENARIO(a_run_that_fails_for_good),
        SCENARIO(a_run_that_has_no_time_for_another),
        SCENARIO(an_attempt_fails_though_it_was_asked_to_stop),
        SCENARIO(an_attempt_stops_when_asked_to),
        SCENARIO(an_attempt_takes_too_long_to_stop),
        SCENARIO(an_attempt_that_takes_too_long_may_be_the_last),
        SCENARIO(a_workflow_task_that_is_not_answered),
        SCENARIO(a_workflow_task_that_its_worker_does_not_take),
        SCENARIO(a_run_that_took_too_long_may_be_tried_again),
        SCENARIO(a_run_that_took_too_long_may_be_tried_once),
        SCENARIO(a_run_that_took_too_long_may_be_the_last),
        SCENARIO(a_chain_that_took_too_long),
        SCENARIO(a_run_whose_task_nobody_answers),
        SCENARIO(a_run_with_a_long_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
