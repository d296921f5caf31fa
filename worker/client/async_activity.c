/* SPDX-License-Identifier: MIT */
/*
 * Activities completed from elsewhere. Each rpc exists twice, by token and by id; the two requests of a pair differ in
 * how they name the activity alone.
 */
#include <timelapse/async_activity.h>

#include "worker/client/client_private.h"
#include "worker/registry/fail.h"
#include "worker/registry/option.h"

/* What one call tells of its activity; what its rpc does not know stays unset. */
struct telling {
    const struct tl_activity_target *target;
    const struct tl_payload *result;
    const struct tl_payloads *details;
    const char *type;
    const char *message;
    const struct tl_fail_options *options;
    const struct tl_failure *chain; /* in place of the three before */
    enum tl_activity_cancel_reason reason;
};

/* ---- Targets ---- */

static bool has_token(const struct tl_activity_target *target)
{
    return target->task_token.len > 0;
}

static enum tl_status check_token(const struct tl_activity_target *target, struct tl_error *error)
{
    if (target->task_token.data == NULL) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "task_token", "is NULL, but has %zu bytes", target->task_token.len);
    }
    if (target->workflow_id != NULL || target->run_id != NULL || target->activity_id != NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "task_token", "is given beside ids: either names the activity");
    }
    return TL_OK;
}

static enum tl_status check(const struct tl_activity_target *target, struct tl_error *error)
{
    if (target == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "target", "is missing");
    }
    if (has_token(target)) {
        return check_token(target, error);
    }
    enum tl_status status = option_check_name("workflow_id", target->workflow_id, error);
    if (status == TL_OK && target->run_id != NULL) {
        status = option_check_name("run_id", target->run_id, error);
    }
    return status == TL_OK ? option_check_name("activity_id", target->activity_id, error) : status;
}

/* The same members of different types. */
#define FILL_BY_TOKEN(request, asking, target)                                                                         \
    do {                                                                                                               \
        const struct tl_bytes token = arena_bytes((asking)->arena, (target)->task_token);                              \
        (request)->task_token = (ProtobufCBinaryData){token.len, (uint8_t *)(uintptr_t)token.data};                    \
        (request)->namespace_ = (asking)->client->name_space;                                                          \
        (request)->identity = (asking)->client->identity;                                                              \
    } while (0)

#define FILL_BY_ID(request, asking, target)                                                                            \
    do {                                                                                                               \
        (request)->workflow_id = arena_strdup((asking)->arena, (target)->workflow_id);                                 \
        (request)->run_id = arena_strdup((asking)->arena, (target)->run_id);                                           \
        (request)->activity_id = arena_strdup((asking)->arena, (target)->activity_id);                                 \
        (request)->namespace_ = (asking)->client->name_space;                                                          \
        (request)->identity = (asking)->client->identity;                                                              \
        (request)->resource_id = (request)->workflow_id;                                                               \
    } while (0)

static enum tl_status encode_and_ask(struct asking *asking, enum rpc rpc, void *request)
{
    enum tl_status status = asking_encode(asking, request);

    return status == TL_OK ? asking_ask(asking, rpc, request, 0) : status;
}

/* ---- Completed ---- */

static enum tl_status complete(struct asking *asking, void *user)
{
    const struct telling *telling = user;
    struct arena *arena = asking->arena;
    const struct tl_payload null = tl_payload_null();
    const struct tl_payloads results = {telling->result == NULL ? &null : telling->result, 1};

    if (has_token(telling->target)) {
        Pb__RespondActivityTaskCompletedRequest *request =
            PB_NEW(arena, Pb__RespondActivityTaskCompletedRequest, pb__respond_activity_task_completed_request);

        FILL_BY_TOKEN(request, asking, telling->target);
        request->result = pb_payloads(arena, &results);
        return encode_and_ask(asking, RPC_RespondActivityTaskCompleted, request);
    }
    Pb__RespondActivityTaskCompletedByIdRequest *request =
        PB_NEW(arena, Pb__RespondActivityTaskCompletedByIdRequest, pb__respond_activity_task_completed_by_id_request);

    FILL_BY_ID(request, asking, telling->target);
    request->result = pb_payloads(arena, &results);
    return encode_and_ask(asking, RPC_RespondActivityTaskCompletedById, request);
}

enum tl_status tl_client_complete_activity(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_payload *result,
    struct tl_error *error)
{
    struct telling telling = {.target = target, .result = result};
    enum tl_status status = check(target, error);

    return status == TL_OK ? asking_run(client, error, complete, &telling) : status;
}

/* ---- Failed ---- */

static Pb__Failure *failure_of(const struct telling *telling, struct arena *arena)
{
    if (telling->chain == NULL) {
        return fail_application(arena, telling->type, telling->message, telling->options);
    }
    return has_token(telling->target) ? fail_attempt_chain(arena, telling->chain) : fail_chain(arena, telling->chain);
}

static enum tl_status fail(struct asking *asking, void *user)
{
    const struct telling *telling = user;
    struct arena *arena = asking->arena;

    if (has_token(telling->target)) {
        Pb__RespondActivityTaskFailedRequest *request =
            PB_NEW(arena, Pb__RespondActivityTaskFailedRequest, pb__respond_activity_task_failed_request);

        FILL_BY_TOKEN(request, asking, telling->target);
        request->failure = failure_of(telling, arena);
        return encode_and_ask(asking, RPC_RespondActivityTaskFailed, request);
    }
    Pb__RespondActivityTaskFailedByIdRequest *request =
        PB_NEW(arena, Pb__RespondActivityTaskFailedByIdRequest, pb__respond_activity_task_failed_by_id_request);

    FILL_BY_ID(request, asking, telling->target);
    request->failure = failure_of(telling, arena);
    return encode_and_ask(asking, RPC_RespondActivityTaskFailedById, request);
}

enum tl_status tl_client_fail_activity(
    struct tl_client *client, const struct tl_activity_target *target, const char *type, const char *message,
    const struct tl_fail_options *options, struct tl_error *error)
{
    struct telling telling = {.target = target, .type = type, .message = message, .options = options};
    enum tl_status status = check(target, error);

    if (status == TL_OK) {
        status = fail_check(options, error);
    }
    return status == TL_OK ? asking_run(client, error, fail, &telling) : status;
}

enum tl_status tl_client_fail_activity_as(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_failure *failure,
    struct tl_error *error)
{
    struct telling telling = {.target = target, .chain = failure};
    enum tl_status status = check(target, error);

    if (status == TL_OK && failure == NULL) {
        status = tl_error_set(error, TL_INVALID_ARGUMENT, "failure", "is missing");
    }
    if (status == TL_OK) {
        status = fail_check_chain("failure", failure, error);
    }
    return status == TL_OK ? asking_run(client, error, fail, &telling) : status;
}

/* ---- Canceled ---- */

static enum tl_status check_details(const struct tl_payloads *details, struct tl_error *error)
{
    if (details != NULL && details->items == NULL && details->count > 0) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "details", "is NULL, but there are %zu of them", details->count);
    }
    return TL_OK;
}

static enum tl_status cancel(struct asking *asking, void *user)
{
    const struct telling *telling = user;
    struct arena *arena = asking->arena;

    if (has_token(telling->target)) {
        Pb__RespondActivityTaskCanceledRequest *request =
            PB_NEW(arena, Pb__RespondActivityTaskCanceledRequest, pb__respond_activity_task_canceled_request);

        FILL_BY_TOKEN(request, asking, telling->target);
        request->details = pb_payloads(arena, telling->details);
        return encode_and_ask(asking, RPC_RespondActivityTaskCanceled, request);
    }
    Pb__RespondActivityTaskCanceledByIdRequest *request =
        PB_NEW(arena, Pb__RespondActivityTaskCanceledByIdRequest, pb__respond_activity_task_canceled_by_id_request);

    FILL_BY_ID(request, asking, telling->target);
    request->details = pb_payloads(arena, telling->details);
    return encode_and_ask(asking, RPC_RespondActivityTaskCanceledById, request);
}

enum tl_status tl_client_cancel_activity(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_payloads *details,
    struct tl_error *error)
{
    struct telling telling = {.target = target, .details = details};
    enum tl_status status = check(target, error);

    if (status == TL_OK) {
        status = check_details(details, error);
    }
    return status == TL_OK ? asking_run(client, error, cancel, &telling) : status;
}

/* ---- Heartbeats ---- */

/* A cancellation goes first, then a reset: as a worker reads it (worker/activity/heartbeat.c). */
#define REASON_OF(response)                                                                                            \
    ((response)->cancel_requested  ? TL_ACTIVITY_CANCEL_REQUESTED                                                      \
     : (response)->activity_reset  ? TL_ACTIVITY_RESET                                                                 \
     : (response)->activity_paused ? TL_ACTIVITY_PAUSED                                                                \
                                   : TL_ACTIVITY_NOT_CANCELED)

static enum tl_status heartbeat_by_token(struct asking *asking, struct telling *telling)
{
    struct arena *arena = asking->arena;
    Pb__RecordActivityTaskHeartbeatRequest *request =
        PB_NEW(arena, Pb__RecordActivityTaskHeartbeatRequest, pb__record_activity_task_heartbeat_request);

    FILL_BY_TOKEN(request, asking, telling->target);
    request->details = pb_payloads(arena, telling->details);
    enum tl_status status = encode_and_ask(asking, RPC_RecordActivityTaskHeartbeat, request);
    if (status == TL_OK) {
        telling->reason = REASON_OF((const Pb__RecordActivityTaskHeartbeatResponse *)asking_response(asking));
    }
    return status;
}

static enum tl_status heartbeat_by_id(struct asking *asking, struct telling *telling)
{
    struct arena *arena = asking->arena;
    Pb__RecordActivityTaskHeartbeatByIdRequest *request =
        PB_NEW(arena, Pb__RecordActivityTaskHeartbeatByIdRequest, pb__record_activity_task_heartbeat_by_id_request);

    FILL_BY_ID(request, asking, telling->target);
    request->details = pb_payloads(arena, telling->details);
    enum tl_status status = encode_and_ask(asking, RPC_RecordActivityTaskHeartbeatById, request);
    if (status == TL_OK) {
        telling->reason = REASON_OF((const Pb__RecordActivityTaskHeartbeatByIdResponse *)asking_response(asking));
    }
    return status;
}

static enum tl_status heartbeat(struct asking *asking, void *user)
{
    struct telling *telling = user;

    return has_token(telling->target) ? heartbeat_by_token(asking, telling) : heartbeat_by_id(asking, telling);
}

enum tl_status tl_client_heartbeat(
    struct tl_client *client, const struct tl_activity_target *target, const struct tl_payloads *details,
    enum tl_activity_cancel_reason *out_reason, struct tl_error *error)
{
    struct telling telling = {.target = target, .details = details};
    enum tl_status status = check(target, error);

    if (status == TL_OK) {
        status = check_details(details, error);
    }
    if (status == TL_OK) {
        status = asking_run(client, error, heartbeat, &telling);
    }
    if (status == TL_OK && out_reason != NULL) {
        *out_reason = telling.reason;
    }
    return status;
}
