/* SPDX-License-Identifier: MIT */
/* Whether an event carries the attributes that its type promises: asked before they are touched. */
#ifndef TIMELAPSE_WORKER_ATTRIBUTES_H
#define TIMELAPSE_WORKER_ATTRIBUTES_H

#include <stdbool.h>

#include "model/pb.h"

/* True for types that the engine does not look into. */
bool attributes_fit(const Pb__HistoryEvent *event);

#endif
