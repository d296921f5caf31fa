/* SPDX-License-Identifier: MIT */
/*
 * The SDK's name, version and flags as history keeps them. A flag marks a change in how the engine
 * turns history into activations; a run keeps the flags it started with for ever. Numbers are
 * never used again.
 */
#ifndef TIMELAPSE_WORKER_FLAGS_H
#define TIMELAPSE_WORKER_FLAGS_H

#include <stdbool.h>

#include "worker/engine/run.h"

#define SDK_NAME    "timelapse-c"
#define SDK_VERSION TIMELAPSE_VERSION /* the project's, from CMakeLists.txt */

/* X(number, NAME, "what it changes"). */
#define SDK_FLAG_MAP(X) X(1, SIGNALS_FIRST, "the signals of a chunk are delivered before its other events are applied")

/* Reads what a completed task says of the SDK that completed it; false for flags this version does not know. */
bool flags_read(struct run *run, const Pb__HistoryEvent *completed, struct run_fault *fault);

/* What the next completion tells: name, version and flags when history does not know them yet, else NULL. */
Pb__WorkflowTaskCompletedMetadata *flags_metadata(const struct run *run, struct arena *arena);

#endif
