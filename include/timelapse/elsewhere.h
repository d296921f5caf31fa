/* SPDX-License-Identifier: MIT */
/*
 * A service elsewhere for a test environment to stand on, instead of a simulator: a real server, say. What the test
 * does and how it is written stays the same. Where the clock there stands until it is moved (tl_clock), time is skipped
 * as in a simulator; where it is the wall's, it passes.
 */
#ifndef TIMELAPSE_ELSEWHERE_H
#define TIMELAPSE_ELSEWHERE_H

#include <timelapse/driver.h>
#include <timelapse/search_attribute.h>
#include <timelapse/service.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_elsewhere {
    /*
     * Gives the service, and has the driver follow a clock (tl_driver_follow), which may begin where the driver's
     * stands; may step the driver. What the environment calls the namespace "default" is a namespace for it alone,
     * which knows `attributes` (up to one without a name; NULL: none): ids and task queues are another environment's as
     * well. NULL with `error` filled.
     */
    struct tl_service *(*begin)(
        void *user, struct tl_driver *driver, const struct tl_search_definition *attributes, struct tl_error *error);
    /* Before the driver is freed; calls under way are never answered. */
    void (*end)(void *user, struct tl_service *service);
    void *user;
};

#ifdef __cplusplus
}
#endif
#endif
