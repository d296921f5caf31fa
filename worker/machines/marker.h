/* SPDX-License-Identifier: MIT */
/* Markers as a worker records them, and those in history that no code asks for. */
#ifndef TIMELAPSE_WORKER_MARKER_H
#define TIMELAPSE_WORKER_MARKER_H

#include "model/marker.h"

struct tl_workflow;

/* Queues the command. What the marker holds is the run's. */
void marker_record(struct tl_workflow *wf, const struct marker *marker);

#endif
