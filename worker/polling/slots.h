/* SPDX-License-Identifier: MIT */
/*
 * Slots: how many tasks of a kind a worker works on at a time. A slot is reserved before a poll,
 * so that no task is taken that could not be started. Their number is fixed, or a supplier of the
 * user's decides each time.
 */
#ifndef TIMELAPSE_WORKER_SLOTS_H
#define TIMELAPSE_WORKER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <timelapse/worker.h>

struct slots {
    size_t total; /* SIZE_MAX with a supplier */
    size_t used;  /* by tasks, by polls that may bring one, and by requests that may bring one along */
    enum tl_slot_kind kind;
    const char *task_queue;           /* for the supplier; borrowed */
    struct tl_slot_supplier supplier; /* reserve NULL: none */
};

/* What a slot is for. */
enum slot_use {
    SLOT_POLL,
    SLOT_STICKY_POLL,
    SLOT_EAGER
};

void slots_init(struct slots *slots, enum tl_slot_kind kind, size_t total);

/* From now on the supplier decides; task_queue: borrowed. */
void slots_supply(struct slots *slots, const struct tl_slot_supplier *supplier, const char *task_queue);

static inline size_t slots_free(const struct slots *slots)
{
    return slots->total - slots->used;
}

/* Reserves one, if there is one and the supplier gives it. */
bool slots_reserve(struct slots *slots, enum slot_use use);

/* Gives one back. */
void slots_release(struct slots *slots);

#endif
