/* SPDX-License-Identifier: MIT */
/* Points in time and durations: 64-bit nanoseconds, so that arithmetic is plain arithmetic. */
#ifndef TIMELAPSE_TIME_H
#define TIMELAPSE_TIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds since 1970-01-01T00:00:00Z. 0 means "unset" in options. */
typedef int64_t tl_time;

/* Nanoseconds. 0 means "unset" in options. */
typedef int64_t tl_duration;

#define TL_NEVER INT64_MAX

#define TL_NANOSECONDS(n)  ((tl_duration)(n))
#define TL_MICROSECONDS(n) ((tl_duration)(n)*1000)
#define TL_MILLISECONDS(n) ((tl_duration)(n)*1000000)
#define TL_SECONDS(n)      ((tl_duration)(n)*1000000000)
#define TL_MINUTES(n)      TL_SECONDS((tl_duration)(n)*60)
#define TL_HOURS(n)        TL_SECONDS((tl_duration)(n)*3600)
#define TL_DAYS(n)         TL_SECONDS((tl_duration)(n)*86400)

#ifdef __cplusplus
}
#endif
#endif
