/* SPDX-License-Identifier: MIT */
/*
 * Tasks that workers have. Where callers live in real time, as a server's do, one that is out at a peer that is there
 * holds the clock, and so does one that waits in a queue. Derived from what there is: a list, into which a task goes
 * when it is started and out of which it goes with any step that ends the attempt.
 */
#ifndef TIMELAPSE_SIM_OUTSTANDING_H
#define TIMELAPSE_SIM_OUTSTANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct tl_sim;

/* Embedded in what it belongs to, zero-initialised. */
struct outstanding {
    struct list_node node; /* linked while a worker has it, unless that has deserted it */
    uint64_t peer;         /* who has it: struct tl_call's */
    uint64_t number;       /* in the order of the starts; from 1 */
};

void sim_outstanding_begin(struct tl_sim *sim, struct list *list, struct outstanding *task, uint64_t peer);
void sim_outstanding_end(struct outstanding *task);

/*
 * The peer is gone, and comes back as another: what it had holds nothing any more, nor do queues that it alone polled.
 */
void sim_outstanding_desert(struct tl_sim *sim, uint64_t peer);

/* Whether a task waits in a queue that somebody polls or may come to poll: all but those that are deserted. */
bool sim_outstanding_waits(const struct tl_sim *sim);

#endif
