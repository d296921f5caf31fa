/* SPDX-License-Identifier: MIT */
/* What can be asked of the service, and how often. */
#include <string.h>

#include "tests/sim/random_requests.h"

#define WORKFLOWS 24

#define NEW_REQUEST(Type, lower)                                                                                       \
    Pb__##Type##Request *request = PB_NEW(&requests->scratch, Pb__##Type##Request, pb__##lower##_request);             \
    request->namespace_ = name_space(requests)

static char *text(struct random_requests *requests, const char *value)
{
    return arena_strdup(&requests->scratch, value);
}

/* Two that are there, one of them registered on the way, and sometimes one that is not. */
static char *name_space(struct random_requests *requests)
{
    static const char *const names[] = {"default", "second", "absent"};
    uint64_t number = random_pick(requests, 200);

    return text(requests, names[number < 150 ? 0 : number < 199 ? 1 : 2]);
}

static char *workflow_id(struct random_requests *requests)
{
    return random_once_in(requests, 200) ? text(requests, "") : random_name(requests, "order-", WORKFLOWS);
}

/* The newest run, most often. */
static Pb__WorkflowExecution *execution(struct random_requests *requests)
{
    Pb__WorkflowExecution *execution = PB_NEW(&requests->scratch, Pb__WorkflowExecution, pb__workflow_execution);

    execution->workflow_id = workflow_id(requests);
    if (random_once_in(requests, 8)) {
        execution->run_id = text(requests, requests->run_ids[random_pick(requests, RANDOM_TASKS)]);
    }
    return execution;
}

static Pb__TaskQueue *task_queue(struct random_requests *requests, bool sticky)
{
    Pb__TaskQueue *queue = PB_NEW(&requests->scratch, Pb__TaskQueue, pb__task_queue);

    queue->name = sticky ? random_name(requests, "sticky-", 3) : random_name(requests, "queue-", 2);
    queue->kind = sticky ? TASK_QUEUE_KIND_STICKY : TASK_QUEUE_KIND_NORMAL;
    if (sticky) {
        queue->normal_name = text(requests, "queue-0");
    }
    return queue;
}

static Pb__Failure *failure(struct random_requests *requests)
{
    Pb__Failure *failure = PB_NEW(&requests->scratch, Pb__Failure, pb__failure);

    failure->message = random_name(requests, "failure ", 9);
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    failure->application_failure_info =
        PB_NEW(&requests->scratch, Pb__ApplicationFailureInfo, pb__application_failure_info);
    failure->application_failure_info->type = random_name(requests, "Failure", 3);
    failure->application_failure_info->non_retryable = random_once_in(requests, 6);
    if (random_once_in(requests, 6)) {
        failure->application_failure_info->next_retry_delay = random_duration(requests, 30);
    }
    return failure;
}

/* ---- Clients ---- */

static void do_start(struct random_requests *requests)
{
    NEW_REQUEST(StartWorkflowExecution, start_workflow_execution);

    request->workflow_id = workflow_id(requests);
    request->workflow_type = PB_NEW(&requests->scratch, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = random_name(requests, "Workflow", 3);
    request->task_queue = task_queue(requests, false);
    request->identity = random_name(requests, "client-", 3);
    request->request_id = random_once_in(requests, 3) ? random_name(requests, "request-", 6) : request->request_id;
    request->workflow_id_reuse_policy = (Pb__WorkflowIdReusePolicy)random_pick(requests, 4);
    request->workflow_id_conflict_policy =
        (Pb__WorkflowIdConflictPolicy)(request->workflow_id_reuse_policy == WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING ? 0 : random_pick(requests, 4));
    request->request_eager_execution = random_once_in(requests, 6);
    if (random_once_in(requests, 4)) {
        request->workflow_run_timeout = random_duration(requests, 300);
        request->workflow_execution_timeout = random_duration(requests, 900);
    }
    if (random_once_in(requests, 4)) {
        request->retry_policy = PB_NEW(&requests->scratch, Pb__RetryPolicy, pb__retry_policy);
        request->retry_policy->maximum_attempts = (int32_t)random_pick(requests, 4);
    }
    if (random_once_in(requests, 8)) {
        request->workflow_start_delay = random_duration(requests, 60);
    }
    if (random_once_in(requests, 4)) {
        request->workflow_task_timeout = random_duration(requests, 20);
    }
    random_send(requests, RPC_StartWorkflowExecution, request);
}

static void do_signal(struct random_requests *requests)
{
    NEW_REQUEST(SignalWorkflowExecution, signal_workflow_execution);

    request->workflow_execution = execution(requests);
    request->signal_name = random_name(requests, "signal-", 3);
    request->input = random_payloads(requests);
    request->request_id = random_once_in(requests, 4) ? random_name(requests, "request-", 6) : request->request_id;
    random_send(requests, RPC_SignalWorkflowExecution, request);
}

static void do_signal_with_start(struct random_requests *requests)
{
    NEW_REQUEST(SignalWithStartWorkflowExecution, signal_with_start_workflow_execution);

    request->workflow_id = workflow_id(requests);
    request->workflow_type = PB_NEW(&requests->scratch, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = random_name(requests, "Workflow", 3);
    request->task_queue = task_queue(requests, false);
    request->signal_name = random_name(requests, "signal-", 3);
    request->workflow_id_reuse_policy = (Pb__WorkflowIdReusePolicy)random_pick(requests, 4);
    request->request_id = random_once_in(requests, 4) ? random_name(requests, "request-", 6) : request->request_id;
    if (random_once_in(requests, 8)) {
        request->workflow_start_delay = random_duration(requests, 60);
    }
    random_send(requests, RPC_SignalWithStartWorkflowExecution, request);
}

static void do_cancel(struct random_requests *requests)
{
    NEW_REQUEST(RequestCancelWorkflowExecution, request_cancel_workflow_execution);

    request->workflow_execution = execution(requests);
    request->request_id = random_name(requests, "request-", 6);
    random_send(requests, RPC_RequestCancelWorkflowExecution, request);
}

static void do_terminate(struct random_requests *requests)
{
    NEW_REQUEST(TerminateWorkflowExecution, terminate_workflow_execution);

    request->workflow_execution = execution(requests);
    request->reason = text(requests, "out of patience");
    random_send(requests, RPC_TerminateWorkflowExecution, request);
}

static void do_query(struct random_requests *requests)
{
    NEW_REQUEST(QueryWorkflow, query_workflow);

    request->execution = execution(requests);
    request->query = PB_NEW(&requests->scratch, Pb__WorkflowQuery, pb__workflow_query);
    request->query->query_type = random_name(requests, "query-", 3);
    request->query_reject_condition = (Pb__QueryRejectCondition)random_pick(requests, 4);
    random_send(requests, RPC_QueryWorkflow, request);
}

static void do_describe(struct random_requests *requests)
{
    NEW_REQUEST(DescribeWorkflowExecution, describe_workflow_execution);

    request->execution = execution(requests);
    random_send(requests, RPC_DescribeWorkflowExecution, request);
}

static void do_history(struct random_requests *requests)
{
    NEW_REQUEST(GetWorkflowExecutionHistory, get_workflow_execution_history);

    request->execution = execution(requests);
    request->wait_new_event = random_once_in(requests, 3);
    request->maximum_page_size = (int32_t)random_pick(requests, 40);
    request->history_event_filter_type = (Pb__HistoryEventFilterType)random_pick(requests, 3);
    if (random_once_in(requests, 2)) {
        request->next_page_token = random_bytes(random_token(requests, &requests->pages));
    }
    random_send(requests, RPC_GetWorkflowExecutionHistory, request);
}

static void do_reverse_history(struct random_requests *requests)
{
    NEW_REQUEST(GetWorkflowExecutionHistoryReverse, get_workflow_execution_history_reverse);

    request->execution = execution(requests);
    request->maximum_page_size = (int32_t)random_pick(requests, 40);
    random_send(requests, RPC_GetWorkflowExecutionHistoryReverse, request);
}

/* ---- Workers ---- */

static void do_poll(struct random_requests *requests)
{
    NEW_REQUEST(PollWorkflowTaskQueue, poll_workflow_task_queue);

    request->task_queue = task_queue(requests, random_once_in(requests, 3));
    request->identity = random_name(requests, "worker-", 3);
    request->worker_instance_key = random_name(requests, "key-", 3);
    random_send(requests, RPC_PollWorkflowTaskQueue, request);
}

static void do_activity_poll(struct random_requests *requests)
{
    NEW_REQUEST(PollActivityTaskQueue, poll_activity_task_queue);

    request->task_queue = task_queue(requests, false);
    request->identity = random_name(requests, "worker-", 3);
    request->worker_instance_key = random_name(requests, "key-", 3);
    random_send(requests, RPC_PollActivityTaskQueue, request);
}

static void do_shutdown(struct random_requests *requests)
{
    NEW_REQUEST(ShutdownWorker, shutdown_worker);

    request->task_queue = random_name(requests, "queue-", 2);
    request->sticky_task_queue = random_name(requests, "sticky-", 3);
    request->worker_instance_key = random_name(requests, "key-", 3);
    random_send(requests, RPC_ShutdownWorker, request);
}

static void do_reset_sticky(struct random_requests *requests)
{
    NEW_REQUEST(ResetStickyTaskQueue, reset_sticky_task_queue);

    request->execution = execution(requests);
    random_send(requests, RPC_ResetStickyTaskQueue, request);
}

static void answer_query(struct random_requests *requests, const struct random_token *task)
{
    NEW_REQUEST(RespondQueryTaskCompleted, respond_query_task_completed);

    request->namespace_ = text(requests, "");
    request->task_token = random_bytes(task);
    request->completed_type = (Pb__QueryResultType)(1 + random_pick(requests, 2));
    request->query_result = random_payloads(requests);
    request->error_message = text(requests, "no such query");
    random_send(requests, RPC_RespondQueryTaskCompleted, request);
}

/* A worker at work: what is ready runs, and the poll finds it. */
static void do_work(struct random_requests *requests)
{
    do_poll(requests);
    random_run(requests, SIZE_MAX);
}

static void do_activity_work(struct random_requests *requests)
{
    do_activity_poll(requests);
    random_run(requests, SIZE_MAX);
}

static void complete(struct random_requests *requests)
{
    NEW_REQUEST(RespondWorkflowTaskCompleted, respond_workflow_task_completed);
    const struct random_token *task = random_token(requests, &requests->workflow_tasks);

    if (task->query) {
        answer_query(requests, task);
        return;
    }
    request->namespace_ = text(requests, "");
    request->task_token = random_bytes(task);
    request->identity = random_name(requests, "worker-", 3);
    random_commands(requests, task, request);
    request->return_new_workflow_task = random_once_in(requests, 3);
    request->force_create_new_workflow_task = random_once_in(requests, 12);
    if (random_once_in(requests, 2)) {
        request->sticky_attributes =
            PB_NEW(&requests->scratch, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
        request->sticky_attributes->worker_task_queue = task_queue(requests, true);
        request->sticky_attributes->schedule_to_start_timeout = random_duration(requests, 10);
    }
    random_send(requests, RPC_RespondWorkflowTaskCompleted, request);
}

static void do_complete(struct random_requests *requests)
{
    if (requests->workflow_tasks.count == 0) {
        do_work(requests);
    } else {
        complete(requests);
    }
}

static void do_fail_task(struct random_requests *requests)
{
    NEW_REQUEST(RespondWorkflowTaskFailed, respond_workflow_task_failed);

    request->namespace_ = text(requests, "");
    request->task_token = random_bytes(random_token(requests, &requests->workflow_tasks));
    request->cause = (Pb__WorkflowTaskFailedCause)random_pick(requests, 30);
    request->failure = failure(requests);
    random_send(requests, RPC_RespondWorkflowTaskFailed, request);
}

/* ---- Activities ---- */

static ProtobufCBinaryData activity_token(struct random_requests *requests)
{
    return random_bytes(random_token(requests, &requests->activity_tasks));
}

static void complete_activity(struct random_requests *requests)
{
    NEW_REQUEST(RespondActivityTaskCompleted, respond_activity_task_completed);

    request->namespace_ = text(requests, "");
    request->task_token = activity_token(requests);
    request->result = random_payloads(requests);
    random_send(requests, RPC_RespondActivityTaskCompleted, request);
}

static void do_complete_activity(struct random_requests *requests)
{
    if (requests->activity_tasks.count == 0) {
        do_activity_work(requests);
    } else {
        complete_activity(requests);
    }
}

static void do_fail_activity(struct random_requests *requests)
{
    NEW_REQUEST(RespondActivityTaskFailed, respond_activity_task_failed);

    request->namespace_ = text(requests, "");
    request->task_token = activity_token(requests);
    request->failure = failure(requests);
    if (random_once_in(requests, 4)) {
        request->last_heartbeat_details = random_payloads(requests);
    }
    random_send(requests, RPC_RespondActivityTaskFailed, request);
}

static void do_cancel_activity(struct random_requests *requests)
{
    NEW_REQUEST(RespondActivityTaskCanceled, respond_activity_task_canceled);

    request->namespace_ = text(requests, "");
    request->task_token = activity_token(requests);
    random_send(requests, RPC_RespondActivityTaskCanceled, request);
}

/* The activity goes on: its token is used again. */
static void do_heartbeat(struct random_requests *requests)
{
    NEW_REQUEST(RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
    const struct random_token *task = random_token(requests, &requests->activity_tasks);

    request->namespace_ = text(requests, "");
    request->task_token = random_bytes(task);
    request->details = random_once_in(requests, 3) ? NULL : random_payloads(requests);
    random_send(requests, RPC_RecordActivityTaskHeartbeat, request);
    if (task->len > 0) {
        const struct random_token again = *task;
        random_keep(
            &requests->activity_tasks, &(ProtobufCBinaryData){again.len, (uint8_t *)(uintptr_t)again.bytes}, false);
    }
}

#define BY_ID(Type, lower)                                                                                             \
    NEW_REQUEST(Type##ById, lower##_by_id);                                                                            \
    request->workflow_id = workflow_id(requests);                                                                      \
    request->activity_id = random_name(requests, "activity-", WORKFLOWS)

static void do_by_id(struct random_requests *requests)
{
    uint64_t which = random_pick(requests, 4);

    if (which == 0) {
        BY_ID(RespondActivityTaskCompleted, respond_activity_task_completed);
        random_send(requests, RPC_RespondActivityTaskCompletedById, request);
    } else if (which == 1) {
        BY_ID(RespondActivityTaskFailed, respond_activity_task_failed);
        request->failure = failure(requests);
        random_send(requests, RPC_RespondActivityTaskFailedById, request);
    } else if (which == 2) {
        BY_ID(RespondActivityTaskCanceled, respond_activity_task_canceled);
        random_send(requests, RPC_RespondActivityTaskCanceledById, request);
    } else {
        BY_ID(RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
        request->details = random_payloads(requests);
        random_send(requests, RPC_RecordActivityTaskHeartbeatById, request);
    }
}

/* ---- The system ---- */

static void do_register(struct random_requests *requests)
{
    NEW_REQUEST(RegisterNamespace, register_namespace);

    request->namespace_ = text(requests, "second");
    request->workflow_execution_retention_period = PB_NEW(&requests->scratch, Pb__Duration, pb__duration);
    request->workflow_execution_retention_period->seconds = 86400;
    random_send(requests, RPC_RegisterNamespace, request);
}

static void do_system(struct random_requests *requests)
{
    uint64_t which = random_pick(requests, 5);

    if (which == 0) {
        NEW_REQUEST(DescribeNamespace, describe_namespace);
        random_send(requests, RPC_DescribeNamespace, request);
    } else if (which == 1) {
        NEW_REQUEST(UpdateNamespace, update_namespace);
        random_send(requests, RPC_UpdateNamespace, request);
    } else if (which == 2) {
        random_send(
            requests,
            RPC_ListNamespaces,
            PB_NEW(&requests->scratch, Pb__ListNamespacesRequest, pb__list_namespaces_request));
    } else if (which == 3) {
        random_send(
            requests,
            RPC_GetSystemInfo,
            PB_NEW(&requests->scratch, Pb__GetSystemInfoRequest, pb__get_system_info_request));
    } else {
        random_send(
            requests,
            RPC_GetClusterInfo,
            PB_NEW(&requests->scratch, Pb__GetClusterInfoRequest, pb__get_cluster_info_request));
    }
}

/* ---- The world ---- */

static void do_give_up(struct random_requests *requests)
{
    const struct random_call *call = &requests->calls[random_pick(requests, RANDOM_CALLS)];

    if (call->call != NULL) {
        tl_service_cancel(requests->service, call->call);
    }
}

static void do_run(struct random_requests *requests)
{
    random_run(requests, SIZE_MAX);
}

static void do_run_one(struct random_requests *requests)
{
    random_run(requests, 1);
}

static void do_skip(struct random_requests *requests)
{
    random_run(requests, SIZE_MAX);
    tl_time next = tl_driver_next_deadline(requests->driver, TL_DEADLINE_WAKING);

    if (next != TL_NEVER) {
        random_pass(requests, next - tl_driver_now(requests->driver));
    }
}

static void do_pass(struct random_requests *requests)
{
    tl_duration most = random_once_in(requests, 20) ? TL_MINUTES(20) : TL_SECONDS(3);

    random_pass(requests, (tl_duration)random_pick(requests, (uint64_t)most));
}

static const struct {
    void (*act)(struct random_requests *requests);
    unsigned weight;
} steps[] = {
    {do_start, 8},
    {do_signal, 6},
    {do_signal_with_start, 3},
    {do_cancel, 2},
    {do_terminate, 1},
    {do_query, 3},
    {do_describe, 2},
    {do_history, 4},
    {do_reverse_history, 1},
    {do_poll, 6},
    {do_activity_poll, 4},
    {do_shutdown, 1},
    {do_reset_sticky, 1},
    {do_complete, 24},
    {do_fail_task, 2},
    {do_complete_activity, 6},
    {do_fail_activity, 4},
    {do_cancel_activity, 2},
    {do_heartbeat, 4},
    {do_by_id, 2},
    {do_register, 1},
    {do_system, 1},
    {do_give_up, 1},
    {do_run, 6},
    {do_run_one, 8},
    {do_work, 14},
    {do_activity_work, 8},
    {do_skip, 4},
    {do_pass, 4},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void random_act(struct random_requests *requests)
{
    unsigned total = 0;

    for (size_t i = 0; i < COUNT(steps); i++) {
        total += steps[i].weight;
    }
    uint64_t place = random_pick(requests, total);
    size_t chosen = 0;
    while (place >= steps[chosen].weight) {
        place -= steps[chosen++].weight;
    }
    steps[chosen].act(requests);
}
