/* SPDX-License-Identifier: MIT */
/*
 * What the service and the namespace say that they can do. Asked once, when a worker begins; what
 * is not known yet, or not told by a server of long ago, is taken for missing.
 */
#ifndef TIMELAPSE_WORKER_CAPABILITIES_H
#define TIMELAPSE_WORKER_CAPABILITIES_H

#include <stdbool.h>

#include "base/arena.h"
#include "worker/runtime/call.h"

struct capabilities {
    bool eager_workflow_start; /* the service's */
    bool poller_scaling;       /* replies to polls tell how many polls there should be */
    bool scales_pollers;       /* whoever does not say how many there are to be is to follow them */
    bool ends_polls;           /* of a worker that says goodbye */

    void (*on_heard)(void *user);
    void *user;
};

/* Asks; on_heard is called whenever something has become known. arena: keeps the requests. Out of memory unwinds. */
void capabilities_ask(
    struct capabilities *capabilities, struct call_party *party, struct arena *arena, char *name_space);

#endif
