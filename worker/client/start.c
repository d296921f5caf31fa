/* SPDX-License-Identifier: MIT */
/* Starting a workflow: options checked here so that errors name the field, then one call. */
#include <string.h>

#include "base/text.h"
#include "worker/client/client_private.h"
#include "worker/registry/field.h"
#include "worker/registry/option.h"
#include "worker/registry/retry.h"
#include "worker/registry/search.h"

/* ---- Checks ---- */

struct named_duration {
    const char *field;
    tl_duration duration;
};

static enum tl_status check_durations(const struct named_duration *durations, size_t count, struct tl_error *error)
{
    for (size_t i = 0; i < count; i++) {
        enum tl_status status = option_check_duration(durations[i].field, durations[i].duration, error);

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

static enum tl_status check_policies(const struct tl_start_options *options, struct tl_error *error)
{
    if ((unsigned)options->id_conflict > TL_ID_CONFLICT_TERMINATE_EXISTING) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "id_conflict", "%d is no policy", (int)options->id_conflict);
    }
    if ((unsigned)options->id_reuse > TL_ID_REUSE_REJECT_DUPLICATE) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "id_reuse", "%d is no policy", (int)options->id_reuse);
    }
    return TL_OK;
}

static enum tl_status check_options(const struct tl_start_options *options, struct tl_error *error)
{
    if (options == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "options", "are required: they name the task queue");
    }
    const struct named_duration durations[] = {
        {"execution_timeout", options->execution_timeout},
        {"run_timeout", options->run_timeout},
        {"task_timeout", options->task_timeout},
        {"start_delay", options->start_delay},
    };
    enum tl_status status = option_check_name("task_queue", options->task_queue, error);
    if (status == TL_OK && options->request_id != NULL) {
        status = option_check_name("request_id", options->request_id, error);
    }
    if (status == TL_OK) {
        status = check_durations(durations, COUNT_OF(durations), error);
    }
    if (status == TL_OK) {
        status = check_policies(options, error);
    }
    if (status == TL_OK) {
        status = retry_check(options->retry, error);
    }
    if (status == TL_OK) {
        status = field_check("memo", options->memo, options->memo_count, error);
    }
    return status == TL_OK ? field_check("headers", options->headers, options->header_count, error) : status;
}

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
    struct tl_handle *handle;
};

static void
fill_options(Pb__StartWorkflowExecutionRequest *request, struct arena *arena, const struct tl_start_options *options)
{
    request->task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    request->task_queue->name = arena_strdup(arena, options->task_queue);
    request->task_queue->kind = TASK_QUEUE_KIND_NORMAL;
    request->workflow_execution_timeout = pb_duration(arena, options->execution_timeout);
    request->workflow_run_timeout = pb_duration(arena, options->run_timeout);
    request->workflow_task_timeout = pb_duration(arena, options->task_timeout);
    request->workflow_start_delay = pb_duration(arena, options->start_delay);
    request->workflow_id_conflict_policy = (Pb__WorkflowIdConflictPolicy)options->id_conflict;
    request->workflow_id_reuse_policy = options->id_reuse == TL_ID_REUSE_DEFAULT
                                            ? WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
                                            : (Pb__WorkflowIdReusePolicy)options->id_reuse;
    request->retry_policy = retry_message(arena, options->retry);
    request->memo = field_memo(arena, options->memo, options->memo_count);
    request->search_attributes =
        search_start_message(arena, options->search_attributes, options->search_attribute_count);
    request->header = field_header(arena, options->headers, options->header_count);
}

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
    fill_options(request, arena, options);
    return request;
}

static enum tl_status start(struct asking *asking, void *user)
{
    struct starting *starting = user;
    Pb__StartWorkflowExecutionRequest *request = start_request(asking, starting);
    enum tl_status status = asking_encode(asking, request);

    if (status == TL_OK) {
        status = asking_ask(asking, RPC_StartWorkflowExecution, request, 0);
    }
    if (status == TL_OK) {
        const Pb__StartWorkflowExecutionResponse *response = asking_response(asking);

        starting->handle = handle_new(asking->client, starting->workflow_id, response->run_id);
    }
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): one more parameter than functions of our own have */
enum tl_status tl_client_start(
    struct tl_client *client, const char *workflow_type, const char *workflow_id, const struct tl_payloads *input,
    const struct tl_start_options *options, struct tl_handle **out_handle, struct tl_error *error)
{
    struct starting starting = {workflow_type, workflow_id, input, options, NULL};
    enum tl_status status = option_check_name("workflow_type", workflow_type, error);

    if (status == TL_OK) {
        status = option_check_name("workflow_id", workflow_id, error);
    }
    if (status == TL_OK) {
        status = check_options(options, error);
    }
    if (status == TL_OK) {
        status = asking_run(client, error, start, &starting);
    }
    if (status == TL_OK) {
        *out_handle = starting.handle;
    }
    return status;
}
