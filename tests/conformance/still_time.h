/* SPDX-License-Identifier: MIT */
/*
 * The time of a real server that stands until it is moved on (realserver/still.go), asked through a connection of its
 * own. One at a time; the thread of all environments.
 */
#ifndef TIMELAPSE_TESTS_CONFORMANCE_STILL_TIME_H
#define TIMELAPSE_TESTS_CONFORMANCE_STILL_TIME_H

#include <stdbool.h>
#include <timelapse/driver.h>

/* The door at `address` ("127.0.0.1:port"); false, with what is wrong on standard error. */
bool still_time_connect(const char *address);

/* The server's time when it was last asked. */
tl_time still_time_now(void);

/* Who asks, and how many calls it has made with that name, and how many of them are over. */
struct caller {
    const char *name; /* without spaces */
    unsigned begun;
    unsigned ended;
};

/* Moves it as tl_clock's go_on says. A server that is gone ends the program. */
enum tl_world still_time_go_on(const struct caller *caller, const struct tl_leg *leg);

#endif
