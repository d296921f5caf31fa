/* SPDX-License-Identifier: MIT */
/* Asking a run: answered, failed or rejected. */
#include <timelapse/query.h>

#include "model/failure.h"
#include "model/message.h"
#include "worker/client/client_private.h"
#include "worker/registry/fail.h"
#include "worker/registry/field.h"
#include "worker/registry/option.h"
#include "worker/registry/registry.h"

struct question {
    struct tl_handle *handle;
    const char *type;
    const struct tl_payloads *input;
    const struct tl_query_options *options;
};

/* A copy of what came back, decoded, for as long as the handle keeps it. */
static enum tl_status decode(struct asking *asking, struct tl_handle *handle, const void *message, void *out_copy)
{
    const struct tl_registry *registry = asking->client->registry;
    void *copy = message_clone(&handle->query.arena, message);

    *(void **)out_copy = copy;
    return registry == NULL || copy == NULL ? TL_OK
                                            : registry_decode(registry, &handle->query.arena, copy, asking->error);
}

static enum tl_status reject(struct asking *asking, struct tl_handle *handle, const Pb__QueryRejected *rejected)
{
    handle->query.rejected = (enum tl_run_status)rejected->status;
    return tl_error_set(
        asking->error,
        TL_FAILED_PRECONDITION,
        NULL,
        "the query was rejected: the run is %s",
        tl_run_status_name(handle->query.rejected));
}

static enum tl_status read_answer(struct asking *asking, struct tl_handle *handle)
{
    const Pb__QueryWorkflowResponse *response = asking_response(asking);
    Pb__Payloads *result = NULL;

    if (response->query_rejected != NULL) {
        return reject(asking, handle, response->query_rejected);
    }
    enum tl_status status = decode(asking, handle, response->query_result, &result);
    if (status == TL_OK) {
        struct tl_payloads view = pb_payloads_view(&handle->query.arena, result);
        handle->query.result = view.count == 0 ? tl_payload_null() : view.items[0];
    }
    return status;
}

/* What a worker said instead of a result; NULL when the refusal is of another kind. */
static const Pb__QueryFailedFailure *failed(const struct tl_reply *reply, struct arena *arena)
{
    const Pb__Rpc__Status *details = reply == NULL ? NULL : (const void *)reply->details;

    for (size_t i = 0; details != NULL && i < details->n_details; i++) {
        const ProtobufCMessage *detail = message_from_any(arena, details->details[i]);

        if (detail != NULL && detail->descriptor == &pb__query_failed_failure__descriptor) {
            return (const void *)detail;
        }
    }
    return NULL;
}

/* Older workers told a text alone. */
static enum tl_status
read_failure(struct asking *asking, struct tl_handle *handle, const Pb__QueryFailedFailure *told, const char *text)
{
    Pb__Failure *failure = NULL;
    enum tl_status status = decode(asking, handle, told->failure, &failure);

    if (status != TL_OK) {
        return status;
    }
    if (failure == NULL) {
        failure = fail_application(&handle->query.arena, "QueryFailed", text, NULL);
    }
    handle->query.failure = failure_view(&handle->query.arena, failure);
    return TL_FAILED;
}

static enum tl_status ask(struct asking *asking, void *user)
{
    const struct question *question = user;
    const struct tl_query_options *options = question->options;
    struct tl_handle *handle = question->handle;
    struct arena *arena = asking->arena;
    Pb__QueryWorkflowRequest *request = PB_NEW(arena, Pb__QueryWorkflowRequest, pb__query_workflow_request);

    arena_reset(&handle->query.arena);
    request->namespace_ = asking->client->name_space;
    request->execution = handle_target(handle, arena);
    request->query_reject_condition = (Pb__QueryRejectCondition)options->reject;
    request->query = PB_NEW(arena, Pb__WorkflowQuery, pb__workflow_query);
    request->query->query_type = arena_strdup(arena, question->type);
    request->query->query_args = pb_payloads(arena, question->input);
    request->query->header = field_header(arena, options->headers, options->header_count);
    enum tl_status status = asking_encode(asking, request);
    if (status != TL_OK) {
        return status;
    }
    status = asking_ask(asking, RPC_QueryWorkflow, request, options->timeout);
    if (status == TL_OK) {
        return read_answer(asking, handle);
    }
    const struct tl_reply *reply = *asking->reply;
    const Pb__QueryFailedFailure *told = failed(reply, arena);
    return told == NULL ? status : read_failure(asking, handle, told, reply->text);
}

static enum tl_status check(const char *type, const struct tl_query_options *options, struct tl_error *error)
{
    enum tl_status status = option_check_name("type", type, error);

    if (status == TL_OK && (unsigned)options->reject > TL_QUERY_REJECT_NOT_COMPLETED_CLEANLY) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "reject", "%d is not one of its values", (int)options->reject);
    }
    if (status == TL_OK) {
        status = option_check_duration("timeout", options->timeout, error);
    }
    return status == TL_OK ? field_check("headers", options->headers, options->header_count, error) : status;
}

enum tl_status tl_handle_query(
    struct tl_handle *handle, const char *type, const struct tl_payloads *input, const struct tl_query_options *options,
    struct tl_payload *result, struct tl_error *error)
{
    static const struct tl_query_options defaults;
    struct question question = {handle, type, input, options == NULL ? &defaults : options};
    enum tl_status status = check(type, question.options, error);

    if (status != TL_OK) {
        return status;
    }
    handle->query.result = (struct tl_payload){0};
    handle->query.failure = NULL;
    handle->query.rejected = TL_RUN_UNKNOWN;
    status = asking_run(handle->client, error, ask, &question);
    if (status == TL_OK && result != NULL) {
        *result = handle->query.result;
    }
    return status;
}

const struct tl_failure *tl_handle_query_failure(const struct tl_handle *handle)
{
    return handle->query.failure;
}

enum tl_run_status tl_handle_query_rejection(const struct tl_handle *handle)
{
    return handle->query.rejected;
}

const char *tl_run_status_name(enum tl_run_status status)
{
    static const char *const names[] = {
        [TL_RUN_UNKNOWN] = "in no known state",
        [TL_RUN_RUNNING] = "running",
        [TL_RUN_COMPLETED] = "completed",
        [TL_RUN_FAILED] = "failed",
        [TL_RUN_CANCELED] = "canceled",
        [TL_RUN_TERMINATED] = "terminated",
        [TL_RUN_CONTINUED_AS_NEW] = "continued as new",
        [TL_RUN_TIMED_OUT] = "timed out",
        [TL_RUN_PAUSED] = "paused",
    };

    return names[(size_t)status < COUNT_OF(names) ? status : TL_RUN_UNKNOWN];
}
