/* SPDX-License-Identifier: MIT */
/* Writing Temporal's failure message. */
#include "model/failure.h"

#include "model/message.h"

static Pb__Payloads *details_of(struct arena *arena, const struct tl_failure *failure)
{
    const struct tl_payloads details = {failure->details, failure->details_count};

    return pb_payloads(arena, &details);
}

static Pb__ApplicationFailureInfo *application_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__ApplicationFailureInfo *info = PB_NEW(arena, Pb__ApplicationFailureInfo, pb__application_failure_info);

    info->type = arena_strdup(arena, failure->type);
    info->non_retryable = failure->non_retryable != 0;
    info->next_retry_delay = pb_duration(arena, failure->next_retry_delay);
    info->category = (Pb__ApplicationErrorCategory)failure->category;
    info->details = details_of(arena, failure);
    return info;
}

static Pb__TimeoutFailureInfo *timeout_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__TimeoutFailureInfo *info = PB_NEW(arena, Pb__TimeoutFailureInfo, pb__timeout_failure_info);

    info->timeout_type = (Pb__TimeoutType)failure->timeout_type;
    info->last_heartbeat_details = details_of(arena, failure);
    return info;
}

static Pb__CanceledFailureInfo *canceled_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__CanceledFailureInfo *info = PB_NEW(arena, Pb__CanceledFailureInfo, pb__canceled_failure_info);

    info->details = details_of(arena, failure);
    return info;
}

static Pb__ServerFailureInfo *server_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__ServerFailureInfo *info = PB_NEW(arena, Pb__ServerFailureInfo, pb__server_failure_info);

    info->non_retryable = failure->non_retryable != 0;
    return info;
}

static Pb__ResetWorkflowFailureInfo *reset_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__ResetWorkflowFailureInfo *info = PB_NEW(arena, Pb__ResetWorkflowFailureInfo, pb__reset_workflow_failure_info);

    info->last_heartbeat_details = details_of(arena, failure);
    return info;
}

static Pb__ActivityFailureInfo *activity_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__ActivityFailureInfo *info = PB_NEW(arena, Pb__ActivityFailureInfo, pb__activity_failure_info);

    info->activity_type = PB_NEW(arena, Pb__ActivityType, pb__activity_type);
    info->activity_type->name = arena_strdup(arena, failure->type);
    info->activity_id = arena_strdup(arena, failure->activity_id);
    info->retry_state = (Pb__RetryState)failure->retry_state;
    info->identity = arena_strdup(arena, failure->identity);
    info->scheduled_event_id = failure->scheduled_event_id;
    info->started_event_id = failure->started_event_id;
    return info;
}

static Pb__ChildWorkflowExecutionFailureInfo *child_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__ChildWorkflowExecutionFailureInfo *info =
        PB_NEW(arena, Pb__ChildWorkflowExecutionFailureInfo, pb__child_workflow_execution_failure_info);

    info->workflow_type = PB_NEW(arena, Pb__WorkflowType, pb__workflow_type);
    info->workflow_type->name = arena_strdup(arena, failure->type);
    info->retry_state = (Pb__RetryState)failure->retry_state;
    return info;
}

static Pb__NexusOperationFailureInfo *operation_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__NexusOperationFailureInfo *info =
        PB_NEW(arena, Pb__NexusOperationFailureInfo, pb__nexus_operation_failure_info);

    info->operation = arena_strdup(arena, failure->type);
    return info;
}

static Pb__NexusHandlerFailureInfo *handler_info(struct arena *arena, const struct tl_failure *failure)
{
    Pb__NexusHandlerFailureInfo *info = PB_NEW(arena, Pb__NexusHandlerFailureInfo, pb__nexus_handler_failure_info);

    info->type = arena_strdup(arena, failure->type);
    return info;
}

/* SET(case suffix, member, value): the oneof's case and member together. */
#define SET(suffix, member, value)                                                                                     \
    do {                                                                                                               \
        message->failure_info_case = PB__FAILURE__FAILURE_INFO_##suffix;                                               \
        message->member = (value);                                                                                     \
    } while (0)

static void set_info(struct arena *arena, Pb__Failure *message, const struct tl_failure *failure)
{
    switch (failure->kind) {
    case TL_FAILURE_APPLICATION:
        SET(APPLICATION_FAILURE_INFO, application_failure_info, application_info(arena, failure));
        break;
    case TL_FAILURE_TIMEOUT:
        SET(TIMEOUT_FAILURE_INFO, timeout_failure_info, timeout_info(arena, failure));
        break;
    case TL_FAILURE_CANCELED:
        SET(CANCELED_FAILURE_INFO, canceled_failure_info, canceled_info(arena, failure));
        break;
    case TL_FAILURE_TERMINATED:
        SET(TERMINATED_FAILURE_INFO,
            terminated_failure_info,
            PB_NEW(arena, Pb__TerminatedFailureInfo, pb__terminated_failure_info));
        break;
    case TL_FAILURE_SERVER:
        SET(SERVER_FAILURE_INFO, server_failure_info, server_info(arena, failure));
        break;
    case TL_FAILURE_RESET_WORKFLOW:
        SET(RESET_WORKFLOW_FAILURE_INFO, reset_workflow_failure_info, reset_info(arena, failure));
        break;
    case TL_FAILURE_ACTIVITY:
        SET(ACTIVITY_FAILURE_INFO, activity_failure_info, activity_info(arena, failure));
        break;
    case TL_FAILURE_CHILD_WORKFLOW:
        SET(CHILD_WORKFLOW_EXECUTION_FAILURE_INFO, child_workflow_execution_failure_info, child_info(arena, failure));
        break;
    case TL_FAILURE_NEXUS_OPERATION:
        SET(NEXUS_OPERATION_EXECUTION_FAILURE_INFO,
            nexus_operation_execution_failure_info,
            operation_info(arena, failure));
        break;
    case TL_FAILURE_NEXUS_HANDLER:
        SET(NEXUS_HANDLER_FAILURE_INFO, nexus_handler_failure_info, handler_info(arena, failure));
        break;
    case TL_FAILURE_UNKNOWN:
        break;
    }
}

/* All that a message has but its cause. */
static Pb__Failure *copy_link(struct arena *arena, const Pb__Failure *message)
{
    Pb__Failure link = *message;

    link.cause = NULL;
    return message_clone(arena, &link);
}

static Pb__Failure *make_link(struct arena *arena, const struct tl_failure *failure)
{
    const struct failure_origin *origin = failure->origin;

    if (origin != NULL && origin->view == failure) {
        return copy_link(arena, origin->message);
    }
    Pb__Failure *message = PB_NEW(arena, Pb__Failure, pb__failure);
    message->message = arena_strdup(arena, failure->message);
    message->source = arena_strdup(arena, failure->source);
    message->stack_trace = arena_strdup(arena, failure->stack_trace);
    set_info(arena, message, failure);
    return message;
}

Pb__Failure *failure_message(struct arena *arena, const struct tl_failure *failure)
{
    Pb__Failure *first = NULL;
    Pb__Failure **place = &first;

    for (int depth = 0; failure != NULL && depth < FAILURE_MAX_DEPTH; depth++) {
        *place = make_link(arena, failure);
        place = &(*place)->cause;
        failure = failure->cause;
    }
    return first;
}
