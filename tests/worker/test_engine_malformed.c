/* SPDX-License-Identifier: MIT */
/* Workflow tasks and pages of history that no server should send: a typed failure each, never a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/engine_fixture.h"

static int setup(void **state)
{
    int result = engine_fixture_setup(state);

    engine_fixture_accept_completions(*state);
    engine_fixture_accept_failures(*state);
    return result;
}

/* The task was failed once, saying these words; nothing was completed, nothing is kept. */
static void assert_refused(struct engine_fixture *fixture, const char *words)
{
    const Pb__RespondWorkflowTaskFailedRequest *request = engine_fixture_failure(fixture);

    if (strstr(request->failure->message, words) == NULL) {
        print_error("\"%s\" is not said in: %s\n", words, request->failure->message);
        fail();
    }
    assert_memory_equal(request->task_token.data, "token", 5);
    assert_int_equal(engine_fixture_completions(fixture), 0);
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(engine_tasks(fixture->engine), 0);
    assert_int_equal(fixture->done, 1);
}

static Pb__PollWorkflowTaskQueueResponse *first_task(struct engine_fixture *fixture)
{
    builder_task_starts(&fixture->builder);
    return engine_fixture_task(fixture, 0);
}

/* ---- The task ---- */

static void a_task_of_nobody_is_refused(void **state)
{
    Pb__PollWorkflowTaskQueueResponse *task = first_task(*state);

    task->workflow_execution = NULL;
    engine_fixture_give(*state, task);
    assert_refused(*state, "workflow_execution");
}

static void a_task_without_a_run_id_is_refused(void **state)
{
    Pb__PollWorkflowTaskQueueResponse *task = first_task(*state);

    task->workflow_execution->run_id = task->workflow_execution->run_id + strlen(task->workflow_execution->run_id);
    engine_fixture_give(*state, task);
    assert_refused(*state, "workflow_execution");
}

static void a_task_that_never_started_is_refused(void **state)
{
    Pb__PollWorkflowTaskQueueResponse *task = first_task(*state);

    task->started_event_id = 0;
    engine_fixture_give(*state, task);
    assert_refused(*state, "started_event_id");
}

static void a_task_that_starts_behind_its_history_is_refused(void **state)
{
    Pb__PollWorkflowTaskQueueResponse *task = first_task(*state);

    task->started_event_id += 1;
    engine_fixture_give(*state, task);
    assert_refused(*state, "event 4");
}

static void a_task_that_starts_at_another_event_is_refused(void **state)
{
    Pb__PollWorkflowTaskQueueResponse *task = first_task(*state);

    task->started_event_id -= 1;
    engine_fixture_give(*state, task);
    assert_refused(*state, "does not end with the task's start, event 2");
}

static void the_task_in_a_completions_reply_may_be_of_nobody(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__RespondWorkflowTaskCompletedResponse *with_task = engine_fixture_accepted(fixture);
    Pb__PollWorkflowTaskQueueResponse *first = first_task(fixture);

    with_task->workflow_task = engine_fixture_task(fixture, engine_fixture_timer_fires(fixture));
    with_task->workflow_task->workflow_execution = NULL;
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, with_task);
    engine_fixture_give(fixture, first);
    assert_non_null(strstr(engine_fixture_failure(fixture)->failure->message, "workflow_execution"));
    assert_int_equal(engine_cached(fixture->engine), 1);
    assert_int_equal(fixture->done, 1);
}

/* ---- Its history ---- */

static void a_history_with_a_hole_is_refused(void **state)
{
    Pb__PollWorkflowTaskQueueResponse *task = first_task(*state);

    task->history->events[1] = NULL;
    engine_fixture_give(*state, task);
    assert_refused(*state, "does not end with the task's start");
}

static void a_history_that_is_not_there_is_fetched(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__PollWorkflowTaskQueueResponse *task = first_task(fixture);

    task->history = NULL;
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    engine_fixture_give(fixture, task);
    assert_int_equal(engine_fixture_completions(fixture), 1);
}

static void ids_that_go_back_are_refused(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__PollWorkflowTaskQueueResponse *task = first_task(fixture);
    Pb__HistoryEvent *second = task->history->events[1];

    (void)engine_fixture_timer_fires(fixture);
    task = engine_fixture_task(fixture, 0);
    task->history->events[1] = task->history->events[5];
    task->history->events[5] = second;
    engine_fixture_give(fixture, task);
    assert_refused(fixture, "jumps");
}

static void an_activity_without_a_type_is_another_one(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task(&fixture->builder);
    builder_activity_scheduled(&fixture->builder, "1", "Charge");
    fixture->builder.events[4]->activity_task_scheduled_event_attributes->activity_type = NULL;
    engine_fixture_give(fixture, first_task(fixture));
    assert_refused(fixture, "ActivityTaskScheduled");
}

static void a_start_without_a_type_is_of_an_unknown_one(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__WorkflowExecutionStartedEventAttributes *started =
        fixture->builder.events[0]->workflow_execution_started_event_attributes;

    started->workflow_type = NULL;
    started->task_queue = NULL;
    engine_fixture_give(fixture, first_task(fixture));
    assert_refused(fixture, "is not registered");
}

static void another_workflows_history_is_refused(void **state)
{
    struct engine_fixture *fixture = *state;
    static char other[] = "workflow-2";

    fixture->builder.events[0]->workflow_execution_started_event_attributes->workflow_id = other;
    engine_fixture_give(fixture, first_task(fixture));
    assert_refused(fixture, "workflow-2");
}

/* ---- Pages ---- */

static Pb__PollWorkflowTaskQueueResponse *paged_task(struct engine_fixture *fixture)
{
    static uint8_t token[] = "page";
    Pb__PollWorkflowTaskQueueResponse *task = first_task(fixture);

    task->history->n_events = 2;
    task->next_page_token = (ProtobufCBinaryData){4, token};
    return task;
}

static void reply_always(struct engine_fixture *fixture, size_t begin, size_t end)
{
    static uint8_t token[] = "more";
    Pb__GetWorkflowExecutionHistoryResponse *page = SCRIPTED_NEW(
        fixture->service, Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);

    page->history = engine_fixture_slice(fixture, begin, end);
    page->next_page_token = (ProtobufCBinaryData){4, token};
    scripted_always(fixture->service, RPC_GetWorkflowExecutionHistory, page);
}

static void pages_that_stay_empty_are_given_up(void **state)
{
    struct engine_fixture *fixture = *state;

    reply_always(fixture, 0, 0);
    engine_fixture_give(fixture, paged_task(fixture));
    assert_refused(fixture, "pages");
}

static void pages_that_repeat_themselves_are_given_up(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    reply_always(fixture, 0, 2);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);
    static uint8_t token[] = "page";
    task->history->n_events = 1;
    task->next_page_token = (ProtobufCBinaryData){4, token};
    engine_fixture_give(fixture, task);
    assert_refused(fixture, "pages");
}

static void a_page_from_elsewhere_is_refused(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__PollWorkflowTaskQueueResponse *task = paged_task(fixture);

    task->started_event_id = 7;
    (void)engine_fixture_timer_fires(fixture);
    engine_fixture_page(fixture, 4, fixture->builder.count, NULL);
    engine_fixture_give(fixture, task);
    assert_non_null(strstr(engine_fixture_failure(fixture)->failure->message, "start"));
}

static void assert_page_fails_the_task(struct engine_fixture *fixture, enum tl_status status, const char *text)
{
    Pb__PollWorkflowTaskQueueResponse *task = paged_task(fixture);

    scripted_always_fail(fixture->service, RPC_GetWorkflowExecutionHistory, status, text);
    engine_fixture_give(fixture, task);
    engine_fixture_pass(fixture, TL_MINUTES(1));
    assert_refused(fixture, "a page of history cannot be read: ");
    assert_refused(fixture, text);
}

static void a_page_that_is_no_message_fails_the_task(void **state)
{
    assert_page_fails_the_task(*state, TL_MALFORMED, "events[3]: its length ends behind the message");
}

static void a_page_above_the_limit_of_messages_fails_the_task(void **state)
{
    assert_page_fails_the_task(*state, TL_RESOURCE_EXHAUSTED, "grpc: received message larger than max (5 vs. 4)");
    assert_int_equal(scripted_count(((struct engine_fixture *)*state)->service, RPC_GetWorkflowExecutionHistory), 1);
}

static void a_last_page_needs_no_other(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__PollWorkflowTaskQueueResponse *task = paged_task(fixture);

    engine_fixture_page(fixture, 2, fixture->builder.count, "leads nowhere");
    engine_fixture_give(fixture, task);
    assert_int_equal(engine_fixture_completions(fixture), 1);
    assert_int_equal(scripted_count(fixture->service, RPC_GetWorkflowExecutionHistory), 1);
}

/* Fetched so late that the task has timed out: what came since is not its concern. */
static void what_follows_the_tasks_start_is_left_alone(void **state)
{
    struct engine_fixture *fixture = *state;

    (void)first_task(fixture);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 1);
    builder_task_times_out(&fixture->builder);
    builder_task_waits(&fixture->builder);
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    engine_fixture_give(fixture, task);
    assert_int_equal(engine_fixture_completion(fixture, 0)->n_commands, 1);
    assert_int_equal(scripted_count(fixture->service, RPC_RespondWorkflowTaskFailed), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, engine_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_of_nobody_is_refused),
        TEST(a_task_without_a_run_id_is_refused),
        TEST(a_task_that_never_started_is_refused),
        TEST(a_task_that_starts_behind_its_history_is_refused),
        TEST(a_task_that_starts_at_another_event_is_refused),
        TEST(the_task_in_a_completions_reply_may_be_of_nobody),
        TEST(a_history_with_a_hole_is_refused),
        TEST(a_history_that_is_not_there_is_fetched),
        TEST(ids_that_go_back_are_refused),
        TEST(an_activity_without_a_type_is_another_one),
        TEST(a_start_without_a_type_is_of_an_unknown_one),
        TEST(another_workflows_history_is_refused),
        TEST(pages_that_stay_empty_are_given_up),
        TEST(pages_that_repeat_themselves_are_given_up),
        TEST(a_page_from_elsewhere_is_refused),
        TEST(a_page_that_is_no_message_fails_the_task),
        TEST(a_page_above_the_limit_of_messages_fails_the_task),
        TEST(a_last_page_needs_no_other),
        TEST(what_follows_the_tasks_start_is_left_alone),
    };
    return cmocka_run_group_tests_name("engine, malformed", tests, NULL, NULL);
}
