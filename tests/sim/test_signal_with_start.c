/* SPDX-License-Identifier: MIT */
/* A signal that starts the workflow when it does not run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_chains.h"

#define SIGNAL_WITH_START RPC_SignalWithStartWorkflowExecution

typedef Pb__SignalWithStartWorkflowExecutionRequest *request;
typedef const Pb__SignalWithStartWorkflowExecutionResponse *response;

static request hello(struct service_client *client)
{
    return client_signal_with_start_request(client, WORKFLOW, "hello");
}

static response send(struct service_client *client, request wanted)
{
    return client_must(client, SIGNAL_WITH_START, wanted);
}

static void expect_refusal(struct service_client *client, request wanted, const char *part)
{
    assert_refused(client_ask(client, SIGNAL_WITH_START, wanted), TL_INVALID_ARGUMENT, part);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void it_starts_a_run_that_has_the_signal(void **state)
{
    struct service_client *client = *state;
    request wanted = hello(client);
    wanted->input = client_json(client, "{\"order\": 1}");
    wanted->signal_input = client_json(client, "\"hi\"");
    wanted->request_id = client_text(client, "the-request");
    wanted->memo = client_memo(client, "note", "\"fragile\"");

    response answer = send(client, wanted);

    assert_true(answer->started);
    assert_string_equal(answer->first_execution_run_id, answer->run_id);
    assert_string_equal(answer->signal_link->workflow_event->run_id, answer->run_id);
    assert_string_equal(answer->signal_link->workflow_event->request_id_ref->request_id, "the-request");
    assert_history(
        client,
        WORKFLOW,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowExecutionSignaled hello\n"
        "3 WorkflowTaskScheduled orders\n");
    const Pb__WorkflowExecutionSignaledEventAttributes *signaled =
        client_event(client, WORKFLOW, 2)->workflow_execution_signaled_event_attributes;
    assert_same(signaled->input, wanted->signal_input);
    assert_string_equal(signaled->identity, "client-1");
    assert_string_equal(signaled->request_id, "the-request");
    assert_same(client_started(client, answer->run_id)->input, wanted->input);
    assert_same(client_started(client, answer->run_id)->memo, wanted->memo);
}

static void it_signals_a_run_that_is_there(void **state)
{
    struct service_client *client = *state;
    const char *run_id = client_start(client, WORKFLOW);
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);

    response answer = send(client, hello(client));

    assert_false(answer->started);
    assert_string_equal(answer->run_id, run_id);
    assert_string_equal(answer->first_execution_run_id, run_id);
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionSignaled hello\n6 WorkflowTaskScheduled orders\n");
}

static void the_same_request_signals_once(void **state)
{
    struct service_client *client = *state;
    request wanted = hello(client);
    wanted->request_id = client_text(client, "the-request");
    const char *run_id = send(client, wanted)->run_id;

    response again = send(client, wanted);

    assert_false(again->started);
    assert_string_equal(again->run_id, run_id);
    assert_history_from(client, WORKFLOW, 4, "");
    Pb__SignalWorkflowExecutionRequest *signal = client_signal_request(client, WORKFLOW, "hello");
    signal->request_id = wanted->request_id;
    (void)client_must(client, RPC_SignalWorkflowExecution, signal); /* a plain signal's ids are the same */
    assert_history_from(client, WORKFLOW, 4, "");
}

static void a_closed_run_is_followed_as_the_policy_says(void **state)
{
    struct service_client *client = *state;
    request wanted = hello(client);
    client_begin(client, WORKFLOW, COMMANDS(command_complete(client)));

    wanted->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;
    assert_refused(client_ask(client, SIGNAL_WITH_START, wanted), TL_ALREADY_EXISTS, "the policy allows no other");
    wanted->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY;
    assert_refused(client_ask(client, SIGNAL_WITH_START, wanted), TL_ALREADY_EXISTS, "only when it failed");
    wanted->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_UNSPECIFIED;
    assert_true(send(client, wanted)->started);
    client_terminate(client, WORKFLOW);
    wanted->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY;
    assert_true(send(client, wanted)->started);
}

static void a_running_run_may_be_replaced(void **state)
{
    struct service_client *client = *state;
    request wanted = hello(client);
    const char *old_run = client_start(client, WORKFLOW);
    wanted->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;

    response answer = send(client, wanted);

    assert_true(answer->started);
    assert_int_equal(client_last_event(client, old_run)->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowExecutionSignaled hello\n3 WorkflowTaskScheduled orders\n");
    wanted = hello(client);
    wanted->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING;
    assert_true(send(client, wanted)->started);
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
}

static void a_delayed_start_keeps_its_signal(void **state)
{
    struct service_client *client = *state;
    request wanted = hello(client);
    wanted->workflow_start_delay = client_duration(client, TL_SECONDS(10));

    assert_true(send(client, wanted)->started);

    assert_history_from(client, WORKFLOW, 2, "2 WorkflowExecutionSignaled hello\n");
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 3, "3 WorkflowTaskScheduled orders\n");
}

static void a_second_one_ends_the_delay(void **state)
{
    struct service_client *client = *state;
    request wanted = hello(client);
    wanted->workflow_start_delay = client_duration(client, TL_SECONDS(10));
    (void)send(client, wanted);

    assert_false(send(client, wanted)->started);

    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionSignaled hello\n4 WorkflowTaskScheduled orders\n");
    client_pass(client, TL_SECONDS(10));
    assert_history_from(client, WORKFLOW, 5, "");
}

static void it_waits_for_a_started_task_to_end(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    (void)send(client, hello(client));

    assert_history_from(client, WORKFLOW, 4, "");
    assert_refused(
        client_refused(client, task, COMMANDS(command_complete(client))), TL_INVALID_ARGUMENT, "UnhandledCommand");
    assert_non_null(client_poll(client, NULL));
    assert_refused(client_ask(client, SIGNAL_WITH_START, hello(client)), TL_RESOURCE_EXHAUSTED, "closing");
}

static void its_fields_are_checked(void **state)
{
    struct service_client *client = *state;
    request wanted = hello(client);

    wanted->signal_name = client_text(client, "%s", "");
    expect_refusal(client, wanted, "signal_name is not set");
    wanted = hello(client);
    wanted->workflow_id = client_text(client, "%s", "");
    expect_refusal(client, wanted, "workflow_id is not set");
    wanted = hello(client);
    wanted->workflow_type = NULL;
    expect_refusal(client, wanted, "workflow_type is not set");
    wanted = hello(client);
    wanted->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_FAIL;
    expect_refusal(client, wanted, "workflow_id_conflict_policy FAIL");
    wanted = hello(client);
    wanted->workflow_start_delay = client_duration(client, -1);
    expect_refusal(client, wanted, "workflow_start_delay is negative");
    wanted = hello(client);
    wanted->search_attributes = client_attributes(client, "Unheard", "1");
    expect_refusal(client, wanted, "Unheard is not defined");
    wanted = hello(client);
    wanted->signal_input = client_json(client, "1");
    wanted->signal_input->payloads[0]->data.data = (uint8_t *)client_long_text(client, (size_t)2 << 20);
    wanted->signal_input->payloads[0]->data.len = (size_t)2 << 20;
    expect_refusal(client, wanted, "input exceeds 2097152 bytes");
    wanted = hello(client);
    wanted->cron_schedule = client_text(client, "0 * * * *");
    assert_refused(client_ask(client, SIGNAL_WITH_START, wanted), TL_UNSUPPORTED, "cron_schedule is not supported");
    wanted = hello(client);
    wanted->namespace_ = client_text(client, "elsewhere");
    assert_refused(client_ask(client, SIGNAL_WITH_START, wanted), TL_NOT_FOUND, "namespace elsewhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(it_starts_a_run_that_has_the_signal),
        SERVICE_TEST(it_signals_a_run_that_is_there),
        SERVICE_TEST(the_same_request_signals_once),
        SERVICE_TEST(a_closed_run_is_followed_as_the_policy_says),
        SERVICE_TEST(a_running_run_may_be_replaced),
        SERVICE_TEST(a_delayed_start_keeps_its_signal),
        SERVICE_TEST(a_second_one_ends_the_delay),
        SERVICE_TEST(it_waits_for_a_started_task_to_end),
        SERVICE_TEST(its_fields_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
