/* SPDX-License-Identifier: MIT */
/* The client against a scripted service: what is asked, what comes back, where a call waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/client.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/agenda.h"
#include "base/check.h"
#include "base/coroutine.h"
#include "tests/worker/worker_fixture.h"
#include "worker/runtime/coroutine_owner.h"

static struct tl_error error;
static const struct tl_start_options orders = {.task_queue = "orders"};

static void open_client(const struct tl_client_options *options)
{
    universe.client = tl_client_new(universe.driver, scripted_service(universe.scripted), options, &error);
    assert_non_null(universe.client);
}

static int set_up(void **state)
{
    int result = universe_setup(state);

    error = (struct tl_error){0};
    universe_answer_activities();
    open_client(&(struct tl_client_options){.skip_time = 1});
    return result;
}

static void reply_started(const char *run_id)
{
    Pb__StartWorkflowExecutionResponse *response =
        SCRIPTED_NEW(universe.scripted, Pb__StartWorkflowExecutionResponse, pb__start_workflow_execution_response);

    response->run_id = arena_strdup(scripted_arena(universe.scripted), run_id);
    scripted_reply(universe.scripted, RPC_StartWorkflowExecution, response);
}

static struct tl_handle *start(const struct tl_start_options *options)
{
    struct tl_handle *handle = NULL;

    reply_started("run-1");
    assert_int_equal(tl_client_start(universe.client, "Order", "order-1", NULL, options, &handle, &error), TL_OK);
    return handle;
}

#define STARTED(nth) SCRIPTED_REQUEST(universe.scripted, StartWorkflowExecution, nth)

/* ---- Starting ---- */

static void a_start_sends_all_that_was_given(void **state)
{
    const struct tl_payload amount = tl_payload_json("40");
    const struct tl_field memo[] = {{"customer", tl_payload_json("\"c-7\"")}};
    const struct tl_field headers[] = {{"trace", tl_payload_binary(tl_bytes_of("\x01\x02"))}};
    const char *const types[] = {"Declined"};
    const struct tl_retry_policy retry = {
        .initial_interval = TL_SECONDS(2),
        .backoff_coefficient = 1.5,
        .maximum_interval = TL_SECONDS(20),
        .maximum_attempts = 3,
        .non_retryable_types = types,
        .non_retryable_count = 1};
    const struct tl_start_options options = {
        .task_queue = "orders",
        .execution_timeout = TL_DAYS(60),
        .run_timeout = TL_DAYS(30),
        .task_timeout = TL_SECONDS(5),
        .start_delay = TL_HOURS(1),
        .id_conflict = TL_ID_CONFLICT_USE_EXISTING,
        .id_reuse = TL_ID_REUSE_REJECT_DUPLICATE,
        .retry = &retry,
        .request_id = "request-1",
        .memo = memo,
        .memo_count = 1,
        .headers = headers,
        .header_count = 1};
    struct tl_handle *handle = NULL;

    (void)state;
    reply_started("run-1");
    assert_int_equal(
        tl_client_start(universe.client, "Order", "order-1", TL_ARGS(amount), &options, &handle, &error), TL_OK);
    assert_string_equal(tl_handle_workflow_id(handle), "order-1");
    assert_string_equal(tl_handle_run_id(handle), "run-1");
    const Pb__StartWorkflowExecutionRequest *request = STARTED(0);
    assert_string_equal(request->namespace_, "default");
    assert_string_equal(request->identity, "timelapse-client");
    assert_string_equal(request->workflow_id, "order-1");
    assert_string_equal(request->workflow_type->name, "Order");
    assert_string_equal(request->task_queue->name, "orders");
    assert_int_equal(request->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_string_equal(universe_text(request->input), "40");
    assert_int_equal(pb_nanoseconds(request->workflow_execution_timeout), TL_DAYS(60));
    assert_int_equal(pb_nanoseconds(request->workflow_run_timeout), TL_DAYS(30));
    assert_int_equal(pb_nanoseconds(request->workflow_task_timeout), TL_SECONDS(5));
    assert_int_equal(pb_nanoseconds(request->workflow_start_delay), TL_HOURS(1));
    assert_int_equal(request->workflow_id_conflict_policy, WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING);
    assert_int_equal(request->workflow_id_reuse_policy, WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE);
    assert_string_equal(request->request_id, "request-1");
    assert_int_equal(pb_nanoseconds(request->retry_policy->initial_interval), TL_SECONDS(2));
    assert_true(request->retry_policy->backoff_coefficient == 1.5);
    assert_int_equal(pb_nanoseconds(request->retry_policy->maximum_interval), TL_SECONDS(20));
    assert_int_equal(request->retry_policy->maximum_attempts, 3);
    assert_int_equal(request->retry_policy->n_non_retryable_error_types, 1);
    assert_string_equal(request->retry_policy->non_retryable_error_types[0], "Declined");
    assert_int_equal(request->memo->n_fields, 1);
    assert_string_equal(request->memo->fields[0]->key, "customer");
    assert_memory_equal(request->memo->fields[0]->value->data.data, "\"c-7\"", 5);
    assert_int_equal(request->header->n_fields, 1);
    assert_string_equal(request->header->fields[0]->key, "trace");
    assert_memory_equal(request->header->fields[0]->value->data.data, "\x01\x02", 2);
}

static void a_plain_start_leaves_defaults_to_the_service(void **state)
{
    (void)state;
    (void)start(&orders);
    const Pb__StartWorkflowExecutionRequest *request = STARTED(0);
    assert_null(request->input);
    assert_null(request->retry_policy);
    assert_null(request->memo);
    assert_null(request->workflow_run_timeout);
    assert_int_equal(request->workflow_id_reuse_policy, WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE);
    assert_int_equal(strlen(request->request_id), 36);
}

static void each_start_has_a_request_id_of_its_own(void **state)
{
    (void)state;
    (void)start(&orders);
    (void)start(&orders);
    assert_string_not_equal(STARTED(0)->request_id, STARTED(1)->request_id);
}

static void a_start_that_is_tried_again_keeps_its_request_id(void **state)
{
    (void)state;
    scripted_fail(universe.scripted, RPC_StartWorkflowExecution, TL_UNAVAILABLE, "down");
    (void)start(&orders);
    assert_int_equal(scripted_count(universe.scripted, RPC_StartWorkflowExecution), 2);
    assert_string_equal(STARTED(0)->request_id, STARTED(1)->request_id);
}

static void
assert_start_refused(const char *type, const char *id, const struct tl_start_options *options, const char *field)
{
    struct tl_handle *handle = NULL;

    error = (struct tl_error){0};
    assert_int_equal(tl_client_start(universe.client, type, id, NULL, options, &handle, &error), TL_INVALID_ARGUMENT);
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, field);
    assert_null(handle);
}

static void refused_arguments_are_named_and_nothing_is_asked(void **state)
{
    char long_id[1002];
    const struct tl_retry_policy negative = {.initial_interval = -1};
    const struct tl_retry_policy shrinking = {.backoff_coefficient = 0.5};
    const struct tl_retry_policy capped = {.initial_interval = 2, .maximum_interval = 1};
    const struct tl_retry_policy fewer = {.maximum_attempts = -1};
    const struct tl_retry_policy untyped = {.non_retryable_count = 1};
    const struct tl_field nameless[] = {{"", tl_payload_json("1")}};
    const struct tl_field twice[] = {{"a", tl_payload_json("1")}, {"a", tl_payload_json("2")}};
    const struct {
        struct tl_start_options options;
        const char *field;
    } cases[] = {
        {{.task_queue = NULL}, "task_queue"},
        {{.task_queue = "q", .request_id = ""}, "request_id"},
        {{.task_queue = "q", .execution_timeout = -1}, "execution_timeout"},
        {{.task_queue = "q", .run_timeout = -1}, "run_timeout"},
        {{.task_queue = "q", .task_timeout = -1}, "task_timeout"},
        {{.task_queue = "q", .start_delay = -1}, "start_delay"},
        {{.task_queue = "q", .id_conflict = (enum tl_id_conflict_policy)9}, "id_conflict"},
        {{.task_queue = "q", .id_reuse = (enum tl_id_reuse_policy)9}, "id_reuse"},
        {{.task_queue = "q", .retry = &negative}, "retry.initial_interval"},
        {{.task_queue = "q", .retry = &shrinking}, "retry.backoff_coefficient"},
        {{.task_queue = "q", .retry = &capped}, "retry.maximum_interval"},
        {{.task_queue = "q", .retry = &fewer}, "retry.maximum_attempts"},
        {{.task_queue = "q", .retry = &untyped}, "retry.non_retryable_types"},
        {{.task_queue = "q", .memo = nameless, .memo_count = 1}, "memo"},
        {{.task_queue = "q", .memo = twice, .memo_count = 2}, "memo"},
        {{.task_queue = "q", .headers = twice, .header_count = 2}, "headers"},
        {{.task_queue = "q", .memo_count = 1}, "memo"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_start_refused("Order", "order-1", &cases[i].options, cases[i].field);
    }
    memset(long_id, 'x', sizeof(long_id) - 1);
    long_id[sizeof(long_id) - 1] = '\0';
    assert_start_refused("Order", long_id, &orders, "workflow_id");
    assert_start_refused("Order", "\xff", &orders, "workflow_id");
    assert_start_refused("", "order-1", &orders, "workflow_type");
    assert_start_refused(NULL, "order-1", &orders, "workflow_type");
    assert_start_refused("Order", "order-1", NULL, "options");
    assert_int_equal(scripted_count(universe.scripted, RPC_StartWorkflowExecution), 0);
}

static void the_services_refusal_is_told(void **state)
{
    struct tl_handle *handle = NULL;

    (void)state;
    scripted_fail(universe.scripted, RPC_StartWorkflowExecution, TL_ALREADY_EXISTS, "order-1 is running");
    assert_int_equal(
        tl_client_start(universe.client, "Order", "order-1", NULL, &orders, &handle, &error), TL_ALREADY_EXISTS);
    assert_int_equal(error.status, TL_ALREADY_EXISTS);
    assert_int_equal(error.grpc_code, 6);
    assert_string_equal(error.message, "order-1 is running");
    assert_null(handle);
}

static void client_options_are_checked(void **state)
{
    const struct tl_client_options options = {.name_space = ""};

    (void)state;
    assert_null(tl_client_new(universe.driver, scripted_service(universe.scripted), &options, &error));
    assert_string_equal(error.field, "name_space");
}

/* ---- Signal, cancel, terminate ---- */

static void a_signal_names_its_run(void **state)
{
    const struct tl_payload who = tl_payload_json("\"courier\"");
    struct tl_handle *handle = tl_client_handle(universe.client, "order-1", "run-1");

    (void)state;
    scripted_reply(
        universe.scripted,
        RPC_SignalWorkflowExecution,
        SCRIPTED_NEW(universe.scripted, Pb__SignalWorkflowExecutionResponse, pb__signal_workflow_execution_response));
    assert_int_equal(tl_handle_signal(handle, "delivered", TL_ARGS(who), &error), TL_OK);
    const Pb__SignalWorkflowExecutionRequest *request = SCRIPTED_REQUEST(universe.scripted, SignalWorkflowExecution, 0);
    assert_string_equal(request->workflow_execution->workflow_id, "order-1");
    assert_string_equal(request->workflow_execution->run_id, "run-1");
    assert_string_equal(request->signal_name, "delivered");
    assert_string_equal(universe_text(request->input), "\"courier\"");
    assert_int_equal(strlen(request->request_id), 36);
    assert_int_equal(tl_handle_signal(handle, "", NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "signal");
}

static void cancel_and_terminate_carry_their_reason(void **state)
{
    struct tl_handle *handle = tl_client_handle(universe.client, "order-2", NULL);

    (void)state;
    assert_string_equal(tl_handle_run_id(handle), "");
    scripted_fail(universe.scripted, RPC_RequestCancelWorkflowExecution, TL_NOT_FOUND, "no order-2");
    assert_int_equal(tl_handle_cancel(handle, "changed my mind", &error), TL_NOT_FOUND);
    const Pb__RequestCancelWorkflowExecutionRequest *cancel =
        SCRIPTED_REQUEST(universe.scripted, RequestCancelWorkflowExecution, 0);
    assert_string_equal(cancel->reason, "changed my mind");
    assert_string_equal(cancel->workflow_execution->workflow_id, "order-2");
    assert_string_equal(cancel->workflow_execution->run_id, "");
    assert_int_equal(strlen(cancel->request_id), 36);
    scripted_reply(
        universe.scripted,
        RPC_TerminateWorkflowExecution,
        SCRIPTED_NEW(
            universe.scripted, Pb__TerminateWorkflowExecutionResponse, pb__terminate_workflow_execution_response));
    assert_int_equal(tl_handle_terminate(handle, NULL, &error), TL_OK);
    assert_string_equal(SCRIPTED_REQUEST(universe.scripted, TerminateWorkflowExecution, 0)->reason, "");
    tl_handle_free(handle);
}

/* ---- Where a call waits ---- */

static void a_call_without_hope_says_so(void **state)
{
    struct tl_handle *handle = NULL;

    (void)state;
    assert_int_equal(
        tl_client_start(universe.client, "Order", "order-1", NULL, &orders, &handle, &error), TL_UNAVAILABLE);
    assert_non_null(strstr(error.message, "could answer StartWorkflowExecution"));
    assert_true(scripted_call(universe.scripted, RPC_StartWorkflowExecution, 0)->canceled);
}

static void a_service_that_is_gone_is_told(void **state)
{
    struct tl_handle *handle = NULL;

    (void)state;
    scripted_refuse(universe.scripted, TL_STOPPED);
    assert_int_equal(tl_client_start(universe.client, "Order", "order-1", NULL, &orders, &handle, &error), TL_STOPPED);
}

static void a_stopped_driver_answers_with_its_verdict(void **state)
{
    struct tl_handle *handle = NULL;

    (void)state;
    tl_driver_fail(universe.driver, TL_VERDICT, "test.c", 1, "it is over");
    assert_int_equal(tl_client_start(universe.client, "Order", "order-1", NULL, &orders, &handle, &error), TL_VERDICT);
    assert_string_equal(error.message, "it is over");
    assert_int_equal(scripted_count(universe.scripted, RPC_StartWorkflowExecution), 0);
}

static enum tl_status status_within;

static void call_within(struct agenda_item *item)
{
    struct tl_handle *handle = NULL;

    (void)item;
    status_within = tl_client_start(universe.client, "Order", "order-1", NULL, &orders, &handle, &error);
}

static void a_call_from_inside_a_step_is_refused(void **state)
{
    struct agenda_item item = {.run = call_within};

    (void)state;
    agenda_post(tl_driver_agenda(universe.driver), &item);
    universe_run();
    assert_int_equal(status_within, TL_FAILED_PRECONDITION);
}

struct flow {
    struct coroutine_owner owner;
    struct agenda_item item;
    struct coroutine *coroutine;
};

static void call_in_workflow(void *user)
{
    struct tl_handle *handle = NULL;

    (void)user;
    status_within = tl_client_start(universe.client, "Order", "order-1", NULL, &orders, &handle, &error);
    fail_msg("%s", "a client call returned into a workflow");
}

static void resume_flow(struct agenda_item *item)
{
    struct flow *flow = CONTAINER_OF(item, struct flow, item);

    assert_int_equal(coroutine_resume(flow->coroutine), COROUTINE_ABORTED);
    coroutine_drop(flow->coroutine);
}

static void a_call_in_a_workflow_is_a_verdict(void **state)
{
    struct flow flow = {.owner = {.kind = COROUTINE_WORKFLOW, .driver = universe.driver}, .item = {.run = resume_flow}};

    (void)state;
    flow.coroutine = coroutine_new(tl_driver_pool(universe.driver), 256 << 10, call_in_workflow, &flow);
    agenda_post(tl_driver_agenda(universe.driver), &flow.item);
    universe_run();
    assert_non_null(strstr(tl_driver_verdict(universe.driver)->text, "a client call was made in a workflow"));
}

static struct tl_handle *started_in_activity;

static enum tl_status
start_another(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enum tl_status status =
        tl_client_start(universe.client, "Order", "order-7", NULL, &orders, &started_in_activity, &error);
    if (status == TL_OK) {
        return tl_activity_result_text(activity, result, "\"%s\"", tl_handle_run_id(started_in_activity));
    }
    return tl_activity_fail(activity, "NotStarted", "%s: %s", tl_status_name(status), error.message);
}

static char waits[128];

static void note_wait(void *user, const struct tl_wait *wait)
{
    (void)user;
    (void)snprintf(waits, sizeof(waits), "%s: %s", wait->coroutine, wait->waits_for);
}

static void a_call_in_an_activity_parks_it(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", start_another);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    tl_driver_waits(universe.driver, note_wait, NULL);
    assert_string_equal(waits, "Charge: StartWorkflowExecution");
    reply_started("run-7");
    universe_run();
    assert_string_equal(
        universe_text(SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCompleted, 0)->result), "\"run-7\"");
}

static enum tl_status
wait_for_another(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_handle *handle = tl_client_handle(universe.client, "order-7", NULL);

    (void)input;
    assert_int_equal(tl_heartbeat(activity, NULL), TL_OK);
    status_within = tl_handle_result(handle, result, &error);
    return status_within == TL_OK ? TL_OK : TL_CANCELED;
}

static void a_cancellation_ends_the_wait_for_a_result(void **state)
{
    Pb__RecordActivityTaskHeartbeatResponse *response = SCRIPTED_NEW(
        universe.scripted, Pb__RecordActivityTaskHeartbeatResponse, pb__record_activity_task_heartbeat_response);

    (void)state;
    response->cancel_requested = 1;
    scripted_reply(universe.scripted, RPC_RecordActivityTaskHeartbeat, response);
    tl_register_activity(universe.registry, "Charge", wait_for_another);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(status_within, TL_ABORTED);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCanceled), 1);
    assert_true(scripted_call(universe.scripted, RPC_GetWorkflowExecutionHistory, 0)->canceled);
}

static void a_worker_may_go_while_its_activity_calls(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", start_another);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    tl_worker_free(universe.worker);
    universe.worker = NULL;
    assert_true(scripted_call(universe.scripted, RPC_StartWorkflowExecution, 0)->canceled);
}

static void a_worker_may_go_when_the_reply_has_just_come(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", start_another);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    reply_started("run-7");
    assert_int_equal(tl_driver_step(universe.driver), TL_STEP_RAN);
    tl_worker_free(universe.worker);
    universe.worker = NULL;
}

static void a_client_may_go_while_an_activity_waits_for_it(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", start_another);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    tl_client_free(universe.client);
    universe.client = NULL;
    universe_run();
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_start_sends_all_that_was_given),
        TEST(a_plain_start_leaves_defaults_to_the_service),
        TEST(each_start_has_a_request_id_of_its_own),
        TEST(a_start_that_is_tried_again_keeps_its_request_id),
        TEST(refused_arguments_are_named_and_nothing_is_asked),
        TEST(the_services_refusal_is_told),
        TEST(client_options_are_checked),
        TEST(a_signal_names_its_run),
        TEST(cancel_and_terminate_carry_their_reason),
        TEST(a_call_without_hope_says_so),
        TEST(a_service_that_is_gone_is_told),
        TEST(a_stopped_driver_answers_with_its_verdict),
        TEST(a_call_from_inside_a_step_is_refused),
        TEST(a_call_in_a_workflow_is_a_verdict),
        TEST(a_call_in_an_activity_parks_it),
        TEST(a_cancellation_ends_the_wait_for_a_result),
        TEST(a_worker_may_go_while_its_activity_calls),
        TEST(a_worker_may_go_when_the_reply_has_just_come),
        TEST(a_client_may_go_while_an_activity_waits_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
