/* SPDX-License-Identifier: MIT */
/* Failure chains: asked, and told in one line. */
#include "model/failure.h"

#include <string.h>

#include "base/text.h"

const struct tl_failure *tl_failure_root(const struct tl_failure *failure)
{
    const struct tl_failure *root = NULL;
    const struct tl_failure *last = NULL;

    for (; failure != NULL; failure = failure->cause) {
        last = failure;
        if (failure->kind == TL_FAILURE_APPLICATION) {
            root = failure;
        }
    }
    return root != NULL ? root : last;
}

int tl_failure_has_type(const struct tl_failure *failure, const char *type)
{
    for (; failure != NULL; failure = failure->cause) {
        if (failure->kind == TL_FAILURE_APPLICATION && strcmp(failure->type, type) == 0) {
            return 1;
        }
    }
    return 0;
}

int tl_failure_has_kind(const struct tl_failure *failure, enum tl_failure_kind kind)
{
    for (; failure != NULL; failure = failure->cause) {
        if (failure->kind == kind) {
            return 1;
        }
    }
    return 0;
}

static const char *kind_text(enum tl_failure_kind kind)
{
    switch (kind) {
    case TL_FAILURE_APPLICATION:
        return "ApplicationError";
    case TL_FAILURE_TIMEOUT:
        return "TimeoutError";
    case TL_FAILURE_CANCELED:
        return "CanceledError";
    case TL_FAILURE_TERMINATED:
        return "TerminatedError";
    case TL_FAILURE_SERVER:
        return "ServerError";
    case TL_FAILURE_RESET_WORKFLOW:
        return "ResetWorkflowError";
    case TL_FAILURE_ACTIVITY:
        return "ActivityError";
    case TL_FAILURE_CHILD_WORKFLOW:
        return "ChildWorkflowError";
    case TL_FAILURE_NEXUS_OPERATION:
        return "NexusOperationError";
    case TL_FAILURE_NEXUS_HANDLER:
        return "NexusHandlerError";
    case TL_FAILURE_UNKNOWN:
        break;
    }
    return "Error";
}

static const char *timeout_text(enum tl_timeout_type type)
{
    switch (type) {
    case TL_TIMEOUT_START_TO_CLOSE:
        return "StartToClose";
    case TL_TIMEOUT_SCHEDULE_TO_START:
        return "ScheduleToStart";
    case TL_TIMEOUT_SCHEDULE_TO_CLOSE:
        return "ScheduleToClose";
    case TL_TIMEOUT_HEARTBEAT:
        return "Heartbeat";
    case TL_TIMEOUT_UNSPECIFIED:
        break;
    }
    return "";
}

/* Adds " word" unless it is empty. */
static void add_word(struct text *text, const char *word)
{
    if (word[0] != '\0') {
        text_add_char(text, ' ');
        text_add(text, word);
    }
}

static void add_link(struct text *text, const struct tl_failure *failure)
{
    text_add(text, kind_text(failure->kind));
    add_word(text, failure->type);
    add_word(text, timeout_text(failure->timeout_type));
    if (failure->message[0] != '\0') {
        text_add(text, ": ");
        text_add(text, failure->message);
    }
}

char *failure_text(struct arena *arena, const struct tl_failure *failure)
{
    struct text text;

    text_init(&text, arena);
    text_add(&text, "");
    for (const struct tl_failure *link = failure; link != NULL; link = link->cause) {
        if (link != failure) {
            text_add(&text, "; caused by ");
        }
        add_link(&text, link);
    }
    return text.data;
}
