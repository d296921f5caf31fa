/* SPDX-License-Identifier: MIT */
/* struct tl_history from the inside: an immutable slice of events that keeps their memory alive. */
#ifndef TIMELAPSE_MODEL_HISTORY_H
#define TIMELAPSE_MODEL_HISTORY_H

#include <timelapse/history.h>

#include "model/pb.h"

struct tl_history {
    size_t references;
    size_t count;
    Pb__HistoryEvent *const *events; /* never written to */
    /* Called when the last reference goes; frees the struct and gives back what `events` live in. */
    void (*release)(struct tl_history *history);
    void *owner; /* for release */
};

#endif
