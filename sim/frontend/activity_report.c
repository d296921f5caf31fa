/* SPDX-License-Identifier: MIT */
/* Facts: service/frontend/workflow_handler.go, service/history/api/activity_util.go (IsActivityTaskNotFoundForToken).
 */
#include "sim/frontend/activity_report.h"

#include "model/message.h"
#include "sim/frontend/activity_outcome.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/messages.h"

static const Pb__RespondActivityTaskCompletedResponse completed = PB__RESPOND_ACTIVITY_TASK_COMPLETED_RESPONSE__INIT;
static const Pb__RespondActivityTaskCanceledResponse canceled = PB__RESPOND_ACTIVITY_TASK_CANCELED_RESPONSE__INIT;

/* The started attempt that the token is for; NULL after refusing the call. */
static struct activity *find_attempt(struct tl_call *call, const char *name_space, const ProtobufCBinaryData *bytes)
{
    struct token token;
    struct run *run = NULL;

    if (!sim_frontend_task(call, name_space, bytes, TOKEN_ACTIVITY_TASK, &token, &run)) {
        return NULL;
    }
    struct activity *activity = sim_activity_find(run, token.first);
    if (activity == NULL || !sim_activity_is_started(activity) || activity->attempt != token.attempt) {
        sim_call_not_found(call, "task_token is of an activity or attempt that has ended");
        return NULL;
    }
    return activity;
}

/* The same for who must have a name that is not too long. */
static struct activity *
find_attempt_of(struct tl_call *call, const char *name_space, const char *identity, const ProtobufCBinaryData *bytes)
{
    return sim_frontend_check_identity(call, identity) ? find_attempt(call, name_space, bytes) : NULL;
}

void sim_respond_activity_task_completed(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskCompletedRequest *request = message;
    const struct activity_report by = {request->identity, request->worker_version};
    struct activity *activity = find_attempt_of(call, request->namespace_, request->identity, &request->task_token);

    if (activity != NULL) {
        sim_outcome_complete(call, activity, request->result, &by);
        sim_call_answer(call, &completed);
    }
}

void sim_respond_activity_task_canceled(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskCanceledRequest *request = message;
    const struct activity_report by = {request->identity, request->worker_version};
    struct activity *activity = find_attempt_of(call, request->namespace_, request->identity, &request->task_token);

    if (activity != NULL && sim_outcome_cancel(call, activity, request->details, &by)) {
        sim_call_answer(call, &canceled);
    }
}

/* By token only an application's failure may be reported. */
static bool check_failure(struct tl_call *call, const Pb__Failure *failure)
{
    if (failure != NULL && failure->failure_info_case != PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "failure has no application_failure_info");
        return false;
    }
    return sim_outcome_check_failure(call, failure);
}

void sim_respond_activity_task_failed(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskFailedRequest *request = message;
    const struct activity_failed failed = {
        .failure = request->failure,
        .last_heartbeat_details = request->last_heartbeat_details,
        .by = {request->identity, request->worker_version},
    };

    if (!check_failure(call, request->failure)) {
        return;
    }
    struct activity *activity = find_attempt_of(call, request->namespace_, request->identity, &request->task_token);
    if (activity == NULL) {
        return;
    }
    Pb__RespondActivityTaskFailedResponse *response =
        PB_NEW(sim_call_arena(call), Pb__RespondActivityTaskFailedResponse, pb__respond_activity_task_failed_response);
    const struct failures failures = sim_outcome_fail(call, activity, &failed);
    response->n_failures = failures.count;
    response->failures = failures.failures;
    sim_call_answer(call, response);
}

void sim_record_activity_task_heartbeat(struct tl_call *call, const void *message)
{
    const Pb__RecordActivityTaskHeartbeatRequest *request = message;
    const struct activity_report by = {.identity = request->identity};
    struct activity *activity = find_attempt(call, request->namespace_, &request->task_token);

    if (activity == NULL) {
        return;
    }
    Pb__RecordActivityTaskHeartbeatResponse *response = PB_NEW(
        sim_call_arena(call), Pb__RecordActivityTaskHeartbeatResponse, pb__record_activity_task_heartbeat_response);
    response->cancel_requested = sim_outcome_heartbeat(call, activity, request->details, &by);
    sim_call_answer(call, response);
}
