/* SPDX-License-Identifier: MIT */
/* One event of a history as JSON: to look into, whatever its type. */
#ifndef TIMELAPSE_HISTORY_EVENT_H
#define TIMELAPSE_HISTORY_EVENT_H

#include <timelapse/history.h>
#include <timelapse/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The event at `position` (from 0, below tl_history_length) as proto3 JSON, in the form of tl_history_to_json, without
 * a line feed at its end: {"eventId": "1", "eventTime": ..., "eventType": "EVENT_TYPE_TIMER_STARTED", ...}.
 * *out_text: returned owned, NUL-terminated, free with tl_text_free; out_len may be NULL. TL_NOT_FOUND: there is no
 * such event; TL_MALFORMED for what JSON cannot say; TL_NO_MEMORY. One thread at a time.
 */
TL_API TL_MUST_CHECK enum tl_status tl_history_event_json(
    const struct tl_history *history, size_t position, char **out_text, size_t *out_len, struct tl_error *error);

/*
 * The same for an event that a sink is told of, within that call: kind SERVICE_EVENT_ADDED. TL_INVALID_ARGUMENT for
 * other kinds. Driver's thread.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_trace_event_json(const struct tl_trace_event *event, char **out_text, size_t *out_len, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
