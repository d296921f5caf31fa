/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/respondactivitytask{completed,failed,canceled}, recordactivitytaskheartbeat. */
#include "sim/frontend/activity_report.h"

#include "model/message.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/messages.h"

static const Pb__RespondActivityTaskCompletedResponse completed = PB__RESPOND_ACTIVITY_TASK_COMPLETED_RESPONSE__INIT;
static const Pb__RespondActivityTaskCanceledResponse canceled = PB__RESPOND_ACTIVITY_TASK_CANCELED_RESPONSE__INIT;

/* The started attempt that the token is for; NULL after refusing the call. */
static struct activity *
find_attempt(struct tl_call *call, const char *name_space, const char *identity, const ProtobufCBinaryData *bytes)
{
    struct tl_error error;
    struct token token;
    struct run *run = NULL;

    if (sim_check_id(&error, "identity", identity, false) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return NULL;
    }
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

/* The workflow hears of it. */
static void notify(struct run *run)
{
    sim_workflow_task_ensure(run);
    sim_run_commit(run);
}

/* What is too large to be recorded fails the activity for good instead. */
static void fail_too_large(struct tl_call *call, struct activity *activity, const char *text, const char *identity)
{
    struct run *run = activity->run;
    const struct activity_report report = {.identity = identity};

    (void)sim_activity_fail(activity, sim_server_failure(sim_call_arena(call), text, true), &report);
    notify(run);
}

void sim_respond_activity_task_completed(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskCompletedRequest *request = message;
    const struct activity_report report = {request->identity, request->worker_version};
    struct activity *activity = find_attempt(call, request->namespace_, request->identity, &request->task_token);

    if (activity == NULL) {
        return;
    }
    if (sim_payloads_too_large(request->result)) {
        fail_too_large(call, activity, "Complete result exceeds size limit.", request->identity);
    } else {
        struct run *run = activity->run;
        sim_activity_complete(activity, request->result, &report);
        notify(run);
    }
    sim_call_answer(call, &completed);
}

void sim_respond_activity_task_canceled(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskCanceledRequest *request = message;
    const struct activity_report report = {request->identity, request->worker_version};
    struct activity *activity = find_attempt(call, request->namespace_, request->identity, &request->task_token);

    if (activity == NULL) {
        return;
    }
    if (sim_payloads_too_large(request->details)) {
        fail_too_large(call, activity, "Cancel details exceed size limit.", request->identity);
        sim_call_answer(call, &canceled);
        return;
    }
    struct run *run = activity->run;
    if (!sim_activity_cancel(activity, request->details, &report)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "the activity's cancellation was not requested");
        return;
    }
    notify(run);
    sim_call_answer(call, &canceled);
}

/* ---- Failed ---- */

static bool check_failure(struct tl_call *call, const Pb__Failure *failure)
{
    struct tl_error error;

    if (failure == NULL) {
        return true;
    }
    if (failure->failure_info_case != PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "failure has no application_failure_info");
        return false;
    }
    if (sim_check_duration(
            &error,
            "failure.application_failure_info.next_retry_delay",
            failure->application_failure_info->next_retry_delay,
            NULL) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    return true;
}

static void add_failure(struct arena *arena, Pb__RespondActivityTaskFailedResponse *response, Pb__Failure *failure)
{
    if (response->failures == NULL) {
        response->failures = ARENA_ARRAY(arena, Pb__Failure *, 2);
    }
    response->failures[response->n_failures++] = failure;
}

/* Details and a failure that are too large are left out, and the reply says so. */
static void report_failure(
    struct tl_call *call, struct activity *activity, const Pb__RespondActivityTaskFailedRequest *request,
    Pb__RespondActivityTaskFailedResponse *response)
{
    struct arena *arena = sim_call_arena(call);
    struct run *run = activity->run;
    const struct activity_report report = {request->identity, request->worker_version};
    const Pb__Failure *failure = request->failure;

    if (sim_payloads_too_large(request->last_heartbeat_details)) {
        add_failure(arena, response, sim_server_failure(arena, "Heartbeat details exceed size limit.", true));
    } else if (request->last_heartbeat_details != NULL) {
        sim_activity_heartbeat(activity, request->last_heartbeat_details);
    }
    if (sim_message_too_large(failure)) {
        Pb__Failure *instead = sim_server_failure(arena, "Failure exceeds size limit.", true);
        add_failure(arena, response, instead);
        failure = instead;
    }
    if (!sim_activity_fail(activity, failure, &report)) {
        sim_workflow_task_ensure(run);
    }
    sim_run_commit(run);
}

void sim_respond_activity_task_failed(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskFailedRequest *request = message;

    if (!check_failure(call, request->failure)) {
        return;
    }
    struct activity *activity = find_attempt(call, request->namespace_, request->identity, &request->task_token);
    if (activity != NULL) {
        Pb__RespondActivityTaskFailedResponse *response = PB_NEW(
            sim_call_arena(call), Pb__RespondActivityTaskFailedResponse, pb__respond_activity_task_failed_response);
        report_failure(call, activity, request, response);
        sim_call_answer(call, response);
    }
}

/* ---- Alive ---- */

void sim_record_activity_task_heartbeat(struct tl_call *call, const void *message)
{
    const Pb__RecordActivityTaskHeartbeatRequest *request = message;
    struct activity *activity = find_attempt(call, request->namespace_, request->identity, &request->task_token);

    if (activity == NULL) {
        return;
    }
    Pb__RecordActivityTaskHeartbeatResponse *response = PB_NEW(
        sim_call_arena(call), Pb__RecordActivityTaskHeartbeatResponse, pb__record_activity_task_heartbeat_response);
    if (sim_payloads_too_large(request->details)) {
        fail_too_large(call, activity, "Heartbeat details exceed size limit.", request->identity);
        response->cancel_requested = true;
    } else {
        response->cancel_requested = sim_activity_is_cancel_requested(activity);
        sim_activity_heartbeat(activity, request->details);
        sim_run_commit(activity->run);
    }
    sim_call_answer(call, response);
}
