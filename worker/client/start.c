/* SPDX-License-Identifier: MIT */
/* Starting a workflow, and starting one with a signal unless it runs: one call each. */
#include "worker/client/client_private.h"
#include "worker/client/start_options.h"
#include "worker/registry/option.h"
#include "worker/runtime/eager_host.h"

/* ---- The request ---- */

char *client_request_id(struct tl_client *client, struct arena *arena)
{
    char *id = arena_alloc(arena, RANDOM_UUID_SIZE);

    random_uuid(&client->random, id);
    return id;
}

struct starting {
    const char *workflow_type;
    const char *workflow_id;
    const struct tl_payloads *input;
    const struct tl_start_options *options;
    const struct tl_start_signal *signal; /* or NULL */
    struct tl_handle *handle;
};

static Pb__StartWorkflowExecutionRequest *start_request(struct asking *asking, const struct starting *starting)
{
    struct arena *arena = asking->arena;
    const struct tl_start_options *options = starting->options;
    Pb__StartWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__StartWorkflowExecutionRequest, pb__start_workflow_execution_request);

    request->namespace_ = asking->client->name_space;
    request->identity = asking->client->identity;
    request->workflow_id = arena_strdup(arena, starting->workflow_id);
    request->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = arena_strdup(arena, starting->workflow_type);
    request->input = pb_payloads(arena, starting->input);
    request->request_id = options->request_id == NULL ? client_request_id(asking->client, arena)
                                                      : arena_strdup(arena, options->request_id);
    start_options_fill(request, arena, options);
    return request;
}

/* A handle to the chain of runs that this one is of; servers long ago did not tell its first. */
static struct tl_handle *
started(struct asking *asking, const struct starting *starting, const char *run_id, const char *first_run_id)
{
    struct tl_handle *handle = handle_new(asking->client, starting->workflow_id, run_id);

    handle->first_run_id = arena_strdup(&handle->arena, pb_is_empty(first_run_id) ? run_id : first_run_id);
    return handle;
}

/* An activity that waits may go away with its stack, and what it had reserved would never be given back. */
static struct eager_seat take_seat(const struct asking *asking, Pb__StartWorkflowExecutionRequest *request)
{
    const struct tl_client *client = asking->client;
    struct eager_seat seat = {0};

    if (asking->activity == NULL) {
        seat =
            eager_host_reserve(client->driver, client->party.service, request->namespace_, request->task_queue->name);
    }
    request->request_eager_execution = seat.host != NULL;
    return seat;
}

static enum tl_status ask_eagerly(struct asking *asking, Pb__StartWorkflowExecutionRequest *request)
{
    struct eager_seat seat = take_seat(asking, request);
    enum tl_status status = asking_ask(asking, RPC_StartWorkflowExecution, request, 0);
    const Pb__StartWorkflowExecutionResponse *response = status == TL_OK ? asking_response(asking) : NULL;

    if (seat.host != NULL) {
        eager_host_settle(
            asking->client->driver, seat, *asking->reply, response == NULL ? NULL : response->eager_workflow_task);
    }
    return status;
}

static enum tl_status start(struct asking *asking, void *user)
{
    struct starting *starting = user;
    Pb__StartWorkflowExecutionRequest *request = start_request(asking, starting);
    enum tl_status status = asking_encode(asking, request);

    if (status == TL_OK) {
        status = starting->options->eager ? ask_eagerly(asking, request)
                                          : asking_ask(asking, RPC_StartWorkflowExecution, request, 0);
    }
    if (status == TL_OK) {
        const Pb__StartWorkflowExecutionResponse *response = asking_response(asking);

        starting->handle = started(asking, starting, response->run_id, response->first_execution_run_id);
    }
    return status;
}

/* The same start with a signal; the headers are both's. */
static Pb__SignalWithStartWorkflowExecutionRequest *signal_request(
    struct arena *arena, const Pb__StartWorkflowExecutionRequest *start, const struct tl_start_signal *signal)
{
    Pb__SignalWithStartWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__SignalWithStartWorkflowExecutionRequest, pb__signal_with_start_workflow_execution_request);

    request->namespace_ = start->namespace_;
    request->identity = start->identity;
    request->request_id = start->request_id;
    request->workflow_id = start->workflow_id;
    request->workflow_type = start->workflow_type;
    request->task_queue = start->task_queue;
    request->input = start->input;
    request->workflow_execution_timeout = start->workflow_execution_timeout;
    request->workflow_run_timeout = start->workflow_run_timeout;
    request->workflow_task_timeout = start->workflow_task_timeout;
    request->workflow_start_delay = start->workflow_start_delay;
    request->workflow_id_reuse_policy = start->workflow_id_reuse_policy;
    request->workflow_id_conflict_policy = start->workflow_id_conflict_policy;
    request->retry_policy = start->retry_policy;
    request->memo = start->memo;
    request->search_attributes = start->search_attributes;
    request->header = start->header;
    request->user_metadata = start->user_metadata;
    request->priority = start->priority;
    request->signal_name = arena_strdup(arena, signal->name);
    request->signal_input = pb_payloads(arena, signal->input);
    return request;
}

static enum tl_status signal_with_start(struct asking *asking, void *user)
{
    struct starting *starting = user;
    Pb__SignalWithStartWorkflowExecutionRequest *request =
        signal_request(asking->arena, start_request(asking, starting), starting->signal);
    enum tl_status status = asking_encode(asking, request);

    if (status == TL_OK) {
        status = asking_ask(asking, RPC_SignalWithStartWorkflowExecution, request, 0);
    }
    if (status == TL_OK) {
        const Pb__SignalWithStartWorkflowExecutionResponse *response = asking_response(asking);

        starting->handle = started(asking, starting, response->run_id, response->first_execution_run_id);
    }
    return status;
}

static enum tl_status check(const struct starting *starting, struct tl_error *error)
{
    enum tl_status status = option_check_name("workflow_type", starting->workflow_type, error);

    if (status == TL_OK) {
        status = option_check_name("workflow_id", starting->workflow_id, error);
    }
    return status == TL_OK ? start_options_check(starting->options, error) : status;
}

/* NOLINTNEXTLINE(readability-function-size): one more parameter than functions of our own have */
enum tl_status tl_client_start(
    struct tl_client *client, const char *workflow_type, const char *workflow_id, const struct tl_payloads *input,
    const struct tl_start_options *options, struct tl_handle **out_handle, struct tl_error *error)
{
    struct starting starting = {workflow_type, workflow_id, input, options, NULL, NULL};
    enum tl_status status = check(&starting, error);

    if (status == TL_OK) {
        status = asking_run(client, error, start, &starting);
    }
    if (status == TL_OK) {
        *out_handle = starting.handle;
    }
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): likewise */
enum tl_status tl_client_signal_with_start(
    struct tl_client *client, const char *workflow_type, const char *workflow_id, const struct tl_start_signal *signal,
    const struct tl_start_options *options, struct tl_handle **out_handle, struct tl_error *error)
{
    struct starting starting = {workflow_type, workflow_id, signal->start_input, options, signal, NULL};
    enum tl_status status = check(&starting, error);

    if (status == TL_OK) {
        status = option_check_name("signal", signal->name, error);
    }
    if (status == TL_OK) {
        status = asking_run(client, error, signal_with_start, &starting);
    }
    if (status == TL_OK) {
        *out_handle = starting.handle;
    }
    return status;
}
