/* SPDX-License-Identifier: MIT */
/* Reading Temporal's failure message: one function a kind fills what its info tells. */
#include "model/failure.h"

#include <stdbool.h>
#include <timelapse/json.h>

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void view_details(struct arena *arena, struct tl_failure *view, const Pb__Payloads *details)
{
    struct tl_payloads payloads = pb_payloads_view(arena, details);

    view->details = payloads.items;
    view->details_count = payloads.count;
}

static void view_application(struct arena *arena, struct tl_failure *view, const Pb__ApplicationFailureInfo *info)
{
    view->kind = TL_FAILURE_APPLICATION;
    view->type = text_or_empty(info->type);
    view->non_retryable = info->non_retryable != 0;
    view->next_retry_delay = pb_nanoseconds(info->next_retry_delay);
    view->category = (enum tl_failure_category)info->category;
    view_details(arena, view, info->details);
}

static void view_timeout(struct arena *arena, struct tl_failure *view, const Pb__TimeoutFailureInfo *info)
{
    view->kind = TL_FAILURE_TIMEOUT;
    view->timeout_type = (enum tl_timeout_type)info->timeout_type;
    view_details(arena, view, info->last_heartbeat_details);
}

static void view_activity(struct tl_failure *view, const Pb__ActivityFailureInfo *info)
{
    view->kind = TL_FAILURE_ACTIVITY;
    view->activity_id = text_or_empty(info->activity_id);
    view->type = info->activity_type == NULL ? "" : text_or_empty(info->activity_type->name);
    view->retry_state = (enum tl_retry_state)info->retry_state;
    view->identity = text_or_empty(info->identity);
    view->scheduled_event_id = info->scheduled_event_id;
    view->started_event_id = info->started_event_id;
}

static void view_child(struct tl_failure *view, const Pb__ChildWorkflowExecutionFailureInfo *info)
{
    view->kind = TL_FAILURE_CHILD_WORKFLOW;
    view->type = info->workflow_type == NULL ? "" : text_or_empty(info->workflow_type->name);
    view->retry_state = (enum tl_retry_state)info->retry_state;
}

/* The kinds that tell more than their name. */
static void view_info(struct arena *arena, struct tl_failure *view, const Pb__Failure *failure)
{
    switch (failure->failure_info_case) {
    case PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO:
        view_application(arena, view, failure->application_failure_info);
        break;
    case PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO:
        view_timeout(arena, view, failure->timeout_failure_info);
        break;
    case PB__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO:
        view->kind = TL_FAILURE_CANCELED;
        view_details(arena, view, failure->canceled_failure_info->details);
        break;
    case PB__FAILURE__FAILURE_INFO_TERMINATED_FAILURE_INFO:
        view->kind = TL_FAILURE_TERMINATED;
        break;
    case PB__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO:
        view->kind = TL_FAILURE_SERVER;
        view->non_retryable = failure->server_failure_info->non_retryable != 0;
        break;
    case PB__FAILURE__FAILURE_INFO_RESET_WORKFLOW_FAILURE_INFO:
        view->kind = TL_FAILURE_RESET_WORKFLOW;
        view_details(arena, view, failure->reset_workflow_failure_info->last_heartbeat_details);
        break;
    case PB__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO:
        view_activity(view, failure->activity_failure_info);
        break;
    case PB__FAILURE__FAILURE_INFO_CHILD_WORKFLOW_EXECUTION_FAILURE_INFO:
        view_child(view, failure->child_workflow_execution_failure_info);
        break;
    case PB__FAILURE__FAILURE_INFO_NEXUS_OPERATION_EXECUTION_FAILURE_INFO:
        view->kind = TL_FAILURE_NEXUS_OPERATION;
        view->type = text_or_empty(failure->nexus_operation_execution_failure_info->operation);
        break;
    case PB__FAILURE__FAILURE_INFO_NEXUS_HANDLER_FAILURE_INFO:
        view->kind = TL_FAILURE_NEXUS_HANDLER;
        view->type = text_or_empty(failure->nexus_handler_failure_info->type);
        break;
    case PB__FAILURE__FAILURE_INFO__NOT_SET:
    default: /* one of a later version */
        break;
    }
}

/* NULL: there is no such text. */
static const char *encoded_text(struct arena *arena, const struct tl_payload *encoded, const char *path)
{
    char *text = arena_alloc(arena, encoded->data.len + 1);

    return tl_json_get_string(encoded, path, text, encoded->data.len + 1, NULL) == TL_OK ? text : NULL;
}

/*
 * Message and stack trace as JSON, where a failure converter keeps them from the service's eyes (sdk-go,
 * converter/failure_converter.go). What cannot be read leaves both as the message has them.
 */
static void view_encoded(struct arena *arena, struct tl_failure *view, const Pb__Payload *payload)
{
    const struct tl_payload encoded = pb_payload_view(arena, payload);
    const char *message = encoded_text(arena, &encoded, "message");

    if (message != NULL) {
        view->message = message;
        view->stack_trace = text_or_empty(encoded_text(arena, &encoded, "stack_trace"));
    }
}

/* The case may be set while its message is absent only in memory: all members are pointers of one union. */
static bool has_info(const Pb__Failure *failure)
{
    return failure->failure_info_case != PB__FAILURE__FAILURE_INFO__NOT_SET &&
           failure->application_failure_info != NULL;
}

static struct tl_failure *view_link(struct arena *arena, const Pb__Failure *failure)
{
    struct tl_failure *view = ARENA_NEW(arena, struct tl_failure);
    struct failure_origin *origin = ARENA_NEW(arena, struct failure_origin);

    *origin = (struct failure_origin){view, failure};
    view->origin = origin;
    view->message = text_or_empty(failure->message);
    view->source = text_or_empty(failure->source);
    view->stack_trace = text_or_empty(failure->stack_trace);
    if (failure->encoded_attributes != NULL) {
        view_encoded(arena, view, failure->encoded_attributes);
    }
    view->type = "";
    view->activity_id = "";
    view->identity = "";
    if (has_info(failure)) {
        view_info(arena, view, failure);
    }
    return view;
}

const struct tl_failure *failure_view(struct arena *arena, const Pb__Failure *failure)
{
    const struct tl_failure *first = NULL;
    const struct tl_failure **place = &first;

    for (int depth = 0; failure != NULL && depth < FAILURE_MAX_DEPTH; depth++) {
        struct tl_failure *view = view_link(arena, failure);

        *place = view;
        place = &view->cause;
        failure = failure->cause;
    }
    return first;
}
