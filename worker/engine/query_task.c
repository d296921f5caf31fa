/* SPDX-License-Identifier: MIT */
/*
 * Queries as tasks bring them: one that a task is for alone, and those that come along with a workflow
 * task. Rules: sdk-core worker/workflow/managed_run.rs.
 */
#include <string.h>

#include "model/event.h"
#include "model/message.h"
#include "model/rpc.h"
#include "worker/engine/state.h"
#include "worker/registry/registry.h"

/* ---- Asking the run ---- */

/* The query through the codecs; what they refuse is the query's failure, not the task's. */
static const Pb__WorkflowQuery *decode(struct task *task, const Pb__WorkflowQuery *query, struct tl_error *error)
{
    const struct tl_registry *registry = task->engine->settings.registry;

    if (!registry_has_codecs(registry)) {
        return query;
    }
    Pb__WorkflowQuery *decoded = message_clone(&task->arena, query);
    return registry_decode(registry, &task->arena, decoded, error) == TL_OK ? decoded : NULL;
}

static bool ask(struct task *task, const Pb__WorkflowQuery *query, struct query_answer *answer, struct run_fault *fault)
{
    struct tl_error error;
    const Pb__WorkflowQuery *asked = decode(task, query, &error);

    if (asked == NULL) {
        *answer = (struct query_answer){.failure = query_failure(&task->arena, error.message)};
        return true;
    }
    return query_ask(&task->run->wf, asked, &task->arena, answer) ||
           run_fault(fault, TL_VERDICT, 0, "a check failed in the handler of query %s", query->query_type);
}

bool query_task_ask_all(struct task *task, struct run_fault *fault)
{
    const Pb__PollWorkflowTaskQueueResponse *poll = task->poll;

    task->answers = ARENA_ARRAY(&task->arena, struct query_answer, poll->n_queries);
    for (size_t i = 0; i < poll->n_queries; i++) {
        if (poll->queries[i]->value == NULL) {
            task->answers[i].failure = query_failure(&task->arena, "the task does not tell what is asked");
        } else if (!ask(task, poll->queries[i]->value, &task->answers[i], fault)) {
            return false;
        }
    }
    return true;
}

/* ---- The answer ---- */

/* Its text is what older servers and clients show of a failure; the server refuses an empty one. */
static char *text_of(const Pb__Failure *failure)
{
    static char none[] = "the query failed";

    return pb_is_empty(failure->message) ? none : failure->message;
}

static void set_result(struct task *task, size_t i, Pb__WorkflowQueryResult *result)
{
    const struct query_answer *answer = &task->answers[i];

    result->result_type = answer->failure == NULL ? QUERY_RESULT_TYPE_ANSWERED : QUERY_RESULT_TYPE_FAILED;
    result->answer = answer->result;
    if (answer->failure != NULL) {
        result->error_message = text_of(answer->failure);
        result->failure = answer->failure;
    }
}

void query_task_add_results(struct task *task, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    struct arena *arena = &task->arena;
    size_t count = task->poll->n_queries;

    request->query_results = ARENA_ARRAY(arena, Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry *, count);
    request->n_query_results = count;
    for (size_t i = 0; i < count; i++) {
        Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry *entry = PB_NEW(
            arena,
            Pb__RespondWorkflowTaskCompletedRequest__QueryResultsEntry,
            pb__respond_workflow_task_completed_request__query_results_entry);
        entry->key = task->poll->queries[i]->key;
        entry->value = PB_NEW(arena, Pb__WorkflowQueryResult, pb__workflow_query_result);
        set_result(task, i, entry->value);
        request->query_results[i] = entry;
    }
}

/* ---- A task that only asks ---- */

/* A closed run is not kept: nothing but other queries would come. */
static void end(struct task *task)
{
    engine_end_task(task, task->run == NULL || !task->run->closed);
}

static void on_answered(struct task *task, struct tl_reply *reply);

static void send(struct task *task, const struct query_answer *answer, int cause)
{
    struct arena *arena = &task->arena;
    const struct tl_registry *registry = task->engine->settings.registry;
    struct tl_error error;
    Pb__RespondQueryTaskCompletedRequest *request =
        PB_NEW(arena, Pb__RespondQueryTaskCompletedRequest, pb__respond_query_task_completed_request);

    request->task_token = task->poll->task_token;
    request->namespace_ = (char *)(uintptr_t)task->engine->settings.name_space;
    request->completed_type = answer->failure == NULL ? QUERY_RESULT_TYPE_ANSWERED : QUERY_RESULT_TYPE_FAILED;
    request->query_result = answer->result;
    request->cause = cause;
    if (answer->failure != NULL) {
        request->error_message = text_of(answer->failure);
        request->failure = answer->failure;
    }
    if (registry_has_codecs(registry)) {
        request = message_clone(arena, request);
        if (registry_encode(registry, arena, request, &error) != TL_OK) {
            request->completed_type = QUERY_RESULT_TYPE_FAILED;
            request->query_result = NULL;
            request->failure = NULL; /* which the codecs refused, or would again */
            request->error_message = arena_strdup(arena, error.message);
        }
    }
    task->answered = answer->failure == NULL;
    task_call(task, RPC_RespondQueryTaskCompleted, request, on_answered);
}

static void send_failure(struct task *task, const char *message, int cause)
{
    send(task, &(struct query_answer){.failure = query_failure(&task->arena, message)}, cause);
}

/* A query that its caller waits for no longer is gone, and the answer with it. */
static void on_answered(struct task *task, struct tl_reply *reply)
{
    if (task->answered && call_is_too_large(reply)) {
        send_failure(
            task,
            arena_format(&task->arena, "the query's result is too large to be sent: %s", reply->text),
            WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE);
        return;
    }
    end(task);
}

void query_task_fail(struct task *task, const struct run_fault *fault)
{
    if (fault->error.status == TL_VERDICT) {
        engine_end_task(task, false);
        return;
    }
    if (task->run != NULL) {
        task->run->evict = true;
    }
    send_failure(task, completion_fault_text(&task->arena, &fault->error), fault->cause);
}

static void answer(struct task *task)
{
    struct query_answer answer = {0};
    struct run_fault fault = {0};

    if (ask(task, task->poll->query, &answer, &fault)) {
        send(task, &answer, WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED);
    } else {
        query_task_fail(task, &fault);
    }
}

/*
 * How far the workflow's decisions reach: to the end of the last completed task's commands. What came
 * behind is for its next task, and code that was not woken by it must not be seen between both.
 */
static size_t decided(Pb__HistoryEvent *const *events, size_t count)
{
    size_t end = count;

    while (end > 0 && events[end - 1]->event_type != EVENT_TYPE_WORKFLOW_TASK_COMPLETED) {
        end--;
    }
    while (end > 0 && end < count && event_is_command_event(events[end]->event_type)) {
        end++;
    }
    return end;
}

static bool replay(struct task *task, struct run_fault *fault)
{
    struct run *run = task->run;
    size_t end = decided(task->events, task->count);

    if (end == 0) {
        return run_fault(fault, TL_MALFORMED, 0, "the history of a query holds no completed workflow task");
    }
    if (!run_apply_all(run, task->events, end, end, false, fault)) {
        return false;
    }
    if (run->wf.info.history_length < task->poll->previous_started_event_id) {
        return run_fault(
            fault,
            TL_MALFORMED,
            run->last_event_id,
            "the history of a query ends before event %lld, the start of the last completed workflow task",
            (long long)task->poll->previous_started_event_id);
    }
    run->closed = run->closed || event_is_closing(task->events[task->count - 1]->event_type);
    return true;
}

void query_task_process(struct task *task)
{
    struct run_fault fault = {0};

    if (engine_decode(task, &fault) && replay(task, &fault)) {
        answer(task);
    } else {
        completion_send_failure(task, &fault);
    }
}

/* The last workflow task that the run's code has seen. */
static int64_t seen(const struct run *run)
{
    return run->wf.info.history_length;
}

bool query_task_begin(struct task *task, struct run *run)
{
    int64_t asked_of = task->poll->previous_started_event_id;

    if (run == NULL || seen(run) < asked_of) {
        return false;
    }
    run->task = task;
    task->run = run;
    if (seen(run) > asked_of) {
        send_failure(task, "Query expired", WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED);
    } else {
        answer(task);
    }
    return true;
}
