/* SPDX-License-Identifier: MIT */
/*
 * Who has locked a universe's clock. Locks are the clients' alone: no work takes or gives one back. Each peer's are
 * kept apart, so that what a peer that vanished had unlocked is locked again.
 *
 * Time may be skipped while the total is not above zero. An unlock that takes it below zero is one of several that
 * wait at once: allowed while an earlier one is in use (`uses`), for each comes with a lock of its own.
 */
#ifndef TIMELAPSE_SIM_SERVER_LOCKS_H
#define TIMELAPSE_SIM_SERVER_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct pool;

struct locks {
    struct pool *pool;
    int64_t total;
    size_t uses; /* waits that an unlock was made for: results, sleeps */
    struct list balances;
};

void locks_init(struct locks *locks, struct pool *pool, int64_t total);
void locks_done(struct locks *locks);

static inline bool locks_are_open(const struct locks *locks)
{
    return locks->total <= 0;
}

void locks_lock(struct locks *locks, uint64_t peer);

/* Whether an unlock now would be one of a pair. */
static inline bool locks_may_unlock(const struct locks *locks)
{
    return locks->total > 0 || locks->uses > 0;
}

/* Only when it may. */
void locks_unlock(struct locks *locks, uint64_t peer);

/* Whether the peer has unlocked more than it has locked. */
bool locks_are_opened_by(const struct locks *locks, uint64_t peer);

/* The peer is gone: its unlocks are given back, its locks stay. */
void locks_forget(struct locks *locks, uint64_t peer);

#endif
