/* SPDX-License-Identifier: MIT */
/* Fields of histories that our worker and client leave empty, and what services write there. */
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
    int result = tl_cmocka_setup(state, &(struct tl_env_options){0});

    if (result == 0) {
        hand_open(*state);
    }
    return result;
}

#define ONE "{\"metadata\": {\"encoding\": \"anNvbi9wbGFpbg==\"}, \"data\": \"MQ==\"}" /* 1, as JSON */
#define LINK                                                                                                           \
    "\"links\": [{\"workflowEvent\": {\"namespace\": \"default\", \"workflowId\": \"other\", \"runId\": \"a-run\", "   \
    "\"eventRef\": {\"eventId\": \"1\", \"eventType\": \"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED\"}}}]"
/* The one search attribute that each namespace has, and that everybody may set: ["a-1"]. */
#define CHANGES                                                                                                        \
    "\"searchAttributes\": {\"indexedFields\": {\"TemporalChangeVersion\": {\"metadata\": {\"encoding\": "             \
    "\"anNvbi9wbGFpbg==\", \"type\": \"S2V5d29yZExpc3Q=\"}, \"data\": \"WyJhLTEiXQ==\"}}}"
#define EXECUTION "\"workflowExecution\": {\"workflowId\": \"w\"}"

/* ---- Starts ---- */

static void starts_with(struct tl_env *env, const char *members, const char *words)
{
    struct tl_handle *run = hand_start(members);

    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_says(env, run, words);
    assert_events(env, run, "WorkflowExecutionStarted T WorkflowExecutionCompleted");
}

static void what_a_start_came_of(void **state)
{
    starts_with(*state, LINK ", ", "\"workflowId\": \"other\"");
}

static void what_a_start_is_found_by(void **state)
{
    starts_with(*state, CHANGES ", ", "\"TemporalChangeVersion\"");
}

static void who_is_served_first(void **state)
{
    starts_with(
        *state,
        "\"priority\": {\"priorityKey\": 2, \"fairnessKey\": \"t-1\", \"fairnessWeight\": 1.5}, ",
        "\"priorityKey\": 2");
}

static void a_first_task_that_comes_with_the_answer(void **state)
{
    struct tl_handle *run = hand_start("\"requestEagerExecution\": true, ");

    hand_complete(hand_eager_task(), HAND_COMPLETION);
    assert_says(*state, run, "\"eagerExecutionAccepted\": true");
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionCompleted");
}

/* Who starts a run that is there leaves a note in it. */
static void a_start_that_found_a_run(void **state)
{
    struct tl_handle *run = hand_start("");
    const char *token = hand_workflow_task();

    (void)hand_ask(
        RPC_StartWorkflowExecution,
        LINK ", \"workflowId\": \"w\", \"workflowType\": {\"name\": \"ByHand\"}, " HAND_QUEUE
             ", \"requestId\": \"another\", \"identity\": \"hand\", "
             "\"workflowIdConflictPolicy\": \"WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING\", "
             "\"onConflictOptions\": {\"attachRequestId\": true, \"attachLinks\": true}");
    hand_complete(token, HAND_COMMAND("RECORD_MARKER", "recordMarker", "\"markerName\": \"seen\""));
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_says(*state, run, "\"attachedRequestId\": \"another\"");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T MarkerRecorded WorkflowExecutionOptionsUpdated T WorkflowExecutionCompleted");
}

/* ---- Commands ---- */

static void first_task_says(struct tl_env *env, const char *commands, const char *words, const char *event)
{
    char events[200];
    struct tl_handle *run = hand_start("");

    hand_complete(hand_workflow_task(), commands);
    assert_says(env, run, words);
    (void)snprintf(events, sizeof events, "WorkflowExecutionStarted T %s", event);
    assert_events(env, run, events);
}

static void all_of_a_marker(void **state)
{
    first_task_says(
        *state,
        HAND_COMMAND(
            "RECORD_MARKER",
            "recordMarker",
            "\"markerName\": \"seen\", \"details\": {\"one\": {\"payloads\": [" ONE
            "]}}, \"header\": {\"fields\": {\"trace\": " ONE "}}, \"failure\": {\"message\": \"no\", "
            "\"applicationFailureInfo\": {\"type\": \"Mine\"}}") ", " HAND_COMPLETION,
        "\"trace\"",
        "MarkerRecorded WorkflowExecutionCompleted");
}

#define NEXT_RUN(members)                                                                                              \
    HAND_COMMAND(                                                                                                      \
        "CONTINUE_AS_NEW_WORKFLOW_EXECUTION",                                                                          \
        "continueAsNewWorkflowExecution",                                                                              \
        "\"workflowType\": {\"name\": \"ByHand\"}, " HAND_QUEUE ", \"backoffStartInterval\": \"60s\", " members)

static void a_next_run_says_why(void **state)
{
    first_task_says(
        *state,
        NEXT_RUN("\"initiator\": \"CONTINUE_AS_NEW_INITIATOR_WORKFLOW\", " CHANGES),
        "CONTINUE_AS_NEW_INITIATOR_WORKFLOW",
        "WorkflowExecutionContinuedAsNew");
}

static void a_next_run_after_a_failure(void **state)
{
    first_task_says(
        *state,
        NEXT_RUN("\"initiator\": \"CONTINUE_AS_NEW_INITIATOR_RETRY\", \"failure\": {\"message\": \"no\", "
                 "\"applicationFailureInfo\": {\"type\": \"Mine\"}}"),
        "CONTINUE_AS_NEW_INITIATOR_RETRY",
        "WorkflowExecutionContinuedAsNew");
}

static void what_a_canceled_run_leaves(void **state)
{
    struct tl_handle *run = hand_start("");

    tl_env_cancel(*state, run);
    hand_complete(
        hand_workflow_task(),
        HAND_COMMAND("CANCEL_WORKFLOW_EXECUTION", "cancelWorkflowExecution", "\"details\": {\"payloads\": [" ONE "]}"));
    assert_says(*state, run, "\"details\"");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted WorkflowTaskScheduled WorkflowExecutionCancelRequested WorkflowTaskStarted "
        "WorkflowTaskCompleted WorkflowExecutionCanceled");
}

/* ---- Calls ---- */

static void why_a_run_was_terminated(void **state)
{
    struct tl_handle *run = hand_start("");

    hand_complete(hand_workflow_task(), "");
    (void)hand_ask(
        RPC_TerminateWorkflowExecution,
        EXECUTION ", \"reason\": \"enough\", \"details\": {\"payloads\": [" ONE "]}, \"identity\": \"hand\"");
    assert_says(*state, run, "\"details\"");
    assert_events(*state, run, "WorkflowExecutionStarted T WorkflowExecutionTerminated");
}

/* The run's own clock stands still again where it was to arrive. */
static void a_clock_that_was_put_forward(void **state)
{
    struct tl_handle *run = hand_start(
        "\"timeSkippingConfig\": {\"enabled\": true, \"fastForwardConfig\": {\"id\": \"half\", \"duration\": "
        "\"1800s\"}}, ");

    hand_complete(
        hand_workflow_task(),
        HAND_COMMAND("START_TIMER", "startTimer", "\"timerId\": \"1\", \"startToFireTimeout\": \"3600s\""));
    (void)hand_ask(RPC_PollWorkflowExecutionTimeSkipping, EXECUTION ", \"fastForwardId\": \"half\"");
    assert_says(*state, run, "\"disabledAfterFastForward\": true");
    tl_env_signal(*state, run, "enough", NULL);
    hand_complete(hand_workflow_task(), HAND_COMPLETION);
    assert_events(
        *state, run, "WorkflowExecutionStarted T TimerStarted WorkflowExecutionSignaled T WorkflowExecutionCompleted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(what_a_start_came_of),
        SCENARIO(what_a_start_is_found_by),
        SCENARIO(who_is_served_first),
        SCENARIO(a_first_task_that_comes_with_the_answer),
        SCENARIO(a_start_that_found_a_run),
        SCENARIO(all_of_a_marker),
        SCENARIO(a_next_run_says_why),
        SCENARIO(a_next_run_after_a_failure),
        SCENARIO(what_a_canceled_run_leaves),
        SCENARIO(why_a_run_was_terminated),
        SCENARIO(a_clock_that_was_put_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
