/* SPDX-License-Identifier: MIT */
/*
 * Facts: service/frontend/workflow_handler.go (prepareStartWorkflowRequest), chasm/lib/workflow/validator.go and
 * service/history/api/create_workflow_util.go.
 */
#include "sim/frontend/start_check.h"

#include "model/message.h"
#include "sim/machines/clock.h"
#include "sim/service/limits.h"
#include "sim/service/links.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/priority.h"
#include "sim/service/retry.h"
#include "sim/service/search_attributes.h"

#define MILLISECOND TL_MILLISECONDS(1)

/* ---- Fields ---- */

static enum tl_status unsupported(struct tl_error *error, const char *field)
{
    return tl_error_set(error, TL_UNSUPPORTED, field, "%s is not supported", field);
}

static bool is_versioned(const Pb__WorkerDeploymentOptions *options)
{
    return options != NULL && options->worker_versioning_mode == WORKER_VERSIONING_MODE_VERSIONED;
}

static enum tl_status check_supported(struct tl_error *error, const Pb__StartWorkflowExecutionRequest *request)
{
    if (!pb_is_empty(request->cron_schedule)) {
        return unsupported(error, "cron_schedule");
    }
    if (request->n_completion_callbacks > 0) {
        return unsupported(error, "completion_callbacks");
    }
    if (request->versioning_override != NULL) {
        return unsupported(error, "versioning_override");
    }
    if (is_versioned(request->eager_worker_deployment_options)) {
        return unsupported(error, "eager_worker_deployment_options");
    }
    return sim_clock_check(error, request->time_skipping_config);
}

/* Whoever starts may be called anything: unlike a worker's, an identity has no limit here. */
static enum tl_status check_ids(struct tl_error *error, const Pb__StartWorkflowExecutionRequest *request)
{
    if (sim_check_id(error, "workflow_id", request->workflow_id, true) != TL_OK) {
        return error->status;
    }
    if (request->workflow_type == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "workflow_type", "workflow_type is not set");
    }
    if (sim_check_id(error, "workflow_type", request->workflow_type->name, true) != TL_OK ||
        sim_check_user_queue(error, "task_queue", request->task_queue, "") != TL_OK) {
        return error->status;
    }
    return sim_check_id(error, "request_id", request->request_id, false);
}

/* As asked where it was asked for: what was left unset stays unset. */
static tl_duration written(const Pb__Duration *asked, tl_duration normalised)
{
    return asked == NULL && normalised == 0 ? RUN_UNSET : normalised;
}

/* Of the whole chain, to the millisecond (common/util.go, CreateHistoryStartWorkflowRequest). */
static tl_time expiry(const struct start *start, tl_duration execution_timeout)
{
    tl_time expires = sim_later(sim_now(start->space->sim), execution_timeout);

    if (execution_timeout == 0) {
        return 0;
    }
    return expires < TL_NEVER - MILLISECOND ? (expires + MILLISECOND / 2) / MILLISECOND * MILLISECOND : expires;
}

static enum tl_status check_timeouts(struct tl_error *error, struct start *start)
{
    const Pb__StartWorkflowExecutionRequest *request = start->request;
    tl_duration execution = 0;
    tl_duration run = 0;
    tl_duration task = 0;

    if (sim_check_duration(error, "workflow_execution_timeout", request->workflow_execution_timeout, &execution) !=
            TL_OK ||
        sim_check_duration(error, "workflow_run_timeout", request->workflow_run_timeout, &run) != TL_OK ||
        sim_check_duration(error, "workflow_task_timeout", request->workflow_task_timeout, &task) != TL_OK ||
        sim_check_duration(error, "workflow_start_delay", request->workflow_start_delay, &start->plan.backoff) !=
            TL_OK) {
        return error->status;
    }
    run = sim_run_timeout(run, execution);
    start->plan.execution_timeout = written(request->workflow_execution_timeout, execution);
    start->plan.run_timeout = written(request->workflow_run_timeout, run);
    start->plan.task_timeout = sim_run_task_timeout(task, run);
    start->plan.execution_expires_at = expiry(start, execution);
    return TL_OK;
}

static enum tl_status contradiction(struct tl_error *error)
{
    return tl_error_set(
        error,
        TL_INVALID_ARGUMENT,
        "workflow_id_conflict_policy",
        "workflow_id_conflict_policy contradicts workflow_id_reuse_policy");
}

static enum tl_status check_policies(struct tl_error *error, struct start *start, int unspecified)
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
    if (reuse == WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING) {
        if (conflict != WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED) {
            return contradiction(error);
        }
        reuse = WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE;
        conflict = WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;
    }
    if (reuse == WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE &&
        conflict == WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING) {
        return contradiction(error);
    }
    start->reuse_policy = reuse == 0 ? WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE : reuse;
    start->conflict_policy = conflict == 0 ? unspecified : conflict;
    return TL_OK;
}

static enum tl_status check_on_conflict(struct tl_error *error, const Pb__Workflow__OnConflictOptions *options)
{
    if (options != NULL && options->attach_completion_callbacks && !options->attach_request_id) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "on_conflict_options",
            "on_conflict_options: attach_completion_callbacks needs attach_request_id");
    }
    return TL_OK;
}

static enum tl_status check_retries(struct tl_error *error, struct arena *arena, struct start *start)
{
    if (start->request->retry_policy == NULL) {
        return TL_OK;
    }
    Pb__RetryPolicy *filled = sim_retry_policy_fill(arena, start->request->retry_policy);
    start->plan.retry_policy = filled;
    return sim_check_retry_policy(error, filled);
}

static enum tl_status check_sizes(struct tl_error *error, const Pb__StartWorkflowExecutionRequest *request)
{
    if (sim_payloads_too_large(request->input)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "input", "input exceeds %zu bytes", (size_t)LIMIT_BLOB_BYTES);
    }
    if (request->memo != NULL && message_size(request->memo) > LIMIT_MEMO_BYTES) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "memo", "memo exceeds %zu bytes", (size_t)LIMIT_MEMO_BYTES);
    }
    if (request->search_attributes != NULL) {
        return sim_check_search_attribute_sizes(error, request->search_attributes);
    }
    return TL_OK;
}

static enum tl_status check_rest(struct tl_error *error, const struct start *start)
{
    const Pb__StartWorkflowExecutionRequest *request = start->request;

    if (check_on_conflict(error, request->on_conflict_options) != TL_OK ||
        sim_check_search_attributes(error, start->space, request->search_attributes) != TL_OK ||
        sim_check_priority(error, request->priority) != TL_OK ||
        sim_check_links(error, request->n_links, request->links) != TL_OK) {
        return error->status;
    }
    return check_sizes(error, request);
}

/* ---- The plan ---- */

static void fill_plan(struct start *start)
{
    const Pb__StartWorkflowExecutionRequest *request = start->request;
    struct run_plan *plan = &start->plan;

    plan->workflow_id = request->workflow_id;
    plan->request_id = request->request_id;
    plan->workflow_type = request->workflow_type->name;
    plan->task_queue = request->task_queue->name;
    plan->identity = request->identity;
    plan->time_skipping = start->request->time_skipping_config;
    plan->input = request->input;
    plan->header = request->header;
    plan->memo = request->memo;
    plan->search_attributes = request->search_attributes;
    plan->priority = request->priority;
    plan->user_metadata = request->user_metadata;
    plan->link_count = request->n_links;
    plan->links = request->links;
    plan->continued_failure = request->continued_failure;
    plan->last_completion_result = request->last_completion_result;
    plan->attempt = 1;
    plan->eager = request->request_eager_execution && plan->backoff == 0;
}

enum tl_status sim_start_check(struct tl_error *error, struct arena *arena, struct start *start, int conflict_policy)
{
    if (check_ids(error, start->request) != TL_OK || check_supported(error, start->request) != TL_OK ||
        check_retries(error, arena, start) != TL_OK || check_timeouts(error, start) != TL_OK ||
        check_policies(error, start, conflict_policy) != TL_OK || check_rest(error, start) != TL_OK) {
        return error->status;
    }
    fill_plan(start);
    return TL_OK;
}
