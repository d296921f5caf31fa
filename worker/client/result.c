/* SPDX-License-Identifier: MIT */
/*
 * The outcome of a run: a long poll for its closing event, followed through the runs that continue
 * it (sdk-core client workflow handle, follow_runs).
 */
#include "model/event.h"
#include "model/failure.h"
#include "model/message.h"
#include "worker/client/client_private.h"
#include "worker/registry/registry.h"

/* A little more than the server's own limit of 60 s, after which it answers with nothing. */
#define LONG_POLL TL_SECONDS(70)

/* ---- What the closing event says ---- */

static void set_failure(struct tl_handle *handle, enum tl_status status, struct tl_failure failure)
{
    handle->outcome.status = status;
    handle->outcome.failure = arena_copy(&handle->arena, &failure, sizeof(failure));
}

static struct tl_failure plain_failure(enum tl_failure_kind kind, const char *message)
{
    return (struct tl_failure){
        .kind = kind, .message = message, .source = "", .stack_trace = "", .type = "", .activity_id = ""};
}

static void set_canceled(struct tl_handle *handle, const Pb__Payloads *details)
{
    struct tl_failure failure = plain_failure(TL_FAILURE_CANCELED, "the workflow was canceled");
    struct tl_payloads view = pb_payloads_view(&handle->arena, details);

    failure.details = view.items;
    failure.details_count = view.count;
    set_failure(handle, TL_CANCELED, failure);
}

static void set_terminated(struct tl_handle *handle, const Pb__WorkflowExecutionTerminatedEventAttributes *attributes)
{
    struct tl_failure failure = plain_failure(TL_FAILURE_TERMINATED, attributes->reason);
    struct tl_payloads view = pb_payloads_view(&handle->arena, attributes->details);

    failure.details = view.items;
    failure.details_count = view.count;
    set_failure(handle, TL_FAILED, failure);
}

static void set_timed_out(struct tl_handle *handle)
{
    struct tl_failure failure = plain_failure(TL_FAILURE_TIMEOUT, "the workflow timed out");

    failure.timeout_type = TL_TIMEOUT_START_TO_CLOSE;
    set_failure(handle, TL_TIMED_OUT, failure);
}

static void set_completed(struct tl_handle *handle, const Pb__Payloads *result)
{
    struct tl_payloads view = pb_payloads_view(&handle->arena, result);

    handle->outcome.status = TL_OK;
    handle->outcome.result = view.count == 0 ? tl_payload_null() : view.items[0];
}

static void set_outcome(struct tl_handle *handle, const Pb__HistoryEvent *event)
{
    switch (event->event_type) {
    case EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
        set_completed(handle, event->workflow_execution_completed_event_attributes->result);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
        handle->outcome.status = TL_FAILED;
        handle->outcome.failure =
            failure_view(&handle->arena, event->workflow_execution_failed_event_attributes->failure);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
        set_canceled(handle, event->workflow_execution_canceled_event_attributes->details);
        break;
    case EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
        set_terminated(handle, event->workflow_execution_terminated_event_attributes);
        break;
    default:
        set_timed_out(handle);
        break;
    }
    handle->outcome.known = true;
}

/* The run that goes on where this one ended; "" when none does. */
static const char *next_run(const Pb__HistoryEvent *event)
{
    switch (event->event_type) {
    case EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
        return event->workflow_execution_completed_event_attributes->new_execution_run_id;
    case EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
        return event->workflow_execution_failed_event_attributes->new_execution_run_id;
    case EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
        return event->workflow_execution_timed_out_event_attributes->new_execution_run_id;
    case EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return event->workflow_execution_continued_as_new_event_attributes->new_execution_run_id;
    default:
        return "";
    }
}

/* ---- Waiting for it ---- */

/*
 * The closing event in a reply, NULL while there is none. What a server sends for it that is no such event would be
 * sent again and again.
 */
static enum tl_status find_closing_event(
    const Pb__GetWorkflowExecutionHistoryResponse *response, const Pb__HistoryEvent **out_event, struct tl_error *error)
{
    const Pb__History *history = response->history;
    const Pb__HistoryEvent *last =
        history == NULL || history->n_events == 0 ? NULL : history->events[history->n_events - 1];
    char name[EVENT_TYPE_NAME_SIZE];

    *out_event = NULL;
    if (last == NULL) {
        return TL_OK;
    }
    if (event_type_is_unknown((int)last->event_type)) {
        return tl_error_set(
            error,
            TL_UNSUPPORTED,
            "history",
            "the run's last event is of a type that this version does not know: %d",
            (int)last->event_type);
    }
    if (!event_is_whole(last)) {
        return tl_error_set(
            error,
            TL_MALFORMED,
            "history",
            "the run's last event, %s, lacks its attributes",
            event_type_name((int)last->event_type, name, sizeof(name)));
    }
    *out_event = event_is_closing(last->event_type) ? last : NULL;
    return TL_OK;
}

/* What the handle shares with a reply lives until the next is held, or as long as the handle. */
static void hold_reply(struct tl_handle *handle, struct tl_reply *reply)
{
    struct tl_reply *held = handle->outcome.reply;

    handle->outcome.reply = tl_reply_ref(reply);
    tl_reply_unref(held);
}

/* With codecs a decoded copy, else the event itself, whose reply is held already. */
static enum tl_status keep(struct asking *asking, struct tl_handle *handle, const Pb__HistoryEvent **event)
{
    const struct tl_registry *registry = asking->client->registry;

    if (registry == NULL || !registry_has_codecs(registry)) {
        return TL_OK;
    }
    Pb__HistoryEvent *copy = message_clone(&handle->arena, *event);
    *event = copy;
    return registry_decode(registry, &handle->arena, copy, asking->error);
}

/* One long poll. TL_OK with *out_event, which is NULL when the wait is to go on. */
static enum tl_status poll(
    struct asking *asking, struct tl_handle *handle, Pb__GetWorkflowExecutionHistoryRequest *request,
    const Pb__HistoryEvent **out_event)
{
    enum tl_status status = asking_ask(asking, RPC_GetWorkflowExecutionHistory, request, LONG_POLL);

    *out_event = NULL;
    if (status == TL_DEADLINE_EXCEEDED) {
        return TL_OK;
    }
    if (status != TL_OK) {
        return status;
    }
    const Pb__GetWorkflowExecutionHistoryResponse *response = asking_response(asking);
    request->next_page_token = response->next_page_token;
    hold_reply(handle, *asking->reply);
    return find_closing_event(response, out_event, asking->error);
}

static enum tl_status await_result(struct asking *asking, void *user)
{
    struct tl_handle *handle = user;
    struct arena *arena = asking->arena;
    Pb__GetWorkflowExecutionHistoryRequest *request =
        PB_NEW(arena, Pb__GetWorkflowExecutionHistoryRequest, pb__get_workflow_execution_history_request);
    const Pb__HistoryEvent *event = NULL;

    asking->interruptible = true;
    request->namespace_ = asking->client->name_space;
    request->execution = handle_execution(handle, arena);
    request->wait_new_event = 1;
    request->history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    request->skip_archival = 1;
    for (;;) {
        enum tl_status status = poll(asking, handle, request, &event);

        if (status != TL_OK) {
            return status;
        }
        if (event != NULL && next_run(event)[0] == '\0') {
            break;
        }
        if (event != NULL) {
            request->execution->run_id = arena_strdup(arena, next_run(event));
            request->next_page_token = (ProtobufCBinaryData){0, NULL};
        }
    }
    enum tl_status status = keep(asking, handle, &event);
    if (status == TL_OK) {
        set_outcome(handle, event);
    }
    return status;
}

enum tl_status tl_handle_result(struct tl_handle *handle, struct tl_payload *result, struct tl_error *error)
{
    if (!handle->outcome.known) {
        enum tl_status status = asking_run(handle->client, error, await_result, handle);

        if (status != TL_OK) {
            return status;
        }
    }
    if (handle->outcome.status == TL_OK && result != NULL) {
        *result = handle->outcome.result;
    }
    return handle->outcome.status;
}

const struct tl_failure *tl_handle_failure(const struct tl_handle *handle)
{
    return handle->outcome.failure;
}
