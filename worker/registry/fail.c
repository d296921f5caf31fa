/* SPDX-License-Identifier: MIT */
#include "worker/registry/fail.h"

#include <string.h>

#include "base/text.h"
#include "model/failure.h"

char *fail_text(struct arena *arena, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);

    return arena_strndup(arena, text == NULL ? "" : text, text_utf8_valid_prefix(text, len));
}

Pb__Failure *fail_new(struct arena *arena, const char *message)
{
    Pb__Failure *failure = PB_NEW(arena, Pb__Failure, pb__failure);

    failure->message = fail_text(arena, message);
    failure->source = arena_strdup(arena, FAIL_SOURCE);
    return failure;
}

Pb__Failure *
fail_application(struct arena *arena, const char *type, const char *message, const struct tl_fail_options *options)
{
    static const struct tl_fail_options none = {0};
    const struct tl_fail_options *given = options == NULL ? &none : options;
    const struct tl_payloads details = {given->details, given->details_count};
    Pb__Failure *failure = fail_new(arena, message);
    Pb__ApplicationFailureInfo *info = PB_NEW(arena, Pb__ApplicationFailureInfo, pb__application_failure_info);

    info->type = fail_text(arena, type);
    info->non_retryable = given->non_retryable != 0;
    info->details = pb_payloads(arena, &details);
    info->next_retry_delay = pb_duration(arena, given->next_retry_delay);
    info->category = (Pb__ApplicationErrorCategory)given->category;
    failure->application_failure_info = info;
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    failure->cause = fail_chain(arena, given->cause);
    return failure;
}

static void make_valid(struct arena *arena, char **text)
{
    *text = fail_text(arena, *text);
}

/* Only what a caller can write is looked at: views share texts that came by the wire. */
Pb__Failure *fail_chain(struct arena *arena, const struct tl_failure *failure)
{
    Pb__Failure *chain = failure_message(arena, failure);

    for (Pb__Failure *link = chain; link != NULL; link = link->cause) {
        make_valid(arena, &link->message);
        make_valid(arena, &link->source);
        make_valid(arena, &link->stack_trace);
        if (link->failure_info_case == PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO) {
            make_valid(arena, &link->application_failure_info->type);
        }
    }
    return chain;
}

static const char *kind_name(enum tl_failure_kind kind)
{
    switch (kind) {
    case TL_FAILURE_APPLICATION:
        return "ApplicationFailure";
    case TL_FAILURE_TIMEOUT:
        return "TimeoutFailure";
    case TL_FAILURE_CANCELED:
        return "CanceledFailure";
    case TL_FAILURE_TERMINATED:
        return "TerminatedFailure";
    case TL_FAILURE_SERVER:
        return "ServerFailure";
    case TL_FAILURE_RESET_WORKFLOW:
        return "ResetWorkflowFailure";
    case TL_FAILURE_ACTIVITY:
        return "ActivityFailure";
    case TL_FAILURE_CHILD_WORKFLOW:
        return "ChildWorkflowFailure";
    case TL_FAILURE_NEXUS_OPERATION:
        return "NexusOperationFailure";
    case TL_FAILURE_NEXUS_HANDLER:
        return "NexusHandlerFailure";
    case TL_FAILURE_UNKNOWN:
        break;
    }
    return "Failure";
}

Pb__Failure *fail_attempt_chain(struct arena *arena, const struct tl_failure *failure)
{
    Pb__Failure *chain = fail_chain(arena, failure);

    if (chain == NULL || failure->kind == TL_FAILURE_APPLICATION) {
        return chain;
    }
    Pb__Failure *outer = fail_application(arena, kind_name(failure->kind), failure->message, NULL);
    outer->cause = chain;
    return outer;
}
