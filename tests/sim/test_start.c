/* SPDX-License-Identifier: MIT */
/* Starting workflows: what is refused, what becomes of a second start of the same id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"

#define START RPC_StartWorkflowExecution

typedef Pb__StartWorkflowExecutionRequest *start_request;

static const Pb__WorkflowExecutionStartedEventAttributes *started(struct service_client *client)
{
    return client_event(client, WORKFLOW, 1)->workflow_execution_started_event_attributes;
}

static tl_duration started_task_timeout(struct service_client *client)
{
    return pb_nanoseconds(started(client)->workflow_task_timeout);
}

/* The request is refused with a text that has `part`, and leaves nothing behind. */
static void
expect_refusal(struct service_client *client, start_request request, enum tl_status status, const char *part)
{
    assert_refused(client_ask(client, START, request), status, part);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

/* ---- The second start of an id ---- */

static const Pb__WorkflowExecutionAlreadyStartedFailure *
expect_taken(struct service_client *client, start_request request, const char *run_id)
{
    const struct tl_reply *reply = client_ask(client, START, request);

    assert_refused(reply, TL_ALREADY_EXISTS, "workflow_id order-1: ");
    assert_non_null(reply->details);
    const Pb__WorkflowExecutionAlreadyStartedFailure *details =
        client_details(client, reply, &pb__workflow_execution_already_started_failure__descriptor);
    assert_string_equal(details->run_id, run_id);
    assert_string_equal(details->first_execution_run_id, run_id);
    return details;
}

static void an_id_is_one_running_workflow(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->request_id = client_text(client, "request-1");
    const Pb__StartWorkflowExecutionResponse *first = client_must(client, START, request);
    assert_true(first->started);
    assert_int_equal(first->status, WORKFLOW_EXECUTION_STATUS_RUNNING);
    assert_string_equal(first->first_execution_run_id, first->run_id);

    const Pb__WorkflowExecutionAlreadyStartedFailure *details =
        expect_taken(client, client_start_request(client, WORKFLOW), first->run_id);

    assert_string_equal(details->start_request_id, "request-1");
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
    (void)client_start(client, "order-2");
    assert_int_equal(tl_sim_open_runs(client->sim), 2);
}

static void the_same_request_starts_once(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->request_id = client_text(client, "request-1");
    const Pb__StartWorkflowExecutionResponse *first = client_must(client, START, request);

    const Pb__StartWorkflowExecutionResponse *again = client_must(client, START, request);
    assert_string_equal(again->run_id, first->run_id);
    assert_true(again->started);

    client_terminate(client, WORKFLOW);
    request->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;
    again = client_must(client, START, request);
    assert_string_equal(again->run_id, first->run_id);
    assert_int_equal(again->status, WORKFLOW_EXECUTION_STATUS_TERMINATED);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void the_running_one_may_be_used(void **state)
{
    struct service_client *client = *state;
    const char *run_id = client_start(client, WORKFLOW);
    start_request request = client_start_request(client, WORKFLOW);
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;

    const Pb__StartWorkflowExecutionResponse *response = client_must(client, START, request);

    assert_string_equal(response->run_id, run_id);
    assert_false(response->started);
    assert_history(client, WORKFLOW, "1 WorkflowExecutionStarted OrderSaga\n2 WorkflowTaskScheduled orders\n");
}

static void expect_replaced(struct service_client *client, start_request request)
{
    const char *old_run = client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    const Pb__StartWorkflowExecutionResponse *response = client_must(client, START, request);

    assert_true(response->started);
    assert_string_not_equal(response->run_id, old_run);
    struct tl_history *old = NULL;
    assert_int_equal(tl_sim_history(client->sim, "default", WORKFLOW, old_run, 0, &old), TL_OK);
    assert_string_equal(
        client_show(client, old->count - 3, old->events + 3),
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionTerminated TerminateIfRunning WorkflowIdReusePolicy\n");
    const Pb__WorkflowExecutionTerminatedEventAttributes *terminated =
        old->events[4]->workflow_execution_terminated_event_attributes;
    assert_string_equal(terminated->identity, "history-service");
    assert_non_null(strstr((const char *)terminated->details->payloads[0]->data.data, response->run_id));
    tl_history_unref(old);
    assert_refused(client_refused(client, task, NO_COMMANDS), TL_NOT_FOUND, "already completed");
    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, old_run), 1);
    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), 0);
    client_terminate(client, WORKFLOW);
}

static void the_running_one_may_be_replaced(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;
    expect_replaced(client, request);
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED;
    request->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING;
    expect_replaced(client, request);
}

/* Closes the workflow with one command, or terminates it. */
static const char *close_one(struct service_client *client, Pb__Command *command)
{
    const char *run_id = client_start(client, WORKFLOW);

    if (command == NULL) {
        client_terminate(client, WORKFLOW);
    } else {
        (void)client_complete(client, client_poll(client, NULL), COMMANDS(command));
    }
    return run_id;
}

static void a_closed_id_may_be_used_again(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    start_request careful = client_start_request(client, WORKFLOW);
    careful->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY;

    (void)close_one(client, command_complete(client));
    request->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE;
    (void)client_must(client, START, request);
    client_terminate(client, WORKFLOW);
    (void)client_must(client, START, careful);
    client_terminate(client, WORKFLOW);
    (void)close_one(client, command_fail(client, "NotDelivered"));
    (void)client_must(client, START, careful);
    client_terminate(client, WORKFLOW);
    (void)close_one(client, command_cancel(client));
    (void)client_must(client, START, careful);
}

static void a_closed_id_may_be_refused(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    const char *run_id = close_one(client, command_complete(client));
    request->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY;
    (void)expect_taken(client, request, run_id);
    request->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;
    (void)expect_taken(client, request, run_id);
    run_id = close_one(client, NULL);
    (void)expect_taken(client, request, run_id);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void policies_must_be_known_and_agree(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_id_reuse_policy = (Pb__WorkflowIdReusePolicy)77;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_id_reuse_policy is unknown");
    request->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING;
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_FAIL;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "contradicts workflow_id_reuse_policy");
    request->workflow_id_reuse_policy = WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "contradicts workflow_id_reuse_policy");
    request->workflow_id_conflict_policy = (Pb__WorkflowIdConflictPolicy)-3;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_id_conflict_policy is unknown");
}

/* ---- Ids ---- */

static void ids_of_a_thousand_bytes_are_fine_and_longer_ones_are_named(void **state)
{
    struct service_client *client = *state;
    char *fits = client_long_text(client, 1000);
    char *longer = client_long_text(client, 1001);
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_id = longer;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_id exceeds 1000 bytes");
    request->workflow_id = fits;
    request->workflow_type->name = longer;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_type exceeds 1000 bytes");
    request->workflow_type->name = fits;
    request->task_queue->name = longer;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "task_queue exceeds 1000 bytes");
    request->task_queue->name = fits;
    request->request_id = longer;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "request_id exceeds 1000 bytes");
    request->request_id = fits;
    request->identity = longer; /* of whoever starts or signals, which has no limit */
    (void)client_must(client, START, request);
    assert_int_equal(tl_sim_is_closed(client->sim, "default", fits, NULL), 0);
}

static void names_must_be_there(void **state)
{
    struct service_client *client = *state;
    char *nothing = client_text(client, "%s", "");
    start_request request = client_start_request(client, WORKFLOW);

    request->namespace_ = nothing;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "namespace is not set");
    request->namespace_ = client_text(client, "payments");
    expect_refusal(client, request, TL_NOT_FOUND, "namespace payments is not found");
    request = client_start_request(client, "");
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_id is not set");
    request = client_start_request(client, WORKFLOW);
    request->workflow_type->name = nothing;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_type is not set");
    request->workflow_type = NULL;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_type is not set");
    request = client_start_request(client, WORKFLOW);
    request->task_queue->name = client_text(client, "/_sys/orders");
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "task_queue begins with the reserved /_sys/");
    request->task_queue->name = client_text(client, "temporal-sys-per-ns-tq");
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "task_queue is the service's own");
    request->task_queue->name = nothing;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "task_queue is not set");
    request->task_queue = NULL;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "task_queue is not set");
}

static void text_must_be_utf8(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_id = client_text(client, "order-\xC3\x28");
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_id");
    request->workflow_id = client_text(client, "Bestellung-\xC3\x9F");
    (void)client_must(client, START, request);
    assert_int_equal(tl_sim_is_closed(client->sim, "default", "Bestellung-\xC3\x9F", NULL), 0);
}

/* ---- Timeouts ---- */

static void what_was_not_asked_for_stays_unset(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);

    assert_null(started(client)->workflow_execution_timeout);
    assert_null(started(client)->workflow_run_timeout);
    assert_null(started(client)->workflow_execution_expiration_time);
    assert_int_equal(started_task_timeout(client), TL_SECONDS(10));
    assert_int_equal(pb_nanoseconds(started(client)->first_workflow_task_backoff), 0);
    assert_non_null(started(client)->first_workflow_task_backoff);
}

static void zero_is_no_timeout(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_execution_timeout = client_duration(client, 0);
    request->workflow_run_timeout = client_duration(client, 0);
    request->workflow_task_timeout = client_duration(client, 0);
    (void)client_must(client, START, request);

    assert_int_equal(pb_nanoseconds(started(client)->workflow_execution_timeout), 0);
    assert_int_equal(pb_nanoseconds(started(client)->workflow_run_timeout), 0);
    assert_int_equal(started_task_timeout(client), TL_SECONDS(10));
    assert_true(tl_driver_next_deadline(client->driver, TL_DEADLINE_RUN) == TL_NEVER);
}

static void a_run_lasts_no_longer_than_its_chain(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_execution_timeout = client_duration(client, TL_SECONDS(60));
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(90));
    (void)client_must(client, START, request);

    assert_int_equal(pb_nanoseconds(started(client)->workflow_execution_timeout), TL_SECONDS(60));
    assert_int_equal(pb_nanoseconds(started(client)->workflow_run_timeout), TL_SECONDS(60));
    assert_int_equal(
        pb_time(started(client)->workflow_execution_expiration_time), tl_driver_now(client->driver) + TL_SECONDS(60));
}

static void a_task_lasts_no_longer_than_its_run_or_two_minutes(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_task_timeout = client_duration(client, TL_SECONDS(300));
    (void)client_must(client, START, request);
    assert_int_equal(started_task_timeout(client), TL_SECONDS(120));
    client_terminate(client, WORKFLOW);

    request->workflow_run_timeout = client_duration(client, TL_SECONDS(7));
    (void)client_must(client, START, request);
    assert_int_equal(started_task_timeout(client), TL_SECONDS(7));
    client_terminate(client, WORKFLOW);

    request->workflow_task_timeout = NULL;
    (void)client_must(client, START, request);
    assert_int_equal(started_task_timeout(client), TL_SECONDS(7));
}

static void timeouts_must_be_durations(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_run_timeout = client_duration(client, -TL_SECONDS(1));
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_run_timeout is negative");
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(1));
    request->workflow_run_timeout->nanos = -1;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_run_timeout has seconds and nanos of different");
    request->workflow_run_timeout = NULL;
    request->workflow_execution_timeout = client_duration(client, -1);
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_execution_timeout is negative");
    request->workflow_execution_timeout = NULL;
    request->workflow_task_timeout = client_duration(client, -1);
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "workflow_task_timeout is negative");
}

static void a_timeout_of_ages_is_a_hundred_years(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

    request->workflow_run_timeout = client_duration(client, 0);
    request->workflow_run_timeout->seconds = INT64_MAX;
    (void)client_must(client, START, request);

    assert_int_equal(pb_nanoseconds(started(client)->workflow_run_timeout), TL_DAYS(36500));
}

/* ---- The end of its time ---- */

static void a_run_times_out(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->workflow_run_timeout = client_duration(client, TL_SECONDS(30));
    (void)client_must(client, START, request);
    (void)client_complete(
        client,
        client_poll(client, NULL),
        COMMANDS(command_timer(client, "1", TL_MINUTES(1)), command_activity(client, "1", "ChargeCard")));

    assert_int_equal(
        tl_driver_next_deadline(client->driver, TL_DEADLINE_RUN), tl_driver_now(client->driver) + TL_SECONDS(30));
    assert_false(client_skip(client)); /* what would come after the run's end is no reason to go there */
    client_pass(client, TL_SECONDS(30) - 1);
    assert_int_equal(tl_sim_open_runs(client->sim), 1);
    client_pass(client, 1);

    assert_history_from(client, WORKFLOW, 7, "7 WorkflowExecutionTimedOut RETRY_POLICY_NOT_SET\n");
    assert_int_equal(pb_time(client_event(client, WORKFLOW, 7)->event_time), tl_driver_now(client->driver));
    assert_true(tl_driver_next_deadline(client->driver, 7) == TL_NEVER);
    assert_null(client_poll_activity(client));
}

static void a_chain_times_out_and_its_task_fails(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->workflow_execution_timeout = client_duration(client, TL_SECONDS(5));
    (void)client_must(client, START, request);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "hello");

    client_pass(client, TL_SECONDS(5));

    assert_history_from(
        client,
        WORKFLOW,
        4,
        "4 WorkflowTaskFailed 2,3 FORCE_CLOSE_COMMAND\n"
        "5 WorkflowExecutionSignaled hello\n"
        "6 WorkflowExecutionTimedOut TIMEOUT\n");
    assert_refused(client_refused(client, task, NO_COMMANDS), TL_NOT_FOUND, "already completed");
}

/* ---- What it carries ---- */

static void what_is_not_served_is_named(void **state)
{
    struct service_client *client = *state;
    start_request request;

#define UNSUPPORTED(field, ...)                                                                                        \
    request = client_start_request(client, WORKFLOW);                                                                  \
    request->field = __VA_ARGS__;                                                                                      \
    expect_refusal(client, request, TL_UNSUPPORTED, #field " is not supported")

    UNSUPPORTED(cron_schedule, client_text(client, "0 * * * *"));
    UNSUPPORTED(
        versioning_override,
        PB_NEW(&client->arena, Pb__Workflow__VersioningOverride, pb__workflow__versioning_override));
#undef UNSUPPORTED
    Pb__WorkerDeploymentOptions options = PB__WORKER_DEPLOYMENT_OPTIONS__INIT;
    Pb__Callback callback = PB__CALLBACK__INIT;
    Pb__Callback *callbacks[] = {&callback};
    options.worker_versioning_mode = WORKER_VERSIONING_MODE_VERSIONED;
    request = client_start_request(client, WORKFLOW);
    request->eager_worker_deployment_options = &options;
    expect_refusal(client, request, TL_UNSUPPORTED, "eager_worker_deployment_options is not supported");
    request = client_start_request(client, WORKFLOW);
    request->n_completion_callbacks = 1;
    request->completion_callbacks = callbacks;
    expect_refusal(client, request, TL_UNSUPPORTED, "completion_callbacks is not supported");
}

static void what_it_was_given_is_kept(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    Pb__Memo__FieldsEntry note = PB__MEMO__FIELDS_ENTRY__INIT;
    Pb__Memo__FieldsEntry *notes[] = {&note};
    Pb__Header__FieldsEntry context = PB__HEADER__FIELDS_ENTRY__INIT;
    Pb__Header__FieldsEntry *contexts[] = {&context};

    note.key = client_text(client, "note");
    note.value = client_json(client, "\"fragile\"")->payloads[0];
    context.key = client_text(client, "trace");
    context.value = client_json(client, "\"t1\"")->payloads[0];
    request->input = client_json(client, "{\"order\": 1}");
    request->memo = PB_NEW(&client->arena, Pb__Memo, pb__memo);
    request->memo->n_fields = 1;
    request->memo->fields = notes;
    request->header = PB_NEW(&client->arena, Pb__Header, pb__header);
    request->header->n_fields = 1;
    request->header->fields = contexts;
    request->last_completion_result = client_json(client, "\"before\"");
    request->user_metadata = PB_NEW(&client->arena, Pb__UserMetadata, pb__user_metadata);
    request->user_metadata->summary = client_json(client, "\"Order 1\"")->payloads[0];
    (void)client_must(client, START, request);

    assert_same(started(client)->input, request->input);
    assert_same(started(client)->memo, request->memo);
    assert_same(started(client)->header, request->header);
    assert_same(started(client)->last_completion_result, request->last_completion_result);
    assert_same(client_event(client, WORKFLOW, 1)->user_metadata, request->user_metadata);
}

static void input_and_memo_have_limits(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    Pb__Payloads *large = client_json(client, "1");

    large->payloads[0]->data.len = (size_t)2 << 20;
    large->payloads[0]->data.data = (uint8_t *)client_long_text(client, (size_t)2 << 20);
    request->input = large;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "input exceeds 2097152 bytes");

    Pb__Memo__FieldsEntry note = PB__MEMO__FIELDS_ENTRY__INIT;
    Pb__Memo__FieldsEntry *notes[] = {&note};
    note.key = client_text(client, "note");
    note.value = large->payloads[0];
    request->input = NULL;
    request->memo = PB_NEW(&client->arena, Pb__Memo, pb__memo);
    request->memo->n_fields = 1;
    request->memo->fields = notes;
    expect_refusal(client, request, TL_INVALID_ARGUMENT, "memo exceeds 2097152 bytes");
}

static void a_run_id_is_the_seeds(void **state)
{
    struct service_client *client = *state;
    struct service_client other;
    const struct tl_driver_options options = {.seed = 2};

    service_client_open(&other, &options, false);
    const char *mine = client_start(client, WORKFLOW);
    const char *theirs = client_start(&other, WORKFLOW);
    assert_int_equal(strlen(mine), 36);
    assert_string_not_equal(mine, theirs);
    service_client_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(an_id_is_one_running_workflow),
        SERVICE_TEST(the_same_request_starts_once),
        SERVICE_TEST(the_running_one_may_be_used),
        SERVICE_TEST(the_running_one_may_be_replaced),
        SERVICE_TEST(a_closed_id_may_be_used_again),
        SERVICE_TEST(a_closed_id_may_be_refused),
        SERVICE_TEST(policies_must_be_known_and_agree),
        SERVICE_TEST(ids_of_a_thousand_bytes_are_fine_and_longer_ones_are_named),
        SERVICE_TEST(names_must_be_there),
        SERVICE_TEST(text_must_be_utf8),
        SERVICE_TEST(what_was_not_asked_for_stays_unset),
        SERVICE_TEST(zero_is_no_timeout),
        SERVICE_TEST(a_run_lasts_no_longer_than_its_chain),
        SERVICE_TEST(a_task_lasts_no_longer_than_its_run_or_two_minutes),
        SERVICE_TEST(timeouts_must_be_durations),
        SERVICE_TEST(a_timeout_of_ages_is_a_hundred_years),
        SERVICE_TEST(a_run_times_out),
        SERVICE_TEST(a_chain_times_out_and_its_task_fails),
        SERVICE_TEST(what_is_not_served_is_named),
        SERVICE_TEST(what_it_was_given_is_kept),
        SERVICE_TEST(input_and_memo_have_limits),
        SERVICE_TEST(a_run_id_is_the_seeds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
