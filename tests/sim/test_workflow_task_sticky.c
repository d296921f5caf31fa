/* SPDX-License-Identifier: MIT */
/* Sticky queues: what goes there, what comes back, and workers that are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"

#define STICKY "worker-1-sticky"

/* ---- Sticky queues ---- */

/* A first task is completed with the sticky queue, which a worker polls. */
static struct pending *begin_sticky(struct service_client *client)
{
    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    return client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY));
}

static void a_sticky_task_shows_only_what_is_new(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    client_signal(client, WORKFLOW, "delivered");
    client_run(client);

    workflow_task task = client_message(poll->reply);
    assert_int_equal(task->previous_started_event_id, 3);
    assert_string_equal(
        client_show(client, task->history->n_events, task->history->events),
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled worker-1-sticky sticky\n"
        "7 WorkflowTaskStarted 6\n");
    assert_string_equal(
        client_event(client, WORKFLOW, 6)->workflow_task_scheduled_event_attributes->task_queue->normal_name, QUEUE);
}

static void a_sticky_task_that_nobody_takes_goes_back_to_the_normal_queue(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    tl_service_cancel(client->service, poll->call);
    client_signal(client, WORKFLOW, "delivered");
    client_pass(client, TL_SECONDS(5));

    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 WorkflowTaskScheduled worker-1-sticky sticky\n"
        "7 WorkflowTaskTimedOut 6,0 SCHEDULE_TO_START\n"
        "8 WorkflowTaskScheduled orders\n");
    assert_int_equal(client_poll(client, NULL)->history->n_events, 9);
}

static void a_sticky_queue_without_pollers_is_passed_over(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    tl_service_cancel(client->service, poll->call);
    client_pass(client, TL_SECONDS(11));
    client_signal(client, WORKFLOW, "delivered");

    workflow_task task = client_poll(client, NULL);
    assert_string_equal(
        client_show(client, task->history->n_events - 5, task->history->events + 5),
        "6 WorkflowTaskScheduled worker-1-sticky sticky\n"
        "7 WorkflowTaskStarted 6\n");
    assert_int_equal(task->history->events[0]->event_id, 1); /* that worker has no cache: all of it */
}

static void a_worker_that_said_goodbye_gets_no_sticky_task(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);
    Pb__ShutdownWorkerRequest *request = PB_NEW(&client->arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);

    tl_service_cancel(client->service, poll->call);
    request->namespace_ = client_text(client, "default");
    request->sticky_task_queue = client_text(client, STICKY);
    (void)client_must(client, RPC_ShutdownWorker, request);
    client_signal(client, WORKFLOW, "delivered");

    assert_non_null(client_poll(client, NULL));
}

static void a_shutdown_ends_the_polls_of_its_worker_alone(void **state)
{
    struct service_client *client = *state;
    Pb__PollWorkflowTaskQueueRequest *mine = client_poll_request(client, NULL);
    Pb__PollActivityTaskQueueRequest *also_mine = client_activity_poll_request(client);
    Pb__ShutdownWorkerRequest *request = PB_NEW(&client->arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);

    mine->worker_instance_key = client_text(client, "key-1");
    also_mine->worker_instance_key = client_text(client, "key-1");
    struct pending *others = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    struct pending *first = client_send(client, RPC_PollWorkflowTaskQueue, mine);
    struct pending *second = client_send(client, RPC_PollActivityTaskQueue, also_mine);
    request->namespace_ = client_text(client, "default");
    request->task_queue = client_text(client, QUEUE);
    request->worker_instance_key = client_text(client, "key-1");
    (void)client_must(client, RPC_ShutdownWorker, request);
    client_run(client);

    const Pb__PollWorkflowTaskQueueResponse *empty = client_message(first->reply);
    assert_int_equal(empty->task_token.len, 0);
    assert_non_null(client_message(second->reply));
    assert_null(others->reply);
}

static void a_reset_makes_the_next_task_normal(void **state)
{
    struct service_client *client = *state;
    Pb__ResetStickyTaskQueueRequest *request =
        PB_NEW(&client->arena, Pb__ResetStickyTaskQueueRequest, pb__reset_sticky_task_queue_request);

    (void)begin_sticky(client);
    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    (void)client_must(client, RPC_ResetStickyTaskQueue, request);
    client_signal(client, WORKFLOW, "delivered");

    assert_history_from(
        client,
        WORKFLOW,
        5,
        "5 WorkflowExecutionSignaled delivered\n"
        "6 WorkflowTaskScheduled orders\n");
}

static void a_completion_without_sticky_attributes_clears_them(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client);

    client_signal(client, WORKFLOW, "one");
    client_run(client);
    (void)client_complete(client, client_message(poll->reply), NO_COMMANDS);
    client_signal(client, WORKFLOW, "two");

    assert_history_from(
        client,
        WORKFLOW,
        8,
        "8 WorkflowTaskCompleted 6,7\n"
        "9 WorkflowExecutionSignaled two\n"
        "10 WorkflowTaskScheduled orders\n");
}

static void a_task_that_the_run_took_off_its_sticky_queue_is_dropped_there(void **state)
{
    struct service_client *client = *state;
    Pb__ResetStickyTaskQueueRequest *request =
        PB_NEW(&client->arena, Pb__ResetStickyTaskQueueRequest, pb__reset_sticky_task_queue_request);

    tl_service_cancel(client->service, begin_sticky(client)->call);
    client_signal(client, WORKFLOW, "delivered");
    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    (void)client_must(client, RPC_ResetStickyTaskQueue, request);
    struct pending *sticky = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, STICKY));
    struct pending *normal = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
    client_pass(client, TL_SECONDS(5) - 1);
    assert_null(sticky->reply);
    assert_null(normal->reply);
    client_pass(client, 1);

    assert_non_null(client_message(normal->reply));
    assert_history_from(
        client,
        WORKFLOW,
        6,
        "6 WorkflowTaskScheduled worker-1-sticky sticky\n"
        "7 WorkflowTaskTimedOut 6,0 SCHEDULE_TO_START\n"
        "8 WorkflowTaskScheduled orders\n"
        "9 WorkflowTaskStarted 8\n");
}

static void a_task_that_is_dropped_makes_way_for_the_next(void **state)
{
    struct service_client *client = *state;
    Pb__ResetStickyTaskQueueRequest *request =
        PB_NEW(&client->arena, Pb__ResetStickyTaskQueueRequest, pb__reset_sticky_task_queue_request);

    tl_service_cancel(client->service, begin_sticky(client)->call);
    (void)client_start(client, "order-2");
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    client_signal(client, WORKFLOW, "delivered");
    client_signal(client, "order-2", "delivered");
    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, "");
    (void)client_must(client, RPC_ResetStickyTaskQueue, request);

    assert_string_equal(client_poll(client, STICKY)->workflow_execution->workflow_id, "order-2");
}

/* ---- Workers that say goodbye ---- */

static Pb__ShutdownWorkerRequest *shutdown_request(struct service_client *client, const char *key)
{
    Pb__ShutdownWorkerRequest *request = PB_NEW(&client->arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);

    request->namespace_ = client_text(client, "default");
    request->sticky_task_queue = client_text(client, STICKY);
    request->task_queue = client_text(client, QUEUE);
    request->worker_instance_key = client_text(client, "%s", key);
    return request;
}

static void a_shutdown_ends_all_polls_of_the_sticky_queue(void **state)
{
    struct service_client *client = *state;
    struct pending *poll = begin_sticky(client); /* bears no key */

    (void)client_must(client, RPC_ShutdownWorker, shutdown_request(client, "key-1"));
    client_run(client);
    workflow_task nothing = client_message(poll->reply);
    assert_int_equal(nothing->task_token.len, 0);

    client_signal(client, WORKFLOW, "delivered"); /* and it is served no more, though it was just now */
    assert_non_null(client_poll(client, NULL));
}

static void a_poll_that_comes_after_the_goodbye_gets_nothing(void **state)
{
    struct service_client *client = *state;
    Pb__PollWorkflowTaskQueueRequest *request = client_poll_request(client, NULL);

    request->worker_instance_key = client_text(client, "key-1");
    (void)client_must(client, RPC_ShutdownWorker, shutdown_request(client, "key-0"));
    (void)client_must(client, RPC_ShutdownWorker, shutdown_request(client, "key-1"));
    (void)client_start(client, WORKFLOW);
    workflow_task nothing = client_must(client, RPC_PollWorkflowTaskQueue, request);
    assert_int_equal(nothing->task_token.len, 0);

    client_pass(client, TL_SECONDS(30) - 1);
    nothing = client_must(client, RPC_PollWorkflowTaskQueue, request);
    assert_int_equal(nothing->task_token.len, 0);
    client_pass(client, 1);
    workflow_task task = client_must(client, RPC_PollWorkflowTaskQueue, request);
    assert_string_equal(task->workflow_execution->workflow_id, WORKFLOW);
}

static void a_sticky_queue_lives_on_when_someone_polls_it_again(void **state)
{
    struct service_client *client = *state;

    tl_service_cancel(client->service, begin_sticky(client)->call);
    client_signal(client, WORKFLOW, "delivered"); /* waits in the sticky queue */
    (void)client_must(client, RPC_ShutdownWorker, shutdown_request(client, "key-1"));
    assert_non_null(client_poll(client, STICKY));
}

static void a_poll_without_identity_is_no_sign_of_life(void **state)
{
    struct service_client *client = *state;
    Pb__PollWorkflowTaskQueueRequest *request = client_poll_request(client, STICKY);

    (void)client_start(client, WORKFLOW);
    (void)client_complete_sticky(client, client_poll(client, NULL), STICKY, NO_COMMANDS);
    request->identity = client_text(client, "%s", "");
    tl_service_cancel(client->service, client_send(client, RPC_PollWorkflowTaskQueue, request)->call);
    client_signal(client, WORKFLOW, "delivered");
    assert_non_null(client_poll(client, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_sticky_task_shows_only_what_is_new),
        SERVICE_TEST(a_sticky_task_that_nobody_takes_goes_back_to_the_normal_queue),
        SERVICE_TEST(a_sticky_queue_without_pollers_is_passed_over),
        SERVICE_TEST(a_worker_that_said_goodbye_gets_no_sticky_task),
        SERVICE_TEST(a_shutdown_ends_the_polls_of_its_worker_alone),
        SERVICE_TEST(a_reset_makes_the_next_task_normal),
        SERVICE_TEST(a_completion_without_sticky_attributes_clears_them),
        SERVICE_TEST(a_task_that_the_run_took_off_its_sticky_queue_is_dropped_there),
        SERVICE_TEST(a_task_that_is_dropped_makes_way_for_the_next),
        SERVICE_TEST(a_shutdown_ends_all_polls_of_the_sticky_queue),
        SERVICE_TEST(a_poll_that_comes_after_the_goodbye_gets_nothing),
        SERVICE_TEST(a_sticky_queue_lives_on_when_someone_polls_it_again),
        SERVICE_TEST(a_poll_without_identity_is_no_sign_of_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
