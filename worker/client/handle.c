/* SPDX-License-Identifier: MIT */
/* What can be done to a run from outside: signal, cancel, terminate. */
#include "worker/client/client_private.h"
#include "worker/registry/field.h"
#include "worker/registry/option.h"

Pb__WorkflowExecution *handle_execution(const struct tl_handle *handle, struct arena *arena)
{
    Pb__WorkflowExecution *execution = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);

    execution->workflow_id = handle->workflow_id;
    execution->run_id = handle->run_id;
    return execution;
}

Pb__WorkflowExecution *handle_target(const struct tl_handle *handle, struct arena *arena)
{
    Pb__WorkflowExecution *execution = handle_execution(handle, arena);

    if (handle->first_run_id != NULL) {
        execution->run_id = arena_strdup(arena, "");
    }
    return execution;
}

struct signaling {
    struct tl_handle *handle;
    const char *signal;
    const struct tl_payloads *input;
    const struct tl_signal_options *options;
};

static enum tl_status send_signal(struct asking *asking, void *user)
{
    const struct signaling *signaling = user;
    const struct tl_signal_options *options = signaling->options;
    struct arena *arena = asking->arena;
    Pb__SignalWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__SignalWorkflowExecutionRequest, pb__signal_workflow_execution_request);

    request->namespace_ = asking->client->name_space;
    request->identity = asking->client->identity;
    request->workflow_execution = handle_target(signaling->handle, arena);
    request->signal_name = arena_strdup(arena, signaling->signal);
    request->input = pb_payloads(arena, signaling->input);
    request->header = field_header(arena, options->headers, options->header_count);
    request->request_id = options->request_id == NULL ? client_request_id(asking->client, arena)
                                                      : arena_strdup(arena, options->request_id);
    enum tl_status status = asking_encode(asking, request);
    return status == TL_OK ? asking_ask(asking, RPC_SignalWorkflowExecution, request, 0) : status;
}

static enum tl_status check_signal(const char *signal, const struct tl_signal_options *options, struct tl_error *error)
{
    enum tl_status status = option_check_name("signal", signal, error);

    if (status == TL_OK && options->request_id != NULL) {
        status = option_check_name("request_id", options->request_id, error);
    }
    return status == TL_OK ? field_check("headers", options->headers, options->header_count, error) : status;
}

enum tl_status tl_handle_signal_with(
    struct tl_handle *handle, const char *signal, const struct tl_payloads *input,
    const struct tl_signal_options *options, struct tl_error *error)
{
    static const struct tl_signal_options defaults;
    struct signaling signaling = {handle, signal, input, options == NULL ? &defaults : options};
    enum tl_status status = check_signal(signal, signaling.options, error);

    return status == TL_OK ? asking_run(handle->client, error, send_signal, &signaling) : status;
}

enum tl_status
tl_handle_signal(struct tl_handle *handle, const char *signal, const struct tl_payloads *input, struct tl_error *error)
{
    return tl_handle_signal_with(handle, signal, input, NULL, error);
}

struct ending {
    struct tl_handle *handle;
    const char *reason;
};

static enum tl_status request_cancel(struct asking *asking, void *user)
{
    const struct ending *ending = user;
    struct arena *arena = asking->arena;
    Pb__RequestCancelWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__RequestCancelWorkflowExecutionRequest, pb__request_cancel_workflow_execution_request);

    request->namespace_ = asking->client->name_space;
    request->identity = asking->client->identity;
    request->workflow_execution = handle_target(ending->handle, arena);
    request->first_execution_run_id = arena_strdup(arena, ending->handle->first_run_id);
    request->reason = arena_strdup(arena, ending->reason);
    request->request_id = client_request_id(asking->client, arena);
    return asking_ask(asking, RPC_RequestCancelWorkflowExecution, request, 0);
}

enum tl_status tl_handle_cancel(struct tl_handle *handle, const char *reason, struct tl_error *error)
{
    struct ending ending = {handle, reason};

    return asking_run(handle->client, error, request_cancel, &ending);
}

static enum tl_status terminate(struct asking *asking, void *user)
{
    const struct ending *ending = user;
    struct arena *arena = asking->arena;
    Pb__TerminateWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__TerminateWorkflowExecutionRequest, pb__terminate_workflow_execution_request);

    request->namespace_ = asking->client->name_space;
    request->identity = asking->client->identity;
    request->workflow_execution = handle_target(ending->handle, arena);
    request->first_execution_run_id = arena_strdup(arena, ending->handle->first_run_id);
    request->reason = arena_strdup(arena, ending->reason);
    return asking_ask(asking, RPC_TerminateWorkflowExecution, request, 0);
}

enum tl_status tl_handle_terminate(struct tl_handle *handle, const char *reason, struct tl_error *error)
{
    struct ending ending = {handle, reason};

    return asking_run(handle->client, error, terminate, &ending);
}
