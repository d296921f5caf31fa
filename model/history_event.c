/* SPDX-License-Identifier: MIT */
/* Events one by one, as JSON. */
#include <timelapse/history_event.h>

#include "base/pool.h"
#include "model/history.h"
#include "model/json.h"

#define INDENT 2

/* A history that lends out one event of another owner. */
static enum tl_status write_only_event(const struct tl_history *history, struct text *text, struct tl_error *error)
{
    return json_write(text, history->events[0], INDENT, error);
}

static enum tl_status make_json(
    Pb__HistoryEvent *event, const struct tl_allocator *allocator, char **out_text, size_t *out_len,
    struct tl_error *error)
{
    const struct tl_history one = {.allocator = allocator, .count = 1, .events = &event};

    return history_make_text(&one, write_only_event, out_text, out_len, error);
}

enum tl_status tl_history_event_json(
    const struct tl_history *history, size_t position, char **out_text, size_t *out_len, struct tl_error *error)
{
    if (position >= history->count) {
        return tl_error_set(
            error, TL_NOT_FOUND, "position", "the history has %zu events, counted from 0", history->count);
    }
    return make_json(history->events[position], history->allocator, out_text, out_len, error);
}

enum tl_status
tl_trace_event_json(const struct tl_trace_event *event, char **out_text, size_t *out_len, struct tl_error *error)
{
    if (event->kind != TL_TRACE_SERVICE_EVENT_ADDED || event->data == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "kind", "%s has no event", tl_trace_kind_text(event->kind));
    }
    return make_json((Pb__HistoryEvent *)(uintptr_t)event->data, NULL, out_text, out_len, error);
}
