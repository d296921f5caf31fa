/* SPDX-License-Identifier: MIT */
/* What stands in the events beside their types: all of it, as the real server writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_client.h"

static void a_start_says_where_it_comes_from(void **state)
{
    struct service_client *client = *state;
    const char *run_id = client_start(client, WORKFLOW);
    const Pb__HistoryEvent *event = client_event(client, WORKFLOW, 1);
    const Pb__WorkflowExecutionStartedEventAttributes *started = event->workflow_execution_started_event_attributes;

    assert_int_equal(event->event_type, EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
    assert_int_equal(pb_time(event->event_time), tl_driver_now(client->driver));
    assert_string_equal(started->workflow_type->name, "OrderSaga");
    assert_string_equal(started->task_queue->name, QUEUE);
    assert_int_equal(started->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_string_equal(started->workflow_id, WORKFLOW);
    assert_string_equal(started->original_execution_run_id, run_id);
    assert_string_equal(started->first_execution_run_id, run_id);
    assert_string_equal(started->identity, "client-1");
    assert_int_equal(started->attempt, 1);
    assert_string_equal(started->cron_schedule, "");
    assert_string_equal(started->continued_execution_run_id, "");
    assert_int_equal(started->initiator, CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED);
    assert_null(started->retry_policy);
    assert_null(started->input);
    assert_null(started->parent_workflow_execution);
}

static void a_task_says_what_it_was_given(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    client_pass(client, TL_SECONDS(2));
    workflow_task task = client_poll(client, NULL);
    const Pb__HistoryEvent *scheduled = client_event(client, WORKFLOW, 2);
    const Pb__HistoryEvent *started = client_event(client, WORKFLOW, 3);

    const Pb__WorkflowTaskScheduledEventAttributes *plan = scheduled->workflow_task_scheduled_event_attributes;
    assert_string_equal(plan->task_queue->name, QUEUE);
    assert_int_equal(plan->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_int_equal(pb_nanoseconds(plan->start_to_close_timeout), TL_SECONDS(10));
    assert_int_equal(plan->attempt, 1);
    const Pb__WorkflowTaskStartedEventAttributes *begin = started->workflow_task_started_event_attributes;
    assert_int_equal(begin->scheduled_event_id, 2);
    assert_string_equal(begin->identity, "worker-1");
    assert_int_equal(strlen(begin->request_id), 36);
    assert_false(begin->suggest_continue_as_new);
    Pb__HistoryEvent *before[] = {task->history->events[0], task->history->events[1]};
    Pb__History history = PB__HISTORY__INIT;
    history.n_events = 2;
    history.events = before;
    assert_int_equal(begin->history_size_bytes, message_size(&history));
    assert_int_equal(pb_time(started->event_time) - pb_time(scheduled->event_time), TL_SECONDS(2));
    assert_int_equal(pb_time(task->started_time), pb_time(started->event_time));
}

static void a_completion_keeps_what_the_worker_says(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, client_poll(client, NULL));
    uint32_t flags[] = {1, 3};
    request->sdk_metadata =
        PB_NEW(&client->arena, Pb__WorkflowTaskCompletedMetadata, pb__workflow_task_completed_metadata);
    request->sdk_metadata->sdk_name = client_text(client, "timelapse");
    request->sdk_metadata->sdk_version = client_text(client, "1.0");
    request->sdk_metadata->n_lang_used_flags = 2;
    request->sdk_metadata->lang_used_flags = flags;
    request->metering_metadata = PB_NEW(&client->arena, Pb__MeteringMetadata, pb__metering_metadata);
    request->metering_metadata->nonfirst_local_activity_execution_attempts = 2;
    request->binary_checksum = client_text(client, "build-7");

    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, request);

    const Pb__WorkflowTaskCompletedEventAttributes *completed =
        client_event(client, WORKFLOW, 4)->workflow_task_completed_event_attributes;
    assert_int_equal(completed->scheduled_event_id, 2);
    assert_int_equal(completed->started_event_id, 3);
    assert_string_equal(completed->identity, "worker-1");
    assert_string_equal(completed->binary_checksum, "build-7");
    assert_same(completed->sdk_metadata, request->sdk_metadata);
    assert_same(completed->metering_metadata, request->metering_metadata);
}

static void a_failed_task_says_why(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    (void)client_fail_task(client, task, WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);

    const Pb__WorkflowTaskFailedEventAttributes *failed =
        client_event(client, WORKFLOW, 4)->workflow_task_failed_event_attributes;
    assert_int_equal(failed->cause, WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    assert_string_equal(failed->identity, "worker-1");
    assert_string_equal(failed->base_run_id, "");
    assert_string_equal(failed->new_run_id, "");
}

static void a_transient_tasks_events_say_which_attempt(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    (void)client_fail_task(client, client_poll(client, NULL), 0);
    client_pass(client, TL_SECONDS(1));
    workflow_task task = client_poll(client, NULL);

    const Pb__HistoryEvent *scheduled = task->history->events[4];
    const Pb__HistoryEvent *started = task->history->events[5];
    assert_int_equal(scheduled->workflow_task_scheduled_event_attributes->attempt, 2);
    assert_int_equal(pb_time(scheduled->event_time), pb_time(task->scheduled_time));
    assert_int_equal(pb_time(started->event_time), pb_time(task->started_time));
    (void)client_complete(client, task, NO_COMMANDS);
    Pb__HistoryEvent *shown = message_clone(&client->arena, scheduled);
    shown->task_id = client_event(client, WORKFLOW, 5)->task_id;
    assert_same(client_event(client, WORKFLOW, 5), shown);
    const Pb__WorkflowTaskStartedEventAttributes *written =
        client_event(client, WORKFLOW, 6)->workflow_task_started_event_attributes;
    assert_string_equal(written->identity, "worker-1");
    assert_int_equal(strlen(written->request_id), 36);
}

static void versions_of_workers_are_kept(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    Pb__PollWorkflowTaskQueueRequest *poll = client_poll_request(client, NULL);
    poll->worker_version_capabilities =
        PB_NEW(&client->arena, Pb__WorkerVersionCapabilities, pb__worker_version_capabilities);
    poll->worker_version_capabilities->build_id = client_text(client, "build-7");
    workflow_task task = client_must(client, RPC_PollWorkflowTaskQueue, poll);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);
    request->deployment_options = PB_NEW(&client->arena, Pb__WorkerDeploymentOptions, pb__worker_deployment_options);
    request->deployment_options->deployment_name = client_text(client, "shop");
    request->deployment_options->build_id = client_text(client, "build-7");
    request->deployment_options->worker_versioning_mode = WORKER_VERSIONING_MODE_UNVERSIONED;

    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, request);

    const Pb__WorkflowTaskStartedEventAttributes *started =
        client_event(client, WORKFLOW, 3)->workflow_task_started_event_attributes;
    const Pb__WorkflowTaskCompletedEventAttributes *completed =
        client_event(client, WORKFLOW, 4)->workflow_task_completed_event_attributes;
    assert_string_equal(started->worker_version->build_id, "build-7");
    assert_string_equal(completed->worker_deployment_name, "shop");
    assert_string_equal(completed->deployment_version->build_id, "build-7");
}

static void links_are_kept(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    Pb__Link *links[] = {PB_NEW(&client->arena, Pb__Link, pb__link)};
    links[0]->variant_case = PB__LINK__VARIANT_WORKFLOW_EVENT;
    links[0]->workflow_event = PB_NEW(&client->arena, Pb__Link__WorkflowEvent, pb__link__workflow_event);
    links[0]->workflow_event->namespace_ = client_text(client, "default");
    links[0]->workflow_event->workflow_id = client_text(client, "parent");
    links[0]->workflow_event->run_id = client_text(client, "6f1e1a5c-2a38-4cf1-9b11-0f6f0e3d2a01");
    request->n_links = 1;
    request->links = links;

    (void)client_must(client, RPC_StartWorkflowExecution, request);

    assert_int_equal(client_event(client, WORKFLOW, 1)->n_links, 1);
    assert_same(client_event(client, WORKFLOW, 1)->links[0], links[0]);
}

/* ---- Activities ---- */

static Pb__Command *charge(struct service_client *client)
{
    return command_activity(client, "1", "ChargeCard");
}

static const Pb__ActivityTaskScheduledEventAttributes *schedule(struct service_client *client, Pb__Command *command)
{
    client_begin(client, WORKFLOW, COMMANDS(command));
    return client_event(client, WORKFLOW, 5)->activity_task_scheduled_event_attributes;
}

static void a_scheduled_activity_says_everything(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge(client);
    Pb__ScheduleActivityTaskCommandAttributes *wanted = command->schedule_activity_task_command_attributes;
    Pb__Header__FieldsEntry context = PB__HEADER__FIELDS_ENTRY__INIT;
    Pb__Header__FieldsEntry *contexts[] = {&context};
    context.key = client_text(client, "trace");
    context.value = client_json(client, "\"t1\"")->payloads[0];
    wanted->header = PB_NEW(&client->arena, Pb__Header, pb__header);
    wanted->header->n_fields = 1;
    wanted->header->fields = contexts;

    const Pb__ActivityTaskScheduledEventAttributes *scheduled = schedule(client, command);

    assert_string_equal(scheduled->activity_id, "1");
    assert_string_equal(scheduled->activity_type->name, "ChargeCard");
    assert_string_equal(scheduled->task_queue->name, QUEUE);
    assert_int_equal(scheduled->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_same(scheduled->input, wanted->input);
    assert_same(scheduled->header, wanted->header);
    assert_int_equal(scheduled->workflow_task_completed_event_id, 4);
}

static void what_an_activity_leaves_open_is_filled_in(void **state)
{
    struct service_client *client = *state;

    const Pb__ActivityTaskScheduledEventAttributes *scheduled = schedule(client, charge(client));

    assert_int_equal(pb_nanoseconds(scheduled->start_to_close_timeout), TL_SECONDS(10));
    assert_non_null(scheduled->schedule_to_close_timeout); /* "0s": for ever */
    assert_int_equal(pb_nanoseconds(scheduled->schedule_to_close_timeout), 0);
    assert_non_null(scheduled->schedule_to_start_timeout);
    assert_int_equal(pb_nanoseconds(scheduled->schedule_to_start_timeout), 0);
    assert_non_null(scheduled->heartbeat_timeout);
    assert_int_equal(pb_nanoseconds(scheduled->heartbeat_timeout), 0);
    assert_int_equal(pb_nanoseconds(scheduled->retry_policy->initial_interval), TL_SECONDS(1));
    assert_true(scheduled->retry_policy->backoff_coefficient == 2);
    assert_int_equal(pb_nanoseconds(scheduled->retry_policy->maximum_interval), TL_SECONDS(100));
    assert_int_equal(scheduled->retry_policy->maximum_attempts, 0);
}

static void a_policy_is_completed_not_replaced(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge(client);
    Pb__RetryPolicy *policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
    command->schedule_activity_task_command_attributes->retry_policy = policy;
    policy->initial_interval = client_duration(client, TL_SECONDS(3));
    policy->maximum_attempts = 4;

    const Pb__ActivityTaskScheduledEventAttributes *scheduled = schedule(client, command);

    assert_int_equal(pb_nanoseconds(scheduled->retry_policy->initial_interval), TL_SECONDS(3));
    assert_true(scheduled->retry_policy->backoff_coefficient == 2);
    assert_int_equal(pb_nanoseconds(scheduled->retry_policy->maximum_interval), TL_SECONDS(300));
    assert_int_equal(scheduled->retry_policy->maximum_attempts, 4);
}

static void timeouts_follow_from_each_other(void **state)
{
    struct service_client *client = *state;
    Pb__Command *command = charge(client);
    Pb__ScheduleActivityTaskCommandAttributes *wanted = command->schedule_activity_task_command_attributes;
    wanted->start_to_close_timeout = NULL;
    wanted->schedule_to_close_timeout = client_duration(client, TL_SECONDS(30));

    const Pb__ActivityTaskScheduledEventAttributes *scheduled = schedule(client, command);

    assert_int_equal(pb_nanoseconds(scheduled->schedule_to_close_timeout), TL_SECONDS(30));
    assert_int_equal(pb_nanoseconds(scheduled->schedule_to_start_timeout), TL_SECONDS(30));
    assert_int_equal(pb_nanoseconds(scheduled->start_to_close_timeout), TL_SECONDS(30));
}

static void an_activity_lasts_no_longer_than_its_run(void **state)
{
    struct service_client *client = *state;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(8));
    (void)client_must(client, RPC_StartWorkflowExecution, request);

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(charge(client)));

    const Pb__ActivityTaskScheduledEventAttributes *scheduled =
        client_event(client, WORKFLOW, 5)->activity_task_scheduled_event_attributes;
    assert_int_equal(pb_nanoseconds(scheduled->start_to_close_timeout), TL_SECONDS(8));
    assert_int_equal(pb_nanoseconds(scheduled->schedule_to_close_timeout), TL_SECONDS(8));
    assert_int_equal(pb_nanoseconds(scheduled->schedule_to_start_timeout), TL_SECONDS(8));
}

/* ---- Timers, cancellations, ends ---- */

static void timers_refer_to_each_other(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
    client_pass(client, TL_SECONDS(5));

    const Pb__TimerStartedEventAttributes *started = client_event(client, WORKFLOW, 5)->timer_started_event_attributes;
    const Pb__TimerFiredEventAttributes *fired = client_event(client, WORKFLOW, 6)->timer_fired_event_attributes;
    assert_string_equal(started->timer_id, "1");
    assert_int_equal(pb_nanoseconds(started->start_to_fire_timeout), TL_SECONDS(5));
    assert_int_equal(started->workflow_task_completed_event_id, 4);
    assert_string_equal(fired->timer_id, "1");
    assert_int_equal(fired->started_event_id, 5);
}

static void an_end_refers_to_its_task(void **state)
{
    struct service_client *client = *state;
    Pb__Command *complete = command_complete(client);

    client_begin(client, WORKFLOW, COMMANDS(complete));
    const Pb__WorkflowExecutionCompletedEventAttributes *completed =
        client_event(client, WORKFLOW, 5)->workflow_execution_completed_event_attributes;
    assert_same(completed->result, complete->complete_workflow_execution_command_attributes->result);
    assert_int_equal(completed->workflow_task_completed_event_id, 4);
    assert_string_equal(completed->new_execution_run_id, "");

    client_begin(client, WORKFLOW, COMMANDS(command_fail(client, "NotDelivered")));
    const Pb__WorkflowExecutionFailedEventAttributes *failed =
        client_event(client, WORKFLOW, 5)->workflow_execution_failed_event_attributes;
    assert_int_equal(failed->retry_state, RETRY_STATE_RETRY_POLICY_NOT_SET);
    assert_int_equal(failed->workflow_task_completed_event_id, 4);

    Pb__Command *cancel = command_cancel(client);
    client_begin(client, WORKFLOW, COMMANDS(cancel));
    const Pb__WorkflowExecutionCanceledEventAttributes *canceled =
        client_event(client, WORKFLOW, 5)->workflow_execution_canceled_event_attributes;
    assert_same(canceled->details, cancel->cancel_workflow_execution_command_attributes->details);
    assert_int_equal(canceled->workflow_task_completed_event_id, 4);
}

static void every_event_has_a_time_and_a_task_number(void **state)
{
    struct service_client *client = *state;
    int64_t last = 0;
    client_begin(client, WORKFLOW, COMMANDS(charge(client), command_timer(client, "1", TL_SECONDS(5))));
    (void)client_complete_activity(client, client_poll_activity(client));
    client_pass(client, TL_SECONDS(5));
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
    struct tl_history *history = client_history(client, WORKFLOW);

    assert_int_equal(history->count, 13);
    for (size_t i = 0; i < history->count; i++) {
        assert_int_equal(history->events[i]->event_id, i + 1);
        assert_non_null(history->events[i]->event_time);
        assert_true(history->events[i]->task_id > last);
        last = history->events[i]->task_id;
        assert_int_equal(history->events[i]->version, 0);
    }
    tl_history_unref(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_start_says_where_it_comes_from),
        SERVICE_TEST(a_task_says_what_it_was_given),
        SERVICE_TEST(a_completion_keeps_what_the_worker_says),
        SERVICE_TEST(a_failed_task_says_why),
        SERVICE_TEST(a_transient_tasks_events_say_which_attempt),
        SERVICE_TEST(versions_of_workers_are_kept),
        SERVICE_TEST(links_are_kept),
        SERVICE_TEST(a_scheduled_activity_says_everything),
        SERVICE_TEST(what_an_activity_leaves_open_is_filled_in),
        SERVICE_TEST(a_policy_is_completed_not_replaced),
        SERVICE_TEST(timeouts_follow_from_each_other),
        SERVICE_TEST(an_activity_lasts_no_longer_than_its_run),
        SERVICE_TEST(timers_refer_to_each_other),
        SERVICE_TEST(an_end_refers_to_its_task),
        SERVICE_TEST(every_event_has_a_time_and_a_task_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
