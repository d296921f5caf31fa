/* SPDX-License-Identifier: MIT */
/*
 * History in chunks. A chunk is what one activation of workflow code sees: everything up to and
 * including the next WorkflowTaskStarted that counts. One that was followed by a failure, a
 * timeout or the run's abrupt end does not count; nor does one whose task only said that it was
 * still alive (completed without commands and scheduled again at once). The event that closes a
 * run ends a chunk too, and nothing follows it.
 *
 * Source of the rules: how every official SDK cuts histories; the order of events is the server's
 * (service/history/workflow in temporalio/temporal).
 */
#ifndef TIMELAPSE_WORKER_CHUNKS_H
#define TIMELAPSE_WORKER_CHUNKS_H

#include <stdbool.h>

#include "model/pb.h"

struct chunk {
    size_t begin;   /* index of its first event */
    size_t end;     /* one past its last */
    bool activates; /* ends with the start of a workflow task: workflow code runs */
    bool last;      /* nothing follows it */
    size_t count;   /* of all events there are, to look ahead in */
    /* One chunk of lookahead: how the task that it starts was completed; NULL when it was not, or not yet. */
    const Pb__WorkflowTaskCompletedEventAttributes *completed;
};

/* The chunk that begins at events[begin]; begin < count. */
struct chunk chunk_next(Pb__HistoryEvent *const *events, size_t count, size_t begin);

#endif
