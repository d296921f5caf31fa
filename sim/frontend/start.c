/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/startworkflow/api.go, workflow_id_dedup.go, create_workflow_util.go. */
#include "sim/frontend/start.h"

#include <string.h>

#include "sim/frontend/start_check.h"
#include "sim/machines/machines.h"
#include "sim/machines/workflow_task_poll.h"
#include "sim/service/call.h"
#include "sim/service/links.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

/* Where an eager task's start stands: right behind the run's. */
#define EAGER_STARTED_ID 3

/* ---- Answers ---- */

static Pb__StartWorkflowExecutionResponse *new_response(struct tl_call *call, const struct run *run, bool started)
{
    struct arena *arena = sim_call_arena(call);
    Pb__StartWorkflowExecutionResponse *response =
        PB_NEW(arena, Pb__StartWorkflowExecutionResponse, pb__start_workflow_execution_response);

    call->subject = run->workflow_id;
    response->run_id = arena_strdup(arena, run->run_id);
    response->first_execution_run_id = arena_strdup(arena, run->started->first_execution_run_id);
    response->started = started;
    response->status = (Pb__WorkflowExecutionStatus)run->status;
    return response;
}

/* With the run's first task when it was asked for and still is the first attempt. */
static void answer_started(struct tl_call *call, struct run *run, const struct start *start)
{
    Pb__StartWorkflowExecutionResponse *response = new_response(call, run, true);

    response->link = sim_link_to_start(sim_call_arena(call), run);
    if (start->plan.eager && sim_workflow_task_is_started(run) && run->task.started_event_id == EAGER_STARTED_ID &&
        run->task.attempt == 1) {
        response->eager_workflow_task = sim_workflow_task_answer(call, run, false, start->plan.identity);
    }
    sim_call_answer(call, response);
}

/* The run was there before; attached: the start's request id is one of its own now. */
static void answer_existing(struct tl_call *call, const struct run *run, const struct start *start, bool attached)
{
    struct arena *arena = sim_call_arena(call);
    Pb__StartWorkflowExecutionResponse *response = new_response(call, run, false);

    response->link =
        attached
            ? sim_link_to_request(arena, run, start->plan.request_id, EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED)
            : sim_link_to_start(arena, run);
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

/* ---- The id's other run ---- */

void sim_start_replace(struct run *run, const char *new_run_id)
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

/* The start becomes one of the running run's, and says so in its history. */
static void attach(struct run *run, const struct start *start)
{
    const Pb__Workflow__OnConflictOptions *options = start->request->on_conflict_options;
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionOptionsUpdatedEventAttributes *updated = EVENT_ATTRIBUTES(
        arena,
        event,
        WorkflowExecutionOptionsUpdated,
        workflow_execution_options_updated,
        WORKFLOW_EXECUTION_OPTIONS_UPDATED);

    event->worker_may_ignore = true;
    if (options->attach_request_id) {
        updated->attached_request_id = sim_history_text(run->history, start->plan.request_id);
        map_put_string(&run->request_ids, updated->attached_request_id, event);
    }
    if (options->attach_links) {
        sim_event_set_links(run->history, event, start->plan.link_count, start->plan.links);
    }
    sim_run_buffer(run, event, NULL);
    sim_run_commit(run);
}

static void use_existing(struct tl_call *call, const struct start *start, struct run *run)
{
    const Pb__Workflow__OnConflictOptions *options = start->request->on_conflict_options;

    if (options != NULL) {
        attach(run, start);
    }
    answer_existing(call, run, start, options != NULL && options->attach_request_id);
}

/* True when the running run lets a new one be started: it is terminated then. */
static bool resolve_running(struct tl_call *call, const struct start *start, struct run *run)
{
    switch (start->conflict_policy) {
    case WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING:
        use_existing(call, start, run);
        return false;
    case WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING:
        sim_start_replace(run, start->plan.run_id);
        return true;
    default:
        refuse_id(call, run, "a run of this id is running");
        return false;
    }
}

bool sim_start_may_follow(struct tl_call *call, const struct start *start, const struct run *closed)
{
    if (start->reuse_policy == WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE) {
        refuse_id(call, closed, "a run of this id is closed, and the policy allows no other");
        return false;
    }
    if (start->reuse_policy == WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY &&
        closed->status == WORKFLOW_EXECUTION_STATUS_COMPLETED) {
        refuse_id(call, closed, "the last run of this id completed, and the policy allows another only when it failed");
        return false;
    }
    return true;
}

/* ---- The rpc ---- */

/* True when the id's newest run was made by this very request, or it has been attached to it: it is answered. */
static bool is_repeated(struct tl_call *call, const struct start *start, struct run *run)
{
    const char *request_id = start->plan.request_id;

    if (strcmp(run->request_id, request_id) == 0) {
        answer_started(call, run, start);
        return true;
    }
    if (map_get_string(&run->request_ids, request_id) != NULL) {
        answer_existing(call, run, start, true);
        return true;
    }
    return false;
}

static void start_run(struct tl_call *call, struct start *start)
{
    struct run *current = sim_namespace_run(start->space, start->plan.workflow_id, NULL);

    if (current != NULL && is_repeated(call, start, current)) {
        return;
    }
    if (current != NULL && !(sim_run_is_open(current) ? resolve_running(call, start, current)
                                                      : sim_start_may_follow(call, start, current))) {
        return;
    }
    struct run *run = sim_run_open(start->space, &start->plan);
    sim_run_begin(run, &start->plan);
    sim_run_commit(run);
    answer_started(call, run, start);
}

void sim_start_workflow_execution(struct tl_call *call, const void *message)
{
    struct start start = {.request = message};
    struct tl_error error;
    char run_id[RANDOM_UUID_SIZE];
    char request_id[RANDOM_UUID_SIZE];

    start.space = sim_namespace_require(call, start.request->namespace_);
    if (start.space == NULL) {
        return;
    }
    if (sim_start_check(&error, sim_call_arena(call), &start, WORKFLOW_ID_CONFLICT_POLICY_FAIL) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    sim_uuid(call->sim, run_id);
    start.plan.run_id = run_id;
    if (pb_is_empty(start.plan.request_id)) {
        sim_uuid(call->sim, request_id);
        start.plan.request_id = request_id;
    }
    start_run(call, &start);
}
