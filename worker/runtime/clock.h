/* SPDX-License-Identifier: MIT */
/* Time arithmetic that cannot overflow. */
#ifndef TIMELAPSE_WORKER_CLOCK_H
#define TIMELAPSE_WORKER_CLOCK_H

#include <timelapse/time.h>

/* `duration` (>= 0) after `now` (>= 0); TL_NEVER when that lies beyond all time. */
static inline tl_time clock_after(tl_time now, tl_duration duration)
{
    return duration > TL_NEVER - now ? TL_NEVER : now + duration;
}

#endif
