/* SPDX-License-Identifier: MIT */
/*
 * The watch over workflow code that does not come back: a thread that sees a step of the driver take longer than its
 * limit. It fails that workflow task by its token, past the driver, so that the service does not wait for the task's
 * timeout; tells where the code stands; and ends the process when the code has not come back after a grace period, for
 * nothing else can work meanwhile (sdk-go, internal/internal_workflow.go, deadlock detector).
 *
 * Where the code stands is found by a signal to its thread, SIGURG, which means nothing to most programs. One that has
 * a handler of its own for it keeps that: then the step is told, and the process ended, but no task is failed.
 */
#ifndef TIMELAPSE_WORKER_WATCH_H
#define TIMELAPSE_WORKER_WATCH_H

#include <timelapse/driver.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#include "model/pb.h"

struct watch;

struct watch_options {
    tl_duration limit; /* > 0; of one step */
    tl_duration grace; /* 0: 10 s; from the telling to the end of the process */
    /* Sends the request, at once and once. On the watch's thread. NULL: no task is failed. */
    void (*fail_task)(void *user, const Pb__RespondWorkflowTaskFailedRequest *request);
    void (*tell)(void *user, const char *text); /* several lines. NULL: to standard error */
    void (*end_process)(void *user);            /* NULL: _exit(70) */
    void *user;
};

/*
 * Watches a driver with threads. Returns owned, to be freed with watch_free before what `user` is and before the
 * driver. NULL with `error` filled: TL_NO_MEMORY, TL_RESOURCE_EXHAUSTED. Several may watch
 * one driver.
 */
struct watch *watch_new(struct tl_driver *driver, const struct watch_options *options, struct tl_error *error);

/* NULL is fine. */
void watch_free(struct watch *watch);

/*
 * The driver's own watch, which ends with the driver: begins with these options or, when there is one, lowers its
 * limit to theirs. As watch_new. With the driver's lock.
 */
TL_MUST_CHECK enum tl_status
watch_driver(struct tl_driver *driver, const struct watch_options *options, struct tl_error *error);

#endif
