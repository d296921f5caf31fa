/* SPDX-License-Identifier: MIT */
/*
 * Facts: sdk-go, internal_task_handlers.go (completeWorkflow); sdk-core, workflow_machines.rs (what is handed on) and
 * continue_as_new_workflow_state_machine.rs. The service hands on nothing of memo and search attributes by itself.
 */
#include "worker/workflow/continuation.h"

#include <string.h>

#include "base/check.h"
#include "model/message.h"
#include "model/search_attribute.h"
#include "worker/registry/field.h"
#include "worker/registry/option.h"
#include "worker/registry/retry.h"
#include "worker/registry/search.h"
#include "worker/workflow/context.h"

/* ---- What was asked for ---- */

static void check_names(struct tl_workflow *wf, const struct tl_continue_options *options)
{
    if (options->workflow_type != NULL) {
        workflow_check_name(wf, "tl_continue_as_new", "workflow_type", options->workflow_type);
    }
    if (options->task_queue != NULL) {
        workflow_check_name(wf, "tl_continue_as_new", "task_queue", options->task_queue);
    }
}

static enum tl_status check_durations(const struct tl_continue_options *options, struct tl_error *error)
{
    enum tl_status status = option_check_duration("run_timeout", options->run_timeout, error);

    if (status == TL_OK) {
        status = option_check_duration("task_timeout", options->task_timeout, error);
    }
    return status == TL_OK ? option_check_duration("start_delay", options->start_delay, error) : status;
}

static enum tl_status check_fields(const struct tl_continue_options *options, struct tl_error *error)
{
    enum tl_status status = field_check("memo", options->memo, options->memo_count, error);

    if (status == TL_OK) {
        status = field_check("headers", options->headers, options->header_count, error);
    }
    return status == TL_OK ? search_check(options->search_attributes, options->search_attribute_count, error) : status;
}

static void check(struct tl_workflow *wf, const struct tl_payloads *input, const struct tl_continue_options *options)
{
    struct tl_error error;

    if (input != NULL && input->items == NULL && input->count > 0) {
        workflow_misuse(wf, "input", "tl_continue_as_new: input is NULL, but there are %zu payloads", input->count);
    }
    check_names(wf, options);
    workflow_check(wf, "tl_continue_as_new", check_durations(options, &error), &error);
    workflow_check(wf, "tl_continue_as_new", retry_check(options->retry, &error), &error);
    workflow_check(wf, "tl_continue_as_new", check_fields(options, &error), &error);
}

static char *text_or(struct tl_workflow *wf, const char *text, const char *otherwise)
{
    return arena_strdup(wf->arena, text == NULL ? otherwise : text);
}

/* A server drops what is nothing: so that its event is the same, it is not sent. */
static Pb__Memo *memo_of(struct arena *arena, const struct tl_field *fields, size_t count)
{
    struct tl_field *kept = ARENA_ARRAY(arena, struct tl_field, count);
    size_t kept_count = 0;

    for (size_t i = 0; fields != NULL && i < count; i++) {
        if (!field_is_nothing(&fields[i])) {
            kept[kept_count++] = fields[i];
        }
    }
    return field_memo(arena, kept, kept_count);
}

static void fill(
    struct tl_workflow *wf, Pb__ContinueAsNewWorkflowExecutionCommandAttributes *message,
    const struct tl_payloads *input, const struct tl_continue_options *options)
{
    struct arena *arena = wf->arena;

    message->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    message->workflow_type->name = text_or(wf, options->workflow_type, wf->info.workflow_type);
    message->task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    message->task_queue->name = text_or(wf, options->task_queue, wf->info.task_queue);
    message->task_queue->kind = TASK_QUEUE_KIND_NORMAL;
    message->input = pb_payloads(arena, input);
    message->workflow_run_timeout = pb_duration(arena, options->run_timeout);
    message->workflow_task_timeout = pb_duration(arena, options->task_timeout);
    message->backoff_start_interval = pb_duration(arena, options->start_delay);
    message->retry_policy =
        options->retry == NULL ? message_clone(arena, wf->started.retry) : retry_message(arena, options->retry);
    message->memo = memo_of(arena, options->memo, options->memo_count);
    message->search_attributes =
        search_start_message(arena, options->search_attributes, options->search_attribute_count);
    message->header = field_header(arena, options->headers, options->header_count);
}

enum tl_status
tl_continue_as_new(struct tl_workflow *wf, const struct tl_payloads *input, const struct tl_continue_options *options)
{
    static const struct tl_continue_options defaults;

    (void)workflow_strand(wf, __func__);
    options = options == NULL ? &defaults : options;
    check(wf, input, options);
    struct continuation *continuation = ARENA_NEW(wf->arena, struct continuation);
    continuation->message = PB_NEW(
        wf->arena,
        Pb__ContinueAsNewWorkflowExecutionCommandAttributes,
        pb__continue_as_new_workflow_execution_command_attributes);
    continuation->own_memo = options->memo != NULL;
    continuation->own_search_attributes = options->search_attributes != NULL;
    fill(wf, continuation->message, input, options);
    wf->continuation = continuation;
    return TL_CONTINUE_AS_NEW;
}

/* ---- The end ---- */

void continuation_close(struct tl_workflow *wf)
{
    const struct continuation *continuation = wf->continuation;

    if (!continuation->own_memo) {
        continuation->message->memo = field_current_memo(&wf->memo, wf->arena);
    }
    if (!continuation->own_search_attributes) {
        continuation->message->search_attributes = search_set_message(&wf->search_attributes, wf->arena);
    }
}

/* ---- Against history ---- */

static bool same(const char *name, const void *in_history, const void *in_code, struct text *difference)
{
    char path[128] = "";

    if (message_says_same(in_history, in_code, path, sizeof path)) {
        return true;
    }
    text_format(difference, "the new run's %s is not the one in history", name);
    if (path[0] != '\0') {
        text_format(difference, " (%s)", path);
    }
    return false;
}

static bool
same_attributes(const Pb__SearchAttributes *in_history, const Pb__SearchAttributes *in_code, struct text *difference)
{
    const char *differs = search_attributes_differ(in_history, in_code);

    if (differs != NULL) {
        text_format(difference, "the new run's search attribute %s is not the one in history", differs);
    }
    return differs == NULL;
}

static bool same_text(const char *name, const char *in_history, const char *in_code, struct text *difference)
{
    if (strcmp(in_history, in_code) == 0) {
        return true;
    }
    text_format(difference, "%s is \"%s\" in history and \"%s\" in the code", name, in_history, in_code);
    return false;
}

bool continuation_matches(
    const struct tl_workflow *wf, const Pb__HistoryEvent *event, bool all, struct text *difference)
{
    const Pb__ContinueAsNewWorkflowExecutionCommandAttributes *command = wf->continuation->message;
    const Pb__WorkflowExecutionContinuedAsNewEventAttributes *recorded =
        event->workflow_execution_continued_as_new_event_attributes;
    const char *type = recorded->workflow_type == NULL ? "" : recorded->workflow_type->name;
    const char *queue = recorded->task_queue == NULL ? "" : recorded->task_queue->name;

    if (!all) {
        return same_text("workflow_type", type, command->workflow_type->name, difference);
    }
    return same_text("task_queue", queue, command->task_queue->name, difference) &&
           same("input", recorded->input, command->input, difference) &&
           same("memo", recorded->memo, command->memo, difference) &&
           same_attributes(recorded->search_attributes, command->search_attributes, difference) &&
           same("headers", recorded->header, command->header, difference) &&
           same("start delay", recorded->backoff_start_interval, command->backoff_start_interval, difference);
}
