/* SPDX-License-Identifier: MIT */
/*
 * Slots: how many tasks of a kind a worker works on at a time. A slot is reserved before a poll,
 * so that no task is taken that could not be started.
 */
#ifndef TIMELAPSE_WORKER_SLOTS_H
#define TIMELAPSE_WORKER_SLOTS_H

#include <stddef.h>

struct slots {
    size_t total;
    size_t used; /* by tasks, and by polls that may bring one */
};

void slots_init(struct slots *slots, size_t total);

static inline size_t slots_free(const struct slots *slots)
{
    return slots->total - slots->used;
}

/* One must be free. */
void slots_reserve(struct slots *slots);

/* Gives one back. */
void slots_release(struct slots *slots);

#endif
