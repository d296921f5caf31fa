/* SPDX-License-Identifier: MIT */
/* Failures of attempts: what is kept of large ones, and where they show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_client.h"

#define KIBIBYTE ((size_t)1 << 10)

static activity_task begin_and_start(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    activity_task task = client_poll_activity(client);
    assert_non_null(task);
    return task;
}

static Pb__Failure *application_failure(struct service_client *client, const char *type)
{
    Pb__Failure *failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);

    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    failure->application_failure_info =
        PB_NEW(&client->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    failure->application_failure_info->type = client_text(client, "%s", type);
    return failure;
}

static const Pb__RespondActivityTaskFailedResponse *
fail_with(struct service_client *client, activity_task task, Pb__Failure *failure)
{
    Pb__RespondActivityTaskFailedRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskFailedRequest, pb__respond_activity_task_failed_request);

    request->namespace_ = client_text(client, "default");
    request->task_token = task->task_token;
    request->failure = failure;
    return client_must(client, RPC_RespondActivityTaskFailed, request);
}

/* The failure that is kept between attempts. */
static const Pb__Failure *kept(struct service_client *client)
{
    Pb__DescribeWorkflowExecutionRequest *request =
        PB_NEW(&client->arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);

    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    const Pb__DescribeWorkflowExecutionResponse *told = client_must(client, RPC_DescribeWorkflowExecution, request);
    return told->pending_activities[0]->last_failure;
}

static void one_of_four_kibibytes_is_kept_whole(void **state)
{
    struct service_client *client = *state;
    Pb__Failure *failure = application_failure(client, "CardDeclined");
    failure->message = client_long_text(client, 4 * KIBIBYTE);
    failure->message[4 * KIBIBYTE - (message_size(failure) - 4 * KIBIBYTE)] = '\0';
    assert_int_equal(message_size(failure), 4 * KIBIBYTE);

    (void)fail_with(client, begin_and_start(client), failure);

    assert_same(kept(client), failure);
}

static void of_a_larger_one_the_beginning_is_kept(void **state)
{
    struct service_client *client = *state;
    Pb__Failure *failure = application_failure(client, "CardDeclined");
    failure->source = client_text(client, "shop");
    failure->message = client_long_text(client, 3 * KIBIBYTE);
    failure->stack_trace = client_long_text(client, 3 * KIBIBYTE);
    failure->cause = application_failure(client, "NoMoney");

    (void)fail_with(client, begin_and_start(client), failure);

    const Pb__Failure *left = kept(client);
    assert_string_equal(left->message, "Failure exceeds size limit.");
    assert_false(left->server_failure_info->non_retryable);
    assert_string_equal(left->cause->application_failure_info->type, "CardDeclined");
    assert_string_equal(left->cause->source, "shop");
    assert_string_equal(left->cause->message, failure->message);
    size_t room = 4 * KIBIBYTE - strlen("CardDeclined") - 4 - 8 - strlen("shop") - 4 - 3 * KIBIBYTE - 4;
    assert_int_equal(strlen(left->cause->stack_trace), room);
    assert_null(left->cause->cause); /* nothing left for it */
    assert_in_range(message_size(left->cause), 1, 4 * KIBIBYTE);
}

static void causes_are_kept_as_far_as_there_is_room(void **state)
{
    struct service_client *client = *state;
    Pb__Failure *failure = application_failure(client, "CardDeclined");
    failure->cause = application_failure(client, "NoMoney");
    failure->cause->application_failure_info->non_retryable = true;
    failure->cause->cause = application_failure(client, "NoWork");
    failure->cause->cause->message = client_long_text(client, 8 * KIBIBYTE);

    (void)fail_with(client, begin_and_start(client), failure);

    const Pb__Failure *left = kept(client)->cause;
    assert_string_equal(left->application_failure_info->type, "CardDeclined");
    assert_string_equal(left->cause->application_failure_info->type, "NoMoney");
    assert_true(left->cause->application_failure_info->non_retryable);
    assert_string_equal(left->cause->cause->application_failure_info->type, "NoWork");
    assert_in_range(strlen(left->cause->cause->message), 3 * KIBIBYTE, 4 * KIBIBYTE);
}

/* common/util/util.go, TruncateUTF8. */
static void no_character_is_cut(void **state)
{
    struct service_client *client = *state;
    Pb__Failure *failure = application_failure(client, "");
    char *text = client_long_text(client, 6 * KIBIBYTE);
    for (size_t i = 0; i < 6 * KIBIBYTE; i += 3) {
        text[i] = '\xE2'; /* the sign of the euro */
        text[i + 1] = '\x82';
        text[i + 2] = '\xAC';
    }
    failure->message = text;

    (void)fail_with(client, begin_and_start(client), failure);

    size_t length = strlen(kept(client)->cause->message);
    assert_in_range(length, 4000, 4 * KIBIBYTE);
    assert_int_equal(length % 3, 0);
}

static void the_next_start_shows_what_is_kept(void **state)
{
    struct service_client *client = *state;
    Pb__Failure *failure = application_failure(client, "CardDeclined");
    failure->message = client_long_text(client, 10 * KIBIBYTE);
    (void)fail_with(client, begin_and_start(client), failure);
    client_pass(client, TL_SECONDS(1));

    (void)client_message(client_complete_activity(client, client_poll_activity(client)));

    const Pb__Failure *last = client_event(client, WORKFLOW, 6)->activity_task_started_event_attributes->last_failure;
    assert_string_equal(last->message, "Failure exceeds size limit.");
    assert_string_equal(last->cause->application_failure_info->type, "CardDeclined");
}

static void the_last_failure_is_written_whole(void **state)
{
    struct service_client *client = *state;
    Pb__Failure *failure = application_failure(client, "CardDeclined");
    failure->message = client_long_text(client, 10 * KIBIBYTE);
    failure->application_failure_info->non_retryable = true;

    (void)fail_with(client, begin_and_start(client), failure);

    assert_same(client_event(client, WORKFLOW, 7)->activity_task_failed_event_attributes->failure, failure);
}

static void one_that_no_event_can_hold_is_final(void **state)
{
    struct service_client *client = *state;
    Pb__Failure *failure = application_failure(client, "CardDeclined");
    failure->message = client_long_text(client, 2048 * KIBIBYTE);

    const Pb__RespondActivityTaskFailedResponse *response = fail_with(client, begin_and_start(client), failure);

    assert_int_equal(response->n_failures, 1);
    const Pb__Failure *written = client_event(client, WORKFLOW, 7)->activity_task_failed_event_attributes->failure;
    assert_same(written, response->failures[0]);
    assert_true(written->server_failure_info->non_retryable);
    assert_string_equal(written->cause->application_failure_info->type, "CardDeclined");
    assert_int_equal(strlen(written->cause->message), 512 * KIBIBYTE - strlen("CardDeclined") - 12);
}

/* ---- Versions of workers ---- */

static Pb__WorkerVersionStamp *stamp(struct service_client *client)
{
    Pb__WorkerVersionStamp *made = PB_NEW(&client->arena, Pb__WorkerVersionStamp, pb__worker_version_stamp);

    made->build_id = client_text(client, "build-7");
    return made;
}

static void who_completes_says_its_version(void **state)
{
    struct service_client *client = *state;
    Pb__RespondActivityTaskCompletedRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskCompletedRequest, pb__respond_activity_task_completed_request);
    request->namespace_ = client_text(client, "default");
    request->task_token = begin_and_start(client)->task_token;
    request->worker_version = stamp(client);

    (void)client_must(client, RPC_RespondActivityTaskCompleted, request);

    assert_string_equal(
        client_event(client, WORKFLOW, 6)->activity_task_started_event_attributes->worker_version->build_id, "build-7");
}

/* mutable_state_impl.go, AddActivityTaskCanceledEvent: nobody asks it. */
static void who_cancels_does_not(void **state)
{
    struct service_client *client = *state;
    Pb__RespondActivityTaskCanceledRequest *request =
        PB_NEW(&client->arena, Pb__RespondActivityTaskCanceledRequest, pb__respond_activity_task_canceled_request);
    request->namespace_ = client_text(client, "default");
    request->task_token = begin_and_start(client)->task_token;
    request->worker_version = stamp(client);
    client_signal(client, WORKFLOW, "stop");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));

    (void)client_must(client, RPC_RespondActivityTaskCanceled, request);

    assert_null(client_event(client, WORKFLOW, 11)->activity_task_started_event_attributes->worker_version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(one_of_four_kibibytes_is_kept_whole),
        SERVICE_TEST(of_a_larger_one_the_beginning_is_kept),
        SERVICE_TEST(causes_are_kept_as_far_as_there_is_room),
        SERVICE_TEST(no_character_is_cut),
        SERVICE_TEST(the_next_start_shows_what_is_kept),
        SERVICE_TEST(the_last_failure_is_written_whole),
        SERVICE_TEST(one_that_no_event_can_hold_is_final),
        SERVICE_TEST(who_completes_says_its_version),
        SERVICE_TEST(who_cancels_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
