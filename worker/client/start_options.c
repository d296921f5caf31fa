/* SPDX-License-Identifier: MIT */
#include "worker/client/start_options.h"

#include "base/check.h"
#include "worker/registry/field.h"
#include "worker/registry/metadata.h"
#include "worker/registry/option.h"
#include "worker/registry/priority.h"
#include "worker/registry/retry.h"
#include "worker/registry/search.h"

struct named_duration {
    const char *field;
    tl_duration duration;
};

static enum tl_status check_durations(const struct named_duration *durations, size_t count, struct tl_error *error)
{
    for (size_t i = 0; i < count; i++) {
        enum tl_status status = option_check_duration(durations[i].field, durations[i].duration, error);

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

static enum tl_status check_policies(const struct tl_start_options *options, struct tl_error *error)
{
    if ((unsigned)options->id_conflict > TL_ID_CONFLICT_TERMINATE_EXISTING) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "id_conflict", "%d is no policy", (int)options->id_conflict);
    }
    if ((unsigned)options->id_reuse > TL_ID_REUSE_REJECT_DUPLICATE) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "id_reuse", "%d is no policy", (int)options->id_reuse);
    }
    return TL_OK;
}

static enum tl_status check_texts(const struct tl_start_options *options, struct tl_error *error)
{
    enum tl_status status = option_check_text("summary", options->summary, error);

    return status == TL_OK ? option_check_text("details", options->details, error) : status;
}

static enum tl_status check_values(const struct tl_start_options *options, struct tl_error *error)
{
    enum tl_status status = field_check("memo", options->memo, options->memo_count, error);

    if (status == TL_OK) {
        status = field_check("headers", options->headers, options->header_count, error);
    }
    if (status == TL_OK) {
        status = search_check(options->search_attributes, options->search_attribute_count, error);
    }
    if (status == TL_OK) {
        status = priority_check(&options->priority, error);
    }
    return status == TL_OK ? check_texts(options, error) : status;
}

enum tl_status start_options_check(const struct tl_start_options *options, struct tl_error *error)
{
    if (options == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "options", "are required: they name the task queue");
    }
    const struct named_duration durations[] = {
        {"execution_timeout", options->execution_timeout},
        {"run_timeout", options->run_timeout},
        {"task_timeout", options->task_timeout},
        {"start_delay", options->start_delay},
    };
    enum tl_status status = option_check_name("task_queue", options->task_queue, error);
    if (status == TL_OK && options->request_id != NULL) {
        status = option_check_name("request_id", options->request_id, error);
    }
    if (status == TL_OK) {
        status = check_durations(durations, COUNT_OF(durations), error);
    }
    if (status == TL_OK) {
        status = check_policies(options, error);
    }
    if (status == TL_OK) {
        status = retry_check(options->retry, error);
    }
    return status == TL_OK ? check_values(options, error) : status;
}

void start_options_fill(
    Pb__StartWorkflowExecutionRequest *request, struct arena *arena, const struct tl_start_options *options)
{
    request->task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    request->task_queue->name = arena_strdup(arena, options->task_queue);
    request->task_queue->kind = TASK_QUEUE_KIND_NORMAL;
    request->workflow_execution_timeout = pb_duration(arena, options->execution_timeout);
    request->workflow_run_timeout = pb_duration(arena, options->run_timeout);
    request->workflow_task_timeout = pb_duration(arena, options->task_timeout);
    request->workflow_start_delay = pb_duration(arena, options->start_delay);
    request->workflow_id_conflict_policy = (Pb__WorkflowIdConflictPolicy)options->id_conflict;
    request->workflow_id_reuse_policy = options->id_reuse == TL_ID_REUSE_DEFAULT
                                            ? WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
                                            : (Pb__WorkflowIdReusePolicy)options->id_reuse;
    request->retry_policy = retry_message(arena, options->retry);
    request->memo = field_memo(arena, options->memo, options->memo_count);
    request->search_attributes =
        search_start_message(arena, options->search_attributes, options->search_attribute_count);
    request->header = field_header(arena, options->headers, options->header_count);
    request->priority = priority_message(arena, &options->priority);
    request->user_metadata = metadata_message(arena, options->summary, options->details);
}
