/* SPDX-License-Identifier: MIT */
/* struct tl_history from the inside: an immutable slice of events that keeps their memory alive. */
#ifndef TIMELAPSE_MODEL_HISTORY_H
#define TIMELAPSE_MODEL_HISTORY_H

#include <timelapse/history.h>

#include "base/text.h"
#include "model/message_difference.h"
#include "model/pb.h"

struct tl_history {
    size_t references;
    size_t count;
    Pb__HistoryEvent *const *events; /* never written to */
    /* Called when the last reference goes; frees the struct and gives back what `events` live in. */
    void (*release)(struct tl_history *history);
    void *owner;                          /* for release */
    const struct tl_allocator *allocator; /* for texts made from it and for looking at it; NULL: malloc */
};

/*
 * Whether events that came from outside may be used without further ado (event_is_whole, all of
 * them). TL_OK, or TL_MALFORMED naming the first that may not.
 */
TL_MUST_CHECK enum tl_status
history_check_events(Pb__HistoryEvent *const *events, size_t count, struct tl_error *error);

/* What tl_history_compare lets differ (history_scrub.def). A difference_allowed_fn. */
bool history_may_differ(
    const struct message_difference *found, const struct schema_message *type, const struct schema_field *field);

/* tl_history_compare with another rule of what may differ; `found` of the rule has `user`. */
TL_MUST_CHECK enum tl_status history_compare_allowing(
    const struct tl_history *expected, const struct tl_history *found, difference_allowed_fn *allowed, void *user,
    struct tl_error *error);

/*
 * Work on a history with memory of its own: `work` runs under a guard with a fresh arena, which is
 * dropped afterwards. TL_NO_MEMORY, or what `work` answered.
 */
typedef enum tl_status history_work_fn(struct arena *arena, void *user, struct tl_error *error);
TL_MUST_CHECK enum tl_status
history_with_arena(const struct tl_allocator *allocator, history_work_fn *work, void *user, struct tl_error *error);

/*
 * The same, for work that makes a text, which then is the caller's (tl_text_free).
 */
typedef enum tl_status history_text_fn(const struct tl_history *history, struct text *text, struct tl_error *error);
TL_MUST_CHECK enum tl_status history_make_text(
    const struct tl_history *history, history_text_fn *make, char **out_text, size_t *out_len, struct tl_error *error);

#endif
