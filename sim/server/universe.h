/* SPDX-License-Identifier: MIT */
/*
 * A world with a clock of its own: a driver, a simulator, and what decides when its time moves.
 *
 * Its callers live in real time. So its clock goes at the wall's pace, and is skipped ahead to the next waking deadline
 * when the clients have unlocked it and nothing is under way: nothing is ready here, no task waits that somebody may
 * fetch, none is out at a peer. What runs is derived from state, never counted.
 *
 * `wall` is a monotonic clock, handed in by whoever calls.
 */
#ifndef TIMELAPSE_SIM_SERVER_UNIVERSE_H
#define TIMELAPSE_SIM_SERVER_UNIVERSE_H

#include <stdbool.h>
#include <stdint.h>
#include <timelapse/driver.h>
#include <timelapse/sim.h>

#include "base/agenda.h"
#include "base/list.h"
#include "sim/server/locks.h"

/* How long a universe waits for the next call of a peer whose wait has ended. */
#define UNIVERSE_SETTLES TL_MILLISECONDS(50)

/* How long an unlock too many waits for the one before it to be put to use. */
#define UNIVERSE_DOUBTS TL_MILLISECONDS(200)

/* How long a sleep must last by the wall before an activity counts as what sleeps. */
#define UNIVERSE_SLEEPS TL_SECONDS(1)

struct universe_options {
    const char *name;
    tl_time start_time; /* 0: `wall_time` */
    tl_time wall_time;  /* what time it is */
    uint64_t seed;
    bool starts_locked;
    struct tl_sim_options sim;
};

struct universe {
    struct list_node node; /* its owner's */
    char *name;
    struct pool *pool; /* of all that is not the driver's */
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct locks locks;
    tl_time anchor;       /* its time at `wall_anchor` */
    tl_time wall_anchor;  /* when it was last put anywhere but by the wall's pace */
    tl_time wall;         /* when it was last looked at */
    struct list sleeps;   /* struct universe_wait: in the order of their beginning */
    struct list doubted;  /* struct universe_wait: unlocks that may be one too many */
    struct list gone;     /* struct gone: peers that may come back */
    uint64_t settles_for; /* a peer whose wait has ended, or 0 */
    tl_time settles_until;
    tl_time
        still_since; /* by the wall: since when its time could move and does not; TL_NEVER: it moves, or is locked */
    bool told_why;
};

/* A client's wait: for a time, or for its unlock. Embedded in what it belongs to; zero-initialised. */
struct universe_wait {
    struct list_node node;
    struct agenda_item item;
    struct universe *universe;
    uint64_t peer;
    uint64_t after;   /* the last task that went out before it */
    tl_time doubted;  /* until when it may be one too many, by the wall */
    tl_time target;   /* what a sleep waits for; 0: it is an unlock */
    tl_time began;    /* by the wall */
    bool locks_again; /* a sleep that began with an unlock */
    /* What came of it: TL_OK; TL_FAILED_PRECONDITION for an unlock without its lock. Not told of what was canceled. */
    void (*done)(struct universe_wait *wait, enum tl_status status);
};

/* NULL with `error` filled. What it takes of `pool` unwinds when there is none (base/pool.h). */
struct universe *
universe_new(struct pool *pool, const struct universe_options *options, tl_time wall, struct tl_error *error);

/* Its waits and calls are dropped without a word. */
void universe_free(struct universe *universe);

/* Its time, brought up to `wall`. */
tl_time universe_now(struct universe *universe, tl_time wall);

/* Does what can be done, skips if it may. When it wants to be run again, by the wall; TL_NEVER: not before it is
 * called. */
tl_time universe_run(struct universe *universe, tl_time wall);

/* ---- The protocol of time ---- */

void universe_lock(struct universe *universe, uint64_t peer);

/* wait->done is called, now or later, unless it is canceled. */
void universe_unlock(struct universe *universe, struct universe_wait *wait);

/* Sleeps until its time is `until` (> 0); with `unlocks` the clock is unlocked meanwhile, which may be refused. */
void universe_sleep(struct universe *universe, struct universe_wait *wait, tl_time until, bool unlocks);

/* Gives up: what it unlocked is locked again. */
void universe_wait_cancel(struct universe_wait *wait);

/* ---- Peers ---- */

/* A peer calls. */
void universe_hears(struct universe *universe, uint64_t peer);

/* A peer begins to wait for a result, and ends; `told`: it has its result, so that time waits for what it does next. */
void universe_begin_result(struct universe *universe);
void universe_end_result(struct universe *universe, uint64_t peer, bool told);

/* A peer's connection is closed. */
void universe_loses(struct universe *universe, uint64_t peer);

/* ---- Looking ---- */

/* Why its time does not move, one line each; how many. */
size_t universe_why(struct universe *universe, size_t most, void (*each)(void *user, const char *line), void *user);

#endif
