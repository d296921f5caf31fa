/* SPDX-License-Identifier: MIT */
/* What the service is told of an attempt that ended. That it knows the attempt no more is no error. */
#include "base/text.h"
#include "model/failure.h"
#include "worker/activity/attempt.h"
#include "worker/registry/fail.h"
#include "worker/registry/registry.h"

/* ---- Failures ---- */

Pb__Failure *attempt_failure(struct tl_activity *attempt, const char *type, const char *message)
{
    return fail_application(&attempt->arena, type, message, NULL);
}

static Pb__Failure *untyped_failure(struct tl_activity *attempt)
{
    return attempt_failure(
        attempt, "", arena_format(&attempt->arena, "activity %s failed", attempt->info.activity_type));
}

static Pb__Failure *invalid_return(struct tl_activity *attempt)
{
    const char *meaning =
        attempt->status == TL_CANCELED ? "although it was not asked to stop" : "which an activity may not return";

    return attempt_failure(
        attempt,
        "InvalidReturn",
        arena_format(
            &attempt->arena,
            "activity %s returned the status \"%s\" (%d), %s",
            attempt->info.activity_type,
            tl_status_name(attempt->status),
            (int)attempt->status,
            meaning));
}

/* Only a cancellation that was asked for may be answered as one; the other reasons let the service retry. */
static Pb__Failure *failure_of_stopping(struct tl_activity *attempt)
{
    switch (attempt->cancel) {
    case TL_ACTIVITY_RESET:
        return attempt_failure(attempt, "ActivityReset", "the activity was reset");
    case TL_ACTIVITY_PAUSED:
        return attempt_failure(attempt, "ActivityPause", "the activity was paused");
    case TL_ACTIVITY_WORKER_SHUTDOWN:
        return attempt_failure(attempt, "WorkerShutdown", "the worker stopped before the activity had completed");
    case TL_ACTIVITY_NOT_CANCELED:
    case TL_ACTIVITY_CANCEL_REQUESTED:
    case TL_ACTIVITY_NOT_FOUND:
    case TL_ACTIVITY_TIMED_OUT:
        break;
    }
    return invalid_return(attempt);
}

/* Settles what the service is told; with ATTEMPT_FAILED attempt->failure is set. */
static enum attempt_outcome settle(struct tl_activity *attempt)
{
    if (attempt->forgotten) {
        return ATTEMPT_DROPPED;
    }
    if (attempt->spoiled != NULL) {
        attempt->failure = attempt->spoiled;
        return ATTEMPT_FAILED;
    }
    if (attempt->status == TL_OK) {
        return ATTEMPT_COMPLETED;
    }
    if (attempt->status == TL_COMPLETES_LATER) {
        return ATTEMPT_COMPLETES_LATER;
    }
    if (attempt->status == TL_CANCELED && attempt->cancel == TL_ACTIVITY_CANCEL_REQUESTED) {
        return ATTEMPT_CANCELED;
    }
    if (attempt->status == TL_CANCELED) {
        attempt->failure = failure_of_stopping(attempt);
    } else if (attempt->status != TL_FAILED) {
        attempt->failure = invalid_return(attempt);
    } else if (attempt->failure == NULL) {
        attempt->failure = untyped_failure(attempt);
    }
    return ATTEMPT_FAILED;
}

/* ---- Trace ---- */

static void trace(const struct tl_activity *attempt, enum tl_trace_kind kind, const char *detail)
{
    agenda_trace(
        attempt->attempts->agenda,
        (struct tl_trace_event){
            .kind = kind,
            .workflow_id = attempt->info.workflow_id,
            .run_id = attempt->info.run_id,
            .name = attempt->info.activity_type,
            .detail = detail});
}

static const char *outcome_text(struct tl_activity *attempt, enum attempt_outcome outcome)
{
    struct arena *arena = &attempt->arena;

    switch (outcome) {
    case ATTEMPT_DROPPED:
        break;
    case ATTEMPT_COMPLETES_LATER:
        return "completes later";
    case ATTEMPT_COMPLETED:
        return "completed";
    case ATTEMPT_CANCELED:
        return "canceled";
    case ATTEMPT_FAILED:
        return arena_format(arena, "failed: %s", failure_text(arena, failure_view(arena, attempt->failure)));
    }
    return "not known to the service any more";
}

void attempt_tell_ended(struct tl_activity *attempt)
{
    const struct attempts *attempts = attempt->attempts;

    if (agenda_traces(attempts->agenda, TL_TRACE_WORKER_ACTIVITY_ENDED)) {
        trace(attempt, TL_TRACE_WORKER_ACTIVITY_ENDED, outcome_text(attempt, settle(attempt)));
    }
    if (attempts->watcher != NULL) {
        attempts->watcher->on_ended(attempts->user, attempt, settle(attempt));
    }
}

/* ---- Answers ---- */

static void on_reply(struct call *call, struct tl_reply *reply)
{
    struct tl_activity *attempt = call->user;

    if (reply->status != TL_OK && reply->status != TL_NOT_FOUND &&
        agenda_traces(attempt->attempts->agenda, TL_TRACE_WORKER_LOG)) {
        trace(
            attempt,
            TL_TRACE_WORKER_LOG,
            arena_format(&attempt->arena, "the service did not take the activity's answer: %s", reply->text));
    }
    attempt_finish(attempt);
}

static void send(struct tl_activity *attempt, enum rpc rpc, const void *request)
{
    attempt->answer = call_new(attempt->attempts->party, on_reply, attempt);
    call_send(attempt->answer, &(struct call_question){.rpc = rpc, .message = request, .patience = CALL_RETRY});
}

/* All requests about a task carry the same five things. */
#define FILL_REQUEST(request, attempt)                                                                                 \
    do {                                                                                                               \
        (request)->task_token = (attempt)->poll->task_token;                                                           \
        (request)->identity = (attempt)->attempts->identity;                                                           \
        (request)->namespace_ = (attempt)->attempts->name_space;                                                       \
        (request)->resource_id = (attempt)->resource_id;                                                               \
    } while (0)

static void send_failed(struct tl_activity *attempt)
{
    struct arena *arena = &attempt->arena;
    Pb__RespondActivityTaskFailedRequest *request =
        PB_NEW(arena, Pb__RespondActivityTaskFailedRequest, pb__respond_activity_task_failed_request);
    struct tl_error error;

    FILL_REQUEST(request, attempt);
    request->failure = attempt->failure;
    if (registry_encode(attempt->attempts->registry, arena, request, &error) != TL_OK) {
        request->failure = attempt_failure(attempt, "PayloadCodecError", error.message);
    }
    send(attempt, RPC_RespondActivityTaskFailed, request);
}

/* A result that was left alone is null, as in the SDKs of languages that know null. */
static Pb__Payloads *result_of(struct tl_activity *attempt)
{
    const struct tl_payload *result = &attempt->result;
    const struct tl_payload null = tl_payload_null();
    const bool is_left_alone = result->data.len == 0 && result->metadata_count == 0;

    return pb_payloads(&attempt->arena, &(const struct tl_payloads){is_left_alone ? &null : result, 1});
}

static void send_completed(struct tl_activity *attempt)
{
    struct arena *arena = &attempt->arena;
    Pb__RespondActivityTaskCompletedRequest *request =
        PB_NEW(arena, Pb__RespondActivityTaskCompletedRequest, pb__respond_activity_task_completed_request);
    struct tl_error error;

    FILL_REQUEST(request, attempt);
    request->result = result_of(attempt);
    if (registry_encode(attempt->attempts->registry, arena, request, &error) == TL_OK) {
        send(attempt, RPC_RespondActivityTaskCompleted, request);
        return;
    }
    attempt->failure = attempt_failure(attempt, "PayloadCodecError", error.message);
    send_failed(attempt);
}

static void send_canceled(struct tl_activity *attempt)
{
    struct arena *arena = &attempt->arena;
    Pb__RespondActivityTaskCanceledRequest *request =
        PB_NEW(arena, Pb__RespondActivityTaskCanceledRequest, pb__respond_activity_task_canceled_request);
    struct tl_error error;

    FILL_REQUEST(request, attempt);
    request->details = attempt->canceled_details;
    if (registry_encode(attempt->attempts->registry, arena, request, &error) == TL_OK) {
        send(attempt, RPC_RespondActivityTaskCanceled, request);
        return;
    }
    attempt->failure = attempt_failure(attempt, "PayloadCodecError", error.message);
    send_failed(attempt);
}

/* Heartbeats that wait tell the next attempt; after a success, or elsewhere, there is none of this worker's. */
static bool flushes(const struct tl_activity *attempt)
{
    return attempt->status != TL_OK && attempt->status != TL_COMPLETES_LATER;
}

void attempt_answer(struct tl_activity *attempt)
{
    if (heartbeat_holds_answer(attempt, flushes(attempt))) {
        return;
    }
    switch (settle(attempt)) {
    case ATTEMPT_DROPPED:
    case ATTEMPT_COMPLETES_LATER:
        attempt_finish(attempt);
        break;
    case ATTEMPT_COMPLETED:
        send_completed(attempt);
        break;
    case ATTEMPT_CANCELED:
        send_canceled(attempt);
        break;
    case ATTEMPT_FAILED:
        send_failed(attempt);
        break;
    }
}
