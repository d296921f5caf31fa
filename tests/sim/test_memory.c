/* SPDX-License-Identifier: MIT */
/* Out of memory at the service: each allocation of a life fails in turn; nothing crashes, nothing leaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/failing_allocator.h"
#include "tests/lib/service_chains.h"
#include "tests/lib/service_queries.h"

#define MOST_ALLOCATIONS 5000
#define MOST_EVENTS      60

/* A caller whose own memory is never out. */
struct caller {
    struct tl_driver *driver;
    struct tl_service *service;
    struct service_client requests; /* of a universe of its own: it makes the messages */
};

static void keep_reply(void *user, struct tl_reply *reply)
{
    struct tl_reply **out = user;

    *out = reply;
}

/* Sends it; false when memory ran out. */
static bool send(struct caller *caller, unsigned rpc, const void *request, struct tl_reply **out_reply)
{
    const struct tl_request asked = {.rpc = &rpc_table[rpc], .message = request};
    struct tl_call *call = NULL;

    *out_reply = NULL;
    enum tl_status status = tl_service_call(caller->service, &asked, keep_reply, out_reply, &call);
    assert_true(status == TL_OK || status == TL_NO_MEMORY || status == TL_STOPPED);
    return status == TL_OK;
}

/* The message of the answer, or NULL when memory ran out; *out_reply to be given back. */
static const void *ask(struct caller *caller, unsigned rpc, const void *request, struct tl_reply **out_reply)
{
    if (!send(caller, rpc, request, out_reply)) {
        return NULL;
    }
    while (*out_reply == NULL && tl_driver_step(caller->driver) == TL_STEP_RAN) {
    }
    if (*out_reply == NULL || (*out_reply)->status != TL_OK) {
        return NULL;
    }
    return (*out_reply)->message;
}

static bool tell(struct caller *caller, unsigned rpc, const void *request)
{
    struct tl_reply *reply = NULL;
    const void *message = ask(caller, rpc, request, &reply);

    tl_reply_unref(reply);
    return message != NULL;
}

static bool do_workflow_task(struct caller *caller, size_t count, Pb__Command *const *commands)
{
    struct tl_reply *reply = NULL;
    const Pb__PollWorkflowTaskQueueResponse *task =
        ask(caller, RPC_PollWorkflowTaskQueue, client_poll_request(&caller->requests, NULL), &reply);
    bool done = false;

    if (task != NULL) {
        Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(&caller->requests, task);
        request->n_commands = count;
        request->commands = (Pb__Command **)(uintptr_t)commands;
        done = tell(caller, RPC_RespondWorkflowTaskCompleted, request);
    }
    tl_reply_unref(reply);
    return done;
}

static bool do_activity_task(struct caller *caller)
{
    struct tl_reply *reply = NULL;
    const Pb__PollActivityTaskQueueResponse *task =
        ask(caller, RPC_PollActivityTaskQueue, client_activity_poll_request(&caller->requests), &reply);
    bool done = false;

    if (task != NULL) {
        Pb__RespondActivityTaskFailedRequest *request = PB_NEW(
            &caller->requests.arena, Pb__RespondActivityTaskFailedRequest, pb__respond_activity_task_failed_request);
        request->namespace_ = client_text(&caller->requests, "default");
        request->task_token = task->task_token;
        request->last_heartbeat_details = client_json(&caller->requests, "50");
        done = tell(caller, RPC_RespondActivityTaskFailed, request);
    }
    tl_reply_unref(reply);
    return done;
}

/* The answer to a query or, where the query came along, to its workflow task. */
static bool answer_query(struct caller *caller)
{
    struct tl_reply *reply = NULL;
    const Pb__PollWorkflowTaskQueueResponse *task =
        ask(caller, RPC_PollWorkflowTaskQueue, client_poll_request(&caller->requests, NULL), &reply);
    bool done = false;

    if (task != NULL && task->query != NULL) {
        Pb__RespondQueryTaskCompletedRequest *request = query_completion(&caller->requests, task);
        request->query_result = client_json(&caller->requests, "1");
        done = tell(caller, RPC_RespondQueryTaskCompleted, request);
    } else if (task != NULL) {
        Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(&caller->requests, task);
        query_add_result(&caller->requests, request, task, 0, "1");
        done = tell(caller, RPC_RespondWorkflowTaskCompleted, request);
    }
    tl_reply_unref(reply);
    return done;
}

static bool do_query(struct caller *caller)
{
    struct tl_reply *reply = NULL;
    bool done = send(caller, RPC_QueryWorkflow, query_request(&caller->requests, WORKFLOW), &reply) &&
                answer_query(caller) && reply != NULL && reply->status == TL_OK;

    tl_reply_unref(reply);
    return done;
}

static bool do_goodbye(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__ShutdownWorkerRequest *request = PB_NEW(&client->arena, Pb__ShutdownWorkerRequest, pb__shutdown_worker_request);

    request->namespace_ = client_text(client, "default");
    request->task_queue = client_text(client, QUEUE);
    request->sticky_task_queue = client_text(client, "sticky");
    request->worker_instance_key = client_text(client, "key-1");
    return tell(caller, RPC_ShutdownWorker, request);
}

static Pb__Command *eager_activity(struct service_client *client)
{
    Pb__Command *command = command_activity(client, "2", "ShipOrder");

    command->schedule_activity_task_command_attributes->request_eager_execution = true;
    return command;
}

/* The eager one is looked at, and reported on by its id. */
static bool do_eager_activity(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__DescribeWorkflowExecutionRequest *look =
        PB_NEW(&client->arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);
    Pb__RecordActivityTaskHeartbeatByIdRequest *beat = PB_NEW(
        &client->arena, Pb__RecordActivityTaskHeartbeatByIdRequest, pb__record_activity_task_heartbeat_by_id_request);
    Pb__RespondActivityTaskCompletedByIdRequest *end = PB_NEW(
        &client->arena, Pb__RespondActivityTaskCompletedByIdRequest, pb__respond_activity_task_completed_by_id_request);

    look->namespace_ = client_text(client, "default");
    look->execution = client_execution(client, WORKFLOW, "");
    beat->namespace_ = look->namespace_;
    beat->workflow_id = client_text(client, WORKFLOW);
    beat->activity_id = client_text(client, "2");
    beat->details = client_json(client, "50");
    end->namespace_ = beat->namespace_;
    end->workflow_id = beat->workflow_id;
    end->activity_id = beat->activity_id;
    return tell(caller, RPC_RecordActivityTaskHeartbeatById, beat) &&
           tell(caller, RPC_DescribeWorkflowExecution, look) && tell(caller, RPC_RespondActivityTaskCompletedById, end);
}

static void pass(struct caller *caller, tl_duration duration)
{
    tl_driver_advance_to(caller->driver, tl_driver_now(caller->driver) + duration);
    while (tl_driver_step(caller->driver) == TL_STEP_RAN) {
    }
}

/* True when it went well to the end. */
static bool live(struct caller *caller)
{
    struct service_client *client = &caller->requests;

    if (!tell(caller, RPC_StartWorkflowExecution, client_start_request(client, WORKFLOW)) ||
        !do_workflow_task(
            caller,
            COMMANDS(
                command_activity(client, "1", "ChargeCard"),
                eager_activity(client),
                command_timer(client, "1", TL_SECONDS(1)))) ||
        !do_query(caller) || !do_activity_task(caller) || !do_eager_activity(caller) || !do_query(caller) ||
        !do_goodbye(caller) ||
        !tell(caller, RPC_SignalWorkflowExecution, client_signal_request(client, WORKFLOW, "hello")) ||
        !tell(caller, RPC_RequestCancelWorkflowExecution, client_cancel_request(client, WORKFLOW))) {
        return false;
    }
    pass(caller, TL_SECONDS(2));
    return do_activity_task(caller) && do_workflow_task(caller, COMMANDS(command_complete(client))) &&
           tell(caller, RPC_GetWorkflowExecutionHistory, client_history_request(client, WORKFLOW));
}

static bool begin_chain(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__SignalWithStartWorkflowExecutionRequest *request = client_signal_with_start_request(client, WORKFLOW, "hello");

    request->retry_policy = client_retry_policy(client);
    request->memo = client_memo(client, "note", "\"fragile\"");
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    request->workflow_start_delay = client_duration(client, TL_SECONDS(1));
    return tell(caller, RPC_SignalWithStartWorkflowExecution, request);
}

/* One start that attaches itself, one that takes the id and its first task along. */
static bool start_again(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    request->request_id = client_text(client, "another-request");
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;
    request->on_conflict_options =
        PB_NEW(&client->arena, Pb__Workflow__OnConflictOptions, pb__workflow__on_conflict_options);
    request->on_conflict_options->attach_request_id = true;
    if (!tell(caller, RPC_StartWorkflowExecution, request)) {
        return false;
    }
    request->request_id = client_text(client, "%s", "");
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;
    request->request_eager_execution = true;
    return tell(caller, RPC_StartWorkflowExecution, request);
}

/* The same for a chain of runs. */
static bool live_on(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__Command *command = command_continue_as_new(client);

    command->continue_as_new_workflow_execution_command_attributes->memo = client_memo(client, "note", "1");
    command->continue_as_new_workflow_execution_command_attributes->retry_policy = client_retry_policy(client);
    if (!begin_chain(caller)) {
        return false;
    }
    pass(caller, TL_SECONDS(1));
    if (!do_workflow_task(
            caller,
            COMMANDS(
                command_upsert(client, "Customer", "\"bob\""),
                command_modify(client, "color", "\"red\""),
                command_fail(client, "CardDeclined")))) {
        return false;
    }
    pass(caller, TL_SECONDS(1));
    if (!do_workflow_task(caller, COMMANDS(command))) {
        return false;
    }
    pass(caller, TL_SECONDS(1));
    return start_again(caller);
}

static bool do_namespaces(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__RegisterNamespaceRequest *registration =
        PB_NEW(&client->arena, Pb__RegisterNamespaceRequest, pb__register_namespace_request);
    Pb__UpdateNamespaceRequest *update =
        PB_NEW(&client->arena, Pb__UpdateNamespaceRequest, pb__update_namespace_request);
    Pb__UpdateNamespaceInfo__DataEntry entry = PB__UPDATE_NAMESPACE_INFO__DATA_ENTRY__INIT;
    Pb__UpdateNamespaceInfo__DataEntry *entries[] = {&entry};

    registration->namespace_ = client_text(client, "payments");
    registration->description = client_text(client, "What is paid");
    registration->workflow_execution_retention_period = client_duration(client, TL_DAYS(1));
    entry.key = client_text(client, "team");
    entry.value = client_text(client, "billing");
    update->namespace_ = client_text(client, "payments");
    update->update_info = PB_NEW(&client->arena, Pb__UpdateNamespaceInfo, pb__update_namespace_info);
    update->update_info->n_data = 1;
    update->update_info->data = entries;
    return tell(caller, RPC_RegisterNamespace, registration) && tell(caller, RPC_UpdateNamespace, update) &&
           tell(
               caller,
               RPC_ListNamespaces,
               PB_NEW(&client->arena, Pb__ListNamespacesRequest, pb__list_namespaces_request)) &&
           tell(
               caller,
               RPC_GetClusterInfo,
               PB_NEW(&client->arena, Pb__GetClusterInfoRequest, pb__get_cluster_info_request));
}

/* Beside another namespace: a run that grows beyond what it may be. */
static bool live_too_long(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__GetWorkflowExecutionHistoryReverseRequest *back = PB_NEW(
        &client->arena,
        Pb__GetWorkflowExecutionHistoryReverseRequest,
        pb__get_workflow_execution_history_reverse_request);
    Pb__Command *commands[MOST_EVENTS];

    for (size_t i = 0; i < MOST_EVENTS; i++) {
        commands[i] = command_marker(client, "seen");
    }
    back->namespace_ = client_text(client, "default");
    back->execution = client_execution(client, WORKFLOW, "");
    back->maximum_page_size = 2;
    return do_namespaces(caller) && tell(caller, RPC_StartWorkflowExecution, client_start_request(client, WORKFLOW)) &&
           !do_workflow_task(caller, MOST_EVENTS, commands) &&
           tell(caller, RPC_GetWorkflowExecutionHistoryReverse, back);
}

typedef bool life_fn(struct caller *caller);

/* Everything with that memory; true when it went well to the end. */
static bool live_and_end(struct failing_allocator *memory, life_fn *life, bool wire)
{
    static const struct tl_search_definition attributes[] = {{"Customer", TL_SEARCH_KEYWORD}, {NULL, TL_SEARCH_UNSET}};
    const struct tl_driver_options options = {.seed = 1, .allocator = &memory->allocator};
    const struct tl_sim_options sim_options = {
        .wire = wire,
        .search_attributes = attributes,
        .limits = {.history_events = MOST_EVENTS},
    };
    struct tl_error error;
    struct caller caller;
    bool well = false;

    caller.driver = tl_driver_new(&options, &error);
    if (caller.driver == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
        return false;
    }
    struct tl_sim *sim = tl_sim_new(caller.driver, &sim_options, &error);
    if (sim == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
    } else {
        struct tl_history *history = NULL;
        caller.service = tl_sim_service(sim);
        service_client_open(&caller.requests, NULL, false);
        well = life(&caller);
        service_client_close(&caller.requests);
        enum tl_status status = tl_sim_history(sim, "default", WORKFLOW, NULL, 3, &history);
        well = well && status == TL_OK;
        tl_history_unref(history);
        tl_sim_free(sim);
    }
    tl_driver_free(caller.driver);
    return well;
}

static void fail_each(life_fn *life, enum fail_mode mode, bool wire)
{
    struct failing_allocator memory;
    size_t nth = 0;
    bool well;

    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        well = live_and_end(&memory, life, wire);
        size_t failed = memory.failed;
        const char *complaint = failing_allocator_complaint(&memory);
        if (complaint != NULL) {
            fail_msg("after allocation %zu failed: %s", nth, complaint);
        }
        if (failed == 0) {
            break;
        }
    } while (nth < MOST_ALLOCATIONS);
    assert_true(well);
    assert_in_range(nth, 10, MOST_ALLOCATIONS - 1);
}

static void one_allocation_fails(void **state)
{
    (void)state;
    fail_each(live, FAIL_ONCE, false);
    fail_each(live_on, FAIL_ONCE, false);
    fail_each(live_too_long, FAIL_ONCE, false);
}

static void all_allocations_fail_from_one_on(void **state)
{
    (void)state;
    fail_each(live, FAIL_FROM_NOW, false);
    fail_each(live_on, FAIL_FROM_NOW, false);
    fail_each(live_too_long, FAIL_FROM_NOW, false);
}

static void one_allocation_fails_over_the_wire(void **state)
{
    (void)state;
    fail_each(live, FAIL_ONCE, true);
    fail_each(live_on, FAIL_ONCE, true);
    fail_each(live_too_long, FAIL_ONCE, true);
}

static void all_allocations_fail_from_one_on_over_the_wire(void **state)
{
    (void)state;
    fail_each(live, FAIL_FROM_NOW, true);
    fail_each(live_on, FAIL_FROM_NOW, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_allocation_fails),
        cmocka_unit_test(all_allocations_fail_from_one_on),
        cmocka_unit_test(one_allocation_fails_over_the_wire),
        cmocka_unit_test(all_allocations_fail_from_one_on_over_the_wire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
