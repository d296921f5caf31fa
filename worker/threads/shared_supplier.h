/* SPDX-License-Identifier: MIT */
/*
 * A user's slot supplier between several engine threads: asked by one at a time, told how many slots they hold
 * together; and who was refused is asked again when another gives a slot back.
 */
#ifndef TIMELAPSE_WORKER_SHARED_SUPPLIER_H
#define TIMELAPSE_WORKER_SHARED_SUPPLIER_H

#include <pthread.h>
#include <stdbool.h>
#include <timelapse/worker.h>

#include "worker/engine/family.h"

struct shared_supplier;

/* What one thread's worker is given. */
struct supplied {
    struct shared_supplier *shared;
    struct family_seat *seat;
    bool refused; /* mutex: since a slot was given back last */
    struct tl_slot_supplier supplier;
};

struct shared_supplier {
    pthread_mutex_t mutex;
    struct tl_slot_supplier whole; /* the user's */
    size_t used[TL_SLOT_ACTIVITY + 1];
    size_t count;
    struct supplied members[TL_ENGINE_THREADS_MOST];
};

/* seats: of the family, all made; borrowed. Not to be moved. */
void shared_supplier_init(
    struct shared_supplier *shared, const struct tl_slot_supplier *supplier, const struct family *family);
void shared_supplier_done(struct shared_supplier *shared);

#endif
