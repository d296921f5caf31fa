/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/signalwithstartworkflow, chasm/lib/workflow/validator.go (ValidateSignalWithStartRequest).
 */
#include "sim/frontend/signal_with_start.h"

#include "sim/frontend/signal.h"
#include "sim/frontend/start.h"
#include "sim/frontend/start_check.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/links.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

/* The half of the request that starts. It borrows everything. */
static Pb__StartWorkflowExecutionRequest start_request(const Pb__SignalWithStartWorkflowExecutionRequest *request)
{
    Pb__StartWorkflowExecutionRequest start = PB__START_WORKFLOW_EXECUTION_REQUEST__INIT;

    start.namespace_ = request->namespace_;
    start.workflow_id = request->workflow_id;
    start.workflow_type = request->workflow_type;
    start.task_queue = request->task_queue;
    start.input = request->input;
    start.workflow_execution_timeout = request->workflow_execution_timeout;
    start.workflow_run_timeout = request->workflow_run_timeout;
    start.workflow_task_timeout = request->workflow_task_timeout;
    start.identity = request->identity;
    start.request_id = request->request_id;
    start.workflow_id_reuse_policy = request->workflow_id_reuse_policy;
    start.workflow_id_conflict_policy = request->workflow_id_conflict_policy;
    start.retry_policy = request->retry_policy;
    start.cron_schedule = request->cron_schedule;
    start.memo = request->memo;
    start.search_attributes = request->search_attributes;
    start.header = request->header;
    start.workflow_start_delay = request->workflow_start_delay;
    start.user_metadata = request->user_metadata;
    start.n_links = request->n_links;
    start.links = request->links;
    start.versioning_override = request->versioning_override;
    start.priority = request->priority;
    start.time_skipping_config = request->time_skipping_config;
    return start;
}

static struct signal signal_of(const Pb__SignalWithStartWorkflowExecutionRequest *request, const char *request_id)
{
    return (struct signal){
        .name = request->signal_name,
        .input = request->signal_input,
        .header = request->header,
        .identity = request->identity,
        .request_id = request_id,
        .link_count = request->n_links,
        .links = request->links,
    };
}

static void answer(struct tl_call *call, const struct run *run, const struct signal *signal, bool started)
{
    struct arena *arena = sim_call_arena(call);
    Pb__SignalWithStartWorkflowExecutionResponse *response =
        PB_NEW(arena, Pb__SignalWithStartWorkflowExecutionResponse, pb__signal_with_start_workflow_execution_response);

    call->subject = run->workflow_id;
    response->run_id = arena_strdup(arena, run->run_id);
    response->first_execution_run_id = arena_strdup(arena, run->started->first_execution_run_id);
    response->started = started;
    response->signal_link = sim_link_to_request(arena, run, signal->request_id, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED);
    sim_call_answer(call, response);
}

/* The running run has the signal, at once: its start delay is over with it. */
static void signal_running(struct tl_call *call, struct run *run, const struct signal *signal)
{
    if (!sim_signal_is_welcome(call, run)) {
        return;
    }
    if (!sim_signal_is_known(run, signal->request_id)) {
        sim_signal_add(run, signal);
        sim_run_wake(run);
        sim_run_commit(run);
    }
    answer(call, run, signal, false);
}

static void start_signaled(struct tl_call *call, const struct start *start, const struct signal *signal)
{
    struct run *run = sim_run_open(start->space, &start->plan);

    sim_signal_add(run, signal);
    sim_run_begin(run, &start->plan);
    sim_run_commit(run);
    answer(call, run, signal, true);
}

static void signal_or_start(struct tl_call *call, const struct start *start, const struct signal *signal)
{
    struct run *current = sim_namespace_run(start->space, start->plan.workflow_id, NULL);

    if (current != NULL && sim_run_is_open(current)) {
        if (start->conflict_policy != WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING) {
            signal_running(call, current, signal);
            return;
        }
        sim_start_replace(current, start->plan.run_id);
    } else if (current != NULL && !sim_start_may_follow(call, start, current)) {
        return;
    }
    start_signaled(call, start, signal);
}

static enum tl_status
check(struct tl_error *error, struct tl_call *call, struct start *start, const struct signal *signal)
{
    if (sim_signal_check(error, signal) != TL_OK ||
        sim_start_check(error, sim_call_arena(call), start, WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING) != TL_OK) {
        return error->status;
    }
    if (start->conflict_policy == WORKFLOW_ID_CONFLICT_POLICY_FAIL) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "workflow_id_conflict_policy",
            "workflow_id_conflict_policy FAIL is none for a signal with start");
    }
    return TL_OK;
}

void sim_signal_with_start_workflow_execution(struct tl_call *call, const void *message)
{
    const Pb__SignalWithStartWorkflowExecutionRequest *request = message;
    const Pb__StartWorkflowExecutionRequest starting = start_request(request);
    struct start start = {.request = &starting};
    struct signal signal = signal_of(request, request->request_id);
    struct tl_error error;
    char run_id[RANDOM_UUID_SIZE];
    char request_id[RANDOM_UUID_SIZE];

    start.space = sim_namespace_require(call, request->namespace_);
    if (start.space == NULL) {
        return;
    }
    if (check(&error, call, &start, &signal) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    sim_uuid(call->sim, run_id);
    start.plan.run_id = run_id;
    if (pb_is_empty(signal.request_id)) {
        sim_uuid(call->sim, request_id);
        start.plan.request_id = request_id;
        signal.request_id = request_id;
    }
    signal_or_start(call, &start, &signal);
}
