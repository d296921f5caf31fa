/* SPDX-License-Identifier: MIT */
/* How a run ended, in words. */
#include "sim/env/environment.h"

#define LONGEST_RESULT 500 /* bytes of a result that are shown */

static const char *timeout_words(enum tl_timeout_type type)
{
    static const char *const words[] = {
        [TL_TIMEOUT_UNSPECIFIED] = "timeout",
        [TL_TIMEOUT_START_TO_CLOSE] = "start-to-close timeout",
        [TL_TIMEOUT_SCHEDULE_TO_START] = "schedule-to-start timeout",
        [TL_TIMEOUT_SCHEDULE_TO_CLOSE] = "schedule-to-close timeout",
        [TL_TIMEOUT_HEARTBEAT] = "heartbeat timeout",
    };

    return (unsigned)type <= TL_TIMEOUT_HEARTBEAT ? words[type] : words[TL_TIMEOUT_UNSPECIFIED];
}

/* Why an activity or a child was not tried again; "" when that says nothing. */
static const char *retry_words(enum tl_retry_state state)
{
    static const char *const words[] = {
        [TL_RETRY_STATE_UNSPECIFIED] = "",
        [TL_RETRY_STATE_IN_PROGRESS] = "to be tried again",
        [TL_RETRY_STATE_NON_RETRYABLE_FAILURE] = "not to be tried again",
        [TL_RETRY_STATE_TIMEOUT] = "no time left to try again",
        [TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED] = "all attempts used up",
        [TL_RETRY_STATE_RETRY_POLICY_NOT_SET] = "no retry policy",
        [TL_RETRY_STATE_INTERNAL_SERVER_ERROR] = "server error",
        [TL_RETRY_STATE_CANCEL_REQUESTED] = "cancellation requested",
    };

    return (unsigned)state <= TL_RETRY_STATE_CANCEL_REQUESTED ? words[state] : "";
}

static void add_message(struct report_text *text, const struct tl_failure *failure)
{
    if (failure->message[0] != '\0') {
        report_text_format(text, ": %s", failure->message);
    }
}

static void add_activity(struct report_text *text, const char *what, const struct tl_failure *failure)
{
    const char *why = retry_words(failure->retry_state);

    report_text_format(text, "%s %s", what, failure->type);
    if (failure->activity_id[0] != '\0') {
        report_text_format(text, " (id %s)", failure->activity_id);
    }
    report_text_format(text, " failed%s%s", why[0] == '\0' ? "" : ", ", why);
}

static void add_link(struct report_text *text, const struct tl_failure *failure)
{
    switch (failure->kind) {
    case TL_FAILURE_APPLICATION:
        report_text_add(text, failure->type[0] == '\0' ? "application failure" : failure->type);
        add_message(text, failure);
        report_text_add(text, failure->non_retryable ? " (non-retryable)" : "");
        break;
    case TL_FAILURE_TIMEOUT:
        report_text_add(text, timeout_words(failure->timeout_type));
        add_message(text, failure);
        break;
    case TL_FAILURE_CANCELED:
        report_text_add(text, "canceled");
        add_message(text, failure);
        break;
    case TL_FAILURE_TERMINATED:
        report_text_add(text, "terminated");
        add_message(text, failure);
        break;
    case TL_FAILURE_ACTIVITY:
        add_activity(text, "activity", failure);
        break;
    case TL_FAILURE_CHILD_WORKFLOW:
        add_activity(text, "child workflow", failure);
        break;
    default:
        report_text_add(text, "failure");
        add_message(text, failure);
        break;
    }
}

static void add_chain(struct report_text *text, const struct tl_failure *failure)
{
    const char *separator = ": ";

    for (; failure != NULL; failure = failure->cause) {
        report_text_add(text, separator);
        add_link(text, failure);
        separator = "\n          caused by ";
    }
}

static void add_result(struct report_text *text, const struct tl_payload *result)
{
    size_t len = result->data.len > LONGEST_RESULT ? LONGEST_RESULT : result->data.len;

    if (tl_payload_is(result, "json/plain")) {
        report_text_add(text, " with ");
        report_text_add_bytes(text, (const char *)result->data.data, len);
        report_text_add(text, len < result->data.len ? "..." : "");
    } else if (result->data.len != 0) {
        struct tl_bytes encoding = tl_payload_metadata(result, "encoding");

        report_text_format(text, " with %zu bytes of ", result->data.len);
        report_text_add_bytes(text, (const char *)encoding.data, encoding.len);
    }
}

void env_add_outcome(
    struct report_text *text, enum tl_status status, const struct tl_payload *result, const struct tl_failure *failure)
{
    switch (status) {
    case TL_OK:
        report_text_add(text, "completed");
        add_result(text, result);
        break;
    case TL_CANCELED:
        report_text_add(text, "canceled");
        break;
    case TL_TIMED_OUT:
        report_text_add(text, "timed out");
        break;
    default:
        report_text_add(text, tl_failure_has_kind(failure, TL_FAILURE_TERMINATED) ? "terminated" : "failed");
        add_chain(text, failure);
        break;
    }
}
