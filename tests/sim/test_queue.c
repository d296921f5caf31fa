/* SPDX-License-Identifier: MIT */
/* Task queues: who gets which task, when polls end, and what a chooser can decide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

static struct pending *poll_workflow(struct service_client *client)
{
    return client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
}

static struct pending *poll_activity(struct service_client *client)
{
    return client_send(client, RPC_PollActivityTaskQueue, client_activity_poll_request(client));
}

static void send_start(struct service_client *client, const char *workflow_id)
{
    (void)client_send(client, RPC_StartWorkflowExecution, client_start_request(client, workflow_id));
}

static const char *workflow_of(const struct pending *pending)
{
    assert_non_null(pending->reply);
    workflow_task task = client_message(pending->reply);
    assert_non_null(task->workflow_execution);
    return task->workflow_execution->workflow_id;
}

static void tasks_and_polls_come_in_their_order(void **state)
{
    struct service_client *client = *state;
    struct pending *polls[3];
    (void)client_start(client, "order-1");
    for (size_t i = 0; i < 3; i++) {
        polls[i] = poll_workflow(client);
    }
    (void)client_start(client, "order-2");
    (void)client_start(client, "order-3");

    client_run(client);

    assert_string_equal(workflow_of(polls[0]), "order-1");
    assert_string_equal(workflow_of(polls[1]), "order-2");
    assert_string_equal(workflow_of(polls[2]), "order-3");
}

static void a_poll_ends_after_a_minute_with_nothing(void **state)
{
    struct service_client *client = *state;
    struct pending *workflow = poll_workflow(client);
    struct pending *activity = poll_activity(client);
    client_run(client);
    assert_true(tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING) == TL_NEVER);
    client_pass(client, TL_MINUTES(1) - 1);
    assert_null(workflow->reply);

    client_pass(client, 1);

    workflow_task no_workflow = client_message(workflow->reply);
    activity_task no_activity = client_message(activity->reply);
    assert_int_equal(no_workflow->task_token.len, 0);
    assert_null(no_workflow->workflow_execution);
    assert_int_equal(no_activity->task_token.len, 0);
}

static void a_poll_ends_a_second_before_its_deadline(void **state)
{
    struct service_client *client = *state;
    tl_time deadline = tl_driver_now(client->driver) + TL_SECONDS(30);
    struct pending *pending =
        client_send_until(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL), deadline);
    client_pass(client, TL_SECONDS(29) - 1);
    assert_null(pending->reply);

    client_pass(client, 1);

    workflow_task nothing = client_message(pending->reply);
    assert_int_equal(nothing->task_token.len, 0);
    (void)client_start(client, WORKFLOW);
    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, WORKFLOW);
}

static void a_poll_needs_two_seconds(void **state)
{
    struct service_client *client = *state;
    tl_time now = tl_driver_now(client->driver);

    struct pending *shorter = client_send_until(
        client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL), now + TL_SECONDS(2) - 1);
    struct pending *enough =
        client_send_until(client, RPC_PollActivityTaskQueue, client_activity_poll_request(client), now + TL_SECONDS(2));
    client_pass(client, TL_SECONDS(1));

    assert_refused(shorter->reply, TL_FAILED_PRECONDITION, "Context timeout is too short.");
    assert_non_null(client_message(enough->reply));
}

static void a_deadline_must_not_be_over(void **state)
{
    struct service_client *client = *state;
    client_pass(client, TL_SECONDS(1));

    struct pending *pending = client_send_until(
        client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL), tl_driver_now(client->driver));
    client_run(client);

    assert_refused(pending->reply, TL_DEADLINE_EXCEEDED, "the deadline passed");
}

static void a_canceled_poll_takes_no_task(void **state)
{
    struct service_client *client = *state;
    struct pending *first = poll_workflow(client);
    struct pending *second = poll_workflow(client);
    send_start(client, WORKFLOW); /* is on its way to the first */

    tl_service_cancel(client->service, first->call);
    client_run(client);

    assert_refused(first->reply, TL_CANCELED, "");
    assert_string_equal(workflow_of(second), WORKFLOW);
}

static void a_task_whose_poll_is_gone_waits_for_another(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = poll_workflow(client);
    send_start(client, WORKFLOW);
    tl_service_cancel(client->service, poll->call);
    client_run(client);
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n2 WorkflowTaskScheduled orders\n");

    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, WORKFLOW);
}

static void a_task_keeps_its_place_when_its_poll_is_gone(void **state)
{
    struct service_client *client = *state;
    struct pending *gone = poll_workflow(client);
    send_start(client, "order-1");
    tl_service_cancel(client->service, gone->call);
    send_start(client, "order-2");

    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, "order-1");
    assert_string_equal(client_poll(client, NULL)->workflow_execution->workflow_id, "order-2");
}

static void a_task_that_ends_on_its_way_frees_its_poll(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = poll_workflow(client);
    send_start(client, "order-1");
    (void)client_send(client, RPC_TerminateWorkflowExecution, client_terminate_request(client, "order-1"));
    send_start(client, "order-2");

    client_run(client);

    assert_string_equal(workflow_of(poll), "order-2");
    assert_history_from(client, "order-1", 3, "3 WorkflowExecutionTerminated out of patience\n");
}

static void a_call_that_was_answered_cannot_be_canceled(void **state)
{
    struct service_client *client = *state;
    struct pending *pending = client_send(client, RPC_StartWorkflowExecution, client_start_request(client, WORKFLOW));

    tl_service_cancel(client->service, pending->call); /* too late: it has happened */
    client_run(client);

    assert_non_null(pending->reply);
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
}

static void queues_have_names_and_kinds(void **state)
{
    struct service_client *client = *state;
    Pb__PollWorkflowTaskQueueRequest *other = client_poll_request(client, NULL);
    other->task_queue->name = client_text(client, "refunds");
    struct pending *refunds = client_send(client, RPC_PollWorkflowTaskQueue, other);
    struct pending *activity = poll_activity(client);
    struct pending *sticky = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, QUEUE));

    (void)client_start(client, WORKFLOW);
    client_run(client);

    assert_null(refunds->reply);
    assert_null(activity->reply);
    assert_null(sticky->reply);
    workflow_task task = client_poll(client, NULL);
    assert_string_equal(task->workflow_execution_task_queue->name, QUEUE);
    assert_int_equal(task->workflow_execution_task_queue->kind, TASK_QUEUE_KIND_NORMAL);
}

static void an_activity_goes_to_the_queue_of_its_command(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = command_activity(client, "1", "ChargeCard");
    command->schedule_activity_task_command_attributes->task_queue->name = client_text(client, "cards");
    client_begin(client, WORKFLOW, COMMANDS(command));
    assert_null(client_poll_activity(client));

    Pb__PollActivityTaskQueueRequest *request = client_activity_poll_request(client);
    request->task_queue->name = client_text(client, "cards");
    activity_task task = client_must(client, RPC_PollActivityTaskQueue, request);

    assert_string_equal(task->activity_id, "1");
}

static void the_backlog_is_told(void **state)
{
    struct service_client *client = *state;
    for (int i = 0; i < 5; i++) {
        (void)client_start(client, client_text(client, "order-%d", i));
    }

    assert_int_equal(client_poll(client, NULL)->backlog_count_hint, 4);
    assert_int_equal(client_poll(client, NULL)->backlog_count_hint, 3);
}

static void polls_are_checked(void **state)
{
    struct service_client *client = *state;
    Pb__PollWorkflowTaskQueueRequest *workflow = client_poll_request(client, NULL);
    Pb__PollActivityTaskQueueRequest *activity = client_activity_poll_request(client);

    workflow->identity = client_long_text(client, 1001);
    assert_refused(
        client_ask(client, RPC_PollWorkflowTaskQueue, workflow), TL_INVALID_ARGUMENT, "identity exceeds 1000 bytes");
    workflow->identity = client_text(client, "%s", "");
    workflow->task_queue = NULL;
    assert_refused(
        client_ask(client, RPC_PollWorkflowTaskQueue, workflow), TL_INVALID_ARGUMENT, "task_queue is not set");
    activity->task_queue->name = client_long_text(client, 1001);
    assert_refused(
        client_ask(client, RPC_PollActivityTaskQueue, activity), TL_INVALID_ARGUMENT, "task_queue exceeds 1000 bytes");
    activity = client_activity_poll_request(client);
    activity->namespace_ = client_text(client, "payments");
    assert_refused(client_ask(client, RPC_PollActivityTaskQueue, activity), TL_NOT_FOUND, "payments");
    activity = client_activity_poll_request(client);
    activity->worker_version_capabilities =
        PB_NEW(&client->arena, Pb__WorkerVersionCapabilities, pb__worker_version_capabilities);
    activity->worker_version_capabilities->use_versioning = true;
    assert_refused(
        client_ask(client, RPC_PollActivityTaskQueue, activity), TL_UNSUPPORTED, "use_versioning is not supported");
    activity->worker_version_capabilities = NULL;
    activity->deployment_options = PB_NEW(&client->arena, Pb__WorkerDeploymentOptions, pb__worker_deployment_options);
    activity->deployment_options->worker_versioning_mode = WORKER_VERSIONING_MODE_VERSIONED;
    assert_refused(client_ask(client, RPC_PollActivityTaskQueue, activity), TL_UNSUPPORTED, "worker_versioning_mode");
}

/* ---- Choices ---- */

/* Prefers the ready item whose name begins with `wanted`, and keeps the names of all it could have taken. */
struct preference {
    const char *wanted;
    char seen[4096];
};

static size_t prefer(void *user, const struct tl_choice *choice)
{
    struct preference *preference = user;
    size_t chosen = 0;

    for (size_t i = 0; i < choice->options; i++) {
        char name[256];
        choice->name(choice->subject, i, name, sizeof(name));
        size_t used = strlen(preference->seen);
        snprintf(preference->seen + used, sizeof(preference->seen) - used, "%s\n", name);
        if (strncmp(name, preference->wanted, strlen(preference->wanted)) == 0) {
            chosen = i;
        }
    }
    return chosen;
}

static void open_choosing(struct service_client *client, struct preference *preference)
{
    const struct tl_chooser chooser = {.choose = prefer, .user = preference};
    const struct tl_driver_options options = {.seed = 1, .chooser = &chooser};

    service_client_open(client, &options, false);
}

static void expect_seen(const struct preference *preference, const char *name)
{
    if (strstr(preference->seen, name) == NULL) {
        fail_msg("\"%s\" was no option among:\n%s", name, preference->seen);
    }
}

static void deliveries_can_be_chosen_by_name(void **state)
{
    struct service_client client;
    struct preference preference = {.wanted = "order-2: workflow task"};

    (void)state;
    open_choosing(&client, &preference);
    struct pending *first = poll_workflow(&client);
    struct pending *second = poll_workflow(&client);
    send_start(&client, "order-1");
    send_start(&client, "order-2");
    client_run(&client);

    assert_string_equal(workflow_of(first), "order-2");
    assert_string_equal(workflow_of(second), "order-1");
    expect_seen(&preference, "order-1: workflow task after WorkflowExecutionStarted 1\n");
    expect_seen(&preference, "order-2: workflow task after WorkflowExecutionStarted 1\n");
    expect_seen(&preference, "order-1: StartWorkflowExecution answered\n");
    service_client_close(&client);
}

/* The same names in every universe, whatever the seed and however often others chose before. */
static void names_tell_what_is_about_to_happen(void **state)
{
    struct service_client client;
    struct preference preference = {.wanted = "nothing"};

    (void)state;
    open_choosing(&client, &preference);
    client_begin(
        &client,
        WORKFLOW,
        COMMANDS(
            command_activity(&client, "7", "ChargeCard"),
            command_timer(&client, "a", TL_SECONDS(10)),
            command_timer(&client, "b", TL_SECONDS(10))));
    Pb__StartWorkflowExecutionRequest *request = client_start_request(&client, "order-3");
    (void)client_start(&client, "order-2");
    request->workflow_run_timeout = client_duration(&client, TL_SECONDS(10));
    (void)client_must(&client, RPC_StartWorkflowExecution, request);
    (void)poll_activity(&client);
    (void)poll_workflow(&client);
    client_run(&client);
    tl_driver_advance_to(client.driver, tl_driver_now(client.driver) + TL_SECONDS(10));
    client_run(&client);

    expect_seen(&preference, "order-1: activity ChargeCard#7 attempt 1 starts\n");
    expect_seen(&preference, "order-2: workflow task after WorkflowExecutionStarted 1\n");
    expect_seen(&preference, "order-1: timer a fires\n");
    expect_seen(&preference, "order-1: activity ChargeCard#7 attempt 1 times out\n");
    expect_seen(&preference, "order-2: workflow task 2 times out\n");
    expect_seen(&preference, "order-3: run times out\n");
    service_client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(tasks_and_polls_come_in_their_order),
        SERVICE_TEST(a_poll_ends_after_a_minute_with_nothing),
        SERVICE_TEST(a_poll_ends_a_second_before_its_deadline),
        SERVICE_TEST(a_poll_needs_two_seconds),
        SERVICE_TEST(a_deadline_must_not_be_over),
        SERVICE_TEST(a_canceled_poll_takes_no_task),
        SERVICE_TEST(a_task_whose_poll_is_gone_waits_for_another),
        SERVICE_TEST(a_task_keeps_its_place_when_its_poll_is_gone),
        SERVICE_TEST(a_task_that_ends_on_its_way_frees_its_poll),
        SERVICE_TEST(a_call_that_was_answered_cannot_be_canceled),
        SERVICE_TEST(queues_have_names_and_kinds),
        SERVICE_TEST(an_activity_goes_to_the_queue_of_its_command),
        SERVICE_TEST(the_backlog_is_told),
        SERVICE_TEST(polls_are_checked),
        cmocka_unit_test(deliveries_can_be_chosen_by_name),
        cmocka_unit_test(names_tell_what_is_about_to_happen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
