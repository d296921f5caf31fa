/* SPDX-License-Identifier: MIT */
/* Facts: service/frontend/workflow_handler.go, service/history/api/activity_util.go. */
#include "sim/frontend/activity_by_id.h"

#include "sim/frontend/activity_outcome.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/messages.h"

static const Pb__RespondActivityTaskCompletedByIdResponse completed =
    PB__RESPOND_ACTIVITY_TASK_COMPLETED_BY_ID_RESPONSE__INIT;
static const Pb__RespondActivityTaskCanceledByIdResponse canceled =
    PB__RESPOND_ACTIVITY_TASK_CANCELED_BY_ID_RESPONSE__INIT;

/* How a request names an activity. */
struct named {
    const char *name_space;
    const char *workflow_id;
    const char *run_id; /* may be empty: the newest run */
    const char *activity_id;
};

/* The pending activity, started or not; NULL after refusing the call. */
static struct activity *find_pending(struct tl_call *call, const struct named *named)
{
    Pb__WorkflowExecution execution = PB__WORKFLOW_EXECUTION__INIT;

    if (pb_is_empty(named->activity_id)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "activity_id is not set");
        return NULL;
    }
    execution.workflow_id = (char *)(uintptr_t)named->workflow_id;
    execution.run_id = (char *)(uintptr_t)named->run_id;
    struct run *run = sim_frontend_open_run(call, named->name_space, &execution);
    if (run == NULL) {
        return NULL;
    }
    struct activity *activity = sim_activity_find_id(run, named->activity_id);
    if (activity == NULL) {
        sim_call_not_found(call, "workflow %s has no pending activity %s", run->workflow_id, named->activity_id);
    }
    return activity;
}

/* Whatever attempt runs: a name tells none from the other. */
static struct activity *find_started(struct tl_call *call, const struct named *named)
{
    struct activity *activity = find_pending(call, named);

    if (activity != NULL && !sim_activity_is_started(activity)) {
        sim_call_not_found(call, "activity %s is not started", named->activity_id);
        return NULL;
    }
    return activity;
}

#define NAMED(request)                                                                                                 \
    {                                                                                                                  \
        (request)->namespace_, (request)->workflow_id, (request)->run_id, (request)->activity_id                       \
    }

/* One that waits may be completed, but not fail, for the size of its result. */
void sim_respond_activity_task_completed_by_id(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskCompletedByIdRequest *request = message;
    const struct named named = NAMED(request);
    const struct activity_report by = {.identity = request->identity};

    if (!sim_frontend_check_identity(call, request->identity)) {
        return;
    }
    struct activity *activity =
        sim_payloads_too_large(request->result) ? find_started(call, &named) : find_pending(call, &named);
    if (activity != NULL) {
        sim_outcome_complete(call, activity, request->result, &by);
        sim_call_answer(call, &completed);
    }
}

void sim_respond_activity_task_canceled_by_id(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskCanceledByIdRequest *request = message;
    const struct named named = NAMED(request);
    const struct activity_report by = {.identity = request->identity};

    if (!sim_frontend_check_identity(call, request->identity)) {
        return;
    }
    struct activity *activity = find_started(call, &named);
    if (activity != NULL && sim_outcome_cancel(call, activity, request->details, &by)) {
        sim_call_answer(call, &canceled);
    }
}

/* Unlike by token, any kind of failure may be reported. */
void sim_respond_activity_task_failed_by_id(struct tl_call *call, const void *message)
{
    const Pb__RespondActivityTaskFailedByIdRequest *request = message;
    const struct named named = NAMED(request);
    const struct activity_failed failed = {
        .failure = request->failure,
        .last_heartbeat_details = request->last_heartbeat_details,
        .by = {.identity = request->identity},
    };

    if (!sim_frontend_check_identity(call, request->identity) || !sim_outcome_check_failure(call, request->failure)) {
        return;
    }
    struct activity *activity = find_started(call, &named);
    if (activity == NULL) {
        return;
    }
    Pb__RespondActivityTaskFailedByIdResponse *response = PB_NEW(
        sim_call_arena(call),
        Pb__RespondActivityTaskFailedByIdResponse,
        pb__respond_activity_task_failed_by_id_response);
    const struct failures failures = sim_outcome_fail(call, activity, &failed);
    response->n_failures = failures.count;
    response->failures = failures.failures;
    sim_call_answer(call, response);
}

void sim_record_activity_task_heartbeat_by_id(struct tl_call *call, const void *message)
{
    const Pb__RecordActivityTaskHeartbeatByIdRequest *request = message;
    const struct named named = NAMED(request);
    const struct activity_report by = {.identity = request->identity};
    struct activity *activity = find_started(call, &named);

    if (activity == NULL) {
        return;
    }
    Pb__RecordActivityTaskHeartbeatByIdResponse *response = PB_NEW(
        sim_call_arena(call),
        Pb__RecordActivityTaskHeartbeatByIdResponse,
        pb__record_activity_task_heartbeat_by_id_response);
    response->cancel_requested = sim_outcome_heartbeat(call, activity, request->details, &by);
    sim_call_answer(call, response);
}
