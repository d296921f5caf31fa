/* SPDX-License-Identifier: MIT */
/* What workers ask and answer. */
#include "sim/service/run.h"
#include "tests/sim/random_steps.h"

void random_poll(struct random_requests *requests)
{
    NEW_REQUEST(PollWorkflowTaskQueue, poll_workflow_task_queue);

    request->task_queue = random_queue(requests, random_once_in(requests, 3));
    request->identity = random_name(requests, "worker-", 3);
    request->worker_instance_key = random_name(requests, "key-", 3);
    random_send(requests, RPC_PollWorkflowTaskQueue, request);
}

void random_activity_poll(struct random_requests *requests)
{
    NEW_REQUEST(PollActivityTaskQueue, poll_activity_task_queue);

    request->task_queue = random_queue(requests, false);
    request->identity = random_name(requests, "worker-", 3);
    request->worker_instance_key = random_name(requests, "key-", 3);
    random_send(requests, RPC_PollActivityTaskQueue, request);
}

void random_shutdown(struct random_requests *requests)
{
    NEW_REQUEST(ShutdownWorker, shutdown_worker);

    request->task_queue = random_name(requests, "queue-", 2);
    request->sticky_task_queue = random_name(requests, "sticky-", 3);
    request->worker_instance_key = random_name(requests, "key-", 3);
    random_send(requests, RPC_ShutdownWorker, request);
}

void random_reset_sticky(struct random_requests *requests)
{
    NEW_REQUEST(ResetStickyTaskQueue, reset_sticky_task_queue);

    request->execution = random_execution(requests);
    random_send(requests, RPC_ResetStickyTaskQueue, request);
}

static void answer_query(struct random_requests *requests, const struct random_token *task)
{
    NEW_REQUEST(RespondQueryTaskCompleted, respond_query_task_completed);

    request->namespace_ = random_text(requests, "");
    request->task_token = random_bytes(task);
    request->completed_type = (Pb__QueryResultType)(1 + random_pick(requests, 2));
    request->query_result = random_payloads(requests);
    request->error_message = random_text(requests, "no such query");
    random_send(requests, RPC_RespondQueryTaskCompleted, request);
}

/* A worker at work: what is ready runs, and the poll finds it. */
void random_work(struct random_requests *requests)
{
    random_poll(requests);
    random_run(requests, SIZE_MAX);
}

void random_activity_work(struct random_requests *requests)
{
    random_activity_poll(requests);
    random_run(requests, SIZE_MAX);
}

/* To those that came with the task; to some of them, or another's, now and then. */
static void answer_queries(
    struct random_requests *requests, const struct random_token *task, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    request->query_results =
        ARENA_ARRAY(&requests->scratch, Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry *, RANDOM_QUERIES);
    for (size_t i = 0; i < task->asked && !random_once_in(requests, 8); i++) {
        Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry *entry = RANDOM_NEW(
            RespondWorkflowTaskCompletedRequest__QueryResultsEntry,
            respond_workflow_task_completed_request__query_results_entry);
        entry->key = random_text(requests, task->ids[i]);
        entry->value = RANDOM_NEW(WorkflowQueryResult, workflow_query_result);
        entry->value->result_type = (Pb__QueryResultType)(1 + random_pick(requests, 2));
        entry->value->answer = random_payloads(requests);
        request->query_results[request->n_query_results++] = entry;
    }
}

static void complete(struct random_requests *requests)
{
    NEW_REQUEST(RespondWorkflowTaskCompleted, respond_workflow_task_completed);
    const struct random_token *task = random_token(requests, &requests->workflow_tasks);

    if (task->query) {
        answer_query(requests, task);
        return;
    }
    request->namespace_ = random_text(requests, "");
    request->task_token = random_bytes(task);
    request->identity = random_name(requests, "worker-", 3);
    random_commands(requests, task, request);
    answer_queries(requests, task, request);
    request->return_new_workflow_task = random_once_in(requests, 3);
    request->force_create_new_workflow_task = random_once_in(requests, 12);
    if (random_once_in(requests, 2)) {
        request->sticky_attributes =
            PB_NEW(&requests->scratch, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
        request->sticky_attributes->worker_task_queue = random_queue(requests, true);
        request->sticky_attributes->schedule_to_start_timeout = random_duration(requests, 10);
    }
    random_send(requests, RPC_RespondWorkflowTaskCompleted, request);
}

void random_complete(struct random_requests *requests)
{
    if (requests->workflow_tasks.count == 0) {
        random_work(requests);
    } else {
        complete(requests);
    }
}

void random_fail_task(struct random_requests *requests)
{
    NEW_REQUEST(RespondWorkflowTaskFailed, respond_workflow_task_failed);

    request->namespace_ = random_text(requests, "");
    request->task_token = random_bytes(random_token(requests, &requests->workflow_tasks));
    request->cause = (Pb__WorkflowTaskFailedCause)random_pick(requests, 30);
    request->failure = random_failure(requests);
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

    request->namespace_ = random_text(requests, "");
    request->task_token = activity_token(requests);
    request->result = random_payloads(requests);
    random_send(requests, RPC_RespondActivityTaskCompleted, request);
}

void random_complete_activity(struct random_requests *requests)
{
    if (requests->activity_tasks.count == 0) {
        random_activity_work(requests);
    } else {
        complete_activity(requests);
    }
}

void random_fail_activity(struct random_requests *requests)
{
    NEW_REQUEST(RespondActivityTaskFailed, respond_activity_task_failed);

    request->namespace_ = random_text(requests, "");
    request->task_token = activity_token(requests);
    request->failure = random_failure(requests);
    if (random_once_in(requests, 4)) {
        request->last_heartbeat_details = random_payloads(requests);
    }
    random_send(requests, RPC_RespondActivityTaskFailed, request);
}

void random_cancel_activity(struct random_requests *requests)
{
    NEW_REQUEST(RespondActivityTaskCanceled, respond_activity_task_canceled);

    request->namespace_ = random_text(requests, "");
    request->task_token = activity_token(requests);
    random_send(requests, RPC_RespondActivityTaskCanceled, request);
}

/* The activity goes on: its token is used again. */
void random_heartbeat(struct random_requests *requests)
{
    NEW_REQUEST(RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
    const struct random_token *task = random_token(requests, &requests->activity_tasks);

    request->namespace_ = random_text(requests, "");
    request->task_token = random_bytes(task);
    request->details = random_once_in(requests, 3) ? NULL : random_payloads(requests);
    random_send(requests, RPC_RecordActivityTaskHeartbeat, request);
    if (task->len > 0) {
        const struct random_token again = *task;
        const ProtobufCBinaryData bytes = random_bytes(&again);
        (void)random_keep(&requests->activity_tasks, &bytes);
    }
}

/* Of some run that has a pending activity, where chance finds one. */
struct ids {
    const char *workflow_id;
    const char *activity_id;
};

static struct ids any_activity(struct random_requests *requests)
{
    for (int i = 0; i < 8 && requests->sim->run_count > 0; i++) {
        const struct run *run = requests->sim->runs[random_pick(requests, requests->sim->run_count)];
        const struct map_entry *entry = map_next(&run->activity_ids, NULL);
        if (entry != NULL) {
            return (struct ids){run->workflow_id, entry->key};
        }
    }
    return (struct ids){"order-1", "activity-1"};
}

#define BY_ID(Type, lower)                                                                                             \
    NEW_REQUEST(Type##ById, lower##_by_id);                                                                            \
    request->workflow_id = random_text(requests, ids.workflow_id);                                                     \
    request->activity_id = random_text(requests, ids.activity_id)

void random_by_id(struct random_requests *requests)
{
    uint64_t which = random_pick(requests, 4);
    const struct ids ids = any_activity(requests);

    if (which == 0) {
        BY_ID(RespondActivityTaskCompleted, respond_activity_task_completed);
        random_send(requests, RPC_RespondActivityTaskCompletedById, request);
    } else if (which == 1) {
        BY_ID(RespondActivityTaskFailed, respond_activity_task_failed);
        request->failure = random_failure(requests);
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
