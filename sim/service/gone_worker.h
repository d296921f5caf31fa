/* SPDX-License-Identifier: MIT */
/*
 * Workers that said goodbye: a poll that one sent before it did, and that arrives later, is told at
 * once that there is nothing (service/matching/matching_engine.go, shutdownWorkers).
 */
#ifndef TIMELAPSE_SIM_GONE_WORKER_H
#define TIMELAPSE_SIM_GONE_WORKER_H

#include <stdbool.h>

struct name_space;

/* Remembers a worker by its instance key for a while; forgets them all. */
void sim_gone_worker_add(struct name_space *space, const char *key);
void sim_gone_workers_free(struct name_space *space);

/* Is it gone? False for an empty key. */
bool sim_gone_worker_has(struct name_space *space, const char *key);

#endif
