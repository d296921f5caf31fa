/* SPDX-License-Identifier: MIT */
/* The answer to a workflow task, and what the server says to it. */
#include <string.h>

#include "base/text.h"
#include "model/message.h"
#include "model/rpc.h"
#include "worker/engine/flags.h"
#include "worker/engine/state.h"
#include "worker/machines/entity.h"
#include "worker/registry/fail.h"
#include "worker/registry/registry.h"
#include "worker/workflow/signal.h"

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void add_commands(struct task *task, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    const struct list *commands = &task->run->wf.commands;
    struct arena *arena = &task->arena;
    size_t count = 0;

    LIST_EACH(commands, node)
    {
        count++;
    }
    request->commands = ARENA_ARRAY(arena, Pb__Command *, count);
    LIST_EACH(commands, node)
    {
        struct command *command = LIST_ITEM(node, struct command, node);
        Pb__Command *message = PB_NEW(arena, Pb__Command, pb__command);
        message->command_type = command->type;
        command->entity->kind->build(command->entity, command->type, arena, message);
        request->commands[request->n_commands++] = message;
    }
}

/* Present on every completion while runs are cached: without it the server clears stickiness. */
static Pb__StickyExecutionAttributes *sticky(struct task *task)
{
    const struct engine_settings *settings = &task->engine->settings;
    struct arena *arena = &task->arena;

    if (settings->sticky_queue == NULL || task->engine->leaves) {
        return NULL;
    }
    Pb__StickyExecutionAttributes *sticky =
        PB_NEW(arena, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
    sticky->worker_task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    sticky->worker_task_queue->name = borrow(settings->sticky_queue);
    sticky->worker_task_queue->kind = TASK_QUEUE_KIND_STICKY;
    sticky->worker_task_queue->normal_name = borrow(settings->task_queue);
    sticky->schedule_to_start_timeout = pb_duration(arena, settings->sticky_timeout);
    return sticky;
}

static Pb__RespondWorkflowTaskCompletedRequest *completion(struct task *task)
{
    const struct engine_settings *settings = &task->engine->settings;
    struct arena *arena = &task->arena;
    Pb__RespondWorkflowTaskCompletedRequest *request =
        PB_NEW(arena, Pb__RespondWorkflowTaskCompletedRequest, pb__respond_workflow_task_completed_request);

    request->task_token = task->poll->task_token;
    request->namespace_ = borrow(settings->name_space);
    request->identity = borrow(settings->identity);
    request->sticky_attributes = sticky(task);
    request->return_new_workflow_task = request->sticky_attributes != NULL;
    request->sdk_metadata = flags_metadata(task->run, arena);
    request->capabilities = PB_NEW(
        arena,
        Pb__RespondWorkflowTaskCompletedRequest__Capabilities,
        pb__respond_workflow_task_completed_request__capabilities);
    request->capabilities->discard_speculative_workflow_task_with_events = true;
    add_commands(task, request);
    eager_ask(task, request);
    query_task_add_results(task, request);
    return request;
}

static bool has_task(const Pb__RespondWorkflowTaskCompletedResponse *response)
{
    return response->workflow_task != NULL && response->workflow_task->task_token.len > 0;
}

/*
 * Refused: the task timed out, the run was closed meanwhile, or events had come that the code has
 * not seen. Whatever it was, the cached state is ahead of history: it goes, nothing is sent again.
 * Only of what was too large to arrive the server does not know: it is told (GRPC_MESSAGE_TOO_LARGE).
 */
static void on_refused(struct task *task, const struct tl_reply *reply)
{
    struct run_fault fault = {0};

    if (call_is_too_large(reply)) {
        (void)run_fault(&fault, TL_TOO_LARGE, 0, "the task's completion is too large to be sent: %s", reply->text);
        fault.cause = WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE;
        completion_send_failure(task, &fault);
        return;
    }
    engine_trace(task, TL_TRACE_WORKER_TASK_FAILED, tl_status_name(reply->status), reply->text, NULL);
    engine_end_task(task, false);
}

static void on_completed(struct task *task, struct tl_reply *reply)
{
    struct engine *engine = task->engine;
    const Pb__RespondWorkflowTaskCompletedResponse *response = (const void *)reply->message;

    eager_settle(task, reply);
    if (reply->status != TL_OK) {
        on_refused(task, reply);
        return;
    }
    engine_trace(task, TL_TRACE_WORKER_TASK_COMPLETED, "", "", task->completion);
    task->run->told_name = true;
    task->run->told_version = true;
    bool keep = !task->run->wf.outcome.known && response->reset_history_event_id == 0;
    if (!has_task(response)) {
        engine_end_task(task, keep);
        return;
    }
    /* The next task came along: it takes this one's slot, so that no slot is released between them. */
    struct task *next = task_new(engine, tl_reply_ref(reply), response->workflow_task);
    struct run *run = task->run;
    struct task *waiting = run->waiting;
    run->waiting = NULL;
    struct task *queries = engine_take_line(run);
    run->task = NULL;
    task_free(task);
    if (!keep || run->evict) {
        cache_evict(engine, run);
    }
    if (waiting != NULL) {
        engine_end_task(waiting, true);
    }
    engine_begin_line(queries);
    engine_begin(next);
}

static void trace_signal(void *user, const char *name, const struct tl_signal_left *left)
{
    struct task *task = user;

    engine_trace(
        task, TL_TRACE_WORKER_SIGNAL_LEFT, name, arena_format(&task->arena, "%zu not taken", left->count), left);
}

void completion_send(struct task *task)
{
    struct run_fault fault = {0};
    const struct tl_registry *registry = task->engine->settings.registry;

    if (agenda_traces(task->engine->settings.agenda, TL_TRACE_WORKER_SIGNAL_LEFT)) {
        signals_tell_left(&task->run->wf, &task->arena, trace_signal, task);
    }
    task->completion = completion(task);
    if (registry_has_codecs(registry)) {
        task->completion = message_clone(&task->arena, task->completion);
        if (registry_encode(registry, &task->arena, task->completion, &fault.error) != TL_OK) {
            fault.cause = WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
            eager_settle(task, NULL);
            completion_send_failure(task, &fault);
            return;
        }
    }
    task_call(task, RPC_RespondWorkflowTaskCompleted, task->completion, on_completed);
}

/* ---- Failing the task ---- */

static void on_failed(struct task *task, struct tl_reply *reply)
{
    (void)reply;
    engine_end_task(task, false);
}

const char *completion_fault_text(struct arena *arena, const struct tl_error *error)
{
    return error->field[0] == '\0' ? error->message : arena_format(arena, "%s: %s", error->field, error->message);
}

static Pb__Failure *failure(struct arena *arena, const struct tl_error *error)
{
    const char *type = error->status == TL_NONDETERMINISM ? "NondeterminismError" : "WorkflowTaskError";

    return fail_application(arena, type, completion_fault_text(arena, error), NULL);
}

/*
 * Told once: the server keeps no record of later attempts, so those are left to time out, with a
 * growing delay. The run is evicted in any case: the next attempt starts from history.
 */
void completion_send_failure(struct task *task, const struct run_fault *fault)
{
    const struct engine_settings *settings = &task->engine->settings;
    struct arena *arena = &task->arena;

    engine_trace(
        task, TL_TRACE_WORKER_TASK_FAILED, tl_status_name(fault->error.status), fault->error.message, &fault->error);
    if (task->poll->query != NULL) {
        query_task_fail(task, fault);
        return;
    }
    if (fault->error.status == TL_VERDICT || task->poll->attempt > 1) {
        engine_end_task(task, false);
        return;
    }
    Pb__RespondWorkflowTaskFailedRequest *request =
        PB_NEW(arena, Pb__RespondWorkflowTaskFailedRequest, pb__respond_workflow_task_failed_request);
    request->task_token = task->poll->task_token;
    request->namespace_ = borrow(settings->name_space);
    request->identity = borrow(settings->identity);
    request->cause = fault->cause;
    request->failure = failure(arena, &fault->error);
    task_call(task, RPC_RespondWorkflowTaskFailed, request, on_failed);
}
