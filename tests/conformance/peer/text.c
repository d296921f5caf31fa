/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/peer/peer.h"

void tell(char *text, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text + length, MOST_TEXT - length, format, arguments);
    va_end(arguments);
}

static void tell_bytes(char *text, struct tl_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        tell(text, bytes.data[i] >= 0x20 && bytes.data[i] < 0x7f ? "%c" : "\\x%02x", bytes.data[i]);
    }
}

void tell_payload(char *text, const struct tl_payload *payload)
{
    struct tl_bytes encoding = tl_payload_metadata(payload, "encoding");

    tell(text, "%.*s ", (int)encoding.len, (const char *)encoding.data);
    for (size_t i = 0; i < payload->metadata_count; i++) {
        if (strcmp(payload->metadata[i].key, "encoding") != 0) {
            tell(text, "%s:", payload->metadata[i].key);
            tell_bytes(text, payload->metadata[i].value);
            tell(text, " ");
        }
    }
    if (payload->data.len > 1000) {
        tell(text, "%zu bytes", payload->data.len);
    } else {
        tell_bytes(text, payload->data);
    }
}

static void tell_details(char *text, const struct tl_failure *failure)
{
    for (size_t i = 0; i < failure->details_count; i++) {
        tell(text, " detail ");
        tell_payload(text, &failure->details[i]);
    }
}

static void tell_link(char *text, const struct tl_failure *link)
{
    switch (link->kind) {
    case TL_FAILURE_APPLICATION:
        tell(text, "application %s \"%s\" non_retryable=%d", link->type, link->message, link->non_retryable);
        tell(text, " next=%" PRId64 "ms category=%d", link->next_retry_delay / 1000000, (int)link->category);
        tell_details(text, link);
        break;
    case TL_FAILURE_ACTIVITY:
        tell(text, "activity %s", link->type);
        if (link->cause == NULL || link->cause->kind != TL_FAILURE_CANCELED) { /* no event tells that one's */
            tell(text, " retry_state=%d", (int)link->retry_state);
        }
        break;
    case TL_FAILURE_TIMEOUT:
        tell(text, "timeout %d", (int)link->timeout_type);
        tell_details(text, link);
        break;
    case TL_FAILURE_CANCELED:
        tell(text, "canceled");
        tell_details(text, link);
        break;
    case TL_FAILURE_TERMINATED:
        tell(text, "terminated");
        break;
    default:
        tell(text, "kind %d", (int)link->kind);
    }
}

void tell_failure(char *text, const struct tl_failure *failure)
{
    for (const struct tl_failure *link = failure; link != NULL; link = link->cause) {
        tell(text, "%s", link == failure ? "" : " <- ");
        tell_link(text, link);
    }
}

bool has_fault(const char *name)
{
    const char *fault = getenv("PEER_FAULT");

    return fault != NULL && strcmp(fault, name) == 0;
}
