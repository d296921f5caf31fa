/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/startworkflow/api.go, workflow_id_dedup.go, create_workflow_util.go. */
#include "sim/frontend/start.h"

#include <string.h>

#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

/* A request that passed its checks, with what was left out filled in. */
struct start {
    const Pb__StartWorkflowExecutionRequest *request;
    struct name_space *space;
    tl_duration execution_timeout;
    tl_duration run_timeout;
    tl_duration task_timeout;
    int reuse_policy;
    int conflict_policy;
};

/* ---- Checks ---- */

static enum tl_status unsupported(struct tl_error *error, const char *field)
{
    return tl_error_set(error, TL_UNSUPPORTED, field, "%s is not supported", field);
}

static bool is_plain(const Pb__Priority *priority)
{
    return priority == NULL ||
           (priority->priority_key == 0 && pb_is_empty(priority->fairness_key) && !(priority->fairness_weight > 0));
}

static enum tl_status check_supported(struct tl_error *error, const Pb__StartWorkflowExecutionRequest *request)
{
    if (request->retry_policy != NULL) {
        return unsupported(error, "retry_policy");
    }
    if (!pb_is_empty(request->cron_schedule)) {
        return unsupported(error, "cron_schedule");
    }
    if (pb_nanoseconds(request->workflow_start_delay) != 0) {
        return unsupported(error, "workflow_start_delay");
    }
    if (request->search_attributes != NULL && request->search_attributes->n_indexed_fields > 0) {
        return unsupported(error, "search_attributes");
    }
    if (request->n_completion_callbacks > 0) {
        return unsupported(error, "completion_callbacks");
    }
    if (request->versioning_override != NULL) {
        return unsupported(error, "versioning_override");
    }
    if (request->on_conflict_options != NULL) {
        return unsupported(error, "on_conflict_options");
    }
    if (request->time_skipping_config != NULL) {
        return unsupported(error, "time_skipping_config");
    }
    return is_plain(request->priority) ? TL_OK : unsupported(error, "priority");
}

static enum tl_status check_ids(struct tl_error *error, const Pb__StartWorkflowExecutionRequest *request)
{
    if (sim_check_id(error, "workflow_id", request->workflow_id, true) != TL_OK) {
        return error->status;
    }
    if (request->workflow_type == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "workflow_type", "workflow_type is not set");
    }
    if (sim_check_id(error, "workflow_type", request->workflow_type->name, true) != TL_OK ||
        sim_check_task_queue(error, "task_queue", request->task_queue) != TL_OK ||
        sim_check_id(error, "request_id", request->request_id, false) != TL_OK) {
        return error->status;
    }
    return sim_check_id(error, "identity", request->identity, false);
}

static tl_duration shorter(tl_duration left, tl_duration right)
{
    return left < right ? left : right;
}

/* A run lasts no longer than its chain, a task no longer than two minutes or its run. */
static enum tl_status check_timeouts(struct tl_error *error, struct start *start)
{
    const Pb__StartWorkflowExecutionRequest *request = start->request;

    if (sim_check_duration(
            error, "workflow_execution_timeout", request->workflow_execution_timeout, &start->execution_timeout) !=
            TL_OK ||
        sim_check_duration(error, "workflow_run_timeout", request->workflow_run_timeout, &start->run_timeout) !=
            TL_OK ||
        sim_check_duration(error, "workflow_task_timeout", request->workflow_task_timeout, &start->task_timeout) !=
            TL_OK) {
        return error->status;
    }
    if (start->execution_timeout > 0) {
        start->run_timeout =
            start->run_timeout == 0 ? start->execution_timeout : shorter(start->run_timeout, start->execution_timeout);
    }
    start->task_timeout = start->task_timeout == 0 ? TASK_TIMEOUT : shorter(start->task_timeout, TASK_TIMEOUT_MAX);
    if (start->run_timeout > 0) {
        start->task_timeout = shorter(start->task_timeout, start->run_timeout);
    }
    return TL_OK;
}

static enum tl_status check_policies(struct tl_error *error, struct start *start)
{
    int reuse = (int)start->request->workflow_id_reuse_policy;
    int conflict = (int)start->request->workflow_id_conflict_policy;

    if (reuse < 0 || reuse > WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "workflow_id_reuse_policy", "workflow_id_reuse_policy is unknown");
    }
    if (conflict < 0 || conflict > WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "workflow_id_conflict_policy", "workflow_id_conflict_policy is unknown");
    }
    if ((reuse == WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING &&
         conflict != WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED) ||
        (reuse == WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE &&
         conflict == WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING)) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "workflow_id_conflict_policy",
            "workflow_id_conflict_policy contradicts workflow_id_reuse_policy");
    }
    if (reuse == WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING) {
        reuse = WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE;
        conflict = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;
    }
    start->reuse_policy = reuse == 0 ? WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE : reuse;
    start->conflict_policy = conflict == 0 ? WORKFLOW_ID_CONFLICT_POLICY_FAIL : conflict;
    return TL_OK;
}

static enum tl_status check_sizes(struct tl_error *error, const Pb__StartWorkflowExecutionRequest *request)
{
    if (sim_payloads_too_large(request->input)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "input", "input exceeds %zu bytes", (size_t)LIMIT_BLOB_BYTES);
    }
    if (request->memo != NULL && message_size(request->memo) > LIMIT_MEMO_BYTES) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "memo", "memo exceeds %zu bytes", (size_t)LIMIT_MEMO_BYTES);
    }
    return TL_OK;
}

static enum tl_status check(struct tl_error *error, struct start *start)
{
    if (check_ids(error, start->request) != TL_OK || check_supported(error, start->request) != TL_OK ||
        check_timeouts(error, start) != TL_OK || check_policies(error, start) != TL_OK) {
        return error->status;
    }
    return check_sizes(error, start->request);
}

/* ---- The new run ---- */

/* As asked where it was asked for: what was left unset stays unset. */
static Pb__Duration *timeout(struct arena *arena, const Pb__Duration *asked, tl_duration normalised)
{
    return asked == NULL && normalised == 0 ? NULL : sim_duration(arena, normalised);
}

#define MILLISECOND TL_MILLISECONDS(1)

static void
set_timeouts(struct run *run, Pb__WorkflowExecutionStartedEventAttributes *started, const struct start *start)
{
    struct arena *arena = &run->history->arena;
    const Pb__StartWorkflowExecutionRequest *request = start->request;

    started->workflow_execution_timeout = timeout(arena, request->workflow_execution_timeout, start->execution_timeout);
    started->workflow_run_timeout = timeout(arena, request->workflow_run_timeout, start->run_timeout);
    started->workflow_task_timeout = sim_duration(arena, start->task_timeout);
    started->first_workflow_task_backoff = sim_duration(arena, 0);
    run->task_timeout = start->task_timeout;
    run->task_timeout_message = started->workflow_task_timeout;
    if (start->run_timeout > 0) {
        run->expires_at = sim_later(run->started_at, start->run_timeout);
    }
    if (start->execution_timeout > 0) {
        tl_time expires = sim_later(run->started_at, start->execution_timeout);
        if (expires < TL_NEVER - MILLISECOND) {
            expires = (expires + MILLISECOND / 2) / MILLISECOND * MILLISECOND;
        }
        started->workflow_execution_expiration_time = pb_timestamp(arena, expires);
        run->expires_at = expires < run->expires_at ? expires : run->expires_at;
    }
}

static void set_payloads(
    struct arena *arena, Pb__WorkflowExecutionStartedEventAttributes *started,
    const Pb__StartWorkflowExecutionRequest *request)
{
    started->header = message_clone(arena, request->header);
    started->input = message_clone(arena, request->input);
    started->memo = message_clone(arena, request->memo);
    started->continued_failure = message_clone(arena, request->continued_failure);
    started->last_completion_result = message_clone(arena, request->last_completion_result);
    started->priority = message_clone(arena, request->priority);
}

static void add_started_event(struct run *run, const struct start *start)
{
    const Pb__StartWorkflowExecutionRequest *request = start->request;
    struct history *history = run->history;
    struct arena *arena = &history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionStartedEventAttributes *started = EVENT_ATTRIBUTES(
        arena, event, WorkflowExecutionStarted, workflow_execution_started, WORKFLOW_EXECUTION_STARTED);

    started->workflow_type = message_clone(arena, request->workflow_type);
    started->task_queue = sim_task_queue(arena, request->task_queue->name, TASK_QUEUE_KIND_NORMAL, NULL);
    started->workflow_id = (char *)(uintptr_t)run->workflow_id;
    started->original_execution_run_id = (char *)(uintptr_t)run->run_id;
    started->first_execution_run_id = (char *)(uintptr_t)run->run_id;
    started->identity = sim_history_identity(history, request->identity);
    started->attempt = 1;
    set_payloads(arena, started, request);
    set_timeouts(run, started, start);
    event->user_metadata = message_clone(arena, request->user_metadata);
    sim_event_set_links(history, event, request->n_links, request->links);
    run->started = started;
    sim_run_add(run, event);
}

static void trace_opened(const struct run *run, const char *type)
{
    if (agenda_traces(run->sim->agenda, TL_TRACE_SERVICE_RUN_OPENED)) {
        agenda_trace(
            run->sim->agenda,
            (struct tl_trace_event){
                .kind = TL_TRACE_SERVICE_RUN_OPENED,
                .workflow_id = run->workflow_id,
                .run_id = run->run_id,
                .event_id = 1,
                .name = type,
            });
    }
}

static struct run *open_run(const struct start *start, const char *run_id)
{
    const Pb__StartWorkflowExecutionRequest *request = start->request;
    struct run *run = sim_run_new(start->space, request->workflow_id, run_id);

    if (pb_is_empty(request->request_id)) {
        char request_id[RANDOM_UUID_SIZE];
        sim_uuid(run->sim, request_id);
        run->request_id = sim_history_text(run->history, request_id);
    } else {
        run->request_id = sim_history_text(run->history, request->request_id);
    }
    run->queue = sim_namespace_queue(start->space, QUEUE_WORKFLOW, request->task_queue->name);
    trace_opened(run, request->workflow_type->name);
    add_started_event(run, start);
    sim_run_arm_expiry(run);
    sim_workflow_task_ensure(run);
    sim_run_commit(run);
    return run;
}

/* ---- The id's other run ---- */

static void answer(struct tl_call *call, const struct run *run, bool started)
{
    struct arena *arena = sim_call_arena(call);
    Pb__StartWorkflowExecutionResponse *response =
        PB_NEW(arena, Pb__StartWorkflowExecutionResponse, pb__start_workflow_execution_response);

    call->subject = run->workflow_id;
    response->run_id = arena_strdup(arena, run->run_id);
    response->first_execution_run_id = arena_strdup(arena, run->started->first_execution_run_id);
    response->started = started;
    response->status = (Pb__WorkflowExecutionStatus)run->status;
    sim_call_answer(call, response);
}

static void refuse_id(struct tl_call *call, const struct run *run, const char *why)
{
    struct arena *arena = sim_call_arena(call);
    Pb__WorkflowExecutionAlreadyStartedFailure *details =
        PB_NEW(arena, Pb__WorkflowExecutionAlreadyStartedFailure, pb__workflow_execution_already_started_failure);

    details->start_request_id = arena_strdup(arena, run->request_id);
    details->run_id = arena_strdup(arena, run->run_id);
    details->first_execution_run_id = arena_strdup(arena, run->started->first_execution_run_id);
    sim_call_refuse_details(
        call, TL_ALREADY_EXISTS, details, "workflow_id %s: %s, run %s", run->workflow_id, why, run->run_id);
}

static void replace_run(struct run *run, const char *new_run_id)
{
    struct arena arena;

    arena_init(&arena, run->sim->pool);
    const struct termination why = {
        .reason = "TerminateIfRunning WorkflowIdReusePolicy",
        .details = sim_text_payloads(&arena, arena_format(&arena, "terminated by new runID: %s", new_run_id)),
        .identity = "history-service",
    };
    sim_run_terminate(run, &why);
    sim_run_commit(run);
    arena_done(&arena);
}

/* True when the running run lets a new one be started: it is terminated then. */
static bool resolve_running(struct tl_call *call, const struct start *start, struct run *run, const char *new_run_id)
{
    switch (start->conflict_policy) {
    case WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING:
        answer(call, run, false);
        return false;
    case WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING:
        replace_run(run, new_run_id);
        return true;
    default:
        refuse_id(call, run, "a run of this id is running");
        return false;
    }
}

/* True when the closed run lets a new one be started. */
static bool resolve_closed(struct tl_call *call, const struct start *start, const struct run *run)
{
    if (start->reuse_policy == WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE) {
        refuse_id(call, run, "a run of this id is closed, and the policy allows no other");
        return false;
    }
    if (start->reuse_policy == WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY &&
        run->status == WORKFLOW_EXECUTION_STATUS_COMPLETED) {
        refuse_id(call, run, "the last run of this id completed, and the policy allows another only when it failed");
        return false;
    }
    return true;
}

void sim_start_workflow_execution(struct tl_call *call, const void *message)
{
    struct start start = {.request = message};
    struct tl_error error;
    char run_id[RANDOM_UUID_SIZE];

    start.space = sim_namespace_require(call, start.request->namespace_);
    if (start.space == NULL) {
        return;
    }
    if (check(&error, &start) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    struct run *current = sim_namespace_run(start.space, start.request->workflow_id, NULL);
    if (current != NULL && !pb_is_empty(start.request->request_id) &&
        strcmp(current->request_id, start.request->request_id) == 0) {
        answer(call, current, true);
        return;
    }
    sim_uuid(call->sim, run_id);
    if (current != NULL && !(sim_run_is_open(current) ? resolve_running(call, &start, current, run_id)
                                                      : resolve_closed(call, &start, current))) {
        return;
    }
    answer(call, open_run(&start, run_id), true);
}
