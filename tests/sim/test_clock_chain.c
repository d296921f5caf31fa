/* SPDX-License-Identifier: MIT */
/* A skipped clock over a chain of runs, and polls for the end of a fast-forward. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_chains.h"
#include "tests/lib/service_client.h"

#define START TL_SECONDS(1577836800)

static Pb__TimeSkippingConfig *skipping(struct service_client *client, const char *id, tl_duration duration)
{
    Pb__TimeSkippingConfig *config = PB_NEW(&client->arena, Pb__TimeSkippingConfig, pb__time_skipping_config);

    config->enabled = true;
    if (duration != 0) {
        config->fast_forward_config = PB_NEW(&client->arena, Pb__FastForwardConfig, pb__fast_forward_config);
        config->fast_forward_config->id = client_text(client, "%s", id);
        config->fast_forward_config->duration = client_duration(client, duration);
    }
    return config;
}

static void
begin(struct service_client *client, Pb__TimeSkippingConfig *config, size_t count, Pb__Command *const *commands)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    request->time_skipping_config = config;
    (void)client_must(client, RPC_StartWorkflowExecution, request);
    (void)client_complete(client, client_poll(client, NULL), count, commands);
    client_run(client);
}

static void go_on(struct service_client *client, size_t count, Pb__Command *const *commands)
{
    (void)client_complete(client, client_poll(client, NULL), count, commands);
    client_run(client);
}

static tl_time time_of(struct service_client *client, int64_t event_id)
{
    return pb_time(client_event(client, WORKFLOW, event_id)->event_time) - START;
}

static const Pb__WorkflowExecutionStartedEventAttributes *started(struct service_client *client)
{
    return client_event(client, WORKFLOW, 1)->workflow_execution_started_event_attributes;
}

/* ---- Chains ---- */

static void the_next_run_goes_on_at_the_time_of_the_last(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client, "", 0), COMMANDS(command_timer(client, "1", TL_DAYS(30))));

    go_on(client, COMMANDS(command_continue_as_new(client)));

    assert_int_equal(time_of(client, 1), TL_DAYS(30));
    assert_true(started(client)->time_skipping_config->enabled);
    const Pb__TimeSkippingStatePropagation *handed_on = started(client)->time_skipping_state_propagation;
    assert_int_equal(pb_nanoseconds(handed_on->initial_skipped_duration), TL_DAYS(30));
    assert_int_equal(handed_on->initial_skip_count, 1);
    assert_null(handed_on->fast_forward_target_time);
    go_on(client, COMMANDS(command_timer(client, "1", TL_HOURS(1))));
    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 TimerStarted 1 1h\n"
        "6 WorkflowExecutionTimeSkippingTransitioned\n"
        "7 TimerFired 1 5\n"
        "8 WorkflowTaskScheduled orders\n");
    assert_int_equal(time_of(client, 7), TL_DAYS(30) + TL_HOURS(1));
    assert_int_equal(tl_driver_now(client->driver), START);
}

static void the_wait_between_two_runs_is_skipped(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client, "", 0), COMMANDS(command_continue_as_new(client)));

    assert_history(
        client,
        WORKFLOW,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowExecutionTimeSkippingTransitioned\n"
        "3 WorkflowTaskScheduled orders\n");
    assert_int_equal(time_of(client, 3), TL_SECONDS(1));
}

static void a_session_counts_over_the_chain(void **state)
{
    struct service_client *client = *state;
    Pb__TimeSkippingConfig *config = skipping(client, "", 0);
    config->max_session_skip_count = 2;
    begin(client, config, COMMANDS(command_timer(client, "1", TL_HOURS(1))));
    go_on(client, COMMANDS(command_continue_as_new(client)));

    go_on(client, COMMANDS(command_timer(client, "1", TL_HOURS(1))));

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 TimerStarted 1 1h\n6 WorkflowExecutionTimeSkippingTransitioned\n"
        "7 TimerFired 1 5\n8 WorkflowTaskScheduled orders\n");
    go_on(client, COMMANDS(command_timer(client, "2", TL_HOURS(1))));
    assert_history_from(client, WORKFLOW, 11, "11 TimerStarted 2 1h\n");
}

static void a_fast_forward_goes_on_over_the_chain(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client, "ff-1", TL_HOURS(3)), COMMANDS(command_timer(client, "1", TL_HOURS(2))));
    go_on(client, COMMANDS(command_continue_as_new(client)));
    assert_int_equal(
        pb_time(started(client)->time_skipping_state_propagation->fast_forward_target_time) - START, TL_HOURS(3));

    go_on(client, COMMANDS(command_timer(client, "1", TL_HOURS(2))));

    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTimeSkippingTransitioned\n");
    const Pb__WorkflowExecutionTimeSkippingTransitionedEventAttributes *transitioned =
        client_event(client, WORKFLOW, 6)->workflow_execution_time_skipping_transitioned_event_attributes;
    assert_int_equal(pb_time(transitioned->target_time) - START, TL_HOURS(3));
    assert_true(transitioned->disabled_after_fast_forward);
}

static void a_retry_goes_on_at_the_time_of_the_failure_and_its_wait_is_skipped(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    request->time_skipping_config = skipping(client, "", 0);
    request->retry_policy = client_retry_policy(client);
    (void)client_must(client, RPC_StartWorkflowExecution, request);
    go_on(client, COMMANDS(command_timer(client, "1", TL_HOURS(1))));

    go_on(client, COMMANDS(command_fail(client, "CardDeclined")));

    assert_int_equal(started(client)->attempt, 2);
    assert_int_equal(time_of(client, 1), TL_HOURS(1));
    assert_int_equal(started(client)->time_skipping_state_propagation->initial_skip_count, 1);
    assert_history_from(
        client, WORKFLOW, 2, "2 WorkflowExecutionTimeSkippingTransitioned\n3 WorkflowTaskScheduled orders\n");
    assert_int_equal(tl_driver_now(client->driver), START);
}

static void a_run_that_is_started_with_a_signal_skips_too(void **state)
{
    struct service_client *client = *state;
    Pb__SignalWithStartWorkflowExecutionRequest *request = client_signal_with_start_request(client, WORKFLOW, "hello");
    request->time_skipping_config = skipping(client, "", 0);
    (void)client_must(client, RPC_SignalWithStartWorkflowExecution, request);

    go_on(client, COMMANDS(command_timer(client, "1", TL_DAYS(30))));

    assert_true(started(client)->time_skipping_config->enabled);
    assert_int_equal(time_of(client, 8), TL_DAYS(30));
    assert_int_equal(client_event(client, WORKFLOW, 8)->event_type, EVENT_TYPE_TIMER_FIRED);
}

static void a_chain_that_never_skipped_hands_on_nothing(void **state)
{
    struct service_client *client = *state;
    begin(client, NULL, COMMANDS(command_continue_as_new(client)));
    client_pass(client, TL_SECONDS(1));

    assert_null(started(client)->time_skipping_config);
    assert_null(started(client)->time_skipping_state_propagation);
    assert_history_from(client, WORKFLOW, 2, "2 WorkflowTaskScheduled orders\n");
}

/* ---- Polls ---- */

static Pb__PollWorkflowExecutionTimeSkippingRequest *poll_request(struct service_client *client, const char *id)
{
    Pb__PollWorkflowExecutionTimeSkippingRequest *request = PB_NEW(
        &client->arena,
        Pb__PollWorkflowExecutionTimeSkippingRequest,
        pb__poll_workflow_execution_time_skipping_request);

    request->namespace_ = client_text(client, "default");
    request->workflow_execution = client_execution(client, WORKFLOW, "");
    request->fast_forward_id = client_text(client, "%s", id);
    return request;
}

static struct pending *poll(struct service_client *client, const char *id)
{
    struct pending *pending = client_send(client, RPC_PollWorkflowExecutionTimeSkipping, poll_request(client, id));

    client_run(client);
    return pending;
}

static void assert_polled(const struct pending *pending, int result, const char *reason)
{
    assert_non_null(pending->reply);
    const Pb__PollWorkflowExecutionTimeSkippingResponse *response = client_message(pending->reply);
    assert_int_equal(response->fast_forward_polling_result, result);
    assert_string_equal(response->failed_reason, reason);
}

static void a_poll_hears_of_the_end(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client, "ff-1", TL_HOURS(1)), COMMANDS(command_activity(client, "7", "ChargeCard")));
    struct pending *waiting = poll(client, "ff-1");
    assert_null(waiting->reply);

    (void)client_complete_activity(client, client_poll_activity(client));
    go_on(client, NO_COMMANDS);

    assert_polled(waiting, FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED, "");
    assert_polled(poll(client, "ff-1"), FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED, "");
    const Pb__PollWorkflowExecutionTimeSkippingResponse *response = client_message(waiting->reply);
    assert_int_equal(pb_time(response->fast_forward_info->target_time) - START, TL_HOURS(1));
}

static void a_poll_hears_of_it_from_a_later_run(void **state)
{
    struct service_client *client = *state;
    Pb__Command *activity = command_activity(client, "7", "ChargeCard");
    begin(client, skipping(client, "ff-1", TL_HOURS(1)), COMMANDS(activity));
    struct pending *waiting = poll(client, "ff-1");
    (void)client_complete_activity(client, client_poll_activity(client));

    go_on(client, COMMANDS(command_continue_as_new(client)));
    assert_null(waiting->reply);
    go_on(client, NO_COMMANDS);

    assert_polled(waiting, FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED, "");
}

static void a_poll_ends_with_the_execution(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client, "ff-1", TL_HOURS(1)), COMMANDS(command_activity(client, "7", "ChargeCard")));
    struct pending *waiting = poll(client, "ff-1");

    client_terminate(client, WORKFLOW);

    assert_polled(
        waiting,
        FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED,
        "the execution ended before the fast-forward completed");
}

static void a_poll_for_another_fast_forward_fails(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client, "ff-1", TL_HOURS(1)), COMMANDS(command_activity(client, "7", "ChargeCard")));

    assert_polled(
        poll(client, "ff-2"),
        FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED,
        "the requested fast_forward_id does not match the execution's current fast-forward");
}

static void a_poll_for_skipping_that_was_used_up_fails(void **state)
{
    struct service_client *client = *state;
    Pb__TimeSkippingConfig *config = skipping(client, "ff-1", TL_HOURS(9));
    config->max_session_skip_count = 1;
    begin(client, config, COMMANDS(command_timer(client, "1", TL_HOURS(1))));

    assert_polled(
        poll(client, "ff-1"),
        FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED,
        "time skipping was disabled before the fast-forward completed");
}

static void a_poll_gives_up_after_a_while(void **state)
{
    struct service_client *client = *state;
    begin(client, skipping(client, "ff-1", TL_HOURS(1)), COMMANDS(command_activity(client, "7", "ChargeCard")));
    struct pending *waiting = poll(client, "ff-1");

    client_pass(client, TL_SECONDS(20));

    assert_polled(waiting, FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT, "");
}

static void a_poll_is_checked(void **state)
{
    struct service_client *client = *state;
    begin(client, NULL, NO_COMMANDS);
    Pb__PollWorkflowExecutionTimeSkippingRequest *request = poll_request(client, "ff-1");
    request->workflow_execution->workflow_id = client_text(client, "order-2");

    assert_refused(
        client_ask(client, RPC_PollWorkflowExecutionTimeSkipping, poll_request(client, "")),
        TL_INVALID_ARGUMENT,
        "fast_forward_id is not set");
    assert_refused(client_ask(client, RPC_PollWorkflowExecutionTimeSkipping, request), TL_NOT_FOUND, "order-2");
    assert_polled(
        poll(client, "ff-1"),
        FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED,
        "the requested fast_forward_id does not match the execution's current fast-forward");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_next_run_goes_on_at_the_time_of_the_last),
        SERVICE_TEST(the_wait_between_two_runs_is_skipped),
        SERVICE_TEST(a_session_counts_over_the_chain),
        SERVICE_TEST(a_fast_forward_goes_on_over_the_chain),
        SERVICE_TEST(a_retry_goes_on_at_the_time_of_the_failure_and_its_wait_is_skipped),
        SERVICE_TEST(a_run_that_is_started_with_a_signal_skips_too),
        SERVICE_TEST(a_chain_that_never_skipped_hands_on_nothing),
        SERVICE_TEST(a_poll_hears_of_the_end),
        SERVICE_TEST(a_poll_hears_of_it_from_a_later_run),
        SERVICE_TEST(a_poll_ends_with_the_execution),
        SERVICE_TEST(a_poll_for_another_fast_forward_fails),
        SERVICE_TEST(a_poll_for_skipping_that_was_used_up_fails),
        SERVICE_TEST(a_poll_gives_up_after_a_while),
        SERVICE_TEST(a_poll_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
