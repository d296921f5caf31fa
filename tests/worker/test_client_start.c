/* SPDX-License-Identifier: MIT */
/* Starts with everything, signals that start, and handles that follow what they started. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/client.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/worker_fixture.h"

static struct tl_error error;

static int set_up(void **state)
{
    int result = universe_setup(state);

    error = (struct tl_error){0};
    universe.client = tl_client_new(universe.driver, scripted_service(universe.scripted), NULL, &error);
    assert_non_null(universe.client);
    return result;
}

static void reply_started(const char *run_id, const char *first_run_id)
{
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__StartWorkflowExecutionResponse *response =
        SCRIPTED_NEW(universe.scripted, Pb__StartWorkflowExecutionResponse, pb__start_workflow_execution_response);

    response->run_id = arena_strdup(arena, run_id);
    response->first_execution_run_id = arena_strdup(arena, first_run_id);
    scripted_reply(universe.scripted, RPC_StartWorkflowExecution, response);
}

static struct tl_handle *start(const struct tl_start_options *options)
{
    struct tl_handle *handle = NULL;

    assert_int_equal(tl_client_start(universe.client, "Order", "order-1", NULL, options, &handle, &error), TL_OK);
    return handle;
}

#define REQUEST(Rpc) SCRIPTED_REQUEST(universe.scripted, Rpc, 0)

static const char *text_of(const Pb__Payload *payload)
{
    return arena_strndup(scripted_arena(universe.scripted), (const char *)payload->data.data, payload->data.len);
}

/* ---- Starting ---- */

static void search_attributes_carry_their_types(void **state)
{
    const struct tl_search_attribute attributes[] = {
        tl_search_int("Amount", 40), tl_search_unset("Colour"), tl_search_keyword("Customer", "c \"7\"")};
    const struct tl_start_options options = {
        .task_queue = "orders", .search_attributes = attributes, .search_attribute_count = 3};

    (void)state;
    reply_started("run-1", "run-1");
    (void)start(&options);
    const Pb__SearchAttributes *sent = REQUEST(StartWorkflowExecution)->search_attributes;
    assert_int_equal(sent->n_indexed_fields, 2);
    assert_string_equal(sent->indexed_fields[0]->key, "Amount");
    assert_string_equal(text_of(sent->indexed_fields[0]->value), "40");
    assert_string_equal(sent->indexed_fields[1]->key, "Customer");
    assert_string_equal(text_of(sent->indexed_fields[1]->value), "\"c \\\"7\\\"\"");
    const Pb__Payload__MetadataEntry *type = sent->indexed_fields[1]->value->metadata[1];
    assert_string_equal(type->key, "type");
    assert_memory_equal(type->value.data, "Keyword", 7);
}

static void priority_and_words_for_people_are_sent(void **state)
{
    const struct tl_start_options options = {
        .task_queue = "orders",
        .priority = {.key = 2, .fairness_key = "tenant", .fairness_weight = 1.5},
        .summary = "An order",
        .details = "of \"c-7\""};

    (void)state;
    reply_started("run-1", "run-1");
    (void)start(&options);
    const Pb__StartWorkflowExecutionRequest *request = REQUEST(StartWorkflowExecution);
    assert_int_equal(request->priority->priority_key, 2);
    assert_string_equal(request->priority->fairness_key, "tenant");
    assert_true(request->priority->fairness_weight == 1.5F);
    assert_string_equal(text_of(request->user_metadata->summary), "\"An order\"");
    assert_string_equal(text_of(request->user_metadata->details), "\"of \\\"c-7\\\"\"");
}

static void what_is_default_is_not_sent(void **state)
{
    const struct tl_start_options options = {.task_queue = "orders"};

    (void)state;
    reply_started("run-1", "run-1");
    (void)start(&options);
    const Pb__StartWorkflowExecutionRequest *request = REQUEST(StartWorkflowExecution);
    assert_null(request->search_attributes);
    assert_null(request->priority);
    assert_null(request->user_metadata);
}

static void refused(struct tl_start_options options, const char *field)
{
    struct tl_handle *handle = NULL;

    options.task_queue = "orders";
    assert_int_equal(
        tl_client_start(universe.client, "Order", "order-1", NULL, &options, &handle, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, field);
    assert_null(handle);
}

static void bad_options_are_refused_by_name(void **state)
{
    static const char long_key[66] = "1234567890123456789012345678901234567890123456789012345678901234 ";
    const struct tl_search_attribute reserved = tl_search_keyword("TemporalChangeVersion", "x");
    const struct tl_search_attribute twice[] = {tl_search_bool("Paid", 1), tl_search_bool("Paid", 0)};

    (void)state;
    refused((struct tl_start_options){.search_attribute_count = 1}, "search_attributes");
    refused(
        (struct tl_start_options){.search_attributes = &reserved, .search_attribute_count = 1}, "search_attributes");
    refused((struct tl_start_options){.search_attributes = twice, .search_attribute_count = 2}, "search_attributes");
    refused((struct tl_start_options){.priority = {.key = -1}}, "priority.key");
    refused((struct tl_start_options){.priority = {.fairness_key = long_key}}, "priority.fairness_key");
    refused((struct tl_start_options){.priority = {.fairness_key = "\xff"}}, "priority.fairness_key");
    refused((struct tl_start_options){.priority = {.fairness_weight = -1}}, "priority.fairness_weight");
    refused((struct tl_start_options){.summary = "\xff"}, "summary");
    refused((struct tl_start_options){.details = "\xff"}, "details");
    assert_int_equal(scripted_count(universe.scripted, RPC_StartWorkflowExecution), 0);
}

/* ---- A signal that starts ---- */

static void a_signal_that_starts_sends_both(void **state)
{
    const struct tl_payload input = tl_payload_json("40");
    const struct tl_payload who = tl_payload_json("\"courier\"");
    const struct tl_start_signal signal = {.name = "delivered", .input = TL_ARGS(who), .start_input = TL_ARGS(input)};
    const struct tl_field field = {"key", tl_payload_json("1")};
    const struct tl_search_attribute paid = tl_search_bool("Paid", 1);
    const struct tl_retry_policy retry = {.maximum_attempts = 3};
    const struct tl_start_options options = {
        .task_queue = "orders",
        .execution_timeout = TL_DAYS(60),
        .run_timeout = TL_DAYS(30),
        .task_timeout = TL_SECONDS(5),
        .start_delay = TL_HOURS(1),
        .id_reuse = TL_ID_REUSE_REJECT_DUPLICATE,
        .retry = &retry,
        .request_id = "request-1",
        .memo = &field,
        .memo_count = 1,
        .headers = &field,
        .header_count = 1,
        .search_attributes = &paid,
        .search_attribute_count = 1,
        .priority = {.key = 1},
        .summary = "An order"};
    struct tl_handle *handle = NULL;
    Pb__SignalWithStartWorkflowExecutionResponse *response = SCRIPTED_NEW(
        universe.scripted,
        Pb__SignalWithStartWorkflowExecutionResponse,
        pb__signal_with_start_workflow_execution_response);

    (void)state;
    response->run_id = arena_strdup(scripted_arena(universe.scripted), "run-1");
    scripted_reply(universe.scripted, RPC_SignalWithStartWorkflowExecution, response);
    assert_int_equal(
        tl_client_signal_with_start(universe.client, "Order", "order-1", &signal, &options, &handle, &error), TL_OK);
    assert_string_equal(tl_handle_run_id(handle), "run-1");
    const Pb__SignalWithStartWorkflowExecutionRequest *request = REQUEST(SignalWithStartWorkflowExecution);
    assert_string_equal(request->namespace_, "default");
    assert_string_equal(request->identity, "timelapse-client");
    assert_string_equal(request->workflow_id, "order-1");
    assert_string_equal(request->workflow_type->name, "Order");
    assert_string_equal(request->task_queue->name, "orders");
    assert_string_equal(universe_text(request->input), "40");
    assert_string_equal(request->signal_name, "delivered");
    assert_string_equal(universe_text(request->signal_input), "\"courier\"");
    assert_int_equal(pb_nanoseconds(request->workflow_execution_timeout), TL_DAYS(60));
    assert_int_equal(pb_nanoseconds(request->workflow_run_timeout), TL_DAYS(30));
    assert_int_equal(pb_nanoseconds(request->workflow_task_timeout), TL_SECONDS(5));
    assert_int_equal(pb_nanoseconds(request->workflow_start_delay), TL_HOURS(1));
    assert_int_equal(request->workflow_id_reuse_policy, WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE);
    assert_int_equal(request->workflow_id_conflict_policy, WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED);
    assert_int_equal(request->retry_policy->maximum_attempts, 3);
    assert_string_equal(request->request_id, "request-1");
    assert_string_equal(request->memo->fields[0]->key, "key");
    assert_string_equal(request->header->fields[0]->key, "key");
    assert_string_equal(request->search_attributes->indexed_fields[0]->key, "Paid");
    assert_int_equal(request->priority->priority_key, 1);
    assert_string_equal(text_of(request->user_metadata->summary), "\"An order\"");
}

static void a_signal_that_starts_names_what_is_wrong(void **state)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    struct tl_start_signal signal = {.name = ""};
    struct tl_handle *handle = NULL;

    (void)state;
    assert_int_equal(
        tl_client_signal_with_start(universe.client, "Order", "order-1", &signal, &options, &handle, &error),
        TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "signal");
    signal.name = "delivered";
    assert_int_equal(
        tl_client_signal_with_start(universe.client, "Order", "", &signal, &options, &handle, &error),
        TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "workflow_id");
    assert_int_equal(
        tl_client_signal_with_start(universe.client, "Order", "order-1", &signal, NULL, &handle, &error),
        TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "options");
    assert_null(handle);
}

/* ---- Signals with more ---- */

static void a_signal_carries_headers_and_its_request(void **state)
{
    const struct tl_field headers[] = {{"tenant", tl_payload_json("7")}};
    const struct tl_signal_options options = {.request_id = "request-7", .headers = headers, .header_count = 1};
    const struct tl_signal_options none = {.header_count = 1};
    struct tl_handle *handle = tl_client_handle(universe.client, "order-1", NULL);

    (void)state;
    scripted_reply(
        universe.scripted,
        RPC_SignalWorkflowExecution,
        SCRIPTED_NEW(universe.scripted, Pb__SignalWorkflowExecutionResponse, pb__signal_workflow_execution_response));
    assert_int_equal(tl_handle_signal_with(handle, "delivered", NULL, &options, &error), TL_OK);
    assert_string_equal(REQUEST(SignalWorkflowExecution)->request_id, "request-7");
    assert_string_equal(REQUEST(SignalWorkflowExecution)->header->fields[0]->key, "tenant");
    assert_int_equal(tl_handle_signal_with(handle, "delivered", NULL, &none, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "headers");
}

/* ---- Handles ---- */

static void follows(const char *run_id, const char *first_run_id, const char *expected)
{
    const struct tl_start_options options = {.task_queue = "orders"};

    reply_started(run_id, first_run_id);
    struct tl_handle *handle = start(&options);
    assert_string_equal(tl_handle_run_id(handle), run_id);
    scripted_reply(
        universe.scripted,
        RPC_SignalWorkflowExecution,
        SCRIPTED_NEW(universe.scripted, Pb__SignalWorkflowExecutionResponse, pb__signal_workflow_execution_response));
    assert_int_equal(tl_handle_signal(handle, "delivered", NULL, &error), TL_OK);
    assert_string_equal(REQUEST(SignalWorkflowExecution)->workflow_execution->run_id, "");
    scripted_fail(universe.scripted, RPC_RequestCancelWorkflowExecution, TL_NOT_FOUND, "no order-1");
    assert_int_equal(tl_handle_cancel(handle, NULL, &error), TL_NOT_FOUND);
    assert_string_equal(REQUEST(RequestCancelWorkflowExecution)->workflow_execution->run_id, "");
    assert_string_equal(REQUEST(RequestCancelWorkflowExecution)->first_execution_run_id, expected);
    scripted_fail(universe.scripted, RPC_TerminateWorkflowExecution, TL_NOT_FOUND, "no order-1");
    assert_int_equal(tl_handle_terminate(handle, NULL, &error), TL_NOT_FOUND);
    assert_string_equal(REQUEST(TerminateWorkflowExecution)->workflow_execution->run_id, "");
    assert_string_equal(REQUEST(TerminateWorkflowExecution)->first_execution_run_id, expected);
}

static void a_handle_follows_the_chain_that_it_started(void **state)
{
    (void)state;
    follows("run-3", "run-1", "run-1");
}

static void a_server_may_not_tell_the_first_run(void **state)
{
    (void)state;
    follows("run-1", "", "run-1");
}

static void a_handle_to_a_run_stays_with_it(void **state)
{
    struct tl_handle *handle = tl_client_handle(universe.client, "order-1", "run-2");

    (void)state;
    scripted_fail(universe.scripted, RPC_TerminateWorkflowExecution, TL_NOT_FOUND, "no order-1");
    assert_int_equal(tl_handle_terminate(handle, NULL, &error), TL_NOT_FOUND);
    assert_string_equal(REQUEST(TerminateWorkflowExecution)->workflow_execution->run_id, "run-2");
    assert_string_equal(REQUEST(TerminateWorkflowExecution)->first_execution_run_id, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(search_attributes_carry_their_types, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(priority_and_words_for_people_are_sent, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(what_is_default_is_not_sent, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(bad_options_are_refused_by_name, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(a_signal_that_starts_sends_both, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(a_signal_that_starts_names_what_is_wrong, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(a_signal_carries_headers_and_its_request, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(a_handle_follows_the_chain_that_it_started, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(a_server_may_not_tell_the_first_run, set_up, universe_teardown),
        cmocka_unit_test_setup_teardown(a_handle_to_a_run_stays_with_it, set_up, universe_teardown),
    };

    return cmocka_run_group_tests_name("client starts", tests, NULL, NULL);
}
