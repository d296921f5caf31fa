/* SPDX-License-Identifier: MIT */
#include "worker/engine/run.h"

#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "model/event.h"
#include "worker/engine/flags.h"
#include "worker/machines/close.h"
#include "worker/machines/entity.h"
#include "worker/registry/registry.h"
#include "worker/workflow/handler.h"
#include "worker/workflow/signal.h"
#include "worker/workflow/strand.h"

struct run *run_new(const struct engine_settings *settings, bool borrows)
{
    struct run *run = pool_zalloc(settings->pool, sizeof *run);
    struct workflow_setup setup = {
        .driver = settings->driver,
        .pool = settings->pool,
        .arena = &run->arena,
        .registry = settings->registry,
        .stack_size = settings->coroutine_stack,
        .borrows = borrows,
        .counted = settings->counted,
    };

    run->settings = settings;
    arena_init(&run->arena, settings->pool);
    workflow_init(&run->wf, &setup);
    workflow_task_init(&run->workflow_task, &run->wf);
    return run;
}

void run_free(struct run *run)
{
    workflow_done(&run->wf);
    arena_done(&run->arena);
    pool_free(run->settings->pool, run, sizeof *run);
}

static int cause_of(enum tl_status status)
{
    return status == TL_NONDETERMINISM ? WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR
                                       : WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
}

bool run_fault(struct run_fault *fault, enum tl_status status, int64_t event_id, const char *format, ...)
{
    char text[sizeof fault->error.message];
    char field[32] = "";
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (event_id > 0) {
        (void)snprintf(field, sizeof field, "event %lld", (long long)event_id);
    }
    fault->cause = cause_of(status);
    (void)tl_error_set(&fault->error, status, field, "%s", text);
    return false;
}

/* The first event alone tells whose history it is; older servers left that empty. */
static bool check_workflow_id(const struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault)
{
    const char *told = event->workflow_execution_started_event_attributes->workflow_id;
    const char *expected = run->wf.info.workflow_id;

    if (expected == NULL || told[0] == '\0' || strcmp(told, expected) == 0) {
        return true;
    }
    return run_fault(
        fault, TL_MALFORMED, event->event_id, "the history is of workflow %s, the task of %s", told, expected);
}

/* The run's first event: finds its code and makes its main coroutine ready. */
static bool start(struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault)
{
    struct tl_workflow *wf = &run->wf;

    if (wf->definition != NULL) {
        return run_fault(fault, TL_MALFORMED, event->event_id, "the workflow starts a second time");
    }
    if (!check_workflow_id(run, event, fault)) {
        return false;
    }
    started_read(wf, event, run->settings->name_space);
    wf->definition = registry_workflow(run->settings->registry, wf->info.workflow_type);
    if (wf->definition == NULL) {
        struct text text;
        text_init(&text, &run->arena);
        registry_describe_workflows(run->settings->registry, wf->info.workflow_type, &text);
        return run_fault(
            fault,
            TL_NOT_FOUND,
            event->event_id,
            "workflow type %s is not registered; %s",
            wf->info.workflow_type,
            text.data);
    }
    wf->now = wf->info.started_at;
    wf->input = workflow_keep_payloads(wf, event->workflow_execution_started_event_attributes->input);
    workflow_seed(wf, wf->info.original_run_id);
    workflow_start(wf);
    return true;
}

/* An event that tells how something went on which a command started earlier. */
static bool apply_to_entity(struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault)
{
    int64_t origin = event_origin(event);
    struct entity *entity = map_get_number(&run->wf.entities, (uint64_t)origin);
    char name[EVENT_TYPE_NAME_SIZE];

    if (entity == NULL) {
        return run_fault(
            fault,
            TL_NONDETERMINISM,
            event->event_id,
            "%s refers to event %lld, which started nothing that is open",
            event_type_name(event->event_type, name, sizeof name),
            (long long)origin);
    }
    if (entity_apply(entity, event) != ENTITY_OK) {
        struct text text;
        text_init(&text, &run->arena);
        entity->kind->describe(entity, &text);
        return run_fault(
            fault,
            TL_NONDETERMINISM,
            event->event_id,
            "%s does not fit %s, which is in state %s",
            event_type_name(event->event_type, name, sizeof name),
            text.data,
            entity_state(entity));
    }
    return true;
}

static bool apply_to_workflow_task(struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault)
{
    struct workflow_task *task = &run->workflow_task;
    char name[EVENT_TYPE_NAME_SIZE];

    if (entity_apply(&task->entity, event) != ENTITY_OK) {
        return run_fault(
            fault,
            TL_MALFORMED,
            event->event_id,
            "%s comes while the workflow task is in state %s",
            event_type_name(event->event_type, name, sizeof name),
            entity_state(&task->entity));
    }
    if (event->event_type == EVENT_TYPE_WORKFLOW_TASK_COMPLETED) {
        run->commands_to_match = run->wf.command_count;
        return flags_read(run, event, fault);
    }
    if (task->reset_run_id != NULL) {
        workflow_seed(&run->wf, task->reset_run_id);
        task->reset_run_id = NULL;
    }
    return true;
}

static bool apply_unknown(const Pb__HistoryEvent *event, struct run_fault *fault)
{
    char name[EVENT_TYPE_NAME_SIZE];

    if (event->worker_may_ignore) {
        return true;
    }
    return run_fault(
        fault,
        TL_UNSUPPORTED,
        event->event_id,
        "%s is not supported by this version of the worker",
        event_type_name(event->event_type, name, sizeof name));
}

static void request_cancellation(struct run *run, const Pb__HistoryEvent *event)
{
    struct scope *root = &run->wf.root;

    run->cancel_requested = true;
    if (root->reason == NULL) {
        root->reason = arena_strdup(&run->arena, event->workflow_execution_cancel_requested_event_attributes->cause);
    }
}

static bool apply_event(struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault)
{
    switch (event->event_type) {
    case EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
        return start(run, event, fault);
    case EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
    case EVENT_TYPE_WORKFLOW_TASK_STARTED:
    case EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
    case EVENT_TYPE_WORKFLOW_TASK_FAILED:
    case EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
        return apply_to_workflow_task(run, event, fault);
    case EVENT_TYPE_ACTIVITY_TASK_STARTED:
    case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
    case EVENT_TYPE_ACTIVITY_TASK_FAILED:
    case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
    case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
    case EVENT_TYPE_TIMER_FIRED:
        return apply_to_entity(run, event, fault);
    case EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
        return true; /* delivered before all others: see deliver_signals */
    case EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        request_cancellation(run, event); /* told after all others: see tell_cancellation */
        return true;
    case EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
    case EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
        run->closed = true;
        return true;
    case EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
    case EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
    case EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
    case EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        run->closed = true;
        return match_command_event(run, event, fault);
    default:
        return event_is_command_event(event->event_type) ? match_command_event(run, event, fault)
                                                         : apply_unknown(event, fault);
    }
}

/* A signal of the chunk that was not told before. */
static bool is_new_signal(const struct run *run, const Pb__HistoryEvent *event)
{
    return event->event_type == EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED && event->event_id > run->last_event_id &&
           event_is_whole(event);
}

/*
 * Signals reach their handlers and channels before anything else of the chunk is applied, in the order of their
 * events: a coroutine that waits for a signal and for a timer finds both there. All handlers are ready before the
 * first coroutine that waits for a signal is woken: it may end the workflow, and they would never begin (sdk-core:
 * every signal of an activation is told before the workflow's code goes on).
 */
static void deliver_signals(struct run *run, Pb__HistoryEvent *const *events, const struct chunk *chunk)
{
    bool any = false;

    for (size_t i = chunk->begin; i < chunk->end; i++) {
        if (is_new_signal(run, events[i])) {
            signal_deliver(&run->wf, events[i]->workflow_execution_signaled_event_attributes);
            any = true;
        }
    }
    for (size_t i = chunk->begin; any && i < chunk->end; i++) {
        if (is_new_signal(run, events[i])) {
            signal_wake(&run->wf, events[i]->workflow_execution_signaled_event_attributes->signal_name);
        }
    }
}

/*
 * Cancellation reaches workflow code after everything else of the chunk: what ended before the task
 * started has ended, whichever event came first, and nothing is left to be canceled about it. Limits that are over
 * cancel their scopes before.
 */
static void tell_cancellation(struct run *run)
{
    if (run->cancel_requested) {
        run->cancel_requested = false;
        scope_cancel(&run->wf, &run->wf.root);
    }
}

static bool not_whole(const Pb__HistoryEvent *event, struct run_fault *fault)
{
    char buffer[EVENT_TYPE_NAME_SIZE];
    const char *name = event_type_name(event->event_type, buffer, sizeof buffer);

    if (protobuf_c_enum_descriptor_get_value(&pb__event_type__descriptor, event->event_type) == NULL) {
        return run_fault(fault, TL_UNSUPPORTED, event->event_id, "%s is not known to this version of the worker", name);
    }
    return run_fault(fault, TL_MALFORMED, event->event_id, "%s does not carry the attributes of its type", name);
}

/* An event without the attributes of its type is no event. */
static bool check_event(const struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault)
{
    if (event->event_id != run->last_event_id + 1) {
        return run_fault(
            fault,
            TL_MALFORMED,
            event->event_id,
            "history jumps from event %lld to event %lld",
            (long long)run->last_event_id,
            (long long)event->event_id);
    }
    if (!event_is_whole(event)) {
        return not_whole(event, fault);
    }
    if (run->wf.definition == NULL && event->event_type != EVENT_TYPE_WORKFLOW_EXECUTION_STARTED) {
        return run_fault(fault, TL_MALFORMED, event->event_id, "history does not begin with WorkflowExecutionStarted");
    }
    if (run->closed) {
        return run_fault(fault, TL_MALFORMED, event->event_id, "history goes on after the run was closed");
    }
    return true;
}

static bool
apply_events(struct run *run, Pb__HistoryEvent *const *events, const struct chunk *chunk, struct run_fault *fault)
{
    deliver_signals(run, events, chunk);
    for (size_t i = chunk->begin; i < chunk->end; i++) {
        const Pb__HistoryEvent *event = events[i];
        if (event->event_id <= run->last_event_id) {
            continue; /* told before: a task that was rolled back is told again */
        }
        if (!check_event(run, event, fault) || !apply_event(run, event, fault)) {
            return false;
        }
        run->last_event_id = event->event_id;
    }
    if (!match_nothing_left(run, run->last_event_id, fault)) {
        return false;
    }
    scopes_expire(&run->wf);
    tell_cancellation(run);
    return true;
}

/* What the start of a workflow task tells workflow code. */
static void enter_task(struct run *run)
{
    const struct workflow_task *task = &run->workflow_task;
    struct tl_workflow *wf = &run->wf;

    if (task->started_at > wf->now) {
        wf->now = task->started_at;
    }
    wf->info.history_length = task->started_event_id;
    wf->info.history_size = task->history_size;
    wf->info.continue_as_new_suggested = task->continue_as_new_suggested;
    wf->info.continue_as_new_reasons = task->continue_as_new_reasons;
}

static bool run_code(struct run *run, struct run_fault *fault)
{
    struct tl_workflow *wf = &run->wf;

    switch (workflow_run_ready(wf)) {
    case WORKFLOW_PARKED:
        return true;
    case WORKFLOW_ENDED:
        handlers_warn(wf);
        close_workflow(wf);
        return true;
    case WORKFLOW_MISUSED:
        fault->error = wf->misuse;
        fault->cause = cause_of(wf->misuse.status);
        return false;
    case WORKFLOW_STOPPED:
        break;
    }
    return run_fault(fault, TL_VERDICT, 0, "a check failed in workflow %s", wf->definition->type);
}

bool run_apply(
    struct run *run, Pb__HistoryEvent *const *events, const struct chunk *chunk, struct run_mode mode,
    struct run_fault *fault)
{
    run->wf.replaying = mode.replaying;
    run->wf.sends = mode.sends;
    if (!apply_events(run, events, chunk, fault)) {
        return false;
    }
    if (!chunk->activates || run->closed || run->wf.outcome.known) {
        return true;
    }
    enter_task(run);
    run->wf.ahead = (struct ahead){
        .events = events + chunk->end, .count = chunk->count - chunk->end, .known = chunk->completed != NULL};
    return run_code(run, fault);
}

bool run_apply_all(
    struct run *run, Pb__HistoryEvent *const *events, size_t count, size_t end, bool answers, struct run_fault *fault)
{
    for (size_t at = 0; at < end;) {
        struct chunk chunk = chunk_next(events, count, at);
        bool answered = answers && chunk.last;
        struct run_mode mode = {.replaying = !answered, .sends = answered || run->settings->strict};

        if (!run_apply(run, events, &chunk, mode, fault)) {
            return false;
        }
        at = chunk.end;
    }
    return true;
}
