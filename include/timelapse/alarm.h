/* SPDX-License-Identifier: MIT */
/* A function of one's own at a virtual time: for harnesses and services that are built on a driver. */
#ifndef TIMELAPSE_ALARM_H
#define TIMELAPSE_ALARM_H

#include <timelapse/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_alarm;

/* Called on the driver's thread, inside a step: it may not step the driver, but may set alarms and fail the driver. */
typedef void tl_alarm_fn(void *user);

/*
 * An alarm that is set for no time. name: in what tl_driver_pending tells and in the names of choices; copied, NULL:
 * none. Returns owned, free with tl_alarm_free or with the driver; NULL when out of memory. Driver's thread.
 */
TL_API struct tl_alarm *tl_alarm_new(struct tl_driver *driver, const char *name, tl_alarm_fn *run, void *user);

/*
 * Sets the alarm for `at` on the driver's clock, not after now: with the driver's next steps; TL_NEVER: for no time.
 * The last call counts. It runs once for each time that it is set, among what is due then in the order of setting. Time
 * jumps to it by itself. TL_NO_MEMORY: the driver is stopped.
 */
TL_API TL_MUST_CHECK enum tl_status tl_alarm_set(struct tl_alarm *alarm, tl_time at);

/* Frees it, set or not; NULL is fine. Not from its own function. */
TL_API void tl_alarm_free(struct tl_alarm *alarm);

#ifdef __cplusplus
}
#endif
#endif
