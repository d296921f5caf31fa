/* SPDX-License-Identifier: MIT */
/* Runs that are tried again: after which ends, when, and what the next attempt has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_chains.h"

typedef Pb__StartWorkflowExecutionRequest *start_request;
typedef const Pb__WorkflowExecutionStartedEventAttributes *started_event;
typedef const Pb__WorkflowExecutionFailedEventAttributes *failed_event;

/* A start whose workflow is retried, with all that a run can be given. */
static start_request retried(struct service_client *client)
{
    start_request request = client_start_request(client, WORKFLOW);

    request->retry_policy = client_retry_policy(client);
    return request;
}

static Pb__Command *failing(struct service_client *client, const char *type)
{
    return command_fail(client, type);
}

/* The first task of the newest run fails it. */
static void fail_run(struct service_client *client)
{
    workflow_task task = client_poll(client, NULL);

    assert_non_null(task);
    (void)client_complete(client, task, COMMANDS(failing(client, "CardDeclined")));
}

static failed_event failed(struct service_client *client, const char *run_id)
{
    return client_last_event(client, run_id)->workflow_execution_failed_event_attributes;
}

static int retry_state_of(struct service_client *client, const char *run_id)
{
    return (int)failed(client, run_id)->retry_state;
}

static void a_failed_run_is_tried_again(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start_as(client, retried(client))->run_id;
    client_pass(client, TL_SECONDS(5));

    fail_run(client);

    assert_run(
        client,
        first,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionFailed IN_PROGRESS\n");
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n");
    failed_event end = failed(client, first);
    started_event next = client_started(client, end->new_execution_run_id);
    assert_int_equal(next->attempt, 2);
    assert_int_equal(next->initiator, CONTINUE_AS_NEW_INITIATOR_RETRY);
    assert_int_equal(pb_nanoseconds(next->first_workflow_task_backoff), TL_SECONDS(1));
    assert_string_equal(next->continued_execution_run_id, first);
    assert_string_equal(next->first_execution_run_id, first);
    assert_string_equal(next->original_execution_run_id, end->new_execution_run_id);
    assert_same(next->continued_failure, end->failure);
    assert_null(next->last_completion_result);
    client_pass(client, TL_MILLISECONDS(999));
    assert_history_from(client, WORKFLOW, 2, "");
    client_pass(client, TL_MILLISECONDS(1));
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
}

static void the_next_attempt_has_what_the_first_was_given(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->input = client_json(client, "{\"order\": 1}");
    request->memo = client_memo(client, "note", "\"fragile\"");
    request->workflow_run_timeout = client_duration(client, TL_MINUTES(2));
    request->workflow_execution_timeout = client_duration(client, TL_MINUTES(10));
    request->workflow_task_timeout = client_duration(client, TL_SECONDS(4));
    request->last_completion_result = client_json(client, "\"before\"");
    Pb__Link *links[] = {client_link(client)};
    request->n_links = 1;
    request->links = links;
    const char *first = client_start_as(client, request)->run_id;
    started_event begun = client_started(client, first);
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_modify(client, "note", "\"solid\"")));
    client_signal(client, WORKFLOW, "go on");

    fail_run(client);

    started_event next = client_started(client, failed(client, first)->new_execution_run_id);
    assert_string_equal(next->workflow_type->name, "OrderSaga");
    assert_same(next->task_queue, begun->task_queue);
    assert_same(next->input, begun->input);
    assert_same(next->memo, begun->memo); /* as it was at the start */
    assert_same(next->retry_policy, begun->retry_policy);
    assert_same(next->workflow_run_timeout, begun->workflow_run_timeout);
    assert_same(next->workflow_execution_timeout, begun->workflow_execution_timeout);
    assert_same(next->workflow_execution_expiration_time, begun->workflow_execution_expiration_time);
    assert_same(next->workflow_task_timeout, begun->workflow_task_timeout);
    assert_null(next->last_completion_result);
    assert_string_equal(next->identity, "");
    assert_same(client_event(client, WORKFLOW, 1)->links[0], links[0]);
}

static void each_attempt_waits_longer(void **state)
{
    static const int64_t delays[] = {1, 2, 4, 5, 5};
    struct service_client *client = *state;
    start_request request = retried(client);
    request->retry_policy->maximum_interval = client_duration(client, TL_SECONDS(5));
    const char *run_id = client_start_as(client, request)->run_id;

    for (size_t i = 0; i < 5; i++) {
        client_pass(client, TL_SECONDS(5));
        fail_run(client);
        run_id = failed(client, run_id)->new_execution_run_id;
        started_event next = client_started(client, run_id);
        assert_int_equal(next->attempt, (int32_t)i + 2);
        assert_int_equal(pb_nanoseconds(next->first_workflow_task_backoff), TL_SECONDS(delays[i]));
    }
}

static void attempts_end(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->retry_policy->maximum_attempts = 2;
    const char *first = client_start_as(client, request)->run_id;
    fail_run(client);
    const char *second = failed(client, first)->new_execution_run_id;
    client_pass(client, TL_SECONDS(1));

    fail_run(client);

    assert_int_equal(retry_state_of(client, second), RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_string_equal(failed(client, second)->new_execution_run_id, "");
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void attempts_begin_a_second_apart(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->retry_policy->initial_interval = client_duration(client, TL_MILLISECONDS(10));
    const char *first = client_start_as(client, request)->run_id;
    client_pass(client, TL_MILLISECONDS(100));

    fail_run(client);

    started_event next = client_started(client, failed(client, first)->new_execution_run_id);
    assert_int_equal(pb_nanoseconds(next->first_workflow_task_backoff), TL_MILLISECONDS(900));
}

/* ---- Failures ---- */

/* Fails the run with this failure; the retry state that its end tells. */
static int state_after(struct service_client *client, start_request request, Pb__Failure *failure)
{
    const char *run_id = client_start_as(client, request)->run_id;
    Pb__Command *command = command_fail(client, "CardDeclined");

    command->fail_workflow_execution_command_attributes->failure = failure;
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command));
    int retry_state = retry_state_of(client, run_id);
    if (retry_state == RETRY_STATE_IN_PROGRESS) {
        client_terminate(client, WORKFLOW);
    }
    return retry_state;
}

static Pb__Failure *application(struct service_client *client, const char *type, bool non_retryable)
{
    Pb__Failure *failure = command_fail(client, type)->fail_workflow_execution_command_attributes->failure;

    failure->application_failure_info->non_retryable = non_retryable;
    return failure;
}

static Pb__Failure *timed_out(struct service_client *client, int type)
{
    Pb__Failure *failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);

    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    failure->timeout_failure_info = PB_NEW(&client->arena, Pb__TimeoutFailureInfo, pb__timeout_failure_info);
    failure->timeout_failure_info->timeout_type = (Pb__TimeoutType)type;
    return failure;
}

static void not_every_failure_is_tried_again(void **state)
{
    struct service_client *client = *state;
    char *types[] = {client_text(client, "OutOfStock"), client_text(client, "TemporalTimeout:StartToClose")};
    start_request request = retried(client);
    Pb__Failure *canceled = PB_NEW(&client->arena, Pb__Failure, pb__failure);
    canceled->failure_info_case = PB__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO;
    canceled->canceled_failure_info = PB_NEW(&client->arena, Pb__CanceledFailureInfo, pb__canceled_failure_info);
    request->retry_policy->n_non_retryable_error_types = 2;
    request->retry_policy->non_retryable_error_types = types;

#define STATE_AFTER(failure, expected) assert_int_equal(state_after(client, request, failure), RETRY_STATE_##expected)
    STATE_AFTER(application(client, "CardDeclined", false), IN_PROGRESS);
    STATE_AFTER(application(client, "CardDeclined", true), NON_RETRYABLE_FAILURE);
    STATE_AFTER(application(client, "OutOfStock", false), NON_RETRYABLE_FAILURE);
    STATE_AFTER(timed_out(client, TIMEOUT_TYPE_HEARTBEAT), IN_PROGRESS);
    STATE_AFTER(timed_out(client, TIMEOUT_TYPE_START_TO_CLOSE), NON_RETRYABLE_FAILURE);
    STATE_AFTER(timed_out(client, TIMEOUT_TYPE_SCHEDULE_TO_CLOSE), NON_RETRYABLE_FAILURE);
    STATE_AFTER(canceled, NON_RETRYABLE_FAILURE);
    STATE_AFTER(PB_NEW(&client->arena, Pb__Failure, pb__failure), IN_PROGRESS);
#undef STATE_AFTER
    assert_int_equal(
        state_after(client, client_start_request(client, WORKFLOW), application(client, "CardDeclined", false)),
        RETRY_STATE_RETRY_POLICY_NOT_SET);
}

static void a_failure_may_ask_for_a_delay(void **state)
{
    struct service_client *client = *state;
    const char *first = client_start_as(client, retried(client))->run_id;
    Pb__Command *command = command_fail(client, "CardDeclined");
    command->fail_workflow_execution_command_attributes->failure->application_failure_info->next_retry_delay =
        client_duration(client, TL_SECONDS(42));

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command));

    started_event next = client_started(client, failed(client, first)->new_execution_run_id);
    assert_int_equal(pb_nanoseconds(next->first_workflow_task_backoff), TL_SECONDS(42));
}

static void a_canceled_or_completed_run_is_not_tried_again(void **state)
{
    struct service_client *client = *state;

    (void)client_start_as(client, retried(client));
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel(client)));
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
    (void)client_start_as(client, retried(client));
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
    (void)client_start_as(client, retried(client));
    client_terminate(client, WORKFLOW);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

/* ---- Timeouts ---- */

static void a_run_that_times_out_is_tried_again(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(30));
    request->last_completion_result = client_json(client, "\"before\"");
    const char *first = client_start_as(client, request)->run_id;
    (void)client_poll(client, NULL);
    client_signal(client, WORKFLOW, "hello");

    client_pass(client, TL_SECONDS(30));

    assert_run(
        client,
        first,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskTimedOut 2,3 START_TO_CLOSE\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowTaskScheduled orders\n"
        "7 WorkflowExecutionTimedOut IN_PROGRESS\n");
    const char *second =
        client_last_event(client, first)->workflow_execution_timed_out_event_attributes->new_execution_run_id;
    started_event next = client_started(client, second);
    assert_int_equal(next->attempt, 2);
    assert_int_equal(next->initiator, CONTINUE_AS_NEW_INITIATOR_RETRY);
    assert_string_equal(next->continued_failure->message, "workflow timeout");
    assert_string_equal(next->continued_failure->source, "Server");
    assert_int_equal(next->continued_failure->timeout_failure_info->timeout_type, TIMEOUT_TYPE_START_TO_CLOSE);
    assert_same(next->last_completion_result, request->last_completion_result);
    client_pass(client, TL_SECONDS(30)); /* a second of it is the back-off */
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
    client_pass(client, TL_SECONDS(1));
    assert_int_equal(client_last_event(client, second)->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT);
}

static void a_started_task_fails_first(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(5));
    const char *first = client_start_as(client, request)->run_id;
    (void)client_poll(client, NULL);

    client_pass(client, TL_SECONDS(5));

    assert_run(
        client,
        first,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionTimedOut IN_PROGRESS\n");
}

static void a_policy_may_leave_timeouts_out(void **state)
{
    struct service_client *client = *state;
    char *types[] = {client_text(client, "TemporalTimeout:StartToClose")};
    start_request request = retried(client);
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(5));
    request->retry_policy->n_non_retryable_error_types = 1;
    request->retry_policy->non_retryable_error_types = types;
    (void)client_start_as(client, request);

    client_pass(client, TL_SECONDS(5));

    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTimedOut NON_RETRYABLE_FAILURE\n");
}

static void a_chain_does_not_outlive_its_timeout(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->workflow_execution_timeout = client_duration(client, TL_SECONDS(10));
    request->retry_policy->initial_interval = client_duration(client, TL_SECONDS(4));
    const char *first = client_start_as(client, request)->run_id;
    fail_run(client);
    const char *second = failed(client, first)->new_execution_run_id;
    client_pass(client, TL_SECONDS(4));

    fail_run(client); /* eight more seconds would be too many */

    assert_int_equal(retry_state_of(client, second), RETRY_STATE_TIMEOUT);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void a_chain_that_expired_is_not_asked(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->workflow_execution_timeout = client_duration(client, TL_SECONDS(10));
    (void)client_start_as(client, request);

    client_pass(client, TL_SECONDS(10));

    assert_history_from(client, WORKFLOW, 3, "3 WorkflowExecutionTimedOut TIMEOUT\n");
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

/* ---- The id ---- */

static void a_start_finds_the_newest_of_the_chain(void **state)
{
    struct service_client *client = *state;
    start_request request = retried(client);
    request->request_id = client_text(client, "the-request");
    const char *first = client_start_as(client, request)->run_id;
    fail_run(client);
    const char *second = failed(client, first)->new_execution_run_id;

    assert_refused(
        client_ask(client, RPC_StartWorkflowExecution, request), TL_ALREADY_EXISTS, "a run of this id is running");
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;
    const Pb__StartWorkflowExecutionResponse *response = client_start_as(client, request);
    assert_false(response->started);
    assert_string_equal(response->run_id, second);
    assert_string_equal(response->first_execution_run_id, first);
}

static void a_cancellation_does_not_wait_for_the_backoff(void **state)
{
    struct service_client *client = *state;
    Pb__RequestCancelWorkflowExecutionRequest *request = client_cancel_request(client, WORKFLOW);
    request->first_execution_run_id = client_text(client, "%s", client_start_as(client, retried(client))->run_id);
    fail_run(client);

    (void)client_must(client, RPC_RequestCancelWorkflowExecution, request);

    assert_history_from(client, WORKFLOW, 2, "2 WorkflowExecutionCancelRequested\n3 WorkflowTaskScheduled orders\n");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel(client)));
    client_pass(client, TL_SECONDS(2));
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void a_run_in_its_backoff_can_be_terminated(void **state)
{
    struct service_client *client = *state;
    (void)client_start_as(client, retried(client));
    fail_run(client);

    client_terminate(client, WORKFLOW);

    assert_history(
        client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n2 WorkflowExecutionTerminated out of patience\n");
    assert_false(client_skip(client)); /* nothing is left to wait for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_failed_run_is_tried_again),
        SERVICE_TEST(the_next_attempt_has_what_the_first_was_given),
        SERVICE_TEST(each_attempt_waits_longer),
        SERVICE_TEST(attempts_end),
        SERVICE_TEST(attempts_begin_a_second_apart),
        SERVICE_TEST(not_every_failure_is_tried_again),
        SERVICE_TEST(a_failure_may_ask_for_a_delay),
        SERVICE_TEST(a_canceled_or_completed_run_is_not_tried_again),
        SERVICE_TEST(a_run_that_times_out_is_tried_again),
        SERVICE_TEST(a_started_task_fails_first),
        SERVICE_TEST(a_policy_may_leave_timeouts_out),
        SERVICE_TEST(a_chain_does_not_outlive_its_timeout),
        SERVICE_TEST(a_chain_that_expired_is_not_asked),
        SERVICE_TEST(a_start_finds_the_newest_of_the_chain),
        SERVICE_TEST(a_cancellation_does_not_wait_for_the_backoff),
        SERVICE_TEST(a_run_in_its_backoff_can_be_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
