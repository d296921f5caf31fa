/* SPDX-License-Identifier: MIT */
/* What clients ask. */
#include "tests/sim/random_steps.h"

/* ---- What requests name ---- */

char *random_text(struct random_requests *requests, const char *value)
{
    return arena_strdup(&requests->scratch, value);
}

char *random_space(struct random_requests *requests)
{
    static const char *const names[] = {"default", "second", "absent"};
    uint64_t number = random_pick(requests, 200);

    return random_text(requests, names[number < 150 ? 0 : number < 199 ? 1 : 2]);
}

char *random_workflow_id(struct random_requests *requests)
{
    return random_once_in(requests, 200) ? random_text(requests, "")
                                         : random_name(requests, "order-", RANDOM_WORKFLOWS);
}

Pb__WorkflowExecution *random_execution(struct random_requests *requests)
{
    Pb__WorkflowExecution *execution = PB_NEW(&requests->scratch, Pb__WorkflowExecution, pb__workflow_execution);

    execution->workflow_id = random_workflow_id(requests);
    if (random_once_in(requests, 8)) {
        execution->run_id = random_text(requests, requests->run_ids[random_pick(requests, RANDOM_TASKS)]);
    }
    return execution;
}

Pb__TaskQueue *random_queue(struct random_requests *requests, bool sticky)
{
    Pb__TaskQueue *queue = PB_NEW(&requests->scratch, Pb__TaskQueue, pb__task_queue);

    queue->name = sticky ? random_name(requests, "sticky-", 3) : random_name(requests, "queue-", 2);
    queue->kind = sticky ? TASK_QUEUE_KIND_STICKY : TASK_QUEUE_KIND_NORMAL;
    if (sticky) {
        queue->normal_name = random_text(requests, "queue-0");
    }
    return queue;
}

Pb__Failure *random_failure(struct random_requests *requests)
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

/* ---- Requests ---- */

static Pb__TimeSkippingConfig *time_skipping(struct random_requests *requests)
{
    Pb__TimeSkippingConfig *config = RANDOM_NEW(TimeSkippingConfig, time_skipping_config);

    config->enabled = true;
    if (random_once_in(requests, 2)) {
        config->fast_forward_config = RANDOM_NEW(FastForwardConfig, fast_forward_config);
        config->fast_forward_config->id = random_name(requests, "forward-", 3);
        config->fast_forward_config->duration = random_duration(requests, 3600);
    }
    return config;
}

static void set_times(struct random_requests *requests, Pb__StartWorkflowExecutionRequest *request)
{
    if (random_once_in(requests, 4)) {
        request->workflow_run_timeout = random_duration(requests, 300);
        request->workflow_execution_timeout = random_duration(requests, 900);
    }
    if (random_once_in(requests, 4)) {
        request->retry_policy = RANDOM_NEW(RetryPolicy, retry_policy);
        request->retry_policy->maximum_attempts = (int32_t)random_pick(requests, 4);
    }
    if (random_once_in(requests, 8)) {
        request->workflow_start_delay = random_duration(requests, 60);
    }
    if (random_once_in(requests, 4)) {
        request->workflow_task_timeout = random_duration(requests, 20);
    }
    if (random_once_in(requests, 10)) {
        request->time_skipping_config = time_skipping(requests);
    }
}

void random_start(struct random_requests *requests)
{
    NEW_REQUEST(StartWorkflowExecution, start_workflow_execution);

    request->workflow_id = random_workflow_id(requests);
    request->workflow_type = PB_NEW(&requests->scratch, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = random_name(requests, "Workflow", 3);
    request->task_queue = random_queue(requests, false);
    request->identity = random_name(requests, "client-", 3);
    request->request_id = random_once_in(requests, 3) ? random_name(requests, "request-", 6) : request->request_id;
    request->workflow_id_reuse_policy = (Pb__WorkflowIdReusePolicy)random_pick(requests, 4);
    request->workflow_id_conflict_policy =
        (Pb__WorkflowIdConflictPolicy)(request->workflow_id_reuse_policy == WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING ? 0 : random_pick(requests, 4));
    request->request_eager_execution = random_once_in(requests, 6);
    set_times(requests, request);
    if (request->workflow_id_conflict_policy == WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING) {
        request->on_conflict_options = RANDOM_NEW(Workflow__OnConflictOptions, workflow__on_conflict_options);
        request->on_conflict_options->attach_request_id = random_once_in(requests, 2);
    }
    random_send(requests, RPC_StartWorkflowExecution, request);
}

void random_signal(struct random_requests *requests)
{
    NEW_REQUEST(SignalWorkflowExecution, signal_workflow_execution);

    request->workflow_execution = random_execution(requests);
    request->signal_name = random_name(requests, "signal-", 3);
    request->input = random_payloads(requests);
    request->request_id = random_once_in(requests, 4) ? random_name(requests, "request-", 6) : request->request_id;
    random_send(requests, RPC_SignalWorkflowExecution, request);
}

void random_signal_with_start(struct random_requests *requests)
{
    NEW_REQUEST(SignalWithStartWorkflowExecution, signal_with_start_workflow_execution);

    request->workflow_id = random_workflow_id(requests);
    request->workflow_type = PB_NEW(&requests->scratch, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = random_name(requests, "Workflow", 3);
    request->task_queue = random_queue(requests, false);
    request->signal_name = random_name(requests, "signal-", 3);
    request->workflow_id_reuse_policy = (Pb__WorkflowIdReusePolicy)random_pick(requests, 4);
    request->request_id = random_once_in(requests, 4) ? random_name(requests, "request-", 6) : request->request_id;
    if (random_once_in(requests, 8)) {
        request->workflow_start_delay = random_duration(requests, 60);
    }
    random_send(requests, RPC_SignalWithStartWorkflowExecution, request);
}

void random_cancel(struct random_requests *requests)
{
    NEW_REQUEST(RequestCancelWorkflowExecution, request_cancel_workflow_execution);

    request->workflow_execution = random_execution(requests);
    request->request_id = random_name(requests, "request-", 6);
    random_send(requests, RPC_RequestCancelWorkflowExecution, request);
}

void random_terminate(struct random_requests *requests)
{
    NEW_REQUEST(TerminateWorkflowExecution, terminate_workflow_execution);

    request->workflow_execution = random_execution(requests);
    request->reason = random_text(requests, "out of patience");
    random_send(requests, RPC_TerminateWorkflowExecution, request);
}

void random_query(struct random_requests *requests)
{
    NEW_REQUEST(QueryWorkflow, query_workflow);

    request->execution = random_execution(requests);
    request->query = PB_NEW(&requests->scratch, Pb__WorkflowQuery, pb__workflow_query);
    request->query->query_type = random_name(requests, "query-", 3);
    request->query_reject_condition = (Pb__QueryRejectCondition)random_pick(requests, 4);
    random_send(requests, RPC_QueryWorkflow, request);
}

void random_describe(struct random_requests *requests)
{
    NEW_REQUEST(DescribeWorkflowExecution, describe_workflow_execution);

    request->execution = random_execution(requests);
    random_send(requests, RPC_DescribeWorkflowExecution, request);
}

void random_history(struct random_requests *requests)
{
    NEW_REQUEST(GetWorkflowExecutionHistory, get_workflow_execution_history);

    request->execution = random_execution(requests);
    request->wait_new_event = random_once_in(requests, 3);
    request->maximum_page_size = (int32_t)random_pick(requests, 40);
    request->history_event_filter_type = (Pb__HistoryEventFilterType)random_pick(requests, 3);
    if (random_once_in(requests, 2)) {
        request->next_page_token = random_bytes(random_token(requests, &requests->pages));
    }
    random_send(requests, RPC_GetWorkflowExecutionHistory, request);
}

void random_reverse_history(struct random_requests *requests)
{
    NEW_REQUEST(GetWorkflowExecutionHistoryReverse, get_workflow_execution_history_reverse);

    request->execution = random_execution(requests);
    request->maximum_page_size = (int32_t)random_pick(requests, 40);
    random_send(requests, RPC_GetWorkflowExecutionHistoryReverse, request);
}

void random_forward(struct random_requests *requests)
{
    NEW_REQUEST(PollWorkflowExecutionTimeSkipping, poll_workflow_execution_time_skipping);

    request->workflow_execution = random_execution(requests);
    request->fast_forward_id = random_name(requests, "forward-", 3);
    random_send(requests, RPC_PollWorkflowExecutionTimeSkipping, request);
}
