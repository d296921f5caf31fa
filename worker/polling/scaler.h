/* SPDX-License-Identifier: MIT */
/*
 * How many pollers of a queue may poll at a time: a fixed number, or as the service suggests.
 *
 * A suggestion to shrink is always followed. One to grow only while more tasks come in than in the
 * period before: else it is this worker that is slow, and more polls would bring nothing. Polls
 * that bring nothing, and errors, shrink too, once it is known that the service makes suggestions
 * at all: without them the number would never grow again (sdk-core, pollers/poll_buffer.rs).
 */
#ifndef TIMELAPSE_WORKER_SCALER_H
#define TIMELAPSE_WORKER_SCALER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/time.h>

struct scaler {
    size_t minimum;
    size_t maximum;     /* equal to minimum: fixed */
    size_t target;      /* of pollers that poll or pause */
    bool may_shrink;    /* the service makes suggestions, or its namespace says that it does */
    bool may_grow;      /* as of the last period */
    tl_time period;     /* when the current one began */
    size_t this_period; /* tasks that came in it */
    size_t last_period;
};

/* minimum <= initial <= maximum. */
void scaler_init(struct scaler *scaler, size_t minimum, size_t maximum, size_t initial);

static inline bool scaler_is_fixed(const struct scaler *scaler)
{
    return scaler->minimum == scaler->maximum;
}

/* A poll came back at `now`, with a task or without; suggestion: the service's, or NULL. */
void scaler_note_reply(struct scaler *scaler, tl_time now, bool has_task, const int32_t *suggestion);

/* A poll failed; throttled: because there were too many. */
void scaler_note_error(struct scaler *scaler, bool throttled);

/* Tasks come in one after the other: polls are to end soon once the burst is over. */
bool scaler_is_busy(struct scaler *scaler, tl_time now);

#endif
