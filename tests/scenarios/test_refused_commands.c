/* SPDX-License-Identifier: MIT */
/*
 * Commands that a service refuses: the task fails with its cause, nothing of the completion is done, and the next
 * attempt may do better. What a worker says against its own task is kept as well.
 */
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
    int result = tl_cmocka_setup(state, &(struct tl_env_options){.tolerate_failed_tasks = 1});

    if (result == 0) {
        hand_open(*state);
    }
    return result;
}

static void assert_cause(struct tl_env *env, struct tl_handle *run, const char *cause)
{
    char words[200];

    (void)snprintf(words, sizeof words, "\"cause\": \"WORKFLOW_TASK_FAILED_CAUSE_%s\"", cause);
    assert_says(env, run, words);
}

/* The first task has failed; the second completes the workflow. */
static void does_better(struct tl_env *env, struct tl_handle *run, const char *cause)
{
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_cause(env, run, cause);
    assert_events(
        env,
        run,
        "WorkflowExecutionStarted WorkflowTaskScheduled WorkflowTaskStarted WorkflowTaskFailed T "
        "WorkflowExecutionCompleted");
}

static void refuses(struct tl_env *env, const char *cause, const char *commands)
{
    struct tl_handle *run = hand_start("");

    hand_complete_in_vain(hand_workflow_task(), commands);
    does_better(env, run, cause);
}

/* ---- One command ---- */

#define REFUSES(test, cause, commands)                                                                                 \
    static void test(void **state)                                                                                     \
    {                                                                                                                  \
        refuses(*state, cause, commands);                                                                              \
    }

#define BARE(TYPE) "{\"commandType\": \"COMMAND_TYPE_" TYPE "\"}"
#define ACTIVITY                                                                                                       \
    HAND_COMMAND(                                                                                                      \
        "SCHEDULE_ACTIVITY_TASK",                                                                                      \
        "scheduleActivityTask",                                                                                        \
        "\"activityId\": \"1\", \"activityType\": {\"name\": \"Step\"}, " HAND_QUEUE                                   \
        ", \"startToCloseTimeout\": \"10s\"")
#define TIMER HAND_COMMAND("START_TIMER", "startTimer", "\"timerId\": \"1\", \"startToFireTimeout\": \"3600s\"")

REFUSES(
    an_activity_without_a_queue, "BAD_SCHEDULE_ACTIVITY_ATTRIBUTES",
    HAND_COMMAND(
        "SCHEDULE_ACTIVITY_TASK", "scheduleActivityTask", "\"activityId\": \"1\", \"startToCloseTimeout\": \"10s\""))
REFUSES(an_activity_twice, "SCHEDULE_ACTIVITY_DUPLICATE_ID", ACTIVITY ", " ACTIVITY)
REFUSES(
    a_request_to_cancel_what_is_not_there, "BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES",
    HAND_COMMAND("REQUEST_CANCEL_ACTIVITY_TASK", "requestCancelActivityTask", "\"scheduledEventId\": \"5\""))
REFUSES(
    a_timer_without_an_id, "BAD_START_TIMER_ATTRIBUTES",
    HAND_COMMAND("START_TIMER", "startTimer", "\"startToFireTimeout\": \"1s\""))
REFUSES(a_timer_twice, "START_TIMER_DUPLICATE_ID", TIMER ", " TIMER)
REFUSES(
    a_timer_that_is_not_there, "BAD_CANCEL_TIMER_ATTRIBUTES",
    HAND_COMMAND("CANCEL_TIMER", "cancelTimer", "\"timerId\": \"1\""))
REFUSES(a_marker_without_a_name, "BAD_RECORD_MARKER_ATTRIBUTES", HAND_COMMAND("RECORD_MARKER", "recordMarker", ""))
REFUSES(
    a_completion_without_attributes, "BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES", BARE("COMPLETE_WORKFLOW_EXECUTION"))
REFUSES(
    a_failure_that_tells_nothing, "BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES",
    HAND_COMMAND("FAIL_WORKFLOW_EXECUTION", "failWorkflowExecution", ""))
REFUSES(
    a_cancellation_without_attributes, "BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES", BARE("CANCEL_WORKFLOW_EXECUTION"))
REFUSES(a_next_run_without_attributes, "BAD_CONTINUE_AS_NEW_ATTRIBUTES", BARE("CONTINUE_AS_NEW_WORKFLOW_EXECUTION"))
REFUSES(
    a_search_attribute_that_nobody_knows, "BAD_SEARCH_ATTRIBUTES",
    HAND_COMMAND(
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES", "upsertWorkflowSearchAttributes",
        "\"searchAttributes\": {\"indexedFields\": {\"Nobody\": {\"metadata\": {\"encoding\": \"anNvbi9wbGFpbg==\"}, "
        "\"data\": \"MQ==\"}}}"))
REFUSES(
    a_memo_without_fields, "BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES",
    HAND_COMMAND("MODIFY_WORKFLOW_PROPERTIES", "modifyWorkflowProperties", ""))

/* ---- More of them ---- */

/* A service has room for 2000 that are pending: the next fails them all. */
static void more_activities_than_there_is_room_for(void **state)
{
    static char commands[512 * 1024];
    size_t len = 0;

    for (int i = 0; i <= 2000; i++) {
        len += (size_t)snprintf(
            commands + len,
            sizeof commands - len,
            "%s" HAND_COMMAND(
                "SCHEDULE_ACTIVITY_TASK",
                "scheduleActivityTask",
                "\"activityId\": \"%d\", \"activityType\": {\"name\": \"Step\"}, " HAND_QUEUE
                ", \"startToCloseTimeout\": \"10s\""),
            i == 0 ? "" : ", ",
            i);
        assert_true(len < sizeof commands);
    }
    refuses(*state, "PENDING_ACTIVITIES_LIMIT_EXCEEDED", commands);
}

/* What has come since the task began is told to the workflow before it may close. */
static void a_close_that_has_not_heard_of_a_signal(void **state)
{
    struct tl_handle *run = hand_start("");
    const char *token = hand_workflow_task();

    tl_env_signal(*state, run, "wait", NULL);
    hand_complete_in_vain(token, HAND_COMPLETION);
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_cause(*state, run, "UNHANDLED_COMMAND");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted WorkflowTaskScheduled WorkflowTaskStarted WorkflowTaskFailed "
        "WorkflowExecutionSignaled T WorkflowExecutionCompleted");
}

static void a_task_under_way_when_its_run_is_terminated(void **state)
{
    struct tl_handle *run = hand_start("");
    struct tl_error error;

    (void)hand_workflow_task();
    assert_int_equal(tl_handle_terminate(run, "enough", &error), TL_OK);
    assert_cause(*state, run, "FORCE_CLOSE_COMMAND");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted WorkflowTaskScheduled WorkflowTaskStarted WorkflowTaskFailed "
        "WorkflowExecutionTerminated");
}

/* ---- What a worker says ---- */

static void fail_task(const char *cause)
{
    (void)hand_ask(
        RPC_RespondWorkflowTaskFailed,
        "\"taskToken\": \"%s\", \"cause\": \"WORKFLOW_TASK_FAILED_CAUSE_%s\", \"identity\": \"hand\", "
        "\"failure\": {\"message\": \"no\", \"applicationFailureInfo\": {\"type\": \"Mine\"}}",
        hand_workflow_task(),
        cause);
}

static void says(struct tl_env *env, const char *cause)
{
    struct tl_handle *run = hand_start("");

    fail_task(cause);
    does_better(env, run, cause);
}

static void code_that_does_not_do_the_same_again(void **state)
{
    says(*state, "NON_DETERMINISTIC_ERROR");
}

static void a_completion_that_is_too_large(void **state)
{
    says(*state, "REQUEST_TOO_LARGE");
}

/* No attempt will send less: the run is over. */
static void an_answer_that_no_connection_carries(void **state)
{
    struct tl_handle *run = hand_start("");

    fail_task("GRPC_MESSAGE_TOO_LARGE");
    assert_says(*state, run, "\"reason\": \"GrpcMessageTooLarge\"");
    assert_cause(*state, run, "FORCE_CLOSE_COMMAND");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted WorkflowTaskScheduled WorkflowTaskStarted WorkflowTaskFailed "
        "WorkflowExecutionTerminated");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(an_activity_without_a_queue),
        SCENARIO(an_activity_twice),
        SCENARIO(a_request_to_cancel_what_is_not_there),
        SCENARIO(a_timer_without_an_id),
        SCENARIO(a_timer_twice),
        SCENARIO(a_timer_that_is_not_there),
        SCENARIO(a_marker_without_a_name),
        SCENARIO(a_completion_without_attributes),
        SCENARIO(a_failure_that_tells_nothing),
        SCENARIO(a_cancellation_without_attributes),
        SCENARIO(a_next_run_without_attributes),
        SCENARIO(a_search_attribute_that_nobody_knows),
        SCENARIO(a_memo_without_fields),
        SCENARIO(more_activities_than_there_is_room_for),
        SCENARIO(a_close_that_has_not_heard_of_a_signal),
        SCENARIO(a_task_under_way_when_its_run_is_terminated),
        SCENARIO(code_that_does_not_do_the_same_again),
        SCENARIO(a_completion_that_is_too_large),
        SCENARIO(an_answer_that_no_connection_carries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
