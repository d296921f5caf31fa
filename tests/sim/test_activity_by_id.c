/* SPDX-License-Identifier: MIT */
/* Activities reported on by their ids, without a task token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

#define NAME(client, request, id)                                                                                      \
    ((request)->namespace_ = client_text((client), "default"),                                                         \
     (request)->workflow_id = client_text((client), WORKFLOW),                                                         \
     (request)->activity_id = client_text((client), "%s", (id)),                                                       \
     (request)->identity = client_text((client), "clerk-1"))

static char *empty(struct service_client *client)
{
    return client_long_text(client, 0);
}

static Pb__RespondActivityTaskCompletedByIdRequest *completed(struct service_client *client, const char *id)
{
    Pb__RespondActivityTaskCompletedByIdRequest *request = PB_NEW(
        &client->arena, Pb__RespondActivityTaskCompletedByIdRequest, pb__respond_activity_task_completed_by_id_request);

    NAME(client, request, id);
    request->result = client_json(client, "\"receipt-1\"");
    return request;
}

static Pb__RespondActivityTaskFailedByIdRequest *failed(struct service_client *client, const char *id)
{
    Pb__RespondActivityTaskFailedByIdRequest *request = PB_NEW(
        &client->arena, Pb__RespondActivityTaskFailedByIdRequest, pb__respond_activity_task_failed_by_id_request);

    NAME(client, request, id);
    request->failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    request->failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    request->failure->application_failure_info =
        PB_NEW(&client->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    return request;
}

static Pb__RespondActivityTaskCanceledByIdRequest *canceled(struct service_client *client, const char *id)
{
    Pb__RespondActivityTaskCanceledByIdRequest *request = PB_NEW(
        &client->arena, Pb__RespondActivityTaskCanceledByIdRequest, pb__respond_activity_task_canceled_by_id_request);

    NAME(client, request, id);
    request->details = client_json(client, "\"as asked\"");
    return request;
}

static Pb__RecordActivityTaskHeartbeatByIdRequest *heartbeat(struct service_client *client, const char *id)
{
    Pb__RecordActivityTaskHeartbeatByIdRequest *request = PB_NEW(
        &client->arena, Pb__RecordActivityTaskHeartbeatByIdRequest, pb__record_activity_task_heartbeat_by_id_request);

    NAME(client, request, id);
    request->details = client_json(client, "50");
    return request;
}

/* A workflow that waits for activity "1"; its ActivityTaskScheduled is event 5. */
static void begin(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
}

static activity_task begin_and_start(struct service_client *client)
{
    begin(client);
    activity_task task = client_poll_activity(client);
    assert_non_null(task);
    return task;
}

static void request_cancel(struct service_client *client)
{
    client_signal(client, WORKFLOW, "stop");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));
}

/* ---- Completed ---- */

static void a_started_one_is_completed(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);

    (void)client_must(client, RPC_RespondActivityTaskCompletedById, completed(client, "1"));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
    const Pb__ActivityTaskStartedEventAttributes *started =
        client_event(client, WORKFLOW, 6)->activity_task_started_event_attributes;
    const Pb__ActivityTaskCompletedEventAttributes *ended =
        client_event(client, WORKFLOW, 7)->activity_task_completed_event_attributes;
    assert_string_equal(started->identity, "worker-1");
    assert_string_equal(ended->identity, "clerk-1");
    assert_same(ended->result, client_json(client, "\"receipt-1\""));
}

/* respondactivitytaskcompleted/api.go: its start is made up. */
static void one_that_waits_is_completed_as_if_started_now(void **state)
{
    struct service_client *client = *state;
    begin(client);
    client_pass(client, TL_SECONDS(3));

    (void)client_must(client, RPC_RespondActivityTaskCompletedById, completed(client, "1"));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 1\n"
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
    const Pb__ActivityTaskStartedEventAttributes *started =
        client_event(client, WORKFLOW, 6)->activity_task_started_event_attributes;
    assert_string_equal(started->identity, "clerk-1");
    assert_string_equal(started->request_id, "");
    assert_int_equal(pb_time(client_event(client, WORKFLOW, 6)->event_time), tl_driver_now(client->driver));
    assert_null(client_poll_activity(client)); /* its task is gone */
}

static void one_between_attempts_is_completed(void **state)
{
    struct service_client *client = *state;
    activity_task task = begin_and_start(client);
    (void)client_message(client_fail_activity(client, task, "CardDeclined", false));

    (void)client_must(client, RPC_RespondActivityTaskCompletedById, completed(client, "1"));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 ActivityTaskStarted 5 attempt 2\n"
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
    assert_string_equal(
        client_event(client, WORKFLOW, 6)
            ->activity_task_started_event_attributes->last_failure->application_failure_info->type,
        "CardDeclined");
    client_pass(client, TL_SECONDS(5));
    assert_null(client_poll_activity(client));
}

static void a_result_waits_for_the_task_that_runs(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    client_signal(client, WORKFLOW, "go on");
    workflow_task task = client_poll(client, NULL);

    (void)client_must(client, RPC_RespondActivityTaskCompletedById, completed(client, "1"));
    assert_history_from(client, WORKFLOW, 9, "");
    (void)client_complete(client, task, COMMANDS(command_cancel_activity(client, 5)));

    assert_history_from(
        client,
        WORKFLOW,
        9,
        "9 WorkflowTaskCompleted 7,8\n"
        "10 ActivityTaskCancelRequested 5\n"
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskCompleted 5,11\n"
        "13 WorkflowTaskScheduled orders\n");
}

static void a_result_that_is_too_large_fails_a_started_one_alone(void **state)
{
    struct service_client *client = *state;
    begin(client);
    Pb__RespondActivityTaskCompletedByIdRequest *request = completed(client, "1");
    request->result->payloads[0]->data.data = (uint8_t *)client_long_text(client, (size_t)2 << 20);
    request->result->payloads[0]->data.len = (size_t)2 << 20;

    assert_refused(client_ask(client, RPC_RespondActivityTaskCompletedById, request), TL_NOT_FOUND, "is not started");
    assert_non_null(client_poll_activity(client));
    (void)client_must(client, RPC_RespondActivityTaskCompletedById, request);

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

/* ---- Failed, canceled, alive ---- */

static void a_failure_brings_another_attempt(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    Pb__RespondActivityTaskFailedByIdRequest *request = failed(client, "1");
    request->last_heartbeat_details = client_json(client, "70");

    const Pb__RespondActivityTaskFailedByIdResponse *response =
        client_must(client, RPC_RespondActivityTaskFailedById, request);

    assert_int_equal(response->n_failures, 0);
    client_pass(client, TL_SECONDS(1));
    activity_task task = client_poll_activity(client);
    assert_int_equal(task->attempt, 2);
    assert_same(task->heartbeat_details, client_json(client, "70"));
}

/* Unlike by token: workflow_handler.go (RespondActivityTaskFailedById). */
static void any_kind_of_failure_is_taken(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    Pb__RespondActivityTaskFailedByIdRequest *request = failed(client, "1");
    request->failure->failure_info_case = PB__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO;
    request->failure->canceled_failure_info =
        PB_NEW(&client->arena, Pb__CanceledFailureInfo, pb__canceled_failure_info);

    (void)client_must(client, RPC_RespondActivityTaskFailedById, request);

    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskFailed 5,6 NON_RETRYABLE_FAILURE\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void a_failure_that_is_too_large_is_said_to_be(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    Pb__RespondActivityTaskFailedByIdRequest *request = failed(client, "1");
    request->failure->message = client_long_text(client, (size_t)2 << 20);

    const Pb__RespondActivityTaskFailedByIdResponse *response =
        client_must(client, RPC_RespondActivityTaskFailedById, request);

    assert_int_equal(response->n_failures, 1);
    assert_string_equal(response->failures[0]->message, "Failure exceeds size limit.");
    assert_in_range(strlen(response->failures[0]->cause->message), 500000, 512 << 10);
}

static void a_cancellation_is_confirmed(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCanceledById, canceled(client, "1")),
        TL_INVALID_ARGUMENT,
        "was not requested");
    request_cancel(client);

    (void)client_must(client, RPC_RespondActivityTaskCanceledById, canceled(client, "1"));

    assert_history_from(
        client,
        WORKFLOW,
        11,
        "11 ActivityTaskStarted 5 attempt 1\n"
        "12 ActivityTaskCanceled 5,11 after 10\n"
        "13 WorkflowTaskScheduled orders\n");
    assert_same(
        client_event(client, WORKFLOW, 12)->activity_task_canceled_event_attributes->details,
        client_json(client, "\"as asked\""));
}

static void a_heartbeat_says_whether_to_stop(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);

    const Pb__RecordActivityTaskHeartbeatByIdResponse *response =
        client_must(client, RPC_RecordActivityTaskHeartbeatById, heartbeat(client, "1"));
    assert_false(response->cancel_requested);
    request_cancel(client);
    response = client_must(client, RPC_RecordActivityTaskHeartbeatById, heartbeat(client, "1"));
    assert_true(response->cancel_requested);
}

/* ---- Names ---- */

static void one_that_is_not_started_reports_nothing(void **state)
{
    struct service_client *client = *state;
    begin(client);

    assert_refused(
        client_ask(client, RPC_RespondActivityTaskFailedById, failed(client, "1")), TL_NOT_FOUND, "is not started");
    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCanceledById, canceled(client, "1")), TL_NOT_FOUND, "is not started");
    assert_refused(
        client_ask(client, RPC_RecordActivityTaskHeartbeatById, heartbeat(client, "1")),
        TL_NOT_FOUND,
        "is not started");
    assert_history_from(client, WORKFLOW, 6, "");
}

static void names_must_be_of_something(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    Pb__RespondActivityTaskCompletedByIdRequest *request = completed(client, "");

    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCompletedById, request),
        TL_INVALID_ARGUMENT,
        "activity_id is not set");
    request = completed(client, "2");
    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCompletedById, request), TL_NOT_FOUND, "no pending activity 2");
    request->workflow_id = client_text(client, "order-2");
    assert_refused(client_ask(client, RPC_RespondActivityTaskCompletedById, request), TL_NOT_FOUND, "order-2");
    request->workflow_id = empty(client);
    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCompletedById, request),
        TL_INVALID_ARGUMENT,
        "workflow_id is not set");
    request = completed(client, "1");
    request->run_id = client_text(client, "run-1");
    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCompletedById, request), TL_INVALID_ARGUMENT, "run_id is no UUID");
    request = completed(client, "1");
    request->identity = client_long_text(client, 1001);
    assert_refused(client_ask(client, RPC_RespondActivityTaskCompletedById, request), TL_INVALID_ARGUMENT, "identity");
    request = completed(client, "1");
    request->namespace_ = client_text(client, "elsewhere");
    assert_refused(client_ask(client, RPC_RespondActivityTaskCompletedById, request), TL_NOT_FOUND, "elsewhere");
    assert_history_from(client, WORKFLOW, 6, "");
}

static void a_run_may_be_named(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start(client, WORKFLOW);
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_activity(client, "1", "ChargeCard")));
    Pb__RespondActivityTaskCompletedByIdRequest *request = completed(client, "1");
    request->run_id = client_text(client, "%s", first);
    (void)client_must(client, RPC_RespondActivityTaskCompletedById, request);
    client_terminate(client, WORKFLOW);
    begin(client);

    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCompletedById, request), TL_NOT_FOUND, "already completed");
    request->run_id = empty(client); /* the newest */
    (void)client_must(client, RPC_RespondActivityTaskCompletedById, request);
    assert_history_from(
        client,
        WORKFLOW,
        7,
        "7 ActivityTaskCompleted 5,6\n"
        "8 WorkflowTaskScheduled orders\n");
}

static void a_closed_run_hears_nothing(void **state)
{
    struct service_client *client = *state;
    (void)begin_and_start(client);
    client_terminate(client, WORKFLOW);

    assert_refused(
        client_ask(client, RPC_RespondActivityTaskCompletedById, completed(client, "1")),
        TL_NOT_FOUND,
        "already completed");
    assert_refused(
        client_ask(client, RPC_RecordActivityTaskHeartbeatById, heartbeat(client, "1")),
        TL_NOT_FOUND,
        "already completed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_started_one_is_completed),
        SERVICE_TEST(one_that_waits_is_completed_as_if_started_now),
        SERVICE_TEST(one_between_attempts_is_completed),
        SERVICE_TEST(a_result_waits_for_the_task_that_runs),
        SERVICE_TEST(a_result_that_is_too_large_fails_a_started_one_alone),
        SERVICE_TEST(a_failure_brings_another_attempt),
        SERVICE_TEST(any_kind_of_failure_is_taken),
        SERVICE_TEST(a_failure_that_is_too_large_is_said_to_be),
        SERVICE_TEST(a_cancellation_is_confirmed),
        SERVICE_TEST(a_heartbeat_says_whether_to_stop),
        SERVICE_TEST(one_that_is_not_started_reports_nothing),
        SERVICE_TEST(names_must_be_of_something),
        SERVICE_TEST(a_run_may_be_named),
        SERVICE_TEST(a_closed_run_hears_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
