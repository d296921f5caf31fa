/* SPDX-License-Identifier: MIT */
/*
 * Workers that are one worker to their user: of the same queue, each on a driver of its own, sharing nothing. Each has
 * a sticky queue of its own, so that the service spreads runs over them and a run stays where it is cached. The first
 * one stands for all.
 *
 * Locks: no thread of a member holds one driver's lock and asks for another's. What a member has to say to the others
 * is posted; what is asked from outside goes from driver to driver.
 */
#ifndef TIMELAPSE_WORKER_FAMILY_H
#define TIMELAPSE_WORKER_FAMILY_H

#include <stdbool.h>
#include <timelapse/worker.h>

#include "worker/runtime/driver_private.h"

struct family;

/* A member's place, in its driver's pool, which lasts until nothing of it is posted any more. */
struct family_seat {
    struct tl_driver *driver;
    struct tl_worker *worker; /* driver's lock; NULL: none yet, or none any more */
    struct tl_post stop;
    struct tl_post changed;
    bool stop_posted;    /* atomic; for good */
    bool changed_posted; /* atomic; until it runs */
    bool is_left;        /* driver's lock: what is posted last frees it */
    bool stop_ran;       /* likewise */
};

/* Filled by who makes the drivers. */
struct family {
    size_t count;
    struct family_seat **seats;         /* one a driver; the first is that of who stands for all */
    void (*end)(struct family *family); /* frees drivers, seats and the family; no member has a worker any more */
};

/* A new seat on the driver; NULL when out of memory. Driver's lock. */
struct family_seat *family_seat_new(struct tl_driver *driver);

/* Frees a seat without a worker, now or when what was posted has run. Nobody posts any more. Driver's lock. */
void family_seat_leave(struct family_seat *seat);

/*
 * The seat's worker, made with the driver's lock that is still held, belongs to the family from now on: it stops when
 * one of them was refused or its driver has stopped, as all do then.
 */
void family_enlist(struct family *family, struct family_seat *seat, struct tl_worker *worker);

/* What the functions of timelapse/worker.h do for all members. */
void family_stop(struct family *family);
bool family_has_stopped(const struct family *family);
enum tl_status family_check(const struct family *family, struct tl_error *error);
void family_slots_changed(struct family *family);
size_t family_evict(struct family *family, const char *run_id);
size_t family_cached(const struct family *family);
void family_free(struct family *family);

/* As family_slots_changed, for one member. */
void family_seat_slots_changed(struct family_seat *seat);

#endif
