/* SPDX-License-Identifier: MIT */
/* Growing pauses between tries, with jitter so that many callers do not come back together. */
#ifndef TIMELAPSE_WORKER_BACKOFF_H
#define TIMELAPSE_WORKER_BACKOFF_H

#include <timelapse/time.h>

struct random;

/* Static storage. */
struct backoff_policy {
    tl_duration initial;
    double factor;
    tl_duration maximum; /* before jitter */
    double jitter;       /* 0.2: each pause is 80 % to 120 % of what it would be */
};

struct backoff {
    const struct backoff_policy *policy; /* NULL while nothing failed */
    tl_duration pause;                   /* the next one, before jitter */
};

/* The next pause; starts over when `policy` is not the one of the last failure. */
tl_duration backoff_next(struct backoff *backoff, const struct backoff_policy *policy, struct random *random);

/* After a success. */
static inline void backoff_reset(struct backoff *backoff)
{
    backoff->policy = 0;
}

#endif
