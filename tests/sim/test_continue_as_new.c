/* SPDX-License-Identifier: MIT */
/* Runs that continue as new: what the next one has from the one before, and from the command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_chains.h"

typedef Pb__ContinueAsNewWorkflowExecutionCommandAttributes *continuation;
typedef const Pb__WorkflowExecutionContinuedAsNewEventAttributes *continued_event;
typedef const Pb__WorkflowExecutionStartedEventAttributes *started_event;

static continuation attributes_of(Pb__Command *command)
{
    return command->continue_as_new_workflow_execution_command_attributes;
}

/* The first task of the started run continues it as new. */
static void go_on(struct service_client *client, Pb__Command *command)
{
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command));
}

static continued_event ended(struct service_client *client, const char *run_id)
{
    return client_last_event(client, run_id)->workflow_execution_continued_as_new_event_attributes;
}

static void a_chain_goes_on(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    client_pass(client, TL_SECONDS(2));

    go_on(client, command_continue_as_new(client));

    assert_run(
        client,
        first,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionContinuedAsNew OrderSaga\n");
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n2 WorkflowTaskScheduled orders\n");
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
    continued_event end = ended(client, first);
    assert_int_equal(end->workflow_task_completed_event_id, 4);
    assert_int_equal(strlen(end->new_execution_run_id), 36);
    started_event next = client_started(client, end->new_execution_run_id);
    assert_string_equal(next->continued_execution_run_id, first);
    assert_string_equal(next->first_execution_run_id, first);
    assert_string_equal(next->original_execution_run_id, end->new_execution_run_id);
    assert_int_equal(next->initiator, CONTINUE_AS_NEW_INITIATOR_WORKFLOW);
    assert_int_equal(next->attempt, 1);
    assert_string_equal(next->identity, "");
    assert_same(next->input, client_json(client, "{\"round\": 2}"));
    assert_same(end->input, next->input);
}

static void the_whole_chain_has_one_first_run(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    client_pass(client, TL_SECONDS(2));
    go_on(client, command_continue_as_new(client));
    const char *second = ended(client, first)->new_execution_run_id;
    client_pass(client, TL_SECONDS(2));

    go_on(client, command_continue_as_new(client));

    started_event third = client_started(client, ended(client, second)->new_execution_run_id);
    assert_string_equal(third->first_execution_run_id, first);
    assert_string_equal(third->continued_execution_run_id, second);
    const Pb__DescribeWorkflowExecutionResponse *shown = client_describe(client, second);
    assert_int_equal(shown->workflow_execution_info->status, WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW);
    assert_string_equal(shown->workflow_execution_info->first_run_id, first);
    assert_int_equal(client_describe(client, NULL)->workflow_execution_info->status, WORKFLOW_EXECUTION_STATUS_RUNNING);
}

static void what_the_command_leaves_out_stays(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    request->workflow_run_timeout = client_duration(client, TL_MINUTES(5));
    request->workflow_task_timeout = client_duration(client, TL_SECONDS(7));
    request->memo = client_memo(client, "note", "\"fragile\"");
    request->retry_policy = client_retry_policy(client);
    request->user_metadata = PB_NEW(&client->arena, Pb__UserMetadata, pb__user_metadata);
    Pb__Link *links[] = {client_link(client)};
    request->n_links = 1;
    request->links = links;
    const char *first = client_start_as(client, request)->run_id;
    Pb__Command *command = command_continue_as_new(client);
    attributes_of(command)->input = NULL;

    go_on(client, command);

    continued_event end = ended(client, first);
    assert_string_equal(end->workflow_type->name, "OrderSaga");
    assert_string_equal(end->task_queue->name, QUEUE);
    assert_int_equal(end->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_int_equal(pb_nanoseconds(end->workflow_run_timeout), TL_MINUTES(5));
    assert_int_equal(pb_nanoseconds(end->workflow_task_timeout), TL_SECONDS(7));
    started_event next = client_started(client, end->new_execution_run_id);
    assert_int_equal(pb_nanoseconds(next->workflow_run_timeout), TL_MINUTES(5));
    assert_int_equal(pb_nanoseconds(next->workflow_task_timeout), TL_SECONDS(7));
    assert_null(next->workflow_execution_timeout);
    assert_null(next->input);
    assert_null(next->memo); /* the command says all of these */
    assert_null(next->retry_policy);
    assert_null(client_event(client, WORKFLOW, 1)->user_metadata);
    assert_int_equal(client_event(client, WORKFLOW, 1)->n_links, 1);
    assert_same(client_event(client, WORKFLOW, 1)->links[0], links[0]);
}

static void unset_timeouts_stay_unset(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);

    go_on(client, command_continue_as_new(client));

    continued_event end = ended(client, first);
    assert_int_equal(pb_nanoseconds(end->workflow_run_timeout), 0);
    started_event next = client_started(client, end->new_execution_run_id);
    assert_null(next->workflow_execution_timeout);
    assert_null(next->workflow_execution_expiration_time);
    assert_int_equal(pb_nanoseconds(next->workflow_run_timeout), 0);
    assert_int_equal(pb_nanoseconds(next->workflow_task_timeout), TL_SECONDS(10));
    client_pass(client, TL_DAYS(3650));
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
}

static void fill(struct service_client *client, continuation wanted)
{
    Pb__Header__FieldsEntry *entry = PB_NEW(&client->arena, Pb__Header__FieldsEntry, pb__header__fields_entry);

    wanted->workflow_type = PB_NEW(&client->arena, Pb__WorkflowType, pb__workflow_type);
    wanted->workflow_type->name = client_text(client, "RefundSaga");
    wanted->task_queue = PB_NEW(&client->arena, Pb__TaskQueue, pb__task_queue);
    wanted->task_queue->name = client_text(client, "refunds");
    wanted->workflow_run_timeout = client_duration(client, TL_MINUTES(1));
    wanted->workflow_task_timeout = client_duration(client, TL_SECONDS(3));
    wanted->backoff_start_interval = client_duration(client, TL_SECONDS(30));
    wanted->retry_policy = client_retry_policy(client);
    wanted->memo = client_memo(client, "note", "\"fragile\"");
    client_add_memo(client, wanted->memo, "gone", "null");
    wanted->last_completion_result = client_json(client, "\"before\"");
    wanted->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    wanted->failure->message = client_text(client, "it broke");
    wanted->initiator = CONTINUE_AS_NEW_INITIATOR_WORKFLOW;
    entry->key = client_text(client, "trace");
    entry->value = client_json(client, "\"t1\"")->payloads[0];
    wanted->header = PB_NEW(&client->arena, Pb__Header, pb__header);
    wanted->header->n_fields = 1;
    wanted->header->fields = ARENA_ARRAY(&client->arena, Pb__Header__FieldsEntry *, 1);
    wanted->header->fields[0] = entry;
}

static void what_the_command_says_counts(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    Pb__Command *command = command_continue_as_new(client);
    continuation wanted = attributes_of(command);
    fill(client, wanted);

    go_on(client, command);

    continued_event end = ended(client, first);
    assert_string_equal(end->workflow_type->name, "RefundSaga");
    assert_string_equal(end->task_queue->name, "refunds");
    assert_int_equal(end->initiator, CONTINUE_AS_NEW_INITIATOR_WORKFLOW);
    assert_same(end->backoff_start_interval, wanted->backoff_start_interval);
    assert_same(end->failure, wanted->failure);
    assert_same(end->last_completion_result, wanted->last_completion_result);
    assert_same(end->header, wanted->header);
    assert_int_equal(end->memo->n_fields, 1);
    started_event next = client_started(client, end->new_execution_run_id);
    assert_string_equal(next->workflow_type->name, "RefundSaga");
    assert_string_equal(next->task_queue->name, "refunds");
    assert_int_equal(pb_nanoseconds(next->workflow_run_timeout), TL_MINUTES(1));
    assert_int_equal(pb_nanoseconds(next->workflow_task_timeout), TL_SECONDS(3));
    assert_int_equal(pb_nanoseconds(next->first_workflow_task_backoff), TL_SECONDS(30));
    assert_same(next->continued_failure, wanted->failure);
    assert_same(next->last_completion_result, wanted->last_completion_result);
    assert_same(next->header, wanted->header);
    assert_same(next->memo, end->memo);
    assert_string_equal(client_memo_value(client, next->memo, "note"), "\"fragile\"");
    assert_int_equal(pb_nanoseconds(next->retry_policy->initial_interval), TL_SECONDS(1));
    assert_int_equal(pb_nanoseconds(next->retry_policy->maximum_interval), TL_SECONDS(100));
}

/* ---- When the next run begins ---- */

static void runs_of_a_chain_begin_a_second_apart(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    client_pass(client, TL_MILLISECONDS(300));

    go_on(client, command_continue_as_new(client));

    started_event next = client_started(client, ended(client, first)->new_execution_run_id);
    assert_int_equal(pb_nanoseconds(next->first_workflow_task_backoff), TL_MILLISECONDS(700));
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n");
    assert_null(client_poll(client, NULL));
    client_pass(client, TL_MILLISECONDS(699));
    assert_history_from(client, WORKFLOW, 2, "");
    client_pass(client, TL_MILLISECONDS(1));
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");
}

static void a_backoff_is_part_of_the_second(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    Pb__Command *command = command_continue_as_new(client);
    attributes_of(command)->backoff_start_interval = client_duration(client, TL_MILLISECONDS(400));
    client_pass(client, TL_MILLISECONDS(300));

    go_on(client, command);

    started_event next = client_started(client, ended(client, first)->new_execution_run_id);
    assert_int_equal(pb_nanoseconds(next->first_workflow_task_backoff), TL_MILLISECONDS(700));
}

static void a_long_run_is_followed_at_once(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    client_pass(client, TL_SECONDS(1));

    go_on(client, command_continue_as_new(client));

    assert_null(client_started(client, ended(client, first)->new_execution_run_id)->first_workflow_task_backoff);
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");
}

static void a_backoff_is_waited_for(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_continue_as_new(client);
    attributes_of(command)->backoff_start_interval = client_duration(client, TL_HOURS(1));
    attributes_of(command)->workflow_run_timeout = client_duration(client, TL_MINUTES(1));
    (void)client_start(client, WORKFLOW);
    go_on(client, command);

    assert_true(client_skip(client));

    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");
    client_pass(client, TL_SECONDS(59)); /* the run's timeout counts from the back-off's end */
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
    client_pass(client, TL_SECONDS(1));
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void signals_wait_for_the_backoffs_end(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    go_on(client, command_continue_as_new(client));

    client_signal(client, WORKFLOW, "hello");

    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n2 WorkflowExecutionSignaled hello\n");
    client_pass(client, TL_SECONDS(1));
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowTaskScheduled orders\n");
}

/* ---- Timeouts ---- */

static void an_execution_timeout_is_the_chains(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    request->workflow_execution_timeout = client_duration(client, TL_SECONDS(100));
    tl_time begun = tl_driver_now(client->driver);
    const char *first = client_start_as(client, request)->run_id;
    client_pass(client, TL_SECONDS(60));

    go_on(client, command_continue_as_new(client));

    started_event next = client_started(client, ended(client, first)->new_execution_run_id);
    assert_int_equal(pb_nanoseconds(next->workflow_execution_timeout), TL_SECONDS(100));
    assert_int_equal(pb_nanoseconds(next->workflow_run_timeout), TL_SECONDS(100));
    assert_int_equal(pb_time(next->workflow_execution_expiration_time), begun + TL_SECONDS(100));
    client_pass(client, TL_SECONDS(39));
    assert_history_from(client, WORKFLOW, 3, "");
    client_pass(client, TL_SECONDS(1));
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTimedOut TIMEOUT\n");
}

static void a_run_timeout_is_cut_by_the_chains(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    request->workflow_execution_timeout = client_duration(client, TL_SECONDS(50));
    const char *first = client_start_as(client, request)->run_id;
    Pb__Command *command = command_continue_as_new(client);
    attributes_of(command)->workflow_run_timeout = client_duration(client, TL_SECONDS(80));
    attributes_of(command)->workflow_task_timeout = client_duration(client, TL_SECONDS(200));

    go_on(client, command);

    continued_event end = ended(client, first);
    assert_int_equal(pb_nanoseconds(end->workflow_run_timeout), TL_SECONDS(50));
    assert_int_equal(pb_nanoseconds(end->workflow_task_timeout), TL_SECONDS(50));
}

/* ---- What may come between ---- */

static void a_signal_meanwhile_fails_the_task(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "hello");

    assert_refused(
        client_refused(client, task, COMMANDS(command_continue_as_new(client))),
        TL_INVALID_ARGUMENT,
        "UnhandledCommand");

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 UNHANDLED_COMMAND\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowTaskScheduled orders\n");
    go_on(client, command_continue_as_new(client));
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n");
}

static void a_run_asked_to_cancel_may_go_on(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    client_cancel(client, WORKFLOW);

    go_on(client, command_continue_as_new(client));

    assert_int_equal(client_last_event(client, first)->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW);
    client_cancel(client, WORKFLOW); /* the next one was not asked; the first task does not wait for it */
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowExecutionCancelRequested\n3 WorkflowTaskScheduled orders\n");
    client_pass(client, TL_SECONDS(2));
    assert_history_from(client, WORKFLOW, 4, "");
}

static void each_run_is_found_by_its_id(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    go_on(client, command_continue_as_new(client));
    Pb__SignalWorkflowExecutionRequest *signal = client_signal_request(client, WORKFLOW, "hello");
    Pb__GetWorkflowExecutionHistoryRequest *request = client_history_request(client, WORKFLOW);
    Pb__TerminateWorkflowExecutionRequest *terminate = client_terminate_request(client, WORKFLOW);

    signal->workflow_execution = client_execution(client, WORKFLOW, first);
    assert_refused(client_ask(client, RPC_SignalWorkflowExecution, signal), TL_NOT_FOUND, "already completed");
    request->execution = client_execution(client, WORKFLOW, first);
    const Pb__GetWorkflowExecutionHistoryResponse *old = client_must(client, RPC_GetWorkflowExecutionHistory, request);
    assert_int_equal(old->history->n_events, 5);
    terminate->workflow_execution = client_execution(client, WORKFLOW, first);
    terminate->first_execution_run_id = client_text(client, "%s", first);
    (void)client_must(client, RPC_TerminateWorkflowExecution, terminate); /* the chain's open run */
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void who_waits_for_the_end_hears_where_it_goes_on(void **state)
{
    struct service_client *client = *state;
    Pb__GetWorkflowExecutionHistoryRequest *request = client_history_request(client, WORKFLOW);
    const char *first = client_start(client, WORKFLOW);
    request->execution = client_execution(client, WORKFLOW, first);
    request->wait_new_event = true;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    struct pending *pending = client_send(client, RPC_GetWorkflowExecutionHistory, request);

    go_on(client, command_continue_as_new(client));
    client_run(client);

    const Pb__GetWorkflowExecutionHistoryResponse *response = client_message(pending->reply);
    assert_int_equal(response->history->n_events, 1);
    assert_string_equal(
        response->history->events[0]->workflow_execution_continued_as_new_event_attributes->new_execution_run_id,
        ended(client, first)->new_execution_run_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_chain_goes_on),
        SERVICE_TEST(the_whole_chain_has_one_first_run),
        SERVICE_TEST(what_the_command_leaves_out_stays),
        SERVICE_TEST(unset_timeouts_stay_unset),
        SERVICE_TEST(what_the_command_says_counts),
        SERVICE_TEST(runs_of_a_chain_begin_a_second_apart),
        SERVICE_TEST(a_backoff_is_part_of_the_second),
        SERVICE_TEST(a_long_run_is_followed_at_once),
        SERVICE_TEST(a_backoff_is_waited_for),
        SERVICE_TEST(signals_wait_for_the_backoffs_end),
        SERVICE_TEST(an_execution_timeout_is_the_chains),
        SERVICE_TEST(a_run_timeout_is_cut_by_the_chains),
        SERVICE_TEST(a_signal_meanwhile_fails_the_task),
        SERVICE_TEST(a_run_asked_to_cancel_may_go_on),
        SERVICE_TEST(each_run_is_found_by_its_id),
        SERVICE_TEST(who_waits_for_the_end_hears_where_it_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
