/* SPDX-License-Identifier: MIT */
/* What others do to a running workflow: signals, cancellation, termination. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_chains.h"

#define SIGNAL    RPC_SignalWorkflowExecution
#define CANCEL    RPC_RequestCancelWorkflowExecution
#define TERMINATE RPC_TerminateWorkflowExecution

/* A workflow that waits for something to happen, with 4 events. */
static const char *waiting(struct service_client *client)
{
    const char *run_id = client_start(client, WORKFLOW);

    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    return run_id;
}

static Pb__SignalWorkflowExecutionRequest *hello(struct service_client *client)
{
    return client_signal_request(client, WORKFLOW, "hello");
}

/* ---- Signals ---- */

static void a_signal_is_written_as_sent(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWorkflowExecutionRequest *request = hello(client);
    Pb__Header__FieldsEntry context = PB__HEADER__FIELDS_ENTRY__INIT;
    Pb__Header__FieldsEntry *contexts[] = {&context};
    (void)waiting(client);
    context.key = client_text(client, "trace");
    context.value = client_json(client, "\"t1\"")->payloads[0];
    request->header = PB_NEW(&client->arena, Pb__Header, pb__header);
    request->header->n_fields = 1;
    request->header->fields = contexts;
    request->input = client_json(client, "[1, 2]");
    request->request_id = client_text(client, "request-1");
    request->identity = client_long_text(client, 1001);

    (void)client_must(client, SIGNAL, request);

    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionSignaled hello\n6 WorkflowTaskScheduled orders\n");
    const Pb__WorkflowExecutionSignaledEventAttributes *signaled =
        client_event(client, WORKFLOW, 5)->workflow_execution_signaled_event_attributes;
    assert_same(signaled->input, request->input);
    assert_same(signaled->header, request->header);
    assert_string_equal(signaled->identity, request->identity);
    assert_string_equal(signaled->request_id, "request-1");
}

static void signals_before_the_first_task_come_with_it(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);

    client_signal(client, WORKFLOW, "one");
    client_signal(client, WORKFLOW, "two");

    assert_history_from(
        client,
        WORKFLOW,
        2,
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowExecutionSignaled one\n"
        "4 WorkflowExecutionSignaled two\n");
    assert_int_equal(client_poll(client, NULL)->history->n_events, 5);
}

static void the_same_signal_arrives_once(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWorkflowExecutionRequest *request = hello(client);
    request->request_id = client_text(client, "request-1");
    (void)waiting(client);

    (void)client_must(client, SIGNAL, request);
    (void)client_must(client, SIGNAL, request);
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionSignaled hello\n6 WorkflowTaskScheduled orders\n");

    workflow_task task = client_poll(client, NULL);
    request->request_id = client_text(client, "request-2");
    (void)client_must(client, SIGNAL, request); /* buffered: seen all the same */
    (void)client_must(client, SIGNAL, request);
    (void)client_complete(client, task, NO_COMMANDS);
    assert_history_from(client, WORKFLOW, 9, "9 WorkflowExecutionSignaled hello\n10 WorkflowTaskScheduled orders\n");

    client_terminate(client, WORKFLOW);
    (void)client_must(client, SIGNAL, request); /* it did arrive */
}

static void an_answer_links_to_the_signal(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWorkflowExecutionRequest *request = hello(client);
    request->request_id = client_text(client, "the-request");
    const char *run_id = waiting(client);

    const Pb__SignalWorkflowExecutionResponse *response = client_must(client, SIGNAL, request);

    const Pb__Link__WorkflowEvent *link = response->link->workflow_event;
    assert_string_equal(link->namespace_, "default");
    assert_string_equal(link->workflow_id, WORKFLOW);
    assert_string_equal(link->run_id, run_id);
    assert_string_equal(link->request_id_ref->request_id, "the-request");
    assert_int_equal(link->request_id_ref->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
}

static void links_are_kept(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWorkflowExecutionRequest *signal = hello(client);
    Pb__RequestCancelWorkflowExecutionRequest *cancel = client_cancel_request(client, WORKFLOW);
    Pb__TerminateWorkflowExecutionRequest *terminate = client_terminate_request(client, WORKFLOW);
    Pb__Link *links[] = {client_link(client)};
    signal->n_links = cancel->n_links = terminate->n_links = 1;
    signal->links = cancel->links = terminate->links = links;
    (void)waiting(client);

    (void)client_must(client, SIGNAL, signal);
    (void)client_must(client, CANCEL, cancel);
    (void)client_must(client, TERMINATE, terminate);

    assert_same(client_event(client, WORKFLOW, 5)->links[0], links[0]);
    assert_same(client_event(client, WORKFLOW, 7)->links[0], links[0]);
    assert_same(client_event(client, WORKFLOW, 8)->links[0], links[0]);
    links[0] = PB_NEW(&client->arena, Pb__Link, pb__link);
    assert_refused(client_ask(client, SIGNAL, signal), TL_INVALID_ARGUMENT, "links: a link of no known kind");
    assert_refused(client_ask(client, CANCEL, cancel), TL_INVALID_ARGUMENT, "links: a link of no known kind");
    assert_refused(client_ask(client, TERMINATE, terminate), TL_INVALID_ARGUMENT, "links: a link of no known kind");
}

static void a_closed_workflow_takes_no_signals(void **state)
{
    struct service_client *client = *state;
    (void)waiting(client);
    client_terminate(client, WORKFLOW);

    assert_refused(client_ask(client, SIGNAL, hello(client)), TL_NOT_FOUND, "already completed");
    (void)client_details(client, client_ask(client, SIGNAL, hello(client)), &pb__not_found_failure__descriptor);
    assert_history_from(client, WORKFLOW, 6, "");
}

static void a_run_is_named_by_its_id_or_is_the_newest(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWorkflowExecutionRequest *request = hello(client);
    const char *first = waiting(client);
    client_terminate(client, WORKFLOW);
    (void)waiting(client);

    (void)client_must(client, SIGNAL, request);
    request->workflow_execution = client_execution(client, WORKFLOW, first);
    assert_refused(client_ask(client, SIGNAL, request), TL_NOT_FOUND, "already completed");
    request->workflow_execution = client_execution(client, "order-2", first);
    assert_refused(client_ask(client, SIGNAL, request), TL_NOT_FOUND, "workflow order-2");
    request->workflow_execution = client_execution(client, WORKFLOW, "00000000-0000-0000-0000-000000000000");
    assert_refused(client_ask(client, SIGNAL, request), TL_NOT_FOUND, "is not found");
    request->workflow_execution = client_execution(client, WORKFLOW, "the first");
    assert_refused(client_ask(client, SIGNAL, request), TL_INVALID_ARGUMENT, "run_id is no UUID");
    request->workflow_execution = client_execution(client, "", "");
    assert_refused(client_ask(client, SIGNAL, request), TL_INVALID_ARGUMENT, "workflow_id is not set");
    request->workflow_execution = NULL;
    assert_refused(client_ask(client, SIGNAL, request), TL_INVALID_ARGUMENT, "execution is not set");
    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionSignaled hello\n6 WorkflowTaskScheduled orders\n");
}

static void a_signals_fields_have_limits(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWorkflowExecutionRequest *request = hello(client);
    (void)waiting(client);

    request->workflow_execution->workflow_id = client_long_text(client, 1001);
    assert_refused(client_ask(client, SIGNAL, request), TL_NOT_FOUND, "workflow ");
    request = hello(client);
    request->signal_name = client_long_text(client, 1001);
    assert_refused(client_ask(client, SIGNAL, request), TL_INVALID_ARGUMENT, "signal_name exceeds 1000 bytes");
    request->signal_name = client_text(client, "%s", "");
    assert_refused(client_ask(client, SIGNAL, request), TL_INVALID_ARGUMENT, "signal_name is not set");
    request = hello(client);
    request->request_id = client_long_text(client, 1001);
    assert_refused(client_ask(client, SIGNAL, request), TL_INVALID_ARGUMENT, "request_id exceeds 1000 bytes");
    request = hello(client);
    request->input = client_json(client, "1");
    request->input->payloads[0]->data.data = (uint8_t *)client_long_text(client, (size_t)2 << 20);
    request->input->payloads[0]->data.len = (size_t)2 << 20;
    assert_refused(client_ask(client, SIGNAL, request), TL_INVALID_ARGUMENT, "input exceeds 2097152 bytes");
    assert_history_from(client, WORKFLOW, 5, "");
}

static void ten_thousand_signals_are_enough(void **state)
{
    struct service_client *client = *state;
    client->checked = false;
    (void)waiting(client);

    for (int i = 0; i < 10000; i++) {
        client_signal(client, WORKFLOW, "hello");
    }
    assert_refused(client_ask(client, SIGNAL, hello(client)), TL_INVALID_ARGUMENT, "10000 signals");
    client->checked = true;
    client_terminate(client, WORKFLOW);
}

/* ---- Cancellation ---- */

static void a_cancellation_is_requested_once(void **state)
{
    struct service_client *client = *state;
    (void)waiting(client);

    client_cancel(client, WORKFLOW);
    client_cancel(client, WORKFLOW);

    assert_history_from(client, WORKFLOW, 5, "5 WorkflowExecutionCancelRequested\n6 WorkflowTaskScheduled orders\n");
    const Pb__WorkflowExecutionCancelRequestedEventAttributes *requested =
        client_event(client, WORKFLOW, 5)->workflow_execution_cancel_requested_event_attributes;
    assert_string_equal(requested->cause, "no longer wanted");
    assert_string_equal(requested->identity, "client-1");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel(client)));
    assert_history_from(client, WORKFLOW, 8, "8 WorkflowTaskCompleted 6,7\n9 WorkflowExecutionCanceled\n");
}

static void a_closed_workflow_counts_as_canceled(void **state)
{
    struct service_client *client = *state;
    (void)waiting(client);
    client_terminate(client, WORKFLOW);

    client_cancel(client, WORKFLOW);

    assert_history_from(client, WORKFLOW, 6, "");
    assert_refused(client_ask(client, CANCEL, client_cancel_request(client, "order-2")), TL_NOT_FOUND, "order-2");
}

static void a_chain_is_named_by_its_first_run(void **state)
{
    struct service_client *client = *state;
    const char *old_run = waiting(client);
    client_terminate(client, WORKFLOW);
    const char *run_id = waiting(client);
    Pb__RequestCancelWorkflowExecutionRequest *cancel = client_cancel_request(client, WORKFLOW);
    Pb__TerminateWorkflowExecutionRequest *terminate = client_terminate_request(client, WORKFLOW);

    cancel->first_execution_run_id = client_text(client, "%s", old_run);
    assert_refused(client_ask(client, CANCEL, cancel), TL_NOT_FOUND, "chain");
    terminate->first_execution_run_id = client_text(client, "%s", old_run);
    assert_refused(client_ask(client, TERMINATE, terminate), TL_NOT_FOUND, "chain");
    cancel->first_execution_run_id = client_text(client, "%s", run_id);
    (void)client_must(client, CANCEL, cancel);
    terminate->first_execution_run_id = client_text(client, "%s", run_id);
    (void)client_must(client, TERMINATE, terminate);
}

/* ---- Termination ---- */

static void a_termination_is_the_end(void **state)
{
    struct service_client *client = *state;
    Pb__TerminateWorkflowExecutionRequest *request = client_terminate_request(client, WORKFLOW);
    request->details = client_json(client, "\"since Monday\"");
    (void)client_start(client, WORKFLOW);

    (void)client_must(client, TERMINATE, request);

    assert_history_from(
        client,
        WORKFLOW,
        2,
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowExecutionTerminated out of patience\n");
    const Pb__WorkflowExecutionTerminatedEventAttributes *terminated =
        client_event(client, WORKFLOW, 3)->workflow_execution_terminated_event_attributes;
    assert_same(terminated->details, request->details);
    assert_string_equal(terminated->identity, "client-1");
    assert_null(client_poll(client, NULL));
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
    assert_refused(client_ask(client, TERMINATE, request), TL_NOT_FOUND, "already completed");
}

static void a_started_task_fails_first(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "hello");

    client_terminate(client, WORKFLOW);

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowExecutionTerminated out of patience\n");
    assert_refused(client_refused(client, task, NO_COMMANDS), TL_NOT_FOUND, "already completed");
    assert_refused(client_fail_task(client, task, 0), TL_NOT_FOUND, "already completed");
}

static void who_does_not_say_is_the_frontend(void **state)
{
    struct service_client *client = *state;
    Pb__TerminateWorkflowExecutionRequest *request = client_terminate_request(client, WORKFLOW);
    request->reason = client_text(client, "%s", "");
    request->identity = client_text(client, "%s", "");
    (void)waiting(client);

    (void)client_must(client, TERMINATE, request);

    const Pb__WorkflowExecutionTerminatedEventAttributes *terminated =
        client_event(client, WORKFLOW, 5)->workflow_execution_terminated_event_attributes;
    assert_string_equal(terminated->reason, "terminated by user via frontend");
    assert_string_equal(terminated->identity, "frontend-service");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_signal_is_written_as_sent),
        SERVICE_TEST(signals_before_the_first_task_come_with_it),
        SERVICE_TEST(the_same_signal_arrives_once),
        SERVICE_TEST(an_answer_links_to_the_signal),
        SERVICE_TEST(links_are_kept),
        SERVICE_TEST(a_closed_workflow_takes_no_signals),
        SERVICE_TEST(a_run_is_named_by_its_id_or_is_the_newest),
        SERVICE_TEST(a_signals_fields_have_limits),
        SERVICE_TEST(ten_thousand_signals_are_enough),
        SERVICE_TEST(a_cancellation_is_requested_once),
        SERVICE_TEST(a_closed_workflow_counts_as_canceled),
        SERVICE_TEST(a_chain_is_named_by_its_first_run),
        SERVICE_TEST(a_termination_is_the_end),
        SERVICE_TEST(a_started_task_fails_first),
        SERVICE_TEST(who_does_not_say_is_the_frontend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
