/* SPDX-License-Identifier: MIT */
#include "sim/frontend/frontend.h"

#include <string.h>

#include "model/message.h"
#include "model/rpc.h"
#include "sim/commands/completion.h"
#include "sim/frontend/activity_by_id.h"
#include "sim/frontend/activity_report.h"
#include "sim/frontend/cancel.h"
#include "sim/frontend/describe.h"
#include "sim/frontend/get_history.h"
#include "sim/frontend/namespaces.h"
#include "sim/frontend/poll.h"
#include "sim/frontend/poll_time_skipping.h"
#include "sim/frontend/query.h"
#include "sim/frontend/search_attributes.h"
#include "sim/frontend/signal.h"
#include "sim/frontend/signal_with_start.h"
#include "sim/frontend/start.h"
#include "sim/frontend/system.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/run.h"
#include "sim/service/wire.h"

typedef void handle_fn(struct tl_call *call, const void *message);

/* What is served, by tl_rpc.index. */
static handle_fn *const handlers[RPC_COUNT] = {
    [RPC_AddSearchAttributes] = sim_add_search_attributes,
    [RPC_DeprecateNamespace] = sim_deprecate_namespace,
    [RPC_DescribeNamespace] = sim_describe_namespace,
    [RPC_DescribeWorkflowExecution] = sim_describe_workflow_execution,
    [RPC_GetClusterInfo] = sim_get_cluster_info,
    [RPC_GetSearchAttributes] = sim_get_search_attributes,
    [RPC_GetSystemInfo] = sim_get_system_info,
    [RPC_GetWorkflowExecutionHistory] = sim_get_workflow_execution_history,
    [RPC_GetWorkflowExecutionHistoryReverse] = sim_get_workflow_execution_history_reverse,
    [RPC_ListNamespaces] = sim_list_namespaces,
    [RPC_ListSearchAttributes] = sim_list_search_attributes,
    [RPC_PollActivityTaskQueue] = sim_poll_activity_task_queue,
    [RPC_PollWorkflowExecutionTimeSkipping] = sim_poll_workflow_execution_time_skipping,
    [RPC_PollWorkflowTaskQueue] = sim_poll_workflow_task_queue,
    [RPC_QueryWorkflow] = sim_query_workflow,
    [RPC_RecordActivityTaskHeartbeat] = sim_record_activity_task_heartbeat,
    [RPC_RecordActivityTaskHeartbeatById] = sim_record_activity_task_heartbeat_by_id,
    [RPC_RemoveSearchAttributes] = sim_remove_search_attributes,
    [RPC_RegisterNamespace] = sim_register_namespace,
    [RPC_RequestCancelWorkflowExecution] = sim_request_cancel_workflow_execution,
    [RPC_ResetStickyTaskQueue] = sim_reset_sticky_task_queue,
    [RPC_RespondActivityTaskCanceled] = sim_respond_activity_task_canceled,
    [RPC_RespondActivityTaskCanceledById] = sim_respond_activity_task_canceled_by_id,
    [RPC_RespondActivityTaskCompleted] = sim_respond_activity_task_completed,
    [RPC_RespondActivityTaskCompletedById] = sim_respond_activity_task_completed_by_id,
    [RPC_RespondActivityTaskFailed] = sim_respond_activity_task_failed,
    [RPC_RespondActivityTaskFailedById] = sim_respond_activity_task_failed_by_id,
    [RPC_RespondQueryTaskCompleted] = sim_respond_query_task_completed,
    [RPC_RespondWorkflowTaskCompleted] = sim_respond_workflow_task_completed,
    [RPC_RespondWorkflowTaskFailed] = sim_respond_workflow_task_failed,
    [RPC_ShutdownWorker] = sim_shutdown_worker,
    [RPC_SignalWithStartWorkflowExecution] = sim_signal_with_start_workflow_execution,
    [RPC_SignalWorkflowExecution] = sim_signal_workflow_execution,
    [RPC_StartWorkflowExecution] = sim_start_workflow_execution,
    [RPC_TerminateWorkflowExecution] = sim_terminate_workflow_execution,
    [RPC_UpdateNamespace] = sim_update_namespace,
};

/* ---- The way in ---- */

static void handle_valid(struct tl_call *call, const ProtobufCMessage *message)
{
    struct tl_error error;

    if (message_validate(message, &error) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    handlers[call->rpc->index](call, message);
}

/* The copy that arrived is dropped before anyone else runs: what was kept of it shows as poison. */
static void handle_wired(struct tl_call *call, const ProtobufCMessage *message)
{
    struct arena arrived;
    struct tl_error error;
    void *copy = NULL;

    arena_init(&arrived, call->sim->pool);
    if (sim_wire_request(&arrived, call->rpc, message, &copy, &error) != TL_OK) {
        sim_call_refuse_error(call, &error);
    } else {
        handle_valid(call, copy);
    }
    arena_done(&arrived);
}

void sim_frontend_handle(struct tl_call *call, const void *message)
{
    const ProtobufCMessage *base = message;

    if (call->rpc->index >= RPC_COUNT || handlers[call->rpc->index] == NULL) {
        sim_call_refuse(call, TL_UNSUPPORTED, "%s is not supported", call->rpc->name);
    } else if (base == NULL || base->descriptor != call->rpc->request) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "the message is no %s", call->rpc->request->name);
    } else if (call->deadline != 0 && call->deadline <= sim_now(call->sim)) {
        sim_call_refuse(call, TL_DEADLINE_EXCEEDED, "the deadline passed before %s was sent", call->rpc->name);
    } else if (call->sim->wire) {
        handle_wired(call, base);
    } else {
        handle_valid(call, base);
    }
}

/* ---- What requests name ---- */

static bool is_uuid(const char *text)
{
    static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (size_t i = 0; i < sizeof(pattern) - 1; i++) {
        bool hexadecimal = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') ||
                           (text[i] >= 'A' && text[i] <= 'F');
        if (pattern[i] == '-' ? text[i] != '-' : !hexadecimal) {
            return false;
        }
    }
    return text[sizeof(pattern) - 1] == '\0';
}

/* service/frontend/validators.go, validateExecution: an id that is too long names no run. */
bool sim_frontend_check_identity(struct tl_call *call, const char *identity)
{
    struct tl_error error;

    if (sim_check_id(&error, "identity", identity, false) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    return true;
}

bool sim_frontend_check_execution(struct tl_call *call, const Pb__WorkflowExecution *execution)
{
    if (execution == NULL) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "execution is not set");
        return false;
    }
    if (pb_is_empty(execution->workflow_id)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "workflow_id is not set");
        return false;
    }
    if (!pb_is_empty(execution->run_id) && !is_uuid(execution->run_id)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "run_id is no UUID");
        return false;
    }
    return true;
}

struct run *sim_frontend_run(struct tl_call *call, const char *name_space, const Pb__WorkflowExecution *execution)
{
    struct name_space *space = sim_namespace_require(call, name_space);

    if (space == NULL || !sim_frontend_check_execution(call, execution)) {
        return NULL;
    }
    struct run *run = sim_namespace_run(space, execution->workflow_id, execution->run_id);
    if (run == NULL) {
        sim_call_not_found(call, "workflow %s %s is not found", execution->workflow_id, execution->run_id);
        return NULL;
    }
    call->subject = run->workflow_id;
    return run;
}

struct run *sim_frontend_open_run(struct tl_call *call, const char *name_space, const Pb__WorkflowExecution *execution)
{
    struct run *run = sim_frontend_run(call, name_space, execution);

    if (run != NULL && !sim_run_is_open(run)) {
        sim_call_not_found(call, "workflow execution already completed");
        return NULL;
    }
    return run;
}

bool sim_frontend_token(
    struct tl_call *call, const char *name_space, const ProtobufCBinaryData *bytes, enum token_kind kind,
    struct token *out, struct run **out_run)
{
    if (!sim_token_unpack(call->sim, bytes, kind, out)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "task_token is none that this service gave out");
        return false;
    }
    struct run *run = call->sim->runs[out->run];
    if (!pb_is_empty(name_space) && strcmp(name_space, run->space->name) != 0) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "task_token is of another namespace than %s", name_space);
        return false;
    }
    call->subject = run->workflow_id;
    if (!sim_namespace_allows(call, run->space)) {
        return false;
    }
    *out_run = run;
    return true;
}

bool sim_frontend_task(
    struct tl_call *call, const char *name_space, const ProtobufCBinaryData *bytes, enum token_kind kind,
    struct token *out, struct run **out_run)
{
    if (!sim_frontend_token(call, name_space, bytes, kind, out, out_run)) {
        return false;
    }
    if (!sim_run_is_open(*out_run)) {
        sim_call_not_found(call, "workflow execution already completed");
        return false;
    }
    return true;
}

bool sim_frontend_allow_deployment(struct tl_call *call, const Pb__WorkerDeploymentOptions *options)
{
    if (options != NULL && options->worker_versioning_mode == WORKER_VERSIONING_MODE_VERSIONED) {
        sim_call_refuse(call, TL_UNSUPPORTED, "deployment_options.worker_versioning_mode is not supported");
        return false;
    }
    return true;
}
