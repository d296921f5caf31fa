/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/respondworkflowtaskcompleted/api.go, respondworkflowtaskfailed/api.go. */
#include "sim/commands/completion.h"

#include "model/message.h"
#include "sim/commands/commands.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/activity_eager.h"
#include "sim/machines/machines.h"
#include "sim/machines/workflow_task_events.h"
#include "sim/machines/workflow_task_poll.h"
#include "sim/service/failure.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

/* A returned task is started by the completion itself: the server says so where a poll's id would be. */
#define RETURNED_REQUEST_ID "request-from-RespondWorkflowTaskCompleted"

static bool is_current(const struct run *run, const struct token *token)
{
    return sim_workflow_task_is_started(run) && run->task.scheduled_event_id == token->first &&
           run->task.started_event_id == token->second && run->task.attempt == token->attempt;
}

/* The run whose started task the token is for; NULL after refusing the call. */
static struct run *find_task(struct tl_call *call, const char *name_space, const ProtobufCBinaryData *bytes)
{
    struct token token;
    struct run *run = NULL;

    if (!sim_frontend_task(call, name_space, bytes, TOKEN_WORKFLOW_TASK, &token, &run)) {
        return NULL;
    }
    if (!is_current(run, &token)) {
        sim_call_not_found(call, "Workflow task not found.");
        return NULL;
    }
    return run;
}

/* ---- Completed ---- */

static bool check_request(struct tl_call *call, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    struct tl_error error;

    if (sim_check_id(&error, "identity", request->identity, false) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    if (request->sticky_attributes != NULL && request->sticky_attributes->worker_task_queue != NULL &&
        (sim_check_task_queue(&error, "sticky_attributes", request->sticky_attributes->worker_task_queue) != TL_OK ||
         sim_check_duration(
             &error,
             "sticky_attributes.schedule_to_start_timeout",
             request->sticky_attributes->schedule_to_start_timeout,
             NULL) != TL_OK)) {
        sim_call_refuse_error(call, &error);
        return false;
    }
    /* The Go SDK names a build in every answer; a series makes it a deployment. */
    bool is_deployed = request->deployment != NULL && !pb_is_empty(request->deployment->series_name);
    if (request->n_messages > 0 || is_deployed) {
        const char *field = request->n_messages > 0 ? "messages" : "deployment";
        sim_call_refuse(call, TL_UNSUPPORTED, "%s is not supported", field);
        return false;
    }
    return sim_frontend_allow_deployment(call, request->deployment_options);
}

/* What a completed transient task's events take: Scheduled, Started, Completed. */
static int64_t completed_id_of(const struct run *run)
{
    return sim_history_next_id(run->history) + (sim_workflow_task_is_transient(run) ? 2 : 0);
}

/*
 * A refused completion. From the second attempt on only a close that missed something is
 * recorded: the task times out and is tried again.
 */
static void refuse_commands(
    struct tl_call *call, struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request,
    const struct command_fault *fault, bool terminates)
{
    struct arena *arena = sim_call_arena(call);

    if (run->task.attempt > 1 && fault->cause != WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND) {
        sim_query_clear(run);
        sim_call_refuse_error(call, &fault->error);
        return;
    }
    const struct task_failure failure = {
        .cause = fault->cause,
        .failure = sim_server_failure(arena, fault->error.message, false),
        .identity = request->identity,
        .binary_checksum = request->binary_checksum,
    };
    sim_workflow_task_fail(run, &failure);
    if (terminates) {
        const struct termination why = {.reason = fault->error.message, .identity = "history-service"};
        sim_run_flush(run);
        sim_run_terminate(run, &why);
    } else {
        sim_workflow_task_ensure(run);
    }
    sim_run_commit(run);
    sim_query_clear(run);
    sim_call_refuse_error(call, &fault->error);
}

/*
 * Commands that make no completion at all. The task goes on, but with the refusal the server forgets what it has only
 * in memory: which queries wait, and that the run tried to close (workflow/context.go, Clear).
 */
static void refuse_sequence(struct tl_call *call, struct run *run, const struct command_fault *fault)
{
    run->task.close_attempted = false;
    sim_query_clear(run);
    sim_call_refuse_error(call, &fault->error);
}

/* What it would write is too large to be stored: the run can never go on. */
static void end_run(struct tl_call *call, struct run *run, const struct command_fault *fault)
{
    const struct termination why = {
        .reason = "Transaction size exceeds limit.",
        .details = sim_text_payloads(sim_call_arena(call), fault->error.message),
        .identity = "history-service",
    };

    sim_run_terminate(run, &why);
    sim_run_commit(run);
    sim_query_clear(run);
    sim_call_refuse_error(call, &fault->error);
}

static void set_sticky(struct run *run, const Pb__StickyExecutionAttributes *attributes)
{
    if (attributes == NULL || attributes->worker_task_queue == NULL) {
        sim_run_clear_sticky(run);
    } else {
        sim_run_set_sticky(run, attributes);
    }
}

/* An answer without commands that asks for another task. */
static bool is_heartbeat(const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    return request->force_create_new_workflow_task && request->n_commands == 0;
}

/* Has the run only beaten for too long? */
static bool beats_too_long(const struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    return is_heartbeat(request) && sim_run_now(run) > sim_later(run->task.original_scheduled_at, LIMIT_HEARTBEATS);
}

/* The next task, started at once when the worker takes it along. original: see struct task_schedule. */
static void schedule_next(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, tl_time original)
{
    const struct task_schedule how = {
        .returned = request->return_new_workflow_task,
        .original_scheduled_at = original,
    };
    const struct task_start by = {
        .identity = request->identity,
        .request_id = RETURNED_REQUEST_ID,
        .worker_version = sim_task_stamp(request),
        .peer = run->sim->peer,
    };

    sim_workflow_task_schedule(run, &how);
    if (how.returned) {
        sim_workflow_task_start(run, &by);
    }
}

/*
 * The task times out and the worker is refused; the next one is as it asked for, so one that it
 * would have taken along is started and lost with the refusal.
 */
static void
end_heartbeats(struct tl_call *call, struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    sim_workflow_task_time_out(run);
    if (run->task.attempt == 1 || request->return_new_workflow_task) {
        set_sticky(run, request->sticky_attributes); /* a transient task has no timeout there */
    }
    schedule_next(run, request, 0);
    sim_run_commit(run);
    sim_query_settle(run, request, true);
    sim_call_not_found(call, "workflow task heartbeat timeout");
}

static void complete(struct tl_call *call, struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    Pb__RespondWorkflowTaskCompletedResponse *response = PB_NEW(
        sim_call_arena(call), Pb__RespondWorkflowTaskCompletedResponse, pb__respond_workflow_task_completed_response);
    tl_time original = is_heartbeat(request) ? run->task.original_scheduled_at : 0;
    int64_t completed_id = sim_workflow_task_complete(run, request);

    set_sticky(run, request->sticky_attributes);
    bool news = sim_commands_apply(run, request, completed_id);
    sim_activity_start_eager(call, run, request, response);
    bool next = sim_run_is_open(run) && (request->force_create_new_workflow_task || news || run->buffered_count > 0);
    if (next) {
        schedule_next(run, request, original);
    }
    sim_run_commit(run);
    next = next && sim_run_is_open(run); /* what it wrote may have been too large */
    sim_query_settle(run, request, next);
    if (next && request->return_new_workflow_task) {
        response->workflow_task = sim_workflow_task_answer(call, run, true, request->identity);
    }
    sim_call_answer(call, response);
}

/* What the server refuses only once it knows the task. */
static bool check_options(struct tl_call *call, struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    if (request->versioning_behavior != VERSIONING_BEHAVIOR_UNSPECIFIED) {
        sim_call_refuse(
            call,
            TL_INVALID_ARGUMENT,
            "versioning_behavior cannot be specified without deployment options being set with versioned mode");
        return false;
    }
    if (request->intermediate_page || request->page_number > 0) {
        sim_call_refuse(
            call,
            TL_FAILED_PRECONDITION,
            "workflow task completion pagination is disabled for this namespace %s",
            run->space->name);
        return false;
    }
    return true;
}

void sim_respond_workflow_task_completed(struct tl_call *call, const void *message)
{
    const Pb__RespondWorkflowTaskCompletedRequest *request = message;
    struct command_fault fault;

    if (!check_request(call, request)) {
        return;
    }
    struct run *run = find_task(call, request->namespace_, &request->task_token);
    if (run == NULL || !check_options(call, run, request)) {
        return;
    }
    if (beats_too_long(run, request)) {
        end_heartbeats(call, run, request);
        return;
    }
    switch (sim_commands_check(run, request, completed_id_of(run), &fault)) {
    case COMMANDS_ACCEPTED:
        complete(call, run, request);
        break;
    case COMMANDS_REFUSED:
        refuse_sequence(call, run, &fault);
        break;
    case COMMANDS_FAIL_TASK:
        refuse_commands(call, run, request, &fault, false);
        break;
    case COMMANDS_TERMINATE:
        refuse_commands(call, run, request, &fault, true);
        break;
    case COMMANDS_END_RUN:
        end_run(call, run, &fault);
        break;
    }
}

/* ---- Failed ---- */

static const Pb__RespondWorkflowTaskFailedResponse failed = PB__RESPOND_WORKFLOW_TASK_FAILED_RESPONSE__INIT;

/* A run whose answers are too large for the wire can never go on. */
static void terminate_too_large(struct run *run)
{
    const struct termination why = {.reason = "GrpcMessageTooLarge", .identity = "history-service"};

    sim_run_terminate(run, &why);
    sim_run_commit(run);
}

static void fail(struct tl_call *call, struct run *run, const Pb__RespondWorkflowTaskFailedRequest *request)
{
    struct task_failure failure = {
        .cause = (int)request->cause,
        .failure = request->failure,
        .identity = request->identity,
        .binary_checksum = request->binary_checksum,
    };

    if (sim_message_too_large(request->failure)) {
        failure.failure = sim_failure_replace(sim_call_arena(call), request->failure, LIMIT_BLOB_WARNING, true);
    }
    sim_workflow_task_fail(run, &failure);
    sim_workflow_task_ensure(run);
    sim_run_commit(run);
}

void sim_respond_workflow_task_failed(struct tl_call *call, const void *message)
{
    const Pb__RespondWorkflowTaskFailedRequest *request = message;
    struct tl_error error;

    if (sim_check_id(&error, "identity", request->identity, false) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    struct run *run = find_task(call, request->namespace_, &request->task_token);
    if (run == NULL) {
        return;
    }
    if (request->cause == WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE) {
        terminate_too_large(run);
    } else {
        fail(call, run, request);
    }
    sim_call_answer(call, &failed);
}
