/* SPDX-License-Identifier: MIT */
/* How many tasks a second a worker asks for: each poll waits for its turn (sdk-core, PollRateLimiter). */
#ifndef TIMELAPSE_WORKER_PACE_H
#define TIMELAPSE_WORKER_PACE_H

#include <stdbool.h>
#include <timelapse/time.h>

struct pace {
    tl_duration interval; /* between two turns; 0: no limit */
    tl_time next;         /* turn */
};

/* per_second: 0, which is no limit, or more. */
void pace_init(struct pace *pace, double per_second);

/* Whether a turn has come, and whether it was taken by this. */
static inline bool pace_has_turn(const struct pace *pace, tl_time now)
{
    return now >= pace->next;
}

static inline void pace_take_turn(struct pace *pace, tl_time now)
{
    pace->next = pace->interval == 0 ? 0 : now + pace->interval;
}

#endif
